//! Any first and last message of a client: no panic, and nobody gets in.
#![no_main]

use konvent_wire::sasl::scram::Scram;
use konvent_wire::sasl::{ChannelBinding, Hash, Keys, ht};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|messages: (&[u8], &[u8], bool)| {
    let (first, last, is_plus) = messages;
    let exporter = is_plus.then(|| vec![0; 32]);
    let binding = ChannelBinding { exporter, end_point: None };
    let _ = ht::split(first);
    let Ok(mut scram) = Scram::begin(Hash::Sha256, is_plus, first, &binding) else { return };
    let keys = Keys::derive(Hash::Sha256, "pencil", b"0123456789abcdef", 1).expect("keys");
    scram.challenge(keys, "server", None);
    assert!(scram.finish(last).is_err());
});
