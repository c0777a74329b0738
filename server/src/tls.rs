//! Certificates: the organisation's own from files, or a self-signed one made at the first start.
//!
//! The house reads them anew on SIGHUP and every hour, and when the authority has signed a new one ([`crate::acme`]).

use std::fs;
use std::path::Path;
use std::sync::Arc;

use konvent_core::config::Config;
use konvent_core::{Answer, Kind, Refusal};
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The certificate or its key cannot be used; the cause names the file.
pub const UNUSABLE: Refusal = Refusal::new(Kind::Broken, "tls.unusable-certificate");

/// What TLS connections need.
#[derive(Clone)]
pub struct Tls {
    /// For the acceptor.
    pub config: Arc<ServerConfig>,
    /// The hash of our certificate for the channel binding `tls-server-end-point` (RFC 5929 §4).
    pub end_point: Arc<[u8]>,
    /// Our certificate itself, as it is shown to clients.
    pub certificate: Arc<[u8]>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// Reads the certificate of the settings, or makes one below the data folder.
pub fn prepare(config: &Config) -> Answer<Tls> {
    let (chain, secret) = chain_and_key(config)?;
    let own: Arc<[u8]> = chain.first().map_or(&[][..], |first| first.as_ref()).into();
    let end_point = end_point_hash(&own).into();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| UNUSABLE.because(error))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| UNUSABLE.because(error))?;
    // A phone that comes back need not see our signature again (RFC 7590 §3.3), however many others came meanwhile: the ticket
    // holds what we would have to remember. It comes back with one connection, so one ticket is enough.
    server.ticketer = Ticketer::new().map_err(|error| UNUSABLE.because(error))?;
    server.send_tls13_tickets = 1;
    Ok(Tls { config: Arc::new(server), end_point, certificate: own })
}

/// The chain of our certificate, our own first, and its key: for clients and for other servers.
pub fn chain_and_key(
    config: &Config,
) -> Answer<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let (certificate, key) = match (&config.certificate, &config.key) {
        (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
        _ => match signed_by_authority(config) {
            Some(both) => (both.clone(), both),
            None => self_signed(config)?,
        },
    };
    let unusable =
        |file: &Path, error: String| UNUSABLE.because(format!("{}: {error}", file.display()));
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(&certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(unusable(&certificate, "no certificate in it".to_owned()));
    }
    let secret =
        PrivateKeyDer::from_pem_file(&key).map_err(|error| unusable(&key, error.to_string()))?;
    Ok((chain, secret))
}

/// Whom we believe: the system's authorities unless told otherwise, and those of a file. The error names the file.
///
/// A machine without authorities of its own is no reason not to start: the file may name some.
pub fn roots(of_the_system: bool, own: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    if of_the_system {
        for root in rustls_native_certs::load_native_certs().certs {
            let _ = roots.add(root); // one that cannot be read is one that is not trusted
        }
    }
    if let Some(file) = own {
        let failed = |error: String| format!("{}: {error}", file.display());
        let own = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| failed(error.to_string()))?;
        for root in own {
            roots.add(root).map_err(|error| failed(error.to_string()))?;
        }
    }
    Ok(roots)
}

/// The file with the certificate that an authority signed, and its key, if there is one by now.
fn signed_by_authority(config: &Config) -> Option<std::path::PathBuf> {
    let file = crate::acme::certificate_file(&config.data);
    (config.acme.accept_terms && file.exists()).then_some(file)
}

fn self_signed(config: &Config) -> Answer<(std::path::PathBuf, std::path::PathBuf)> {
    let folder = config.data.join("tls");
    let (certificate, key) = (folder.join("self-signed.pem"), folder.join("self-signed.key"));
    if !certificate.exists() || !key.exists() {
        let failed = |error: String| UNUSABLE.because(format!("{}: {error}", folder.display()));
        let names = vec![config.domain.clone(), config.rooms_service(), "localhost".to_owned()];
        let made =
            rcgen::generate_simple_self_signed(names).map_err(|error| failed(error.to_string()))?;
        fs::create_dir_all(&folder).map_err(|error| failed(error.to_string()))?;
        crate::keys::write_secret(&key, made.signing_key.serialize_pem().as_bytes())?;
        fs::write(&certificate, made.cert.pem()).map_err(|error| failed(error.to_string()))?;
        tracing::info!(file = %certificate.display(), "made a self-signed certificate; clients will ask whether to trust it");
    }
    Ok((certificate, key))
}

/// The certificate's hash by the function of its own signature, SHA-256 where that is older (RFC 5929 §4.1).
fn end_point_hash(certificate: &[u8]) -> Vec<u8> {
    /// Object identifiers of signature algorithms: ECDSA and RSA with SHA-384 and SHA-512 (RFC 5758, RFC 4055).
    const SHA_384: [&[u8]; 2] =
        [&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12]];
    const SHA_512: [&[u8]; 2] =
        [&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13]];
    // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER … }, signature }
    let algorithm = der(certificate)
        .and_then(|(certificate, _)| der(certificate))
        .and_then(|(_, after_tbs)| der(after_tbs))
        .and_then(|(algorithm, _)| der(algorithm))
        .map_or(&[][..], |(oid, _)| oid);
    if SHA_384.contains(&algorithm) {
        Sha384::digest(certificate).to_vec()
    } else if SHA_512.contains(&algorithm) {
        Sha512::digest(certificate).to_vec()
    } else {
        Sha256::digest(certificate).to_vec()
    }
}

/// The contents of the first DER element, and what follows it.
fn der(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[_, length], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        let length = digits.iter().try_fold(0usize, |sum, &digit| {
            sum.checked_mul(256)?.checked_add(usize::from(digit))
        })?;
        (length, rest)
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::parse("domain = 'verona.example'\nadmin = '1'").unwrap();
        config.data = folder.path().to_owned();
        let first = prepare(&config).unwrap();
        let second = prepare(&config).unwrap();
        assert_eq!(first.end_point, second.end_point);
        assert_eq!(first.end_point.len(), 32);
    }

    #[test]
    fn new_files_are_taken_without_a_restart_and_broken_ones_leave_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        let renew = || {
            let made =
                rcgen::generate_simple_self_signed(vec!["verona.example".to_owned()]).unwrap();
            fs::write(&certificate, made.cert.pem()).unwrap();
            fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        };
        renew();
        let mut config = Config::parse("domain = 'verona.example'").unwrap();
        config.data = folder.path().join("data");
        (config.certificate, config.key) = (Some(certificate.clone()), Some(key.clone()));
        let (clock, random) = (konvent_core::Clock::System, konvent_core::Random::system());
        let house = crate::House::open(config, clock, random).unwrap();
        let first = house.tls().end_point;
        assert!(!house.reload_tls().unwrap());
        renew();
        assert!(house.reload_tls().unwrap());
        let second = house.tls().end_point;
        assert_ne!(first, second);
        fs::write(&certificate, "no certificate").unwrap();
        assert!(house.reload_tls().is_err());
        assert_eq!(house.tls().end_point, second);
    }

    #[test]
    fn the_hash_follows_the_signature_of_the_certificate() {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let made = rcgen::CertificateParams::new(vec!["a.example".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        assert_eq!(end_point_hash(made.der()), Sha384::digest(made.der()).to_vec());
        assert_eq!(end_point_hash(b"no certificate"), Sha256::digest(b"no certificate").to_vec());
    }

    #[test]
    fn a_missing_certificate_is_named() {
        let mut config = Config::parse("domain = 'verona.example'\nadmin = '1'").unwrap();
        config.certificate = Some("no-such-file.pem".into());
        config.key = Some("no-such-file.key".into());
        assert!(prepare(&config).unwrap_err().chain().contains("no-such-file.pem"));
    }
}
