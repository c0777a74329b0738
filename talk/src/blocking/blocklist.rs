//! A list of blocked addresses, and which addresses it covers (XEP-0191 §6).

use serde::{Deserialize, Serialize};

use konvent_wire::Jid;

/// What one account has blocked. Empty for nearly everybody, and then it costs nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocklist {
    /// Normalised addresses, sorted.
    items: Box<[String]>,
}

impl Blocklist {
    /// From normalised addresses.
    pub fn new(mut items: Vec<String>) -> Self {
        items.sort_unstable();
        Self { items: items.into() }
    }

    /// The addresses as they were blocked.
    pub fn items(&self) -> &[String] {
        &self.items
    }

    /// Whether nobody is blocked.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether stanzas from this address do not arrive, and none goes to it.
    pub fn covers(&self, address: &Jid) -> bool {
        !self.items.is_empty()
            && candidates(address).iter().any(|candidate| {
                self.items.binary_search_by(|item| item.as_str().cmp(candidate)).is_ok()
            })
    }
}

/// The entries that would block this address, the narrowest first: the device, the account, a resource of the server, the
/// server, and each server above it by name (XEP-0191 §6: “or address containing a subdomain”).
pub(super) fn candidates(address: &Jid) -> Vec<String> {
    let domain = address.domain().as_str();
    let mut found = vec![address.as_str().to_owned()];
    if address.node().is_some() {
        if address.is_full() {
            found.push(address.to_bare().into_inner());
        }
        if let Some(resource) = address.resource() {
            found.push(format!("{domain}/{resource}"));
        }
    }
    let mut rest = Some(domain);
    while let Some(name) = rest {
        if found.last().is_none_or(|last| last != name) {
            found.push(name.to_owned());
        }
        rest = name.split_once('.').map(|(_, above)| above);
    }
    found
}
