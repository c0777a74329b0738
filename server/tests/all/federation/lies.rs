//! What a dishonest server tries against a house, over real sockets.

use konvent_server::flows::strangers::OF_ONE_MAX;
use konvent_wire::xml::el;
use konvent_wire::{Jid, Stanza};

use super::town::{EVERYBODY, Member, Site, Town, two};

/// A house in which the first word is the members'.
const RESERVED: &str = "with = 'everybody'\nstrangers = false";

#[tokio::test(flavor = "multi_thread")]
async fn a_house_with_the_certificate_of_another_is_not_believed() {
    let verona = Site::new("verona.example", "verona.example", EVERYBODY).await;
    // It calls itself Mantua, and its certificate stands for Padua.
    let liar = Site::new("mantua.example", "padua.example", EVERYBODY).await;
    let (here, there) = (verona.gate, liar.gate);
    let verona = verona.knows("mantua.example", there).open().await;
    let liar = liar.knows("verona.example", here).open().await;
    let mut romeo = verona.member("100001").await;
    let mut tybalt = liar.member("100002").await;
    // RFC 6120 §10.4.3: it is there, but no stream comes about.
    tybalt.tell(&romeo.bare(), "Believe me").await;
    tybalt.hear_error("remote-server-timeout").await;
    romeo.tell(&tybalt.bare(), "Who are you").await;
    romeo.hear_error("remote-server-timeout").await;
    romeo.ask_server("verona.example").await;
    assert!(romeo.heard.iter().all(|stanza| !stanza.has("body", konvent_wire::ns::CLIENT)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_asked_for_at_the_right_house() {
    let keys = "with = 'everybody'\ndialback = true";
    let verona = Site::new("verona.example", "verona.example", keys).await;
    let mantua = Site::new("mantua.example", "mantua.example", keys).await;
    // The certificate stands for Padua, so it must prove itself by a key, and Verona asks the true Mantua.
    let liar = Site::new("mantua.example", "padua.example", keys).await;
    let honest = Site::new("ravenna.example", "padua.example", keys).await;
    let (here, there, far) = (verona.gate, mantua.gate, honest.gate);
    let verona = verona.knows("mantua.example", there).knows("ravenna.example", far).open().await;
    let _mantua = mantua.knows("verona.example", here).open().await;
    let liar = liar.knows("verona.example", here).open().await;
    let honest = honest.knows("verona.example", here).open().await;
    let mut romeo = verona.member("100001").await;
    let mut friar = honest.member("100001").await;
    friar.tell(&romeo.bare(), "By my key").await;
    romeo.hear_words(&friar.bare(), "By my key").await;
    let mut tybalt = liar.member("100002").await;
    // XEP-0220 §2.1.1.
    tybalt.tell(&romeo.bare(), "By a false key").await;
    tybalt.hear_error("internal-server-error").await;
    romeo.ask_server("verona.example").await;
    assert!(romeo.heard.iter().all(|stanza| !stanza.has("body", konvent_wire::ns::CLIENT)));
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_learn_nothing_about_who_exists() {
    let (verona, mantua) = two(EVERYBODY).await;
    let romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let somebody = romeo.bare();
    let nobody = Jid::new("nobody@verona.example").unwrap();
    drop(romeo);
    let ping = || el("ping", "urn:xmpp:ping").build();
    let mut answers = Vec::new();
    for to in [somebody, nobody] {
        let mut said = Vec::new();
        juliet.heard.clear();
        for (count, stanza) in [
            Stanza::message("chat").with_body("Are you there"),
            Stanza::message("chat")
                .with_child(&el("composing", "http://jabber.org/protocol/chatstates").build()),
            Stanza::message("groupchat").with_body("Are you there"),
            Stanza::presence("probe"),
            Stanza::presence("subscribe"),
            Stanza::iq("get", "x").with_child(&ping()),
        ]
        .into_iter()
        .enumerate()
        {
            juliet.say(stanza.with_to(to.clone()).with_id(&format!("probe-{count}"))).await;
        }
        let device = to.to_bare().with_resource_str("phone").unwrap();
        let to_device = Stanza::message("groupchat").with_to(device).with_body("Are you there");
        juliet.say(to_device.with_id("probe-device")).await;
        juliet.ask_server("verona.example").await; // the same way, so everything before is answered
        said.extend(juliet.heard.drain(..).map(|mut stanza| {
            stanza.from = None;
            String::from_utf8(stanza.to_bytes()).unwrap()
        }));
        answers.push(said);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(
        answers[0].len(),
        2,
        "the group chat and the question are refused: {:?}",
        answers[0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_learn_nothing_about_which_units_there_are() {
    let (verona, mantua) = two(EVERYBODY).await;
    let mut juliet = mantua.member("100002").await;
    let units = verona.house.db().read(konvent_people::units::all).await.unwrap();
    let [unit] = &units[..] else { panic!("one unit") };
    let of_the_unit = Jid::new(&format!("{}@gruppen.verona.example", unit.address)).unwrap();
    let of_nobody = Jid::new("ov-land@gruppen.verona.example").unwrap();
    let mut answers = Vec::new();
    for room in [of_the_unit, of_nobody] {
        juliet.heard.clear();
        let inside = room.to_bare().with_resource_str("Juliet").unwrap();
        let question = |name: &str, ns: &str| el(name, ns).build();
        for (count, stanza) in [
            Stanza::iq("get", "x")
                .with_child(&question("query", "http://jabber.org/protocol/disco#info")),
            Stanza::iq("get", "x")
                .with_child(&question("query", "http://jabber.org/protocol/disco#items")),
            Stanza::iq("get", "x").with_child(&question("ping", "urn:xmpp:ping")),
            Stanza::iq("set", "x").with_child(&question("query", "urn:xmpp:mam:2")),
            Stanza::iq("get", "x").with_child(&question("vCard", "vcard-temp")),
            Stanza::message("groupchat").with_body("Are you there"),
            Stanza::message("").with_child(&question("x", "http://jabber.org/protocol/muc#user")),
        ]
        .into_iter()
        .enumerate()
        {
            juliet.say(stanza.with_to(room.clone()).with_id(&format!("probe-{count}"))).await;
        }
        let enters =
            Stanza::presence("").with_child(&question("x", "http://jabber.org/protocol/muc"));
        juliet.say(enters.with_to(inside.clone()).with_id("probe-enter")).await;
        let asks = Stanza::iq("get", "probe-inside").with_child(&question("ping", "urn:xmpp:ping"));
        juliet.say(asks.with_to(inside)).await;
        juliet.ask_server("gruppen.verona.example").await; // the same way, so everything before is answered
        let said: Vec<String> = juliet
            .heard
            .drain(..)
            .map(|mut stanza| {
                stanza.from = None;
                String::from_utf8(stanza.to_bytes()).unwrap()
            })
            .collect();
        answers.push(said);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].len(), 9, "each is refused: {:?}", answers[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_wrappers_do_not_come_through() {
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let juliet = mantua.member("100002").await;
    // What an honest server strikes from its clients, this one sends.
    let forged = [
        el("received", "urn:xmpp:carbons:2").build(),
        el("result", "urn:xmpp:mam:2").build(),
        el("stanza-id", "urn:xmpp:sid:0").attr("id", "1").attr("by", romeo.bare()).build(),
    ];
    let mut lie =
        Stanza::message("chat").with_body("Trust me").with_from(juliet.jid()).with_to(romeo.bare());
    for child in &forged {
        lie = lie.with_child(child);
    }
    mantua.house.abroad().send(lie, None);
    let heard = romeo.hear_words(&juliet.bare(), "Trust me").await;
    assert!(!heard.has("received", "urn:xmpp:carbons:2") && !heard.has("result", "urn:xmpp:mam:2"));
    let ids: Vec<_> = heard.children().filter(|child| child.name() == "stanza-id").collect();
    assert_eq!(ids.len(), 1, "ours, and only ours");
    assert_ne!(ids[0].attr("id").as_deref(), Some("1"));
    // A roster comes from the own server only (RFC 6121 §2.1.6).
    let push = el("query", "jabber:iq:roster").build();
    let push =
        Stanza::iq("set", "push").with_from(juliet.jid()).with_to(romeo.jid()).with_child(&push);
    mantua.house.abroad().send(push, None);
    romeo.ask_server("mantua.example").await;
    assert!(romeo.heard.iter().all(|stanza| stanza.id.as_deref() != Some("push")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_word_is_the_members_where_the_house_wants_it_so() {
    let (verona, mantua) = two(RESERVED).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    juliet.tell(&romeo.bare(), "You do not know me").await;
    juliet.hear_error("service-unavailable").await;
    // Mantua is such a house, too: Romeo is a stranger there until Juliet has written to him, which she just tried.
    romeo.tell(&juliet.bare(), "But I do").await;
    juliet.hear_words(&romeo.bare(), "But I do").await;
    juliet.tell(&romeo.bare(), "Now you do").await;
    romeo.hear_words(&juliet.bare(), "Now you do").await;
}

/// Everything that Mantua says to an address of Verona in Juliet's name, and what she hears back.
async fn answers_to(mantua: &Town, juliet: &mut Member, to: &Jid) -> Vec<String> {
    juliet.heard.clear();
    let said = [
        Stanza::message("chat").with_body("Are you there"),
        Stanza::message("groupchat").with_body("Are you there"),
        Stanza::presence("foo"),
        Stanza::presence("probe"),
        Stanza::presence("subscribe"),
        Stanza::presence("").with_child(&el("status", konvent_wire::ns::CLIENT).text("I").build()),
        Stanza::iq("get", "x").with_child(&el("ping", "urn:xmpp:ping").build()),
    ];
    for (count, stanza) in said.into_iter().enumerate() {
        let stanza = stanza.with_from(juliet.jid()).with_to(to.clone());
        mantua.house.abroad().send(stanza.with_id(&format!("said-{count}")), None);
    }
    juliet.ask_server("verona.example").await; // the same way, so everything before is answered
    let heard = juliet.heard.drain(..).map(|mut stanza| {
        stanza.from = None;
        String::from_utf8(stanza.to_bytes()).unwrap()
    });
    heard.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_blocked_hears_what_nobody_would_answer() {
    for settings in [EVERYBODY, RESERVED] {
        let verona = Site::new("verona.example", "verona.example", settings).await;
        let mantua = Site::new("mantua.example", "mantua.example", EVERYBODY).await;
        let (here, there) = (verona.gate, mantua.gate);
        let verona = verona.knows("mantua.example", there).open().await;
        let mantua = mantua.knows("verona.example", here).open().await;
        let mut romeo = verona.member("100001").await;
        let benvolio = verona.member("100002").await;
        let mut juliet = mantua.member("100002").await;
        let item = el("item", "urn:xmpp:blocking").attr("jid", juliet.bare()).build();
        let block = el("block", "urn:xmpp:blocking").child(item).build();
        romeo.say(Stanza::iq("set", "block").with_child(&block)).await;
        romeo.hear("that she is blocked", |stanza| stanza.id.as_deref() == Some("block")).await;
        let nobody = Jid::new("nobody@verona.example").unwrap();
        let by_nobody = answers_to(&mantua, &mut juliet, &nobody).await;
        assert!(by_nobody.iter().any(|said| said.contains("bad-request")), "{by_nobody:?}");
        assert_eq!(
            answers_to(&mantua, &mut juliet, &benvolio.bare()).await,
            by_nobody,
            "{settings}"
        );
        assert_eq!(answers_to(&mantua, &mut juliet, &romeo.bare()).await, by_nobody, "{settings}");
        romeo.ask_server("mantua.example").await; // behind whatever might have reached him
        assert!(romeo.heard.iter().all(|stanza| stanza.from.as_ref() != Some(&juliet.jid())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_say_nothing_by_presence_or_error_either() {
    let (verona, mantua) = two(RESERVED).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let status = || el("status", konvent_wire::ns::CLIENT).text("Buy my potion").build();
    let words = [
        Stanza::presence("subscribe").with_child(&status()).with_to(romeo.bare()),
        Stanza::presence("").with_child(&status()).with_to(romeo.bare()),
        Stanza::presence("unavailable").with_child(&status()).with_to(romeo.bare()),
        Stanza::presence("").with_child(&status()).with_to(romeo.jid()),
        Stanza::message("error").with_body("Buy my potion").with_to(romeo.bare()),
    ];
    for stanza in words {
        mantua.house.abroad().send(stanza.with_from(juliet.jid()), None);
    }
    juliet.ask_server("verona.example").await; // behind them on the same way
    romeo.ask_server("mantua.example").await;
    let told = |stanza: &Stanza| {
        stanza.from.as_ref().is_some_and(|from| from.to_bare() == juliet.bare().to_bare())
    };
    assert!(!romeo.heard.iter().any(told), "{:?}", romeo.heard);
    // Asked by the member, she answers, and her request is heard from then on.
    let list = el("query", "jabber:iq:roster").build();
    romeo.say(Stanza::iq("get", "list").with_child(&list)).await;
    romeo.say(Stanza::presence("subscribe").with_to(juliet.bare())).await;
    let is_push =
        |stanza: &Stanza| stanza.is_kind("set") && stanza.has("query", "jabber:iq:roster");
    romeo.hear("that she is listed", is_push).await;
    let request = Stanza::presence("subscribe").with_from(juliet.bare()).with_to(romeo.bare());
    mantua.house.abroad().send(request.with_child(&status()), None);
    romeo.hear("her request", |stanza| stanza.is_kind("subscribe")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_fill_no_archive_and_learn_nothing_by_trying() {
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let nobody = Jid::new("nobody@verona.example").unwrap();
    let words = "x".repeat(200 * 1024);
    let times = OF_ONE_MAX / words.len() + 1;
    let mut refused = Vec::new();
    for to in [romeo.bare(), nobody] {
        juliet.heard.clear();
        for _ in 0..times {
            let said = Stanza::message("chat").with_body(&words).with_from(juliet.jid());
            mantua.house.abroad().send(said.with_to(to.clone()).with_id("letter"), None);
            juliet.ask_server("verona.example").await; // behind it on the same way
        }
        let errors = juliet.heard.iter().filter_map(|said| Some(said.error()?.condition));
        refused.push(errors.map(|condition| condition.as_str().to_owned()).collect::<Vec<_>>());
    }
    assert_eq!(refused[0], ["resource-constraint"]);
    assert_eq!(refused[0], refused[1]);
    // Nor do they go on with requests, each taken back for the next one: there is room for a few where no letter fits any more.
    juliet.heard.clear();
    for _ in 0..20 {
        for kind in ["subscribe", "unsubscribe"] {
            let knock = Stanza::presence(kind).with_from(juliet.bare()).with_to(romeo.bare());
            mantua.house.abroad().send(knock, None);
        }
    }
    juliet.ask_server("verona.example").await; // behind them on the same way
    romeo.ask_server("mantua.example").await;
    let knocks = romeo.heard.iter().filter(|heard| heard.is_kind("subscribe")).count();
    assert!(knocks <= words.len() / (16 * 1024) + 1, "{knocks}");
    assert!(!juliet.heard.iter().any(Stanza::is_error), "in silence, as of nobody");
}
