//! The list of programs and the wish to take one away, as XEP-0494 writes them.

use konvent_core::Answer;
use konvent_wire::xml::el;
use konvent_wire::{ChildRef, Element, Stanza};

use super::{Access, Client};
use crate::ns;

/// What a member's client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The list (XEP-0494 §3.1).
    List,
    /// An end of this access (XEP-0494 §3.2).
    Revoke(Access),
}

/// What an iq of this feature wants; `None` when it is another's.
///
/// # Errors
/// `accounts.unknown`: no id of ours.
pub fn wish(iq: &Stanza) -> Answer<Option<Wish>> {
    if iq.is_kind("get") && iq.has("list", ns::CLIENTS) {
        return Ok(Some(Wish::List));
    }
    let asked = iq.child("revoke", ns::CLIENTS).filter(|_| iq.is_kind("set"));
    let Some(revoke) = asked.and_then(ChildRef::element) else { return Ok(None) };
    let access = revoke.attr("id").and_then(Access::parse);
    access.map(|access| Some(Wish::Revoke(access))).ok_or(konvent_people::accounts::UNKNOWN)
}

/// The answer: all programs, and which of them are connected (sessions that may be resumed count, XEP-0494 §3.1).
pub fn list(iq: &Stanza, clients: &[Client], connected: &[Access]) -> Stanza {
    let each = clients.iter().map(|client| element(client, connected.contains(&client.access)));
    iq.result(Some(&el("clients", ns::CLIENTS).children(each).build()))
}

fn element(client: &Client, is_connected: bool) -> Element {
    let part = |name: &str| el(name, ns::CLIENTS);
    let auth = match client.access {
        Access::Device(_) => "fast",
        Access::Password(_) => "password",
    };
    // Making app passwords and taking one's data along is for browsers, where somebody has typed a code from a letter.
    let status = if client.may_manage { "unrestricted" } else { "normal" };
    let kind = if client.last_seen.is_some() { "session" } else { "access" };
    let mut told = part("client")
        .attr("connected", if is_connected { "true" } else { "false" })
        .attr("id", client.access.id())
        .attr("type", kind)
        .child(part("first-seen").text(client.first_seen.to_xep_0082()));
    if let Some(seen) = client.last_seen {
        told = told.child(part("last-seen").text(seen.to_xep_0082()));
    }
    told = told.child(part("auth").child(part(auth)));
    told = told.child(part("permission").attr("status", status));
    if !client.name.is_empty() {
        let name = part("device").text(client.name.as_str());
        told = told.child(part("user-agent").child(name));
    }
    told.build()
}
