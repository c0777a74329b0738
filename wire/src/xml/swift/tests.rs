//! What comes the swift way and what does not, and that both ways read the same.

use proptest::prelude::*;

use super::*;
use crate::StreamCondition;
use crate::xml::{Event, Reader};

const OPEN: &[u8] = b"<stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' to='h' version='1.0'>";
const FRAME: &[u8] = b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='h' version='1.0'/>";

/// Few of everything, so that the limits are reached.
const FEW: Limits = Limits {
    stanza_bytes: 200,
    depth: 4,
    attributes: 4,
    children: 3,
    elements: 6,
    declarations: 5,
};

fn is_swift(bytes: &str) -> bool {
    read(bytes.as_bytes(), Some(ns::CLIENT), &Limits::MEMBER).is_some()
}

fn events<'a>(
    mut reader: Reader,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Event>, Option<StreamCondition>) {
    let mut events = Vec::new();
    for piece in pieces {
        reader.push(piece);
        loop {
            match reader.next() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(condition) => return (events, Some(condition)),
            }
        }
    }
    (events, None)
}

/// Whole, which may be the swift way, and byte by byte, which never is.
fn reads_alike(bytes: &[u8], limits: Limits) -> Result<(), TestCaseError> {
    let whole = events(Reader::tcp(limits), [OPEN, bytes]);
    let pieces = events(Reader::tcp(limits), [OPEN].into_iter().chain(bytes.chunks(1)));
    prop_assert_eq!(whole, pieces);
    // A line feed behind the tag's name is unusual, and means the same.
    let end = bytes.iter().skip(1).position(|byte| !byte.is_ascii_alphabetic());
    if let Some(end) = end.filter(|_| bytes.first() == Some(&b'<')) {
        let (name, rest) = bytes.split_at(end + 1);
        let unusual = [name, b"\n", rest].concat();
        if read(bytes, None, &limits).is_some() {
            let framed = |frame| events(Reader::websocket(limits), [FRAME, frame]);
            let (usual, unusual) = (framed(bytes), framed(&unusual));
            // The line feed itself may be one byte too many.
            if bytes.len() < limits.stanza_bytes as usize {
                prop_assert_eq!(usual, unusual);
            }
        }
    }
    Ok(())
}

#[test]
fn what_clients_usually_write_comes_the_swift_way() {
    for usual in [
        "<message to='romeo@montague.example' type='chat' id=\"a1\" xml:lang='de'><body>Wherefore &amp; why &lt;3 \
         isn&apos;t it? äß €\u{1f600}\u{fe0f}\n\t</body><origin-id xmlns='urn:xmpp:sid:0' id='a1' /></message>",
        "<presence/>",
        "<presence><show>away</show><c xmlns=\"http://jabber.org/protocol/caps\" hash=\"sha-1\"></c></presence>",
        "<iq type='get' id='7'><query xmlns='jabber:iq:roster'/></iq>",
        "<r xmlns='urn:xmpp:sm:3'/>",
        "<a xmlns='urn:xmpp:sm:3' h='5'/>",
    ] {
        assert!(is_swift(usual), "{usual}");
    }
}

#[test]
fn what_is_unusual_or_broken_is_left_to_the_parser() {
    for unusual in [
        "<message",
        "<message><body>a</body>",
        "<message><body>a</message>",
        "<message><body>a]]></body></message>",
        "<message><body>\u{0}</body></message>",
        "<message><body>\u{ffff}</body></message>",
        "<message><body>&auml;</body></message>",
        "<message><body>&#65;</body></message>",
        "<message><!-- x --></message>",
        "<message><a:b xmlns:a='x'/></message>",
        "<message><b xmlns=''/></message>",
        "<message><b xmlns='http://www.w3.org/XML/1998/namespace'/></message>",
        "<message><b xmlns='http://www.w3.org/2000/xmlns/'/></message>",
        "<message a='1' a='2'/>",
        "<message a='1'b='2'/>",
        "<message a='<'/>",
        "<message a='&amp;'/>",
        "<message a='\"'/>",
        "<message a='\t'/>",
        "<message a='\u{fffe}'/>",
        "<message xml:base='x'/>",
        "<mäh xmlns='x'/>",
        "<query/>",
    ] {
        assert!(!is_swift(unusual), "{unusual}");
    }
    let bytes = b"<message><body>\xff</body></message>";
    assert!(read(bytes, Some(ns::CLIENT), &Limits::MEMBER).is_none());
}

proptest! {
    #[test]
    fn both_ways_read_the_same(
        pieces in prop::collection::vec(
            prop_oneof![
                8 => prop::sample::select(vec![
                    "<message", "<presence", "<iq", "<body", "<a", "<b", ">", "/>", "</message>", "</body>", "</a>", "</b>",
                    " ", " id='1'", " to='a@b/c'", " to='@'", " from=\"a@b\"", " type='chat'", " xml:lang='de'", " x='y'",
                    " xmlns='u'", " xmlns='v'", " xmlns='jabber:client'", " xmlns=''", " xmlns:p='u'", " xmlns='http://www.w3.org/2000/xmlns/'", "text", "\n", "&amp;",
                    "&quot;", "&apos;", "&#9;", "]]", "<", "'", "ä", "\u{ffff}", "\r", "xml", ":lang", "=",
                ]).prop_map(str::to_owned),
                1 => any::<char>().prop_map(String::from),
            ],
            0..14,
        ),
    ) {
        reads_alike(pieces.concat().as_bytes(), Limits::MEMBER)?;
    }

    #[test]
    fn both_ways_refuse_the_same(
        children in prop::collection::vec(
            prop::sample::select(vec![
                "<a/>", "<a xmlns='u'/>", "<a xmlns='v'>t</a>", "<a><b><a/></b></a>", "<a x='1' y='2'/>", "<a x='1' y='2' z='3'/>",
                "<a xmlns='u' x='1' y='2' z='3'/>", "<a x='1' y='2' z='3' w='4'/>", "words", "&lt;", "<b xmlns='u'><a xmlns='v'/></b>",
                "<b>a longer text, of which some fit</b>",
            ]),
            0..5,
        ),
        damage in prop::option::of((0usize..200, any::<u8>())),
        is_closed in any::<bool>(),
    ) {
        let end = if is_closed { "</message>" } else { "</message" };
        let mut bytes = ["<message to='a@b'>", &children.concat(), end].concat().into_bytes();
        if let Some((at, byte)) = damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        for limits in [FEW, Limits::MEMBER] {
            reads_alike(&bytes, limits)?;
            reads_alike(&[&bytes[..], b" <r xmlns='urn:xmpp:sm:3'/><presence/></stream:stream>"].concat(), limits)?;
        }
    }
}
