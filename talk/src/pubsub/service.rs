//! The organisation's own service at its own address: reports, minutes, agendas, news (XEP-0060; XEP-0471, XEP-0472).
//!
//! Who may announce for a unit may make nodes. By itself a node is for the organisation's members; its owner may narrow it
//! to units (access model `roster` with their names) or open it to everybody, also abroad.

use konvent_core::{Answer, Reader};
use konvent_wire::Stanza;
use konvent_wire::xml::el;

use super::disco::{FEATURES, node_info, node_items, nodes};
use super::{Asker, Ctx, Place};
use crate::disco::{Question, info};
use crate::ns;

/// What the service and its nodes are and hold.
pub fn describe(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    (question, node): (Question, Option<&str>),
    iq: &Stanza,
) -> Answer<Stanza> {
    match (question, node) {
        (Question::Info, None) => {
            let own = [ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING];
            let features = FEATURES.iter().copied().chain(own);
            Ok(info(iq, &[("pubsub", "service", Some("Konvent"))], features, None))
        }
        (Question::Items, None) => {
            let list = nodes(reader, ctx, place, asker)?;
            Ok(iq.result(Some(&el("query", ns::DISCO_ITEMS).children(list).build())))
        }
        (Question::Info, Some(node)) => node_info(reader, ctx, place, asker, node, iq),
        (Question::Items, Some(node)) => node_items(reader, ctx, place, asker, node, iq),
    }
}
