//! Where the server of a domain is (RFC 6120 §3.2, XEP-0368 §3): by the settings, by SRV records, by its name alone.
//! Left out: host-meta (XEP-0156), which names doors for clients only.

#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData};
use konvent_core::Random;
use konvent_core::config::Federation;

/// The port of servers that say nothing of ports (RFC 6120 §3.2.2).
const PORT: u16 = 5269;

/// Addresses tried for one domain: a domain with a hundred records must not keep us busy.
const TARGETS_MAX: usize = 8;

/// One address to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) address: SocketAddr,
    /// TLS from the first byte.
    pub(super) is_direct_tls: bool,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nowhere {
    /// There is no such server (RFC 6120 §8.3.3.16).
    Never,
    /// It could not be found out; later, perhaps.
    Now,
}

/// A service record, before its name is looked up.
#[derive(Debug, Clone)]
struct Service {
    priority: u16,
    weight: u16,
    host: Name,
    port: u16,
    is_direct_tls: bool,
}

/// Looks a domain up. The resolver is made at the first question.
pub(super) async fn resolve(
    federation: &Federation,
    resolver: &tokio::sync::OnceCell<TokioResolver>,
    random: &Random,
    domain: &str,
) -> Result<Vec<Target>, Nowhere> {
    if let Some(written) = federation.address_of(domain) {
        let (written, is_direct_tls) = match written.strip_prefix("tls:") {
            Some(rest) => (rest, true),
            None => (written, false),
        };
        if let Ok(address) = written.parse() {
            return Ok(vec![Target { address, is_direct_tls }]);
        }
        let found = tokio::net::lookup_host(written).await.map_err(|_| Nowhere::Now)?;
        return Ok(found.map(|address| Target { address, is_direct_tls }).collect());
    }
    if let Ok(ip) = domain.trim_matches(['[', ']']).parse::<IpAddr>() {
        let address = SocketAddr::new(ip, PORT);
        return allowed(federation, vec![Target { address, is_direct_tls: false }]);
    }
    let make = async || resolver_of(federation);
    let resolver = resolver.get_or_try_init(make).await.map_err(|error| {
        tracing::error!(target: "federation", %error, "the system's resolver cannot be used");
        Nowhere::Now
    })?;
    let services = services(resolver, domain).await?;
    if services.is_empty() {
        let name = fqdn(domain).ok_or(Nowhere::Never)?;
        return allowed(federation, addresses(resolver, name, PORT, false).await?);
    }
    let mut targets = Vec::new();
    let mut worst = Nowhere::Never;
    for service in ordered(services, |bound| random.below(bound)) {
        let Service { host, port, is_direct_tls, .. } = service;
        match addresses(resolver, host, port, is_direct_tls).await {
            Ok(found) => targets.extend(found),
            Err(why) => worst = if why == Nowhere::Now { why } else { worst },
        }
        if targets.len() >= TARGETS_MAX {
            break;
        }
    }
    if targets.is_empty() {
        return Err(worst);
    }
    allowed(federation, targets)
}

/// Asks the name servers of the settings, or those of the system.
pub(crate) fn resolver_of(federation: &Federation) -> Result<TokioResolver, NetError> {
    if federation.name_servers.is_empty() {
        return TokioResolver::builder_tokio()?.build();
    }
    let server = |at: &SocketAddr| {
        let mut ways = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
        for way in &mut ways {
            way.port = at.port();
        }
        NameServerConfig::new(at.ip(), true, ways)
    };
    let servers = federation.name_servers.iter().map(server).collect();
    let config = ResolverConfig::from_name_servers(servers);
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build()
}

/// Both kinds of service records of a domain. A `.` as the only target says that there is none (RFC 6120 §3.2.1, RFC 2782).
/// Only without any record its name alone is tried (§3.2.2).
async fn services(resolver: &TokioResolver, domain: &str) -> Result<Vec<Service>, Nowhere> {
    let mut all = Vec::new();
    let mut is_declined = false;
    for (service, is_direct_tls) in [("_xmpps-server", true), ("_xmpp-server", false)] {
        let name = fqdn(&format!("{service}._tcp.{domain}")).ok_or(Nowhere::Never)?;
        match resolver.srv_lookup(name).await {
            Ok(found) => {
                for record in found.answers() {
                    let RData::SRV(srv) = &record.data else { continue };
                    if srv.target.is_root() {
                        is_declined |= !is_direct_tls;
                        continue;
                    }
                    all.push(Service {
                        priority: srv.priority,
                        weight: srv.weight,
                        host: srv.target.clone(),
                        port: srv.port,
                        is_direct_tls,
                    });
                }
            }
            Err(error) if error.is_no_records_found() => {}
            // Only the record that everybody has decides: some name servers never answer for the other one.
            Err(_) if is_direct_tls => {}
            Err(error) => return Err(now(&error)),
        }
    }
    if all.is_empty() && is_declined { Err(Nowhere::Never) } else { Ok(all) }
}

async fn addresses(
    resolver: &TokioResolver,
    host: Name,
    port: u16,
    is_direct_tls: bool,
) -> Result<Vec<Target>, Nowhere> {
    match resolver.lookup_ip(host).await {
        Ok(found) => Ok(found
            .iter()
            .map(|ip| Target { address: SocketAddr::new(ip, port), is_direct_tls })
            .collect()),
        Err(error) if error.is_no_records_found() => Err(Nowhere::Never),
        Err(error) => Err(now(&error)),
    }
}

fn now(error: &NetError) -> Nowhere {
    tracing::debug!(target: "federation", %error, "the DNS gave no answer");
    Nowhere::Now
}

/// A whole name, in the letters of the DNS.
fn fqdn(domain: &str) -> Option<Name> {
    let mut name = Name::from_utf8(domain).ok()?;
    name.set_fqdn(true);
    Some(name)
}

/// By priority, and among equals by chance in proportion to their weight (RFC 2782; XEP-0368 §3 makes one list of both
/// kinds).
fn ordered(mut left: Vec<Service>, below: impl Fn(u64) -> u64) -> Vec<Service> {
    let mut ordered = Vec::with_capacity(left.len());
    left.sort_by_key(|service| (service.priority, service.weight));
    while let Some(priority) = left.first().map(|service| service.priority) {
        let peers = left.iter().take_while(|service| service.priority == priority);
        let sum: u64 = peers.clone().map(|service| u64::from(service.weight)).sum();
        let drawn = below(sum + 1);
        let mut running = 0;
        let place = peers.map(|service| u64::from(service.weight)).position(|weight| {
            running += weight;
            running >= drawn
        });
        ordered.push(left.remove(place.unwrap_or(0)));
    }
    ordered
}

/// Without those that the DNS of others must not send us to.
fn allowed(federation: &Federation, mut targets: Vec<Target>) -> Result<Vec<Target>, Nowhere> {
    targets.retain(|target| federation.private_addresses || is_public(target.address.ip()));
    targets.truncate(TARGETS_MAX);
    if targets.is_empty() { Err(Nowhere::Never) } else { Ok(targets) }
}

/// Whether an address belongs to everybody's network: not to this machine, its neighbours or nobody (the registries of special
/// addresses, RFC 6890).
pub(in crate::net) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_documentation()
                || a == 0
                || a >= 240 // kept for later, and broadcast
                || (a == 100 && (64..128).contains(&b)) // RFC 6598: behind a provider's own translation
                || (a == 192 && b == 0 && c == 0) // of protocols themselves
                || (a == 192 && b == 88 && c == 99) // of relays that are no more
                || (a == 198 && (b == 18 || b == 19))) // for measuring
        }
        IpAddr::V6(v6) => match (v6.to_ipv4_mapped(), v6.segments()) {
            (Some(v4), _) => is_public(IpAddr::V4(v4)),
            // RFC 6052 §2.1: translated to an address of the old network (that is for one prefix; the one beside it is for a
            // provider's own use). RFC 3056: packed into one.
            (None, [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..]) => {
                is_public(v4_of(high, low))
            }
            (None, [0x2001, second, ..]) => second >= 0x200 && second != 0xdb8, // of protocols, for documents
            (None, [0x3fff, second, ..]) => second >= 0x1000,                   // for documents
            // Of the rest only this eighth is given to anybody.
            (None, [first, ..]) => first & 0xe000 == 0x2000,
        },
    }
}

fn v4_of(high: u16, low: u16) -> IpAddr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    IpAddr::from([a, b, c, d])
}
