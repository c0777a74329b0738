//! What stands beside this server (XEP-0215): relays for calls, with a name and password that end by themselves.
//!
//! * The name is a time and a pseudonym, the password their HMAC under the secret that the relay shares with us (the scheme
//!   that coturn calls the TURN REST interface): nothing is stored here, and the relay learns no address.
//! * The list is the settings' and changes with a restart only, so there is nothing to push (XEP-0215 §3.2).

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use konvent_core::config::Relay;
use konvent_core::{About, AccountId, Answer, Kind, Millis, Refusal};
use konvent_people::accounts::ServerKey;
use konvent_wire::xml::{Build, el};
use konvent_wire::{ChildRef, Element, Stanza};
use sha1::Sha1;

use crate::ns;

/// The visiting card of the services beside us.
pub const ABOUT: About = About {
    name: "relays",
    sentence: "Relays for calls, with passwords that end by themselves.",
    speaks: &["XEP-0215"],
    leaves_out: &[(
        "XEP-0215 §3.2",
        "pushes of changes: the list changes with a restart, after which clients ask again",
    )],
    announces: &[ns::EXTERNAL_SERVICES],
    migrations: &[],
    keeps: None,
};

/// There is no such service.
pub const UNKNOWN: Refusal = Refusal::new(Kind::NotFound, "relays.unknown");

/// Who asks, and when: what a password is made of.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Whose call it will be.
    pub account: AccountId,
    /// The house's key, from which the pseudonym is derived.
    pub key: &'a ServerKey,
    /// The time.
    pub now: Millis,
}

/// Answers a question about services; `None`: it asks something else.
///
/// # Errors
/// [`UNKNOWN`] when credentials for an unknown service are asked for (XEP-0215 §3.3).
pub fn answer(iq: &Stanza, outside: &[Relay], asker: Asker<'_>) -> Answer<Option<Stanza>> {
    if !iq.is_kind("get") {
        return Ok(None);
    }
    if let Some(query) = iq.child("services", ns::EXTERNAL_SERVICES) {
        // XEP-0215 §3.2: of one type, if one is named, which the answer repeats.
        let kind = query.attr("type");
        let wanted =
            outside.iter().filter(|one| kind.as_deref().is_none_or(|kind| kind == one.kind));
        let list = el("services", ns::EXTERNAL_SERVICES).maybe("type", kind.as_deref());
        let list = list.children(wanted.map(|one| service(one, asker)));
        return Ok(Some(iq.result(Some(&list.build()))));
    }
    let Some(query) = iq.child("credentials", ns::EXTERNAL_SERVICES).and_then(ChildRef::element)
    else {
        return Ok(None);
    };
    let named = query.get_child("service", ns::EXTERNAL_SERVICES).ok_or(UNKNOWN)?;
    // XEP-0215 §3.3: host and type name it, the port only if it is said.
    let mut found = outside.iter().filter(|one| fits(one, named)).peekable();
    if found.peek().is_none() {
        return Err(UNKNOWN);
    }
    let list = el("credentials", ns::EXTERNAL_SERVICES);
    let list = list.children(found.map(|one| service(one, asker)));
    Ok(Some(iq.result(Some(&list.build()))))
}

fn fits(one: &Relay, named: &Element) -> bool {
    let port = named.attr("port");
    named.attr("host") == Some(one.host.as_str())
        && named.attr("type") == Some(one.kind.as_str())
        && port.is_none_or(|port| one.port.is_some_and(|own| own.to_string() == port))
}

fn service(one: &Relay, asker: Asker<'_>) -> Build {
    let described = el("service", ns::EXTERNAL_SERVICES)
        .attr("type", &one.kind)
        .attr("host", &one.host)
        .maybe("port", one.port)
        .maybe("transport", one.transport.as_deref());
    let Some(secret) = &one.secret else { return described };
    let expires = asker.now.plus_secs(one.valid_secs);
    let name = format!("{}:{}", expires.0 / 1000, pseudonym(asker));
    described
        .attr("restricted", "true")
        .attr("expires", expires.to_xep_0082())
        .attr("password", password(secret, &name))
        .attr("username", name)
}

/// The same for all calls of one member, so that the relay can bound them, and meaningless to whoever runs it.
fn pseudonym(asker: Asker<'_>) -> String {
    let mac = asker.key.mac("relays.caller", &[&asker.account.0.to_be_bytes()]);
    let six_bytes = mac.iter().take(6).fold(0, |number, byte| (number << 8) | u64::from(*byte));
    format!("{six_bytes:012x}")
}

fn password(secret: &str, name: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(name.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
