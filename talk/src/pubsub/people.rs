//! The owner's lists: who is subscribed, who may what (XEP-0060 §8.8, §8.9).

use konvent_core::{Answer, Outbox, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use super::access::Affiliation;
use super::store::{self, Subscription};
use super::{
    AFFILIATIONS_MAX, Asker, BAD_REQUEST, Ctx, NOT_ACCEPTABLE, NOT_YOURS, Node, Place, QUOTA,
    SUBSCRIBERS_MAX, access, errors, office, subscribe,
};
use crate::ns;

/// The answer when some entries could not be changed: those as they were (XEP-0060 §8.8.2.4, §8.9.2.4).
fn but_for(iq: &Stanza, list: &str, node: &Node, refused: Vec<Element>) -> Stanza {
    if refused.is_empty() {
        return iq.result(None);
    }
    let list = el(list, ns::PUBSUB_OWNER).attr("node", &node.name).children(refused);
    let Some(error) = errors::of_code(NOT_ACCEPTABLE.code) else { return iq.result(None) };
    iq.error_reply(&error).with_child(&el("pubsub", ns::PUBSUB_OWNER).child(list).build())
}

/// Changes subscriptions, each of them or none of its own (XEP-0060 §8.8.2).
pub(super) fn set_subscriptions(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
    (changes, iq): (&[(String, String)], &Stanza),
    out: &mut Outbox,
) -> Answer<Stanza> {
    if access::affiliation(tx, ctx, place, node, asker)? != Affiliation::Owner {
        return Err(NOT_YOURS);
    }
    let mut refused = Vec::new();
    for (who, state) in changes {
        let held = store::subscription(tx, node.id, who)?;
        let is_room = store::subscriptions(tx, node.id)?.len() < SUBSCRIBERS_MAX;
        match (held, state.as_str()) {
            (Some(held), "subscribed" | "none") => {
                subscribe::change(tx, ctx, place, node, (&held, state), out)?;
            }
            (None, "subscribed") if is_room => {
                let held = Subscription::none(who);
                subscribe::change(tx, ctx, place, node, (&held, state), out)?;
            }
            (None, "none") => {}
            (held, _) => {
                let held = held.unwrap_or_else(|| Subscription::none(who));
                refused.push(subscribe::element(None, &held, ns::PUBSUB_OWNER));
            }
        }
    }
    Ok(but_for(iq, "subscriptions", node, refused))
}

/// Changes affiliations (XEP-0060 §8.9.2). A node never loses its last owner, a member's own node never its member.
pub(super) fn set_affiliations(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
    (changes, iq): (&[(String, String)], &Stanza),
    out: &mut Outbox,
) -> Answer<Stanza> {
    if access::affiliation(tx, ctx, place, node, asker)? != Affiliation::Owner {
        return Err(NOT_YOURS);
    }
    let mut refused = Vec::new();
    for (who, what) in changes {
        // XEP-0060 §4.1: affiliations are of bare addresses.
        let who = Jid::new(who).map_err(|_| BAD_REQUEST)?.to_bare();
        let before = store::affiliation(tx, node.id, who.as_str())?;
        let all = store::affiliations(tx, node.id)?;
        // Who owns it in name only can be struck by those who own it by office.
        let owners = office::owners(tx, ctx, place, node)?;
        let is_last_owner = before.as_deref() == Some(Affiliation::Owner.as_str())
            && owners.as_slice() == std::slice::from_ref(&who);
        let is_new = before.is_none();
        match Affiliation::from_name(what) {
            Some(wanted)
                if who != *place.address()
                    && (!is_last_owner || wanted == Affiliation::Owner)
                    && may_be_given(place, wanted) =>
            {
                if is_new && all.len() >= AFFILIATIONS_MAX {
                    return Err(QUOTA);
                }
                give(tx, ctx, place, node, (&who, wanted), out)?;
            }
            _ => {
                let was = if who == *place.address() { Some("owner") } else { before.as_deref() };
                refused.push(
                    el("affiliation", ns::PUBSUB_OWNER)
                        .attr("jid", &who)
                        .attr("affiliation", was.unwrap_or("none"))
                        .build(),
                );
            }
        }
    }
    Ok(but_for(iq, "affiliations", node, refused))
}

/// A member's own nodes are his alone to own: whoever owned one could open it to everybody in his name.
fn may_be_given(place: &Place, wanted: Affiliation) -> bool {
    wanted != Affiliation::Owner || matches!(place, Place::Service { .. })
}

fn give(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    (who, wanted): (&BareJid, Affiliation),
    out: &mut Outbox,
) -> Answer<()> {
    if wanted == Affiliation::None {
        store::disaffiliate(tx, node.id, who.as_str())?;
    } else {
        store::affiliate(tx, node.id, who.as_str(), wanted.as_str())?;
    }
    // XEP-0060 §8.7.4: whoever waited is let in or turned away by it; an outcast hears nothing more (§4.1).
    for held in store::subscriptions_at(tx, node.id, who.as_str())? {
        let state = match wanted {
            Affiliation::Outcast => "none",
            Affiliation::Owner | Affiliation::Publisher | Affiliation::Member
                if held.state == "pending" =>
            {
                "subscribed"
            }
            _ => continue,
        };
        subscribe::change(tx, ctx, place, node, (&held, state), out)?;
    }
    Ok(())
}
