//! Business cards that move in and out (XEP-0227 §4.6).

use konvent_core::{Answer, Kind, Outbox, Reader, Tx};
use konvent_wire::Element;
use konvent_wire::xml::el;

use super::{BAD_REQUEST, as_kept, directory, store};
use crate::moved::Taken;
use crate::pubsub::{Asker, Ctx, Place, items};
use crate::{Session, avatars, ns};

/// What the member has written, with his picture; nothing when there is neither. What the directory knows of him is not his.
pub fn give_out(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    session: &Session,
) -> Answer<Option<Element>> {
    let (place, own) = (Place::of_session(session), Asker::Here(session.clone()));
    let written = store::card(reader, session.account)?;
    let written = written.as_deref().and_then(items::payload);
    let picture = avatars::seen_by(reader, ctx, &place, &own)?;
    if written.is_none() && picture.is_none() {
        return Ok(None);
    }
    let lines = written.iter().flat_map(Element::children).cloned();
    let card = el("vCard", ns::VCARD).children(lines);
    Ok(Some(card.children(picture.map(|picture| picture.photo())).build()))
}

/// Keeps a card unless there is one; its picture becomes his unless he has one. Lines that the directory owns are passed over.
///
/// # Errors
/// [`BAD_REQUEST`], [`super::TOO_LONG`].
pub fn take_in(tx: &mut Tx<'_>, ctx: Ctx<'_>, session: &Session, card: &Element) -> Answer<Taken> {
    if !card.is("vCard", ns::VCARD) {
        return Err(BAD_REQUEST);
    }
    if store::card(tx, session.account)?.is_some() {
        return Ok(Taken::Again);
    }
    let fixed = directory::fixed(tx, session.person)?;
    let is_own = |child: &&Element| {
        !(child.is("PHOTO", ns::VCARD) || fixed.is_some() && directory::owns(child))
    };
    let lines = card.children().filter(is_own).cloned();
    store::keep(tx, session.account, &as_kept(lines)?)?;
    let (place, own) = (Place::of_session(session), Asker::Here(session.clone()));
    let photo = card.get_child("PHOTO", ns::VCARD);
    let photo = photo.and_then(|photo| photo.get_child("BINVAL", ns::VCARD)).map(Element::text);
    if let Some(text) = photo.filter(|text| !text.trim().is_empty())
        && avatars::seen_by(tx, ctx, &place, &own)?.is_none()
    {
        let mut nobody_is_told = Outbox::default();
        match avatars::adopt(tx, ctx, session, &text, &mut nobody_is_told) {
            // A picture that does not fit here is no reason to lose the card.
            Err(refusal) if refusal.kind == Kind::Broken => return Err(refusal),
            _ => {}
        }
    }
    Ok(Taken::New)
}
