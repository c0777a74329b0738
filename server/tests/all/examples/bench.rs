//! The example for a test bench: its services are asked over the stream, its doors are where the page says, its registration is
//! used as foreign suites use it.

use super::program::{Program, Stranger, Way, condition, shown};
use super::running::{Running, example};
use super::{COMMANDS, REGISTER};

const MUC: &str = "http://jabber.org/protocol/muc";
const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
const UPLOAD: &str = "urn:xmpp:http:upload:0";

/// Accounts that nobody had before, as foreign suites make them: each in a stream of its own.
async fn register(bench: &Running, name: &str, password: &str) {
    let mut stranger = Stranger::at(bench.plaintext.unwrap(), bench).await;
    assert!(stranger.is_offered(REGISTER.0, REGISTER.1) && !stranger.must_begin_tls());
    let made = stranger.register(name, password).await;
    assert!(made.is_kind("result"), "{name}: {}", shown(&made));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_bench_lets_everybody_in_without_tls_at_one_address_of_its_own() {
    let page = example("Prüfstand");
    assert!(
        page.contains("plaintext = [\"127.0.0.5:5222\"]"),
        "the port that suites expect: {page}"
    );
    let bench = Running::new("Prüfstand");
    let door = bench.plaintext.unwrap();
    assert_eq!(
        (door.ip().to_string().as_str(), bench.xmpp.ip().to_string().as_str()),
        ("127.0.0.5", "127.0.0.6")
    );
    let elsewhere = std::net::SocketAddr::from(([127, 0, 0, 1], door.port()));
    let refused = tokio::net::TcpStream::connect(elsewhere).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(Stranger::at(bench.xmpp, &bench).await.must_begin_tls(), "the other door asks for TLS");

    // More than any default allows, with a password that no other example takes.
    for number in 0..70 {
        register(&bench, &format!("tester{number}"), "x").await;
    }
    let mut plain = Program::new(&bench, Way::Plaintext, "tester0", "x").await;
    let mut with_tls = Program::new(&bench, Way::StartTls, "tester69", "x").await;
    plain
        .say(&format!("<message type='chat' to='{}'><body>Eins</body></message>", with_tls.jid))
        .await;
    with_tls.hear_words("Eins").await;
    assert!(Program::try_in(&bench, Way::Plaintext, "tester1", "y").await.is_err());

    // Nobody becomes admin by registering; the command line makes one, also here.
    let mut stranger = Stranger::at(door, &bench).await;
    assert_eq!(condition(&stranger.register("admin", "x").await), "conflict");
    let said = bench.obeyed(&["account", "add", "admin"]);
    let password = said.split("Kennwort ").nth(1).unwrap().trim().to_owned();
    let mut admin = Program::new(&bench, Way::Plaintext, "admin", &password).await;
    assert!(!admin.items(&bench.domain, COMMANDS).await.is_empty());
    assert_eq!(plain.items(&bench.domain, COMMANDS).await, []);
    bench.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_domain_of_the_test_bench_there_are_rooms_files_and_nodes() {
    let bench = Running::new("Prüfstand");
    for name in ["romeo", "juliet"] {
        register(&bench, name, "x").await;
    }
    let mut romeo = Program::new(&bench, Way::Plaintext, "romeo", "x").await;
    let mut juliet = Program::new(&bench, Way::Plaintext, "juliet", "x").await;
    let domain = bench.domain.clone();
    let found = romeo.items(&domain, "").await;
    for (service, identity) in
        [("conference", "conference/text"), ("upload", "store/file"), ("pubsub", "pubsub/service")]
    {
        let service = format!("{service}.{domain}");
        assert!(found.iter().any(|(jid, _)| *jid == service), "{service} is not in {found:?}");
        assert_eq!(romeo.identity(&service).await, identity);
    }
    a_room_of_ones_own(&mut romeo, &mut juliet, &format!("conference.{domain}")).await;
    a_file_there_and_back(&mut romeo, &bench).await;
    a_node_with_a_subscriber(&mut romeo, &mut juliet, &format!("pubsub.{domain}")).await;
    bench.end();
}

/// One makes a room, the other comes in and hears what is said; where rooms do not stay it is gone with the last one.
pub async fn a_room_of_ones_own(owner: &mut Program, guest: &mut Program, service: &str) {
    let room = format!("ball-{}@{service}", owner.jid.split('@').next().unwrap());
    owner.say(&format!("<presence to='{room}/Owner'><x xmlns='{MUC}'/></presence>")).await;
    let inside = |nick: &'static str, code: &'static str| {
        let (from, user) = (format!("{room}/{nick}"), format!("{MUC}#user"));
        move |stanza: &konvent_wire::Stanza| {
            stanza.from.as_ref().is_some_and(|sender| sender.to_string() == from)
                && stanza.child("x", &user).is_some_and(|x| {
                    let x = x.element().unwrap();
                    x.children().any(|status| status.attr("code") == Some(code))
                })
        }
    };
    owner.hear("a new room", inside("Owner", "201")).await;
    let open = format!(
        "<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'/></query>" // XEP-0045 section 10.1.2
    );
    owner.granted("set", &room, &open).await;
    guest.say(&format!("<presence to='{room}/Guest'><x xmlns='{MUC}'/></presence>")).await;
    guest.hear("to be inside", inside("Guest", "110")).await;
    owner
        .say(&format!("<message type='groupchat' to='{room}'><body>A hall!</body></message>"))
        .await;
    let heard = guest.hear_words("A hall!").await;
    assert_eq!(heard.from.unwrap().to_string(), format!("{room}/Owner"));
    for (who, nick) in [(&mut *guest, "Guest"), (&mut *owner, "Owner")] {
        who.say(&format!("<presence type='unavailable' to='{room}/{nick}'/>")).await;
        who.hear("to be outside", inside(nick, "110")).await;
    }
    let stays = !service.starts_with("conference.");
    let asked =
        guest.ask("get", &room, "<query xmlns='http://jabber.org/protocol/disco#info'/>").await;
    assert_eq!(asked.is_kind("result"), stays, "{}", shown(&asked));
}

/// A place is promised where the page says that HTTP is, the bytes go there and come back.
async fn a_file_there_and_back(sender: &mut Program, bench: &Running) {
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let request =
        format!("<request xmlns='{UPLOAD}' filename='Szene 1.bin' size='{}'/>", bytes.len());
    let slot = sender.granted("get", &format!("upload.{}", bench.domain), &request).await;
    let put = slot.get_child("put", UPLOAD).expect("a place");
    let secret = put.get_child("header", UPLOAD).expect("a secret").text();
    let path = |url: Option<&str>| {
        let url = url.expect("an address");
        let path = url.strip_prefix("http://127.0.0.5:5280").map(str::to_owned);
        path.unwrap_or_else(|| panic!("{url} leads away from this machine"))
    };
    let secret = format!("Authorization: {secret}");
    let stored = bench.ask("PUT", &path(put.attr("url")), &[&secret], &bytes).await;
    assert_eq!(stored.status, 201, "{stored:?}");
    let get = slot.get_child("get", UPLOAD).expect("an address");
    let fetched = bench.ask("GET", &path(get.attr("url")), &[], b"").await;
    assert_eq!((fetched.status, fetched.body == bytes), (200, true));
}

/// One makes a node and publishes, the other subscribes and is told.
async fn a_node_with_a_subscriber(owner: &mut Program, reader: &mut Program, service: &str) {
    let pubsub = |inner: &str| format!("<pubsub xmlns='{PUBSUB}'>{inner}</pubsub>");
    owner.granted("set", service, &pubsub("<create node='verses'/>")).await;
    let own = reader.jid.split('/').next().unwrap().to_owned();
    reader
        .granted("set", service, &pubsub(&format!("<subscribe node='verses' jid='{own}'/>")))
        .await;
    let verse = "<publish node='verses'><item id='1'><verse xmlns='urn:example:verse'>Two households</verse></item></publish>";
    owner.granted("set", service, &pubsub(verse)).await;
    let event = format!("{PUBSUB}#event");
    let told = reader.hear("what is published", |stanza| stanza.has("event", &event)).await;
    assert_eq!(told.from.as_ref().unwrap().to_string(), service);
    assert!(shown(&told).contains("Two households"), "{}", shown(&told));
}
