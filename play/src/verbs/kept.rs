//! What the house keeps of somebody, by feature: all that he could take along, and all that is erased with his account;
//! and what it has noted that he did.

use konvent_core::Answer;
use konvent_core::audit::{self, Actor};
use konvent_people::accounts;
use konvent_server::flows;

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::stage::Stage;

pub(super) const VERBS: &[Verb] = &[
    ("the house keeps of {who}: {features}", keeps),
    ("the house keeps nothing of {who}", keeps_nothing),
    ("it is noted that {who} did last: {acts}", is_noted),
];

/// Names of features in the order of the alphabet, with ` | ` between them.
fn kept(stage: &mut Stage, said: &Said) -> Result<String, Wrong> {
    stage.settle()?;
    let house = stage.house()?;
    let address = stage.address(said.get("who"));
    let localpart = address.split('@').next().unwrap_or_default().to_owned();
    let kept = house.db().read_blocking(|reader| -> Answer<_> {
        let account = accounts::by_localpart(reader, &localpart)?.ok_or(accounts::UNKNOWN)?;
        flows::erase::export(reader, &flows::contacts::member(&house, &account)?)
    })?;
    let mut features: Vec<&str> = kept.keys().map(String::as_str).collect();
    features.sort_unstable();
    Ok(features.join(" | "))
}

/// The last audit notes of what somebody did, as many as are named, oldest first, with ` | ` between them.
fn is_noted(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.settle()?;
    let house = stage.house()?;
    let address = stage.address(said.get("who"));
    let localpart = address.split('@').next().unwrap_or_default().to_owned();
    let acts = house.db().read_blocking(|reader| -> Answer<_> {
        let account = accounts::by_localpart(reader, &localpart)?.ok_or(accounts::UNKNOWN)?;
        audit::acts_of(reader, Actor::Person(account.person.0))
    })?;
    let acts: Vec<String> =
        acts.iter().map(|(act, detail)| format!("{act} {detail}").trim().to_owned()).collect();
    let earlier = acts.len().saturating_sub(said.get("acts").split(" | ").count());
    let acts = acts.iter().skip(earlier).cloned().collect::<Vec<_>>().join(" | ");
    if acts == said.get("acts") { Ok(()) } else { Err(Wrong::new(said.get("acts"), acts)) }
}

fn keeps(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let kept = kept(stage, said)?;
    if kept == said.get("features") { Ok(()) } else { Err(Wrong::new(said.get("features"), kept)) }
}

fn keeps_nothing(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let kept = kept(stage, said)?;
    if kept.is_empty() { Ok(()) } else { Err(Wrong::new("nothing", kept)) }
}
