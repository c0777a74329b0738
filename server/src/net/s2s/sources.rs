//! How many connections of other servers one network may have at once (RFC 6120 §13.12): whoever floods the gates drives out
//! nobody else. Left out: any list of bad addresses; that is the firewall's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::net::places::Source;

/// Connections at once from one network: a provider serves many domains from one address, with a stream for each.
const PER_SOURCE_MAX: usize = 500;

/// Of these, so many that have not proven any domain yet: a proof takes seconds, and each holds a place meanwhile.
const UNPROVEN_PER_SOURCE_MAX: usize = 64;

/// Who is at the gates.
#[derive(Debug, Default)]
pub(super) struct Sources(Mutex<HashMap<Source, Count>>);

#[derive(Debug, Default)]
struct Count {
    all: usize,
    unproven: usize,
}

/// One connection; dropped, it does not count any more.
#[derive(Debug)]
pub(super) struct Counted {
    sources: Arc<Sources>,
    source: Source,
    is_proven: bool,
}

impl Sources {
    /// One connection more; `None`: there are too many from there, and it must not go on.
    pub(super) fn admit(self: &Arc<Self>, source: Source) -> Option<Counted> {
        let mut counts = self.counts();
        let count = counts.entry(source).or_default();
        if count.all >= PER_SOURCE_MAX || count.unproven >= UNPROVEN_PER_SOURCE_MAX {
            return None;
        }
        count.all += 1;
        count.unproven += 1;
        drop(counts);
        Some(Counted { sources: Arc::clone(self), source, is_proven: false })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Source, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// A domain is proven: others may come from there.
    pub(super) fn prove(&mut self) {
        if !std::mem::replace(&mut self.is_proven, true)
            && let Some(count) = self.sources.counts().get_mut(&self.source)
        {
            count.unproven = count.unproven.saturating_sub(1);
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.prove();
        let mut counts = self.sources.counts();
        let Some(count) = counts.get_mut(&self.source) else { return };
        count.all = count.all.saturating_sub(1);
        if count.all == 0 {
            counts.remove(&self.source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_does_not_take_all_places() {
        let sources = Arc::new(Sources::default());
        let from = |ip: &str| Source::of(ip.parse().unwrap());
        let (flood, other) = (from("2001:db8::1"), from("192.0.2.1"));
        let mut unproven: Vec<_> =
            (0..UNPROVEN_PER_SOURCE_MAX).map(|_| sources.admit(flood).unwrap()).collect();
        assert!(sources.admit(from("2001:db8::2")).is_none(), "the same network");
        assert!(sources.admit(other).is_some(), "others come in");
        unproven.iter_mut().for_each(Counted::prove);
        let mut proven = unproven;
        while let Some(mut counted) = sources.admit(flood) {
            counted.prove();
            proven.push(counted);
        }
        assert_eq!(proven.len(), PER_SOURCE_MAX, "also those who prove themselves are bounded");
        proven.pop();
        assert!(sources.admit(flood).is_some());
        drop(proven);
        assert!(sources.counts().is_empty(), "nobody is remembered");
    }
}
