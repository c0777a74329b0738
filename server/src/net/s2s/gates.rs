//! The gates: where other servers come in, with STARTTLS and with TLS from the first byte (XEP-0368).

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use konvent_core::Answer;
use konvent_core::config::Config;
use konvent_wire::s2s::Incoming;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::component;
use super::side::Side;
use super::sources::{Counted, Sources};
use super::talk::{Next, Talk};
use crate::house::House;
use crate::net::listen::doors;
use crate::net::places::Source;

/// Connections of other servers at once: they must not take the places of members. Others wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 2_000;

/// How long the handshake may take, in seconds.
const HANDSHAKE_SECS: u64 = 20;

/// The open gates.
#[derive(Debug)]
pub struct Gates {
    plain: Vec<TcpListener>,
    direct: Vec<TcpListener>,
    components: Vec<TcpListener>,
}

impl Gates {
    /// Opens the gates of the settings, within the runtime that will serve them; none where nobody is connected. Port 0 lets
    /// the system choose.
    pub fn open(config: &Config) -> Answer<Self> {
        let components = component::open(config)?;
        if !config.federation.is_open() {
            return Ok(Self { plain: Vec::new(), direct: Vec::new(), components });
        }
        let plain = doors(&config.federation.listen)?;
        Ok(Self { plain, direct: doors(&config.federation.listen_tls)?, components })
    }

    /// Where the first gate of each kind is: with STARTTLS, with TLS from the first byte, for components.
    pub fn addresses(&self) -> [Option<SocketAddr>; 3] {
        let first = |gates: &[TcpListener]| gates.first().and_then(|gate| gate.local_addr().ok());
        [first(&self.plain), first(&self.direct), first(&self.components)]
    }

    /// Lets servers in until aborted.
    pub fn serve(self, house: &Arc<House>) -> Vec<tokio::task::JoinHandle<()>> {
        let places =
            Places { all: Arc::new(Semaphore::new(CONNECTIONS_MAX)), sources: Arc::default() };
        let plain = self
            .plain
            .into_iter()
            .map(|gate| tokio::spawn(accept(gate, places.clone(), Arc::clone(house), begin_plain)));
        let direct = self.direct.into_iter().map(|gate| {
            tokio::spawn(accept(gate, places.clone(), Arc::clone(house), begin_direct))
        });
        let components =
            self.components.into_iter().map(|door| component::serve(door, Arc::clone(house)));
        plain.chain(direct).chain(components).collect()
    }
}

/// What all gates share: the places, and who has how many of them.
#[derive(Clone)]
struct Places {
    all: Arc<Semaphore>,
    sources: Arc<Sources>,
}

async fn accept<F, Fut>(gate: TcpListener, places: Places, house: Arc<House>, serve: F)
where
    F: Fn(Arc<House>, TcpStream, Counted) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    loop {
        let Ok(place) = Arc::clone(&places.all).acquire_owned().await else { return };
        match gate.accept().await {
            Ok((stream, from)) => {
                // RFC 6120 §13.12: too many from there, so this one is closed at once.
                let Some(counted) = places.sources.admit(Source::of(from.ip())) else { continue };
                let _ = stream.set_nodelay(true); // a socket that dies here is noticed at the first read
                let talk = serve(Arc::clone(&house), stream, counted);
                tokio::spawn(async move {
                    talk.await;
                    drop(place);
                });
            }
            // Out of file handles: wait for somebody to leave instead of spinning.
            Err(error) => {
                tracing::warn!(target: "federation", %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

fn coming(house: &Arc<House>, counted: Counted) -> Talk {
    let incoming = Incoming::new(house.abroad().settings(), house.random().bytes());
    let mut talk = Talk::new(house, Side::Coming(incoming), None);
    talk.counted = Some(counted);
    talk
}

async fn begin_plain(house: Arc<House>, mut stream: TcpStream, counted: Counted) {
    let mut talk = coming(&house, counted);
    if let Next::StartTls = Box::pin(talk.go_on(&mut stream)).await {
        let Some(trust) = house.abroad().trust() else { return };
        encrypted(&house, talk, TlsAcceptor::from(Arc::clone(&trust.acceptor)), stream).await;
    }
}

async fn begin_direct(house: Arc<House>, stream: TcpStream, counted: Counted) {
    let talk = coming(&house, counted);
    let Some(trust) = house.abroad().trust() else { return };
    encrypted(&house, talk, TlsAcceptor::from(Arc::clone(&trust.direct_acceptor)), stream).await;
}

async fn encrypted(house: &Arc<House>, mut talk: Talk, acceptor: TlsAcceptor, stream: TcpStream) {
    let handshake =
        tokio::time::timeout(Duration::from_secs(HANDSHAKE_SECS), acceptor.accept(stream));
    let mut stream = match Box::pin(handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            return tracing::debug!(target: "federation", %error, "a handshake failed");
        }
        Err(_) => return,
    };
    let Some(trust) = house.abroad().trust() else { return };
    talk.side.tls_done(trust.credentials(stream.get_ref().1.peer_certificates()));
    Box::pin(talk.go_on(&mut stream)).await;
}
