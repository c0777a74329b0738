//! The last items for a device that has just come or has just said what it wants (XEP-0163 §4.3.4, XEP-0060 §9.2).

use konvent_core::{AccountId, Answer, Outbox, Reader};
use konvent_wire::Jid;

use crate::Session;
use crate::contacts::{self, Member};
use crate::pubsub::config::SendLast;
use crate::pubsub::{Asker, Ctx, Place, access, events, store};

/// So many last items are sent to a device that comes: bounds the work of one sign-in.
const GREETINGS_MAX: usize = 2_000;

/// Sends a device the last items of the nodes it wants: the member's own, and those of everybody whose presence he sees.
pub fn greet(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    session: &Session,
    wanted: &[String],
) -> Answer<Outbox> {
    let mut out = Outbox::default();
    if wanted.is_empty() {
        return Ok(out);
    }
    let asker = Asker::Here(session.clone());
    let own = Place::of_session(session);
    let mut sent = 0;
    let list = contacts::list(reader, ctx.domain, &Member::from(session), ctx.now)?;
    let others = list.into_iter().filter(|contact| contact.sharing.sees);
    let others: Vec<_> = others.filter_map(|contact| contact.account).collect();
    for account in std::iter::once(session.account).chain(others) {
        // Most members have no nodes: asked first, because it costs least.
        let nodes = store::nodes(reader, account.0)?.into_iter();
        let wanted = nodes.filter(|node| {
            node.config.send_last == SendLast::OnSubAndPresence
                && node.config.deliver_notifications
                && wanted.contains(&node.name)
        });
        for node in wanted.collect::<Vec<_>>() {
            let place = if account == session.account {
                own.clone()
            } else {
                Place::of_account(reader, ctx.domain, account)?
            };
            if sent >= GREETINGS_MAX {
                return Ok(out);
            }
            if access::standing(reader, ctx, &place, &node, &asker)?.sees.is_ok()
                && let Some(message) = events::last_item(reader, ctx, &place, &node)?
            {
                let from = message.from.clone();
                out.to_session(session.id, message.addressed(from, Some(session.address.clone())));
                sent += 1;
            }
        }
    }
    Ok(out)
}

/// Sends a device of a contact on another server the last items of a member's nodes that it wants (XEP-0163 §4.3.3).
pub fn greet_onlooker(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    account: AccountId,
    (onlooker, wanted): (&Jid, &[String]),
) -> Answer<Outbox> {
    let mut out = Outbox::default();
    let place = Place::of_account(reader, ctx.domain, account)?;
    let asker = Asker::Abroad(onlooker.clone());
    for node in store::nodes(reader, account.0)? {
        let is_wanted = node.config.send_last == SendLast::OnSubAndPresence
            && node.config.deliver_notifications
            && wanted.contains(&node.name);
        if is_wanted
            && events::hears(reader, ctx, &place, &node, &asker)?
            && let Some(message) = events::last_item(reader, ctx, &place, &node)?
        {
            let from = message.from.clone();
            out.abroad(message.addressed(from, Some(onlooker.clone())));
        }
    }
    Ok(out)
}
