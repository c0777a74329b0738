//! What the member administration changes: joins, transfers, exits, offices. All of it goes through the regular import.

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::script::Duty;
use crate::stage::Stage;

pub(super) const VERBS: &[Verb] = &[
    ("{who} moves to {unit}", moves),
    ("{who} joins {unit}", moves),
    ("{who} leaves the organisation", leaves),
    ("{who} is elected: {text}", is_elected),
    ("{who}'s office ends", office_ends),
    ("{unit} is called {text} from now on", is_called),
    ("{text} is founded below {unit}", is_founded),
    ("the member file comes again", comes_again),
];

fn change(
    stage: &mut Stage,
    said: &Said,
    change: impl FnOnce(&mut crate::stage::Entry),
) -> Result<(), Wrong> {
    stage.settle()?;
    let place = stage.place(said.get("who"))?;
    let entry = stage.directory.entry(place);
    change(entry.ok_or_else(|| Wrong::new("an entry of the member file", said.get("who")))?);
    stage.import()
}

fn moves(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let unit = said.get("unit");
    if stage.directory.key_of(unit).is_none() {
        return Err(Wrong::new("a unit of the organisation", unit));
    }
    change(stage, said, |entry| entry.home = Some(unit.to_owned()))
}

fn leaves(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    change(stage, said, |entry| entry.home = None)
}

/// From today, unless the sentence says `from`.
fn is_elected(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let text = said.get("text");
    let mut duty = Duty::read(text).map_err(|expected| Wrong::new(expected, text))?;
    if !text.contains(" from ") {
        duty.from = stage.today();
    }
    if stage.directory.key_of(&duty.unit).is_none() {
        return Err(Wrong::new("a unit of the organisation", duty.unit));
    }
    change(stage, said, |entry| entry.duties.push(duty))
}

/// The office disappears from the file: it ends at once.
fn office_ends(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    change(stage, said, |entry| entry.duties.clear())
}

fn is_called(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.settle()?;
    if !stage.directory.rename(said.get("unit"), said.get("text")) {
        return Err(Wrong::new("a unit of the organisation", said.get("unit")));
    }
    stage.import()
}

fn is_founded(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.settle()?;
    stage.directory.found(said.get("text"), said.get("unit"));
    stage.import()
}

fn comes_again(stage: &mut Stage, _: &Said) -> Result<(), Wrong> {
    stage.import()
}
