//! TLS between servers: our certificate for both directions, and what the other side's certificate proves
//! (RFC 6120 §13.7, XEP-0178). A handshake never fails for the other side's certificate: what it proves is judged by the
//! stream, which may go on by a key (XEP-0220).

use std::sync::Arc;

use konvent_core::config::Federation;
use konvent_core::{Answer, Kind, Refusal};
use konvent_wire::s2s::{CertName, Credentials};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig,
    SignatureScheme,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// The authorities or the certificate for other servers cannot be used; the cause names the file.
const UNUSABLE: Refusal = Refusal::new(Kind::Broken, "federation.unusable-certificate");

/// The protocol name of XMPP between servers in the TLS handshake (XEP-0368 §3).
const ALPN: &[u8] = b"xmpp-server";

/// RFC 6120 §13.7.1.4: an XMPP address in a certificate.
const XMPP_ADDR: &str = "1.3.6.1.5.5.7.8.5";
/// RFC 4985 §2: a service at a DNS name.
const SRV_NAME: &str = "1.3.6.1.5.5.7.8.7";

/// What TLS with other servers needs.
pub(super) struct Trust {
    pub(super) acceptor: Arc<ServerConfig>,
    pub(super) direct_acceptor: Arc<ServerConfig>,
    pub(super) connector: Arc<ClientConfig>,
    pub(super) direct_connector: Arc<ClientConfig>,
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
}

impl Trust {
    /// From our certificate, the system's authorities and those of the settings.
    pub(super) fn new(
        federation: &Federation,
        chain: &[CertificateDer<'static>],
        key: &PrivateKeyDer<'static>,
    ) -> Answer<Self> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        // RFC 6120 §13.6: where the settings name all authorities there are, the system's are not asked.
        let roots = crate::tls::roots(federation.system_roots, federation.roots.as_deref())
            .map_err(|error| UNUSABLE.because(error))?;
        let verifier = Arc::new(AnyCertificate { provider: Arc::clone(&provider) });
        let server = || {
            ServerConfig::builder_with_provider(Arc::clone(&provider))
                .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
                .map(|builder| {
                    builder.with_client_cert_verifier(
                        Arc::clone(&verifier) as Arc<dyn ClientCertVerifier>
                    )
                })
                .and_then(|builder| builder.with_single_cert(chain.to_vec(), key.clone_key()))
                .map_err(|error| UNUSABLE.because(error))
        };
        let client = || {
            ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
                .map(|builder| {
                    builder.dangerous().with_custom_certificate_verifier(
                        Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>
                    )
                })
                .and_then(|builder| builder.with_client_auth_cert(chain.to_vec(), key.clone_key()))
                .map_err(|error| UNUSABLE.because(error))
        };
        let (mut direct_server, mut direct_client) = (server()?, client()?);
        direct_server.alpn_protocols = vec![ALPN.to_vec()];
        direct_client.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Self {
            acceptor: Arc::new(server()?),
            direct_acceptor: Arc::new(direct_server),
            connector: Arc::new(client()?),
            direct_connector: Arc::new(direct_client),
            roots,
            provider,
        })
    }

    /// What the other side's certificate says, and whether somebody we trust has signed it.
    pub(super) fn credentials(&self, chain: Option<&[CertificateDer<'_>]>) -> Credentials {
        let Some((first, others)) = chain.and_then(<[_]>::split_first) else {
            return Credentials::default();
        };
        // Whoever visits us shows the certificate with which it is visited: authorities sign for servers, and hardly
        // any for clients any more, so the same purpose is asked for in both directions.
        let is_trusted = ParsedCertificate::try_from(first).is_ok_and(|parsed| {
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &self.roots,
                others,
                UnixTime::now(),
                self.provider.signature_verification_algorithms.all,
            )
            .is_ok()
        });
        Credentials { is_trusted, names: names(first) }
    }
}

/// The names in a certificate by which a domain can be known (RFC 6120 §13.7.1.2).
fn names(certificate: &[u8]) -> Vec<CertName> {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return Vec::new() };
    let Ok(Some(alternative)) = parsed.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(CertName::Dns((*name).to_owned())),
        GeneralName::OtherName(kind, value) => {
            let value = text(value)?;
            match kind.to_id_string().as_str() {
                XMPP_ADDR => Some(CertName::Xmpp(value)),
                SRV_NAME => Some(CertName::Srv(value)),
                _ => None,
            }
        }
        _ => None,
    };
    alternative.value.general_names.iter().filter_map(name).collect()
}

/// `[0] EXPLICIT UTF8String` or `IA5String` (RFC 5280 §4.2.1.6), not longer than 127 bytes as a name cannot be much.
fn text(value: &[u8]) -> Option<String> {
    let inner = match value {
        [0xa0, length, inner @ ..] if usize::from(*length) == inner.len() => inner,
        _ => value,
    };
    match inner {
        [0x0c | 0x16, length, text @ ..] if usize::from(*length) == text.len() => {
            String::from_utf8(text.to_vec()).ok()
        }
        _ => None,
    }
}

/// Takes any certificate, but only from whoever has its key: what it proves is looked at later.
#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        ServerCertVerifier::verify_tls12_signature(self, message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        ServerCertVerifier::verify_tls13_signature(self, message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ServerCertVerifier::supported_verify_schemes(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `otherName` as rcgen writes it.
    fn certified(names: Vec<rcgen::SanType>) -> Vec<CertName> {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.subject_alt_names = names;
        super::names(params.self_signed(&key).unwrap().der())
    }

    #[test]
    fn all_kinds_of_names_are_read() {
        let other = |kind: &[u64], value: &str| {
            rcgen::SanType::OtherName((
                kind.to_vec(),
                rcgen::OtherNameValue::Utf8String(value.to_owned()),
            ))
        };
        let found = certified(vec![
            rcgen::SanType::DnsName("*.mantua.example".try_into().unwrap()),
            other(&[1, 3, 6, 1, 5, 5, 7, 8, 5], "mantua.example"),
            other(&[1, 3, 6, 1, 5, 5, 7, 8, 7], "_xmpp-server.mantua.example"),
            other(&[1, 2, 3], "padua.example"),
        ]);
        assert_eq!(
            found,
            [
                CertName::Dns("*.mantua.example".to_owned()),
                CertName::Xmpp("mantua.example".to_owned()),
                CertName::Srv("_xmpp-server.mantua.example".to_owned()),
            ]
        );
    }

    #[test]
    fn what_is_no_certificate_says_nothing() {
        for bytes in [&b""[..], b"x", &[0x30, 0x82, 0xff, 0xff], &[0xa0; 300]] {
            assert_eq!(names(bytes), []);
            assert_eq!(text(bytes), None);
        }
    }
}
