//! Is a motion carried? Majorities with a declared denominator.
//!
//! BGB § 32 counts the votes cast; whether abstentions are votes is what statutes disagree about, so
//! the denominator is always named. Fractions are exact whole numbers, never rounded.

use serde::{Deserialize, Serialize};

/// What was counted in a vote on one matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Yes.
    pub yes: u64,
    /// No.
    pub no: u64,
    /// Abstentions and blank votes.
    pub abstain: u64,
    /// Invalid votes.
    pub invalid: u64,
    /// How many are present, if that was established.
    pub present: u64,
    /// How many are entitled.
    pub eligible: u64,
}

/// Of what a majority is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// Valid votes without abstentions.
    Cast,
    /// Valid votes with abstentions.
    CastWithAbstentions,
    /// All present.
    Present,
    /// All entitled.
    Eligible,
}

/// How large the majority must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// More yes than no, whatever the denominator.
    Relative,
    /// More than half.
    Absolute,
    /// At least two thirds.
    TwoThirds,
    /// At least three quarters.
    ThreeQuarters,
    /// All.
    All,
}

/// A rule of the statutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// How large.
    pub share: Share,
    /// Of what.
    pub of: Of,
    /// How many must have voted (any paper counts) for the vote to be valid at all.
    pub quorum: u64,
}

/// Whether a motion is carried, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether it is carried.
    pub carried: bool,
    /// Whether enough have voted.
    pub quorate: bool,
    /// The denominator.
    pub base: u64,
    /// The fewest yes votes that would have carried it.
    pub needed: u64,
    /// The arithmetic in German, for the minutes.
    pub explanation: String,
}

impl Rule {
    /// Applies the rule.
    pub fn decide(self, count: Count) -> Verdict {
        let Count { yes, no, abstain, invalid, present, eligible } = count;
        let (base, of) = match self.of {
            Of::Cast => (yes + no, "gültige Stimmen ohne Enthaltungen"),
            Of::CastWithAbstentions => (yes + no + abstain, "gültige Stimmen mit Enthaltungen"),
            Of::Present => (present, "Anwesende"),
            Of::Eligible => (eligible, "Stimmberechtigte"),
        };
        let (needed, share) = match self.share {
            Share::Relative => (no + 1, "mehr Ja als Nein"),
            Share::Absolute => (base / 2 + 1, "mehr als die Hälfte"),
            Share::TwoThirds => ((2 * base).div_ceil(3).max(1), "mindestens zwei Drittel"),
            Share::ThreeQuarters => ((3 * base).div_ceil(4).max(1), "mindestens drei Viertel"),
            Share::All => (base.max(1), "alle"),
        };
        let voted = yes + no + abstain + invalid;
        let quorate = voted >= self.quorum;
        let carried = quorate && yes >= needed;
        let explanation = format!(
            "{yes} Ja, {no} Nein, {abstain} Enthaltungen, {invalid} ungültig. Maßgeblich: {base} {of}; \
             nötig: {share}, also {needed} Ja. {}{}",
            if quorate {
                String::new()
            } else {
                format!(
                    "Nicht beschlussfähig: {voted} von mindestens {} haben abgestimmt. ",
                    self.quorum
                )
            },
            if carried { "Angenommen." } else { "Abgelehnt." },
        );
        Verdict { carried, quorate, base, needed, explanation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn count(yes: u64, no: u64, abstain: u64) -> Count {
        Count { yes, no, abstain, invalid: 0, present: 100, eligible: 200 }
    }

    #[test]
    fn abstentions_count_only_where_the_statutes_say_so() {
        let rule = |share, of| Rule { share, of, quorum: 0 };
        assert!(rule(Share::Absolute, Of::Cast).decide(count(3, 2, 9)).carried);
        assert!(!rule(Share::Absolute, Of::CastWithAbstentions).decide(count(3, 2, 9)).carried);
        assert!(
            !rule(Share::Absolute, Of::Cast).decide(count(3, 3, 0)).carried,
            "a tie is no majority"
        );
        assert!(!rule(Share::Absolute, Of::Present).decide(count(50, 0, 0)).carried);
        assert!(rule(Share::Absolute, Of::Present).decide(count(51, 0, 0)).carried);
        assert_eq!(rule(Share::Absolute, Of::Eligible).decide(count(1, 0, 0)).needed, 101);
        assert!(rule(Share::TwoThirds, Of::Cast).decide(count(2, 1, 0)).carried);
        assert!(!rule(Share::TwoThirds, Of::Cast).decide(count(66, 34, 0)).carried);
        assert!(rule(Share::ThreeQuarters, Of::Cast).decide(count(75, 25, 0)).carried);
        assert!(!rule(Share::ThreeQuarters, Of::Cast).decide(count(74, 25, 0)).carried);
        assert!(
            !rule(Share::TwoThirds, Of::Cast).decide(count(0, 0, 5)).carried,
            "nobody said yes"
        );
        let quorum = Rule { share: Share::Relative, of: Of::Cast, quorum: 50 };
        assert!(!quorum.decide(count(30, 0, 0)).carried);
        let text = rule(Share::TwoThirds, Of::Cast).decide(count(2, 1, 4)).explanation;
        assert!(
            text.contains("3 gültige Stimmen ohne Enthaltungen") && text.ends_with("Angenommen.")
        );
    }

    proptest! {
        #[test]
        fn one_more_yes_instead_of_a_no_never_hurts(yes in 0..500_u64, no in 1..500_u64, abstain in 0..500_u64) {
            let before = Count { yes, no, abstain, invalid: 0, present: 2000, eligible: 3000 };
            let after = Count { yes: yes + 1, no: no - 1, ..before };
            for share in [Share::Relative, Share::Absolute, Share::TwoThirds, Share::ThreeQuarters, Share::All] {
                for of in [Of::Cast, Of::CastWithAbstentions, Of::Present, Of::Eligible] {
                    let rule = Rule { share, of, quorum: 0 };
                    prop_assert!(rule.decide(after).carried >= rule.decide(before).carried);
                }
            }
        }
    }
}
