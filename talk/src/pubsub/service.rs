//! The organisation's own service at its own address: reports, minutes, agendas, news (XEP-0060; XEP-0471, XEP-0472).
//!
//! Who may announce for a unit may make nodes, or every account where the settings say so. By itself a node is for the organisation's members; its owner may narrow it
//! to units (access model `roster` with their names) or open it to everybody, also abroad.

use konvent_core::{Answer, Reader};
use konvent_wire::{Element, Stanza};

use super::disco::{ARCHIVE, FEATURES, listed, node_info, node_items, nodes};
use super::{Asker, Ctx, Place};
use crate::disco::{Question, info};
use crate::ns;

/// By itself a node is for the organisation's members (XEP-0060 §10).
const ACCESS_ROSTER: &str = "http://jabber.org/protocol/pubsub#access-roster";

/// What the service and its nodes are and hold; `derived` are the nodes of other features, for whoever asks.
pub fn describe(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    (question, node, derived): (Question, Option<&str>, Vec<Element>),
    iq: &Stanza,
) -> Answer<Stanza> {
    match (question, node) {
        (Question::Info, None) => {
            let own = [ACCESS_ROSTER, ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING];
            let features = FEATURES.iter().chain(ARCHIVE).copied().chain(own);
            Ok(info(iq, &[("pubsub", "service", Some("Konvent"))], features, None))
        }
        (Question::Items, None) => {
            let own = nodes(reader, ctx, place, asker)?;
            listed(derived.into_iter().chain(own).collect(), iq)
        }
        (Question::Info, Some(node)) => node_info(reader, ctx, place, asker, node, iq),
        (Question::Items, Some(node)) => node_items(reader, ctx, place, asker, node, iq),
    }
}
