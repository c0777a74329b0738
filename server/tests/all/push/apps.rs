//! The servers of apps (XEP-0357): what they are told, when, and what becomes of those that fail or lie.

use konvent_core::audit::Actor;
use konvent_people::accounts::{self, NewPassword};
use konvent_wire::xml::el;
use konvent_wire::{Condition, ErrorKind, Jid, Stanza, StanzaError};

use super::{APP, lose, phone, tell, town, wants_to_be_told};
use crate::federation::town::Program;

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_is_told_once_until_somebody_looks() {
    let (town, mut app) = town("").await;
    let (mut romeo, mut juliet) = (phone(&town, "100001").await, town.member("100002").await);
    let who = romeo.bare();
    // Somebody looks: nothing is told.
    tell(&mut juliet, &who, "Seen").await;
    romeo.hear_words(&juliet.bare(), "Seen").await;
    // Nobody looks, though the connection stands.
    romeo.look(false).await;
    romeo.ask_server("verona.example").await;
    tell(&mut juliet, &who, "First").await;
    let (iq, count) = app.take().await;
    let text = String::from_utf8(iq.to_bytes()).unwrap();
    assert_eq!(count, 1, "what was seen does not count: {text}");
    assert_eq!(iq.from.unwrap().to_string(), "verona.example");
    assert!(text.contains("node-100001") && text.contains("eruio"), "{text}");
    for secret in ["First", "juliet", "100002", &who.to_string()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    town.settled().await;
    // More words wait for the pause to end, and go out together.
    tell(&mut juliet, &who, "Second").await;
    tell(&mut juliet, &who, "Third").await;
    town.later(20).await;
    assert_eq!(app.take().await.1, 3);
    town.settled().await;
    // He looks: nothing is owed. The next word after that is the first again.
    romeo.look(true).await;
    romeo.ask_server("verona.example").await;
    romeo.look(false).await;
    romeo.ask_server("verona.example").await;
    tell(&mut juliet, &who, "Fourth").await;
    town.later(400).await;
    assert_eq!(app.take().await.1, 1);
    town.settled().await;
    // One's own words wake nobody.
    romeo.tell(&who, "To myself").await;
    romeo.ask_server("verona.example").await;
    town.later(400).await;
    tell(&mut juliet, &who, "Fifth").await;
    town.later(400).await;
    assert_eq!(app.take().await.1, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_neither_forgets_nor_repeats() {
    let (town, mut app) = town("").await;
    let (romeo, mut juliet) = (phone(&town, "100001").await, town.member("100002").await);
    let who = romeo.bare();
    lose(&town, romeo).await;
    tell(&mut juliet, &who, "First").await;
    assert_eq!(app.take().await.1, 1);
    town.settled().await;
    tell(&mut juliet, &who, "Second").await; // within the pause
    drop((app, juliet));
    let ruin = town.fall().await;
    let town = ruin.rise().await;
    let mut app = Program::enter(town.components.unwrap(), APP, "s3cret").await;
    town.later(20).await;
    assert_eq!(app.take().await.1, 2, "the second was not forgotten");
    town.settled().await;
    town.later(600).await;
    let mut juliet = town.member("100002").await;
    tell(&mut juliet, &who, "Third").await;
    assert_eq!(app.take().await.1, 3, "and the first two not told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_does_not_swallow_words() {
    let (town, mut app) = town("").await;
    let (romeo, mut juliet) = (phone(&town, "100001").await, town.member("100002").await);
    let who = romeo.bare();
    // He seems to look, but never acknowledges.
    tell(&mut juliet, &who, "Do you hear me?").await;
    lose(&town, romeo).await;
    assert_eq!(app.take().await.1, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_tells_its_members_wherever_they_are() {
    let (town, mut app) = town("").await;
    let (romeo, mut juliet) = (phone(&town, "100001").await, phone(&town, "100002").await);
    lose(&town, romeo).await; // he never entered the room
    let room = town.room().await;
    let joined = Stanza::presence("").with_to(Jid::new(&format!("{room}/Juliet Capulet")).unwrap());
    let x = el("x", "http://jabber.org/protocol/muc").build();
    juliet.say(joined.with_child(&x)).await;
    let say = |words: &str| {
        Stanza::message("groupchat")
            .with_to(Jid::new(&room).unwrap())
            .with_id(words)
            .with_body(words)
    };
    juliet.hear("the subject", |stanza| stanza.has("subject", "jabber:client")).await;
    juliet.say(say("Hört")).await;
    let (iq, count) = app.take().await;
    let text = String::from_utf8(iq.to_bytes()).unwrap();
    assert!(count == 1 && text.contains("node-100001"), "and not who spoke: {text}");
    town.settled().await;
    juliet.say(say("alle")).await;
    juliet.ask_server("verona.example").await;
    town.later(20).await;
    let (iq, count) = app.take().await;
    let text = String::from_utf8(iq.to_bytes()).unwrap();
    assert!(count == 2 && text.contains("node-100001"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_knows_the_device_no_more_is_told_nothing_more() {
    let (town, mut app) = town("").await;
    let (romeo, mut juliet) = (phone(&town, "100001").await, town.member("100002").await);
    let who = romeo.bare();
    lose(&town, romeo).await;
    tell(&mut juliet, &who, "First").await;
    let (iq, _) = app.told().await;
    // Another host cannot answer in its place.
    let juliet_says = Stanza::iq("error", iq.id.as_deref().unwrap())
        .with_to(Jid::new("verona.example").unwrap())
        .with_child(&StanzaError::new(ErrorKind::Cancel, Condition::ItemNotFound).element());
    juliet.say(juliet_says).await;
    juliet.ask_server("verona.example").await;
    app.say(&iq.result(None)).await;
    town.settled().await;
    tell(&mut juliet, &who, "Second").await;
    town.later(20).await;
    let (iq, count) = app.told().await;
    assert_eq!(count, 2, "nobody has disabled it");
    // XEP-0357 §7.1.
    let gone = StanzaError::new(ErrorKind::Cancel, Condition::ItemNotFound);
    app.say(&iq.error_reply(&gone)).await;
    town.until_told_nothing(&who).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_be_reached_cannot_be_enabled() {
    let (town, _app) = town("").await;
    let mut romeo = phone(&town, "100001").await;
    for (jid, condition) in [
        ("push.elsewhere.example", "remote-server-not-found"),
        ("verona.example", "remote-server-not-found"),
    ] {
        let enable = el("enable", "urn:xmpp:push:0").attr("jid", jid).attr("node", "x").build();
        romeo.say(Stanza::iq("set", jid).with_child(&enable)).await;
        romeo.hear_error(condition).await;
    }
    let enable = el("enable", "urn:xmpp:push:0").attr("node", "x").build();
    romeo.say(Stanza::iq("set", "nowhere").with_child(&enable)).await;
    romeo.hear_error("bad-request").await;
    let disable = el("disable", "urn:xmpp:push:0").attr("jid", APP).build();
    romeo.say(Stanza::iq("set", "disable").with_child(&disable)).await;
    let answer = romeo.hear("an answer", |stanza| stanza.id.as_deref() == Some("disable")).await;
    assert!(answer.is_kind("result"));
    let who = romeo.bare();
    town.until_told_nothing(&who).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organisation_may_let_words_go_along() {
    let (town, mut app) = town("[push]\ncontent = true\n").await;
    let (romeo, mut juliet) = (phone(&town, "100001").await, town.member("100002").await);
    let who = romeo.bare();
    lose(&town, romeo).await;
    tell(&mut juliet, &who, "Komm zur Sitzung").await;
    let text = String::from_utf8(app.take().await.0.to_bytes()).unwrap();
    assert!(
        text.contains("Komm zur Sitzung") && text.contains(&juliet.bare().to_string()),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_leaves_the_device_told_that_set_it() {
    let (town, mut app) = town("").await;
    let mut juliet = town.member("100002").await;
    let house = std::sync::Arc::clone(&town.house);
    let opened = town.house.db().write(move |tx| {
        let password = NewPassword::derive(house.key(), "iago", "honest honest iago", 10)?;
        accounts::open_outside(tx, house.key(), Actor::Server, "iago", &password)
    });
    opened.await.unwrap();
    let jid = konvent_wire::jid::BareJid::new("iago@verona.example").unwrap();
    let mut phone = town.enter(jid.clone(), "honest honest iago").await;
    let mut stolen = town.enter(jid, "honest honest iago").await;
    wants_to_be_told(&mut phone, "own").await;
    wants_to_be_told(&mut stolen, "stolen").await;
    let field = |name: &str, text: &str| el(name, "jabber:iq:register").text(text);
    let query = el("query", "jabber:iq:register")
        .child(field("username", "iago"))
        .child(field("password", "I am not what I am"));
    phone.say(Stanza::iq("set", "new").with_child(&query.build())).await;
    let answer = phone.hear("an answer", |stanza| stanza.id.as_deref() == Some("new")).await;
    assert!(answer.is_kind("result"), "{answer:?}");
    let who = phone.bare();
    lose(&town, phone).await;
    tell(&mut juliet, &who, "Put money in thy purse").await;
    let (iq, count) = app.take().await;
    let text = String::from_utf8(iq.to_bytes()).unwrap();
    assert!(count == 1 && text.contains("'own'") || text.contains("\"own\""), "{text}");
    town.settled().await;
    // The other one came by the old password, and is told nothing.
    tell(&mut juliet, &who, "I say, put money in thy purse").await;
    town.later(400).await;
    let (iq, _) = app.take().await;
    let text = String::from_utf8(iq.to_bytes()).unwrap();
    assert!(!text.contains("stolen"), "{text}");
}
