//! The doors of the house: TCP with STARTTLS, direct TLS, HTTP with WebSocket.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use konvent_core::config::{Config, Listen};
use konvent_core::{Answer, Kind, Refusal};
use konvent_wire::stream::Transport;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::{http, xmpp};
use crate::house::House;

/// Connections at once on each XMPP door; more would endanger those inside. Others wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 12_000;

/// When the system asks whether a silent peer is still there, and how often until it gives up: a phone that was switched
/// off must not stay present for ever.
const KEEPALIVE_AFTER: Duration = Duration::from_mins(3);
/// See [`KEEPALIVE_AFTER`].
const KEEPALIVE_EVERY: Duration = Duration::from_secs(30);

/// How long a client may take for the TLS handshake, in seconds.
const HANDSHAKE_SECS: u64 = 10;

/// A door cannot be opened; the cause names address and reason.
pub const NO_DOOR: Refusal = Refusal::new(Kind::Broken, "net.cannot-listen");

/// The open doors, with the ports that the system handed out.
#[derive(Debug)]
pub struct Doors {
    http: Vec<TcpListener>,
    xmpp: Vec<TcpListener>,
    xmpps: Vec<TcpListener>,
    plaintext: Vec<TcpListener>,
}

impl Doors {
    /// Opens all doors of the settings; port 0 lets the system choose.
    pub async fn open(config: &Config) -> Answer<Self> {
        Ok(Self {
            http: doors(&config.http).await?,
            xmpp: doors(&config.xmpp).await?,
            xmpps: doors(&config.xmpps).await?,
            plaintext: doors(&config.plaintext).await?,
        })
    }

    /// Where the first door of each kind is: HTTP, XMPP, XMPP with direct TLS, XMPP without TLS.
    pub fn addresses(&self) -> Answer<[Option<SocketAddr>; 4]> {
        let first = |doors: &[TcpListener]| {
            let address =
                |door: &TcpListener| door.local_addr().map_err(|error| NO_DOOR.because(error));
            doors.first().map(address).transpose()
        };
        Ok([first(&self.http)?, first(&self.xmpp)?, first(&self.xmpps)?, first(&self.plaintext)?])
    }

    /// Lets people in until `stop` is done.
    pub async fn serve(self, house: Arc<House>, stop: impl Future<Output = ()> + Send) {
        let mut open = Vec::new();
        for door in self.http {
            open.push(tokio::spawn(http::serve(Arc::clone(&house), door)));
        }
        for door in self.xmpp {
            open.push(tokio::spawn(accept(
                door,
                Arc::clone(&house),
                |house, stream, source| async move {
                    xmpp::serve_tcp(house, stream, Transport::Tcp, source).await;
                },
            )));
        }
        for door in self.plaintext {
            open.push(tokio::spawn(accept(
                door,
                Arc::clone(&house),
                |house, stream, source| async move {
                    xmpp::serve_tcp(house, stream, Transport::Loopback, source).await;
                },
            )));
        }
        for door in self.xmpps {
            open.push(tokio::spawn(accept(door, Arc::clone(&house), direct_tls)));
        }
        stop.await;
        for door in open {
            door.abort();
        }
    }
}

/// TLS from the first byte (XEP-0368).
async fn direct_tls(house: Arc<House>, stream: TcpStream, source: String) {
    let acceptor = TlsAcceptor::from(Arc::clone(&house.tls().config));
    let handshake =
        tokio::time::timeout(Duration::from_secs(HANDSHAKE_SECS), acceptor.accept(stream));
    if let Ok(Ok(stream)) = Box::pin(handshake).await {
        xmpp::serve_tls(house, stream, Transport::DirectTls, source).await;
    }
}

async fn doors(listen: &Listen) -> Answer<Vec<TcpListener>> {
    let mut open = Vec::new();
    for address in listen.addresses() {
        open.push(door(*address).await?);
    }
    Ok(open)
}

async fn door(address: SocketAddr) -> Answer<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| NO_DOOR.because(format!("{address}: {error}")))
}

async fn accept<F, Fut>(door: TcpListener, house: Arc<House>, serve: F)
where
    F: Fn(Arc<House>, TcpStream, String) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match door.accept().await {
            Ok((stream, from)) => {
                // A socket that dies here is noticed at the first read.
                let _ = stream.set_nodelay(true);
                let alive =
                    TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY);
                let _ = SockRef::from(&stream).set_tcp_keepalive(&alive);
                let conversation = serve(Arc::clone(&house), stream, from.ip().to_string());
                tokio::spawn(async move {
                    conversation.await;
                    drop(place);
                });
            }
            // Out of file handles: wait for somebody to leave instead of spinning.
            Err(error) => {
                tracing::warn!(target: "net", %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}
