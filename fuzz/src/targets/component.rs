//! Any bytes of a program that speaks as a host of ours (XEP-0114): no panic, no stanza of another host, an end after an error.
//! Whoever knows the secret is let in by the target itself, so that the fuzzer gets beyond the handshake.

use konvent_wire::component::{Component, Demand, digest};
use konvent_wire::xml::Limits;

/// What opens the stream in front of the fuzzer's bytes.
const OPEN: &[u8] = b"<stream:stream xmlns='jabber:component:accept' \
    xmlns:stream='http://etherx.jabber.org/streams' to='bot.h'>";

/// One input: by the first byte as a stranger, or as somebody who has shown the secret.
pub fn run(bytes: &[u8]) {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let mut stream = Component::new(Limits::STRANGER, Limits::MEMBER, [1; 32]);
    let mut is_over = false;
    if choice & 1 == 1 {
        feed(&mut stream, OPEN, &mut is_over);
        let said = String::from_utf8(stream.take_output().expect("a header")).expect("text");
        let id = said.split_once("id=\"").and_then(|(_, rest)| rest.split('"').next());
        let proof = digest(id.expect("an id"), "word");
        feed(&mut stream, format!("<handshake>{proof}</handshake>").as_bytes(), &mut is_over);
        assert!(stream.is_admitted(), "the right word opens");
    }
    for piece in bytes.split(|byte| *byte == 0xfe) {
        feed(&mut stream, piece, &mut is_over);
        while stream.take_output().is_some() {}
    }
}

fn feed(stream: &mut Component, bytes: &[u8], is_over: &mut bool) {
    stream.receive(bytes);
    while let Some(demand) = stream.next() {
        assert!(!*is_over, "nothing after the end");
        match demand {
            Demand::Secret(host) => stream.secret((host == "bot.h").then_some("word")),
            Demand::Admitted(host) => assert_eq!(host, "bot.h"),
            Demand::Stanza(stanza) => {
                let from = stanza.from.as_ref().expect("a sender");
                assert!(stream.is_admitted() && from.domain().as_str() == "bot.h");
            }
            Demand::Closed(_) => *is_over = true,
        }
    }
}
