//! Tokens that are bound to TLS (XEP-0484 §3.4), over a real socket: whoever can bind gets a token that is good for this alone.

use std::net::SocketAddr;
use std::sync::Arc;

use konvent_core::config::Listen;
use konvent_server::net::listen::Doors;
use konvent_wire::client::{Client, Happening, Ready, Secret, Setup};
use konvent_wire::errors::SaslCondition;
use konvent_wire::jid::BareJid;
use konvent_wire::sasl::{BindingKind, ChannelBinding, Mechanism};
use konvent_wire::stream::Transport;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::federation::town::{DEADLINE, Site, Town, root};

const BOUND: Mechanism = Mechanism::Ht(Some(BindingKind::Exporter));
const UNBOUND: Mechanism = Mechanism::Ht(None);

/// A town with a door for direct TLS.
async fn with_a_door() -> (Town, SocketAddr, tokio::task::JoinHandle<()>) {
    let mut site = Site::new("verona.example", "verona.example", "with = 'nobody'").await;
    site.config.xmpps = Listen::from(SocketAddr::from(([127, 0, 0, 1], 0)));
    let nowhere: Vec<SocketAddr> = Vec::new();
    site.config.http = Listen::from(nowhere.clone());
    site.config.xmpp = Listen::from(nowhere);
    let town = site.open().await;
    let doors = Doors::open(&town.config).unwrap();
    let door = doors.addresses().unwrap()[2].unwrap();
    let house = Arc::clone(&town.house);
    let serving = tokio::spawn(doors.serve(house, std::future::pending()));
    (town, door, serving)
}

/// Signs in over TLS and leaves again.
async fn sign_in(door: SocketAddr, setup: Setup) -> Result<Ready, SaslCondition> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let name = rustls_pki_types::ServerName::try_from("verona.example").unwrap();
    let socket = TcpStream::connect(door).await.unwrap();
    let mut socket = connector.connect(name, socket).await.unwrap();
    let exporter =
        socket.get_ref().1.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b""));
    let exporter = Some(exporter.unwrap().to_vec());
    let mut client = Client::new(Setup { transport: Transport::DirectTls, ..setup }, [7; 32]);
    client.tls_done(ChannelBinding { exporter, end_point: None });
    loop {
        while let Some(happening) = client.next() {
            match happening {
                Happening::Ready(ready) => return Ok(ready),
                Happening::Refused(condition) => return Err(condition),
                Happening::Stanza(_) | Happening::Acked(_) => {}
                other => panic!("{other:?}"),
            }
        }
        while let Some(bytes) = client.take_output() {
            socket.write_all(&bytes).await.unwrap();
        }
        socket.flush().await.unwrap();
        let mut bytes = vec![0; 16 * 1024];
        let read = tokio::time::timeout(DEADLINE, socket.read(&mut bytes)).await;
        let count = read.expect("in time").unwrap();
        assert!(count > 0, "the stream ended");
        client.receive(&bytes[..count]);
    }
}

fn by_token(jid: &BareJid, token: &str, mechanism: Mechanism) -> Setup {
    let token = token.to_owned();
    let secret = Secret::Token { token, mechanism, count: None, invalidate: false };
    Setup { secret, ..Setup::new(jid.clone(), "") }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_a_token_for_the_mechanism_that_it_asks_for() {
    let (town, door, serving) = with_a_door().await;
    let (jid, password) = town.password_of("100001").await;
    for (wanted, other) in [(BOUND, UNBOUND), (UNBOUND, BOUND)] {
        let setup = Setup { wants_token: Some(wanted), ..Setup::new(jid.clone(), &password) };
        let ready = sign_in(door, setup).await.unwrap();
        let token = ready.token.expect("a token").token;
        // XEP-0484 §3.4: good for the mechanism it was made for, as often as the client comes, and for no other.
        for _ in 0..2 {
            sign_in(door, by_token(&jid, &token, wanted)).await.unwrap();
        }
        let refused = sign_in(door, by_token(&jid, &token, other)).await.unwrap_err();
        assert_eq!(refused, SaslCondition::CredentialsExpired, "XEP-0484 §4.2");
    }
    serving.abort();
}
