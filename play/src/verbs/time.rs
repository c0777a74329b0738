//! Time passes, the server restarts.

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::stage::Stage;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

pub(super) const VERBS: &[Verb] = &[
    ("{n} seconds pass", |stage, said| pass(stage, said, 1)),
    ("{n} minutes pass", |stage, said| pass(stage, said, MINUTE)),
    ("{n} hours pass", |stage, said| pass(stage, said, HOUR)),
    ("{n} days pass", |stage, said| pass(stage, said, DAY)),
    ("the server restarts", restarts),
];

fn pass(stage: &mut Stage, said: &Said, secs: i64) -> Result<(), Wrong> {
    let number = said.number("n")?;
    stage.pass(number * secs)
}

fn restarts(stage: &mut Stage, _: &Said) -> Result<(), Wrong> {
    stage.settle()?;
    stage.restart()
}
