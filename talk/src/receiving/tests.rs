//! The table of RFC 6121 §8.5.4, cell by cell, for messages that the archive keeps and for those it does not.

use super::*;
use Road::{Nowhere, Refused, ToAvailable, ToSession, Waits};

fn device(session: i64, priority: i8) -> Online {
    Online {
        session: SessionId(session),
        address: Jid::new(&format!("juliet@verona.example/{session}")).unwrap(),
        priority,
        presence: Stanza::presence(""),
    }
}

const HIT: Option<SessionId> = Some(SessionId(1));
const TO_HIT: Road = ToSession(SessionId(1));

/// Who is there, to which address, and the roads of normal, chat, groupchat and headline, of messages to those who may know.
type Row<'a> = (&'a str, &'a [i8], &'a str, [Road; 4]);

/// In the words of the table: O (offline) is [`Waits`] when kept, and E (error) or silence when not.
const NOT_KEPT: &[Row<'_>] = &[
    // Account exists, but no active resources.
    ("nobody", &[], "bare", [Refused, Refused, Refused, Nowhere]),
    ("nobody", &[], "full, no match", [Refused, Refused, Refused, Nowhere]),
    // One or more negative resources, but no others.
    ("shy", &[-1], "bare", [Refused, Refused, Refused, Nowhere]),
    ("shy", &[-1], "full, match", [TO_HIT, TO_HIT, TO_HIT, TO_HIT]),
    ("shy", &[-1], "full, no match", [Refused, Refused, Refused, Nowhere]),
    ("two shy", &[-1, -5], "bare", [Refused, Refused, Refused, Nowhere]),
    // One resource that is not negative.
    ("one", &[0], "bare", [ToAvailable, ToAvailable, Refused, ToAvailable]),
    ("one", &[0], "full, match", [TO_HIT, TO_HIT, TO_HIT, TO_HIT]),
    ("one", &[0], "full, no match", [Refused, ToAvailable, Refused, Nowhere]),
    ("one and a shy one", &[5, -1], "bare", [ToAvailable, ToAvailable, Refused, ToAvailable]),
    // More than one that is not negative.
    ("two", &[0, 127], "bare", [ToAvailable, ToAvailable, Refused, ToAvailable]),
    ("two", &[0, 127], "full, match", [TO_HIT, TO_HIT, TO_HIT, TO_HIT]),
    ("two", &[0, 127], "full, no match", [Refused, ToAvailable, Refused, Nowhere]),
    // Connected without any presence: it can be named, and that is all (RFC 6121 §8.5.3.1).
    ("unseen", &[], "full, match", [TO_HIT, TO_HIT, TO_HIT, TO_HIT]),
];

/// The archive keeps normal and chat only.
const KEPT: &[Row<'_>] = &[
    ("nobody", &[], "bare", [Waits, Waits, Refused, Nowhere]),
    ("nobody", &[], "full, no match", [Waits, Waits, Refused, Nowhere]),
    ("shy", &[-1], "bare", [Waits, Waits, Refused, Nowhere]),
    ("shy", &[-1], "full, match", [TO_HIT, TO_HIT, TO_HIT, TO_HIT]),
    ("shy", &[-1], "full, no match", [Waits, Waits, Refused, Nowhere]),
    ("one", &[0], "bare", [ToAvailable, ToAvailable, Refused, ToAvailable]),
    ("one", &[0], "full, match", [TO_HIT, TO_HIT, TO_HIT, TO_HIT]),
    ("one", &[0], "full, no match", [ToAvailable, ToAvailable, Refused, Nowhere]),
    ("two", &[0, 1], "bare", [ToAvailable, ToAvailable, Refused, ToAvailable]),
    ("two", &[0, 1], "full, no match", [ToAvailable, ToAvailable, Refused, Nowhere]),
];

fn road(row: &Row<'_>, kind: &str, is_kept: bool, may_know: bool) -> Road {
    let (_, priorities, address, _) = row;
    let online: Vec<Online> =
        priorities.iter().zip(1..).map(|(priority, number)| device(number, *priority)).collect();
    let to = if *address == "bare" { "juliet@verona.example" } else { "juliet@verona.example/1" };
    let bound = if *address == "full, match" { HIT } else { None };
    let is_kept = is_kept && matches!(kind, "" | "chat");
    for_account(&Jid::new(to).unwrap(), &Stanza::message(kind), is_kept, &online, bound, may_know)
}

#[test]
fn every_cell_of_the_table() {
    for (is_kept, table) in [(false, NOT_KEPT), (true, KEPT)] {
        for row in table {
            for (kind, expected) in ["", "chat", "groupchat", "headline"].iter().zip(row.3) {
                let found = road(row, kind, is_kept, true);
                assert_eq!(found, expected, "{} {} {kind:?} kept: {is_kept}", row.0, row.2);
            }
        }
    }
}

#[test]
fn errors_reach_a_device_that_is_named_and_vanish_otherwise() {
    for row in NOT_KEPT {
        let expected = if row.2 == "full, match" { TO_HIT } else { Nowhere };
        assert_eq!(road(row, "error", false, true), expected, "{} {}", row.0, row.2);
    }
}

#[test]
fn a_type_that_nobody_knows_is_normal() {
    for row in NOT_KEPT {
        assert_eq!(road(row, "whisper", false, true), row.3[0], "{} {}", row.0, row.2);
        assert_eq!(road(row, "normal", false, true), row.3[0], "{} {}", row.0, row.2);
    }
}

/// Whatever a stranger sends that is not kept, the answer is the same whether anybody is there or not.
#[test]
fn a_stranger_does_not_learn_who_is_online() {
    let is_answered = |row: &Row<'_>, kind: &str| road(row, kind, false, false) == Refused;
    for kind in ["", "chat", "headline", "error", "groupchat"] {
        for address in ["bare", "full"] {
            let answers: Vec<bool> = NOT_KEPT
                .iter()
                .filter(|row| row.2.starts_with(address))
                .map(|row| is_answered(row, kind))
                .collect();
            assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{kind:?} to {address}");
        }
    }
}

/// RFC 6121 §8.5.1: what is not kept has the same answer whether the address is that of somebody who is away, or nobody's.
#[test]
fn a_stranger_does_not_learn_who_exists() {
    for kind in ["", "chat", "headline", "error", "groupchat"] {
        for address in ["bare", "full, no match"] {
            let row = NOT_KEPT.iter().find(|row| row.0 == "nobody" && row.2 == address).unwrap();
            let to =
                if address == "bare" { "nemo@verona.example" } else { "nemo@verona.example/1" };
            let (to, said) = (Jid::new(to).unwrap(), Stanza::message(kind));
            let to_nobody = for_nobody(&to, &said, false);
            assert_eq!(to_nobody, road(row, kind, false, false), "{kind:?} to {address}");
            if kind != "groupchat" {
                assert_eq!(for_nobody(&to, &said, true), Refused, "words come back");
            }
        }
    }
}
