//! Counting methods against the tool's, on random profiles.

use konvent_ballot::method::grades::{Middle, majority_judgment};
use konvent_ballot::method::ranks::schulze;
use konvent_ballot::method::stv::{Arithmetic, transferable};
use konvent_ballot::random::{Randomness as _, Seeded};
use rayon::prelude::*;

use crate::tool::{Folder, Tool, Trial};

/// One profile: ballots over some choices.
fn profile(rng: &mut Seeded, permutations: bool) -> (usize, Vec<Vec<u8>>) {
    let choices = 2 + rng.below(4);
    let voters = 1 + rng.below(25);
    let ballot = |rng: &mut Seeded| -> Vec<u8> {
        if permutations {
            let mut ranks: Vec<u8> = (1..=6).take(choices).collect();
            for place in 0..choices {
                ranks.swap(place, place + rng.below(choices - place));
            }
            let kept = u8::try_from(1 + rng.below(choices)).unwrap_or(1);
            ranks.into_iter().map(|rank| if rank <= kept { rank } else { 0 }).collect()
        } else {
            (0..choices).map(|_| u8::try_from(rng.below(5)).unwrap_or(0)).collect()
        }
    };
    let ballots = (0..voters).map(|_| ballot(rng)).collect();
    (choices, ballots)
}

fn same(found: &[u8], ours: &impl serde::Serialize, what: &dyn std::fmt::Display) -> Trial<()> {
    let found: serde_json::Value = serde_json::from_slice(found).map_err(|e| e.to_string())?;
    let mut ours = serde_json::to_value(ours).map_err(|e| e.to_string())?;
    let mut found = found;
    for value in [&mut found, &mut ours] {
        // the order of invalid ballots means nothing
        if let Some(invalid) = value.get_mut("invalid").and_then(|v| v.as_array_mut()) {
            invalid.sort_by_key(ToString::to_string);
        }
        // nor does the order among those who tie
        for group in value.get_mut("winners").and_then(|v| v.as_array_mut()).into_iter().flatten() {
            if let Some(group) = group.as_array_mut() {
                group.sort_by_key(ToString::to_string);
            }
        }
    }
    if found == ours { Ok(()) } else { Err(format!("{what}: theirs {found}, ours {ours}")) }
}

/// How many of a thousand STV counts may differ: the tool adds fractions in floating point in an order of
/// its own, so a tie can come out as a difference in the sixteenth digit, or the other way round.
const ROUNDING_PER_MILLE: usize = 5;

/// How many profiles of one version of the tool are equal, by method.
#[derive(Debug, Default)]
pub struct Agreed {
    /// Schulze and majority judgment.
    pub both: usize,
    /// Single transferable vote.
    pub stv: usize,
    /// STV counts that differ by the tool's rounding.
    pub rounded: usize,
    /// STV counts that the tool refused, since fewer stood than there were seats.
    pub refused: usize,
}

/// Compares one profile of each method; how the STV counts compare, none where the tool refuses to count.
fn one(tool: &Tool, number: usize) -> Trial<Option<Trial<()>>> {
    let dir = Folder::new()?;
    // each has its own seed, so that they can run in any order
    let mut rng = Seeded::new(format!("methods {number}").as_bytes());
    let (choices, ballots) = profile(&mut rng, false);
    let input = serde_json::to_vec(&ballots).map_err(|e| e.to_string())?;
    let n = format!("--nchoices={choices}");
    let args = ["method", "schulze", "--blank-allowed=true", &n];
    let ours = schulze(&ballots, choices, true);
    same(&tool.run(dir.path(), &args, &input)?, &ours, &format!("schulze {number}"))?;
    let args = ["method", "majority-judgment", "--blank-allowed=true", "--ngrades=4", &n];
    let ours = majority_judgment(&ballots, choices, 4, true, Middle::Better);
    same(&tool.run(dir.path(), &args, &input)?, &ours, &format!("majority judgment {number}"))?;
    let (_, ballots) = profile(&mut rng, true);
    let input = serde_json::to_vec(&ballots).map_err(|e| e.to_string())?;
    let seats = 1 + rng.below(3);
    let ours = transferable(&ballots, seats, Arithmetic::Double);
    let args = ["method", "stv", &format!("--nseats={seats}")];
    match tool.run(dir.path(), &args, &input) {
        Ok(theirs) => Ok(Some(same(&theirs, &ours, &format!("stv {number}")))),
        Err(_) if ours.winners.len() < seats => Ok(None),
        Err(why) => Err(why),
    }
}

/// Compares `count` profiles of each method, as many at a time as there are cores: most of the time
/// goes into starting the tool.
pub fn compare(tool: &Tool, count: usize) -> Trial<Agreed> {
    let counted: Vec<Option<Trial<()>>> =
        (0..count).into_par_iter().map(|number| one(tool, number)).collect::<Trial<_>>()?;
    let stv = counted.iter().filter(|trial| matches!(trial, Some(Ok(())))).count();
    let refused = counted.iter().filter(|trial| trial.is_none()).count();
    let rounded = counted.len() - stv - refused;
    let worst = counted.iter().flatten().find_map(|trial| trial.clone().err());
    match worst {
        Some(how) if rounded * 1000 > count.max(1000) * ROUNDING_PER_MILLE => Err(how),
        _ => Ok(Agreed { both: counted.len(), stv, rounded, refused }),
    }
}
