//! What is a stanza is written canonically: reading that again gives the same, and every child has a tree.

use konvent_wire::Stanza;

/// One input.
pub fn run(bytes: &[u8]) {
    let Ok(stanza) = Stanza::parse(bytes) else { return };
    let written = stanza.to_bytes();
    let again = Stanza::parse(&written).expect("canonical bytes are a stanza");
    assert_eq!(again, stanza);
    for child in stanza.children() {
        let tree = child.element().expect("a tree");
        assert_eq!(child.name(), tree.name());
        assert_eq!(child.ns(), tree.ns());
        assert_eq!(child.text(), tree.text());
    }
    let _ = stanza.fault();
}
