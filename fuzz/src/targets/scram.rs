//! Any first and last message of a client: no panic, and nobody gets in.

use konvent_wire::sasl::scram::Scram;
use konvent_wire::sasl::{ChannelBinding, Hash, Keys, ht};

/// One input: a byte of choice, and both messages with 0xfe between them.
pub fn run(bytes: &[u8]) {
    let Some((&choice, messages)) = bytes.split_first() else { return };
    let mut messages = messages.splitn(2, |byte| *byte == 0xfe);
    let (first, last) = (messages.next().unwrap_or_default(), messages.next().unwrap_or_default());
    let is_plus = choice & 1 == 1;
    let exporter = is_plus.then(|| vec![0; 32]);
    let binding = ChannelBinding { exporter, end_point: None };
    let _ = ht::split(first);
    let Ok(mut scram) = Scram::begin(Hash::Sha256, is_plus, first, &binding) else { return };
    let keys = Keys::derive(Hash::Sha256, "pencil", b"0123456789abcdef", 1).expect("keys");
    scram.challenge(keys, "server", None);
    assert!(scram.finish(last).is_err());
}
