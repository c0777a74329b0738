//! The archive on the wire: queries answered with one message for each entry and a closing iq (XEP-0313 §4).

use super::query::From;
use super::{ALWAYS_KEPT, BAD_QUERY, Entry, Owner, Page, Query, page, store};
use konvent_core::{Answer, Outbox, Reader, SessionId};
use konvent_wire::jid::BareJid;
use konvent_wire::rsm;
use konvent_wire::xml::{el, escape_attr};
use konvent_wire::{Element, Jid, Stanza};

use crate::{forward, ns};

/// What a field may hold, said beside the field.
const VALIDATE: &str = "http://jabber.org/protocol/xdata-validate";

/// The stanza with our mark: its id in the archive of `by` (XEP-0359 §3).
#[must_use]
pub fn marked(stanza: &Stanza, by: &BareJid, id: i64) -> Stanza {
    let mut mark = br#"<stanza-id xmlns="urn:xmpp:sid:0" by=""#.to_vec();
    escape_attr(by.as_str(), &mut mark);
    mark.extend_from_slice(br#"" id=""#);
    mark.extend_from_slice(id.to_string().as_bytes());
    mark.extend_from_slice(br#""/>"#);
    stanza.clone().with_canonical(&mark)
}

/// Whether an iq searches an archive for words (XEP-0431 §2.2).
pub fn is_search(iq: &Stanza) -> bool {
    let Some(query) = iq.payload().filter(|query| query.is("query", ns::MAM)) else { return false };
    let mut forms = query.children().filter(|child| child.is("x", ns::FORM));
    forms.any(|form| {
        form.children().any(|field| field.attr("var").is_some_and(|var| var == ns::FULLTEXT_FIELD))
    })
}

/// Answers an iq that holds `<query xmlns='urn:xmpp:mam:2'/>`: the messages first, then the result of the iq.
///
/// `archive` is the address of the archive. Whether the asker may read it is the caller's question
/// (for rooms: whoever stands in them).
pub fn query(
    reader: &mut Reader<'_>,
    owner: Owner,
    archive: &BareJid,
    session: SessionId,
    iq: &Stanza,
) -> Answer<Outbox> {
    answer(reader, owner, archive, session, iq).map(|(out, _)| out)
}

/// As [`query`], with the numbers of the messages that are handed out.
pub fn answer(
    reader: &mut Reader<'_>,
    owner: Owner,
    archive: &BareJid,
    session: SessionId,
    iq: &Stanza,
) -> Answer<(Outbox, Vec<i64>)> {
    let asked = iq.payload().filter(|query| query.is("query", ns::MAM)).ok_or(BAD_QUERY)?;
    if iq.is_kind("get") {
        let mut out = Outbox::default();
        out.to_session(session, iq.result(Some(&fields())));
        return Ok((out, Vec::new()));
    }
    let wanted = Query::read(&asked)?;
    // Who spoke is hidden here, so nobody searches by it either (XEP-0313 §6.1.2).
    if matches!(owner, Owner::VeiledRoom(_)) && wanted.with.is_some() {
        return Err(BAD_QUERY);
    }
    let found = page(reader, owner, &wanted)?;
    let mut out = Outbox::default();
    for entry in &found.entries {
        let sent = result(owner, archive, asked.attr("queryid"), iq.from.as_ref(), entry);
        if let Some(message) = sent {
            out.to_session(session, message);
        } else {
            tracing::error!(target: "archive", id = entry.id, code = "archive.unwrappable", "a kept message cannot be shown");
        }
    }
    out.to_session(session, iq.result(Some(&fin(&found))));
    Ok((out, found.entries.iter().map(|entry| entry.id).collect()))
}

/// One entry as the archive shows it (XEP-0313 §4.2).
pub(crate) fn result(
    owner: Owner,
    archive: &BareJid,
    queryid: Option<&str>,
    to: Option<&Jid>,
    entry: &Entry,
) -> Option<Stanza> {
    let envelope = Stanza::message("").addressed(Some(archive.clone().into()), to.cloned());
    let id = entry.id.to_string();
    let mut attrs = vec![("id", id.as_str())];
    attrs.extend(queryid.map(|queryid| ("queryid", queryid)));
    // XEP-0313 §6.1.2: a room that hides nobody says who spoke, for nicknames may pass from one to another.
    let speaker = matches!(owner, Owner::Room(_)).then(|| {
        let item = el("item", ns::MUC_USER)
            .attr("affiliation", "member")
            .attr("role", "none")
            .attr("jid", &entry.peer);
        el("x", ns::MUC_USER).child(item).build()
    });
    let kept = (forward::Kept::new(&entry.stanza)?, speaker.as_ref());
    Some(forward::wrap(&envelope, "result", ns::MAM, &attrs, entry.at, kept))
}

/// How a page ends (XEP-0313 §4.3.2, XEP-0059 §2.1). The index of the first is left out: it would cost a count.
fn fin(page: &Page) -> Element {
    let mut ids: Vec<i64> = page.entries.iter().map(|entry| entry.id).collect();
    ids.sort_unstable(); // a flipped page keeps first and last by time (XEP-0313 §4.3.4)
    let set = rsm::Page {
        first: ids.first().map(|first| (first.to_string(), None)),
        last: ids.last().map(ToString::to_string),
        count: page.count.and_then(|count| count.try_into().ok()),
    };
    el("fin", ns::MAM)
        .maybe("complete", page.complete.then_some("true"))
        .child(set.element())
        .build()
}

/// Which fields a query may use (XEP-0313 §4.1.5).
fn fields() -> Element {
    let field = |var: &str, kind: &str| el("field", ns::FORM).attr("type", kind).attr("var", var);
    let form_type = field("FORM_TYPE", "hidden").child(el("value", ns::FORM).text(ns::MAM));
    let form = el("x", ns::FORM)
        .attr("type", "form")
        .child(form_type)
        .child(field("with", "jid-single"))
        .children(
            ["start", "end", "before-id", "after-id", ns::FULLTEXT_FIELD]
                .map(|var| field(var, "text-single")),
        )
        .child(field("ids", "list-multi").child(open_to_any()));
    el("query", ns::MAM).child(form).build()
}

/// Answers an iq that holds `<prefs xmlns='urn:xmpp:mam:2'/>`: everything is kept. Whoever wishes just that hears it (XEP-0441 §2.1).
///
/// # Errors
/// `archive.always-kept`
pub fn preferences(iq: &Stanza) -> Answer<Stanza> {
    let wished = iq.payload().filter(|_| iq.is_kind("set"));
    let is_another = |prefs: Element| {
        prefs.attr("default") != Some("always")
            || prefs
                .get_child("never", ns::MAM)
                .is_some_and(|never| never.children().next().is_some())
    };
    if wished.is_some_and(is_another) {
        return Err(ALWAYS_KEPT);
    }
    let lists = ["always", "never"].map(|list| el(list, ns::MAM));
    Ok(iq.result(Some(&el("prefs", ns::MAM).attr("default", "always").children(lists).build())))
}

/// XEP-0313 §4.1.5: any value, not one of a list.
pub(crate) fn open_to_any() -> Element {
    el("validate", VALIDATE).attr("datatype", "xs:string").child(el("open", VALIDATE)).build()
}

/// Answers an iq that holds `<metadata xmlns='urn:xmpp:mam:2'/>`: first and last message (XEP-0313 §5).
pub fn metadata(reader: &mut Reader<'_>, owner: Owner, iq: &Stanza) -> Answer<Stanza> {
    Ok(iq.result(Some(&ends(reader, owner)?)))
}

/// Where an archive begins and ends, also for whoever binds a resource (XEP-0313 §5).
pub fn ends(reader: &mut Reader<'_>, owner: Owner) -> Answer<Element> {
    let mut metadata = el("metadata", ns::MAM);
    if let Some((first, last)) = store::ends(reader, owner.number())? {
        for (name, (id, at)) in [("start", first), ("end", last)] {
            metadata = metadata
                .child(el(name, ns::MAM).attr("id", id).attr("timestamp", at.to_xep_0082()));
        }
    }
    Ok(metadata.build())
}

/// So many pages are looked at for what was said last: it bounds the work where much is no part of it.
const PAGES_LOOKED_AT: usize = 5;

/// The newest messages of a room with their marks, oldest first, for those who join (XEP-0045 §7.2.14): as many as are asked
/// for of those that are a part of it.
pub fn last_said(
    reader: &mut Reader<'_>,
    owner: Owner,
    archive: &BareJid,
    query: &Query,
    is_part: impl Fn(&Stanza) -> bool,
) -> Answer<Vec<Stanza>> {
    let by = Jid::from(archive.clone());
    let mut query = query.clone();
    let mut said = Vec::new();
    for _ in 0..PAGES_LOOKED_AT {
        let found = page(reader, owner, &query)?;
        let newest = found.entries.iter().rev().filter_map(|entry| {
            let said = Stanza::parse(&entry.stanza).ok().filter(&is_part)?;
            let stamp = forward::delay(entry.at, Some(&by));
            Some(marked(&said, archive, entry.id).and_child(&stamp))
        });
        said.extend(newest.take(query.max - said.len()));
        let Some(oldest) = found.entries.first() else { break };
        if found.complete || said.len() >= query.max {
            break;
        }
        query.from = From::Before(oldest.id);
    }
    said.reverse();
    Ok(said)
}
