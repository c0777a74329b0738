//! Read positions on the wire: items of the node `urn:xmpp:mds:displayed:0` (XEP-0490 §3).

use super::store;
use crate::pep::{self, Event, Request};
use crate::{Domain, Session, ns};
use konvent_core::{Answer, Outbox, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

/// Answers a request about the node [`ns::DISPLAYED`]; the outbox tells the member's other devices.
///
/// # Errors
/// `pep.bad-request` when the item is not named by an address or holds no id of one of our archives.
pub fn answer(
    tx: &mut Tx<'_>,
    domain: &Domain,
    session: &Session,
    request: Request,
    iq: &Stanza,
    out: &mut Outbox,
) -> Answer<Stanza> {
    let own = session.bare();
    match request {
        Request::Items { node, ids, max } => {
            let mut positions = store::positions(tx, session.account)?;
            if !ids.is_empty() {
                positions.retain(|(peer, _)| ids.contains(peer));
            }
            positions.truncate(max.unwrap_or(usize::MAX));
            let items = positions
                .into_iter()
                .map(|(peer, position)| {
                    let shown = displayed(&by(domain, &own, &peer), position);
                    (peer, shown)
                })
                .collect();
            Ok(pep::items_result(iq, &node, items))
        }
        Request::Publish { node, id, payload } => {
            // XEP-0490 §3.1: the item is named after the conversation.
            let peer = Jid::new(&id).map_err(|_| pep::BAD_REQUEST)?.to_bare();
            let position = payload.as_ref().and_then(position_of).ok_or(pep::BAD_REQUEST)?;
            if store::move_to(tx, session.account, peer.as_str(), position)? > 0 {
                let shown = displayed(&by(domain, &own, peer.as_str()), position);
                let event = Event::Item(peer.to_string(), shown);
                pep::notify(session.account, &own, Some(session.id), &node, event, out);
            }
            Ok(pep::published(iq, &node, &id))
        }
        Request::Retract { node, id } => {
            if store::forget(tx, session.account, &id)? == 0 {
                return Err(pep::NO_SUCH_ITEM);
            }
            pep::notify(session.account, &own, Some(session.id), &node, Event::Gone(id), out);
            Ok(iq.result(None))
        }
    }
}

/// Whose id it is: a room's own, or that of the member's archive (XEP-0490 §3.1, XEP-0359 §3).
fn by(domain: &Domain, own: &BareJid, peer: &str) -> String {
    let is_room = peer.split_once('@').is_some_and(|(_, host)| host == domain.rooms);
    if is_room { peer.to_owned() } else { own.to_string() }
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
