//! Ranked ballots for several seats: single transferable vote.
//!
//! Droop quota over all valid ballots, ⌊n/(seats+1)⌋ + 1. Whoever reaches it wins, and every ballot
//! that elected them goes on at the value surplus/votes. Otherwise the last goes; on a tie the one
//! listed later, and the event says so. When only as many are left as there are seats, they win.
//! Candidates whom nobody ranked do not stand. Values are kept in decimals, cut off and not rounded
//! as in Scotland (SSI 2007/42, five decimals), or in floating point as `belenios-tool method stv`
//! does: the two differ in rare profiles where somebody has exactly the quota.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How values of ballots are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arithmetic {
    /// So many decimals, at most 9, cut off.
    Decimals(u32),
    /// Floating point, as the tool.
    Double,
}

/// What happened, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Reached the quota, or stayed until the end.
    Win(Vec<usize>),
    /// Had the fewest votes.
    Lose(usize),
    /// Tie for the most: the first wins.
    TieWin(Vec<usize>),
    /// Tie for the fewest: the first loses.
    TieLose(Vec<usize>),
}

impl Serialize for Event {
    /// A pair, as the tool writes it: `["Win",[1]]`, `["Lose",2]`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Win(who) => ("Win", who).serialize(serializer),
            Self::Lose(who) => ("Lose", who).serialize(serializer),
            Self::TieWin(who) => ("TieWin", who).serialize(serializer),
            Self::TieLose(who) => ("TieLose", who).serialize(serializer),
        }
    }
}

/// The count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Transferable {
    /// Valid ballots as orders of preference, sorted.
    pub ballots: Vec<Vec<usize>>,
    /// Ballots with equal or missing ranks.
    pub invalid: Vec<Vec<u8>>,
    /// What happened; written as the tool writes it.
    pub events: Vec<Event>,
    /// The elected, in order.
    pub winners: Vec<usize>,
}

/// A ballot's order of preference; none when ranks are equal or one is left out.
fn order(ballot: &[u8]) -> Option<Vec<usize>> {
    let count = ballot.iter().filter(|rank| **rank > 0).count();
    (1..=count)
        .map(|rank| {
            let rank = u8::try_from(rank).ok()?;
            ballot.iter().position(|r| *r == rank)
        })
        .collect()
}

/// A value of ballots.
trait Value: Copy + PartialOrd {
    const ZERO: Self;
    fn plus(self, other: Self) -> Self;
    /// self · (votes − quota) / votes.
    fn reduced(self, votes: Self, quota: Self) -> Self;
}

impl Value for u128 {
    const ZERO: Self = 0;
    fn plus(self, other: Self) -> Self {
        self.saturating_add(other)
    }
    fn reduced(self, votes: Self, quota: Self) -> Self {
        self * (votes - quota) / votes
    }
}

impl Value for f64 {
    const ZERO: Self = 0.0;
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn reduced(self, votes: Self, quota: Self) -> Self {
        self * (1.0 - quota / votes)
    }
}

/// Counts ballots for `seats` seats.
pub fn transferable(ballots: &[Vec<u8>], seats: usize, arithmetic: Arithmetic) -> Transferable {
    let mut out = Transferable::default();
    for ballot in ballots {
        match order(ballot) {
            Some(order) => out.ballots.push(order),
            None => out.invalid.push(ballot.clone()),
        }
    }
    out.ballots.sort();
    out.invalid.sort();
    let quota = out.ballots.len() / (seats + 1) + 1;
    match arithmetic {
        Arithmetic::Decimals(decimals) => {
            let one = 10_u128.pow(decimals.min(9));
            count(&mut out, seats, one, one * quota as u128);
        }
        Arithmetic::Double => {
            let quota = u32::try_from(quota).unwrap_or(u32::MAX);
            count(&mut out, seats, 1.0, f64::from(quota));
        }
    }
    out
}

fn count<V: Value>(out: &mut Transferable, seats: usize, one: V, quota: V) {
    let mut papers: Vec<(Vec<usize>, V)> = out.ballots.iter().map(|b| (b.clone(), one)).collect();
    let mut standing: Vec<usize> = out.ballots.iter().flatten().copied().collect();
    standing.sort_unstable();
    standing.dedup();
    let mut scores = standing.iter().map(|c| (*c, V::ZERO)).collect();
    hand_over(&papers, &mut scores);
    loop {
        let left = seats.saturating_sub(out.winners.len());
        if standing.len() <= left {
            out.winners.extend(&standing);
            return out.events.push(Event::Win(standing));
        }
        if left == 0 {
            return;
        }
        let table: Vec<(usize, V)> = scores.iter().map(|(c, votes)| (*c, *votes)).collect();
        let values = || table.iter().map(|(_, votes)| *votes);
        let most = values().reduce(|a, b| if b > a { b } else { a });
        let least = values().reduce(|a, b| if b < a { b } else { a });
        let at = |value: Option<V>| -> Vec<usize> {
            table.iter().filter(|(_, v)| Some(*v) == value).map(|(c, _)| *c).collect()
        };
        let (gone, won) = if let Some(votes) = most.filter(|votes| *votes >= quota) {
            let first = at(most);
            if first.len() > 1 {
                out.events.push(Event::TieWin(first.iter().copied().take(2).collect()));
            }
            let Some(winner) = first.first().copied() else { return };
            out.events.push(Event::Win(vec![winner]));
            out.winners.push(winner);
            (winner, Some(votes))
        } else {
            let mut bottom = at(least);
            bottom.reverse();
            if bottom.len() > 1 {
                out.events.push(Event::TieLose(bottom.iter().copied().take(2).collect()));
            }
            let Some(loser) = bottom.first().copied() else { return };
            out.events.push(Event::Lose(loser));
            (loser, None)
        };
        standing.retain(|c| *c != gone);
        scores.remove(&gone);
        let (mut moving, staying): (Vec<_>, Vec<_>) =
            papers.into_iter().partition(|(paper, _)| paper.first() == Some(&gone));
        papers = staying;
        for (_, value) in &mut moving {
            *value = won.map_or(*value, |votes| value.reduced(votes, quota));
        }
        for (paper, _) in papers.iter_mut().chain(&mut moving) {
            paper.retain(|c| *c != gone);
        }
        hand_over(&moving, &mut scores);
        papers.append(&mut moving);
    }
}

/// Adds what each gets from these papers to what each has: first what comes together, as the tool
/// seems to, for in floating point that is not the same as paper by paper.
fn hand_over<V: Value>(papers: &[(Vec<usize>, V)], scores: &mut BTreeMap<usize, V>) {
    let mut gained: BTreeMap<usize, V> = BTreeMap::new();
    for (paper, value) in papers {
        if let Some(next) = paper.first() {
            let sum = gained.entry(*next).or_insert(V::ZERO);
            *sum = sum.plus(*value);
        }
    }
    for (who, sum) in gained {
        if let Some(score) = scores.get_mut(&who) {
            *score = score.plus(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballots(groups: &[(usize, &[u8])]) -> Vec<Vec<u8>> {
        let repeated = |(count, ballot): &(usize, &[u8])| vec![ballot.to_vec(); *count];
        groups.iter().flat_map(repeated).collect()
    }

    /// The party food example of the English Wikipedia's article on STV: oranges 0, pears 1,
    /// chocolate 2, strawberries 3, sweets 4; three seats, quota 6.
    #[test]
    fn the_food_example() {
        let all = ballots(&[
            (4, &[1, 0, 0, 0, 0]),
            (2, &[2, 1, 0, 0, 0]),
            (8, &[0, 0, 1, 2, 0]),
            (4, &[0, 0, 1, 0, 2]),
            (1, &[0, 0, 0, 1, 0]),
            (1, &[0, 0, 0, 0, 1]),
        ]);
        let count = transferable(&all, 3, Arithmetic::Decimals(5));
        assert_eq!(count.winners, [2, 0, 3]);
    }

    /// Two profiles in which it matters for the tool's ties what is added up first; what it said.
    #[test]
    fn floating_point_ties_where_the_tool_does() {
        let seven: Vec<Vec<u8>> = [
            [1, 0, 2, 0],
            [2, 1, 3, 0],
            [4, 1, 2, 3],
            [0, 1, 0, 0],
            [0, 1, 0, 2],
            [3, 1, 2, 0],
            [0, 0, 0, 1],
        ]
        .map(Vec::from)
        .to_vec();
        let count = transferable(&seven, 2, Arithmetic::Double);
        assert!(count.events.contains(&Event::TieLose(vec![3, 0])), "{:?}", count.events);
        let orders: [&[usize]; 8] = [
            &[1],
            &[2, 4, 0, 1, 3],
            &[3],
            &[3, 0, 4],
            &[3, 2, 0],
            &[3, 2, 1, 0, 4],
            &[3, 4, 1],
            &[4],
        ];
        let eight: Vec<Vec<u8>> = orders
            .iter()
            .map(|order| {
                let rank = |who| order.iter().position(|c| *c == who).map_or(0, |place| place + 1);
                (0..5).map(|who| u8::try_from(rank(who)).unwrap()).collect()
            })
            .collect();
        let count = transferable(&eight, 2, Arithmetic::Double);
        let expected = [
            Event::Win(vec![3]),
            Event::Lose(0),
            Event::Lose(1),
            Event::Lose(4),
            Event::Win(vec![2]),
        ];
        assert_eq!(count.events, expected);
    }

    #[test]
    fn equal_and_missing_ranks_are_invalid() {
        let all = [vec![1, 1], vec![2, 0], vec![1, 0], vec![0, 0]];
        let count = transferable(&all, 1, Arithmetic::Double);
        assert_eq!((count.ballots, count.invalid.len()), (vec![vec![], vec![0]], 2));
        assert_eq!(count.winners, [0]);
        assert_eq!(transferable(&[], 2, Arithmetic::Double).winners, [0; 0]);
    }
}
