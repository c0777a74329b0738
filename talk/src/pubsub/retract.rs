//! Taking back what was published: one item, all, the node itself (XEP-0060 §7.2, §8.4, §8.5).

use konvent_core::{Answer, Outbox, Tx};
use konvent_wire::Jid;

use super::access::Affiliation;
use super::events::{self, Happening};
use super::{Asker, Ctx, NO_SUCH_ITEM, NOT_PERSISTENT, NOT_YOURS, Node, Place, access, store};

/// Takes one item back (XEP-0060 §7.2): owners any, publishers their own.
pub(super) fn one(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
    (id, notify): (&str, bool),
    out: &mut Outbox,
) -> Answer<()> {
    let standing = access::standing(tx, ctx, place, node, asker)?;
    if !node.config.persist {
        return Err(NOT_PERSISTENT);
    }
    let item = store::item(tx, node.id, id, i64::MIN)?;
    // XEP-0060 §7.2.3.2: said to those who may know what is there.
    if item.is_none() && standing.sees.is_ok() {
        return Err(NO_SUCH_ITEM);
    }
    let is_his = item.as_ref().is_some_and(|item| item.is_by(asker));
    let may = match standing.affiliation {
        Affiliation::Owner => true,
        Affiliation::Outcast => false,
        // Where everybody publishes, everybody may take back what is his (XEP-0060 §4.1, second note).
        _ => is_his,
    };
    if !may {
        return Err(NOT_YOURS);
    }
    strike(tx, ctx, place, node, (Some(asker.jid()), id, notify), out)
}

/// Strikes an item, whoever asked for it, and tells of it.
fn strike(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    (by, id, notify): (Option<&Jid>, &str, bool),
    out: &mut Outbox,
) -> Answer<()> {
    let size = store::strike(tx, node.id, id)?.ok_or(NO_SUCH_ITEM)?;
    store::count(tx, node.id, -1, -size)?;
    // XEP-0060 §7.2.2.1: as the publisher says, or as the node is set up.
    if notify || node.config.notify_retract {
        let mark = tx.fresh_id();
        let gone = Happening::Gone(vec![id.to_owned()]);
        events::tell(tx, ctx, place, node, by, (&gone, mark), out)?;
    }
    Ok(())
}

/// Takes an item of a member's own node back and tells of it; false when it is not there.
pub fn strike_own(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    (name, id): (&str, &str),
    out: &mut Outbox,
) -> Answer<bool> {
    let Some(node) = store::node(tx, place.owner(), name)? else { return Ok(false) };
    if store::item(tx, node.id, id, i64::MIN)?.is_none() {
        return Ok(false);
    }
    strike(tx, ctx, place, &node, (None, id, true), out)?;
    Ok(true)
}

/// Takes all items back; one event, not one for each (XEP-0060 §8.5.2).
pub(super) fn all(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
    out: &mut Outbox,
) -> Answer<()> {
    if access::affiliation(tx, ctx, place, node, asker)? != Affiliation::Owner {
        return Err(NOT_YOURS);
    }
    if !node.config.persist {
        return Err(NOT_PERSISTENT);
    }
    store::purge(tx, node.id)?;
    if node.config.notify_retract {
        let mark = tx.fresh_id();
        events::tell(tx, ctx, place, node, Some(asker.jid()), (&Happening::Purged, mark), out)?;
    }
    Ok(())
}

/// Takes the node away with everything in it (XEP-0060 §8.4). Where it goes on is passed on (§8.4.1).
pub(super) fn node(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    (asker, redirect): (&Asker, Option<&str>),
    out: &mut Outbox,
) -> Answer<()> {
    if access::affiliation(tx, ctx, place, node, asker)? != Affiliation::Owner {
        return Err(NOT_YOURS);
    }
    if node.config.notify_delete {
        let mark = tx.fresh_id();
        let gone = Happening::Deleted(redirect.map(ToOwned::to_owned));
        events::tell(tx, ctx, place, node, Some(asker.jid()), (&gone, mark), out)?;
    }
    store::purge(tx, node.id)?;
    store::delete(tx, node.id).map(drop)
}
