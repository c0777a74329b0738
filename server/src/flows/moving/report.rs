//! What became of each account and each kind of thing, in words for whoever runs the server.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use konvent_core::{Answer, Kind};
use konvent_talk::moved::Taken;

/// Kinds of things, as the report calls them.
pub const PASSWORD: &str = "Kennwort";
/// See [`PASSWORD`].
pub const CONTACTS: &str = "Kontakte";
/// See [`PASSWORD`].
pub const REQUESTS: &str = "Anfragen";
/// See [`PASSWORD`].
pub const BLOCKED: &str = "gesperrte Adressen";
/// See [`PASSWORD`].
pub const PRIVATE: &str = "private Ablage";
/// See [`PASSWORD`].
pub const CARD: &str = "Visitenkarte";
/// See [`PASSWORD`].
pub const BOOKMARKS: &str = "ältere Lesezeichen";
/// See [`PASSWORD`].
pub const NODES: &str = "Knoten";
/// See [`PASSWORD`].
pub const ITEMS: &str = "Einträge in Knoten";
/// See [`PASSWORD`].
pub const MESSAGES: &str = "Nachrichten";
/// See [`PASSWORD`].
pub const UNKNOWN: &str = "Unbekanntes";

/// What became of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was opened.
    Opened,
    /// It was here; what it lacked was added.
    Known,
    /// Nothing of it was taken; the code of the refusal.
    Refused(&'static str),
}

/// How many things of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// Are here now.
    pub new: u64,
    /// Were here before.
    pub again: u64,
    /// Are none of those that are kept here.
    pub left: u64,
    /// Were refused, by the code of the refusal.
    pub refused: BTreeMap<&'static str, u64>,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The part of the address before the `@`.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// By kind.
    pub counts: BTreeMap<&'static str, Count>,
}

impl Line {
    /// Counts one thing. A fault of our own is not counted but ends the move.
    pub fn count(&mut self, kind: &'static str, became: Answer<Taken>) -> Answer<()> {
        let count = self.counts.entry(kind).or_default();
        match became {
            Ok(Taken::New) => count.new += 1,
            Ok(Taken::Again) => count.again += 1,
            Ok(Taken::Not) => count.left += 1,
            Err(refusal) if refusal.kind == Kind::Broken => return Err(refusal),
            Err(refusal) => *count.refused.entry(refusal.code).or_default() += 1,
        }
        Ok(())
    }
}

/// Everything that is to be said about a move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The accounts of our own domain, in the order of the file.
    pub accounts: Vec<Line>,
    /// Other hosts of the file and how many accounts were passed over there (XEP-0227 §4.1).
    pub foreign: BTreeMap<String, u64>,
    /// Pieces that have no place here, by name (XEP-0227 §4).
    pub unknown: BTreeMap<String, u64>,
    /// Agreements about presence that only one side had, and which therefore do not hold.
    pub unsettled: usize,
}

impl Report {
    /// In German.
    pub fn in_words(&self) -> String {
        let mut text = String::new();
        for line in &self.accounts {
            let _ = writeln!(text, "{}", in_words(line)); // writing to a string cannot fail
        }
        let of = |wanted: fn(&Outcome) -> bool| {
            self.accounts.iter().filter(|line| wanted(&line.outcome)).count()
        };
        let _ = writeln!(
            text,
            "{} Konten aufgenommen, {} waren da, {} abgelehnt.",
            of(|outcome| *outcome == Outcome::Opened),
            of(|outcome| *outcome == Outcome::Known),
            of(|outcome| matches!(outcome, Outcome::Refused(_))),
        );
        for (host, count) in &self.foreign {
            let _ = writeln!(
                text,
                "{count} Konten von {host} übergangen: das ist nicht die Domain dieser Installation."
            );
        }
        for (name, count) in &self.unknown {
            let _ = writeln!(text, "{count}-mal <{name}> übergangen: hier unbekannt oder zu groß.");
        }
        if self.unsettled > 0 {
            let _ = writeln!(
                text,
                "{} Absprachen über Anwesenheit galten nur auf einer Seite und wurden nicht übernommen.",
                self.unsettled
            );
        }
        text
    }
}

fn in_words(line: &Line) -> String {
    let mut text = match &line.outcome {
        Outcome::Opened => format!("{}: aufgenommen", line.name),
        Outcome::Known => format!("{}: war da", line.name),
        Outcome::Refused(code) => {
            return format!("{}: abgelehnt, {} ({code})", line.name, because(code));
        }
    };
    for (kind, count) in &line.counts {
        let mut parts = Vec::new();
        for (number, word) in
            [(count.new, "neu"), (count.again, "schon da"), (count.left, "nicht aufgehoben")]
        {
            if number > 0 {
                parts.push(format!("{number} {word}"));
            }
        }
        for (code, number) in &count.refused {
            parts.push(format!("{number} abgelehnt: {} ({code})", because(code)));
        }
        let _ = write!(text, "; {kind} {}", parts.join(", ")); // writing to a string cannot fail
    }
    text
}

/// What a refusal means, for whoever reads the report.
fn because(code: &str) -> &'static str {
    match code {
        "accounts.bad-name" => {
            "der Name geht hier nicht (nur a–z, 0–9, Punkt, Strich; wo es ein Verzeichnis gibt, ohne Punkt)"
        }
        "accounts.name-taken" => "der Name war schon vergeben oder gehört dem Haus",
        "accounts.directory-owns-it" => {
            "darüber entscheidet das Verzeichnis; Mitglieder melden sich mit ihrem Brief an"
        }
        "moving.unreadable-keys" => "das Kennwort ist in keiner Form, die hier geprüft werden kann",
        "contacts.too-many" | "blocking.too-many" | "private.full" | "pubsub.quota" => {
            "kein Platz mehr"
        }
        "archive.bad-time" => "die Zeit liegt in der Zukunft oder fehlt",
        _ => "siehe Kürzel",
    }
}
