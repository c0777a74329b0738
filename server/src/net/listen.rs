//! The doors of the house: TCP with STARTTLS, direct TLS, HTTP with WebSocket. Who comes in gets one of the `places`.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use konvent_core::config::{Config, Listen};
use konvent_core::{Answer, Kind, Refusal};
use konvent_wire::stream::Transport;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::places::{Place, Source};
use super::{http, xmpp};
use crate::house::House;

/// When the system asks whether a silent peer is still there (RFC 6120 §4.6.4: not more often than every five minutes), and
/// how often until it gives up: a phone that was switched off must not stay present for ever.
const KEEPALIVE_AFTER: Duration = Duration::from_mins(5);
/// See [`KEEPALIVE_AFTER`].
const KEEPALIVE_EVERY: Duration = Duration::from_secs(30);

/// So many connections may wait until they are accepted; more are told by the system to try again.
const WAITING_MAX: u32 = 1024;

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
    /// Opens all doors of the settings, within the runtime that will serve them; port 0 lets the system choose.
    pub fn open(config: &Config) -> Answer<Self> {
        Ok(Self {
            http: doors(&config.http)?,
            xmpp: doors(&config.xmpp)?,
            xmpps: doors(&config.xmpps)?,
            plaintext: doors(&config.plaintext)?,
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
        for (doors, transport) in
            [(self.xmpp, Transport::Tcp), (self.plaintext, Transport::Loopback)]
        {
            for door in doors {
                let serve = move |house, stream, from: Source, place| {
                    xmpp::serve_tcp(house, stream, transport, from.to_string(), place)
                };
                open.push(tokio::spawn(accept(door, Arc::clone(&house), serve)));
            }
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
async fn direct_tls(house: Arc<House>, stream: TcpStream, from: Source, place: Place) {
    let acceptor = TlsAcceptor::from(Arc::clone(&house.tls().config));
    let handshake =
        tokio::time::timeout(Duration::from_secs(HANDSHAKE_SECS), acceptor.accept(stream));
    let shaken = tokio::select! {
        shaken = Box::pin(handshake) => shaken,
        () = place.dismissed() => return,
    };
    if let Ok(Ok(stream)) = shaken {
        xmpp::serve_tls(house, stream, Transport::DirectTls, from.to_string(), place).await;
    }
}

/// Opens a door at each of these addresses.
pub(crate) fn doors(listen: &Listen) -> Answer<Vec<TcpListener>> {
    let all = listen.addresses();
    let open = |address: &SocketAddr| {
        door(*address, all).map_err(|error| NO_DOOR.because(format!("{address}: {error}")))
    };
    all.iter().map(open).collect()
}

/// A door at one address. By itself Linux lets `[::]` take IPv4 as well, and then `0.0.0.0` with the same port beside it
/// cannot be opened: who names both gets IPv6 alone at the one.
fn door(address: SocketAddr, beside: &[SocketAddr]) -> io::Result<TcpListener> {
    let socket = if address.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
    socket.set_reuseaddr(true)?; // after a restart old connections may still linger at this port
    let has_both = |other: &SocketAddr| other.is_ipv4() && other.port() == address.port();
    if address.is_ipv6() && beside.iter().any(has_both) {
        SockRef::from(&socket).set_only_v6(true)?;
    }
    socket.bind(address)?;
    socket.listen(WAITING_MAX)
}

/// Lets people in, each to a place; for whom there is none the connection is closed at once.
///
/// Whoever stands behind our own proxy is counted where the proxy names him, if it can, and not by the proxy's address.
pub(super) async fn accept<F, Fut>(door: TcpListener, house: Arc<House>, serve: F)
where
    F: Fn(Arc<House>, TcpStream, Source, Place) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let has_proxy = house.config().behind_proxy;
    loop {
        match door.accept().await {
            Ok((stream, from)) => {
                let is_proxy = has_proxy && from.ip().is_loopback();
                let source = if is_proxy { Source::OwnProxy } else { Source::of(from.ip()) };
                // RFC 6120 §13.12.
                let Some(place) = house.places().admit(source) else { continue };
                // A socket that dies here is noticed at the first read.
                let _ = stream.set_nodelay(true);
                let alive =
                    TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY);
                let _ = SockRef::from(&stream).set_tcp_keepalive(&alive);
                tokio::spawn(serve(Arc::clone(&house), stream, source, place));
            }
            // Out of file handles: wait for somebody to leave instead of spinning.
            Err(error) => {
                tracing::warn!(target: "net", %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    /// A door at every IPv4 address and, if there is IPv6 here, the same port at every IPv6 address.
    fn both(port: u16) -> Listen {
        let (four, six) = (Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into());
        Listen::from(vec![SocketAddr::new(four, port), SocketAddr::new(six, port)])
    }

    #[tokio::test]
    async fn a_door_stands_at_all_addresses_of_both_kinds() {
        if std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
            return; // no IPv6 on this machine
        }
        // A port that is free now may be taken a moment later: then another one is tried.
        let open = (0..20).find_map(|_| {
            let free = std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            Some((port, doors(&both(port)).ok()?))
        });
        let (port, open) = open.expect("both doors at one port");
        assert_eq!(open.len(), 2);
        for (door, here) in open
            .iter()
            .zip([Ipv4Addr::LOCALHOST.into(), std::net::IpAddr::from(Ipv6Addr::LOCALHOST)])
        {
            let (came, accepted) = tokio::join!(TcpStream::connect((here, port)), door.accept());
            assert_eq!(came.unwrap().local_addr().unwrap(), accepted.unwrap().1);
        }
    }
}
