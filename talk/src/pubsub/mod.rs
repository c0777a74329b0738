//! Publish and subscribe (XEP-0060): nodes in tables, who may do what with them, and who hears of it.
//!
//! One engine with two faces: a member's own nodes ([`crate::pep`]) and the organisation's service ([`service`]).
//!
//! * Whether somebody may read, subscribe or publish is decided in one place ([`access`]).
//! * Who published an item is written by the server, never taken from the item (XEP-0060 §7.1.2.3).
//! * What a client names (nodes, items, pages, orders) is data for prepared statements, never SQL.

pub mod access;
pub mod answer;
pub mod asker;
pub mod bounce;
pub mod change;
pub mod config;
pub mod disco;
pub mod errors;
pub mod events;
mod groups;
pub mod history;
pub mod items;
mod leaves_out;
pub mod moving;
mod nodes;
mod office;
mod people;
pub mod privacy;
mod publish;
pub mod request;
mod retract;
pub mod service;
pub mod store;
mod subscribe;
#[cfg(test)]
mod tests;

use konvent_core::{About, AccountId, Answer, Migration, Reader};

pub use access::{Affiliation, Standing};
pub use asker::{Asker, Ctx, Device, Here, Nobody, Place};
pub use config::NodeConfig;
pub use errors::*;
pub use publish::in_the_name_of;
pub use request::{Request, Selection};
pub use retract::strike_own;
pub use store::Node;
pub use subscribe::{authorize, is_authorization};

/// The visiting card of the engine.
pub const ABOUT: About = About {
    name: "pubsub",
    sentence: "Nodes in which something is published for those who may know it.",
    speaks: &[
        "XEP-0004", "XEP-0030", "XEP-0033", "XEP-0059", "XEP-0060", "XEP-0068", "XEP-0128",
        "XEP-0163", "XEP-0191", "XEP-0203", "XEP-0223", "XEP-0227", "XEP-0313", "XEP-0413",
        "XEP-0442", "XEP-0471", "XEP-0472",
    ],
    leaves_out: leaves_out::LIST,
    announces: disco::FEATURES,
    migrations: &[Migration::common("0001_nodes", include_str!("migrations/0001_nodes.sql"))],
    keeps: Some(
        "what members publish, with who published it, until they retract it or their account goes",
    ),
};

/// Nodes of one owner: protects the storage from a client gone wild. OMEMO needs one for each device.
pub const NODES_MAX: i64 = 500;
/// Nodes of the organisation's service.
pub const SERVICE_NODES_MAX: i64 = 20_000;
/// Items in one node, also where its owner says `max` (XEP-0060 §8.2, `pubsub#max_items`).
pub const ITEMS_MAX: u32 = 10_000;
/// Bytes of one payload: what fits into a stanza of a member, so that everything that was accepted can be asked for.
pub const PAYLOAD_MAX_BYTES: u32 = 256 * 1024;
/// Bytes of everything that one account has published.
pub const ACCOUNT_MAX_BYTES: i64 = 32 * 1024 * 1024;
/// Bytes of everything in the organisation's service.
pub const SERVICE_MAX_BYTES: i64 = 1024 * 1024 * 1024;
/// Bytes of everything in the nodes that one account has made in the organisation's service, where every account may.
pub const CREATOR_MAX_BYTES: i64 = 64 * 1024 * 1024;
/// Subscriptions of one node: each is a stanza for each event.
pub const SUBSCRIBERS_MAX: usize = 10_000;
/// Subscriptions of one address with one owner (XEP-0060 §6.1.3.9).
pub const SUBSCRIPTIONS_MAX: usize = 500;
/// Affiliations of one node: protects the storage.
pub const AFFILIATIONS_MAX: usize = 5_000;
/// The name of a node or an item may be so long: both are keys of indexes.
pub const NAME_MAX_BYTES: usize = 1_024;
/// Items in one answer, whatever is asked for; the rest comes by pages (XEP-0060 §6.5.4).
pub const PAGE_MAX: u32 = 500;
/// Bytes of the payloads in one answer: bounds the memory of a request.
pub const ANSWER_MAX_BYTES: usize = 1024 * 1024;

/// A member's own node.
pub fn own_node(reader: &mut Reader<'_>, account: AccountId, name: &str) -> Answer<Option<Node>> {
    store::node(reader, account.0, name)
}
