//! The way to a browser's push service (RFC 8030): one request over TLS, and only what its status says is heard.
//!
//! The URL comes from a member, who may be dishonest: only `https`, only to public addresses and the usual port (unless the
//! settings allow others), checked after the name is resolved and used as checked; nobody is followed elsewhere; what comes
//! back is bounded in size and time, and its body is not read.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode, Uri, header};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use konvent_core::config::Push;
use konvent_core::{Answer, Kind, Refusal};
use konvent_talk::push::Outcome;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::net::s2s::is_public;

/// How long a push service may take in all, in seconds: one that says nothing holds no place.
const PATIENCE_SECS: u64 = 20;

/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 3;

/// Bytes and lines of an answer's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;

/// The authorities cannot be read; the cause names the file.
const UNUSABLE: Refusal = Refusal::new(Kind::Broken, "push.unusable-roots");

/// Where a browser is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    host: String,
    port: u16,
    authority: String,
    path: String,
}

impl Target {
    /// Reads a browser's URL. `anywhere`: other ports and private networks, too.
    pub fn read(url: &str, anywhere: bool) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?;
        // RFC 8030 §8.
        if uri.scheme_str() != Some("https") || authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        let port = authority.port_u16().unwrap_or(443);
        let is_fine = if let Ok(ip) = host.parse::<IpAddr>() {
            anywhere || is_public(ip)
        } else {
            // A name without a dot, or one that ends in a number, is nobody's on the public network.
            let last = host.rsplit('.').next().unwrap_or_default();
            let is_name = last.chars().any(|c| c.is_ascii_alphabetic());
            is_name && (anywhere || host.contains('.'))
        };
        if !is_fine || (!anywhere && port != 443) {
            return None;
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Some(Self { host, port, authority: authority.as_str().to_owned(), path })
    }

    /// For whom a word on who we are is meant (RFC 8292 §2): the origin.
    pub fn origin(&self) -> String {
        format!("https://{}", self.authority)
    }

    /// By what the services are told apart.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// A message on its way.
#[derive(Debug)]
pub struct Letter {
    /// Where.
    pub target: Target,
    /// Who we are.
    pub authorization: String,
    /// What only the browser can read.
    pub sealed: Vec<u8>,
    /// How long the service keeps it, in seconds (RFC 8030 §5.2).
    pub ttl_secs: i64,
    /// Whether a sleeping device is woken at once (RFC 8030 §5.3).
    pub is_urgent: bool,
    /// Newer ones under this name take the place of older ones that still wait there (RFC 8030 §5.4).
    pub topic: String,
}

/// Who carries it.
pub struct Postman {
    tls: TlsConnector,
    anywhere: bool,
}

impl std::fmt::Debug for Postman {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postman").field("anywhere", &self.anywhere).finish_non_exhaustive()
    }
}

impl Postman {
    /// As the settings have it.
    pub fn new(settings: &Push) -> Answer<Self> {
        let roots = crate::tls::roots(true, settings.roots.as_deref())
            .map_err(|error| UNUSABLE.because(error))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| UNUSABLE.because(error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: TlsConnector::from(Arc::new(tls)), anywhere: settings.private_addresses })
    }

    /// Reads a browser's URL.
    pub fn target(&self, url: &str) -> Option<Target> {
        Target::read(url, self.anywhere)
    }

    /// Brings it there.
    pub async fn bring(&self, letter: Letter) -> Outcome {
        let patience = Duration::from_secs(PATIENCE_SECS);
        match tokio::time::timeout(patience, self.ask(letter)).await {
            Ok(Ok(answer)) => judge(&answer),
            Ok(Err(error)) => {
                tracing::debug!(target: "push", error, "a push service could not be reached");
                Outcome::Failed(None)
            }
            Err(_) => Outcome::Failed(None),
        }
    }

    async fn ask(&self, letter: Letter) -> Result<Response<Incoming>, String> {
        let Letter { target, authorization, sealed, ttl_secs, is_urgent, topic } = letter;
        let name = ServerName::try_from(target.host.clone()).map_err(|error| error.to_string())?;
        let stream = self.connect(&target).await?;
        let stream = self.tls.connect(name, stream).await.map_err(|error| error.to_string())?;
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .handshake::<_, Body>(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        let request = Request::post(target.path)
            .header(header::HOST, target.authority)
            .header(header::AUTHORIZATION, authorization)
            .header(header::CONTENT_ENCODING, "aes128gcm") // RFC 8291 §4
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header("ttl", ttl_secs)
            .header("urgency", if is_urgent { "high" } else { "normal" })
            .header("topic", topic)
            .body(Body::from(sealed))
            .map_err(|error| error.to_string())?;
        // The connection lives as long as it is waited for, and not longer. One that ends may have brought the answer before.
        let answer = sender.send_request(request);
        tokio::pin!(answer);
        tokio::select! {
            biased;
            answer = &mut answer => return answer.map_err(|error| error.to_string()),
            ended = connection => ended.map_err(|error| error.to_string())?,
        }
        answer.await.map_err(|error| error.to_string())
    }

    /// Connects to an address that was looked at: between looking and connecting nobody can put another in its place.
    async fn connect(&self, target: &Target) -> Result<TcpStream, String> {
        let found = tokio::net::lookup_host((target.host.as_str(), target.port)).await;
        let found = found.map_err(|error| error.to_string())?;
        let fine = found.filter(|address| self.anywhere || is_public(address.ip()));
        let fine: Vec<SocketAddr> = fine.take(ADDRESSES_MAX).collect();
        let mut last = "no public address".to_owned();
        for address in fine {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error.to_string(),
            }
        }
        Err(last)
    }
}

/// RFC 8030 §5, §7.3: what the status says.
fn judge<T>(answer: &Response<T>) -> Outcome {
    match answer.status() {
        status if status.is_success() => Outcome::Delivered,
        StatusCode::NOT_FOUND | StatusCode::GONE => Outcome::Gone,
        _ => {
            let wait = answer.headers().get(header::RETRY_AFTER);
            let wait = wait.and_then(|value| value.to_str().ok()?.parse().ok());
            Outcome::Failed(wait)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letter(target: Target) -> Letter {
        let (authorization, topic) = ("vapid t=a, k=b".to_owned(), "t".to_owned());
        Letter { target, authorization, sealed: vec![0; 99], ttl_secs: 60, is_urgent: false, topic }
    }

    /// With a clock that jumps when nobody has anything to do.
    #[tokio::test(start_paused = true)]
    async fn a_service_that_says_nothing_holds_its_place_for_so_long_and_no_longer() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/send", silent.local_addr().unwrap());
        let settings = Push { private_addresses: true, ..Push::default() };
        let postman = Postman::new(&settings).unwrap();
        let began = tokio::time::Instant::now();
        let outcome = postman.bring(letter(postman.target(&url).unwrap())).await;
        assert_eq!(outcome, Outcome::Failed(None));
        assert_eq!(began.elapsed().as_secs(), PATIENCE_SECS);
    }

    proptest! {
        /// Whatever a member's browser names: nobody inside is knocked at, and nothing but the usual port.
        #[test]
        fn any_place_is_public_or_none(
            scheme in "https|http|HTTPS|ftp|",
            user in "|a@|:@",
            host in "[a-z0-9.:%\\[\\]-]{0,40}|127\\.[0-9.]{1,9}|\\[[0-9a-f:.]{2,30}\\]|10\\.0\\.0\\.[0-9]{1,3}",
            port in "|:[0-9]{0,6}",
            path in "\\PC{0,40}",
        ) {
            let url = format!("{scheme}://{user}{host}{port}/{path}");
            if let Some(target) = Target::read(&url, false) {
                prop_assert_eq!(target.port, 443);
                prop_assert!(scheme.eq_ignore_ascii_case("https") && !target.authority.contains('@'));
                match target.host.parse::<IpAddr>() {
                    Ok(ip) => prop_assert!(is_public(ip), "{}", ip),
                    Err(_) => prop_assert!(target.host.contains('.'), "{}", target.host),
                }
                prop_assert!(target.origin().starts_with("https://"));
                prop_assert!(!target.path.contains(['\r', '\n', ' ']), "{}", target.path);
            }
        }
    }

    #[test]
    fn only_public_places_by_https_are_told() {
        for wrong in [
            "http://push.example.net/x",
            "https://127.0.0.1/x",
            "https://10.1.2.3/x",
            "https://169.254.169.254/latest",
            "https://[::1]/x",
            "https://[::ffff:127.0.0.1]/x",
            "https://[64:ff9b::7f00:1]/x",
            "https://localhost/x",
            "https://0x7f000001/x",
            "https://2130706433/x",
            "https://127.1/x",
            "https://push.example.net:22/x",
            "https://user:word@push.example.net/x",
            "https:///x",
            "ftp://push.example.net/",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(Target::read(wrong, false), None, "{wrong}");
        }
        let fine = Target::read("https://push.example.net/send/abc?x=1", false).unwrap();
        assert_eq!(fine.origin(), "https://push.example.net");
        assert_eq!((fine.path.as_str(), fine.port), ("/send/abc?x=1", 443));
        assert!(
            Target::read("https://127.0.0.1:8443/x", true).is_some(),
            "where the settings allow it"
        );
        assert!(Target::read("http://127.0.0.1:8443/x", true).is_none());
    }

    #[test]
    fn the_status_decides() {
        let of = |status: u16, wait: Option<&str>| {
            let mut answer = Response::builder().status(status);
            if let Some(wait) = wait {
                answer = answer.header(header::RETRY_AFTER, wait);
            }
            judge(&answer.body(()).unwrap())
        };
        assert_eq!(of(201, None), Outcome::Delivered);
        assert_eq!(of(410, None), Outcome::Gone);
        assert_eq!(of(404, None), Outcome::Gone);
        assert_eq!(of(302, None), Outcome::Failed(None), "nobody is followed");
        assert_eq!(of(429, Some("120")), Outcome::Failed(Some(120)));
        assert_eq!(of(503, Some("Wed, 21 Oct")), Outcome::Failed(None));
    }
}
