//! What may wait, stanza by stanza.

use super::*;

fn name(text: &str) -> Option<String> {
    waits_as(&Stanza::parse(text.as_bytes()).unwrap())
}

const FROM: &str = "from='juliet@verona.example/balcony'";

#[test]
fn presence_waits_and_the_newest_of_a_sender_replaces_the_last() {
    let here = name(&format!("<presence {FROM}/>"));
    assert!(here.is_some());
    assert_eq!(here, name(&format!("<presence {FROM} type='unavailable'/>")));
    assert_ne!(here, name("<presence from='juliet@verona.example/garden'/>"));
    let in_room = "<x xmlns='http://jabber.org/protocol/muc#user'><item role='participant'/></x>";
    assert!(name(&format!("<presence {FROM}>{in_room}</presence>")).is_some());
}

#[test]
fn what_asks_fails_or_shows_somebody_out_does_not_wait() {
    for kind in ["subscribe", "subscribed", "error"] {
        assert_eq!(name(&format!("<presence {FROM} type='{kind}'/>")), None);
    }
    for happened in ["<status code='307'/>", "<status code='110'/>", "<destroy/>"] {
        let x = format!("<x xmlns='http://jabber.org/protocol/muc#user'>{happened}</x>");
        assert_eq!(name(&format!("<presence {FROM} type='unavailable'>{x}</presence>")), None);
    }
}

#[test]
fn typing_waits_also_as_a_copy_and_words_do_not() {
    let typing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
    let hint = "<no-store xmlns='urn:xmpp:hints'/>";
    assert!(name(&format!("<message {FROM} type='chat'>{typing}{hint}</message>")).is_some());
    let copy = |inner: &str| {
        format!(
            "<message {FROM}><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
             <message xmlns='jabber:client' type='chat'>{inner}</message></forwarded></received></message>"
        )
    };
    assert!(name(&copy(typing)).is_some());
    for words in [
        "<body>Ay me!</body>",
        "<body>Ay!</body><active xmlns='http://jabber.org/protocol/chatstates'/>",
    ] {
        assert_eq!(name(&format!("<message {FROM} type='chat'>{words}</message>")), None);
        assert_eq!(name(&copy(words)), None);
    }
    for other in
        ["", "<received xmlns='urn:xmpp:receipts' id='1'/>", "<x xmlns='urn:example:unknown'/>"]
    {
        assert_eq!(name(&format!("<message {FROM}>{other}</message>")), None, "{other}");
    }
}

#[test]
fn what_is_published_waits_by_its_node_and_item() {
    let event = |inner: &str| {
        format!(
            "<message {FROM} type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'>{inner}</event></message>"
        )
    };
    let mood = name(&event("<items node='mood'><item id='current'/></items>"));
    assert!(mood.is_some());
    assert_ne!(mood, name(&event("<items node='mood'><item id='other'/></items>")));
    assert_ne!(mood, name(&event("<items node='tune'><item id='current'/></items>")));
    assert_eq!(name(&event("<items node='mood'><retract id='current'/></items>")), None);
    assert_eq!(name(&event("<items node='mood'><item id='1'/><item id='2'/></items>")), None);
    assert_eq!(name(&event("<delete node='mood'/>")), None);
}

#[test]
fn questions_and_answers_never_wait() {
    assert_eq!(name(&format!("<iq {FROM} type='result' id='1'/>")), None);
    assert_eq!(name("<presence/>"), None, "without a sender it is the server's");
}
