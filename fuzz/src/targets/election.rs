//! Any bytes as an election, trustees, a roll or a code.

use konvent_ballot::credential::{Code, Roll};
use konvent_ballot::election::{Election, group_name};
use konvent_ballot::group::{Belenios2048, Ed25519, Group};
use konvent_ballot::json;
use konvent_ballot::trustee::Trustees;

fn read<G: Group>(bytes: &[u8]) {
    let _ = Election::<G>::read(bytes);
    if let Some(trustees) = Trustees::<G>::read(bytes) {
        let _ = trustees.faults();
    }
    if let Some(entries) = json::exact::<Vec<String>>(bytes) {
        let _ = Roll::read::<G>(&entries);
    }
}

/// One input.
pub fn run(bytes: &[u8]) {
    read::<Ed25519>(bytes);
    read::<Belenios2048>(bytes);
    let _ = group_name(bytes);
    if let Some(code) = std::str::from_utf8(bytes).ok().and_then(Code::parse) {
        let _ = (code.check_matches(), code.secret::<Ed25519>("11111111111111"));
    }
}
