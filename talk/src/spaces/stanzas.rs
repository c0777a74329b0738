//! Spaces on the wire: nodes of the organisation's service (XEP-0503 §5), read only.

use konvent_core::{Answer, Millis, PersonId, Reader};
use konvent_wire::form::{Field, Form};
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use super::{Space, below, is_space, of, parent_of};
use crate::disco::{Question, no_items, text_field};
use crate::pubsub::{
    Asker, BAD_REQUEST, Ctx, LOCKED_DOWN, NO_SUBSCRIPTIONS, NO_SUCH_NODE, NODE_EXISTS, NOT_YOURS,
    NodeConfig, Place, Request, disco,
};
use crate::rooms::RoomInfo;
use crate::{Domain, ns, pep, picture};

/// Spaces, and the type of their nodes (XEP-0503 §3).
const SPACES: &str = "urn:xmpp:spaces:0";
/// Another node as an item (XEP-0330 §2, XEP-0503 §5.4).
const SUBSCRIPTION: &str = "urn:xmpp:pubsub:subscription:0";

fn known(reader: &mut Reader<'_>, asker: &Asker, now: Millis) -> Answer<Vec<Space>> {
    match asker.person() {
        Some(person) => of(reader, person, now),
        None => Ok(Vec::new()), // nobody from abroad belongs to a unit
    }
}

fn named<'s>(spaces: &'s [Space], node: &str) -> Answer<&'s Space> {
    spaces.iter().find(|space| space.node == node).ok_or(NO_SUCH_NODE)
}

/// The spaces of whoever asks, as entries of the service's list (XEP-0503 §5.1).
pub fn listed(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
) -> Answer<Vec<Element>> {
    let spaces = known(reader, asker, ctx.now)?;
    let entry = |space: &Space| {
        el("item", ns::DISCO_ITEMS)
            .attr("jid", place.address())
            .attr("node", &space.node)
            .attr("name", &space.name)
            .build()
    };
    Ok(spaces.iter().map(entry).collect())
}

/// How a space is set up, for good (XEP-0503 §3): private, and nothing in it ends by itself.
fn config(space: &Space) -> NodeConfig {
    NodeConfig {
        title: space.name.clone(),
        payload_type: SPACES.to_owned(),
        ..NodeConfig::private()
    }
}

/// What a space is (XEP-0503 §5.2) and, by their names, what it holds.
///
/// # Errors
/// `pubsub.no-such-node` for whoever does not belong to the unit, as where there is none.
pub fn describe(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    asker: &Asker,
    (question, node): (Question, &str),
    iq: &Stanza,
) -> Answer<Stanza> {
    let spaces = known(reader, asker, ctx.now)?;
    let space = named(&spaces, node)?;
    match question {
        Question::Info => {
            let form = config(space).form("result", ns::PUBSUB_META_DATA);
            let mut form = form.with(Field::new("pubsub#purge_offline", "0"));
            for field in &mut form.fields {
                field.options.clear();
            }
            let leaf = disco::of_leaf(iq, form.element(), false);
            Ok(with_feature(&leaf))
        }
        Question::Items => Ok(no_items(iq)),
    }
}

/// Answers a question about a space (XEP-0503 §5.4).
///
/// # Errors
/// `pubsub.no-such-node` as in [`describe`]; `pubsub.not-yours` for what is its owners' (there are none).
pub fn answer(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    request: &Request,
    iq: &Stanza,
) -> Answer<Stanza> {
    let spaces = known(reader, asker, ctx.now)?;
    let space = named(&spaces, request.node().unwrap_or_default())?;
    match request {
        Request::Items(wanted) => pep::page(wanted, items(ctx.domain, place, &spaces, space)?, iq),
        Request::Subscriptions(_) => Ok(empty(iq, "subscriptions", &space.node)),
        Request::Affiliations(_) => Ok(empty(iq, "affiliations", &space.node)),
        _ => Err(NOT_YOURS),
    }
}

fn empty(iq: &Stanza, list: &str, node: &str) -> Stanza {
    let list = el(list, ns::PUBSUB).attr("node", node);
    iq.result(Some(&el("pubsub", ns::PUBSUB).child(list).build()))
}

/// His rooms in the space as bookmarks (XEP-0402 §3), then the spaces below it.
fn items(
    domain: &Domain,
    place: &Place,
    spaces: &[Space],
    space: &Space,
) -> Answer<Vec<(String, Element)>> {
    let mut items = Vec::new();
    for room in &space.rooms {
        let conference = el("conference", ns::BOOKMARKS).attr("name", &room.name).build();
        items.push((domain.room(&room.address)?.to_string(), conference));
    }
    for below in below(spaces, space) {
        let subscription = el("subscription", SUBSCRIPTION)
            .attr("server", place.address())
            .attr("node", &below.node)
            .child(el("title", SUBSCRIPTION).text(&below.name))
            .build();
        // XEP-0330 §2.1: named by what it points at.
        let id = picture::hash(format!("{}<{}", place.address(), below.node).as_bytes());
        items.push((id, subscription));
    }
    Ok(items)
}

/// Nothing is changed in a space: the directory does that.
///
/// # Errors
/// Always, and the same whether or not there is such a space.
pub fn change(request: &Request) -> Answer<()> {
    Err(match request {
        Request::Create(..) => NODE_EXISTS,
        Request::Subscribe(..) | Request::Unsubscribe(..) => NO_SUBSCRIPTIONS,
        Request::Publish { .. } | Request::Retract { .. } | Request::Purge(_) => LOCKED_DOWN,
        request if request.node().is_some_and(is_space) => NOT_YOURS,
        _ => BAD_REQUEST,
    })
}

/// A room of the directory names its space to those who belong there (XEP-0503 §5.5).
pub fn with_parent(
    reader: &mut Reader<'_>,
    domain: &Domain,
    (room, person): (&RoomInfo, PersonId),
    reply: Stanza,
    now: Millis,
) -> Answer<Stanza> {
    let Some(space) = parent_of(reader, room.id, person, now)? else { return Ok(reply) };
    let address = format!("xmpp:{}?;node={}", domain.pubsub_service()?, space.node);
    let Some(mut query) = reply.payload() else { return Ok(reply) };
    for child in query.children_mut() {
        let is_of_room = child.is("x", ns::FORM)
            && Form::from_element(child).form_type() == Some(ns::MUC_ROOMINFO);
        if is_of_room {
            child.append_child(text_field("muc#roomconfig_pubsub", &address, None));
        }
    }
    let form = el("x", ns::FORM)
        .attr("type", "result")
        .child(text_field("FORM_TYPE", SPACES, Some("hidden")))
        .child(text_field("parent", &address, Some("text-single")))
        .build();
    query.append_child(form);
    Ok(with_feature(&holding(&reply, &query)))
}

fn with_feature(reply: &Stanza) -> Stanza {
    let Some(mut query) = reply.payload() else { return reply.clone() };
    query.append_child(el("feature", ns::DISCO_INFO).attr("var", SPACES).build());
    holding(reply, &query)
}

/// The same stanza around something else.
fn holding(reply: &Stanza, inner: &Element) -> Stanza {
    reply.without(|_| true).with_child(inner)
}
