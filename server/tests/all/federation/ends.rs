//! What cannot be brought, or finds nobody, between houses: who is told, and who is not.

use konvent_wire::xml::el;
use konvent_wire::{Jid, Name, Stanza};

use super::news::befriend;
use super::town::{EVERYBODY, Member, Program, Site, two};

fn typing() -> Stanza {
    Stanza::message("chat")
        .with_child(&el("composing", "http://jabber.org/protocol/chatstates").build())
}

fn at_a_device_that_is_gone(of: &Jid) -> Jid {
    of.to_bare().with_resource_str("gone").unwrap().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_a_house_that_does_not_exist_comes_back() {
    // RFC 6121 §3.1.2, RFC 6120 §10.4.3.
    let verona = Site::new("verona.example", "verona.example", EVERYBODY).await.open().await;
    let mut romeo = verona.member("100001").await;
    let nowhere = Jid::new("rosaline@127.0.0.1").unwrap();
    romeo.say(Stanza::presence("subscribe").with_to(nowhere.clone()).with_id("ask")).await;
    let is_error = |stanza: &Stanza| stanza.name == Name::Presence && stanza.is_error();
    let error = romeo.hear("that it cannot be brought", is_error).await;
    assert_eq!((error.id.as_deref(), &error.from), (Some("ask"), &Some(nowhere.clone())));
    let condition = error.error().unwrap().condition;
    assert_eq!(condition.as_str(), "remote-server-not-found");
    // Who is nobody's contact comes with no errors.
    let strange = Jid::new("nobody@127.0.0.1").unwrap();
    for from in [strange, nowhere] {
        let wrong = el("error", konvent_wire::ns::CLIENT).attr("type", "cancel").build();
        let lie = Stanza::presence("error").with_from(from).with_to(romeo.bare());
        konvent_server::flows::abroad::given_back(&verona.house, lie.with_child(&wrong)).await;
    }
    romeo.hear("the error of a contact", is_error).await;
    romeo.ask_server("verona.example").await;
    assert!(!romeo.heard.iter().any(is_error), "{:?}", romeo.heard);
}

/// The member is connected and has said that he is not there.
async fn goes(member: &mut Member, house: &str) {
    member.say(Stanza::presence("unavailable")).await;
    member.ask_server(house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_see_a_member_hears_that_typing_found_nobody() {
    // RFC 6121 §8.1 and §8.5.2.2.1.
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let mut stranger = mantua.member("100001").await;
    befriend(&mut romeo, &mut juliet).await;
    goes(&mut romeo, "verona.example").await;
    for who in [&mut juliet, &mut stranger] {
        who.heard.clear();
        who.say(typing().with_to(romeo.bare()).with_id("typing")).await;
        who.ask_server("verona.example").await; // the same way, so the answer to that has come
    }
    let refused = |who: &Member| who.heard.iter().any(|said| said.id.as_deref() == Some("typing"));
    assert!(refused(&juliet), "{:?}", juliet.heard);
    assert!(!refused(&stranger), "{:?}", stranger.heard);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_abroad_learns_that_an_occupant_is_gone() {
    // RFC 6121 §8.5.3.2.1: otherwise it would go on speaking to nobody. Juliet stands for the room.
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let said = |from: &Jid, to: Jid| {
        Stanza::message("groupchat").with_id("said").with_from(from.clone()).with_to(to)
    };
    let gone = at_a_device_that_is_gone(&romeo.bare());
    for knows in [false, true] {
        if knows {
            romeo.tell(&juliet.bare(), "I come in").await;
            juliet.hear_words(&romeo.bare(), "I come in").await;
        }
        juliet.heard.clear();
        mantua.house.abroad().send(said(&juliet.jid(), gone.clone()), None);
        juliet.ask_server("verona.example").await; // behind it on the same way
        let hears_of_it = juliet.heard.iter().any(|said| said.id.as_deref() == Some("said"));
        assert_eq!(hears_of_it, knows, "{:?}", juliet.heard);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_through_a_room_elsewhere_leaves_whole() {
    // XEP-0045 §7.8.2; a program stands for the room.
    let program = "with = 'everybody'\n[components]\nlisten = '127.0.0.1:0'\n\
                   [components.hosts.\"rooms.verona.example\"]\nsecret = 's3cret'\n";
    let verona = Site::new("verona.example", "verona.example", program).await.open().await;
    let door = verona.components.unwrap();
    let mut rooms = Program::enter(door, "rooms.verona.example", "s3cret").await;
    let mut romeo = verona.member("100001").await;
    let muc = "http://jabber.org/protocol/muc#user";
    let invite = el("invite", muc).attr("to", "nurse@verona.example");
    let status = el("status", muc).attr("code", "104");
    let room = Jid::new("garten@rooms.verona.example").unwrap();
    for (inside, leaves) in [(invite, true), (status, false)] {
        let said = Stanza::message("").with_to(room.clone()).with_body("Come");
        romeo.say(said.with_child(&el("x", muc).child(inside).build())).await;
        assert_eq!(rooms.hear("Come").await.has("x", muc), leaves);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_room_abroad_says_reaches_each_device_that_is_inside() {
    // RFC 6121 §8.5.3.1. Juliet stands for the room.
    let (verona, mantua) = two(EVERYBODY).await;
    let juliet = mantua.member("100002").await;
    let mut phone = verona.member("100001").await;
    let mut laptop = verona.member("100001").await;
    let origin = || el("origin-id", "urn:xmpp:sid:0").attr("id", "o1").build();
    let said = |to: Jid| {
        let said = Stanza::message("groupchat").with_id("m1").with_body("Good morrow");
        said.with_child(&origin()).with_from(juliet.jid()).with_to(to)
    };
    let whispered = |to: Jid| {
        let x = el("x", "http://jabber.org/protocol/muc#user").build();
        let said = Stanza::message("chat").with_id("m2").with_body("Psst").with_child(&x);
        said.with_from(juliet.jid()).with_to(to)
    };
    // The last time the phone comes in again and is told what was said before.
    for to in [phone.jid(), laptop.jid(), phone.jid()] {
        mantua.house.abroad().send(said(to), None);
    }
    let is_it = |stanza: &Stanza| stanza.id.as_deref() == Some("m1");
    let first = phone.hear("the words", is_it).await;
    let again = phone.hear("the words again", is_it).await;
    let other = laptop.hear("the words", is_it).await;
    let mark = |stanza: &Stanza| {
        let id = stanza.child("stanza-id", "urn:xmpp:sid:0")?.attr("id")?;
        Some(id.into_owned())
    };
    assert!(mark(&first).is_some());
    assert_eq!((mark(&again), mark(&other)), (mark(&first), mark(&first)), "kept once");
    // So does a word to him alone, through the room (XEP-0045 §7.5).
    for to in [phone.jid(), laptop.jid()] {
        mantua.house.abroad().send(whispered(to), None);
    }
    for device in [&mut phone, &mut laptop] {
        device.hear("the whisper", |stanza| stanza.id.as_deref() == Some("m2")).await;
    }
    assert_eq!(phone.archive().await, ["Good morrow", "Psst"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_cannot_be_written_down_is_not_taken_as_if_it_were() {
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let meddle = |sql: &'static str| mantua.house.db().write(move |tx| tx.run(sql, &[]).map(drop));
    let refuses = "create trigger full before insert on contacts_item
                   begin select raise(abort, 'database or disk is full'); end";
    meddle(refuses).await.unwrap();
    let ask = |id: &str| Stanza::presence("subscribe").with_to(juliet.bare()).with_id(id);
    let (first, second) = (ask("s1"), ask("s2"));
    romeo.say(first).await;
    let no = romeo.hear("that it was not taken", |stanza| {
        stanza.name == Name::Presence && stanza.is_error() && stanza.id.as_deref() == Some("s1")
    });
    assert_eq!(no.await.from, Some(juliet.bare()));
    meddle("drop trigger full").await.unwrap();
    romeo.say(second).await;
    juliet.hear("the request", |stanza| stanza.is_kind("subscribe")).await;
}
