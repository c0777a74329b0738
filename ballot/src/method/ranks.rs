//! Ranked ballots by Schulze's method (2011), strength by winning votes then by fewer losing ones.
//!
//! A rank of 0 means "not ranked", which is behind every rank. A ballot of zeros is blank where that
//! is allowed. The output has the members of `belenios-tool method schulze` and is tested against it.

use serde::{Deserialize, Serialize};

/// The count by Schulze's method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schulze {
    /// Ballots that count.
    pub valid: u64,
    /// Blank ballots.
    pub blank: u64,
    /// How many prefer i to j.
    pub raw: Vec<Vec<u64>>,
    /// The strength of the strongest path from i to j: votes for and against its weakest link.
    pub beatpaths: Vec<Vec<(u64, u64)>>,
    /// Those nobody left beats, then those nobody of the rest beats …
    pub winners: Vec<Vec<usize>>,
}

/// Whether path strength `a` is greater than `b`.
fn stronger(a: (u64, u64), b: (u64, u64)) -> bool {
    a.0 > b.0 || (a.0 == b.0 && a.1 < b.1)
}

/// Reads a table at a place.
fn at<T: Copy + Default>(table: &[Vec<T>], i: usize, j: usize) -> T {
    table.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default()
}

/// Counts ballots over `choices` choices.
pub fn schulze(ballots: &[Vec<u8>], choices: usize, blank_allowed: bool) -> Schulze {
    let is_blank = |ballot: &Vec<u8>| blank_allowed && ballot.iter().all(|rank| *rank == 0);
    let (blank, valid): (Vec<_>, Vec<_>) = ballots.iter().partition(|ballot| is_blank(ballot));
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let rank = |ballot: &[u8], i: usize| match ballot.get(i) {
        None | Some(0) => u32::MAX,
        Some(rank) => u32::from(*rank),
    };
    let table = |cell: &dyn Fn(usize, usize) -> u64| -> Vec<Vec<u64>> {
        (0..choices).map(|i| (0..choices).map(|j| cell(i, j)).collect()).collect()
    };
    let raw = table(&|i, j| number(valid.iter().filter(|b| rank(b, i) < rank(b, j)).count()));
    let mut paths: Vec<Vec<(u64, u64)>> = (0..choices)
        .map(|i| {
            let link = |j| (at(&raw, i, j), at(&raw, j, i));
            (0..choices).map(|j| if link(j).0 > link(j).1 { link(j) } else { (0, 0) }).collect()
        })
        .collect();
    for k in 0..choices {
        for i in 0..choices {
            for j in 0..choices {
                let (first, second) = (at(&paths, i, k), at(&paths, k, j));
                let through = if stronger(first, second) { second } else { first };
                if stronger(through, at(&paths, i, j))
                    && let Some(cell) = paths.get_mut(i).and_then(|row| row.get_mut(j))
                {
                    *cell = through;
                }
            }
        }
    }
    let mut rest: Vec<usize> = (0..choices).collect();
    let mut winners = Vec::new();
    while !rest.is_empty() {
        let beaten =
            |j: &usize| rest.iter().any(|i| stronger(at(&paths, *i, *j), at(&paths, *j, *i)));
        let (losing, winning): (Vec<usize>, Vec<usize>) = rest.iter().copied().partition(beaten);
        if winning.is_empty() {
            break; // cannot be: the relation has no cycles (Schulze 2011, 4.1)
        }
        winners.push(winning);
        rest = losing;
    }
    Schulze {
        valid: number(valid.len()),
        blank: number(blank.len()),
        raw,
        beatpaths: paths,
        winners,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Schulze 2011, example 1: 45 voters, winner E, order E A C B D.
    #[test]
    fn the_example_of_the_paper() {
        let groups: [(usize, &str); 8] = [
            (5, "ACBED"),
            (5, "ADECB"),
            (8, "BEDAC"),
            (3, "CABED"),
            (7, "CAEBD"),
            (2, "CBADE"),
            (7, "DCEBA"),
            (8, "EBADC"),
        ];
        let mut ballots = Vec::new();
        for (count, order) in groups {
            let rank = |c| u8::try_from(order.find(c).unwrap() + 1).unwrap();
            let ballot: Vec<u8> = "ABCDE".chars().map(rank).collect();
            ballots.extend(std::iter::repeat_n(ballot, count));
        }
        let count = schulze(&ballots, 5, false);
        assert_eq!(count.winners, [[4], [0], [2], [1], [3]]);
        assert_eq!(at(&count.beatpaths, 4, 0).0, 25);
    }
}
