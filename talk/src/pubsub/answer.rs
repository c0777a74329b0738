//! Questions about nodes (XEP-0060 §5.6, §5.7, §6.5, §8.2, §8.8.1, §8.9.1): answered from one reading of the storage.

use konvent_core::{Answer, Reader};
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use super::access::{self, Affiliation};
use super::store::{self, Node};
use super::{
    Asker, BAD_REQUEST, Ctx, INVALID_SUBID, NO_SUCH_NODE, NOT_PERSISTENT, NOT_YOURS, Place,
    Request, items, nodes, subscribe,
};
use crate::ns;

/// Answers a question.
///
/// # Errors
/// Those of XEP-0060 §11; `pubsub.bad-request` for what is no question.
pub fn answer(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    request: &Request,
    iq: &Stanza,
) -> Answer<Stanza> {
    match request {
        Request::Items(wanted) => {
            let node = existing(reader, place, &wanted.node)?;
            let standing = access::standing(reader, ctx, place, &node, asker)?;
            standing.sees?;
            if !node.config.persist {
                return Err(NOT_PERSISTENT); // XEP-0060 §6.5.9.4
            }
            if let Some(subid) = &wanted.subid {
                // XEP-0060 §6.5.9.2: of those who are not subscribed it means nothing.
                let held = store::subscriptions_at(reader, node.id, asker.bare().as_str())?;
                if !held.is_empty() && !held.iter().any(|held| held.subid == *subid) {
                    return Err(INVALID_SUBID);
                }
            }
            items::answer(reader, ctx, &node, wanted, iq)
        }
        Request::Subscriptions(node) => {
            let held = store::subscriptions_of(reader, place.owner(), asker.bare().as_str())?;
            let held = held.iter().filter(|(name, _)| node.as_ref().is_none_or(|n| n == name));
            let list = held.map(|(name, held)| subscribe::element(Some(name), held, ns::PUBSUB));
            Ok(listed(iq, "subscriptions", ns::PUBSUB, node.as_deref(), list.collect()))
        }
        Request::Affiliations(node) => affiliations(reader, place, asker, node.as_deref(), iq),
        Request::Defaults => {
            let form = nodes::defaults(place).form("form", ns::PUBSUB_NODE_CONFIG);
            let default = el("default", ns::PUBSUB_OWNER).child(form.element());
            Ok(iq.result(Some(&el("pubsub", ns::PUBSUB_OWNER).child(default).build())))
        }
        Request::Configuration(name) => {
            let node = owned(reader, ctx, (place, asker), name)?;
            Ok(configuration(iq, &node.name, &node.config))
        }
        Request::NodeSubscriptions(name) => {
            let node = owned(reader, ctx, (place, asker), name)?;
            let held = store::subscriptions(reader, node.id)?;
            // XEP-0060 §8.8.1.2: those who wait are not listed.
            let held = held.iter().filter(|held| held.state == "subscribed");
            let list = held.map(|held| subscribe::element(None, held, ns::PUBSUB_OWNER)).collect();
            Ok(listed(iq, "subscriptions", ns::PUBSUB_OWNER, Some(name), list))
        }
        Request::NodeAffiliations(name) => {
            let node = owned(reader, ctx, (place, asker), name)?;
            let mut all = store::affiliations(reader, node.id)?;
            if place.account().is_some() {
                all.insert(0, (place.address().to_string(), "owner".to_owned()));
            }
            let list = all.iter().map(|(who, what)| {
                el("affiliation", ns::PUBSUB_OWNER).attr("jid", who).attr("affiliation", what)
            });
            let list = list.map(Element::from).collect();
            Ok(listed(iq, "affiliations", ns::PUBSUB_OWNER, Some(name), list))
        }
        _ => Err(BAD_REQUEST),
    }
}

/// The set-up of a node as a form (XEP-0060 §8.2.2).
pub fn configuration(iq: &Stanza, name: &str, config: &super::NodeConfig) -> Stanza {
    let form = config.form("form", ns::PUBSUB_NODE_CONFIG).element();
    let configure = el("configure", ns::PUBSUB_OWNER).attr("node", name).child(form);
    iq.result(Some(&el("pubsub", ns::PUBSUB_OWNER).child(configure).build()))
}

pub(super) fn existing(reader: &mut Reader<'_>, place: &Place, name: &str) -> Answer<Node> {
    store::node(reader, place.owner(), name)?.ok_or(NO_SUCH_NODE)
}

fn owned(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    (place, asker): (&Place, &Asker),
    name: &str,
) -> Answer<Node> {
    let node = existing(reader, place, name)?;
    match access::affiliation(reader, ctx, place, &node, asker)? {
        Affiliation::Owner => Ok(node),
        _ => Err(NOT_YOURS),
    }
}

/// What the asker is to the nodes here (XEP-0060 §5.7); his own are his.
fn affiliations(
    reader: &mut Reader<'_>,
    place: &Place,
    asker: &Asker,
    node: Option<&str>,
    iq: &Stanza,
) -> Answer<Stanza> {
    let bare = asker.bare();
    let held = if place.is_of(asker) {
        let own = store::nodes(reader, place.owner())?.into_iter();
        own.map(|node| (node.name, "owner".to_owned())).collect()
    } else {
        store::affiliations_of(reader, place.owner(), bare.as_str())?
    };
    let list = held.iter().filter(|(name, _)| node.is_none_or(|node| node == name));
    let list = list.map(|(name, what)| {
        el("affiliation", ns::PUBSUB).attr("node", name).attr("affiliation", what).build()
    });
    Ok(listed(iq, "affiliations", ns::PUBSUB, node, list.collect()))
}

fn listed(
    iq: &Stanza,
    name: &str,
    namespace: &str,
    node: Option<&str>,
    list: Vec<Element>,
) -> Stanza {
    let list = el(name, namespace).maybe("node", node).children(list);
    iq.result(Some(&el("pubsub", namespace).child(list).build()))
}
