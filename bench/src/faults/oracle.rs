//! What must be true after a fault: everything acknowledged stands in the archive of its sender and of its receiver (or of
//! its room) exactly once; everything else in both or in neither; and once all was sent again, everything exactly once.

use std::collections::HashSet;

use super::PAIRS;
use super::flood::{self, Flood, Listener, Said};
use crate::device::Target;
use crate::house::{Folk, Server};
use crate::mam::{self, Counts};
use crate::{Done, load};

/// How many examples of what is wrong are kept.
const EXAMPLES: usize = 5;

/// What stands in all archives.
pub struct Archives {
    members: Vec<Counts>,
    room: Counts,
}

/// Signs everybody in and reads their archives and that of the room.
pub async fn read(server: &Server, folk: &Folk) -> Done<Archives> {
    let target = Target::plain(server.xmpp);
    let mut members = Vec::new();
    for number in 0..2 * PAIRS {
        let mut device = flood::arrive(&target, flood::member(folk, number)?, "reader").await?;
        members.push(mam::read(&mut device, None).await?);
    }
    let mut device = flood::arrive(&target, flood::member(folk, 2 * PAIRS)?, "reader").await?;
    load::join(&mut device, &folk.room, "reader").await?;
    let room = mam::read(&mut device, Some(&folk.room)).await?;
    Ok(Archives { members, room })
}

impl Archives {
    /// The archives in which a sender's words must stand.
    fn of<'a>(&'a self, said: &Said) -> Vec<(&'static str, &'a Counts)> {
        match said.listener {
            Listener::Room => vec![("room", &self.room)],
            Listener::Member(number) => {
                let sender = self.members.get(said.sender).map(|counts| ("sender", counts));
                let receiver = self.members.get(number).map(|counts| ("receiver", counts));
                sender.into_iter().chain(receiver).collect()
            }
        }
    }
}

/// What a run showed.
#[derive(Debug, Default)]
pub struct Verdict {
    /// When the server was killed.
    pub millis: u128,
    /// How long it took to serve again.
    pub restart_secs: f64,
    /// Messages sent before the fault.
    pub sent: usize,
    /// Of them acknowledged.
    pub acked: usize,
    /// Acknowledged and not in an archive where it belongs.
    pub missing: usize,
    /// More than once in an archive.
    pub doubled: usize,
    /// Kept for one side only.
    pub halved: usize,
    /// Refused although nothing was wrong with them.
    pub refused: usize,
    /// Sent again.
    pub resent: usize,
    /// Not there although sent again and acknowledged.
    pub missing_after: usize,
    /// There more than once after sending again.
    pub doubled_after: usize,
    /// Warnings and errors in the server's log.
    pub faults: usize,
    /// A few of what is wrong.
    pub examples: Vec<String>,
}

impl Verdict {
    /// The head of the table.
    pub const HEAD: &str = "  run  killed ms  restart s    sent   acked  missing  doubled  halved  refused   \
                            resent  missing  doubled  log";

    /// What became of what was sent before the fault, as half a sentence.
    pub fn counted(&self) -> String {
        format!(
            "acknowledged {}, of them refused {}; missing {}, doubled {}, halved {}",
            self.acked, self.refused, self.missing, self.doubled, self.halved,
        )
    }

    /// What became of what was sent again, likewise.
    pub fn counted_again(&self) -> String {
        format!(
            "sent again {}: missing {}, doubled {}",
            self.resent, self.missing_after, self.doubled_after,
        )
    }

    /// Prints a few of what is wrong.
    pub fn show_examples(&self) {
        for example in &self.examples {
            println!("      ! {example}");
        }
    }

    /// A line of the table.
    pub fn line(&self, run: &str) -> String {
        format!(
            "{run:>5}  {:>9}  {:>9.2}  {:>6}  {:>6}  {:>7}  {:>7}  {:>6}  {:>7}  {:>7}  {:>7}  {:>7}  {:>3}",
            self.millis,
            self.restart_secs,
            self.sent,
            self.acked,
            self.missing,
            self.doubled,
            self.halved,
            self.refused,
            self.resent,
            self.missing_after,
            self.doubled_after,
            self.faults
        )
    }

    /// Whether nothing acknowledged is missing, nothing doubled and nothing half there; what was refused was refused.
    pub fn is_lossless(&self) -> bool {
        let sum =
            self.missing + self.doubled + self.halved + self.missing_after + self.doubled_after;
        sum == 0
    }

    /// Whether everything is as it must be; a run that acknowledged nothing proves nothing.
    pub fn is_clean(&self) -> bool {
        let wrong = [
            self.missing,
            self.doubled,
            self.halved,
            self.refused,
            self.missing_after,
            self.doubled_after,
        ];
        self.acked > 0 && wrong.iter().all(|count| *count == 0)
    }

    /// Adds a run to the sum.
    pub fn add(&mut self, other: &Self) {
        self.millis += other.millis;
        self.restart_secs = self.restart_secs.max(other.restart_secs);
        self.sent += other.sent;
        self.acked += other.acked;
        self.missing += other.missing;
        self.doubled += other.doubled;
        self.halved += other.halved;
        self.refused += other.refused;
        self.resent += other.resent;
        self.missing_after += other.missing_after;
        self.doubled_after += other.doubled_after;
        self.faults += other.faults;
    }

    fn note(&mut self, what: String) {
        if self.examples.len() < EXAMPLES {
            self.examples.push(what);
        }
    }
}

/// Right after the restart.
pub fn after_the_fault(flood: &Flood, archives: &Archives, verdict: &mut Verdict) {
    for said in &flood.said {
        verdict.sent += said.words.len();
        verdict.acked += said.acked;
        verdict.refused += said.refused.len();
        let refused: HashSet<&str> = said.refused.iter().map(String::as_str).collect();
        let archives = archives.of(said);
        for (at, word) in said.words.iter().enumerate() {
            if refused.contains(word.as_str()) {
                continue; // told so, and counted
            }
            let times: Vec<u32> =
                archives.iter().map(|(_, counts)| counts.get(word).copied().unwrap_or(0)).collect();
            let is_missing = at < said.acked && times.contains(&0);
            let is_doubled = times.iter().any(|times| *times > 1);
            let is_halved =
                at >= said.acked && times.iter().any(|other| Some(other) != times.first());
            verdict.missing += usize::from(is_missing);
            verdict.doubled += usize::from(is_doubled);
            verdict.halved += usize::from(is_halved);
            if is_missing || is_doubled || is_halved {
                let places: Vec<&str> = archives.iter().map(|(place, _)| *place).collect();
                verdict.note(format!(
                    "{word} of {} acked stands {times:?} times in {places:?}",
                    said.acked
                ));
            }
        }
    }
}

/// After everything unacknowledged was sent again.
pub fn after_the_repetition(flood: &Flood, archives: &Archives, verdict: &mut Verdict) {
    for said in &flood.said {
        for (place, counts) in archives.of(said) {
            for word in &said.words {
                match counts.get(word).copied().unwrap_or(0) {
                    1 => {}
                    0 => {
                        verdict.missing_after += 1;
                        verdict.note(format!("{word} is not in the archive of its {place}"));
                    }
                    times => {
                        verdict.doubled_after += 1;
                        verdict
                            .note(format!("{word} is {times} times in the archive of its {place}"));
                    }
                }
            }
        }
    }
}
