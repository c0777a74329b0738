//! What apps ask of push (XEP-0357) and what their servers answer: read within bounds or refused.

use konvent_talk::push::{SECRET_MAX_BYTES, Wish, outcome, wish};
use konvent_wire::Stanza;

/// One input: the inside of a request, or of an answer.
pub fn run(bytes: &[u8]) {
    let Some((&choice, inner)) = bytes.split_first() else { return };
    let (open, close): (&[u8], &[u8]) = match choice % 3 {
        0 => (
            b"<iq type='set' id='f'><enable xmlns='urn:xmpp:push:0' jid='app.example' node='n'>",
            b"</enable></iq>",
        ),
        1 => (b"<iq type='set' id='f'>", b"</iq>"),
        _ => {
            (b"<iq type='error' id='f' from='app.example'><error type='cancel'>", b"</error></iq>")
        }
    };
    let Ok(iq) = Stanza::parse(&[open, inner, close].concat()) else { return };
    let _ = outcome(&iq);
    if let Ok(Some(Wish::Enable { options, .. })) = wish(&iq) {
        assert!(options.len() <= SECRET_MAX_BYTES);
    }
}
