//! Read positions on the wire: items of the node `urn:xmpp:mds:displayed:0` (XEP-0490 §3).
//!
//! Positions in our own archives are numbers that only grow, so they stand in a table of their own, where the inbox counts
//! by them. Those in rooms elsewhere are whatever that room calls them, so they are kept as they were published.

use super::store;
use crate::pep::{Change, Derived, answer_derived};
use crate::pubsub::events::Happening;
use crate::pubsub::{self, BAD_REQUEST, Ctx, INVALID_PAYLOAD, NO_SUCH_ITEM, Place, Request};
use crate::{Domain, Session, ns};
use konvent_core::{Answer, Outbox, Reader, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

/// Answers a question about the node [`ns::DISPLAYED`].
///
/// # Errors
/// `pubsub.bad-request` when it is a change: those go through [`change`].
pub fn answer(
    reader: &mut Reader<'_>,
    session: &Session,
    request: &Request,
    iq: &Stanza,
) -> Answer<Stanza> {
    answer_derived(request, iq, || {
        let own = session.bare();
        let mut items = pubsub::items::of_own(reader, session.account, ns::DISPLAYED)?;
        let mut positions = store::positions(reader, session.account)?;
        positions.reverse(); // the newest last, as in every node
        items.extend(positions.into_iter().map(|(peer, position)| {
            let shown = displayed(&by(&own, &peer), position);
            (peer, shown)
        }));
        Ok(items)
    })
}

/// Moves or forgets a position. The outbox answers the member and tells his devices.
///
/// # Errors
/// `pubsub.bad-request` when the item is not named by an address, `pubsub.invalid-payload` when it holds no id,
/// `pubsub.no-such-item` when there is nothing to forget.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    session: &Session,
    request: &Request,
    iq: &Stanza,
) -> Answer<Outbox> {
    let wanted = Derived::change(request)?;
    let place = Place::of_session(session);
    let mut news = Outbox::default();
    match &wanted {
        Change::Nothing => {}
        Change::Put(id, payload) => {
            // XEP-0490 §4.1: the item is named after the conversation.
            let peer = Jid::new(id).map_err(|_| BAD_REQUEST)?.to_bare();
            let payload = payload.as_ref().ok_or(INVALID_PAYLOAD)?;
            if is_elsewhere(ctx.domain, &session.bare(), payload)? {
                let (config, item) = (Derived::config(), (&session.address, id.as_str(), payload));
                let node = (ns::DISPLAYED, &config);
                pubsub::in_the_name_of(tx, ctx, &place, node, item, &mut news)?;
            } else {
                let position = position_of(payload).ok_or(INVALID_PAYLOAD)?;
                if store::move_to(tx, session.account, peer.as_str(), position)? > 0 {
                    let shown = displayed(&by(&session.bare(), peer.as_str()), position);
                    let happening = Happening::item(peer.as_str(), Some(shown));
                    Derived::tell(ctx, session, ns::DISPLAYED, &happening, &mut news);
                }
            }
        }
        Change::Drop(id) => {
            if !pubsub::strike_own(tx, ctx, &place, (ns::DISPLAYED, id), &mut news)? {
                if store::forget(tx, session.account, id)? == 0 {
                    return Err(NO_SUCH_ITEM);
                }
                let happening = Happening::Gone(vec![id.clone()]);
                Derived::tell(ctx, session, ns::DISPLAYED, &happening, &mut news);
            }
        }
    }
    Ok(wanted.done(session, iq, ns::DISPLAYED, news))
}

/// Whose id it is (XEP-0490 §4.1, XEP-0359 §3): of the member's own archive, or, in a room of ours, of the room.
pub(super) fn by(own: &BareJid, peer: &str) -> String {
    let host = peer.split_once('@').map_or(peer, |(_, host)| host);
    let is_room = host.ends_with(&format!(".{}", own.domain().as_str()));
    if is_room { peer.to_owned() } else { own.to_string() }
}

/// Whether the id was given by an archive that is not ours.
fn is_elsewhere(domain: &Domain, own: &BareJid, payload: &Element) -> Answer<bool> {
    let id = stanza_id(payload).ok_or(INVALID_PAYLOAD)?;
    let by = id.attr("by").ok_or(INVALID_PAYLOAD)?;
    let by = Jid::new(by).map_err(|_| INVALID_PAYLOAD)?;
    let host = by.domain().as_str();
    Ok(by != *own && host != domain.rooms && host != domain.name)
}

pub(super) fn displayed(by: &str, position: i64) -> Element {
    let id = el("stanza-id", ns::STANZA_ID).attr("by", by).attr("id", position);
    el("displayed", ns::DISPLAYED).child(id).build()
}

fn stanza_id(payload: &Element) -> Option<&Element> {
    if !payload.is("displayed", ns::DISPLAYED) {
        return None;
    }
    payload.get_child("stanza-id", ns::STANZA_ID)
}

pub(super) fn position_of(payload: &Element) -> Option<i64> {
    stanza_id(payload)?.attr("id")?.parse().ok().filter(|id| *id > 0)
}
