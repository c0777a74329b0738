//! Which messages are copied, and what a copy looks like.

use super::*;
use konvent_core::{PersonId, Post};

fn message(xml: &str) -> Stanza {
    Stanza::parse(xml.as_bytes()).unwrap()
}

fn romeo() -> Session {
    Session {
        id: SessionId(1),
        account: AccountId(2),
        person: PersonId(3),
        address: Jid::new("romeo@verona.example/orchard").unwrap(),
        name: "Romeo".into(),
    }
}

#[test]
fn private_words_through_a_room_are_copied_when_sent_and_not_when_they_come() {
    let pm = message(
        "<message type='chat' from='a@gruppen.verona.example/x'><body>hark</body>\
         <x xmlns='http://jabber.org/protocol/muc#user'/></message>",
    );
    assert!(is_eligible(&pm) && !came_eligible(&pm));
    let invited =
        message("<message><x xmlns='http://jabber.org/protocol/muc#user'><invite/></x></message>");
    assert!(came_eligible(&invited));
}

#[test]
fn chat_and_words_are_copied_private_and_group_words_are_not() {
    for (xml, expected) in [
        ("<message type='chat'><body>hark</body></message>", true),
        (
            "<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
            true,
        ),
        ("<message><body>hark</body></message>", true),
        ("<message><event xmlns='http://jabber.org/protocol/pubsub#event'/></message>", false),
        ("<message type='groupchat'><body>hark</body></message>", false),
        ("<message type='error'><body>hark</body></message>", true),
        ("<message type='error'><error type='cancel'/></message>", false),
        ("<message><x xmlns='jabber:x:conference' jid='a@b'/></message>", true),
        ("<message><x xmlns='http://jabber.org/protocol/muc#user'><invite/></x></message>", true),
        (
            "<message><x xmlns='http://jabber.org/protocol/muc#user'><status code='100'/></x></message>",
            false,
        ),
        ("<message><invite xmlns='urn:xmpp:call-invites:0'/></message>", true),
        ("<message><accept xmlns='urn:xmpp:call-invites:0' id='1'/></message>", true),
        ("<message><left xmlns='urn:xmpp:call-invites:0' id='1'/></message>", true),
        ("<message><left xmlns='urn:example'/></message>", false),
        ("<message type='headline'><body>hark</body></message>", false),
        (
            "<message type='chat'><body>x</body><private xmlns='urn:xmpp:carbons:2'/></message>",
            false,
        ),
        ("<message type='chat'><body>x</body><no-copy xmlns='urn:xmpp:hints'/></message>", false),
    ] {
        assert_eq!(is_eligible(&message(xml)), expected, "{xml}");
    }
}

#[test]
fn a_copy_comes_from_the_own_account_and_holds_the_whole_message() {
    let said = message(
        "<message to='juliet@verona.example' from='romeo@verona.example/orchard' type='chat' id='m'><body>a &lt; b</body></message>",
    );
    let mut out = Outbox::default();
    copy_sent(&romeo(), &said, &mut out);
    let posts = out.into_posts();
    let [
        Post::Account {
            account: AccountId(2),
            reach: Reach::Carbons,
            except: Some(SessionId(1)),
            stanza,
        },
    ] = posts.as_slice()
    else {
        panic!("{posts:?}")
    };
    assert_eq!(stanza.from.as_ref().unwrap().as_str(), "romeo@verona.example");
    assert!(stanza.is_kind("chat"));
    let sent = stanza.payload().unwrap();
    assert!(sent.is("sent", ns::CARBONS));
    let inner =
        sent.get_child("forwarded", ns::FORWARD).unwrap().get_child("message", ns::CLIENT).unwrap();
    assert_eq!(Stanza::from_element(inner).unwrap(), said);
}

#[test]
fn the_wish_is_read_from_sets_only() {
    let enable = |kind: &str| {
        message(&format!("<iq type='{kind}' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>"))
    };
    assert_eq!(wish(&enable("set")), Some(true));
    assert_eq!(wish(&enable("get")), None);
    assert_eq!(
        wish(&message("<iq type='set' id='c'><disable xmlns='urn:xmpp:carbons:2'/></iq>")),
        Some(false)
    );
}
