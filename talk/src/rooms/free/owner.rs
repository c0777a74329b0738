//! `muc#owner` (XEP-0045 §10): the terms of a room, and its end.

use konvent_core::config::FreeRooms;
use konvent_core::{Answer, Kind, Outbox, PersonId, Reader, Refusal, Tx};
use konvent_wire::form::Form;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use super::{Kept, form, found, store};
use crate::ns;
use crate::rooms::occupants::{Deed, Turn};
use crate::rooms::stanzas::Note;
use crate::rooms::{Affiliation, BAD_REQUEST, Caller, ONLY_OWNERS};

/// The name is that of a unit or body.
pub const NAMES_A_UNIT: Refusal = Refusal::new(Kind::NotAllowed, "rooms.names-a-unit");

/// What follows from what an owner does.
#[derive(Debug)]
pub struct Done {
    /// For those inside.
    pub deed: Deed,
    /// Persons of the directory whose rooms are others now.
    pub persons: Vec<PersonId>,
}

fn owns(reader: &mut Reader<'_>, kept: &Kept, caller: &Caller) -> Answer<()> {
    let own = super::affiliation(reader, kept.info.id, &caller.bare())?;
    if own == Affiliation::Owner { Ok(()) } else { Err(ONLY_OWNERS) }
}

/// The form with the terms as they are (XEP-0045 §10.2).
///
/// # Errors
/// `rooms.only-owners`.
pub fn ask(
    reader: &mut Reader<'_>,
    rules: &FreeRooms,
    kept: &Kept,
    caller: &Caller,
    iq: &Stanza,
) -> Answer<Stanza> {
    owns(reader, kept, caller)?;
    let query = el("query", ns::MUC_OWNER).child(form::filled(&kept.info, rules));
    Ok(iq.result(Some(&query.build())))
}

/// A form that was filled in or given up, or the end of the room.
///
/// # Errors
/// `rooms.only-owners`, `rooms.bad-request`, `rooms.terms-unacceptable`, [`NAMES_A_UNIT`].
pub fn set(
    tx: &mut Tx<'_>,
    rules: &FreeRooms,
    kept: &Kept,
    caller: &Caller,
    iq: &Stanza,
) -> Answer<Done> {
    owns(tx, kept, caller)?;
    let query = iq.payload().ok_or(BAD_REQUEST)?;
    let mut first = Outbox::default();
    caller.tell(&iq.result(None), &mut first);
    if let Some(destroy) = query.get_child("destroy", ns::MUC_OWNER) {
        return end(tx, kept, Some(destroy), first);
    }
    let form = Form::of(&query).ok_or(BAD_REQUEST)?;
    match form.kind.as_str() {
        "submit" => {}
        // XEP-0045 §10.1.3: who gives up making a room has made none. §10.2: otherwise all stays as it was.
        "cancel" if kept.is_locked => return end(tx, kept, None, first),
        "cancel" => return Ok(Done { deed: Deed::of(kept.info.id, first), persons: Vec::new() }),
        _ => return Err(BAD_REQUEST),
    }
    let info = form::read(&form, &kept.info, rules)?;
    if info.name != kept.info.name && found::names_a_unit(tx, &info.name)? {
        return Err(NAMES_A_UNIT);
    }
    store::set_terms(tx, &info, &form::as_json(&info.terms)?)?;
    let (is_change, name) = (info != kept.info, info.name.clone());
    let mut deed = Deed::of(kept.info.id, first);
    if is_change {
        deed = deed.with(Turn::Terms(info));
    }
    // Until it is open a room is nobody's; from now on its owner finds it among his, and others under its new name.
    let is_called_otherwise = kept.is_locked || kept.info.name != name;
    let persons =
        if is_called_otherwise { store::persons_of(tx, kept.info.id)? } else { Vec::new() };
    Ok(Done { deed, persons })
}

/// XEP-0045 §10.9: everybody inside learns of the end, why, and where it goes on.
fn end(tx: &mut Tx<'_>, kept: &Kept, asked: Option<&Element>, first: Outbox) -> Answer<Done> {
    let text = |name: &str| {
        asked.and_then(|asked| asked.get_child(name, ns::MUC_OWNER)).map(Element::text)
    };
    let elsewhere = asked.and_then(|asked| asked.attr("jid")).filter(|jid| !jid.is_empty());
    let elsewhere = elsewhere.map(Jid::new).transpose().map_err(|_| BAD_REQUEST)?;
    let destroy = el("destroy", ns::MUC_USER)
        .maybe("jid", elsewhere)
        .children(text("reason").map(|reason| el("reason", ns::MUC_USER).text(reason)))
        .children(text("password").map(|password| el("password", ns::MUC_USER).text(password)))
        .build();
    let persons = store::persons_of(tx, kept.info.id)?;
    super::strike(tx, kept)?;
    let note = Note { end: Some(destroy), ..Note::default() };
    Ok(Done { deed: Deed::of(kept.info.id, first).with(Turn::Ended(note)), persons })
}
