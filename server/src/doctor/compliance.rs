//! Which line of the compliance suites this server does not meet (XEP-0479 §3, the lines for servers, core and advanced): because
//! no feature speaks it, or because the settings switch it off.

use std::collections::{BTreeMap, BTreeSet};

use konvent_core::config::{Config, Listen};

use super::{Finding, State};
use crate::cards;

/// What the streams and sockets below the features speak; they have no cards.
const OF_THE_STREAMS: &[&str] = &[
    "RFC 6120", "RFC 7395", "RFC 7590", "XEP-0114", "XEP-0156", "XEP-0198", "XEP-0352", "XEP-0368",
];

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
pub(super) fn look(config: &Config) -> Vec<Finding> {
    let spoken: BTreeSet<&str> = cards::features()
        .iter()
        .flat_map(|about| about.speaks)
        .chain(OF_THE_STREAMS)
        .copied()
        .collect();
    let off = switched_off(config);
    LINES.iter().map(|(category, lines)| judge(category, lines, &spoken, &off)).collect()
}

/// What the programs of this server could do and its settings do not let them: the line, and the setting.
fn switched_off(config: &Config) -> BTreeMap<&'static str, &'static str> {
    let mut off = BTreeMap::new();
    let is_shut = |listen: &Listen| listen.addresses().is_empty();
    if is_shut(&config.xmpps) {
        off.insert("XEP-0368", "xmpps");
    }
    if is_shut(&config.xmpp) {
        // RFC 6120 §5.3.1: STARTTLS is what servers must have; the door for TLS from the first byte is an addition.
        off.insert("RFC 6120", "xmpp");
    }
    if is_shut(&config.http) {
        // One door for pages, frames and files.
        off.extend([("RFC 7395", "http"), ("XEP-0156", "http"), ("XEP-0363", "http")]);
    }
    if is_shut(&config.components.listen) || config.components.hosts.is_empty() {
        off.insert("XEP-0114", "[components]");
    }
    if config.relays.is_empty() {
        off.insert("XEP-0215", "[[relays]]");
    }
    off
}

fn judge(
    category: &'static str,
    lines: &[&str],
    spoken: &BTreeSet<&str>,
    off: &BTreeMap<&'static str, &'static str>,
) -> Finding {
    let is_met =
        |line: &str| line.split('|').any(|one| spoken.contains(one) && !off.contains_key(one));
    let unmet = lines.iter().copied().filter(|line| !is_met(line));
    let unmet: Vec<String> = unmet
        .map(|line| match line.split('|').find_map(|one| off.get(one)) {
            Some(setting) => format!("{line} (ausgeschaltet: Einstellung {setting})"),
            None => line.to_owned(),
        })
        .collect();
    if unmet.is_empty() {
        Finding::new("XEP-0479", State::Well, format!("{category}: vollständig"))
    } else {
        Finding::new("XEP-0479", State::Odd, format!("{category}: fehlt {}", unmet.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An installation with everything that a member's programs could want.
    const HEALTHY: &str = "
        domain = 'verona.example'
        [components.hosts.'bot.verona.example']
        secret = 'word'
        [[relays]]
        kind = 'turn'
        host = 'turn.verona.example'
    ";

    /// What is not as it should be, by the real cards.
    fn unmet(config: &Config) -> Vec<String> {
        let found = look(config);
        assert_eq!(found.len(), LINES.len());
        let odd = found.into_iter().filter(|finding| finding.state != State::Well);
        odd.map(|finding| finding.sentence).collect()
    }

    #[test]
    fn a_healthy_installation_meets_every_line() {
        assert_eq!(unmet(&Config::parse(HEALTHY).unwrap()), [""; 0]);
    }

    #[test]
    fn whatever_is_switched_off_shows_its_line_and_its_setting_and_nothing_else() {
        type Switch = fn(&mut Config);
        let switches: [(Switch, &[&str]); 6] = [
            (
                |config| config.xmpps = Listen::default(),
                &["Core: fehlt XEP-0368 (ausgeschaltet: Einstellung xmpps)"],
            ),
            (
                |config| config.xmpp = Listen::default(),
                &["Core: fehlt RFC 6120 (ausgeschaltet: Einstellung xmpp)"],
            ),
            (
                |config| config.http = Listen::default(),
                &[
                    "Web: fehlt RFC 7395|XEP-0206 (ausgeschaltet: Einstellung http), \
                     XEP-0156 (ausgeschaltet: Einstellung http)",
                    "IM: fehlt XEP-0363 (ausgeschaltet: Einstellung http)",
                ],
            ),
            (
                |config| config.components.hosts.clear(),
                &["Core: fehlt XEP-0114 (ausgeschaltet: Einstellung [components])"],
            ),
            (
                |config| config.components.listen = Listen::default(),
                &["Core: fehlt XEP-0114 (ausgeschaltet: Einstellung [components])"],
            ),
            (
                |config| config.relays.clear(),
                &["A/V: fehlt XEP-0215 (ausgeschaltet: Einstellung [[relays]])"],
            ),
        ];
        for (switch, expected) in switches {
            let mut config = Config::parse(HEALTHY).unwrap();
            switch(&mut config);
            assert_eq!(unmet(&config), expected);
        }
    }

    #[test]
    fn a_missing_line_is_named_and_one_of_two_is_enough() {
        let (spoken, off) = (BTreeSet::from(["RFC 7395", "XEP-0030"]), BTreeMap::new());
        assert_eq!(judge("Web", &["RFC 7395|XEP-0206"], &spoken, &off).state, State::Well);
        let found = judge("IM", &["XEP-0030", "XEP-0045"], &spoken, &off);
        assert_eq!((found.state, found.sentence.as_str()), (State::Odd, "IM: fehlt XEP-0045"));
    }
}
