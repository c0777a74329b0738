//! News of members for their contacts in another house: whose clients want them, and that everybody else hears none.

use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};
use std::sync::Arc;

use konvent_talk::caps::{Algorithm, verification};

use super::town::{EVERYBODY, Member, two};

const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
const EVENT: &str = "http://jabber.org/protocol/pubsub#event";
const MEDIA: &str = "urn:tune";

/// What a client with one wish says of itself, and its presence.
fn wishing(node: &str) -> (Element, Stanza) {
    let query = el("query", DISCO_INFO)
        .child(el("feature", DISCO_INFO).attr("var", format!("{node}+notify")))
        .build();
    let ver = verification(&query, Algorithm::Sha1).unwrap();
    let c = el("c", "http://jabber.org/protocol/caps")
        .attr("hash", "sha-1")
        .attr("node", "n")
        .attr("ver", ver);
    (query, Stanza::presence("").with_child(&c.build()))
}

async fn publish(who: &mut Member, id: &str) {
    let tune = el("tune", MEDIA);
    let item = el("item", PUBSUB).attr("id", id).child(tune);
    let publish = el("publish", PUBSUB).attr("node", MEDIA).child(item);
    let iq = Stanza::iq("set", id).with_child(&el("pubsub", PUBSUB).child(publish).build());
    who.say(iq).await;
    let id: Arc<str> = id.into();
    let answer = who
        .hear("to have published", move |s| {
            s.id.as_ref() == Some(&id) && s.name == konvent_wire::Name::Iq
        })
        .await;
    assert!(answer.is_kind("result"), "{answer:?}");
}

/// Each asks the other, and grants it.
pub(super) async fn befriend(asks: &mut Member, other: &mut Member) {
    let (one, b) = (asks.bare(), other.bare());
    asks.say(Stanza::presence("subscribe").with_to(b.clone())).await;
    other.hear("a request", |s| s.is_kind("subscribe")).await;
    other.say(Stanza::presence("subscribed").with_to(one.clone())).await;
    other.say(Stanza::presence("subscribe").with_to(one.clone())).await;
    asks.hear("a request", |s| s.is_kind("subscribe")).await;
    asks.say(Stanza::presence("subscribed").with_to(b)).await;
    let sees = |s: &Stanza| {
        s.name == konvent_wire::Name::Presence
            && s.kind.is_none()
            && s.from.as_ref().is_some_and(|from| from.to_bare() == one.to_bare())
    };
    other.hear("to see the other", sees).await;
}

fn is_item(stanza: &Stanza, from: &Jid, id: &str) -> bool {
    let event = stanza.child("event", EVENT).and_then(konvent_wire::ChildRef::element);
    stanza.from.as_ref() == Some(from)
        && event.is_some_and(|event| {
            event.children().any(|items| items.children().any(|item| item.attr("id") == Some(id)))
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn news_reach_contacts_of_another_house_whose_clients_want_them() {
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let mut stranger = mantua.member("100001").await;
    befriend(&mut romeo, &mut juliet).await;
    publish(&mut romeo, "first").await;

    // She says what she wants; his house asks her, in his name.
    let (about, presence) = wishing(MEDIA);
    juliet.say(presence.clone()).await;
    stranger.say(presence.clone().with_to(romeo.bare())).await;
    let asked = juliet
        .hear("to be asked", |s| {
            s.has("query", DISCO_INFO)
                && s.is_kind("get")
                && s.id.as_deref().is_some_and(|id| id.starts_with("onlooker"))
        })
        .await;
    assert_eq!(asked.from, Some(romeo.bare()));
    juliet.say(asked.result(Some(&about))).await;
    let last = juliet.hear("the last item", |s| is_item(s, &romeo.bare(), "first")).await;
    assert!(last.has("delay", "urn:xmpp:delay"));
    assert_eq!(last.to, Some(juliet.jid()), "the device that wants it");

    publish(&mut romeo, "second").await;
    let news = juliet.hear("the news", |s| is_item(s, &romeo.bare(), "second")).await;
    assert!(news.has("addresses", "http://jabber.org/protocol/address"), "she sees his devices");

    // Away, she hears nothing; back, she is sent the last item without being asked again.
    juliet.say(Stanza::presence("unavailable")).await;
    juliet.ask_server("verona.example").await;
    publish(&mut romeo, "third").await;
    juliet.ask_server("verona.example").await;
    assert!(!juliet.heard.iter().any(|s| is_item(s, &romeo.bare(), "third")));
    juliet.say(presence).await;
    juliet.hear("the last item", |s| is_item(s, &romeo.bare(), "third")).await;

    // Whoever is no contact has heard nothing at all.
    stranger.ask_server("verona.example").await;
    assert!(!stranger.heard.iter().any(|s| s.has("event", EVENT)), "{:?}", stranger.heard);
}
