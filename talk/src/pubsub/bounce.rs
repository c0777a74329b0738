//! What comes back from an event that could not be delivered (XEP-0060 §12.4).
//!
//! An event says by its id of which node it is, so nothing has to be remembered. A subscription ends when its address is gone
//! for good. Left out: counting what is said of somebody who may only be away.

use konvent_core::{Answer, Tx};
use konvent_wire::{Condition, Jid, Stanza};

use super::{Place, store};

const PREFIX: &str = "event";

/// The conditions by which an address says that it does not exist (any more). `service-unavailable` is said of whoever is
/// away as well, and `remote-server-not-found` while a server sleeps: these end nothing.
const GONE: &[Condition] = &[Condition::Gone, Condition::ItemNotFound, Condition::JidMalformed];

/// The id of an event: unique, and it names the node (XEP-0060 §12.4).
pub(super) fn id_of_event(node: i64, mark: i64) -> String {
    format!("{PREFIX}-{node:x}-{mark:x}")
}

/// The number of the node of which an event was, by its id.
fn node_of(id: &str) -> Option<i64> {
    let mut parts = id.split('-');
    let (prefix, node, mark) = (parts.next()?, parts.next()?, parts.next()?);
    let is_ours =
        prefix == PREFIX && parts.next().is_none() && i64::from_str_radix(mark, 16).is_ok();
    i64::from_str_radix(node, 16).ok().filter(|_| is_ours)
}

/// Whether a message is an event that came back.
pub fn is_bounce(message: &Stanza) -> bool {
    message.is_error() && message.id.as_deref().and_then(node_of).is_some()
}

/// Ends the subscription of an address to which an event could not be delivered, if it is gone for good. Only the address
/// that subscribed says so of itself: `from` is who has proved to be that. Says whether something ended.
pub fn receive(tx: &mut Tx<'_>, place: &Place, from: &Jid, message: &Stanza) -> Answer<bool> {
    let number = message.id.as_deref().and_then(node_of);
    let (Some(number), Some(error)) = (number, message.error()) else { return Ok(false) };
    let is_gone = GONE.contains(&error.condition);
    let node = store::by_number(tx, number)?.filter(|node| node.owner == place.owner());
    let Some(node) = node.filter(|_| is_gone) else { return Ok(false) };
    Ok(store::unsubscribe(tx, node.id, from.as_str())? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_event_names_its_node() {
        assert_eq!(node_of(&id_of_event(77, 1234)), Some(77));
        for other in [
            "",
            "event",
            "event-",
            "event-1",
            "event-1-",
            "event-1-2-3",
            "subscription-1-2",
            "event-x-1",
        ] {
            assert_eq!(node_of(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn an_event_of_any_node_is_known_again(node in 0..i64::MAX, mark in 0..i64::MAX) {
            prop_assert_eq!(node_of(&id_of_event(node, mark)), Some(node));
        }

        #[test]
        fn an_id_that_is_not_of_an_event_names_no_node(id in "(event|ev|EVENT|)[-+ 0-9a-g]{0,20}|\\PC*") {
            if let Some(node) = node_of(&id) {
                let (named, _) = id.strip_prefix("event-").and_then(|rest| rest.split_once('-')).unwrap();
                prop_assert_eq!(i64::from_str_radix(named, 16), Ok(node));
            }
        }
    }
}
