//! Contact lists that move in and out (XEP-0227 §4.3, §4.8).
//!
//! A row says what one side has agreed to. Between two who live here both rows must say the same, and either may come from a
//! file that is older than the other: [`settle`] leaves what both agree on.

use konvent_core::{AccountId, Answer, Reader, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use super::list::{is_ours, open_account};
use super::states::State;
use super::store::{self, Item};
use super::{
    BAD_REQUEST, CONTACTS_MAX, GROUPS_MAX, Member, NAME_BYTES_MAX, NOT_ACCEPTABLE,
    REQUEST_BYTES_MAX, REQUESTS_MAX, TOO_MANY,
};
use crate::moved::Taken;
use crate::{Domain, ns, roster};

/// Own contacts as items of a contact list, and the requests that wait. What the directory makes is not among them.
pub fn give_out(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<(Vec<Element>, Vec<Element>)> {
    let (mut listed, mut waiting) = (Vec::new(), Vec::new());
    for item in store::items(reader, account)? {
        if item.is_listed || item.is_approved {
            let groups = item.groups.iter().flatten();
            let contact = el("item", ns::ROSTER)
                .attr("jid", &item.address)
                .maybe("name", item.name.as_deref())
                .attr("subscription", item.state.subscription())
                .maybe("ask", item.state.asks.then_some("subscribe"))
                .maybe("approved", item.is_approved.then_some("true"))
                .children(groups.map(|group| el("group", ns::ROSTER).text(group)));
            listed.push(contact.build());
        }
        if item.state.is_asked {
            let request = el("presence", ns::CLIENT).attr("type", "subscribe");
            waiting.push(request.attr("from", &item.address).build());
        }
    }
    Ok((listed, waiting))
}

/// Takes a contact in, unless the member has the address already. Of contacts of the directory only name and groups are
/// taken: the rest is not the member's to bring.
///
/// # Errors
/// `contacts.bad-request`, `contacts.not-acceptable`, `contacts.too-many`.
pub fn take_in(
    tx: &mut Tx<'_>,
    domain: &Domain,
    member: &Member,
    contact: &Element,
) -> Answer<Taken> {
    let address = contact.attr("jid").and_then(|jid| Jid::new(jid).ok());
    let address = address.ok_or(BAD_REQUEST)?.to_bare();
    let subscription = contact.attr("subscription").unwrap_or("none");
    if address == member.address || subscription == "remove" {
        return Ok(Taken::Not);
    }
    if store::item(tx, member.account, &address)?.is_some_and(|item| item.is_listed) {
        return Ok(Taken::Again);
    }
    let name = contact.attr("name").filter(|name| !name.is_empty()).map(str::to_owned);
    let groups: Vec<String> = contact
        .children()
        .filter(|child| child.is("group", ns::ROSTER))
        .map(Element::text)
        .filter(|group| !group.is_empty())
        .collect();
    let is_long = |text: &String| text.len() > NAME_BYTES_MAX;
    if groups.len() > GROUPS_MAX || groups.iter().any(is_long) || name.iter().any(is_long) {
        return Err(NOT_ACCEPTABLE);
    }
    if store::counts(tx, member.account)?.0 >= CONTACTS_MAX {
        return Err(TOO_MANY);
    }
    let before = store::item(tx, member.account, &address)?;
    let is_asked = before.as_ref().is_some_and(|item| item.state.is_asked);
    let state = State {
        sees: matches!(subscription, "to" | "both"),
        is_seen: matches!(subscription, "from" | "both"),
        asks: contact.attr("ask") == Some("subscribe") && !matches!(subscription, "to" | "both"),
        is_asked: is_asked && !matches!(subscription, "from" | "both"),
    };
    let is_derived = is_of_directory(tx, domain, member, &address)?;
    let item = Item {
        is_listed: true,
        name,
        groups: (!groups.is_empty()).then_some(groups),
        state: if is_derived { State::NONE } else { state },
        is_approved: !is_derived && matches!(contact.attr("approved"), Some("true" | "1")),
        ..Item::new(address)
    };
    store::put(tx, member.account, &item)?;
    Ok(Taken::New)
}

/// Takes a request in that waited elsewhere (XEP-0227 §4.8). `None` when the element is none.
///
/// # Errors
/// `contacts.too-many`.
pub fn take_request(
    tx: &mut Tx<'_>,
    domain: &Domain,
    member: &Member,
    presence: &Element,
) -> Answer<Option<Taken>> {
    if presence.name() != "presence" || presence.attr("type") != Some("subscribe") {
        return Ok(None);
    }
    let from = presence.attr("from").and_then(|from| Jid::new(from).ok());
    let Some(from) = from.map(|from| from.to_bare()).filter(|from| *from != member.address) else {
        return Ok(Some(Taken::Not));
    };
    let before = store::item(tx, member.account, &from)?.unwrap_or_else(|| Item::new(from.clone()));
    if before.state.is_asked || before.state.is_seen || is_of_directory(tx, domain, member, &from)?
    {
        return Ok(Some(Taken::Again));
    }
    if store::counts(tx, member.account)?.1 >= REQUESTS_MAX {
        return Err(TOO_MANY);
    }
    let state = State { is_asked: true, ..before.state };
    store::put(tx, member.account, &Item { state, ..before })?;
    let plain = Stanza::presence("subscribe")
        .addressed(Some(from.clone().into()), Some(member.address.clone().into()));
    let whole = Stanza::from_element(presence)
        .map(|whole| whole.addressed(plain.from.clone(), plain.to.clone()))
        .filter(|whole| whole.to_bytes().len() <= REQUEST_BYTES_MAX);
    let kept = whole.unwrap_or(plain).to_bytes();
    store::keep_request(tx, member.account, &from, &kept)?;
    Ok(Some(Taken::New))
}

/// Leaves of each agreement between two accounts here what both sides say: nobody sees another's presence because a file
/// says so. Returns how many rows were mended.
pub fn settle(tx: &mut Tx<'_>, domain: &Domain, member: &Member) -> Answer<usize> {
    let mut mended = 0;
    for item in store::items(tx, member.account)? {
        if !is_ours(domain, &item.address) {
            continue;
        }
        let theirs = match open_account(tx, domain, &item.address)? {
            Some(other) => store::item(tx, other.id, &member.address)?,
            None => None,
        };
        let theirs = theirs.map_or(State::NONE, |item| item.state);
        let state = State {
            sees: item.state.sees && theirs.is_seen,
            is_seen: item.state.is_seen && theirs.sees,
            ..item.state
        };
        if state != item.state {
            store::put(tx, member.account, &Item { state, ..item })?;
            mended += 1;
        }
    }
    Ok(mended)
}

/// Whether the directory makes the address a contact whose presence is shared.
fn is_of_directory(
    reader: &mut Tx<'_>,
    domain: &Domain,
    member: &Member,
    address: &BareJid,
) -> Answer<bool> {
    let now = reader.now();
    let Some(other) = open_account(reader, domain, address)? else { return Ok(false) };
    let derived = roster::between(reader, domain, member.person, &other, now)?;
    Ok(derived.is_some_and(|contact| contact.shares_presence))
}
