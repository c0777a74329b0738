//! Questions about nodes (XEP-0060 §5.6, §5.7, §6.5, §8.2, §8.8.1, §8.9.1): answered from one reading of the storage.

use konvent_core::{Answer, Reader};
use konvent_wire::form::Form;
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use super::access::{self, Affiliation};
use super::store::{self, Node};
use super::{
    Asker, BAD_REQUEST, Ctx, INVALID_SUBID, NO_SUCH_NODE, NOT_PERSISTENT, NOT_YOURS, Place,
    Request, disco, groups, items, nodes, office, subscribe,
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
            standing.may_read()?;
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
        Request::Affiliations(node) => {
            affiliations(reader, ctx, (place, asker), node.as_deref(), iq)
        }
        Request::Defaults => {
            let form = nodes::defaults(place).form("form", ns::PUBSUB_NODE_CONFIG);
            let form = groups::labelled(reader, (place, asker), form)?;
            let default = el("default", ns::PUBSUB_OWNER).child(form.element());
            Ok(iq.result(Some(&el("pubsub", ns::PUBSUB_OWNER).child(default).build())))
        }
        Request::Configuration(name) => {
            let node = owned(reader, ctx, (place, asker), name)?;
            let form = node.config.form("form", ns::PUBSUB_NODE_CONFIG);
            let form = groups::labelled(reader, (place, asker), form)?;
            Ok(configuration(iq, &node.name, &form))
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
            let owners = office::owners(reader, ctx, place, &node)?.into_iter();
            let mut all: Vec<(String, String)> = owners
                .map(|who| (who.to_string(), Affiliation::Owner.as_str().to_owned()))
                .collect();
            let others = store::affiliations(reader, node.id)?.into_iter();
            // Whoever is owner in name only is none (XEP-0060 §8.9.1.2).
            let others = others.filter(|(who, what)| {
                what != Affiliation::Owner.as_str() && !all.iter().any(|(owner, _)| owner == who)
            });
            let others: Vec<_> = others.collect();
            all.extend(others);
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
pub fn configuration(iq: &Stanza, name: &str, form: &Form) -> Stanza {
    let configure = el("configure", ns::PUBSUB_OWNER).attr("node", name).child(form.element());
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

/// What the asker is to the nodes here (XEP-0060 §5.7); his own are his, and those of the organisation that he owns by office.
fn affiliations(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    (place, asker): (&Place, &Asker),
    node: Option<&str>,
    iq: &Stanza,
) -> Answer<Stanza> {
    let bare = asker.bare();
    let owned = |node: Node| (node.name, Affiliation::Owner.as_str().to_owned());
    let mut held: Vec<(String, String)> = Vec::new();
    if place.is_of(asker) {
        held.extend(store::nodes(reader, place.owner())?.into_iter().map(owned));
    } else {
        held = store::affiliations_of(reader, place.owner(), bare.as_str())?;
    }
    if let Place::Service { for_everybody, .. } = place {
        let may_own = access::may_create(reader, ctx, place, asker)?;
        held.retain(|(_, what)| may_own || what != Affiliation::Owner.as_str());
        if may_own && !for_everybody {
            for node in store::first_nodes(reader, place.owner(), disco::LOOKED_AT_MAX)? {
                let is = access::affiliation(reader, ctx, place, &node, asker)?;
                if is == Affiliation::Owner {
                    held.retain(|(name, _)| *name != node.name);
                    held.push(owned(node));
                }
            }
            held.sort_unstable();
        }
    }
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
