//! TLS between servers: our certificate for both directions, and what the other side's certificate proves
//! (RFC 6120 §13.7, XEP-0178). A handshake never fails for the other side's certificate: what it proves is judged by the
//! stream, which may go on by a key (XEP-0220).

use std::sync::Arc;

use konvent_core::config::Federation;
use konvent_core::{Answer, Kind, Refusal};
use konvent_wire::s2s::{Credentials, certificate};
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

/// The authorities or the certificate for other servers cannot be used; the cause names the file.
const UNUSABLE: Refusal = Refusal::new(Kind::Broken, "federation.unusable-certificate");

/// The protocol name of XMPP between servers in the TLS handshake (XEP-0368 §3).
const ALPN: &[u8] = b"xmpp-server";

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
        let verifier = Arc::new(AnyCertificate::new(Arc::clone(&provider)));
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
        Credentials { is_trusted, names: certificate::names(first) }
    }
}

/// Takes any certificate, but only from whoever has its key: what it proves is looked at later.
#[derive(Debug)]
pub(crate) struct AnyCertificate {
    provider: Arc<CryptoProvider>,
}

impl AnyCertificate {
    pub(crate) fn new(provider: Arc<CryptoProvider>) -> Self {
        Self { provider }
    }
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
