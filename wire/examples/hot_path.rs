//! What a chat stanza of about 500 bytes costs: read, checked and made canonical; written for a recipient;
//! and the memory of an idle stream. Run in release: `cargo run --release -p konvent-wire --example hot_path`.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::time::Instant;

use konvent_wire::Jid;
use konvent_wire::stream::C2s;
use konvent_wire::xml::{Event, Limits, Reader};

const ROUNDS: u32 = 200_000;

fn main() {
    let open = "<stream:stream xmlns='jabber:client' \
                xmlns:stream='http://etherx.jabber.org/streams' to='h' version='1.0'>";
    let stanza = format!(
        "<message to='juliet@capulet.example' type='chat' id='c7f0a1d2-6c5b-4b7e' xml:lang='en'>\
         <body>{}</body><active xmlns='http://jabber.org/protocol/chatstates'/>\
         <origin-id xmlns='urn:xmpp:sid:0' id='c7f0a1d2-6c5b-4b7e'/>\
         <markable xmlns='urn:xmpp:chat-markers:0'/><request xmlns='urn:xmpp:receipts'/></message>",
        "It is the east, and Juliet is the sun. ".repeat(4)
    );
    let mut reader = Reader::tcp(Limits::MEMBER);
    reader.push(open.as_bytes());
    let _ = reader.next();
    let start = Instant::now();
    let mut last = None;
    for _ in 0..ROUNDS {
        reader.push(stanza.as_bytes());
        if let Ok(Some(Event::Stanza(read))) = reader.next() {
            last = Some(read);
        }
    }
    let read = start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
    println!("{} bytes: read in {read:.2} µs", stanza.len());

    let Some((last, to)) = last.zip(Jid::new("romeo@montague.example/orchard").ok()) else {
        return;
    };
    let start = Instant::now();
    let mut out = Vec::new();
    for _ in 0..ROUNDS {
        out.clear();
        last.write_to(&to, &mut out);
    }
    let written = start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
    println!("{} bytes: written in {written:.2} µs", out.len());
    println!("idle stream: {} bytes, of which reader {}", size_of::<C2s>(), size_of::<Reader>());
}
