//! Who hears of what happens in a node, and how it is said (XEP-0060 §7.1.2, §9; XEP-0163 §4.3).

use std::collections::BTreeSet;

use konvent_core::{AccountId, Answer, Outbox, Reach, Reader};
use konvent_wire::xml::{Build, el};
use konvent_wire::{Element, Jid, Stanza};

use super::config::{Access, SendLast};
use super::store::{self, Item, Order};
use super::{Asker, Ctx, Node, Place, access, bounce, items};
use crate::contacts::{self, Member};
use crate::{blocking, ns};

/// Something that happened in a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// An item is new or has changed: `<item/>`, without payload where the node sends none.
    Item(Element),
    /// Something happened, and nothing is kept (XEP-0060 §4.3).
    Note,
    /// Items are gone.
    Gone(Vec<String>),
    /// All items are gone (XEP-0060 §8.5.2).
    Purged,
    /// The node is gone (XEP-0060 §8.4.2), perhaps to another address.
    Deleted(Option<String>),
    /// It is set up otherwise (XEP-0060 §8.2.5.3).
    Configured(Option<Element>),
}

impl Happening {
    /// An item with what it holds.
    pub fn item(id: &str, payload: Option<Element>) -> Self {
        Self::Item(el("item", ns::PUBSUB_EVENT).attr("id", id).children(payload).build())
    }

    /// `<event/>`.
    pub fn element(&self, node: &str) -> Element {
        let of = |name: &str| el(name, ns::PUBSUB_EVENT).attr("node", node);
        let inner: Build = match self {
            Self::Item(item) => of("items").child(item.clone()),
            Self::Note => of("items"),
            Self::Gone(ids) => of("items")
                .children(ids.iter().map(|id| el("retract", ns::PUBSUB_EVENT).attr("id", id))),
            Self::Purged => of("purge"),
            Self::Deleted(redirect) => of("delete").children(
                redirect.as_ref().map(|uri| el("redirect", ns::PUBSUB_EVENT).attr("uri", uri)),
            ),
            Self::Configured(form) => of("configuration").children(form.clone()),
        };
        el("event", ns::PUBSUB_EVENT).child(inner).build()
    }
}

/// The message without a recipient. `mark` makes its id one of a kind (XEP-0060 §7.1.2).
pub(super) fn message(place: &Place, node: &Node, event: &Element, mark: i64) -> Stanza {
    Stanza::message(if node.config.normal_messages { "" } else { "headline" })
        .with_id(&bounce::id_of_event(node.id, mark))
        .with_from(Jid::from(place.address().clone()))
        .with_child(event)
}

/// The publishing device, for those who share presence with its owner (XEP-0163 §4.3.1, XEP-0033 §7).
fn with_publisher(message: &Stanza, publisher: Option<&Jid>) -> Stanza {
    let Some(publisher) = publisher else { return message.clone() };
    let address = el("address", ns::ADDRESSES).attr("type", "replyto").attr("jid", publisher);
    message.and_child(&el("addresses", ns::ADDRESSES).child(address).build())
}

/// Tells everybody who may and wants to know.
///
/// `publisher` is the device that caused it, when it is one of the owner's; `mark` tells one happening from the next.
pub fn tell(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    publisher: Option<&Jid>,
    (happening, mark): (&Happening, i64),
    out: &mut Outbox,
) -> Answer<()> {
    if !node.config.deliver_notifications {
        return Ok(());
    }
    let plain = message(place, node, &happening.element(&node.name), mark);
    let publisher = publisher.filter(|jid| *place.address() == jid.to_bare());
    let mut told = BTreeSet::new();
    let mut told_abroad = BTreeSet::new();
    if let Place::Member { account, .. } = place {
        let shown = with_publisher(&plain, publisher);
        told.insert(*account);
        let blocklist = blocking::blocklist(reader, *account)?;
        for other in std::iter::once(*account).chain(circle(reader, ctx, place, node)?) {
            told.insert(other);
            let devices = ctx.here.devices(other, &node.name).into_iter().filter(|d| d.wants);
            for device in devices.collect::<Vec<_>>() {
                // XEP-0163 §4.3.3: nothing goes to whom the owner has blocked, nor to who has blocked him.
                if other != *account
                    && (blocklist.covers(&device.address)
                        || blocking::blocks(reader, other, &place.address().clone().into())?)
                {
                    continue;
                }
                let from = shown.from.clone();
                out.to_session(device.session, shown.addressed(from, Some(device.address)));
            }
        }
        for onlooker in onlookers(reader, ctx, place, node)? {
            told_abroad.insert(onlooker.to_bare());
            out.abroad(shown.addressed(shown.from.clone(), Some(onlooker)));
        }
    }
    for subscription in store::subscriptions(reader, node.id)? {
        let is_told_of_the_end = matches!(happening, Happening::Deleted(_));
        if subscription.state != "subscribed" && !is_told_of_the_end {
            continue;
        }
        let Ok(address) = Jid::new(&subscription.who) else { continue };
        let Some(asker) = Asker::at(reader, ctx.domain, address)? else { continue };
        if asker.account().is_some_and(|account| told.contains(&account)) {
            continue; // one event for each entity, and the device has said what it wants
        }
        if subscription.who == asker.bare().as_str() && told_abroad.contains(&asker.bare()) {
            continue;
        }
        // XEP-0163 §4.3.3, and §7.1: whoever is blocked or has lost access since hears nothing more.
        if access::is_blocked(reader, place, &asker)? {
            continue;
        }
        if access::may_hear(reader, ctx, place, node, &asker)? || is_told_of_the_end {
            send(ctx, &asker, &plain, &node.name, out);
        }
    }
    Ok(())
}

/// The accounts that hear of a node without having subscribed (XEP-0060 §9.1.2): those who see the owner's presence and may
/// read.
fn circle(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
) -> Answer<Vec<AccountId>> {
    let Place::Member { account, person, address } = place else { return Ok(Vec::new()) };
    let owner = Member { account: *account, person: *person, address: address.clone() };
    let by_group = match node.config.access {
        Access::Open | Access::Presence => false,
        Access::Roster => true,
        Access::Authorize | Access::Whitelist => return Ok(Vec::new()),
    };
    let outcasts: BTreeSet<String> = store::affiliations(reader, node.id)?
        .into_iter()
        .filter(|(_, what)| what == access::Affiliation::Outcast.as_str())
        .map(|(who, _)| who)
        .collect();
    let allowed = &node.config.groups;
    Ok(contacts::list(reader, ctx.domain, &owner, ctx.now)?
        .into_iter()
        .filter(|contact| contact.sharing.is_seen && !outcasts.contains(contact.address.as_str()))
        .filter(|contact| !by_group || contact.groups.iter().any(|group| allowed.contains(group)))
        .filter_map(|contact| contact.account)
        .collect())
}

/// The devices of contacts on other servers that want to hear of a node and may (XEP-0060 §9.1.2, XEP-0163 §4.3.2).
fn onlookers(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
) -> Answer<Vec<Jid>> {
    let Place::Member { account, .. } = place else { return Ok(Vec::new()) };
    if matches!(node.config.access, Access::Authorize | Access::Whitelist) {
        return Ok(Vec::new());
    }
    let mut onlookers = Vec::new();
    for onlooker in ctx.here.onlookers(*account, &node.name) {
        if hears(reader, ctx, place, node, &Asker::Abroad(onlooker.clone()))? {
            onlookers.push(onlooker);
        }
    }
    Ok(onlookers)
}

/// Whether somebody on another server hears of a node because he sees its owner's presence.
pub(crate) fn hears(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    onlooker: &Asker,
) -> Answer<bool> {
    Ok(access::relation(reader, ctx, place, onlooker)?.sees_presence
        && access::standing(reader, ctx, place, node, onlooker)?.sees.is_ok())
}

/// To one subscriber: a device, all devices of a member, or somebody abroad (XEP-0163 §4.3.2).
pub(super) fn send(ctx: Ctx<'_>, to: &Asker, message: &Stanza, node: &str, out: &mut Outbox) {
    let addressed = message.addressed(message.from.clone(), Some(to.jid().clone()));
    match to {
        Asker::Here(session) => out.to_session(session.id, addressed),
        Asker::Abroad(_) => out.abroad(addressed),
        Asker::Member { account, address, .. } if address.is_full() => {
            let devices = ctx.here.devices(*account, node);
            if let Some(device) = devices.into_iter().find(|device| device.address == *address) {
                out.to_session(device.session, addressed);
            }
        }
        Asker::Member { account, .. } => {
            out.to_account(*account, Reach::Available, None, addressed);
        }
    }
}

/// The last item of a node as a message without recipient, stamped with its time (XEP-0060 §6.1.7, XEP-0203 §2).
pub fn last_item(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
) -> Answer<Option<Stanza>> {
    let from = (node.id, node.config.alive_since(ctx.now), Order::Changed);
    let newest = store::downwards(reader, from, i64::MAX, (1, 0))?;
    Ok(newest.first().map(|item: &Item| {
        let (with_payload, named) = (node.config.deliver_payloads, node.config.names_publisher);
        let shown = items::element(item, ns::PUBSUB_EVENT, with_payload, named);
        let happening = Happening::Item(shown);
        let delay = el("delay", ns::DELAY)
            .attr("from", place.address())
            .attr("stamp", item.at.to_xep_0082());
        message(place, node, &happening.element(&node.name), item.changed)
            .with_child(&delay.build())
    }))
}

/// Sends a new subscriber the last item, if the node does so (XEP-0060 §6.1.7).
pub(super) fn welcome(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    to: &Asker,
    out: &mut Outbox,
) -> Answer<()> {
    if node.config.send_last != SendLast::Never
        && node.config.deliver_notifications
        && let Some(message) = last_item(reader, ctx, place, node)?
    {
        send(ctx, to, &message, &node.name, out);
    }
    Ok(())
}
