//! `muc#admin` (XEP-0045 §8, §9): lists by affiliation from the table, lists by role from those inside.

use konvent_core::{Answer, Outbox, PersonId, Reader, Tx};
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use super::lists;
use super::store::Kept;
use crate::Domain;
use crate::ns;
use crate::rooms::occupants::{Deed, Occupants, roles};
use crate::rooms::{
    Affiliation, BAD_REQUEST, Caller, NO_SUCH_OCCUPANT, ONLY_ADMINS, Role, RoomInfo,
};

/// One request changes so many at most: it bounds a transaction.
const ITEMS_MAX: usize = 500;

/// What a request to change something asks for.
#[derive(Debug)]
pub enum Order {
    /// Other roles of those inside.
    Roles(Vec<roles::Wish>),
    /// Other places on the lists.
    Lists(Vec<lists::Wish>),
}

/// Reads a request. Roles go by nickname, affiliations by address; a nickname stands for the address of the one inside who
/// bears it. One request changes the one or the other (XEP-0045 §8.5, §9.2).
///
/// # Errors
/// `rooms.bad-request`, `rooms.no-such-occupant`.
pub fn order(iq: &Stanza, room: &RoomInfo, occupants: &Occupants) -> Answer<Order> {
    let query = iq.payload().ok_or(BAD_REQUEST)?;
    let items: Vec<&Element> =
        query.children().filter(|child| child.is("item", ns::MUC_ADMIN)).collect();
    if items.is_empty() || items.len() > ITEMS_MAX {
        return Err(BAD_REQUEST);
    }
    // XEP-0045 §17.4: one item changes the one or the other.
    if items.iter().any(|item| item.attr("role").is_some() && item.attr("affiliation").is_some()) {
        return Err(BAD_REQUEST);
    }
    let reason = |item: &Element| item.get_child("reason", ns::MUC_ADMIN).map(Element::text);
    if items.iter().all(|item| item.attr("role").is_some()) {
        let wishes = items.iter().map(|item| {
            Ok(roles::Wish {
                nick: item.attr("nick").ok_or(BAD_REQUEST)?.to_owned(),
                role: item.attr("role").and_then(Role::from_name).ok_or(BAD_REQUEST)?,
                reason: reason(item),
            })
        });
        return Ok(Order::Roles(wishes.collect::<Answer<_>>()?));
    }
    let wishes = items.iter().map(|item| {
        let affiliation =
            item.attr("affiliation").and_then(Affiliation::from_name).ok_or(BAD_REQUEST)?;
        let address = match (item.attr("jid"), item.attr("nick")) {
            (Some(address), _) => Jid::new(address).map_err(|_| BAD_REQUEST)?,
            (None, Some(nick)) => {
                occupants.seen_as(room.id, nick).ok_or(NO_SUCH_OCCUPANT)?.address.into()
            }
            (None, None) => return Err(BAD_REQUEST),
        };
        let nick = item.attr("jid").and_then(|_| item.attr("nick")).map(ToOwned::to_owned);
        Ok(lists::Wish { address, affiliation, nick, reason: reason(item) })
    });
    Ok(Order::Lists(wishes.collect::<Answer<_>>()?))
}

/// Changes lists; the answer to the one who asked is posted first (XEP-0045 §9.1: the admin is told of the success).
pub fn change_lists(
    tx: &mut Tx<'_>,
    domain: &Domain,
    kept: &Kept,
    caller: &Caller,
    as_nick: Option<&str>,
    wishes: &[lists::Wish],
    iq: &Stanza,
) -> Answer<(Deed, Vec<PersonId>)> {
    let lists::Changed { mut deed, persons } =
        lists::change(tx, domain, kept, caller, as_nick, wishes)?;
    let mut first = Outbox::default();
    caller.tell(&iq.result(None), &mut first);
    first.append(std::mem::take(&mut deed.first));
    deed.first = first;
    Ok((deed, persons))
}

/// Answers what list somebody asks for (XEP-0045 §8.5, §9.2, §9.5, §9.8, §10.5, §10.8).
///
/// # Errors
/// `rooms.bad-request`, `rooms.only-admins`, `rooms.only-moderators`.
pub fn answer(
    reader: &mut Reader<'_>,
    kept: &Kept,
    occupants: &OccupantsSeen,
    caller: &Caller,
    iq: &Stanza,
) -> Answer<Stanza> {
    let query = iq.payload().ok_or(BAD_REQUEST)?;
    let item = query.get_child("item", ns::MUC_ADMIN).ok_or(BAD_REQUEST)?;
    let mut list = el("query", ns::MUC_ADMIN);
    if let Some(affiliation) = item.attr("affiliation") {
        let affiliation = Affiliation::from_name(affiliation).ok_or(BAD_REQUEST)?;
        if affiliation == Affiliation::None {
            return Err(BAD_REQUEST);
        }
        let own = super::affiliation(reader, kept.info.id, &caller.bare())?;
        let role = occupants.own_role;
        for listed in lists::list(reader, kept, own, role, affiliation)? {
            let reason = listed.reason.filter(|_| own >= Affiliation::Admin);
            list = list.child(
                el("item", ns::MUC_ADMIN)
                    .attr("affiliation", affiliation.as_str())
                    .attr("jid", listed.address)
                    .maybe("nick", listed.nick)
                    .children(reason.map(|reason| el("reason", ns::MUC_ADMIN).text(reason))),
            );
        }
        return Ok(iq.result(Some(&list.build())));
    }
    let role = item.attr("role").and_then(Role::from_name).ok_or(BAD_REQUEST)?;
    let found = occupants.by_role.as_ref().ok_or(ONLY_ADMINS)?;
    for (nick, address, affiliation, _) in found.iter().filter(|(.., has)| *has == role) {
        list = list.child(
            el("item", ns::MUC_ADMIN)
                .attr("affiliation", affiliation.as_str())
                .attr("jid", address)
                .attr("nick", nick)
                .attr("role", role.as_str()),
        );
    }
    Ok(iq.result(Some(&list.build())))
}

/// What an answer needs to know of those inside, taken before the storage is read.
#[derive(Debug, Default)]
pub struct OccupantsSeen {
    /// The role of the one who asks, if he is inside.
    own_role: Option<Role>,
    /// Those inside with name, address, affiliation and role, if he may see that: moderators.
    by_role: Option<Vec<(String, String, Affiliation, Role)>>,
}

impl OccupantsSeen {
    /// Looks into a room for somebody.
    pub fn by(occupants: &Occupants, room: &RoomInfo, caller: &Caller) -> Self {
        let own_role = occupants.voice(room.id, &caller.place).map(|voice| voice.role);
        let by_role = (own_role == Some(Role::Moderator)).then(|| {
            let all = occupants.seen_in(room.id).into_iter();
            all.map(|one| {
                (one.nick, one.address.to_string(), one.standing.affiliation, one.standing.role)
            })
            .collect()
        });
        Self { own_role, by_role }
    }
}
