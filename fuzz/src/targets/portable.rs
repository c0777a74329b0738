//! A document of accounts (XEP-0227) from an untrusted server: read or refused, however it is cut, and each piece in its bounds.

use konvent_wire::portable::{Credentials, Piece, Reader};

/// One input.
pub fn run(data: &[u8]) {
    let Some((&cut, document)) = data.split_first() else { return };
    let mut reader = Reader::default();
    for part in document.chunks(usize::from(cut).max(1)) {
        let mut rest = part;
        loop {
            match reader.read(&mut rest, false) {
                Ok(Some(Piece::Part(_, element))) => {
                    let _ = Credentials::read(&element);
                }
                Ok(Some(Piece::User { password: Some(password), .. })) => {
                    let _ = Credentials::of_ejabberd(&password);
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
    let _ = reader.read(&mut &[][..], true);
}
