//! All SQL of the import's own table. People, units and terms are written by their features.

use konvent_core::audit::Actor;
use konvent_core::{Answer, Tx};

pub(super) fn insert_run(tx: &mut Tx<'_>, plan: &str, actor: Actor, notes: u64) -> Answer<()> {
    let (id, now) = (tx.fresh_id(), tx.now());
    let actor = match actor {
        Actor::Server => 0,
        Actor::Operator => -1,
        Actor::Person(id) => id,
    };
    let notes = i64::try_from(notes).unwrap_or(i64::MAX);
    tx.run(
        "insert into import_run (id, at, actor, plan, notes) values ($1, $2, $3, $4, $5)",
        &[id.into(), now.into(), actor.into(), plan.into(), notes.into()],
    )?;
    Ok(())
}
