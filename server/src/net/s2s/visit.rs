//! Going to another server: address after address, TLS, the errand.

use std::sync::Arc;
use std::time::Duration;

use konvent_wire::s2s::{Errand, Failure, Outgoing, Verdict};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::resolve::{Nowhere, Target, resolve};
use super::route::Route;
use super::side::Side;
use super::talk::{Next, Talk};
use crate::house::House;

/// How long a connection and a handshake may take each, in seconds.
const CONNECT_SECS: u64 = 10;

/// How it went.
#[derive(Debug)]
pub(super) enum Visit {
    /// Stanzas could flow; now the stream is over.
    Done,
    /// The question was answered.
    Answered(Verdict),
    /// There is no such server.
    Nowhere,
    /// Not now, and why.
    Failed(Option<Failure>),
}

/// Does an errand at the first address that lets us in.
pub(super) async fn visit(
    house: &Arc<House>,
    errand: &Errand,
    route: Option<&Arc<Route>>,
) -> Visit {
    let abroad = house.abroad();
    let targets = resolve(&abroad.federation, &abroad.resolver, house.random(), errand.to()).await;
    let targets = match targets {
        Ok(targets) => targets,
        Err(Nowhere::Never) => return Visit::Nowhere,
        Err(Nowhere::Now) => return Visit::Failed(None),
    };
    let mut last = None;
    for target in targets {
        match Box::pin(at(house, errand, route, target)).await {
            Some(Next::Answered(verdict)) => return Visit::Answered(verdict),
            Some(Next::Failed(failure)) => last = Some(failure),
            Some(Next::Over) => return Visit::Done,
            Some(Next::StartTls) | None => {}
        }
    }
    if let Some(failure) = last {
        tracing::info!(target: "federation", domain = errand.to(), %failure, "another server does not let us in");
    }
    Visit::Failed(last)
}

/// One address. `None`: nobody is there.
async fn at(
    house: &Arc<House>,
    errand: &Errand,
    route: Option<&Arc<Route>>,
    target: Target,
) -> Option<Next> {
    let patience = Duration::from_secs(CONNECT_SECS);
    let connect = tokio::time::timeout(patience, TcpStream::connect(target.address));
    let mut tcp = connect.await.ok()?.ok()?;
    let _ = tcp.set_nodelay(true); // a socket that dies here is noticed at the first read
    let abroad = house.abroad();
    let outgoing = Outgoing::new(abroad.settings(), errand.clone(), house.random().bytes());
    let mut talk = Talk::new(house, Side::Going(outgoing), route.cloned());
    let trust = abroad.trust()?;
    let connector = if target.is_direct_tls {
        TlsConnector::from(Arc::clone(&trust.direct_connector))
    } else {
        match talk.go_on(&mut tcp).await {
            Next::StartTls => TlsConnector::from(Arc::clone(&trust.connector)),
            next => return Some(next),
        }
    };
    let name = server_name(errand.to())?;
    let handshake = tokio::time::timeout(patience, connector.connect(name, tcp));
    let mut stream = Box::pin(handshake).await.ok()?.ok()?;
    talk.side.tls_done(trust.credentials(certificates(&stream)));
    Some(talk.go_on(&mut stream).await)
}

fn certificates(
    stream: &TlsStream<TcpStream>,
) -> Option<&[rustls_pki_types::CertificateDer<'static>]> {
    stream.get_ref().1.peer_certificates()
}

/// The name for the handshake (RFC 6066 §3): in the letters of the DNS.
fn server_name(domain: &str) -> Option<ServerName<'static>> {
    let ascii = hickory_resolver::proto::rr::Name::from_utf8(domain).ok()?.to_ascii();
    ServerName::try_from(ascii.trim_end_matches('.').to_owned()).ok()
}
