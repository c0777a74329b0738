//! Any bytes to a stream whose driver welcomes everyone: no panic, bounded output, an end after an error.
#![no_main]

use std::sync::Arc;

use konvent_wire::jid::FullJid;
use konvent_wire::stream::{Bound, C2s, Demand, Settings, Transport};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (&kind, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let transport = [Transport::Tcp, Transport::DirectTls, Transport::WebSocket][usize::from(kind % 3)];
    let mut settings = Settings::new("h", [0; 32]);
    settings.tls_required = kind & 4 == 0;
    let mut stream = C2s::new(Arc::new(settings), transport, [1; 32]);
    let mut is_closed = false;
    for piece in bytes.split(|byte| *byte == 0xfe) {
        stream.receive(piece);
        while let Some(demand) = stream.next() {
            assert!(!is_closed, "nothing after the end");
            match demand {
                Demand::StartTls => stream.tls_done(Default::default()),
                Demand::Credentials { .. } => stream.credentials(None),
                Demand::Tokens { .. } => stream.tokens(&[]),
                Demand::SignedIn(_) => stream.welcome(None),
                Demand::Resume { .. } => stream.not_resumed(None),
                Demand::Bind(bind) => {
                    let jid = FullJid::new(&format!("a@h/{}", bind.resource)).expect("a resource");
                    stream.bound(Bound::new(jid));
                }
                Demand::Manage(_) => stream.managed(60),
                Demand::Stanza(_) => stream.handled(1),
                Demand::Acked(_) | Demand::Active(_) | Demand::WrongProof => {}
                Demand::Closed(_) => is_closed = true,
            }
        }
        while stream.take_output().is_some() {}
    }
});
