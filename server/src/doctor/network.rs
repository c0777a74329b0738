//! The doors from inside, and what DNS says of us (RFC 6120 §3.2, XEP-0368 §3).

use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Finding, State};
use crate::house::House;

/// How long one question to the network may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks. Without a running server its doors are closed, and that is no fault.
pub(super) async fn look(house: &Arc<House>, serves: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    if serves {
        found.push(doors(house).await);
    } else {
        found.push(Finding::new("Türen", State::Odd, "der Server läuft gerade nicht"));
    }
    found.push(dns(house).await);
    found.push(services(house).await);
    found
}

async fn doors(house: &Arc<House>) -> Finding {
    let mut shut = Vec::new();
    for (name, port) in ["http", "xmpp", "xmpps", "plaintext"].into_iter().zip(house.ports()) {
        let config = house.config();
        let listen = match name {
            "http" => &config.http,
            "xmpp" => &config.xmpp,
            "xmpps" => &config.xmpps,
            _ => &config.plaintext,
        };
        let Some(mut address) = listen.first() else { continue };
        address.set_port(port);
        if !matches!(timeout(PATIENCE, TcpStream::connect(address)).await, Ok(Ok(_))) {
            shut.push(format!("{name} {address}"));
        }
    }
    if shut.is_empty() {
        Finding::new("Türen", State::Well, "alle antworten (von diesem Rechner aus)")
    } else {
        Finding::new("Türen", State::Unwell, format!("antworten nicht: {}", shut.join(", ")))
    }
}

async fn dns(house: &Arc<House>) -> Finding {
    let mut unknown = Vec::new();
    for name in [house.domain().name.clone(), house.domain().rooms.clone()] {
        let found = timeout(PATIENCE, tokio::net::lookup_host((name.as_str(), 0))).await;
        if !found.is_ok_and(|found| found.is_ok_and(|mut found| found.next().is_some())) {
            unknown.push(name);
        }
    }
    // The rooms need no name of their own: other servers ask for them, clients do not.
    match unknown.as_slice() {
        [] => Finding::new("DNS", State::Well, "Domäne und Gruppendienst haben Adressen"),
        [first, ..] if *first == house.domain().name => Finding::new(
            "DNS",
            State::Unwell,
            format!("{first} hat keine Adresse: A- oder AAAA-Eintrag anlegen"),
        ),
        [rooms, ..] => Finding::new(
            "DNS",
            State::Odd,
            format!(
                "{rooms} hat keine Adresse: nötig, sobald andere Server in Gruppen kommen sollen"
            ),
        ),
    }
}

async fn services(house: &Arc<House>) -> Finding {
    let domain = &house.domain().name;
    let Ok(resolver) =
        TokioResolver::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build)
    else {
        return Finding::new(
            "SRV",
            State::Odd,
            "der Namensdienst dieses Rechners ist nicht zu benutzen",
        );
    };
    let mut missing = Vec::new();
    for service in ["_xmpp-client._tcp", "_xmpps-client._tcp"] {
        let asked = timeout(PATIENCE, resolver.srv_lookup(format!("{service}.{domain}."))).await;
        if !asked.is_ok_and(|found| found.is_ok_and(|found| !found.answers().is_empty())) {
            missing.push(service);
        }
    }
    if missing.is_empty() {
        Finding::new("SRV", State::Well, "Programme finden beide Türen")
    } else {
        Finding::new(
            "SRV",
            State::Odd,
            format!("fehlt: {} (siehe Handbuch, Installieren)", missing.join(", ")),
        )
    }
}
