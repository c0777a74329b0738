//! A member's own nodes (XEP-0163): the engine of [`crate::pubsub`] with the rules of a person's place.
//!
//! * What is published reaches the own devices and those who see the member's presence, if their clients want it (§4.2).
//! * To somebody who does not know the member, an account looks like no account at all ([`HIDDEN`]): only nodes that he has
//!   opened to everybody (OMEMO keys, for instance) answer.
//! * Storage for everybody (XEP-0222), for oneself (XEP-0223), business cards (XEP-0292) and keys for encryption (XEP-0384)
//!   are nodes like others: the publisher says how they must be, and nothing is published when they are not so.
//! * Two nodes are derived by other features and lie behind the same face: bookmarks and read positions.

mod derived;
pub mod greet;
#[cfg(test)]
mod tests;

use konvent_core::{About, Answer, Kind, Outbox, Reader, Refusal, Tx};
use konvent_wire::Stanza;
use konvent_wire::xml::el;

pub use derived::{Change, Derived, answer_derived, page};

use crate::disco::Question;
use crate::ns;
use crate::pubsub::{self, Asker, Ctx, Place, Request, access, disco};

/// The visiting card of a member's own nodes.
pub const ABOUT: About = About {
    name: "pep",
    sentence: "Small things that all devices of a member share, and what he shows to those who know him.",
    speaks: &["XEP-0060", "XEP-0163", "XEP-0222", "XEP-0223", "XEP-0292", "XEP-0384", "XEP-0442"],
    leaves_out: &[
        (
            "XEP-0060 §6.1.3.2, §6.5.9.6",
            "somebody who does not know the member hears what he would hear of an address that nobody has; those who know him get the error",
        ),
        (
            "XEP-0060 §9.1.3",
            "directed presence alone subscribes to nothing; who wants an open node's events subscribes",
        ),
        (
            "XEP-0163 §7.1",
            "when a node is set up otherwise, whoever loses access loses the subscription and hears so; when a contact list changes, he hears nothing more from that moment, because access is looked at for each event, and his subscription rests",
        ),
    ],
    announces: FEATURES,
    migrations: &[],
    keeps: None,
};

const FEATURES: &[&str] = &[
    "http://jabber.org/protocol/pubsub#access-presence",
    "http://jabber.org/protocol/pubsub#auto-subscribe",
    "http://jabber.org/protocol/pubsub#filtered-notifications",
    "http://jabber.org/protocol/pubsub#presence-subscribe",
    "http://jabber.org/protocol/pubsub#pubsub-on-a-jid",
];

/// To this asker there is nothing here. The flow says what it says of addresses that nobody has.
pub const HIDDEN: Refusal = Refusal::new(Kind::NotFound, "pep.hidden");

/// Every feature that an account announces for its nodes (XEP-0163 §6.1).
pub fn features() -> impl Iterator<Item = &'static str> {
    disco::FEATURES.iter().chain(FEATURES).copied()
}

/// Answers a question about a member's nodes.
///
/// # Errors
/// Those of XEP-0060 §11, and [`HIDDEN`] in their place for whoever does not know the member.
pub fn answer(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    request: &Request,
    iq: &Stanza,
) -> Answer<Stanza> {
    match pubsub::answer::answer(reader, ctx, place, asker, request, iq) {
        Ok(reply)
            if !is_own_list(request) || access::relation(reader, ctx, place, asker)?.knows =>
        {
            Ok(reply)
        }
        Ok(_) => Err(HIDDEN),
        Err(refusal) => Err(hide(reader, ctx, place, asker, refusal)?),
    }
}

/// Answers a question about the archive of a member's node (XEP-0442 §2).
///
/// # Errors
/// Those of [`pubsub::history::answer`], and [`HIDDEN`] in their place for whoever does not know the member.
pub fn history(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    iq: &Stanza,
) -> Answer<Outbox> {
    match pubsub::history::answer(reader, ctx, place, asker, iq) {
        Ok(out) => Ok(out),
        Err(refusal) => Err(hide(reader, ctx, place, asker, refusal)?),
    }
}

/// An empty list of subscriptions would say that there is somebody.
fn is_own_list(request: &Request) -> bool {
    matches!(request, Request::Subscriptions(_) | Request::Affiliations(_) | Request::Defaults)
}

/// Changes something about a member's nodes.
///
/// # Errors
/// As [`answer`].
pub fn change(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    request: &Request,
    iq: &Stanza,
) -> Answer<Outbox> {
    match pubsub::change::change(tx, ctx, place, asker, request, iq) {
        Ok(out) => Ok(out),
        Err(refusal) => Err(hide(tx, ctx, place, asker, refusal)?),
    }
}

/// A refusal as this asker may hear it.
fn hide(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    refusal: Refusal,
) -> Answer<Refusal> {
    let is_known =
        refusal.kind == Kind::Broken || access::relation(reader, ctx, place, asker)?.knows;
    Ok(if is_known { refusal } else { HIDDEN })
}

/// Which nodes a member has (XEP-0163 §6.2), and what one is; `derived` are those of other features, for himself alone.
pub fn describe(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    (question, node, derived): (Question, Option<&str>, &[&str]),
    iq: &Stanza,
) -> Answer<Stanza> {
    if !access::relation(reader, ctx, place, asker)?.knows {
        return Err(HIDDEN);
    }
    let is_own = place.is_of(asker);
    match (question, node) {
        (Question::Info, Some(node)) if is_own && derived.contains(&node) => {
            let form = Derived::config().form("result", ns::PUBSUB_META_DATA).element();
            Ok(disco::of_leaf(iq, form, false))
        }
        (Question::Info, Some(node)) => disco::node_info(reader, ctx, place, asker, node, iq),
        (Question::Items, Some(node)) => disco::node_items(reader, ctx, place, asker, node, iq),
        (Question::Info, None) => {
            let identities = [("account", "registered", None), ("pubsub", "pep", None)];
            let own = [ns::DISCO_INFO, ns::DISCO_ITEMS];
            Ok(crate::disco::info(iq, &identities, features().chain(own), None))
        }
        (Question::Items, None) => {
            let mut list = disco::nodes(reader, ctx, place, asker)?;
            for node in derived.iter().filter(|_| is_own) {
                if !list.iter().any(|entry| entry.attr("node") == Some(node)) {
                    let entry = el("item", ns::DISCO_ITEMS).attr("jid", place.address());
                    list.push(entry.attr("node", node).build());
                }
            }
            Ok(iq.result(Some(&el("query", ns::DISCO_ITEMS).children(list).build())))
        }
    }
}
