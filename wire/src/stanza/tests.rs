//! Stanzas made, taken apart and answered.

use super::*;
use crate::errors::{Condition, ErrorKind, StanzaError};
use crate::xml::el;

fn jid(text: &str) -> Jid {
    Jid::new(text).unwrap()
}

fn written(stanza: &Stanza) -> String {
    let mut out = Vec::new();
    stanza.write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn stanzas_are_built_and_written() {
    let stanza = Stanza::message("chat")
        .with_to(jid("romeo@montague.example"))
        .with_from(jid("juliet@capulet.example/balcony"))
        .with_id("1")
        .with_body("Wherefore <art> thou & \"Romeo\"?")
        .with_child(&el("active", "http://jabber.org/protocol/chatstates").build());
    assert_eq!(
        written(&stanza),
        "<message to=\"romeo@montague.example\" from=\"juliet@capulet.example/balcony\" id=\"1\" \
         type=\"chat\"><body>Wherefore &lt;art&gt; thou &amp; \"Romeo\"?</body>\
         <active xmlns=\"http://jabber.org/protocol/chatstates\"/></message>"
    );
    assert_eq!(Stanza::parse(&stanza.to_bytes()).unwrap(), stanza);
    assert_eq!(stanza.text_of("body", ns::CLIENT).unwrap(), "Wherefore <art> thou & \"Romeo\"?");
    assert!(stanza.has("active", "http://jabber.org/protocol/chatstates"));
    assert!(!stanza.has("active", ns::CLIENT));
    assert_eq!(stanza.element().unwrap().attr("id"), Some("1"));
    assert_eq!(Stanza::from_element(&stanza.element().unwrap()), Some(stanza));
}

#[test]
fn readdressing_shares_the_children() {
    let stanza = Stanza::message("groupchat").with_from(jid("room@h/nick")).with_body("all");
    let other = stanza.addressed(stanza.from.clone(), Some(jid("a@b/c")));
    assert!(Arc::ptr_eq(&stanza.body, &other.body));
    let mut out = Vec::new();
    stanza.write_to(&jid("a@b/c"), &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), written(&other));
    let copy = stanza.and_child(&el("x", "y").build());
    assert_eq!(stanza.children().count(), 1);
    assert_eq!(copy.children().count(), 2);
}

#[test]
fn forged_marks_are_struck() {
    let forged = el("stanza-id", "urn:xmpp:sid:0").attr("by", "room@h").attr("id", "1").build();
    let stanza = Stanza::message("").with_child(&forged).with_body("x");
    let clean = stanza.without(|child| child.is("stanza-id", "urn:xmpp:sid:0"));
    assert_eq!(written(&clean), "<message><body>x</body></message>");
    assert_eq!(clean.children().count(), 1);
    let same = stanza.without(|child| child.name() == "nothing");
    assert!(Arc::ptr_eq(&same.body, &stanza.body));
}

#[test]
fn iqs_are_answered_with_addresses_swapped() {
    let asked = Stanza::iq("get", "7")
        .with_from(jid("a@b/c"))
        .with_to(jid("h"))
        .with_child(&el("ping", "urn:xmpp:ping").build());
    assert_eq!(asked.payload().unwrap().name(), "ping");
    assert_eq!(
        written(&asked.result(None)),
        "<iq to=\"a@b/c\" from=\"h\" id=\"7\" type=\"result\"/>"
    );
    let error = StanzaError::new(ErrorKind::Cancel, Condition::ItemNotFound)
        .with_text("no such room")
        .with_app(el("refusal", "urn:konvent:refusal:0").attr("code", "rooms.unknown").build());
    let refused = asked.error_reply(&error);
    assert_eq!(refused.error(), Some(error));
    assert!(refused.is_error() && !refused.may_be_refused());
}

#[test]
fn forwarding_copies_bytes_into_place() {
    let inner = Stanza::message("chat").with_to(jid("a@b")).with_body("x & y");
    let delay = el("delay", "urn:xmpp:delay").attr("stamp", "2026-11-21T22:00:00Z");
    let forwarded = el("forwarded", ns::FORWARD).child(delay);
    let sent = el("sent", ns::CARBONS).child(forwarded).build();
    let copy = Stanza::message("chat").with_forwarded(&sent, &inner);
    assert_eq!(
        written(&copy),
        "<message type=\"chat\"><sent xmlns=\"urn:xmpp:carbons:2\">\
         <forwarded xmlns=\"urn:xmpp:forward:0\">\
         <delay xmlns=\"urn:xmpp:delay\" stamp=\"2026-11-21T22:00:00Z\"></delay>\
         <message xmlns=\"jabber:client\" to=\"a@b\" type=\"chat\"><body>x &amp; y</body></message>\
         </forwarded></sent></message>"
    );
    let read = Stanza::parse(&copy.to_bytes()).unwrap();
    let sent = read.payload().unwrap();
    let forwarded = sent.get_child("forwarded", ns::FORWARD).unwrap();
    let message = forwarded.get_child("message", ns::CLIENT).unwrap();
    assert_eq!(Stanza::from_element(message), Some(inner));
}

#[test]
fn attributes_nobody_knows_are_kept() {
    let stanza = Stanza::parse(b"<message new='&lt;x&gt;'><a/></message>").unwrap();
    assert_eq!(written(&stanza), "<message new=\"&lt;x&gt;\"><a/></message>");
}

#[test]
fn what_is_no_stanza_is_refused() {
    use crate::errors::{ParseError, StreamCondition};
    assert_eq!(Stanza::parse(b"<message>"), Err(ParseError::Incomplete));
    assert_eq!(Stanza::parse(b""), Err(ParseError::Incomplete));
    assert_eq!(Stanza::parse(b"<a xmlns='b'/>"), Err(ParseError::NotAStanza));
    assert_eq!(Stanza::parse(b"<message to='@'/>"), Err(ParseError::Address));
    let trailing = Err(ParseError::Stream(StreamCondition::BadFormat));
    assert_eq!(Stanza::parse(b"<message/><message/>"), trailing);
    let long = format!("<message to='{}'/>", "a".repeat(70_000));
    assert_eq!(Stanza::parse(long.as_bytes()), Err(ParseError::Address));
}

#[test]
fn namespaces_with_special_characters_are_found() {
    let child = el("x", "urn:a&b\"<").build();
    let stanza = Stanza::message("").with_child(&child);
    assert!(stanza.has("x", "urn:a&b\"<"));
    assert_eq!(stanza.payload().unwrap(), child);
}

#[test]
fn debug_output_holds_no_content() {
    let stanza = Stanza::message("chat").with_to(jid("romeo@h")).with_body("secret");
    let shown = format!("{stanza:?}");
    assert!(!shown.contains("secret") && !shown.contains("romeo"), "{shown}");
}
