//! Any bytes as an archive: a report, never a panic; and pieces make no difference.

use konvent_ballot::verify::Verifier;

/// One input.
pub fn run(bytes: &[u8]) {
    let whole = Verifier::verify(bytes);
    let mut verifier = Verifier::default();
    for piece in bytes.chunks(77) {
        verifier.push(piece);
    }
    assert_eq!(verifier.finish(), whole);
}
