//! What must be refused and with which condition, over TCP and in frames; and properties that hold for any
//! input: no panic, the same events however the bytes are cut, canonical output that means the same.

use proptest::prelude::*;

use super::*;
use crate::errors::StreamCondition;
use crate::{Element, Stanza, ns};

const OPEN: &str = "<stream:stream xmlns='jabber:client' \
     xmlns:stream='http://etherx.jabber.org/streams' to='h' version='1.0'>";
const OPEN_FRAME: &str = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='h' version='1.0'/>";

type Read = (Vec<Event>, Option<StreamCondition>);

fn drain(reader: &mut Reader) -> Read {
    let mut events = Vec::new();
    loop {
        match reader.next() {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, None),
            Err(condition) => return (events, Some(condition)),
        }
    }
}

fn tcp(pieces: &[&[u8]]) -> Read {
    let mut reader = Reader::tcp(Limits::STRANGER);
    let mut all = Vec::new();
    for piece in pieces {
        reader.push(piece);
        let (events, condition) = drain(&mut reader);
        all.extend(events);
        if condition.is_some() {
            return (all, condition);
        }
    }
    (all, None)
}

fn framed(frame: &[u8]) -> Read {
    let mut reader = Reader::websocket(Limits::STRANGER);
    reader.push(OPEN_FRAME.as_bytes());
    reader.push(frame);
    let (mut events, condition) = drain(&mut reader);
    assert!(matches!(events.remove(0), Event::Open(_)));
    (events, condition)
}

fn after_open(bytes: &[u8]) -> Read {
    let (mut events, condition) = tcp(&[OPEN.as_bytes(), bytes]);
    assert!(matches!(events.remove(0), Event::Open(_)));
    (events, condition)
}

fn one(bytes: &[u8]) -> Stanza {
    match after_open(bytes) {
        (mut events, None) if events.len() == 1 => match events.remove(0) {
            Event::Stanza(stanza) => stanza,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn deep(depth: usize) -> String {
    format!(
        "<message xmlns='jabber:client'>{}{}</message>",
        "<a>".repeat(depth - 1),
        "</a>".repeat(depth - 1)
    )
}

fn wide(attributes: usize) -> String {
    let attributes: String =
        (2..=attributes).fold(String::new(), |all, n| all + &format!(" a{n}=''"));
    format!("<message xmlns='jabber:client'{attributes}/>")
}

#[test]
fn malformed_input_is_refused_alike_over_tcp_and_in_frames() {
    use StreamCondition::*;
    let message =
        |inside: &str| format!("<message xmlns='jabber:client'>{inside}</message>").into_bytes();
    let too_big = "x".repeat(16 * 1024);
    let many = "<a/>".repeat(65);
    let declarations: String =
        (0..130).fold(String::new(), |all, n| all + &format!("<a xmlns='n{n}'>"));
    let mut bad_utf8 = message("?");
    let at = bad_utf8.iter().position(|byte| *byte == b'?').unwrap();
    bad_utf8[at] = 0xff;
    let mut nul = message("?");
    nul[at] = 0;
    let table: Vec<(Vec<u8>, StreamCondition)> = vec![
        (message("<body>&foo;</body>"), RestrictedXml),
        (message("<!-- hello -->"), RestrictedXml),
        (message("<?php ?>"), RestrictedXml),
        (message("<!DOCTYPE x>"), RestrictedXml),
        (message("<!ENTITY x 'y'>"), RestrictedXml),
        (b"<!DOCTYPE x [<!ENTITY lol 'lol'>]>".to_vec(), RestrictedXml),
        (b"<!-- hello -->".to_vec(), RestrictedXml),
        (b"<?xml-stylesheet href='x'?>".to_vec(), RestrictedXml),
        (nul, NotWellFormed),
        (bad_utf8, UnsupportedEncoding),
        (message("&#0;"), NotWellFormed),
        (message("&#x1F;"), NotWellFormed),
        (message("&#xFFFE;"), NotWellFormed),
        (message("\u{b}"), NotWellFormed),
        (message("]]>"), NotWellFormed),
        (message("</body>"), NotWellFormed),
        (message("<a b=c/>"), NotWellFormed),
        (message("<a b='<'/>"), NotWellFormed),
        (message("<a b='1' b='2'/>"), NotWellFormed),
        (message("<a xmlns='x' xmlns='y'/>"), NotWellFormed),
        (message("<a xmlns:p='x' xmlns:p='x'/>"), NotWellFormed),
        (message("<a xmlns:p='x' xmlns:q='x' p:b='1' q:b='2'/>"), NotWellFormed),
        (message("<p:a/>"), NotWellFormed),
        (message("<a p:b='1'/>"), NotWellFormed),
        (message("<a xmlns:p=''/>"), NotWellFormed),
        (message("<a xmlns:xml='x'/>"), NotWellFormed),
        (message("<a xmlns:xmlns='x'/>"), NotWellFormed),
        (message("<a:b:c/>"), NotWellFormed),
        (message("<1/>"), NotWellFormed),
        (deep(65).into_bytes(), PolicyViolation),
        (wide(65).into_bytes(), PolicyViolation),
        (message(&too_big), PolicyViolation),
        (message(&many), PolicyViolation),
        (message(&declarations), PolicyViolation),
        (format!("<message xmlns='jabber:client' id='{too_big}'/>").into_bytes(), PolicyViolation),
        (format!("<{too_big}/>").into_bytes(), PolicyViolation),
        (b"text".to_vec(), BadFormat),
        (b"<foo xmlns='jabber:client'/>".to_vec(), UnsupportedStanzaType),
        (b"<message xmlns='jabber:client'/>text".to_vec(), BadFormat),
    ];
    for (input, condition) in table {
        let shown: String = String::from_utf8_lossy(&input).chars().take(80).collect();
        assert_eq!(after_open(&input).1, Some(condition), "tcp: {shown}");
        assert_eq!(framed(&input).1, Some(condition), "frame: {shown}");
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        let pieces: Vec<&[u8]> = std::iter::once(OPEN.as_bytes()).chain(bytes).collect();
        assert_eq!(tcp(&pieces).1, Some(condition), "byte by byte: {shown}");
    }
}

#[test]
fn frames_hold_one_whole_element() {
    use StreamCondition::*;
    for (frame, condition) in [
        ("<message xmlns='jabber:client'>", NotWellFormed),
        ("<message xmlns='jabber:client'/><message xmlns='jabber:client'/>", BadFormat),
        (" <message xmlns='jabber:client'/>", BadFormat),
        ("</stream:stream>", NotWellFormed),
        ("<what xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", UnsupportedStanzaType),
    ] {
        assert_eq!(framed(frame.as_bytes()).1, Some(condition), "{frame}");
    }
    let declared = b"<?xml version='1.0'?><message xmlns='jabber:client'/>";
    assert!(matches!(framed(declared).0[..], [Event::Stanza(_)]));
    assert_eq!(after_open(declared).1, Some(RestrictedXml), "over TCP only at the very start");
    let mut early = Reader::websocket(Limits::STRANGER);
    early.push(b"<message xmlns='jabber:client'/>");
    assert_eq!(early.next(), Err(BadFormat));
    // RFC 7395 §3.3.2.
    for open in
        ["<open to='h' version='1.0'/>", "<open xmlns='jabber:client'/>", "<close xmlns='x'/>"]
    {
        let mut wrong = Reader::websocket(Limits::STRANGER);
        wrong.push(open.as_bytes());
        assert_eq!(wrong.next(), Err(InvalidNamespace), "{open}");
    }
    assert_eq!(framed(b"").0, []);
    assert_eq!(framed(b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>").0, [Event::Close]);
}

#[test]
fn limits_are_exact() {
    assert_eq!(after_open(deep(64).as_bytes()).1, None);
    assert_eq!(after_open(wide(64).as_bytes()).1, None);
    let exact = |bytes: usize| {
        let frame = "<message></message>";
        format!("<message>{}</message>", "x".repeat(bytes - frame.len()))
    };
    assert_eq!(after_open(exact(10 * 1024).as_bytes()).1, None);
    let (events, condition) = after_open(exact(10 * 1024 + 1).as_bytes());
    assert_eq!((events.len(), condition), (0, Some(StreamCondition::PolicyViolation)));
}

#[test]
fn ten_thousand_attributes_and_a_megabyte_of_nesting_cost_nothing() {
    assert_eq!(after_open(wide(10_000).as_bytes()).1, Some(StreamCondition::PolicyViolation));
    let nested = "<a>".repeat(350_000);
    assert_eq!(
        after_open(format!("<message>{nested}").as_bytes()).1,
        Some(StreamCondition::PolicyViolation)
    );
    assert!(Stanza::parse(format!("<message>{nested}").as_bytes()).is_err());
}

#[test]
fn the_end_of_a_stream_is_read_strictly() {
    let close = |tag: &str| after_open(tag.as_bytes());
    assert_eq!(close("</stream:stream>"), (vec![Event::Close], None));
    assert_eq!(close(" </stream:stream \n> \n"), (vec![Event::Close], None));
    assert_eq!(close("</stream>").1, Some(StreamCondition::NotWellFormed));
    assert_eq!(close("</stream:streams>").1, Some(StreamCondition::NotWellFormed));
    assert_eq!(close("</stream:stream><message/>").1, Some(StreamCondition::NotWellFormed));
    assert_eq!(
        close(&format!("</stream:stream{}>", " ".repeat(9999))).1,
        Some(StreamCondition::NotWellFormed)
    );
    let at_once = OPEN.replace("'1.0'>", "'1.0'/>");
    let (events, _) = tcp(&[at_once.as_bytes()]);
    assert!(matches!(events[..], [Event::Open(_), Event::Close]));
}

#[test]
fn prefixes_of_the_opening_are_in_force() {
    let open = "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client' \
         xmlns:c='jabber:client' xmlns:x='urn:x' to='h' version='1.0'>";
    let (events, condition) = tcp(&[
        open.as_bytes(),
        b"<c:message><x:y a='1'/></c:message><s:features/>",
        b"</s:stream>",
    ]);
    assert_eq!(condition, None);
    let Event::Stanza(stanza) = &events[1] else { panic!("{events:?}") };
    assert_eq!(stanza.inner(), b"<y xmlns=\"urn:x\" a=\"1\"/>");
    let Event::Nonza(features) = &events[2] else { panic!("{events:?}") };
    assert!(features.is("features", ns::STREAM));
    assert_eq!(events[3], Event::Close);
}

#[test]
fn canonical_bytes_say_the_same_more_simply() {
    for (input, canonical) in [
        ("<message/>", "<message/>"),
        ("<message ></message >", "<message/>"),
        ("<message><body>a</body></message>", "<message><body>a</body></message>"),
        ("<message><body></body></message>", "<message><body/></message>"),
        (
            "<message><body><![CDATA[<&>]]></body></message>",
            "<message><body>&lt;&amp;&gt;</body></message>",
        ),
        (
            "<message><a xmlns='u'><b/><c xmlns=''/></a></message>",
            "<message><a xmlns=\"u\"><b/><c xmlns=\"\"/></a></message>",
        ),
        (
            "<message><p:a xmlns:p='u' p:q='&quot;&apos;' r='&#10;&#13;&#9;'/></message>",
            "<message><a xmlns=\"u\" xmlns:n0=\"u\" n0:q=\"&quot;'\" r=\"&#10;&#13;&#9;\"/></message>",
        ),
        (
            "<message><a xml:lang='de' xml:space='preserve'/></message>",
            "<message><a xml:lang=\"de\" xml:space=\"preserve\"/></message>",
        ),
        ("<message>a&#13;\r\nb<x/>c</message>", "<message>a&#13;\nb<x/>c</message>"),
        (
            "<message type='chat' id='1' to='a@b/c' from='d@e' xml:lang='de' foo='bar' xmlns:z='urn:z' z:y='x'/>",
            "<message to=\"a@b/c\" from=\"d@e\" id=\"1\" type=\"chat\" xml:lang=\"de\" foo=\"bar\" xmlns:n0=\"urn:z\" n0:y=\"x\"/>",
        ),
    ] {
        let stanza = one(input.as_bytes());
        let mut out = Vec::new();
        stanza.write(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), canonical, "{input}");
        assert_eq!(Stanza::parse(&stanza.to_bytes()).unwrap(), stanza);
    }
}

#[test]
fn idle_readers_hold_nothing() {
    let mut reader = Reader::tcp(Limits::STRANGER);
    reader.push(OPEN.as_bytes());
    reader.push(b"<message><body>x</body></message> <presence/>");
    drain(&mut reader);
    assert!(!reader.has_unread() && !reader.is_inside());
    reader.push(b"<message>");
    drain(&mut reader);
    assert!(!reader.has_unread() && reader.is_inside());
}

/// Pieces of XML that a generator combines to well-formed stanzas.
fn element(depth: u32) -> BoxedStrategy<Element> {
    let name = prop::sample::select(vec!["a", "body", "x-y", "_z", "ü"]);
    let namespace = prop::sample::select(vec!["jabber:client", "", "urn:a", "urn:b&c", "x\"y'<"]);
    let text = "[ -~\u{e4}\u{1f600}\r\n\t]{0,12}";
    let attributes = prop::collection::vec(
        (
            prop::sample::select(vec!["", "urn:p", "urn:q", ns::XML]),
            prop::sample::select(vec!["id", "to", "lang"]),
            text,
        ),
        0..4,
    );
    let children = if depth == 0 {
        Just(Vec::new()).boxed()
    } else {
        prop::collection::vec((element(depth - 1), text), 0..4).boxed()
    };
    (name, namespace, attributes, children)
        .prop_map(|(name, namespace, attributes, children)| {
            let mut element = Element::bare(name, namespace);
            for (namespace, name, value) in attributes {
                element.set_attr(namespace.to_owned().into(), attr_name(name), value);
            }
            for (child, text) in children {
                element.append_child(child);
                if !text.is_empty() {
                    element.append_text(text);
                }
            }
            element
        })
        .boxed()
}

/// A tree, written by minidom's own writer with whatever prefixes it invents.
fn foreign(children: &[Element]) -> Vec<u8> {
    let mut message = Element::bare("message", ns::CLIENT);
    for child in children {
        message.append_child(child.clone());
    }
    let mut out = Vec::new();
    message.write_to(&mut out).unwrap();
    out
}

proptest! {
    #[test]
    fn canonical_means_the_same_and_stays_the_same(
        children in prop::collection::vec(element(3), 0..4)
    ) {
        let stanza = Stanza::parse(&foreign(&children)).unwrap();
        let read: Vec<Element> = stanza.children().map(|child| child.element().unwrap()).collect();
        prop_assert_eq!(&read, &children);
        let again = Stanza::parse(&stanza.to_bytes()).unwrap();
        prop_assert_eq!(again.inner(), stanza.inner());
        for (child, element) in stanza.children().zip(&children) {
            prop_assert_eq!(child.name(), element.name());
            prop_assert_eq!(child.ns().into_owned(), element.ns());
            prop_assert_eq!(child.text(), element.text());
        }
        let built = children.iter().fold(Stanza::message(""), Stanza::with_child);
        prop_assert_eq!(built.inner(), stanza.inner(), "trees are written as streams are");
    }

    #[test]
    fn cutting_makes_no_difference(
        children in prop::collection::vec(element(2), 0..3),
        damage in prop::option::of((0usize..400, any::<u8>())),
        cuts in prop::collection::vec(0usize..500, 0..8)
    ) {
        let mut bytes = OPEN.as_bytes().to_vec();
        bytes.extend(foreign(&children));
        bytes.extend(b" <r xmlns='urn:xmpp:sm:3'/><presence/></stream:stream>");
        if let Some((at, byte)) = damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let whole = tcp(&[&bytes]);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut start = 0;
        for cut in cuts {
            pieces.push(&bytes[start..cut]);
            start = cut;
        }
        pieces.push(&bytes[start..]);
        prop_assert_eq!(tcp(&pieces), whole);
    }

    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(
            prop_oneof![
                any::<u8>().prop_map(|byte| vec![byte]),
                prop::sample::select(vec![
                    &b"<message>"[..], b"</message>", b"<a xmlns='x'>", b"</a>", b"<b p:c='", b"'/>",
                    b"<![CDATA[", b"]]>", b"&amp;", b"&#x41;", b"</stream:stream>", b"<?xml", b"<!--",
                ]).prop_map(<[u8]>::to_vec),
            ],
            0..40,
        )
    ) {
        let bytes = bytes.concat();
        after_open(&bytes);
        framed(&bytes);
        tcp(&[&bytes]);
        let _ = Stanza::parse(&bytes);
    }

    #[test]
    fn whatever_is_written_can_be_read(text in any::<String>()) {
        let stanza = Stanza::message("chat").with_body(&text).with_id(&text);
        let read = Stanza::parse(&stanza.to_bytes()).unwrap();
        let body = read.text_of("body", ns::CLIENT).unwrap();
        let forbidden = |c: char| (c < ' ' && !"\r\n\t".contains(c)) || "\u{fffe}\u{ffff}".contains(c);
        prop_assert_eq!(body, text.replace(forbidden, "\u{fffd}"));
    }
}
