//! The examples of the handbook are settings that work: each is served as a process of its own and asked for what it promises.

mod bench;
mod program;
mod running;

use konvent_wire::form::Form;
use program::{Program, Stranger, Way, condition};
use running::Running;
use serde_json::json;

use crate::files::stage::Answer;

const REGISTER: (&str, &str) = ("register", "http://jabber.org/features/iq-register");
const COMMANDS: &str = "http://jabber.org/protocol/commands";

const UNITS: &str = "schluessel;uebergeordnet;name;ebene;art\n01;;Musterland;Landesverband;\n01-01;01;Stadt;Ortsverband;\n";
const OFFICES: &str = "mitgliedsnummer;gliederungsschluessel;organ;amt;beginn;ende\n";

/// So many members of one unit, numbered from `first` on, all born in 1980.
fn members(first: u32, count: u32) -> String {
    let line = |number| {
        format!(
            "{number};Vorname{number};Nachname{number};01.02.1980;01-01;Stadt;aktiv;01.03.2020\n"
        )
    };
    let head = "mitgliedsnummer;vorname;nachname;geburtsdatum;gliederungsschluessel;gliederung;status;eintritt\n";
    (first..first + count).map(line).fold(head.to_owned(), |all, line| all + &line)
}

/// Takes in a member file as the handbook says.
fn import(server: &Running, members: &str) -> std::process::Output {
    let files = [
        server.file("gliederungen.csv", UNITS),
        server.file("mitglieder.csv", members),
        server.file("aemter.csv", OFFICES),
    ];
    let [units, members, offices] = &files;
    server.order(&["import", "--apply", units, members, offices])
}

/// A member comes in with the code of a letter and gives a program a password: the name of the account, the password, the
/// cookie of the browser.
async fn with_a_letter(server: &Running, number: &str) -> (String, String, String) {
    let letter = server.obeyed(&["letter", number]);
    let code = letter.split("Code ").nth(1).unwrap().split(',').next().unwrap();
    let known = json!({ "code": code, "birth_year": 1980 });
    let (welcome, said) = server.post("/api/sign-in", "", known).await;
    let name = said["jid"].as_str().unwrap().split('@').next().unwrap().to_owned();
    let cookie = cookie(&welcome);
    let (_, made) = server.post("/api/app-passwords", &cookie, json!({ "name": "Handy" })).await;
    assert_eq!(made["xmpp_port"].as_u64(), Some(u64::from(server.xmpp.port())));
    (name, made["password"].as_str().unwrap().to_owned(), cookie)
}

/// The cookie that a browser gets: one for HTTPS, which the proxy in front speaks.
fn cookie(welcome: &Answer) -> String {
    let cookie = welcome.header("set-cookie").unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

/// What the browser is told about who is signed in.
async fn session(server: &Running, cookie: &str) -> serde_json::Value {
    let answer = server.ask("GET", "/api/session", &[&format!("Cookie: {cookie}")], b"").await;
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_lets_its_members_in_with_a_letter_and_nobody_else() {
    let party = Running::new("Partei");
    let stranger = Stranger::at(party.xmpp, &party).await;
    assert!(
        stranger.must_begin_tls() && !stranger.is_offered("mechanisms", konvent_wire::ns::SASL)
    );
    assert!(party.plaintext.is_none());
    let mut stranger = stranger.secured(&party).await;
    assert!(!stranger.is_offered(REGISTER.0, REGISTER.1));
    assert_eq!(condition(&stranger.register("iago", "honest honest iago").await), "not-allowed");

    assert!(import(&party, &members(100_001, 30)).status.success());
    let (name, password, cookie) = with_a_letter(&party, "100001").await;
    let session = session(&party, &cookie).await;
    assert_eq!(session["is_guest"], json!(false));
    assert_eq!(
        (&session["is_admin"], &session["units"][0]["name"]),
        (&json!(true), &json!("Stadt"))
    );
    for way in [Way::StartTls, Way::DirectTls] {
        let mut phone = Program::new(&party, way, &name, &password).await;
        let rooms = phone.items("gruppen.partei.example", "").await;
        assert!(rooms.iter().any(|(_, name)| name == "Stadt"), "{way:?}: {rooms:?}");
    }

    // Of 30 one may be gone, which is 33 of 1,000; two are 67, and the brake is at 50.
    let stopped = import(&party, &members(100_001, 28));
    assert!(!stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stdout));
    assert!(import(&party, &members(100_001, 29)).status.success());
    party.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn in_an_association_every_member_invites_and_guests_belong_to_no_unit() {
    let club = Running::new("Verein");
    assert!(import(&club, &members(17, 3)).status.success());
    let (name, password, _) = with_a_letter(&club, "18").await;
    let mut trainer = Program::new(&club, Way::StartTls, &name, &password).await;
    let invite = format!("<command xmlns='{COMMANDS}' node='urn:xmpp:invite#invite'/>");
    let done = trainer.granted("set", &club.domain, &invite).await;
    let form = done.get_child("x", konvent_wire::ns::FORM).expect("a link");
    let form = Form::from_element(form);
    let link = form.value("uri").expect("a link");
    let token = link.split("preauth=").nth(1).and_then(|rest| rest.strip_suffix(";ibr=y")).unwrap();
    let landing = form.value("landing-url").expect("a page");
    assert_eq!(landing, format!("https://verein.example/einladung/{token}"), "where the proxy is");
    let page = club.ask("GET", &format!("/einladung/{token}"), &[], b"").await;
    assert_eq!(page.status, 200, "the page that a browser shows");

    let stranger = Stranger::at(club.xmpp, &club).await;
    assert!(stranger.must_begin_tls());
    let mut parent = stranger.secured(&club).await;
    assert!(parent.is_offered("register", "urn:xmpp:ibr-token:0"));
    assert_eq!(condition(&parent.register("mutter", "zwei Kinder im Turnen").await), "not-allowed");
    assert!(parent.show(token).await.is_kind("result"));
    assert!(parent.register("mutter", "zwei Kinder im Turnen").await.is_kind("result"));
    let mut parent = Program::new(&club, Way::StartTls, "mutter", "zwei Kinder im Turnen").await;
    assert_eq!(parent.items("gruppen.verein.example", "").await, [], "no unit, no rooms of units");
    assert!(!trainer.items("gruppen.verein.example", "").await.is_empty());
    parent
        .say(&format!("<message type='chat' to='{}'><body>Guten Tag</body></message>", trainer.jid))
        .await;
    trainer.hear_words("Guten Tag").await;

    // Five open invitations and no more; the first one is used.
    for _ in 0..5 {
        let done = trainer.granted("set", &club.domain, &invite).await;
        assert!(done.get_child("x", konvent_wire::ns::FORM).is_some());
    }
    let sixth = trainer.ask("set", &club.domain, &invite).await;
    assert_eq!(condition(&sixth), "resource-constraint");
    // Guests invite nobody (they are not members).
    assert_eq!(condition(&parent.ask("set", &club.domain, &invite).await), "forbidden");
    club.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_provider_anybody_registers_and_the_command_line_makes_who_administers() {
    let provider = Running::new("Anbieter");
    let said = provider.obeyed(&["account", "add", "betrieb"]);
    let password = said.split("Kennwort ").nth(1).unwrap().trim().to_owned();
    let mut admin = Program::new(&provider, Way::StartTls, "betrieb", &password).await;
    let commands = admin.items(&provider.domain, COMMANDS).await;
    assert!(commands.len() > 5, "{commands:?}");

    let stranger = Stranger::at(provider.xmpp, &provider).await;
    assert!(stranger.must_begin_tls());
    let mut stranger = stranger.secured(&provider).await;
    assert!(stranger.is_offered(REGISTER.0, REGISTER.1));
    let refused = stranger.register("rosaline", "elf Zeichen").await;
    assert!(refused.is_error(), "a password of eleven characters is too short");
    assert_eq!(condition(&stranger.register("betrieb", "zwölf Zeichen hat es").await), "conflict");
    for name in ["rosaline", "iago", "paris"] {
        let made = stranger.register(name, "zwölf Zeichen hat es").await;
        assert!(made.is_kind("result"), "{name}: {}", program::shown(&made));
    }
    let fourth = stranger.register("tybalt", "zwölf Zeichen hat es").await;
    assert_eq!(condition(&fourth), "resource-constraint", "three from one address within an hour");

    let mut iago = Program::new(&provider, Way::StartTls, "iago", "zwölf Zeichen hat es").await;
    let mut paris = Program::new(&provider, Way::DirectTls, "paris", "zwölf Zeichen hat es").await;
    assert_eq!(iago.items(&provider.domain, COMMANDS).await, [], "who does not administer");
    iago.say(&format!("<message type='chat' to='{}'><body>Honest</body></message>", paris.jid))
        .await;
    paris.hear_words("Honest").await;
    bench::a_room_of_ones_own(&mut iago, &mut paris, "gruppen.anbieter.example").await;

    // In the browser the same password opens, and the page says where programs come in.
    let known = json!({ "address": "iago", "password": "zwölf Zeichen hat es" });
    let (welcome, _) = provider.post("/api/sign-in/password", "", known).await;
    let session = session(&provider, &cookie(&welcome)).await;
    assert_eq!(session["is_guest"], json!(true));
    assert_eq!(session["xmpp"]["port"].as_u64(), Some(u64::from(provider.xmpp.port())));
    provider.end();
}
