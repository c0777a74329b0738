//! Any bytes, over TCP and as a frame: no panic, and the same events whether they come at once or in two.

use konvent_wire::StreamCondition;
use konvent_wire::xml::{Event, Limits, Reader};

const OPEN: &[u8] = b"<stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' to='h' version='1.0'>";
const FRAME: &[u8] = b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='h' version='1.0'/>";

fn events(mut reader: Reader, pieces: &[&[u8]]) -> (Vec<Event>, Option<StreamCondition>) {
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

/// One input.
pub fn run(bytes: &[u8]) {
    let (&cut, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let (front, back) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let tcp = || Reader::tcp(Limits::STRANGER);
    assert_eq!(events(tcp(), &[OPEN, bytes]), events(tcp(), &[OPEN, front, back]));
    events(tcp(), &[bytes]);
    events(Reader::websocket(Limits::STRANGER), &[FRAME, bytes]);
}
