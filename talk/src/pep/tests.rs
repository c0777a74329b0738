//! Requests as clients send them.

use super::*;
use crate::scene::stanza;

fn read(kind: &str, inner: &str) -> Answer<Option<Request>> {
    request(&stanza(&format!("<iq type='{kind}' id='p'>{inner}</iq>")))
}

fn pubsub(inner: &str) -> String {
    format!("<pubsub xmlns='{}'>{inner}</pubsub>", ns::PUBSUB)
}

#[test]
fn requests_are_read_and_what_is_not_offered_is_said() {
    let items =
        read("get", &pubsub("<items node='n' max_items='3'><item id='a'/></items>")).unwrap();
    assert_eq!(
        items,
        Some(Request::Items { node: "n".into(), ids: vec!["a".into()], max: Some(3) })
    );
    let publish = read(
        "set",
        &pubsub("<publish node='n'><item id='a'><x xmlns='u'/></item></publish><publish-options/>"),
    );
    assert!(
        matches!(publish.unwrap(), Some(Request::Publish { id, payload: Some(_), .. }) if id == "a")
    );
    let retract =
        read("set", &pubsub("<retract node='n' notify='true'><item id='a'/></retract>")).unwrap();
    assert_eq!(retract.unwrap().node(), "n");
    for (kind, inner, expected) in [
        ("set", pubsub("<publish node='n'><item/></publish>"), BAD_REQUEST),
        ("set", pubsub("<publish node='n'/>"), BAD_REQUEST),
        ("get", pubsub("<items/>"), BAD_REQUEST),
        ("get", pubsub(""), BAD_REQUEST),
        ("set", pubsub("<create node='n'/>"), NOT_IMPLEMENTED),
        ("get", pubsub("<publish node='n'><item id='a'/></publish>"), NOT_IMPLEMENTED),
        (
            "set",
            format!("<pubsub xmlns='{}#owner'><delete node='n'/></pubsub>", ns::PUBSUB),
            NOT_IMPLEMENTED,
        ),
    ] {
        assert_eq!(read(kind, &inner).unwrap_err(), expected, "{inner}");
    }
    assert_eq!(read("get", "<ping xmlns='urn:xmpp:ping'/>").unwrap(), None);
}

#[test]
fn an_event_goes_to_the_other_devices_as_a_headline() {
    let own = Jid::new("romeo@verona.example").unwrap().to_bare();
    let mut out = Outbox::default();
    notify(AccountId(1), &own, Some(SessionId(2)), "n", Event::Gone("a".into()), &mut out);
    let posts = out.into_posts();
    let [
        konvent_core::Post::Account {
            reach: Reach::Available,
            except: Some(SessionId(2)),
            stanza,
            ..
        },
    ] = posts.as_slice()
    else {
        panic!("{posts:?}")
    };
    assert!(stanza.is_kind("headline"));
    let event = stanza.payload().unwrap();
    let items = event.get_child("items", ns::PUBSUB_EVENT).unwrap();
    assert_eq!(items.attr("node"), Some("n"));
    assert_eq!(items.get_child("retract", ns::PUBSUB_EVENT).unwrap().attr("id"), Some("a"));
}
