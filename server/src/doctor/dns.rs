//! What DNS says of us: addresses, where clients and other servers are sent (RFC 6120 §3.2, XEP-0368 §3), and who may sign
//! certificates for us (CAA, RFC 8659). Asking comes first ([`Said`]), judging is pure.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::{RData, RecordType};
use konvent_core::config::{Config, Listen};
use tokio::time::timeout;

use super::network::PATIENCE;
use super::{Finding, State};
use crate::house::House;
use crate::net::s2s::resolver_of;

/// The records by which clients find us.
const FOR_CLIENTS: [&str; 2] = ["_xmpp-client._tcp", "_xmpps-client._tcp"];
/// Those by which other servers do.
const FOR_SERVERS: [&str; 2] = ["_xmpp-server._tcp", "_xmpps-server._tcp"];

/// A service record: the port, and whether it says that there is no such service (a target of `.`, RFC 2782).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Srv {
    port: u16,
    is_none: bool,
}

/// What DNS has said.
#[derive(Debug, Default)]
struct Said {
    /// Names that have addresses.
    known: BTreeSet<String>,
    /// By the service with its name, such as `_xmpp-server._tcp.verona.example`. None: there is no name server to ask.
    services: Option<BTreeMap<String, Vec<Srv>>>,
    /// Who may sign, by the nearest name that says anything; empty where anybody may, none where it was not to be found out.
    signers: Option<Vec<String>>,
}

/// Asks, and judges what is said.
pub(super) async fn look(house: &Arc<House>) -> Vec<Finding> {
    let services = house.domain().services.iter().map(|service| service.host.clone());
    let services: Vec<String> =
        std::iter::once(house.domain().rooms.clone()).chain(services).collect();
    look_with(house.config(), &services).await
}

async fn look_with(config: &Config, services: &[String]) -> Vec<Finding> {
    judge(config, services, &ask(config, services).await)
}

/// Asks everything at once: a name server that does not answer costs its time once.
async fn ask(config: &Config, services: &[String]) -> Said {
    let domain = config.domain.as_str();
    let names = services.iter().map(String::as_str).chain([domain]);
    let Ok(resolver) = resolver_of(&config.federation) else {
        let known = join_all(names.map(async |name| {
            let found = timeout(PATIENCE, tokio::net::lookup_host((name, 0))).await.ok()?;
            found.ok()?.next().map(|_| name.to_owned())
        }));
        return Said { known: known.await.into_iter().flatten().collect(), ..Said::default() };
    };
    let known = join_all(names.map(async |name| {
        let found = timeout(PATIENCE, resolver.lookup_ip(format!("{name}."))).await.ok()?;
        found.ok()?.iter().next().map(|_| name.to_owned())
    }));
    let of_domain = FOR_CLIENTS.iter().chain(&FOR_SERVERS).map(|service| (*service, domain));
    let of_services = services.iter().map(|name| (FOR_SERVERS[0], name.as_str()));
    let records = join_all(of_domain.chain(of_services).map(async |(service, name)| {
        let name = format!("{service}.{name}");
        let found = timeout(PATIENCE, resolver.srv_lookup(format!("{name}."))).await.ok()?.ok()?;
        let srv = found.answers().iter().filter_map(|record| match &record.data {
            RData::SRV(srv) => Some(Srv { port: srv.port, is_none: srv.target.is_root() }),
            _ => None,
        });
        Some((name, srv.collect()))
    }));
    let signers = timeout(PATIENCE, signers(&resolver, domain));
    let (known, records, signers) = tokio::join!(known, records, signers);
    Said {
        known: known.into_iter().flatten().collect(),
        services: Some(records.into_iter().flatten().collect()),
        signers: signers.ok().flatten(),
    }
}

/// RFC 8659 §3: the nearest name upwards that has records counts.
async fn signers(resolver: &TokioResolver, domain: &str) -> Option<Vec<String>> {
    let mut rest = Some(domain);
    while let Some(name) = rest.filter(|name| !name.is_empty()) {
        match resolver.lookup(format!("{name}."), RecordType::CAA).await {
            Ok(found) => {
                let issuers = found.answers().iter().filter_map(|record| match &record.data {
                    RData::CAA(caa) if caa.tag.eq_ignore_ascii_case("issue") => issuer(&caa.value),
                    _ => None,
                });
                let issuers: Vec<String> = issuers.collect();
                if !issuers.is_empty() {
                    return Some(issuers);
                }
            }
            Err(error) if error.is_no_records_found() => {}
            Err(_) => return None,
        }
        rest = name.split_once('.').map(|(_, above)| above);
    }
    Some(Vec::new())
}

/// RFC 8659 §4.2: the name before the parameters; none at all stands for nobody.
fn issuer(value: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(value).ok()?.split(';').next()?.trim();
    Some(if name.is_empty() { "niemand".to_owned() } else { name.to_ascii_lowercase() })
}

fn judge(config: &Config, services: &[String], said: &Said) -> Vec<Finding> {
    let mut found = vec![addresses(config, services, said)];
    let Some(records) = &said.services else {
        let sentence = "der Namensdienst dieses Rechners ist nicht zu benutzen";
        found.push(Finding::new("SRV", State::Odd, sentence));
        return found;
    };
    found.push(for_clients(config, records));
    if config.federation.is_open() {
        found.push(for_servers(config, records));
    }
    found.extend(said.signers.as_deref().map(|signers| caa(config, signers)));
    found
}

fn addresses(config: &Config, services: &[String], said: &Said) -> Finding {
    const WHAT: &str = "DNS";
    let domain = &config.domain;
    if !said.known.contains(domain) {
        let sentence = format!("{domain} hat keine Adresse: A- oder AAAA-Eintrag anlegen");
        return Finding::new(WHAT, State::Unwell, sentence);
    }
    // Services need no names of their own for our members: only other servers ask DNS for them.
    if !config.federation.is_open() {
        return Finding::new(WHAT, State::Well, "die Domäne hat eine Adresse");
    }
    let has_record = |name: &str| {
        let records = said.services.as_ref();
        records.is_some_and(|all| all.contains_key(&format!("{}.{name}", FOR_SERVERS[0])))
    };
    let missing = services.iter().filter(|name| !said.known.contains(*name) && !has_record(name));
    let missing: Vec<&str> = missing.map(String::as_str).collect();
    if missing.is_empty() {
        return Finding::new(WHAT, State::Well, "Domäne und Dienste haben Adressen");
    }
    Finding::new(
        WHAT,
        State::Odd,
        format!(
            "ohne Adresse: {}; andere Server erreichen diese Dienste nicht",
            missing.join(", ")
        ),
    )
}

fn for_clients(config: &Config, records: &BTreeMap<String, Vec<Srv>>) -> Finding {
    const WHAT: &str = "SRV";
    let missing = FOR_CLIENTS
        .into_iter()
        .zip([&config.xmpp, &config.xmpps])
        .filter(|(_, listen)| !listen.addresses().is_empty())
        .map(|(service, _)| service)
        .filter(|service| {
            records.get(&format!("{service}.{}", config.domain)).is_none_or(Vec::is_empty)
        });
    let missing: Vec<&str> = missing.collect();
    if missing.is_empty() {
        Finding::new(WHAT, State::Well, "Programme finden alle Türen")
    } else {
        let sentence = format!("fehlt: {} (siehe Handbuch, Installieren)", missing.join(", "));
        Finding::new(WHAT, State::Odd, sentence)
    }
}

/// Whether other servers are sent where we listen. Without records they try the name alone, at 5269 (RFC 6120 §3.2.2).
fn for_servers(config: &Config, records: &BTreeMap<String, Vec<Srv>>) -> Finding {
    const WHAT: &str = "SRV (Server)";
    let federation = &config.federation;
    let listens = |listen: &Listen, port| {
        listen.addresses().iter().any(|address| [port, 0].contains(&address.port()))
    };
    let mut troubles = Vec::new();
    let kinds = FOR_SERVERS.into_iter().zip([&federation.listen, &federation.listen_tls]);
    for (service, listen) in kinds {
        let srv =
            records.get(&format!("{service}.{}", config.domain)).map_or(&[][..], Vec::as_slice);
        if srv.iter().any(|srv| srv.is_none) && !listen.addresses().is_empty() {
            let sentence =
                format!("{service} sagt, dass es hier keinen Server gibt: Eintrag ändern");
            return Finding::new(WHAT, State::Unwell, sentence);
        }
        match srv.iter().find(|srv| !srv.is_none && !listens(listen, srv.port)) {
            Some(srv) => {
                troubles.push(format!("{service} führt zu Port {}, wo niemand lauscht", srv.port));
            }
            None if srv.is_empty() && !listen.addresses().is_empty() => {
                troubles.push(format!("fehlt: {service}"));
            }
            None => {}
        }
    }
    if troubles.is_empty() {
        Finding::new(WHAT, State::Well, "andere Server finden hierher")
    } else {
        troubles.push("siehe Handbuch, Mit anderen Servern verbinden".to_owned());
        Finding::new(WHAT, State::Odd, troubles.join("; "))
    }
}

fn caa(config: &Config, signers: &[String]) -> Finding {
    const WHAT: &str = "CAA";
    if signers.is_empty() {
        let sentence = "kein Eintrag: Jede Zertifizierungsstelle darf für diese Domäne unterschreiben; einen CAA-Eintrag anlegen";
        return Finding::new(WHAT, State::Odd, sentence);
    }
    let named = signers.join(", ");
    let directory = config.acme.directory.split('/').nth(2).unwrap_or_default();
    // Authorities are named by a domain of theirs: `letsencrypt.org` for `acme-v02.api.letsencrypt.org`.
    let fits = |signer: &String| {
        directory
            .strip_suffix(signer.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if config.acme.accept_terms && !signers.iter().any(fits) {
        let sentence = format!("unterschreiben darf nur {named}, und {directory} ist nicht dabei");
        return Finding::new(WHAT, State::Odd, sentence);
    }
    Finding::new(WHAT, State::Well, format!("unterschreiben darf nur {named}"))
}
