//! How a node is set up (XEP-0060 §8.2): the fields that are registered, their defaults, and forms about them.
//!
//! Left out: collections, style sheets for payloads, purging when a publisher goes offline, subscriptions that
//! end with presence, events for those alone who are there.

mod fields;

use serde::{Deserialize, Serialize};

pub use fields::Unfit;

use super::{ITEMS_MAX, PAYLOAD_MAX_BYTES};

/// Who may subscribe and read (XEP-0060 §4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Everybody.
    Open,
    /// Those who see the owner's presence.
    Presence,
    /// Those in certain groups of the owner's contacts; in the organisation's service: its members, or those of units.
    Roster,
    /// Those whom an owner has let in.
    Authorize,
    /// Those on the list.
    Whitelist,
}

/// Who may publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PublishModel {
    /// Publishers and owners.
    Publishers,
    /// Subscribers, too.
    Subscribers,
    /// Everybody who may read.
    Open,
}

/// When the last item is sent without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendLast {
    /// Never.
    Never,
    /// To new subscribers.
    OnSub,
    /// To those, and to devices that become available.
    OnSubAndPresence,
}

/// What happens when a node is full (XEP-0060 §7.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenFull {
    /// The oldest item goes, and subscribers are told.
    RetractOldest,
    /// The oldest item goes.
    DiscardOldest,
    /// Nothing more is taken.
    Reject,
}

/// A number, or as much as the house allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Upto {
    /// So many.
    Of(u32),
    /// `max`.
    Max,
}

/// The set-up of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are those that the standard registers"
)]
pub struct NodeConfig {
    /// `pubsub#title`
    pub title: String,
    /// `pubsub#description`
    pub description: String,
    /// `pubsub#language`
    pub language: String,
    /// `pubsub#type`: the namespace of payloads, empty for any.
    pub payload_type: String,
    /// `pubsub#contact`
    pub contacts: Vec<String>,
    /// `pubsub#access_model`
    pub access: Access,
    /// `pubsub#roster_groups_allowed`
    pub groups: Vec<String>,
    /// `pubsub#publish_model`
    pub publish: PublishModel,
    /// `pubsub#max_items`
    pub max_items: Upto,
    /// `pubsub#item_expire`, in seconds.
    pub item_expire: Upto,
    /// `pubsub#max_payload_size`
    pub max_payload: u32,
    /// `pubsub#persist_items`
    pub persist: bool,
    /// `pubsub#deliver_payloads`
    pub deliver_payloads: bool,
    /// `pubsub#deliver_notifications`
    pub deliver_notifications: bool,
    /// `pubsub#notify_config`
    pub notify_config: bool,
    /// `pubsub#notify_delete`
    pub notify_delete: bool,
    /// `pubsub#notify_retract`
    pub notify_retract: bool,
    /// `pubsub#notify_sub`
    pub notify_sub: bool,
    /// `pubsub#subscribe`
    pub subscribe: bool,
    /// `pubsub#notification_type`: true for `normal`, false for `headline`.
    pub normal_messages: bool,
    /// `pubsub#send_last_published_item`
    pub send_last: SendLast,
    /// `pubsub#publish_node_full`
    pub when_full: WhenFull,
    /// `pubsub#itemreply`: whether items name their publisher (XEP-0060 §12.17).
    pub names_publisher: bool,
}

impl Default for NodeConfig {
    /// What a member's own node is when its publisher says nothing (XEP-0163 §5): for those who see his presence, one item.
    fn default() -> Self {
        Self {
            title: String::new(),
            description: String::new(),
            language: String::new(),
            payload_type: String::new(),
            contacts: Vec::new(),
            access: Access::Presence,
            groups: Vec::new(),
            publish: PublishModel::Publishers,
            max_items: Upto::Of(1),
            item_expire: Upto::Max,
            max_payload: PAYLOAD_MAX_BYTES,
            persist: true,
            deliver_payloads: true,
            deliver_notifications: true,
            notify_config: false,
            notify_delete: true,
            notify_retract: true,
            notify_sub: false,
            subscribe: true,
            normal_messages: false,
            send_last: SendLast::OnSubAndPresence,
            when_full: WhenFull::RetractOldest,
            names_publisher: false,
        }
    }
}

impl NodeConfig {
    /// What a node of the organisation's service is by itself: open to its members, with all its items.
    pub fn of_service() -> Self {
        Self {
            access: Access::Roster,
            max_items: Upto::Max,
            names_publisher: true,
            ..Self::default()
        }
    }

    /// Private storage (XEP-0223 §3): for the owner alone, everything kept, nothing sent unasked.
    pub fn private() -> Self {
        Self {
            access: Access::Whitelist,
            max_items: Upto::Max,
            send_last: SendLast::Never,
            ..Self::default()
        }
    }

    /// How many items it holds at most.
    pub fn items_max(&self) -> u32 {
        match self.max_items {
            Upto::Of(number) => number.min(ITEMS_MAX),
            Upto::Max => ITEMS_MAX,
        }
    }

    /// Items from before this moment are no longer there.
    pub fn alive_since(&self, now: konvent_core::Millis) -> i64 {
        match self.item_expire {
            Upto::Of(secs) => now.plus_secs(-i64::from(secs)).0,
            Upto::Max => i64::MIN,
        }
    }

    /// As the table keeps it.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() // plain fields: nothing that could fail
    }

    /// As the table keeps it; fields that a newer version added get their defaults.
    pub(super) fn from_json(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self::private()) // unreadable: nobody else sees it
    }
}
