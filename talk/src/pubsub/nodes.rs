//! Making nodes and setting them up (XEP-0060 §8.1, §8.2).

use konvent_core::{Answer, Outbox, Refusal, Tx};
use konvent_wire::form::Form;

use super::access::Affiliation;
use super::config::{Access, Unfit};
use super::events::{self, Happening};
use super::{
    ACCESS_MODEL, Asker, Ctx, NODE_EXISTS, NODES_MAX, NOT_ACCEPTABLE, NOT_YOURS, Node, NodeConfig,
    Place, QUOTA, SERVICE_NODES_MAX, access, groups, store, subscribe,
};
use crate::ns;

/// How a new node is set up here.
pub(super) fn defaults(place: &Place) -> NodeConfig {
    match place {
        Place::Member { .. } => NodeConfig::default(),
        Place::Service { .. } => NodeConfig::of_service(),
    }
}

fn refusal(unfit: Unfit) -> Refusal {
    match unfit {
        Unfit::Access => ACCESS_MODEL,
        // XEP-0060 §8.2.5.2.
        Unfit::Unknown | Unfit::Value => NOT_ACCEPTABLE,
    }
}

/// The organisation has no presence, so nobody can see it.
fn suits(place: &Place, config: &NodeConfig) -> Answer<()> {
    let is_service = matches!(place, Place::Service { .. });
    if is_service && config.access == Access::Presence { Err(ACCESS_MODEL) } else { Ok(()) }
}

/// Makes a node for whoever may.
pub(super) fn make(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    name: &str,
    config: &NodeConfig,
) -> Answer<Node> {
    if !access::may_create(tx, ctx, place, asker)? {
        return Err(NOT_YOURS);
    }
    suits(place, config)?;
    let (nodes, _) = store::usage(tx, place.owner())?;
    let most = if place.account().is_some() { NODES_MAX } else { SERVICE_NODES_MAX };
    if nodes >= most {
        return Err(QUOTA);
    }
    let creator = asker.bare().to_string();
    if let Place::Service { for_everybody: true, .. } = place
        && store::usage_by(tx, place.owner(), &creator)?.0 >= NODES_MAX
    {
        return Err(QUOTA);
    }
    let node = store::make(tx, place.owner(), name, config, &creator)?.ok_or(NODE_EXISTS)?;
    if matches!(place, Place::Service { .. }) {
        store::affiliate(tx, node.id, &creator, Affiliation::Owner.as_str())?;
    }
    Ok(node)
}

/// Makes a node on request; without a name it gets one (XEP-0060 §8.1.1).
pub(super) fn create(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    (name, form): (Option<&str>, Option<&Form>),
) -> Answer<Node> {
    let mut config = defaults(place);
    if let Some(form) = form {
        config.submit(form).map_err(refusal)?;
        groups::settle(tx, place, &mut config, &[])?;
    }
    let name = name.map_or_else(|| format!("{:x}", tx.fresh_id()), ToOwned::to_owned);
    make(tx, ctx, place, asker, &name, &config)
}

/// Sets a node up otherwise (XEP-0060 §8.2.5).
pub(super) fn configure(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
    form: &Form,
    out: &mut Outbox,
) -> Answer<()> {
    if access::affiliation(tx, ctx, place, node, asker)? != Affiliation::Owner {
        return Err(NOT_YOURS);
    }
    if form.kind == "cancel" {
        return Ok(()); // XEP-0060 §8.2.4: as it was
    }
    let mut node = node.clone();
    let before = (node.config.access, node.config.groups.clone());
    node.config.submit(form).map_err(refusal)?;
    groups::settle(tx, place, &mut node.config, &before.1)?;
    suits(place, &node.config)?;
    store::configure(tx, node.id, &node.config)?;
    if before != (node.config.access, node.config.groups.clone()) {
        subscribe::look_again(tx, ctx, place, &node, out)?;
    }
    if !node.config.persist {
        store::purge(tx, node.id)?;
    }
    let surplus = node.items - i64::from(node.config.items_max().max(1));
    if node.config.persist && surplus > 0 {
        let struck = store::strike_oldest(tx, node.id, "", surplus)?;
        let bytes: i64 = struck.iter().map(|(_, size)| size).sum();
        store::count(tx, node.id, -i64::try_from(struck.len()).unwrap_or(0), -bytes)?;
    }
    if node.config.notify_config {
        let form = node.config.form("result", ns::PUBSUB_NODE_CONFIG);
        let form = groups::for_people(tx, place, form)?.element();
        let happening = Happening::Configured(node.config.deliver_payloads.then_some(form));
        let mark = tx.fresh_id();
        events::tell(tx, ctx, place, &node, None, (&happening, mark), out)?;
    }
    Ok(())
}
