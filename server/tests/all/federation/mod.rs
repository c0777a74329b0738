//! Houses that talk with each other over real sockets and TLS: what arrives, what waits, what is refused.

mod ends;
mod lies;
mod news;
mod nodes;
mod outsiders;
mod program;
mod seen;
mod sizes;
pub mod town;
mod ways;

use konvent_wire::Stanza;
use konvent_wire::xml::el;
use town::{EVERYBODY, Site, two};

#[tokio::test(flavor = "multi_thread")]
async fn members_of_two_houses_write_to_each_other() {
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    romeo.tell(&juliet.bare(), "Soft! what light").await;
    let heard = juliet.hear_words(&romeo.bare(), "Soft! what light").await;
    assert_eq!(heard.from, Some(romeo.jid()));
    assert!(heard.has("stanza-id", "urn:xmpp:sid:0"), "it is in Juliet's archive");
    juliet.tell(&romeo.jid(), "Ay me!").await;
    romeo.hear_words(&juliet.bare(), "Ay me!").await;
    // Both have it in their archives.
    for member in [&mut romeo, &mut juliet] {
        assert_eq!(member.archive().await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_abroad_is_asked_and_answers() {
    let (verona, _mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let answer = romeo.ask_server("mantua.example").await;
    assert!(answer.is_kind("result"));
    let info = el("query", "http://jabber.org/protocol/disco#info").build();
    let to = konvent_wire::Jid::new("gruppen.mantua.example").unwrap();
    romeo.say(Stanza::iq("get", "disco").with_to(to).with_child(&info)).await;
    let answer = romeo.hear("disco", |stanza| stanza.id.as_deref() == Some("disco")).await;
    assert!(answer.is_kind("result"), "another host of the same server");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_without_federation_talks_to_nobody() {
    let (verona, mantua) = two("with = 'nobody'").await;
    let mut romeo = verona.member("100001").await;
    let juliet = mantua.member("100002").await;
    romeo.tell(&juliet.bare(), "Is anybody there").await;
    romeo.hear_error("remote-server-not-found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_on_the_list_is_not_heard() {
    let (verona, mantua) =
        two("with = 'listed'\nlisted = ['padua.example', 'verona.example']").await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    // Mantua lists Verona, Verona does not list Mantua.
    romeo.tell(&juliet.bare(), "Hello").await;
    romeo.hear_error("remote-server-not-found").await;
    juliet.tell(&romeo.bare(), "Hello").await;
    juliet.hear_error("remote-server-timeout").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_wait_for_a_house_that_is_down() {
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let juliet = mantua.member("100002").await;
    let address = juliet.bare();
    drop(juliet);
    let mantua = mantua.fall().await;
    romeo.tell(&address, "Wait for me").await;
    // A question has no patience.
    assert!(romeo.ask_server("mantua.example").await.is_error());
    let mantua = mantua.rise().await;
    // She comes when they are there: she finds them in her archive. Came they while she signs in, it would depend on who
    // is faster whether she hears them.
    verona.has_brought_everything().await;
    let mut juliet = mantua.member("100002").await;
    assert_eq!(juliet.archive().await, ["Wait for me"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_survive_the_fall_of_their_own_house() {
    let (verona, mantua) = two(EVERYBODY).await;
    let juliet = mantua.member("100002").await;
    let address = juliet.bare();
    drop(juliet);
    let mantua = mantua.fall().await;
    let mut romeo = verona.member("100001").await;
    romeo.tell(&address, "Acknowledged and not lost").await;
    romeo.ask_server("verona.example").await; // it is on disk now
    let from = romeo.bare();
    drop(romeo);
    let verona = verona.fall().await;
    let mantua = mantua.rise().await;
    let mut juliet = mantua.member("100002").await;
    let _verona = verona.rise().await;
    juliet.hear_words(&from, "Acknowledged and not lost").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_wait_too_long_come_back() {
    let patience = "with = 'everybody'\npatience_secs = 0";
    let verona = Site::new("verona.example", "verona.example", patience).await;
    let verona = verona.knows("mantua.example", "127.0.0.1:1".parse().unwrap()).open().await;
    let mut romeo = verona.member("100001").await;
    let juliet = konvent_wire::Jid::new("juliet@mantua.example").unwrap();
    romeo.tell(&juliet, "Nobody is there").await;
    let error = romeo.hear_error("remote-server-timeout").await;
    assert_eq!(error.from, Some(juliet));
    // And a house that does not exist at all is known at once.
    romeo.tell(&konvent_wire::Jid::new("x@127.0.0.1").unwrap(), "To an address").await;
    romeo.hear_error("remote-server-not-found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_speaks_as_a_host_of_ours() {
    let program = "with = 'everybody'\n[components]\nlisten = '127.0.0.1:0'\n\
                   [components.hosts.\"bot.verona.example\"]\nsecret = 's3cret'\n";
    let verona = Site::new("verona.example", "verona.example", program).await;
    let mantua = Site::new("mantua.example", "mantua.example", EVERYBODY).await;
    let (here, there, door) = (verona.gate, mantua.gate, verona.components.unwrap());
    let verona = verona.knows("mantua.example", there).open().await;
    let mantua = mantua.knows("verona.example", here).open().await;
    let (mut romeo, mut juliet) = (verona.member("100001").await, mantua.member("100002").await);
    let bot = konvent_wire::Jid::new("oracle@bot.verona.example").unwrap();
    romeo.tell(&bot, "Too early").await;
    romeo.hear_error("remote-server-timeout").await;
    let mut program = town::Program::enter(door, "bot.verona.example", "s3cret").await;
    for member in [&mut romeo, &mut juliet] {
        member.tell(&bot, "What will be").await;
        let asked = program.hear("What will be").await;
        let answer = Stanza::message("chat").with_from(bot.clone()).with_to(asked.from.unwrap());
        program.say(&answer.with_body("Peace")).await;
        member.hear_words(&bot, "Peace").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_reaches_only_a_device_that_has_shown_itself() {
    // RFC 6121 §8.5.3.1.
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let riddle = || el("riddle", "urn:example:riddle").build();
    let ask = |id: &str, to| Stanza::iq("get", id).with_to(to).with_child(&riddle());
    romeo.say(ask("q1", juliet.jid())).await;
    romeo.hear_error("service-unavailable").await;
    juliet.say(Stanza::presence("").with_to(romeo.bare())).await;
    let from = juliet.jid();
    romeo.hear("Juliet", |stanza| stanza.from.as_ref() == Some(&from) && !stanza.is_error()).await;
    romeo.say(ask("q2", juliet.jid())).await;
    let asked = juliet.hear("the question", |stanza| stanza.id.as_deref() == Some("q2")).await;
    juliet.say(Stanza::iq("result", "q2").with_to(asked.from.unwrap())).await;
    let answer = romeo.hear("the answer", |stanza| stanza.id.as_deref() == Some("q2")).await;
    assert!(answer.is_kind("result"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_that_are_kept_to_the_house_tell_nobody_abroad_what_was_said() {
    let kept_here = format!("{EVERYBODY}\n[free_rooms]\nopen_to_abroad = false");
    let (verona, mantua) = two(&kept_here).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let address = |text: &str| konvent_wire::Jid::new(text).unwrap();
    let muc = "http://jabber.org/protocol/muc";
    let enter = Stanza::presence("").with_to(address("garten@gruppen.verona.example/Romeo"));
    romeo.say(enter.with_child(&el("x", muc).build())).await;
    let room = address("garten@gruppen.verona.example");
    let instant = el("query", "http://jabber.org/protocol/muc#owner")
        .child(el("x", "jabber:x:data").attr("type", "submit"))
        .build();
    let made = Stanza::iq("set", "made").with_to(room.clone()).with_child(&instant);
    romeo.say(made).await;
    let made = romeo.hear("the room", |stanza| stanza.id.as_deref() == Some("made")).await;
    assert!(made.is_kind("result"), "{made:?}");
    for (kind, asked) in [
        ("set", el("query", "urn:xmpp:mam:2")),
        ("get", el("query", "jabber:iq:register")),
        ("get", el("query", "http://jabber.org/protocol/disco#info")),
    ] {
        let id = format!("{kind}-{}", asked.clone().build().ns());
        juliet.say(Stanza::iq(kind, &id).with_to(room.clone()).with_child(&asked.build())).await;
        let answer = juliet.hear("no", |stanza| stanza.id.as_deref() == Some(&*id)).await;
        let condition = answer.error().map(|error| error.condition.as_str().to_owned());
        assert_eq!(condition.as_deref(), Some("registration-required"), "{id}: {answer:?}");
    }
}
