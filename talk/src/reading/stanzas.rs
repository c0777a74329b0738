//! Read positions on the wire: items of the node `urn:xmpp:mds:displayed:0` (XEP-0490 §3).

use super::store;
use crate::pep::{self, Event, Request};
use crate::{Session, ns};
use konvent_core::{Answer, Outbox, Reader, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

/// Answers a question about the node [`ns::DISPLAYED`].
///
/// # Errors
/// `pep.bad-request` when it is a change: those go through [`change`].
pub fn answer(
    reader: &mut Reader<'_>,
    session: &Session,
    request: &Request,
    iq: &Stanza,
) -> Answer<Stanza> {
    let Request::Items { node, ids, max } = request else { return Err(pep::BAD_REQUEST) };
    let own = session.bare();
    let mut positions = store::positions(reader, session.account)?;
    if !ids.is_empty() {
        positions.retain(|(peer, _)| ids.contains(peer));
    }
    positions.truncate(max.unwrap_or(usize::MAX));
    let items = positions.into_iter().map(|(peer, position)| {
        let shown = displayed(&by(&own, &peer), position);
        (peer, shown)
    });
    Ok(pep::items_result(iq, node, items.collect()))
}

/// Moves or forgets a position. The outbox answers the member and tells his other devices.
///
/// # Errors
/// `pep.bad-request` when the item is not named by an address or holds no id of one of our archives,
/// `pep.no-such-item` when there is nothing to forget.
pub fn change(
    tx: &mut Tx<'_>,
    session: &Session,
    request: &Request,
    iq: &Stanza,
) -> Answer<Outbox> {
    let own = session.bare();
    let mut out = Outbox::default();
    match request {
        Request::Items { .. } => return Err(pep::BAD_REQUEST),
        Request::Publish { node, id, payload } => {
            // XEP-0490 §3.1: the item is named after the conversation.
            let peer = Jid::new(id).map_err(|_| pep::BAD_REQUEST)?.to_bare();
            let position = payload.as_ref().and_then(position_of).ok_or(pep::BAD_REQUEST)?;
            out.to_session(session.id, pep::published(iq, node, id));
            if store::move_to(tx, session.account, peer.as_str(), position)? > 0 {
                let shown = displayed(&by(&own, peer.as_str()), position);
                let event = Event::Item(peer.to_string(), shown);
                pep::notify(session.account, &own, Some(session.id), node, event, &mut out);
            }
        }
        Request::Retract { node, id } => {
            if store::forget(tx, session.account, id)? == 0 {
                return Err(pep::NO_SUCH_ITEM);
            }
            out.to_session(session.id, iq.result(None));
            let event = Event::Gone(id.clone());
            pep::notify(session.account, &own, Some(session.id), node, event, &mut out);
        }
    }
    Ok(out)
}

/// Whose id it is (XEP-0490 §3.1, XEP-0359 §3): of the member's own archive, or, in another place than his domain, of the
/// room.
fn by(own: &BareJid, peer: &str) -> String {
    let is_beside = peer.split_once('@').is_some_and(|(_, host)| host == own.domain().as_str());
    if is_beside { own.to_string() } else { peer.to_owned() }
}

fn displayed(by: &str, position: i64) -> Element {
    let id = el("stanza-id", ns::STANZA_ID).attr("by", by).attr("id", position);
    el("displayed", ns::DISPLAYED).child(id).build()
}

fn position_of(payload: &Element) -> Option<i64> {
    if !payload.is("displayed", ns::DISPLAYED) {
        return None;
    }
    payload.get_child("stanza-id", ns::STANZA_ID)?.attr("id")?.parse().ok().filter(|id| *id > 0)
}
