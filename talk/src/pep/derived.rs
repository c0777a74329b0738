//! The face of nodes that are not kept as they were published but follow from something else: bookmarks from the directory,
//! read positions from what was read. To a client they look like private storage (XEP-0223 §3).

use konvent_core::{AccountId, Answer, Outbox};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use crate::ns;
use crate::pubsub::events::Happening;
use crate::pubsub::{
    Asker, BAD_REQUEST, Ctx, ITEM_REQUIRED, LOCKED_DOWN, NODE_EXISTS, NodeConfig, PRECONDITION,
    Request, Selection, answer,
};
use crate::{Session, pubsub};

/// A node that follows from something else.
#[derive(Debug)]
pub struct Derived;

/// What is wanted of its items.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// This item shall be there.
    Put(String, Option<Element>),
    /// This item shall go.
    Drop(String),
    /// Nothing is wanted that is not so.
    Nothing,
}

impl Derived {
    /// How it is set up, for good.
    pub fn config() -> NodeConfig {
        NodeConfig::private()
    }

    /// What a request changes; the rest is refused here: the node cannot be set up otherwise, emptied or deleted.
    ///
    /// # Errors
    /// `pubsub.precondition-not-met`, `pubsub.item-required`, `pubsub.locked-down` …
    pub fn change(request: &Request) -> Answer<Change> {
        match request {
            Request::Publish { item, options, .. } => {
                let mut wanted = options.iter().flat_map(|form| &form.fields);
                // XEP-0060 §7.1.5; how many items fit is not for the publisher to say, as long as his does.
                let meets = |field: &konvent_wire::form::Field| {
                    matches!(field.var.as_str(), "FORM_TYPE" | "pubsub#max_items")
                        || Self::config().meets(field)
                };
                if !wanted.all(meets) {
                    return Err(PRECONDITION);
                }
                let (id, payload) = item.clone().ok_or(ITEM_REQUIRED)?;
                Ok(Change::Put(id.ok_or(ITEM_REQUIRED)?, payload))
            }
            Request::Retract { id, .. } => Ok(Change::Drop(id.clone())),
            Request::Create(..) => Err(NODE_EXISTS),
            Request::Configure(_, form) => {
                let mut config = Self::config();
                let fits = form.kind == "cancel" || config.submit(form).is_ok();
                // XEP-0060 §8.2.3.4: locked down.
                if fits && config == Self::config() {
                    Ok(Change::Nothing)
                } else {
                    Err(LOCKED_DOWN)
                }
            }
            _ => Err(LOCKED_DOWN),
        }
    }

    /// Tells the devices of a member that want to know; the one that caused it, too (XEP-0163 §4).
    pub fn tell(
        ctx: Ctx<'_>,
        session: &Session,
        node: &str,
        happening: &Happening,
        out: &mut Outbox,
    ) {
        let bare = session.bare();
        Self::tell_account(ctx, (session.account, &bare), node, happening, out);
    }

    /// As [`Self::tell`], when no device caused it.
    pub fn tell_account(
        ctx: Ctx<'_>,
        (account, address): (AccountId, &BareJid),
        node: &str,
        happening: &Happening,
        out: &mut Outbox,
    ) {
        let message = Stanza::message("headline")
            .with_from(Jid::from(address.clone()))
            .with_child(&happening.element(node));
        for device in ctx.here.devices(account, node).into_iter().filter(|device| device.wants) {
            let from = message.from.clone();
            out.to_session(device.session, message.addressed(from, Some(device.address)));
        }
    }
}

/// Answers a question about a derived node; `items` are all it holds, the oldest first.
///
/// # Errors
/// `pubsub.bad-request` when it is no question.
pub fn answer_derived(
    request: &Request,
    iq: &Stanza,
    items: impl FnOnce() -> Answer<Vec<(String, Element)>>,
) -> Answer<Stanza> {
    match request {
        Request::Items(wanted) => page(wanted, items()?, iq),
        Request::Configuration(node) => {
            let form = Derived::config().form("form", ns::PUBSUB_NODE_CONFIG);
            Ok(answer::configuration(iq, node, &form))
        }
        Request::NodeSubscriptions(node) | Request::NodeAffiliations(node) => {
            let list = if matches!(request, Request::NodeSubscriptions(_)) {
                "subscriptions"
            } else {
                "affiliations"
            };
            let list = el(list, ns::PUBSUB_OWNER).attr("node", node);
            Ok(iq.result(Some(&el("pubsub", ns::PUBSUB_OWNER).child(list).build())))
        }
        _ => Err(BAD_REQUEST),
    }
}

/// The items that are wanted (XEP-0060 §6.5), by page where one is asked for.
pub fn page(wanted: &Selection, mut items: Vec<(String, Element)>, iq: &Stanza) -> Answer<Stanza> {
    use konvent_wire::rsm::{Page, Place};
    if wanted.descends {
        items.reverse();
    }
    let all = items.len();
    let size = usize::try_from(wanted.page.size(u32::MAX, u32::MAX)).unwrap_or(usize::MAX);
    let at =
        |id: &String| items.iter().position(|(known, _)| known == id).ok_or(pubsub::NO_SUCH_ITEM);
    let (from, to) = match &wanted.page.place {
        _ if !wanted.ids.is_empty() => (0, all),
        Place::Start => (0, size),
        Place::Index(index) => {
            let index = usize::try_from(*index).unwrap_or(usize::MAX);
            (index, index.saturating_add(size))
        }
        Place::After(id) => {
            let next = at(id)? + 1;
            (next, next.saturating_add(size))
        }
        Place::Before(id) => {
            let end = at(id)?;
            (end.saturating_sub(size), end)
        }
        Place::End => (all.saturating_sub(size), all),
    };
    let is_paged = wanted.page != konvent_wire::rsm::Request::default();
    let mut shown: Vec<(String, Element)> =
        items.into_iter().skip(from).take(to.saturating_sub(from)).collect();
    if !wanted.ids.is_empty() {
        shown.retain(|(id, _)| wanted.ids.contains(id));
    }
    if let Some(newest) = wanted.newest.and_then(|newest| usize::try_from(newest).ok()) {
        let surplus = shown.len().saturating_sub(newest);
        shown.drain(..if wanted.descends { 0 } else { surplus });
        shown.truncate(newest);
    }
    let page = is_paged.then(|| Page {
        first: shown.first().map(|(id, _)| (id.clone(), u32::try_from(from).ok())),
        last: shown.last().map(|(id, _)| id.clone()),
        count: u32::try_from(all).ok(),
    });
    let list = el("items", ns::PUBSUB).attr("node", &wanted.node).children(
        shown.into_iter().map(|(id, payload)| el("item", ns::PUBSUB).attr("id", id).child(payload)),
    );
    let pubsub = el("pubsub", ns::PUBSUB).child(list).children(page.map(|page| page.element()));
    Ok(iq.result(Some(&pubsub.build())))
}

impl Change {
    /// What follows from what was done: the member's answer, and behind it the news.
    pub fn done(&self, session: &Session, iq: &Stanza, node: &str, news: Outbox) -> Outbox {
        let mut out = Outbox::default();
        Asker::Here(session.clone()).reply(self.reply(iq, node), &mut out);
        out.append(news);
        out
    }

    /// The answer to what was done (XEP-0060 §7.1.2, §7.2.2).
    fn reply(&self, iq: &Stanza, node: &str) -> Stanza {
        match self {
            Self::Put(id, _) => {
                let item = el("item", ns::PUBSUB).attr("id", id);
                let publish = el("publish", ns::PUBSUB).attr("node", node).child(item);
                iq.result(Some(&el("pubsub", ns::PUBSUB).child(publish).build()))
            }
            Self::Drop(_) | Self::Nothing => iq.result(None),
        }
    }
}
