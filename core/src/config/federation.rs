//! Other servers (`[federation]`) and programs that speak as hosts of ours (`[components]`).
//!
//! Closed unless the organisation decides otherwise (docs/decisions/0011-federation-is-a-decision.md).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::Listen;

/// With whom the members of this installation may talk beyond it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a decision of the organisation")]
pub struct Federation {
    /// Which other servers are connected with this one.
    pub with: With,
    /// The domains of `with = "listed"`; `*.verband.example` stands for everything below that name.
    pub listed: Vec<String>,
    /// Domains that are never connected, also with `with = "everybody"`: where nothing but unwanted mail comes from.
    pub blocked: Vec<String>,
    /// Where other servers come to us (STARTTLS): one address or several.
    pub listen: Listen,
    /// The same with TLS from the first byte (XEP-0368).
    pub listen_tls: Listen,
    /// Take servers without a valid certificate when they prove their domain by a key (XEP-0220), and visit such servers.
    /// Weaker than a certificate: whoever can forge answers of the DNS can pretend to be such a server.
    pub dialback: bool,
    /// Certificates (PEM) of authorities that are trusted besides those of the system: an association's own.
    pub roots: Option<PathBuf>,
    /// Trust the system's authorities. Without this only those of `roots` count: for a network that is closed in itself.
    pub system_roots: bool,
    /// Whether members hear from people elsewhere to whom they have never turned. If not, the first word is theirs: no message,
    /// no request and no presence of others reaches them, unless with an invitation of the member's.
    pub strangers: bool,
    /// How long a message to a server that cannot be reached waits before it is given back to its sender, in seconds.
    pub patience_secs: u32,
    /// Stanzas a second that one domain may send us for long: one server cannot keep the whole house busy.
    pub stanzas_per_sec: u32,
    /// Let the DNS send us to addresses of private networks. Without this a foreign domain could make the server knock at
    /// machines inside; servers of one's own network belong into `addresses` instead.
    pub private_addresses: bool,
    /// Where certain domains are, without asking the DNS: `"partner.example" = "10.1.2.3:5269"`; with `tls:` in front, TLS
    /// from the first byte. `*.partner.example` stands for everything below that name.
    pub addresses: BTreeMap<String, String>,
    /// Name servers that are asked where other domains are, instead of those of the system: for a network that has its own,
    /// `["10.1.2.3:53"]`.
    pub name_servers: Vec<SocketAddr>,
}

/// Which other servers are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum With {
    /// None.
    Nobody,
    /// Those that are listed.
    Listed,
    /// All that are not blocked.
    Everybody,
}

/// A program that speaks as a host of ours (XEP-0114).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// What it and we know: anybody who has it can speak as that host.
    pub secret: String,
}

/// The programs that speak as hosts of ours, and where they come in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Components {
    /// Where they come in. Without TLS, so loopback addresses only.
    pub listen: Listen,
    /// Their names, such as `"bot.partei.example"`.
    pub hosts: BTreeMap<String, Component>,
}

impl Default for Components {
    fn default() -> Self {
        Self { listen: super::defaults::components(), hosts: BTreeMap::new() }
    }
}

impl Default for Federation {
    fn default() -> Self {
        Self {
            with: With::Nobody,
            listed: Vec::new(),
            blocked: Vec::new(),
            listen: super::defaults::servers(),
            listen_tls: super::defaults::servers_tls(),
            dialback: false,
            roots: None,
            system_roots: true,
            strangers: true,
            patience_secs: 3_600,
            stanzas_per_sec: 100,
            private_addresses: false,
            addresses: BTreeMap::new(),
            name_servers: Vec::new(),
        }
    }
}

impl Federation {
    /// Whether any other server can be connected.
    pub fn is_open(&self) -> bool {
        self.with != With::Nobody
    }

    /// Whether a domain may be connected with us. `domain` is normalised, as it stands in addresses.
    pub fn is_welcome(&self, domain: &str) -> bool {
        let is_in = |list: &[String]| list.iter().any(|known| names(known, domain));
        let is_wanted = match self.with {
            With::Nobody => false,
            With::Listed => is_in(&self.listed),
            With::Everybody => true,
        };
        is_wanted && !is_in(&self.blocked)
    }

    /// Where a domain is, if the settings say so.
    pub fn address_of(&self, domain: &str) -> Option<&str> {
        let exact = self.addresses.get(domain);
        let below = || self.addresses.iter().find(|(known, _)| names(known, domain));
        exact.or_else(|| below().map(|(_, address)| address)).map(String::as_str)
    }
}

/// Whether a name in the settings stands for this domain. A listed domain includes what lies below it only if it says so.
fn names(known: &str, domain: &str) -> bool {
    match known.strip_prefix("*.") {
        Some(parent) => {
            domain.strip_suffix(parent).is_some_and(|label| label.len() > 1 && label.ends_with('.'))
        }
        None => known == domain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(text: &str) -> Federation {
        let text = format!("domain = 'partei.example'\nadmin = '1'\n[federation]\n{text}");
        Config::parse(&text).unwrap().federation
    }

    #[test]
    fn without_a_decision_nobody_is_connected() {
        let closed = Federation::default();
        assert!(!closed.is_open() && !closed.is_welcome("verband.example"));
    }

    #[test]
    fn lists_name_domains_and_what_lies_below_them() {
        let some = read(
            "with = 'listed'\nlisted = ['a.example', '*.b.example']\nblocked = ['bad.b.example']",
        );
        for (domain, is_welcome) in [
            ("a.example", true),
            ("x.a.example", false),
            ("b.example", false),
            ("x.b.example", true),
            ("y.x.b.example", true),
            ("bad.b.example", false),
            ("notb.example", false),
            ("c.example", false),
        ] {
            assert_eq!(some.is_welcome(domain), is_welcome, "{domain}");
        }
        assert!(read("with = 'everybody'").is_welcome("c.example"));
    }

    #[test]
    fn addresses_are_found_for_a_domain_and_below_it() {
        let some = read(
            "[federation.addresses]\n'a.example' = '10.0.0.1:5269'\n'*.a.example' = 'tls:10.0.0.2:5270'",
        );
        assert_eq!(some.address_of("a.example"), Some("10.0.0.1:5269"));
        assert_eq!(some.address_of("rooms.a.example"), Some("tls:10.0.0.2:5270"));
        assert_eq!(some.address_of("b.example"), None);
    }
}
