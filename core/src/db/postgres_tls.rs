//! TLS to PostgreSQL on rustls, chosen in the connection string by the names that libpq has for it: `sslmode` (`disable`,
//! `prefer`, `require`, `verify-full`) and `sslrootcert`; and how soon a lost database is noticed.
//!
//! Left out: `verify-ca` (who checks who issued a certificate can check for whom), certificates of our own, channel binding.
//! Sockets of the same machine (`host=/run/postgresql`) carry no TLS, whatever the mode, as with libpq.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use postgres::{Client, Config, NoTls};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, InvalidDnsNameError, ServerName, UnixTime};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;

use crate::refusal::{Answer, Kind, Refusal};

/// The connection string says something that nobody understands.
const BAD_URL: Refusal = Refusal::new(Kind::BadRequest, "storage.postgres-url");

/// How long a database may take to take up a connection, if the connection string does not say.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// How long what was sent may stay unacknowledged by the database's machine, likewise: one that is cut off from the network
/// must not keep the writer waiting for the quarter of an hour that the system has in mind.
const UNACKNOWLEDGED_FOR: Duration = Duration::from_secs(20);

/// After so much silence the database's machine is asked whether it is there.
const ASK_AFTER: Duration = Duration::from_secs(10);
/// And again.
const ASK_EVERY: Duration = Duration::from_secs(5);
/// So often before it counts as lost.
const ASK_TIMES: u32 = 3;

/// What the system does without being told: the library's way to say that nothing was said.
const SYSTEM_IDLE: Duration = Duration::from_hours(2);

/// What a connection string says about TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disable,
    /// If the server can. Protects from nobody who can change what travels.
    Prefer,
    /// Without asking who the server is.
    Require,
    /// The server must be who it is called.
    VerifyFull,
}

/// Connects as a connection string says.
pub(super) fn connect(url: &str) -> Answer<Client> {
    let (mut config, mode, roots) = read(url)?;
    let is_local = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
    let connected = if mode == Mode::Disable || is_local {
        config.ssl_mode(SslMode::Disable).connect(NoTls)
    } else {
        config.connect(Connector(Arc::new(settings(mode, roots)?)))
    };
    connected.map_err(|error| Refusal::broken("storage.postgres", error))
}

/// The string in two: what the library understands, with what it does not say filled in, and what is ours.
fn read(url: &str) -> Answer<(Config, Mode, Option<PathBuf>)> {
    let (rest, mode) = without(url, "sslmode");
    let (rest, roots) = without(&rest, "sslrootcert");
    let mode = match mode.as_deref() {
        None | Some("prefer" | "allow") => Mode::Prefer,
        Some("disable") => Mode::Disable,
        Some("require") => Mode::Require,
        Some("verify-full") => Mode::VerifyFull,
        Some(_) => {
            return Err(BAD_URL.because("sslmode is disable, prefer, require or verify-full"));
        }
    };
    let mut config: Config = rest.parse().map_err(|error| BAD_URL.because(error))?;
    config.ssl_mode(match mode {
        Mode::Disable => SslMode::Disable,
        Mode::Prefer => SslMode::Prefer,
        Mode::Require | Mode::VerifyFull => SslMode::Require,
    });
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_WITHIN);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED_FOR);
    }
    if config.get_keepalives_idle() == SYSTEM_IDLE {
        config.keepalives_idle(ASK_AFTER);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(ASK_EVERY);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(ASK_TIMES);
    }
    Ok((config, mode, roots.filter(|file| file != "system").map(PathBuf::from)))
}

/// Takes `name=value` out of a string in either of libpq's ways: words with blanks between them, or an address whose query
/// says more.
fn without(url: &str, name: &str) -> (String, Option<String>) {
    let is_address = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    let (head, tail, between) = match url.split_once('?') {
        Some((head, query)) if is_address => (format!("{head}?"), query, '&'),
        _ if is_address => return (url.to_owned(), None),
        _ => (String::new(), url, ' '),
    };
    let mut found = None;
    let mut rest: Vec<&str> = Vec::new();
    for word in tail.split(between) {
        match word.split_once('=') {
            Some((key, value)) if key == name => {
                found = Some(value.trim_matches('\'').replace("%2F", "/").replace("%2f", "/"));
            }
            _ => rest.push(word),
        }
    }
    (format!("{head}{}", rest.join(&between.to_string())), found)
}

fn settings(mode: Mode, file: Option<PathBuf>) -> Answer<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let unusable = |error: rustls::Error| Refusal::broken("storage.postgres-tls", error);
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let mut settings = if mode == Mode::VerifyFull {
        let mut roots = RootCertStore::empty();
        match file {
            Some(file) => {
                let named = |error| BAD_URL.because(format!("{}: {error}", file.display()));
                let all = CertificateDer::pem_file_iter(&file).map_err(named)?;
                for certificate in all {
                    roots.add(certificate.map_err(named)?).map_err(unusable)?;
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        builder.with_root_certificates(roots).with_no_client_auth()
    } else {
        let anybody = Arc::new(Anybody(provider));
        builder.dangerous().with_custom_certificate_verifier(anybody).with_no_client_auth()
    };
    settings.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(settings)
}

/// Speaks TLS with servers.
#[derive(Clone)]
struct Connector(Arc<ClientConfig>);

/// Speaks TLS with one server.
struct Handshake(TlsConnector, ServerName<'static>);

/// A connection with TLS.
struct Stream<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Connector {
    type Stream = Stream<S>;
    type TlsConnect = Handshake;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, InvalidDnsNameError> {
        let name = ServerName::try_from(host)?.to_owned();
        Ok(Handshake(TlsConnector::from(Arc::clone(&self.0)), name))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Handshake {
    type Stream = Stream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let Self(connector, name) = self;
        Box::pin(async move { connector.connect(name, stream).await.map(Stream) })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Stream<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Takes the certificate of anybody who has its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
