//! Push on the wire (XEP-0357): what clients ask for, what is published, and what comes back.

use konvent_wire::form::{Field, Form};
use konvent_wire::xml::{el, write_element};
use konvent_wire::{Condition, Jid, Stanza};

use super::due::Due;
use super::{BAD_REQUEST, SECRET_MAX_BYTES};
use crate::archive::{self, Owner};
use crate::pubsub::items;
use crate::{Domain, ns};
use konvent_core::{AccountId, Answer, Reader};

/// Bytes of the words that go along where the organisation allows it: a notification shows a line or two.
const WORDS_MAX_BYTES: usize = 400;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Tell me there.
    Enable {
        /// The app's server.
        service: Jid,
        /// Which device; empty where none is named.
        node: String,
        /// The form that goes along, as XML; empty for none.
        options: Vec<u8>,
    },
    /// Not there any more.
    Disable {
        /// The app's server.
        service: Jid,
        /// Which device; all of them when none is named.
        node: Option<String>,
    },
}

/// What an iq to the own account asks of push; `None` when it is about something else.
///
/// # Errors
/// `push.bad-request`
pub fn wish(iq: &Stanza) -> Answer<Option<Wish>> {
    if !iq.has("enable", ns::PUSH) && !iq.has("disable", ns::PUSH) {
        return Ok(None);
    }
    let asked = iq.payload().filter(|_| iq.is_kind("set")).ok_or(BAD_REQUEST)?;
    // XEP-0357 §5, §6: the service must be named.
    let service = asked.attr("jid").and_then(|jid| Jid::new(jid).ok()).ok_or(BAD_REQUEST)?;
    let node = asked.attr("node").map(str::to_owned);
    if asked.name() == "disable" {
        return Ok(Some(Wish::Disable { service, node }));
    }
    let mut options = Vec::new();
    if let Some(form) = asked.get_child("x", konvent_wire::ns::FORM) {
        // XEP-0357 §5: what is needed to publish there.
        if Form::from_element(form).form_type() != Some(ns::PUBSUB_PUBLISH_OPTIONS) {
            return Err(BAD_REQUEST);
        }
        write_element(form, ns::CLIENT, &mut options);
    }
    if options.len() > SECRET_MAX_BYTES {
        return Err(BAD_REQUEST);
    }
    Ok(Some(Wish::Enable { service, node: node.unwrap_or_default(), options }))
}

/// What a notification says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many words wait.
    pub count: i64,
    /// Who said the last of them, where the organisation allows it.
    pub sender: Option<String>,
    /// What it was, where the organisation allows it.
    pub words: Option<String>,
}

/// What is said about what waits. `with_content`: the organisation lets words go to services of others.
pub fn summary(reader: &mut Reader<'_>, due: &Due, with_content: bool) -> Answer<Summary> {
    let mut summary = Summary { count: due.waiting, ..Summary::default() };
    let Some((owner, id)) = due.newest.filter(|_| with_content) else { return Ok(summary) };
    // The number alone says whose archive it is.
    let Some(entry) = archive::entry(reader, Owner::Account(AccountId(owner)), id)? else {
        return Ok(summary);
    };
    let Ok(said) = Stanza::parse(&entry.stanza) else { return Ok(summary) };
    summary.sender = said.from.as_ref().map(ToString::to_string);
    summary.words = said.text_of("body", ns::CLIENT).map(|mut words| {
        words.truncate(words.floor_char_boundary(WORDS_MAX_BYTES));
        words
    });
    Ok(summary)
}

/// XEP-0357 §7: a publication of the server's, so that the service does not learn whose device it is.
pub fn publication(domain: &Domain, due: &Due, summary: &Summary, id: &str) -> Answer<Stanza> {
    let service = Jid::new(&due.service).map_err(|_| BAD_REQUEST)?;
    let mut form = Form::new("submit", ns::PUSH_SUMMARY)
        .with(Field::new("message-count", summary.count.to_string()));
    if let Some(sender) = &summary.sender {
        form = form.with(Field::new("last-message-sender", sender));
    }
    if let Some(words) = &summary.words {
        form = form.with(Field::new("last-message-body", words));
    }
    let notification = el("notification", ns::PUSH).child(form.element());
    let item = el("item", ns::PUBSUB).child(notification);
    let node = (!due.node.is_empty()).then_some(&due.node);
    // XEP-0060 §7.1.
    let mut publish =
        el("pubsub", ns::PUBSUB).child(el("publish", ns::PUBSUB).maybe("node", node).child(item));
    if let Some(options) = items::payload(&due.secret) {
        publish = publish.child(el("publish-options", ns::PUBSUB).child(options));
    }
    let iq = Stanza::iq("set", id).with_from(domain.server()?).with_to(service);
    Ok(iq.with_child(&publish.build()))
}

/// What a service made of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has it.
    Delivered,
    /// It may be well again later; so many seconds, if it said so.
    Failed(Option<i64>),
    /// It does not know the device, or does not let us tell it.
    Gone,
}

/// Reads an answer to a publication.
pub fn outcome(answer: &Stanza) -> Outcome {
    let Some(error) = answer.error().filter(|_| answer.is_error()) else {
        return Outcome::Delivered;
    };
    // XEP-0357 §7.1: what may pass is tried again, the rest is disabled.
    match error.condition {
        Condition::ItemNotFound
        | Condition::Gone
        | Condition::Forbidden
        | Condition::NotAuthorized
        | Condition::NotAllowed => Outcome::Gone,
        _ => Outcome::Failed(None),
    }
}
