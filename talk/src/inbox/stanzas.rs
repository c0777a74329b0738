//! The inbox on the wire (XEP-0430 §3.1): a message for each conversation, then the sums.

use super::conversations;
use crate::{Domain, Session, archive, ns};
use konvent_core::{Answer, Kind, Millis, Outbox, Reader, Refusal};
use konvent_wire::rsm;
use konvent_wire::xml::el;
use konvent_wire::{Jid, Stanza};

/// The request is broken.
pub const BAD_REQUEST: Refusal = Refusal::new(Kind::BadRequest, "inbox.bad-request");

/// Answers an iq that holds `<inbox xmlns='urn:xmpp:inbox:1'/>`.
pub fn answer(
    reader: &mut Reader<'_>,
    domain: &Domain,
    session: &Session,
    iq: &Stanza,
    now: Millis,
) -> Answer<Outbox> {
    let asked = iq.payload().filter(|inbox| inbox.is("inbox", ns::INBOX)).ok_or(BAD_REQUEST)?;
    let page = rsm::Request::of(&asked).ok_or(BAD_REQUEST)?; // XEP-0059 §2.1
    let is = |name: &str, by_default: bool| match asked.attr(name) {
        Some(value) => matches!(value, "true" | "1"),
        None => by_default,
    };
    let mut all = conversations(reader, domain, session, now)?;
    let total = all.len();
    let unread = all.iter().filter(|conversation| conversation.unread > 0).count();
    let all_unread: i64 = all.iter().map(|conversation| conversation.unread).sum();
    if is("unread-only", false) {
        all.retain(|conversation| conversation.unread > 0);
    }
    all.truncate(page.max.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX));

    let mut out = Outbox::default();
    let with_messages = is("messages", true);
    for conversation in &all {
        let entry = el("entry", ns::INBOX)
            .attr("jid", &conversation.with)
            .attr("unread", conversation.unread)
            .attr("id", conversation.newest.id);
        let mut message = Stanza::message("")
            .addressed(Some(Jid::from(session.bare())), Some(session.address.clone()))
            .with_child(&entry.build());
        if with_messages {
            // XEP-0313 §4.2: as the archive shows it.
            let archive = match conversation.owner {
                archive::Owner::Account(_) => session.bare(),
                archive::Owner::Room(_) | archive::Owner::VeiledRoom(_) => {
                    conversation.with.clone()
                }
            };
            let queryid = iq.id.as_deref();
            let shown = archive::stanzas::result(
                conversation.owner,
                &archive,
                queryid,
                None,
                &conversation.newest,
            );
            if let Some(result) = shown.as_ref().and_then(|shown| shown.children().next()) {
                message = message.with_raw(result);
            }
        }
        out.to_session(session.id, message);
    }
    let set = rsm::Page {
        first: all.first().map(|first| (first.with.to_string(), None)),
        last: all.last().map(|last| last.with.to_string()),
        count: None,
    };
    let fin = el("fin", ns::INBOX)
        .attr("total", total)
        .attr("unread", unread)
        .attr("all-unread", all_unread)
        .child(set.element());
    out.to_session(session.id, iq.result(Some(&fin.build())));
    Ok(out)
}
