//! Any bytes to either side of a stream between servers: no panic, no stanza of an unproven domain, an end after an error.

use std::sync::Arc;

use konvent_wire::s2s::{
    CertName, Credentials, Demand, Errand, Happening, Incoming, Outgoing, Settings, Verdict,
};

/// One input.
pub fn run(bytes: &[u8]) {
    let (&kind, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let mut settings = Settings::new(vec!["h".to_owned()], [0; 32]);
    settings.tls_required = kind & 1 == 0;
    settings.dialback = kind & 2 == 0;
    let settings = Arc::new(settings);
    let credentials =
        Credentials { is_trusted: kind & 4 == 0, names: vec![CertName::Dns("p".to_owned())] };
    let mut inn = Incoming::new(Arc::clone(&settings), [1; 32]);
    let errand = Errand::Talk { from: "h".to_owned(), to: "p".to_owned() };
    let mut out = Outgoing::new(settings, errand, [2; 32]);
    for piece in bytes.split(|byte| *byte == 0xfe) {
        inn.receive(piece);
        out.receive(piece);
        while let Some(demand) = inn.next() {
            match demand {
                Demand::StartTls => inn.tls_done(credentials.clone()),
                Demand::Verify(claim) => inn.verified(&claim, Verdict::Valid),
                Demand::Stanza(stanza) | Demand::Faulty(stanza, _) => {
                    assert!(inn.is_admitted() && stanza.from.is_some());
                    inn.handled(1);
                }
                Demand::Admitted { .. } | Demand::Acked(_) | Demand::Closed(_) => {}
            }
        }
        while let Some(happening) = out.next() {
            match happening {
                Happening::StartTls => out.tls_done(credentials.clone()),
                Happening::Stanza(stanza) => {
                    assert_eq!(stanza.from.expect("a sender").domain().as_str(), "p");
                    out.handled(1);
                }
                _ => {}
            }
        }
        while inn.take_output().is_some() {}
        while out.take_output().is_some() {}
    }
}
