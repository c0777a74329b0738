//! Registering with a room (XEP-0045 §7.10, XEP-0077 §3): whoever may enter becomes a member and reserves a nickname. Into a
//! room for members nobody registers by himself; its owners put him on the list or invite him.

use konvent_core::{Answer, Kind, Outbox, PersonId, Reader, Refusal, Tx};
use konvent_wire::form::{Field, Form};
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use super::{Kept, lists, store};
use crate::rooms::names::is_fit;
use crate::rooms::occupants::Deed;
use crate::rooms::{Affiliation, BAD_REQUEST, BANNED, Caller, NICK_UNFIT};
use crate::{Domain, ns};

/// A room for members takes none by registration (XEP-0045 §7.10).
pub const NOT_BY_ONESELF: Refusal = Refusal::new(Kind::NotAllowed, "rooms.not-by-oneself");

/// The form, or what is registered already.
///
/// # Errors
/// [`NOT_BY_ONESELF`], `rooms.banned`.
pub fn ask(reader: &mut Reader<'_>, kept: &Kept, caller: &Caller, iq: &Stanza) -> Answer<Stanza> {
    let listed = store::listed(reader, kept.info.id, caller.bare().as_str())?;
    let own = listed.as_ref().map_or(Affiliation::None, |listed| listed.affiliation);
    may(kept, own)?;
    let query = el("query", ns::REGISTER);
    let nick = listed.and_then(|listed| listed.nick);
    if own >= Affiliation::Member {
        // XEP-0045 §7.10: who is registered is told so.
        let query = query
            .child(el("registered", ns::REGISTER))
            .children(nick.map(|nick| el("username", ns::REGISTER).text(nick)));
        return Ok(iq.result(Some(&query.build())));
    }
    let mut wanted = Field::asked("muc#register_roomnick", "text-single", "Name im Raum", None);
    wanted.is_required = true;
    let mut form = Form::new("form", ns::MUC_REGISTER).with(wanted);
    form.title = Some("Mitglied dieses Raums werden".to_owned());
    let hint = el("instructions", ns::REGISTER).text("Wählen Sie einen Namen für diesen Raum.");
    Ok(iq.result(Some(&query.child(hint).child(form.element()).build())))
}

fn may(kept: &Kept, own: Affiliation) -> Answer<()> {
    match own {
        Affiliation::Outcast => Err(BANNED),
        Affiliation::None if kept.info.terms.is_members_only => Err(NOT_BY_ONESELF),
        _ => Ok(()),
    }
}

/// Registers, or takes the registration back.
///
/// # Errors
/// As [`ask`]; `rooms.nick-taken`, `rooms.nick-unfit`, `rooms.bad-request`.
pub fn set(
    tx: &mut Tx<'_>,
    domain: &Domain,
    kept: &Kept,
    caller: &Caller,
    iq: &Stanza,
) -> Answer<(Deed, Vec<PersonId>)> {
    let query = iq.payload().ok_or(BAD_REQUEST)?;
    let own = super::affiliation(tx, kept.info.id, &caller.bare())?;
    let mut first = Outbox::default();
    caller.tell(&iq.result(None), &mut first);
    let changed = if query.has_child("remove", ns::REGISTER) {
        if own != Affiliation::Member {
            return Err(NOT_BY_ONESELF); // owners and admins resign on the lists, where another must be left
        }
        lists::resign(tx, domain, kept, caller)?
    } else {
        may(kept, own)?;
        let nick = nick_in(&query).ok_or(BAD_REQUEST)?;
        if !is_fit(&nick) || domain.room(&kept.info.address)?.with_resource_str(&nick).is_err() {
            return Err(NICK_UNFIT);
        }
        lists::enlist(tx, domain, kept, caller, (&caller.bare().into(), Some(&nick)))?
    };
    let lists::Changed { mut deed, persons } = changed;
    deed.first = first;
    Ok((deed, persons))
}

/// The nickname that a request would reserve for whoever sends it.
pub fn wanted_nick(iq: &Stanza) -> Option<String> {
    iq.payload().filter(|query| query.is("query", ns::REGISTER)).as_ref().and_then(nick_in)
}

fn nick_in(query: &Element) -> Option<String> {
    match Form::of(query) {
        Some(form) => form.value("muc#register_roomnick").map(ToOwned::to_owned),
        None => query.get_child("username", ns::REGISTER).map(Element::text),
    }
}
