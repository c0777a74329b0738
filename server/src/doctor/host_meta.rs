//! Whether web clients of others find us: they ask our name what it says of itself (XEP-0156 §3). Often a web page of the
//! organisation stands at that name, on another machine, and has to hand the question on.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::network::PATIENCE;
use super::{Finding, State};
use crate::house::House;
use crate::net::http::{WEBSOCKET, socket_of};

const WHAT: &str = "host-meta";

/// Where it stands (RFC 6415 §4, in JSON).
const PATH: &str = "/.well-known/host-meta.json";

/// The port of the web.
const PORT: u16 = 443;

/// What a host says of itself is some hundred bytes; a page that answers everything with itself is not read to its end.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// What came back.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    status: u16,
    /// Whether pages of other origins may read it.
    is_for_everybody: bool,
    body: Vec<u8>,
}

/// Looks; nothing to say where the server does not run, or nobody comes by HTTPS.
pub(super) async fn look(house: &Arc<House>, serves: bool) -> Option<Finding> {
    if !serves || !house.is_reached_by_https() {
        return None;
    }
    let name = house.domain().name.clone();
    let found = timeout(PATIENCE, tokio::net::lookup_host((name.as_str(), PORT))).await;
    let address = found.ok().and_then(Result::ok).and_then(|mut found| found.next());
    let roots = crate::tls::roots(true, house.config().federation.roots.as_deref());
    let said = match (address, roots) {
        (Some(address), Ok(roots)) => ask(address, &name, roots).await,
        _ => None,
    };
    Some(judge(said.as_ref(), &name, &socket_of(house)))
}

/// Asks as a browser does: nobody is believed who cannot show a certificate for the name.
async fn ask(address: SocketAddr, name: &str, roots: RootCertStore) -> Option<Said> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.ok()?.with_root_certificates(roots).with_no_client_auth();
    let server = ServerName::try_from(name.to_owned()).ok()?;
    let asked = async {
        let stream = TcpStream::connect(address).await.ok()?;
        let stream = TlsConnector::from(Arc::new(tls)).connect(server, stream).await.ok()?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake::<_, Body>(TokioIo::new(stream)).await.ok()?;
        let connection = tokio::spawn(connection);
        let request = Request::get(PATH).header(header::HOST, name).body(Body::empty()).ok()?;
        let answer = sender.send_request(request).await.ok()?;
        let origin = answer.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        let is_for_everybody = origin.is_some_and(|origin| origin == "*");
        let status = answer.status().as_u16();
        let body = to_bytes(Body::new(answer.into_body()), BODY_BYTES_MAX).await.ok();
        connection.abort();
        Some(Said { status, is_for_everybody, body: body.unwrap_or_default().to_vec() })
    };
    timeout(PATIENCE, asked).await.ok()?
}

/// RFC 6415 §3, in JSON.
#[derive(Deserialize)]
struct Meta {
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    rel: String,
    #[serde(default)]
    href: String,
}

fn judge(said: Option<&Said>, name: &str, socket: &str) -> Finding {
    let odd = |sentence: String| Finding::new(WHAT, State::Odd, sentence);
    let Some(said) = said else {
        return odd(format!(
            "unter https://{name} war von hier aus keine Antwort mit gültigem Zertifikat zu bekommen: Web-Programme anderer finden diesen Server nicht"
        ));
    };
    let meta: Option<Meta> = serde_json::from_slice(&said.body).ok().filter(|_| said.status == 200);
    let links = meta.map(|meta| meta.links).unwrap_or_default();
    let sockets: Vec<&str> =
        links.iter().filter(|link| link.rel == WEBSOCKET).map(|link| link.href.as_str()).collect();
    if !sockets.contains(&socket) {
        return odd(format!(
            "https://{name}{PATH} nennt {socket} nicht: von der Webseite hierher weiterleiten, sonst finden Web-Programme anderer diesen Server nicht"
        ));
    }
    if !said.is_for_everybody {
        return odd(format!(
            "https://{name}{PATH} darf von Seiten anderer nicht gelesen werden: Access-Control-Allow-Origin: * fehlt"
        ));
    }
    Finding::new(WHAT, State::Well, "Web-Programme anderer finden hierher")
}

#[cfg(test)]
mod tests {
    use rustls::ServerConfig;
    use rustls_pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    const SOCKET: &str = "wss://verona.example/xmpp-websocket";

    /// A web page with a certificate of its own, that answers with this and closes.
    async fn page(answer: String) -> (SocketAddr, RootCertStore) {
        let made = rcgen::generate_simple_self_signed(vec!["verona.example".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(tls));
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut asked = [0; 4_096];
                let count = stream.read(&mut asked).await.unwrap();
                let asked = String::from_utf8_lossy(&asked[..count]).to_ascii_lowercase();
                assert!(
                    asked.starts_with("get /.well-known/host-meta.json http/1.1\r\n"),
                    "{asked}"
                );
                assert!(asked.contains("host: verona.example"), "{asked}");
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        (address, roots)
    }

    fn answer(head: &str, body: &str) -> String {
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    }

    fn links(socket: &str) -> String {
        format!(
            "{{\"links\":[{{\"rel\":\"lrdd\"}},{{\"rel\":\"{WEBSOCKET}\",\"href\":\"{socket}\"}}]}}"
        )
    }

    async fn found(answer: String) -> Finding {
        let (address, roots) = page(answer).await;
        judge(ask(address, "verona.example", roots).await.as_ref(), "verona.example", SOCKET)
    }

    #[tokio::test]
    async fn what_a_page_says_of_the_house_is_read_as_a_browser_reads_it() {
        const OPEN: &str = "200 OK\r\nAccess-Control-Allow-Origin: *";
        assert_eq!(found(answer(OPEN, &links(SOCKET))).await.state, State::Well);
        for (said, what) in [
            (answer("200 OK", &links(SOCKET)), "Access-Control-Allow-Origin"),
            (answer(OPEN, &links("wss://old.example/ws")), "weiterleiten"),
            (
                answer("404 Not Found\r\nAccess-Control-Allow-Origin: *", &links(SOCKET)),
                "weiterleiten",
            ),
            (answer(OPEN, "<!doctype html><title>Partei Verona</title>"), "weiterleiten"),
            (answer(OPEN, &" ".repeat(BODY_BYTES_MAX + 1)), "weiterleiten"),
            ("SSH-2.0-OpenSSH\r\n".to_owned(), "keine Antwort"),
        ] {
            let finding = found(said.clone()).await;
            assert_eq!(finding.state, State::Odd, "{said}");
            assert!(finding.sentence.contains(what), "{finding:?}");
        }
    }

    #[tokio::test]
    async fn a_page_with_a_certificate_of_its_own_is_not_believed() {
        let (address, _) = page(answer("200 OK", &links(SOCKET))).await;
        assert_eq!(ask(address, "verona.example", RootCertStore::empty()).await, None);
        assert_eq!(judge(None, "verona.example", SOCKET).state, State::Odd);
    }
}
