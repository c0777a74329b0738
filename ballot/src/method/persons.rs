//! Electing persons: one office, several at once, runoffs, withdrawals, quotas.
//!
//! Every round returns who is elected, who goes on, and where a lot must decide; nothing is broken
//! silently. Who withdraws or does not accept is left out of the next round by the caller's list.

use serde::{Deserialize, Serialize};

/// A candidate with their votes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Who.
    pub name: String,
    /// Marks won.
    pub votes: u64,
    /// Whether they count for the places that a quota reserves.
    pub quota: bool,
}

/// How an office or several are won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Most votes.
    Relative,
    /// More than half of the valid ballots (not marks) in this round.
    Absolute,
}

/// One round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Places to fill.
    pub seats: usize,
    /// Of these, reserved by a quota and filled first.
    pub reserved: usize,
    /// What is needed.
    pub rule: Rule,
    /// Valid ballots in this round, the base of an absolute majority.
    pub ballots: u64,
}

/// What a round brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Elected, in the order of their votes; those on reserved places first.
    pub elected: Vec<String>,
    /// Those between whom a lot decides, with the number of places for them.
    pub tied: Vec<(Vec<String>, usize)>,
    /// Reserved places that stay empty because too few stood or too few won.
    pub reserved_open: usize,
    /// Other places that stay open.
    pub open: usize,
    /// The arithmetic in German.
    pub steps: Vec<String>,
}

impl Round {
    /// Decides the round.
    pub fn decide(&self, standings: &[Standing]) -> Outcome {
        let mut out = Outcome::default();
        let needed = match self.rule {
            Rule::Relative => 1,
            Rule::Absolute => self.ballots / 2 + 1,
        };
        if self.rule == Rule::Absolute {
            out.steps.push(format!(
                "{} gültige Stimmzettel; gewählt ist, wer mindestens {needed} Stimmen hat.",
                self.ballots
            ));
        }
        let mut order: Vec<&Standing> = standings.iter().filter(|s| s.votes >= needed).collect();
        order.sort_by(|a, b| b.votes.cmp(&a.votes).then_with(|| a.name.cmp(&b.name)));
        let reserved = self.reserved.min(self.seats);
        let quota: Vec<&Standing> = order.iter().copied().filter(|s| s.quota).collect();
        out.reserved_open = fill(&mut out, &quota, reserved, "Quotenplatz");
        // a tie on reserved places is drawn before the others are known: those who tie wait
        let waiting: Vec<String> = out.tied.iter().flat_map(|(names, _)| names.clone()).collect();
        let rest: Vec<&Standing> = order
            .into_iter()
            .filter(|s| !out.elected.contains(&s.name) && !waiting.contains(&s.name))
            .collect();
        if waiting.is_empty() {
            out.open = fill(&mut out, &rest, self.seats - reserved, "Platz");
        } else {
            out.open = self.seats - reserved;
            out.steps.push("Offene Plätze folgen nach dem Los über die Quotenplätze.".to_owned());
        }
        out
    }
}

/// Fills places from the top; returns how many stay empty.
fn fill(out: &mut Outcome, order: &[&Standing], seats: usize, place: &str) -> usize {
    let mut left = seats;
    for group in order.chunk_by(|a, b| a.votes == b.votes) {
        if left == 0 {
            break;
        }
        let names: Vec<String> = group.iter().map(|s| s.name.clone()).collect();
        let votes = group.first().map_or(0, |s| s.votes);
        if group.len() > left {
            out.steps.push(format!(
                "{} mit je {votes} Stimmen: das Los entscheidet über {left} × {place}.",
                names.join(", ")
            ));
            out.tied.push((names, left));
            return 0;
        }
        for name in names {
            out.steps.push(format!("{place}: {name} mit {votes} Stimmen."));
            out.elected.push(name);
            left -= 1;
        }
    }
    left
}

/// Who goes into a runoff for one office: the two first. Ties for the second place all go on, for a
/// runoff among three costs less than a lot.
pub fn runoff(standings: &[Standing]) -> Vec<String> {
    let mut votes: Vec<u64> = standings.iter().map(|s| s.votes).collect();
    votes.sort_unstable_by(|a, b| b.cmp(a));
    let bar = votes.get(1).copied().unwrap_or(0);
    standings.iter().filter(|s| s.votes >= bar).map(|s| s.name.clone()).collect()
}

/// Adds up repeated cards of one candidate ("Ada (1)", "Ada (2)") in a cumulative vote.
pub fn cumulate(cards: &[(String, u64)]) -> Vec<(String, u64)> {
    let mut sums: Vec<(String, u64)> = Vec::new();
    for (card, votes) in cards {
        let plain = card
            .rsplit_once(" (")
            .filter(|(_, end)| end.strip_suffix(')').is_some_and(|n| n.parse::<u32>().is_ok()))
            .map_or(card.as_str(), |(name, _)| name);
        match sums.iter_mut().find(|(name, _)| name == plain) {
            Some((_, sum)) => *sum += votes,
            None => sums.push((plain.to_owned(), *votes)),
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standings(all: &[(&str, u64, bool)]) -> Vec<Standing> {
        let standing = |(name, votes, quota): &(&str, u64, bool)| Standing {
            name: (*name).to_owned(),
            votes: *votes,
            quota: *quota,
        };
        all.iter().map(standing).collect()
    }

    fn round(seats: usize, reserved: usize, rule: Rule, ballots: u64) -> Round {
        Round { seats, reserved, rule, ballots }
    }

    #[test]
    fn an_absolute_majority_is_of_ballots_not_of_marks() {
        let all = standings(&[("A", 60, false), ("B", 51, false), ("C", 50, false)]);
        let out = round(3, 0, Rule::Absolute, 100).decide(&all);
        assert_eq!((out.elected, out.open), (vec!["A".to_owned(), "B".to_owned()], 1));
        assert_eq!(
            runoff(&standings(&[
                ("A", 4, false),
                ("B", 3, false),
                ("C", 3, false),
                ("D", 1, false)
            ]))
            .len(),
            3
        );
    }

    #[test]
    fn reserved_places_are_filled_first_and_stay_empty_rather_than_go_to_others() {
        let all = standings(&[("A", 9, false), ("B", 8, false), ("C", 5, true)]);
        let out = round(3, 2, Rule::Relative, 9).decide(&all);
        assert_eq!(out.elected, ["C", "A"]);
        assert_eq!((out.reserved_open, out.open), (1, 0));
    }

    #[test]
    fn ties_at_the_edge_are_left_to_the_lot() {
        let all = standings(&[("A", 9, false), ("B", 5, false), ("C", 5, false)]);
        let out = round(2, 0, Rule::Relative, 9).decide(&all);
        assert_eq!(out.elected, ["A"]);
        assert_eq!(out.tied, [(vec!["B".to_owned(), "C".to_owned()], 1)]);
        let out = round(3, 0, Rule::Relative, 9).decide(&all);
        assert!(out.tied.is_empty(), "a tie that decides nothing needs no lot");
        let nobody = round(1, 0, Rule::Relative, 9).decide(&standings(&[("A", 0, false)]));
        assert_eq!((nobody.elected.len(), nobody.open), (0, 1));
    }

    #[test]
    fn cards_of_one_candidate_add_up() {
        let card = |name: &str, votes| (name.to_owned(), votes);
        let cards = [card("Ada (1)", 3), card("Ada (2)", 1), card("Bo (Nord)", 2)];
        assert_eq!(cumulate(&cards), [card("Ada", 4), card("Bo (Nord)", 2)]);
    }
}
