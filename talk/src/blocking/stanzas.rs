//! The block list on the wire (XEP-0191 §3).

use konvent_core::{Answer, Outbox, Reach, Tx};
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use super::{BAD_REQUEST, BLOCKED_MAX, Behind, Blocklist, REACHES_EVERYBODY, TOO_MANY};
use super::{may_be_blocked, reports, store};
use crate::{Domain, Session};

/// The namespace of the block list.
pub(super) const BLOCKING: &str = "urn:xmpp:blocking";

/// Whether an iq is about the block list.
pub fn is_about(iq: &Stanza) -> bool {
    iq.children().any(|child| child.ns() == BLOCKING)
}

/// Answers a request for the list (XEP-0191 §3.2). Whoever asks hears of changes from now on.
pub fn answer(iq: &Stanza, list: &Blocklist) -> Answer<Stanza> {
    if !iq.is_kind("get") || !iq.has("blocklist", BLOCKING) {
        return Err(BAD_REQUEST);
    }
    let items = list.items().iter().map(|jid| el("item", BLOCKING).attr("jid", jid).build());
    Ok(iq.result(Some(&el("blocklist", BLOCKING).children(items).build())))
}

/// A list that was changed, and who hears of it.
#[derive(Debug)]
pub struct Changed {
    /// The answer and the pushes.
    pub out: Outbox,
    /// The list from now on.
    pub list: Blocklist,
}

/// Blocks and unblocks (XEP-0191 §3.3, §3.4, §3.5): everything in the request, or nothing. `behind` says who an occupant of a
/// room is, should he be reported.
///
/// # Errors
/// `blocking.bad-request`, `blocking.too-many`, `blocking.reaches-everybody`.
pub fn change(
    tx: &mut Tx<'_>,
    domain: &Domain,
    session: &Session,
    iq: &Stanza,
    behind: Behind<'_>,
) -> Answer<Changed> {
    let request = iq.payload().filter(|_| iq.is_kind("set")).ok_or(BAD_REQUEST)?;
    let mut named = Vec::new();
    for item in request.children().filter(|child| child.is("item", BLOCKING)) {
        let address = item.attr("jid").and_then(|jid| Jid::new(jid).ok()).ok_or(BAD_REQUEST)?;
        named.push((address, item));
    }
    let push = if request.is("block", BLOCKING) {
        block(tx, domain, session, &named, behind)?;
        "block"
    } else if request.is("unblock", BLOCKING) {
        for (address, _) in &named {
            store::unblock(tx, session.account, address.as_str())?;
        }
        if named.is_empty() {
            store::unblock_all(tx, session.account)?;
        }
        "unblock"
    } else {
        return Err(BAD_REQUEST);
    };
    let mut out = Outbox::default();
    out.to_session(session.id, iq.result(None).with_to(session.address.clone()));
    // XEP-0191 §3.3: to all that have asked for the list. What was reported stays between member and house.
    let items = named.iter().map(|(address, _)| el("item", BLOCKING).attr("jid", address).build());
    let said = el(push, BLOCKING).children(items).build();
    let id = format!("blocking{}", tx.fresh_id());
    let push = Stanza::iq("set", &id).with_child(&said);
    out.to_account(session.account, Reach::Blocklist, None, push);
    let list = super::blocklist(tx, session.account)?;
    Ok(Changed { out, list })
}

fn block(
    tx: &mut Tx<'_>,
    domain: &Domain,
    session: &Session,
    named: &[(Jid, &Element)],
    behind: Behind<'_>,
) -> Answer<()> {
    if named.is_empty() {
        return Err(BAD_REQUEST); // XEP-0191 §3.3
    }
    for (address, item) in named {
        if address.to_bare() == session.bare() {
            return Err(BAD_REQUEST); // nobody needs protection from himself
        }
        if !may_be_blocked(domain, address) {
            return Err(REACHES_EVERYBODY);
        }
        store::block(tx, session.account, address.as_str())?;
        reports::keep(tx, domain, session, item, (address, behind))?;
    }
    if store::count(tx, session.account)? > BLOCKED_MAX {
        return Err(TOO_MANY);
    }
    Ok(())
}
