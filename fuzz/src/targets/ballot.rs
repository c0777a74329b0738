//! Any bytes as a ballot, a decryption, a shuffle or a tally: what is read is written the same.

use konvent_ballot::ballot::Ballot;
use konvent_ballot::group::{Belenios2048, Ed25519, Group, Rfc3526};
use konvent_ballot::json;
use konvent_ballot::shuffle::Shuffle;
use konvent_ballot::tally::{ElectionResult, EncryptedTally, PartialDecryption};

fn read<G: Group>(bytes: &[u8]) {
    if let Some(ballot) = Ballot::<G>::read(bytes) {
        assert_eq!(ballot.write(), bytes);
    }
    let _ = json::exact::<PartialDecryption<G>>(bytes);
    let _ = json::exact::<Shuffle<G>>(bytes);
    let _ = json::exact::<EncryptedTally<G>>(bytes);
}

/// One input.
pub fn run(bytes: &[u8]) {
    read::<Ed25519>(bytes);
    read::<Belenios2048>(bytes);
    read::<Rfc3526>(bytes);
    let _ = json::exact::<ElectionResult>(bytes);
}
