//! The certificate as it is seen from outside: by our public name, at the door for TLS from the first byte (XEP-0368). Whoever
//! stands between us and the world with a certificate of his own shows another one there (jabber.ru, 2023).
//!
//! Left out: what others see by other ways than this machine's, and what somebody does only to some of them.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::network::PATIENCE;
use super::{Finding, State};
use crate::house::House;
use crate::net::s2s::AnyCertificate;

const WHAT: &str = "Von außen";

/// Looks; nothing to say where the server does not run, or has no such door.
pub(super) async fn look(house: &Arc<House>, serves: bool) -> Option<Finding> {
    let port = house.config().xmpps.first()?.port();
    if !serves || port == 0 {
        return None;
    }
    let name = house.domain().name.clone();
    let found = timeout(PATIENCE, tokio::net::lookup_host((name.as_str(), port))).await;
    let addresses: Vec<SocketAddr> = found.ok()?.ok()?.collect();
    let mut seen = Vec::new();
    for address in addresses {
        seen.push((address, shown_at(address, &name).await));
    }
    Some(judge(&house.tls().certificate, &seen))
}

/// The certificate that is shown at an address, whoever signed it.
async fn shown_at(address: SocketAddr, name: &str) -> Option<Vec<u8>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyCertificate::new(Arc::clone(&provider)));
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls =
        tls.ok()?.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).ok()?;
    let talk = async {
        let stream = TcpStream::connect(address).await.ok()?;
        let stream = TlsConnector::from(Arc::new(tls)).connect(name, stream).await.ok()?;
        let shown = stream.get_ref().1.peer_certificates()?.first()?;
        Some(shown.to_vec())
    };
    timeout(PATIENCE, talk).await.ok()?
}

fn judge(own: &[u8], seen: &[(SocketAddr, Option<Vec<u8>>)]) -> Finding {
    let other = seen.iter().find_map(|(address, shown)| {
        let shown = shown.as_ref().filter(|shown| shown.as_slice() != own)?;
        Some((address, shown))
    });
    if let Some((address, shown)) = other {
        let sentence = format!(
            "unter {address} zeigt sich ein anderes Zertifikat (SHA-256 {}): Entweder steht dort ein anderer Server davor, oder jemand liest mit",
            fingerprint(shown)
        );
        return Finding::new(WHAT, State::Unwell, sentence);
    }
    if seen.iter().any(|(_, shown)| shown.is_none()) || seen.is_empty() {
        let silent = seen.iter().filter(|(_, shown)| shown.is_none());
        let silent: Vec<String> = silent.map(|(address, _)| address.to_string()).collect();
        let sentence = format!("von hier aus nicht zu sehen: {}", silent.join(", "));
        return Finding::new(WHAT, State::Odd, sentence);
    }
    Finding::new(WHAT, State::Well, "unter der eigenen Adresse zeigt sich das eigene Zertifikat")
}

fn fingerprint(certificate: &[u8]) -> String {
    let hash = Sha256::digest(certificate);
    hash.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        text
    })
}

#[cfg(test)]
mod tests {
    use rustls::ServerConfig;
    use rustls_pki_types::PrivateKeyDer;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// A door with a certificate of its own.
    async fn door() -> (SocketAddr, Vec<u8>) {
        let made = rcgen::generate_simple_self_signed(vec!["verona.example".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let own = made.cert.der().clone();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(tls));
            while let Ok((stream, _)) = listener.accept().await {
                let _ = acceptor.accept(stream).await;
            }
        });
        (address, own.to_vec())
    }

    #[tokio::test]
    async fn another_certificate_on_the_way_is_noticed() {
        let ((own_door, own), (other_door, other)) = (door().await, door().await);
        let seen = shown_at(own_door, "verona.example").await;
        assert_eq!(seen.as_deref(), Some(&own[..]));
        let middle = shown_at(other_door, "verona.example").await;
        assert_eq!(middle.as_deref(), Some(&other[..]));
        assert_eq!(judge(&own, &[(own_door, seen.clone())]).state, State::Well);
        let found = judge(&own, &[(own_door, seen), (other_door, middle)]);
        assert_eq!(found.state, State::Unwell);
        assert!(found.sentence.contains(&other_door.to_string()), "{found:?}");
    }

    #[tokio::test]
    async fn what_cannot_be_seen_is_no_fault() {
        let shut = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        assert_eq!(shown_at(shut, "verona.example").await, None);
        assert_eq!(judge(b"own", &[(shut, None)]).state, State::Odd);
        assert_eq!(judge(b"own", &[]).state, State::Odd);
    }
}
