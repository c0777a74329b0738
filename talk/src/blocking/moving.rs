//! Block lists that move in and out (XEP-0227 §4.7): as the list of denied addresses that older servers know.

use konvent_core::{AccountId, Answer, Reader, Tx};
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid};

use super::stanzas::BLOCKING;
use super::{BLOCKED_MAX, TOO_MANY, may_be_blocked, store};
use crate::Domain;
use crate::moved::Taken;

/// Privacy lists, the older way, in which other servers write down whom a member blocks.
const PRIVACY: &str = "jabber:iq:privacy";

/// The list of an account as an element; nothing when nobody is blocked.
pub fn give_out(reader: &mut Reader<'_>, account: AccountId) -> Answer<Option<Element>> {
    let blocked = store::items(reader, account)?;
    if blocked.is_empty() {
        return Ok(None);
    }
    let item = |(order, jid): (usize, &String)| {
        let item = el("item", PRIVACY).attr("type", "jid").attr("value", jid);
        item.attr("action", "deny").attr("order", order)
    };
    let list =
        el("list", PRIVACY).attr("name", "blocked").children(blocked.iter().enumerate().map(item));
    let default = el("default", PRIVACY).attr("name", "blocked");
    Ok(Some(el("query", PRIVACY).child(default).child(list).build()))
}

/// The addresses that a list blocks altogether: of privacy lists the one that is in force, or a block list (XEP-0191 §3).
/// `None` when the element is neither.
pub fn addresses(element: &Element) -> Option<Vec<String>> {
    let of = |item: &Element, name: &str| item.attr(name).map(str::to_owned);
    if element.is("blocklist", BLOCKING) {
        return Some(element.children().filter_map(|item| of(item, "jid")).collect());
    }
    if !element.is("query", PRIVACY) {
        return None;
    }
    let default = element.get_child("default", PRIVACY).and_then(|it| it.attr("name"));
    let lists = element.children().filter(|list| list.is("list", PRIVACY));
    let in_force = lists.filter(|list| default.is_some() && list.attr("name") == default);
    let is_whole = |item: &&Element| {
        item.attr("type") == Some("jid")
            && item.attr("action") == Some("deny")
            && item.children().next().is_none() // with children only some kinds of stanzas are denied
    };
    Some(
        in_force
            .flat_map(Element::children)
            .filter(is_whole)
            .filter_map(|item| of(item, "value"))
            .collect(),
    )
}

/// Blocks an address that was blocked elsewhere. What reaches everybody here ([`may_be_blocked`]) is not blocked.
///
/// # Errors
/// [`TOO_MANY`].
pub fn take_in(
    tx: &mut Tx<'_>,
    domain: &Domain,
    account: AccountId,
    address: &str,
) -> Answer<Taken> {
    let Ok(address) = Jid::new(address) else { return Ok(Taken::Not) };
    if !may_be_blocked(domain, &address) {
        return Ok(Taken::Not);
    }
    if store::items(tx, account)?.iter().any(|known| known == address.as_str()) {
        return Ok(Taken::Again);
    }
    if store::count(tx, account)? >= BLOCKED_MAX {
        return Err(TOO_MANY);
    }
    store::block(tx, account, address.as_str())?;
    Ok(Taken::New)
}
