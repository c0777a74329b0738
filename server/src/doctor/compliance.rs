//! Which line of the compliance suites no feature speaks (XEP-0479 §3, the lines for servers, core and advanced).

use std::collections::BTreeSet;

use super::{Finding, State};
use crate::cards;

/// What the streams below the features speak; they have no cards.
const OF_THE_STREAMS: &[&str] =
    &["RFC 6120", "RFC 7395", "RFC 7590", "XEP-0198", "XEP-0352", "XEP-0368"];

/// Category and what it asks for; any of several separated by a bar.
const LINES: &[(&str, &[&str])] = &[
    ("Core", &["RFC 6120", "RFC 7590", "XEP-0030", "XEP-0114", "XEP-0115", "XEP-0163", "XEP-0368"]),
    ("Web", &["RFC 7395|XEP-0206", "XEP-0156"]),
    (
        "IM",
        &[
            "RFC 6121", "XEP-0045", "XEP-0049", "XEP-0054", "XEP-0153", "XEP-0191", "XEP-0198",
            "XEP-0223", "XEP-0249", "XEP-0280", "XEP-0313", "XEP-0363", "XEP-0398", "XEP-0402",
            "XEP-0410",
        ],
    ),
    ("Mobile", &["XEP-0198", "XEP-0352", "XEP-0357"]),
    ("A/V", &["XEP-0215"]),
];

/// One finding for each category.
pub(super) fn look() -> Vec<Finding> {
    let spoken: BTreeSet<&str> = cards::features()
        .iter()
        .flat_map(|about| about.speaks)
        .chain(OF_THE_STREAMS)
        .copied()
        .collect();
    LINES.iter().map(|(category, lines)| judge(category, lines, &spoken)).collect()
}

fn judge(category: &'static str, lines: &[&str], spoken: &BTreeSet<&str>) -> Finding {
    let is_spoken = |line: &str| line.split('|').any(|one| spoken.contains(one));
    let missing: Vec<&str> = lines.iter().copied().filter(|line| !is_spoken(line)).collect();
    if missing.is_empty() {
        Finding::new("XEP-0479", State::Well, format!("{category}: vollständig"))
    } else {
        Finding::new("XEP-0479", State::Odd, format!("{category}: fehlt {}", missing.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_line_is_named_and_one_of_two_is_enough() {
        let spoken = BTreeSet::from(["RFC 7395", "XEP-0030"]);
        assert_eq!(judge("Web", &["RFC 7395|XEP-0206"], &spoken).state, State::Well);
        let found = judge("IM", &["XEP-0030", "XEP-0045"], &spoken);
        assert_eq!((found.state, found.sentence.contains("XEP-0045")), (State::Odd, true));
        assert!(!found.sentence.contains("XEP-0030"));
    }
}
