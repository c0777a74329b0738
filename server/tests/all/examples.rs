//! The examples of the handbook are settings that work: each is read and started, and its doors say what they should.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use konvent_core::config::{Config, Listen};
use konvent_core::{Clock, Random};
use konvent_server::House;
use konvent_server::net::listen::Doors;

const PAGE: &str = include_str!("../../../docs/handbook/einstellungen.md");

/// The example below the heading.
fn example(heading: &str) -> Config {
    let below = PAGE.split(&format!("\n## {heading}\n")).nth(1).expect("the heading");
    let text = below.split("```toml\n").nth(1).and_then(|text| text.split("\n```").next());
    Config::parse(text.expect("an example")).unwrap_or_else(|r| panic!("{heading}: {}", r.chain()))
}

/// The same addresses, at ports that the system chooses.
fn anywhere(listen: &Listen) -> Listen {
    let at = |address: &SocketAddr| match address.ip() {
        ip if ip.is_unspecified() && ip.is_ipv6() => SocketAddr::new([127, 0, 0, 1].into(), 0),
        ip if ip.is_unspecified() => SocketAddr::new([127, 0, 0, 1].into(), 0),
        ip => SocketAddr::new(ip, 0),
    };
    Listen::from(listen.addresses().iter().map(at).collect::<Vec<_>>())
}

/// What a door says first to a client that opens a stream.
fn greeting(door: SocketAddr, domain: &str) -> String {
    let mut stream = TcpStream::connect(door).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let open = format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
         to='{domain}' version='1.0'>"
    );
    stream.write_all(open.as_bytes()).unwrap();
    let mut said = String::new();
    let mut bytes = [0; 4096];
    while !said.contains("</stream:features>") {
        let length = stream.read(&mut bytes).unwrap();
        assert!(length > 0, "the stream ended: {said}");
        said.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
    }
    said
}

/// Starts an example and returns what its doors for TLS and for plaintext say.
fn started(heading: &str) -> (Option<String>, Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = example(heading);
    folder.path().clone_into(&mut config.data);
    for listen in [&mut config.http, &mut config.xmpp, &mut config.xmpps, &mut config.plaintext] {
        *listen = anywhere(listen);
    }
    let domain = config.domain.clone();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = House::open(config, Clock::System, Random::system()).unwrap();
    let doors = runtime.block_on(Doors::open(house.config())).unwrap();
    let [http, xmpp, _, plaintext] = doors.addresses().unwrap();
    assert!(http.is_some());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = runtime.spawn(doors.serve(house, async move {
        let _ = stopped.await;
    }));
    let said = (xmpp.map(|at| greeting(at, &domain)), plaintext.map(|at| greeting(at, &domain)));
    stop.send(()).unwrap();
    runtime.block_on(serving).unwrap();
    said
}

#[test]
fn the_party_starts_and_lets_nobody_in_without_tls() {
    let (said, plain) = started("Partei");
    let said = said.unwrap();
    assert!(said.contains("<required/>") && !said.contains("SCRAM"), "{said}");
    assert!(!said.contains("iq-register") && plain.is_none());
}

#[test]
fn the_association_starts() {
    assert!(example("Verein").accounts.members_invite);
    let (said, _) = started("Verein");
    assert!(said.unwrap().contains("<required/>"));
}

#[test]
fn the_provider_starts_without_a_directory() {
    let config = example("Anbieter");
    assert!(config.admin.is_none() && config.accounts.admins == ["betrieb"]);
    let (said, _) = started("Anbieter");
    assert!(said.unwrap().contains("<required/>"));
}

#[test]
fn the_test_bench_registers_and_signs_in_without_tls_on_its_own_address_only() {
    assert_eq!(example("Prüfstand").rooms_service(), "conference.pruefstand.example");
    let (said, plain) = started("Prüfstand");
    let (said, plain) = (said.unwrap(), plain.unwrap());
    assert!(said.contains("<required/>") && !said.contains("SCRAM"), "{said}");
    assert!(plain.contains("SCRAM-SHA-256") && plain.contains("iq-register"), "{plain}");
    assert!(plain.contains("starttls") && !plain.contains("<required/>"), "{plain}");
}
