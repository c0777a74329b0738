//! Whether a certificate speaks for a domain (RFC 6120 §13.7.1.2, RFC 6125 §6, XEP-0178 §2): names only; whether it is
//! signed by somebody we trust is the business of whoever speaks TLS. The common name is not looked at.

use super::domain;

/// A name in a certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CertName {
    /// A DNS name, perhaps with `*` as its first label.
    Dns(String),
    /// A service at a DNS name, as it is written: `_xmpp-server.example.org` (RFC 4985).
    Srv(String),
    /// An XMPP address (RFC 6120 §13.7.1.4).
    Xmpp(String),
}

/// What TLS knows of the other server.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Credentials {
    /// The certificate is in date and signed by an authority we trust.
    pub is_trusted: bool,
    /// What it says.
    pub names: Vec<CertName>,
}

impl Credentials {
    /// Whether they prove that the other server speaks for this domain.
    pub fn prove(&self, domain: &str) -> bool {
        self.is_trusted && self.names.iter().any(|name| name.fits(domain))
    }
}

impl CertName {
    /// Whether it stands for this domain (normalised, with letters of all scripts).
    pub fn fits(&self, wanted: &str) -> bool {
        match self {
            Self::Dns(name) => fits_dns(name, wanted),
            // RFC 6125 §6.5.1: the service must be ours; a wildcard is not allowed in this kind of name.
            Self::Srv(name) => name
                .strip_prefix("_xmpp-server.")
                .is_some_and(|name| !name.starts_with('*') && fits_dns(name, wanted)),
            Self::Xmpp(address) => domain(address).is_some_and(|address| address == wanted),
        }
    }
}

/// RFC 6125 §6.4: label by label, without regard to case; `*` stands for exactly one whole label, the first.
fn fits_dns(name: &str, wanted: &str) -> bool {
    if let Some(parent) = name.strip_prefix("*.") {
        // At least two labels must be left: `*.org` would stand for all of them.
        return wanted.split_once('.').is_some_and(|(label, rest)| {
            !label.is_empty() && parent.contains('.') && is_same(parent, rest)
        });
    }
    !name.contains('*') && is_same(name, wanted)
}

/// Certificates write names in ASCII (RFC 5890 §2.3.2.1), addresses in the letters of people: both become the latter.
fn is_same(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted) || domain(name).is_some_and(|name| name == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dns(name: &str) -> CertName {
        CertName::Dns(name.to_owned())
    }

    #[test]
    fn names_fit_as_rfc_6125_says() {
        for (name, wanted, fits) in [
            ("montague.example", "montague.example", true),
            ("MONTAGUE.example", "montague.example", true),
            ("montague.example", "capulet.example", false),
            ("montague.example", "rooms.montague.example", false),
            ("*.montague.example", "rooms.montague.example", true),
            ("*.montague.example", "montague.example", false),
            ("*.montague.example", "a.b.montague.example", false),
            ("*.example", "montague.example", false),
            ("r*.montague.example", "rooms.montague.example", false),
            ("*", "montague.example", false),
            ("", "montague.example", false),
        ] {
            assert_eq!(dns(name).fits(wanted), fits, "{name} for {wanted}");
        }
    }

    #[test]
    fn other_kinds_of_names_fit() {
        let srv = |name: &str| CertName::Srv(name.to_owned());
        assert!(srv("_xmpp-server.montague.example").fits("montague.example"));
        assert!(!srv("_xmpp-client.montague.example").fits("montague.example"));
        assert!(!srv("_xmpp-server.*.montague.example").fits("rooms.montague.example"));
        assert!(CertName::Xmpp("montague.example".to_owned()).fits("montague.example"));
        assert!(!CertName::Xmpp("romeo@montague.example".to_owned()).fits("montague.example"));
    }

    #[test]
    fn a_name_without_trust_proves_nothing() {
        let names = vec![dns("montague.example")];
        assert!(!Credentials { is_trusted: false, names: names.clone() }.prove("montague.example"));
        assert!(Credentials { is_trusted: true, names }.prove("montague.example"));
        assert!(!Credentials { is_trusted: true, names: Vec::new() }.prove("montague.example"));
    }
}
