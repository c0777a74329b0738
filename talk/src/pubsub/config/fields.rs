//! The fields of a node's set-up in forms (XEP-0060 §8.2, XEP-0068 §3): shown, filled in, compared.

use konvent_wire::form::{Field, Form};

use super::{Access, NodeConfig, PublishModel, SendLast, Upto, WhenFull};
use crate::pubsub::PAYLOAD_MAX_BYTES;

/// Why a field cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// No such field.
    Unknown,
    /// Not a value for this field.
    Value,
    /// A way of letting people in that is not offered.
    Access,
}

/// Texts in a set-up may be so long: it stands in a table and in answers.
const TEXT_MAX_BYTES: usize = 1_024;
/// So many groups or contacts may be named.
const LIST_MAX: usize = 50;
/// The longest time after which items expire that is a time at all: a hundred years in seconds.
const EXPIRE_MAX: u32 = 3_155_760_000;

const ACCESS: &[(Access, &str, &str)] = &[
    (Access::Open, "open", "Everybody"),
    (Access::Presence, "presence", "Those who see the owner's presence"),
    (Access::Roster, "roster", "Those in certain groups of contacts, or of certain units"),
    (Access::Authorize, "authorize", "Those whom an owner lets in"),
    (Access::Whitelist, "whitelist", "Those on a list"),
];
const PUBLISH: &[(PublishModel, &str, &str)] = &[
    (PublishModel::Publishers, "publishers", "Publishers"),
    (PublishModel::Subscribers, "subscribers", "Subscribers, too"),
    (PublishModel::Open, "open", "Everybody who may read"),
];
const SEND_LAST: &[(SendLast, &str, &str)] = &[
    (SendLast::Never, "never", "Never"),
    (SendLast::OnSub, "on_sub", "To new subscribers"),
    (
        SendLast::OnSubAndPresence,
        "on_sub_and_presence",
        "To new subscribers and to devices that come",
    ),
];
const WHEN_FULL: &[(WhenFull, &str, &str)] = &[
    (WhenFull::RetractOldest, "retract-oldest", "Retract the oldest item"),
    (WhenFull::DiscardOldest, "discard-oldest", "Discard the oldest item silently"),
    (WhenFull::Reject, "reject", "Take nothing more"),
];
const REPLY: &[(bool, &str, &str)] =
    &[(true, "publisher", "Yes: replies go there"), (false, "none", "No")];
/// Collections are left out, so there is one kind of node (XEP-0060 §16.4.4).
const LEAF: &[((), &str, &str)] = &[((), "leaf", "A node with items")];
const KIND: &[(bool, &str, &str)] = &[(false, "headline", "Headline"), (true, "normal", "Normal")];

fn named<T: Copy>(table: &[(T, &str, &str)], name: &str) -> Result<T, Unfit> {
    table.iter().find(|(_, known, _)| *known == name).map(|(it, ..)| *it).ok_or(Unfit::Value)
}

fn choice<T: Copy + PartialEq>(var: &str, label: &str, table: &[(T, &str, &str)], now: T) -> Field {
    let chosen = table.iter().find(|(it, ..)| *it == now).map(|(_, name, _)| (*name).to_owned());
    let mut field = Field::asked(var, "list-single", label, chosen);
    field.options =
        table.iter().map(|(_, name, label)| (Some((*label).into()), (*name).into())).collect();
    field
}

/// In which language: one of those the web client speaks, or the one that is set (XEP-0060 §16.4.4 makes it a choice).
fn language(now: &str) -> Field {
    let value = (!now.is_empty()).then(|| now.to_owned());
    let mut field = Field::asked("pubsub#language", "list-single", "In which language", value);
    let mut known = vec!["de", "en"];
    if !now.is_empty() && !known.contains(&now) {
        known.push(now);
    }
    field.options = known.into_iter().map(|name| (None, name.to_owned())).collect();
    field
}

/// XEP-0004 §3.3.
fn boolean(field: &Field) -> Result<bool, Unfit> {
    match field.values.first().map(String::as_str) {
        Some("1" | "true") => Ok(true),
        Some("0" | "false") => Ok(false),
        _ => Err(Unfit::Value),
    }
}

fn text(field: &Field) -> Result<String, Unfit> {
    let text = field.values.first().cloned().unwrap_or_default();
    if text.len() > TEXT_MAX_BYTES { Err(Unfit::Value) } else { Ok(text) }
}

fn list(field: &Field) -> Result<Vec<String>, Unfit> {
    let fits = field.values.len() <= LIST_MAX
        && field.values.iter().all(|value| value.len() <= TEXT_MAX_BYTES);
    let mut list = field.values.clone();
    list.sort_unstable();
    list.dedup();
    if fits { Ok(list) } else { Err(Unfit::Value) }
}

fn upto(field: &Field, most: u32) -> Result<Upto, Unfit> {
    match field.values.first().map(|value| value.trim()) {
        Some("max") => Ok(Upto::Max),
        Some(number) => {
            number.parse().ok().filter(|n| *n <= most).map(Upto::Of).ok_or(Unfit::Value)
        }
        None => Err(Unfit::Value),
    }
}

impl NodeConfig {
    /// Sets one field as a form says it.
    pub fn set(&mut self, field: &Field) -> Result<(), Unfit> {
        let first = field.values.first().map_or("", String::as_str);
        match field.var.strip_prefix("pubsub#").ok_or(Unfit::Unknown)? {
            "title" => self.title = text(field)?,
            "description" => self.description = text(field)?,
            "language" => self.language = text(field)?,
            "type" => self.payload_type = text(field)?,
            "contact" => self.contacts = list(field)?,
            "access_model" => {
                self.access = named(ACCESS, first).map_err(|_| Unfit::Access)?;
            }
            "roster_groups_allowed" => self.groups = list(field)?,
            "publish_model" => self.publish = named(PUBLISH, first)?,
            // 0 items and 0 seconds are how some clients write „no limit“ (XEP-0060 §8.2 knows `max`).
            "max_items" => self.max_items = upto(field, u32::MAX)?,
            "item_expire" => {
                self.item_expire = match upto(field, EXPIRE_MAX)? {
                    Upto::Of(0) => Upto::Max,
                    some => some,
                };
            }
            "max_payload_size" => {
                let size: u32 = first.trim().parse().map_err(|_| Unfit::Value)?;
                self.max_payload = size.min(PAYLOAD_MAX_BYTES);
            }
            "persist_items" => self.persist = boolean(field)?,
            "deliver_payloads" => self.deliver_payloads = boolean(field)?,
            "deliver_notifications" => self.deliver_notifications = boolean(field)?,
            "notify_config" => self.notify_config = boolean(field)?,
            "notify_delete" => self.notify_delete = boolean(field)?,
            "notify_retract" => self.notify_retract = boolean(field)?,
            "notify_sub" => self.notify_sub = boolean(field)?,
            "subscribe" => self.subscribe = boolean(field)?,
            "notification_type" => self.normal_messages = named(KIND, first)?,
            "send_last_published_item" => self.send_last = named(SEND_LAST, first)?,
            "publish_node_full" => self.when_full = named(WHEN_FULL, first)?,
            "itemreply" => self.names_publisher = named(REPLY, first)?,
            // What is fixed may be said as it is.
            "node_type" if first == "leaf" => {}
            "purge_offline" | "tempsub" | "presence_based_delivery" if !boolean(field)? => {}
            "node_type" | "purge_offline" | "tempsub" | "presence_based_delivery" => {
                return Err(Unfit::Value);
            }
            _ => return Err(Unfit::Unknown),
        }
        Ok(())
    }

    /// Sets what a form says; fields that nobody knows are passed over (XEP-0004 §3.2).
    pub fn submit(&mut self, form: &Form) -> Result<(), Unfit> {
        for field in form.fields.iter().filter(|field| field.var != "FORM_TYPE") {
            match self.set(field) {
                Ok(()) | Err(Unfit::Unknown) => {}
                Err(unfit) => return Err(unfit),
            }
        }
        Ok(())
    }

    /// Whether a field of the publish options is true of this node (XEP-0060 §7.1.5): setting it would change nothing.
    pub fn meets(&self, field: &Field) -> bool {
        let mut trial = self.clone();
        trial.set(field).is_ok() && trial == *self
    }

    /// Which groups of the contact list may read (XEP-0060 §16.4.4: a choice among those there are; any may be named).
    fn groups_field(&self) -> Field {
        let mut field =
            Field::asked("pubsub#roster_groups_allowed", "list-multi", "Which groups", None);
        field.values.clone_from(&self.groups);
        field.options = self.groups.iter().map(|group| (None, group.clone())).collect();
        field
    }

    /// The form: `form` to be filled in, `result` to be read.
    pub fn form(&self, kind: &str, form_type: &str) -> Form {
        let text = |var: &str, label: &str, value: &str| {
            let value = (!value.is_empty()).then(|| value.to_owned());
            Field::asked(var, "text-single", label, value)
        };
        let flag = |var: &str, label: &str, value: bool| {
            Field::asked(var, "boolean", label, Some(u8::from(value).to_string()))
        };
        let number = |upto: Upto| match upto {
            Upto::Of(number) => number.to_string(),
            Upto::Max => "max".to_owned(),
        };
        let many = |var: &str, kind: &str, label: &str, values: &[String]| Field {
            values: values.to_vec(),
            ..Field::asked(var, kind, label, None)
        };
        Form::new(kind, form_type)
            .with(choice("pubsub#node_type", "What it is", LEAF, ()))
            .with(text("pubsub#title", "A name for people", &self.title))
            .with(text("pubsub#description", "What it is about", &self.description))
            .with(language(&self.language))
            .with(text("pubsub#type", "Namespace of the payloads", &self.payload_type))
            .with(many("pubsub#contact", "jid-multi", "Who answers questions", &self.contacts))
            .with(choice("pubsub#access_model", "Who may subscribe and read", ACCESS, self.access))
            .with(self.groups_field())
            .with(choice("pubsub#publish_model", "Who may publish", PUBLISH, self.publish))
            .with(text("pubsub#max_items", "How many items are kept", &number(self.max_items)))
            .with(text("pubsub#item_expire", "For how many seconds", &number(self.item_expire)))
            .with(text(
                "pubsub#max_payload_size",
                "Bytes of a payload",
                &self.max_payload.to_string(),
            ))
            .with(flag("pubsub#persist_items", "Keep items", self.persist))
            .with(flag(
                "pubsub#deliver_payloads",
                "Send payloads with events",
                self.deliver_payloads,
            ))
            .with(flag("pubsub#deliver_notifications", "Send events", self.deliver_notifications))
            .with(flag("pubsub#notify_config", "Tell of changes of this form", self.notify_config))
            .with(flag("pubsub#notify_delete", "Tell when the node is deleted", self.notify_delete))
            .with(flag("pubsub#notify_retract", "Tell when items go", self.notify_retract))
            .with(flag("pubsub#notify_sub", "Tell owners who comes and goes", self.notify_sub))
            .with(flag("pubsub#subscribe", "Take subscriptions", self.subscribe))
            .with(choice(
                "pubsub#notification_type",
                "Kind of messages",
                KIND,
                self.normal_messages,
            ))
            .with(choice(
                "pubsub#send_last_published_item",
                "Send the last item unasked",
                SEND_LAST,
                self.send_last,
            ))
            .with(choice("pubsub#publish_node_full", "When it is full", WHEN_FULL, self.when_full))
            .with(choice("pubsub#itemreply", "Name the publisher", REPLY, self.names_publisher))
    }
}
