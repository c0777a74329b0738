//! Subscribing and unsubscribing (XEP-0060 §6.1, §6.2), and the owner's word where he lets people in (§8.6).

use konvent_core::{Answer, Outbox, Tx};
use konvent_wire::form::{Field, Form};
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use super::access::Affiliation;
use super::config::Access;
use super::store::{self, Subscription};
use super::{
    Asker, Ctx, INVALID_JID, INVALID_SUBID, NO_SUBSCRIPTIONS, NO_SUCH_SUBSCRIBER, NOT_SUBSCRIBED,
    NOT_YOURS, Node, PENDING, Place, SUBSCRIBERS_MAX, SUBSCRIPTIONS_MAX, TOO_MANY_SUBSCRIPTIONS,
    access, events, office,
};
use crate::ns;

/// `<subscription/>` in one of the namespaces.
pub(super) fn element(node: Option<&str>, held: &Subscription, namespace: &str) -> Element {
    el("subscription", namespace)
        .maybe("node", node)
        .attr("jid", &held.who)
        .attr("subid", &held.subid)
        .attr("subscription", &held.state)
        .build()
}

/// Subscribes (XEP-0060 §6.1). Who is subscribed already hears so (§6.1.6).
pub(super) fn subscribe(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
    jid: &Jid,
    out: &mut Outbox,
) -> Answer<Element> {
    // XEP-0060 §6.1.3.1: nobody subscribes another one.
    if jid.to_bare() != asker.bare() {
        return Err(INVALID_JID);
    }
    let standing = access::standing(tx, ctx, place, node, asker)?;
    let waits = node.config.access == Access::Authorize;
    let state = match standing.sees {
        Ok(()) => "subscribed",
        Err(refusal) if waits && refusal == NOT_SUBSCRIBED => "pending",
        Err(refusal) if waits && refusal == PENDING => return Err(PENDING), // XEP-0060 §6.1.3.7
        Err(refusal) => return Err(refusal),
    };
    if !node.config.subscribe {
        return Err(NO_SUBSCRIPTIONS); // XEP-0060 §6.1.3.10
    }
    if let Some(held) = store::subscription(tx, node.id, jid.as_str())? {
        return Ok(element(Some(&node.name), &held, ns::PUBSUB));
    }
    let own = store::subscriptions_of(tx, place.owner(), asker.bare().as_str())?.len();
    if own >= SUBSCRIPTIONS_MAX || store::subscriptions(tx, node.id)?.len() >= SUBSCRIBERS_MAX {
        return Err(TOO_MANY_SUBSCRIPTIONS);
    }
    let bare = asker.bare();
    let held = store::subscribe(tx, node.id, (jid.as_str(), bare.as_str()), state)?;
    if state == "pending" {
        ask_owners(tx, ctx, place, node, &held, out)?;
    } else if let Some(subscriber) = Asker::at(tx, ctx.domain, jid.clone())? {
        events::welcome(tx, ctx, place, node, &subscriber, out)?;
        tell_owners(tx, ctx, place, node, (asker, &held), out)?;
    }
    Ok(element(Some(&node.name), &held, ns::PUBSUB))
}

/// Owners hear who comes and goes, where the node is set up so (XEP-0060 §16.4.4, `pubsub#notify_sub`).
fn tell_owners(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    (asker, held): (&Asker, &Subscription),
    out: &mut Outbox,
) -> Answer<()> {
    if !node.config.notify_sub {
        return Ok(());
    }
    let message = news(tx, place, node, held);
    for owner in office::owners(tx, ctx, place, node)? {
        if owner != asker.bare()
            && let Some(owner) = Asker::at(tx, ctx.domain, owner.into())?
        {
            events::send(ctx, &owner, &message, &node.name, out);
        }
    }
    Ok(())
}

/// How a subscription is now, as a message without recipient (XEP-0060 §12.14).
fn news(tx: &mut Tx<'_>, place: &Place, node: &Node, held: &Subscription) -> Stanza {
    let mark = tx.fresh_id();
    let now = element(Some(&node.name), held, ns::PUBSUB_EVENT);
    Stanza::message("")
        .with_id(&format!("subscription-{mark:x}"))
        .with_from(Jid::from(place.address().clone()))
        .with_child(&el("event", ns::PUBSUB_EVENT).child(now).build())
}

/// Unsubscribes (XEP-0060 §6.2).
pub(super) fn unsubscribe(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
    (jid, subid): (&Jid, Option<&str>),
    out: &mut Outbox,
) -> Answer<Element> {
    if jid.to_bare() != asker.bare() {
        return Err(NOT_YOURS); // XEP-0060 §6.2.3.3
    }
    let held = store::subscription(tx, node.id, jid.as_str())?.ok_or(NO_SUCH_SUBSCRIBER)?;
    // XEP-0060 §6.2.3.5.
    if subid.is_some_and(|subid| subid != held.subid) {
        return Err(INVALID_SUBID);
    }
    store::unsubscribe(tx, node.id, &held.who)?;
    let was_waiting = held.state == "pending";
    let ended = Subscription { state: "none".to_owned(), ..held };
    if !was_waiting {
        tell_owners(tx, ctx, place, node, (asker, &ended), out)?;
    }
    Ok(element(Some(&node.name), &ended, ns::PUBSUB))
}

/// Asks the owners whether somebody may subscribe (XEP-0060 §8.6).
fn ask_owners(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    held: &Subscription,
    out: &mut Outbox,
) -> Answer<()> {
    let mut subid = Field::new("pubsub#subid", &held.subid);
    subid.kind = "hidden".into();
    let field = |var: &str, kind: &str, label: &str, value: &str| {
        Field::asked(var, kind, label, Some(value.to_owned()))
    };
    let form = Form::new("form", ns::PUBSUB_AUTHORIZATION)
        .with(subid)
        .with(field("pubsub#node", "text-single", "Node", &node.name))
        .with(field("pubsub#subscriber_jid", "jid-single", "Who asks", &held.who))
        .with(field("pubsub#allow", "boolean", "May he subscribe?", "false"));
    let message = Stanza::message("")
        .with_id(&format!("authorize-{}", held.subid))
        .with_from(Jid::from(place.address().clone()))
        .with_child(&form.element());
    for owner in office::owners(tx, ctx, place, node)? {
        if let Some(owner) = Asker::at(tx, ctx.domain, owner.into())? {
            events::send(ctx, &owner, &message, &node.name, out);
        }
    }
    Ok(())
}

/// Whether a message is an owner's answer to the question whether somebody may subscribe.
pub fn is_authorization(message: &Stanza) -> bool {
    authorization(message).is_some()
}

fn authorization(message: &Stanza) -> Option<Form> {
    let form = Form::from_element(&message.child("x", ns::FORM)?.element()?);
    (form.form_type() == Some(ns::PUBSUB_AUTHORIZATION)).then_some(form)
}

/// Receives an owner's answer (XEP-0060 §8.6). Cancelled, the request goes on waiting.
pub fn authorize(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    message: &Stanza,
) -> Answer<Outbox> {
    let mut out = Outbox::default();
    let Some(form) = authorization(message).filter(|form| form.kind == "submit") else {
        return Ok(out);
    };
    let node = form.value("pubsub#node").unwrap_or_default();
    // Whoever owns no such node hears the same, whether there is one or not.
    let node = store::node(tx, place.owner(), node)?.ok_or(NOT_YOURS)?;
    if access::affiliation(tx, ctx, place, &node, asker)? != Affiliation::Owner {
        return Err(NOT_YOURS);
    }
    let who = form.value("pubsub#subscriber_jid").unwrap_or_default();
    let held = store::subscription(tx, node.id, who)?.filter(|held| held.state == "pending");
    let held = held.ok_or(NO_SUCH_SUBSCRIBER)?;
    let state = if form.is_true("pubsub#allow") == Some(true) { "subscribed" } else { "none" };
    change(tx, ctx, place, &node, (&held, state), &mut out)?;
    Ok(out)
}

/// A node lets in otherwise than before: whoever lost access by it loses the subscription, whoever waited and may read now
/// has one (XEP-0163 §7.1, XEP-0060 §12.14).
pub(super) fn look_again(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    out: &mut Outbox,
) -> Answer<()> {
    for held in store::subscriptions(tx, node.id)? {
        let Ok(jid) = Jid::new(&held.who) else { continue };
        let Some(subscriber) = Asker::at(tx, ctx.domain, jid)? else { continue };
        let sees = access::standing(tx, ctx, place, node, &subscriber)?.sees.is_ok();
        match (sees, held.state.as_str()) {
            (true, "pending") => change(tx, ctx, place, node, (&held, "subscribed"), out)?,
            // Where owners let people in, whoever waits goes on waiting.
            (false, "pending") if node.config.access == Access::Authorize => {}
            (false, _) => change(tx, ctx, place, node, (&held, "none"), out)?,
            (true, _) => {}
        }
    }
    Ok(())
}

/// An owner's decision about a subscription takes effect, and the subscriber hears of it (XEP-0060 §8.8.4, §12.14).
pub(super) fn change(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    (held, state): (&Subscription, &str),
    out: &mut Outbox,
) -> Answer<()> {
    let Ok(jid) = Jid::new(&held.who) else { return Ok(()) };
    let bare = jid.to_bare();
    if state == "none" {
        store::unsubscribe(tx, node.id, &held.who)?;
    } else {
        store::subscribe(tx, node.id, (&held.who, bare.as_str()), state)?;
    }
    let Some(subscriber) = Asker::at(tx, ctx.domain, jid)? else { return Ok(()) };
    let now = Subscription { state: state.to_owned(), ..held.clone() };
    let message = news(tx, place, node, &now);
    events::send(ctx, &subscriber, &message, &node.name, out);
    if state == "subscribed" && held.state != "subscribed" {
        events::welcome(tx, ctx, place, node, &subscriber, out)?;
    }
    Ok(())
}
