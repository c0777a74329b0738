//! Business cards (XEP-0054): a member writes his own, those who know him read it.
//!
//! * Name and organisation of a member follow from the directory ([`directory`]): they are shown on every card and cannot be
//!   written otherwise.
//! * Somebody who knows the member reads the whole card; a stranger sees the picture alone, if it is open to everybody, and
//!   otherwise hears what he would hear of an address that nobody has.
//! * The picture on the card is that of the nodes (XEP-0153 §4.5, [`crate::avatars`]).

mod directory;
pub mod moving;
pub mod privacy;
mod store;
#[cfg(test)]
mod tests;

use konvent_core::{About, Answer, Kind, Migration, Outbox, Reader, Refusal, Tx};
use konvent_wire::xml::{el, write_element};
use konvent_wire::{Element, Stanza};

use crate::pubsub::{Asker, Ctx, Place, access, items};
use crate::{Session, avatars, ns, pep};

/// The visiting card of the business cards.
pub const ABOUT: About = About {
    name: "vcard",
    sentence: "What a member writes about himself.",
    speaks: &["XEP-0054", "XEP-0153", "XEP-0227"],
    leaves_out: &[
        (
            "XEP-0054 §3.2",
            "FN, N and ORG of members follow from the directory and are refused when a card says otherwise; a card without PHOTO leaves the picture, one with an empty PHOTO takes it away",
        ),
        (
            "XEP-0054 §3.3",
            "the server has no card of its own; whom to write to stands in its service discovery (XEP-0157)",
        ),
    ],
    announces: &[ns::VCARD],
    migrations: &[Migration::common("0001_card", include_str!("migrations/0001_card.sql"))],
    keeps: Some("the business card a member wrote, for those who know him"),
};

/// Bytes of a card without its picture: protects the storage.
const CARD_MAX_BYTES: usize = 32 * 1024;

/// That is no card.
pub const BAD_REQUEST: Refusal = Refusal::new(Kind::BadRequest, "vcard.bad-request");
/// The card is longer than [`CARD_MAX_BYTES`].
pub const TOO_LONG: Refusal = Refusal::new(Kind::BadRequest, "vcard.too-long");
/// Nobody writes another one's card (XEP-0054 §3.2).
pub const NOT_YOURS: Refusal = Refusal::new(Kind::NotAllowed, "vcard.not-yours");
/// Name and organisation of a member are the directory's.
pub const DIRECTORY_OWNS_IT: Refusal = Refusal::new(Kind::NotAllowed, "vcard.directory-owns-it");

/// Whether an iq is about a business card.
pub fn is_card(iq: &Stanza) -> bool {
    iq.has("vCard", ns::VCARD)
}

/// Shows a card (XEP-0054 §3.1, §3.3).
///
/// # Errors
/// [`pep::HIDDEN`] for whoever does not know the member.
pub fn answer(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    iq: &Stanza,
) -> Answer<Stanza> {
    let Place::Member { account, person, .. } = place else { return Err(pep::HIDDEN) };
    let picture = avatars::seen_by(reader, ctx, place, asker)?;
    let mut card = if access::relation(reader, ctx, place, asker)?.knows {
        let written = store::card(reader, *account)?;
        let written = written.as_deref().and_then(items::payload);
        let fixed = directory::shown(reader, *person, asker)?;
        let own = written.iter().flat_map(Element::children).cloned();
        el("vCard", ns::VCARD).children(fixed).children(own).build()
    } else if picture.is_some() {
        Element::bare("vCard", ns::VCARD)
    } else {
        return Err(pep::HIDDEN);
    };
    if let Some(picture) = picture {
        card.append_child(picture.photo());
    }
    Ok(iq.result(Some(&card)))
}

/// The picture alone, as an asker sees it through a room in which both are: there a nickname is all he knows.
///
/// # Errors
/// [`pep::HIDDEN`] when there is none for him.
pub fn answer_inside(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    iq: &Stanza,
) -> Answer<Stanza> {
    let picture = avatars::seen_by(reader, ctx, place, asker)?.ok_or(pep::HIDDEN)?;
    Ok(iq.result(Some(&el("vCard", ns::VCARD).child(picture.photo()).build())))
}

/// Keeps a member's own card (XEP-0054 §3.2); its picture is published.
///
/// # Errors
/// [`DIRECTORY_OWNS_IT`], [`TOO_LONG`], [`avatars::UNFIT`], and what publishing refuses.
pub fn change(tx: &mut Tx<'_>, ctx: Ctx<'_>, session: &Session, iq: &Stanza) -> Answer<Outbox> {
    let card = iq.payload().filter(|card| card.is("vCard", ns::VCARD)).ok_or(BAD_REQUEST)?;
    let fixed = directory::fixed(tx, session.person)?;
    let mut news = Outbox::default();
    let mut kept = Vec::new();
    for child in card.children() {
        if let Some(fixed) = fixed.as_ref().filter(|_| directory::owns(child)) {
            if !fixed.agrees(child) {
                return Err(DIRECTORY_OWNS_IT);
            }
        } else if child.is("PHOTO", ns::VCARD) {
            // XEP-0153 §4.5: the picture stands in BINVAL; its TYPE is a hint that nobody needs.
            let text = child.get_child("BINVAL", ns::VCARD).map(Element::text).unwrap_or_default();
            if text.trim().is_empty() {
                avatars::dismiss(tx, ctx, session, &mut news)?;
            } else {
                avatars::adopt(tx, ctx, session, &text, &mut news)?;
            }
        } else {
            kept.push(child.clone());
        }
    }
    store::keep(tx, session.account, &as_kept(kept)?)?;
    let mut out = Outbox::default();
    out.to_session(session.id, iq.result(None).with_to(session.address.clone()));
    out.append(news);
    Ok(out)
}

/// A card of these lines as it is stored: one that [`items::payload`] reads as the same card again.
///
/// # Errors
/// [`TOO_LONG`].
pub fn as_kept(lines: impl IntoIterator<Item = Element>) -> Answer<Vec<u8>> {
    let mut bytes = Vec::new();
    write_element(&el("vCard", ns::VCARD).children(lines).build(), ns::CLIENT, &mut bytes);
    if bytes.len() > CARD_MAX_BYTES { Err(TOO_LONG) } else { Ok(bytes) }
}
