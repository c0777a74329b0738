//! Any bytes as the certificate of another server: names come out or none, and no name fits what it does not say.

use konvent_wire::s2s::{CertName, certificate};

/// One input, read as it is and with its middle torn out.
pub fn run(bytes: &[u8]) {
    let names = certificate::names(bytes);
    for name in &names {
        let (CertName::Dns(text) | CertName::Srv(text) | CertName::Xmpp(text)) = name;
        assert!(text.len() <= bytes.len(), "a name is a part of what was read");
        assert!(
            !name.fits("never.konvent.invalid") || text.contains("konvent.invalid"),
            "{name:?}"
        );
    }
    let half = bytes.len() / 2;
    let _ = certificate::names(bytes.get(half..).unwrap_or_default());
}
