//! What a house has done since it was opened, for whoever looks after it: only counts, of nobody in particular. Shown by
//! `net/http/figures.rs`; nothing in the house goes by them.

use std::sync::atomic::{AtomicU64, Ordering};

use konvent_wire::Name;

/// Where a stanza came from, or went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From a member's device.
    FromClient,
    /// To a member's device.
    ToClient,
    /// From another server.
    FromServer,
    /// To another server.
    ToServer,
}

/// What is counted once at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Somebody signed in.
    SignIn,
    /// A proof was asked for and did not come, or was wrong.
    FailedSignIn,
    /// A notification arrived at its service.
    Push,
    /// A notification did not; it is tried again.
    FailedPush,
    /// A service no longer knows the device.
    GonePush,
    /// A message was given to an archive.
    Archived,
}

const WAYS: usize = 4;
const DEEDS: usize = 6;
/// Message, presence, iq.
const NAMES: [Name; 3] = [Name::Message, Name::Presence, Name::Iq];

/// All counts. They only grow, and begin anew with the process, as Prometheus expects of counters.
#[derive(Debug, Default)]
pub struct Counters {
    stanzas: [[AtomicU64; NAMES.len()]; WAYS],
    deeds: [AtomicU64; DEEDS],
}

impl Counters {
    /// One more stanza of this kind.
    pub fn stanza(&self, way: Way, name: Name) {
        if let Some(count) = self.of_stanzas(way, name) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One more of these.
    pub fn note(&self, deed: Deed) {
        if let Some(count) = self.deeds.get(deed as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many stanzas went this way, by kind.
    pub fn stanzas(&self, way: Way) -> impl Iterator<Item = (Name, u64)> {
        NAMES.into_iter().map(move |name| {
            (name, self.of_stanzas(way, name).map_or(0, |count| count.load(Ordering::Relaxed)))
        })
    }

    /// How many of these there were.
    pub fn of(&self, deed: Deed) -> u64 {
        self.deeds.get(deed as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    fn of_stanzas(&self, way: Way, name: Name) -> Option<&AtomicU64> {
        let place = NAMES.iter().position(|known| *known == name)?;
        self.stanzas.get(way as usize)?.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_counted_by_itself() {
        let counters = Counters::default();
        counters.stanza(Way::ToServer, Name::Iq);
        counters.stanza(Way::ToServer, Name::Iq);
        counters.stanza(Way::FromClient, Name::Message);
        counters.note(Deed::Archived);
        let of = |way| counters.stanzas(way).map(|(_, count)| count).collect::<Vec<_>>();
        assert_eq!(of(Way::ToServer), [0, 0, 2]);
        assert_eq!(of(Way::FromClient), [1, 0, 0]);
        assert_eq!((of(Way::ToClient), of(Way::FromServer)), (vec![0; 3], vec![0; 3]));
        assert_eq!((counters.of(Deed::Archived), counters.of(Deed::SignIn)), (1, 0));
    }
}
