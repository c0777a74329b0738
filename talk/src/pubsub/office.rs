//! Who owns the organisation's nodes: whoever stands on the list and still holds an office that could make one. Where nobody on the
//! list does any more, those who now hold the office in whose body it was made: read from the directory, written nowhere
//! (XEP-0060 §8.1: a node has an owner).
//!
//! Left out: nodes of those who still hold another office. They hand them over themselves.

use konvent_core::{Answer, BodyId, Millis, PersonId, Reader};
use konvent_people::{accounts, offices};
use konvent_wire::jid::BareJid;

use super::access::{Affiliation, may_create};
use super::{Asker, Ctx, Node, Place, store};

/// The addresses that own a node now.
pub(super) fn owners(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
) -> Answer<Vec<BareJid>> {
    if place.account().is_some() {
        return Ok(vec![place.address().clone()]);
    }
    let named = named(reader, ctx, place, node)?;
    if named.is_empty() { heirs(reader, ctx, node) } else { Ok(named) }
}

/// Those on the list who may own it.
fn named(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
) -> Answer<Vec<BareJid>> {
    let mut named = Vec::new();
    for (who, what) in store::affiliations(reader, node.id)? {
        if what != Affiliation::Owner.as_str() {
            continue;
        }
        let Ok(address) = BareJid::new(&who) else { continue };
        let Some(owner) = Asker::at(reader, ctx.domain, address.clone().into())? else { continue };
        if may_create(reader, ctx, place, &owner)? {
            named.push(address);
        }
    }
    Ok(named)
}

/// Whether a member owns a node because nobody on its list does any more.
pub(super) fn inherits(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    person: PersonId,
) -> Answer<bool> {
    let own = bodies(reader, person, ctx.now)?;
    if own.is_empty() {
        return Ok(false);
    }
    let made_in = made_in(reader, ctx, node)?;
    if !own.iter().any(|body| made_in.contains(body)) {
        return Ok(false);
    }
    Ok(named(reader, ctx, place, node)?.is_empty())
}

/// Those who hold now what the maker of a node held when he made it.
fn heirs(reader: &mut Reader<'_>, ctx: Ctx<'_>, node: &Node) -> Answer<Vec<BareJid>> {
    let mut heirs = Vec::new();
    for body in made_in(reader, ctx, node)? {
        for (person, _) in offices::holders(reader, body, ctx.now)? {
            if !bodies(reader, person, ctx.now)?.contains(&body) {
                continue;
            }
            let account = accounts::by_person(reader, person)?.filter(|known| !known.is_closed);
            if let Some(account) = account {
                let address = ctx.domain.account(&account.localpart)?;
                if !heirs.contains(&address) {
                    heirs.push(address);
                }
            }
        }
    }
    Ok(heirs)
}

/// The bodies by whose office a node was made.
fn made_in(reader: &mut Reader<'_>, ctx: Ctx<'_>, node: &Node) -> Answer<Vec<BodyId>> {
    let Ok(maker) = BareJid::new(&node.creator) else { return Ok(Vec::new()) };
    let ours = maker.node().filter(|_| maker.domain().as_str() == ctx.domain.name);
    let Some(localpart) = ours else { return Ok(Vec::new()) };
    match accounts::by_localpart(reader, localpart.as_str())? {
        Some(account) => bodies(reader, account.person, node.made), // who has left counts as well
        None => Ok(Vec::new()),
    }
}

/// The bodies in which a person holds an office that makes nodes.
fn bodies(reader: &mut Reader<'_>, person: PersonId, at: Millis) -> Answer<Vec<BodyId>> {
    let held = offices::held(reader, person, at)?.into_iter();
    let making = held.filter(|term| term.capabilities.contains(&offices::ROOMS_ANNOUNCE));
    Ok(making.map(|term| term.body).collect())
}
