//! Any bytes as a ballot, a decryption, a shuffle or a tally: what is read is written the same.
#![no_main]

use konvent_ballot::ballot::Ballot;
use konvent_ballot::group::{Belenios2048, Ed25519, Group, Rfc3526};
use konvent_ballot::json;
use konvent_ballot::shuffle::Shuffle;
use konvent_ballot::tally::{ElectionResult, EncryptedTally, PartialDecryption};
use libfuzzer_sys::fuzz_target;

fn read<G: Group>(bytes: &[u8]) {
    if let Some(ballot) = Ballot::<G>::read(bytes) {
        assert_eq!(ballot.write(), bytes);
    }
    let _ = json::exact::<PartialDecryption<G>>(bytes);
    let _ = json::exact::<Shuffle<G>>(bytes);
    let _ = json::exact::<EncryptedTally<G>>(bytes);
}

fuzz_target!(|bytes: &[u8]| {
    read::<Ed25519>(bytes);
    read::<Belenios2048>(bytes);
    read::<Rfc3526>(bytes);
    let _ = json::exact::<ElectionResult>(bytes);
});
