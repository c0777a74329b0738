//! What the settings say, where it is not what they say by default; and accounts that were made during the play.

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::stage::Stage;

pub(super) const VERBS: &[Verb] = &[
    ("The settings say:", settings_say),
    ("{who} has the account {name} with the password {password}", has_account),
];

/// The server starts anew with these lines of its settings file.
fn settings_say(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.start_with(&said.block)
}

fn has_account(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let place = stage.place(said.get("who"))?;
    stage.has_account(place, said.get("name"), said.get("password"));
    Ok(())
}
