//! How houses come to each other, and how much they may say: TLS from the first byte, one stream for both directions, shares.

use std::time::{Duration, Instant};

use konvent_wire::xml::el;
use konvent_wire::{Jid, Stanza};

use super::town::{EVERYBODY, Member, Site, Town};

/// Two towns, each of which knows the other at this address, or not at all.
async fn towns(
    verona_at: impl Fn(&Site) -> String,
    mantua_at: impl Fn(&Site) -> String,
) -> (Town, Town) {
    let verona = Site::new("verona.example", "verona.example", EVERYBODY).await;
    let mantua = Site::new("mantua.example", "mantua.example", EVERYBODY).await;
    let (here, there) = (verona_at(&verona), mantua_at(&mantua));
    let verona = verona.knows_at("mantua.example", &there).open().await;
    (verona, mantua.knows_at("verona.example", &here).open().await)
}

fn nowhere(_: &Site) -> String {
    "127.0.0.1:1".to_owned()
}

async fn hears(speaker: &mut Member, hearer: &mut Member, words: &str) {
    speaker.tell(&hearer.bare(), words).await;
    hearer.hear_words(&speaker.bare(), words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn houses_talk_by_tls_from_the_first_byte() {
    // XEP-0368 §3. There is no other way: the gates named here take nothing that is not encrypted.
    let direct = |site: &Site| format!("tls:{}", site.direct_gate.unwrap());
    for (verona_at, mantua_at) in [(true, false), (false, true)] {
        let at =
            |is_known: bool| move |site: &Site| if is_known { direct(site) } else { nowhere(site) };
        let (verona, mantua) = towns(at(verona_at), at(mantua_at)).await;
        let mut romeo = verona.member("100001").await;
        let mut juliet = mantua.member("100002").await;
        if mantua_at {
            hears(&mut romeo, &mut juliet, "By the safe road").await;
            hears(&mut juliet, &mut romeo, "And back").await;
        } else {
            hears(&mut juliet, &mut romeo, "By the safe road").await;
            hears(&mut romeo, &mut juliet, "And back").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_no_way_back_answers_on_the_stream_that_came() {
    // XEP-0288 §2.2.
    let (verona, mantua) = towns(nowhere, |mantua| mantua.gate.to_string()).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    hears(&mut romeo, &mut juliet, "I have found you").await;
    hears(&mut juliet, &mut romeo, "I could not have found you").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_hears_of_another_no_more_than_its_share() {
    // RFC 6120 §13.12. Ten at once, then one a second.
    let scarce = "with = 'everybody'\nstanzas_per_sec = 1";
    let verona = Site::new("verona.example", "verona.example", scarce).await;
    let mantua = Site::new("mantua.example", "mantua.example", EVERYBODY).await;
    let padua = Site::new("padua.example", "padua.example", EVERYBODY).await;
    let here = verona.gate;
    let verona = verona.knows("mantua.example", mantua.gate).knows("padua.example", padua.gate);
    let verona = verona.open().await;
    let mantua = mantua.knows("verona.example", here).open().await;
    let padua = padua.knows("verona.example", here).open().await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let mut friar = padua.member("100001").await;
    let began = Instant::now();
    for number in 1..=13 {
        juliet.tell(&romeo.bare(), &format!("Word {number}")).await;
    }
    for number in 1..=11 {
        romeo.hear_words(&juliet.bare(), &format!("Word {number}")).await;
    }
    // Another house has a share of its own.
    hears(&mut friar, &mut romeo, "Of another house").await;
    for number in 12..=13 {
        romeo.hear_words(&juliet.bare(), &format!("Word {number}")).await;
    }
    // When the thirteenth is read, twelve have been paid for: ten at once and two by seconds.
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_of_another_house_is_inside_a_free_room() {
    let (verona, mantua) =
        towns(|verona| verona.gate.to_string(), |mantua| mantua.gate.to_string()).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let room = |nick: &str| Jid::new(&format!("hafen@gruppen.verona.example{nick}")).unwrap();
    let enter = |nick: &str| {
        let wish = el("x", "http://jabber.org/protocol/muc").build();
        Stanza::presence("").with_to(room(nick)).with_child(&wish)
    };
    romeo.say(enter("/Romeo")).await;
    let form = el("x", "jabber:x:data").attr("type", "submit");
    let at_once = el("query", "http://jabber.org/protocol/muc#owner").child(form).build();
    romeo.say(Stanza::iq("set", "made").with_to(room("")).with_child(&at_once)).await;
    romeo.hear("the room", |stanza| stanza.id.as_deref() == Some("made")).await;
    juliet.say(enter("/Juliet")).await;
    let own = room("/Juliet");
    juliet.hear("herself inside", |stanza| stanza.from.as_ref() == Some(&own)).await;
    romeo.hear("her inside", |stanza| stanza.from.as_ref() == Some(&own)).await;
    let say = |words: &str| Stanza::message("groupchat").with_to(room("")).with_body(words);
    juliet.say(say("From far away")).await;
    romeo.hear_words(&room(""), "From far away").await;
    romeo.say(say("Welcome")).await;
    juliet.hear_words(&room(""), "Welcome").await;
    juliet.say(Stanza::presence("unavailable").with_to(own.clone())).await;
    let is_gone =
        |stanza: &Stanza| stanza.from.as_ref() == Some(&own) && stanza.is_kind("unavailable");
    romeo.hear("that she left", is_gone).await;
    juliet.hear("that she left", is_gone).await;
    romeo.say(say("Is she gone")).await;
    romeo.hear_words(&room(""), "Is she gone").await;
    juliet.ask_server("gruppen.verona.example").await; // behind it on the same way
    let heard = |words: &str| {
        let body = |stanza: &Stanza| stanza.text_of("body", konvent_wire::ns::CLIENT);
        juliet.heard.iter().any(|stanza| body(stanza).as_deref() == Some(words))
    };
    assert!(!heard("Is she gone"), "said to somebody who had left");
}
