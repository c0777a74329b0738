//! Since when somebody is away, asked from another house (XEP-0012).

use super::news::befriend;
use super::town::{EVERYBODY, Member, two};
use konvent_wire::xml::el;
use konvent_wire::{Jid, Stanza};

/// Asks, and returns the answer.
async fn ask(who: &mut Member, id: &str, to: Jid) -> Stanza {
    let query = el("query", "jabber:iq:last").build();
    who.say(Stanza::iq("get", id).with_to(to).with_child(&query)).await;
    who.hear("an answer", |stanza| stanza.id.as_deref() == Some(id)).await
}

fn seconds(answer: &Stanza) -> Option<i64> {
    answer.payload()?.attr("seconds")?.parse().ok()
}

fn condition(answer: &Stanza) -> Option<&'static str> {
    Some(answer.error()?.condition.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_somebody_is_away_is_told_abroad_only_to_who_may_see_it() {
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    let to_juliet = juliet.bare();
    // XEP-0012 §3: a stranger learns as much as of nobody.
    let of_juliet = ask(&mut romeo, "l1", to_juliet.clone()).await;
    let of_nobody = ask(&mut romeo, "l2", Jid::new("nobody@mantua.example").unwrap()).await;
    assert_eq!(condition(&of_juliet), Some("forbidden"));
    assert_eq!(condition(&of_nobody), Some("forbidden"));
    assert_eq!(of_juliet.error(), of_nobody.error());

    befriend(&mut romeo, &mut juliet).await;
    let while_there = ask(&mut romeo, "l3", to_juliet.clone()).await;
    assert_eq!(seconds(&while_there), Some(0), "{while_there:?}");

    // XEP-0012 §5: how long the other house runs.
    let of_house = ask(&mut romeo, "l4", Jid::new("mantua.example").unwrap()).await;
    assert!(seconds(&of_house).is_some_and(|seconds| seconds >= 0), "{of_house:?}");

    // Whom she has blocked learns no more than a stranger.
    let item = el("item", "urn:xmpp:blocking").attr("jid", romeo.bare());
    let block = el("block", "urn:xmpp:blocking").child(item).build();
    juliet.say(Stanza::iq("set", "block").with_child(&block)).await;
    juliet.hear("that he is blocked", |stanza| stanza.id.as_deref() == Some("block")).await;
    let blocked = ask(&mut romeo, "l5", to_juliet).await;
    assert_eq!(condition(&blocked), Some("forbidden"));
}
