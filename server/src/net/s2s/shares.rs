//! What each domain may send us: a share that fills again with time (RFC 6120 §13.12). One server, honest or not, cannot keep the
//! whole house busy; what it says beyond its share is read later.
//!
//! Left out: shares of single senders. Whom a server lets speak how much is its own business.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Domains whose share is counted at the same time: whoever owns a name can make up as many below it as he likes.
pub(super) const COUNTED_MAX: usize = 10_000;

/// So many are still counted after some had to be forgotten, so that this is rare.
const COUNTED_AFTER: usize = COUNTED_MAX / 4 * 3;

/// What a domain may send at once beyond its share, in seconds of that share: a room that wakes up is no attack.
const BURST_SECS: u32 = 10;

/// The longest rest at once, in seconds: then it is looked again.
const REST_SECS_MAX: f64 = 60.0;

/// The shares of all domains.
#[derive(Debug)]
pub(super) struct Shares {
    per_sec: f64,
    most: f64,
    counted: HashMap<String, Share>,
    /// With what somebody begins who is not counted. He may have been forgotten: then he gains nothing by it.
    newcomer: Share,
}

/// How many stanzas somebody may send at once at some moment; less than none where he owes a rest.
#[derive(Debug, Clone, Copy)]
struct Share {
    at: Instant,
    left: f64,
}

impl Shares {
    /// Everybody may send `per_sec` stanzas a second for long.
    pub(super) fn new(per_sec: u32, now: Instant) -> Self {
        let per_sec = f64::from(per_sec.max(1));
        let most = per_sec * f64::from(BURST_SECS);
        Self { per_sec, most, counted: HashMap::new(), newcomer: Share { at: now, left: most } }
    }

    /// A domain sends one stanza more. For how long it is not to be heard, if it has sent more than its share.
    pub(super) fn spend(&mut self, domain: &str, now: Instant) -> Option<Duration> {
        let known = self.counted.get(domain).copied();
        if known.is_none() && self.counted.len() >= COUNTED_MAX {
            self.forget_some(now);
        }
        let left = self.left(known.unwrap_or(self.newcomer), now) - 1.0;
        let share = Share { at: now, left };
        match self.counted.get_mut(domain) {
            Some(known) => *known = share,
            None => drop(self.counted.insert(domain.to_owned(), share)),
        }
        let rest = -left / self.per_sec;
        (left < 0.0).then(|| Duration::from_secs_f64(rest.min(REST_SECS_MAX)))
    }

    fn left(&self, share: Share, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(share.at).as_secs_f64();
        (share.left + passed * self.per_sec).min(self.most)
    }

    /// Those whose share is whole again are as good as new. Where these are not enough, those with most of it go, and
    /// newcomers have no more than the poorest of them, though nobody begins with what others owe.
    fn forget_some(&mut self, now: Instant) {
        let counted = std::mem::take(&mut self.counted);
        let now_left = |(domain, share): (String, Share)| {
            let left = self.left(share, now);
            (left < self.most).then_some((domain, left))
        };
        let mut poor: Vec<(String, f64)> = counted.into_iter().filter_map(now_left).collect();
        if poor.len() > COUNTED_AFTER {
            poor.sort_by(|(_, one), (_, other)| one.total_cmp(other));
            let forgotten = poor.split_off(COUNTED_AFTER);
            let least = forgotten.first().map_or(self.most, |(_, left)| left.max(0.0));
            self.newcomer = Share { at: now, left: self.left(self.newcomer, now).min(least) };
        }
        self.counted =
            poor.into_iter().map(|(domain, left)| (domain, Share { at: now, left })).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many stanzas a domain gets through at one moment.
    fn at_once(shares: &mut Shares, domain: &str, now: Instant) -> usize {
        (0..1_000).take_while(|_| shares.spend(domain, now).is_none()).count()
    }

    #[test]
    fn a_burst_passes_and_then_what_is_allowed_for_long() {
        let start = Instant::now();
        let mut shares = Shares::new(5, start);
        assert_eq!(at_once(&mut shares, "mantua.example", start), 50);
        assert_eq!(at_once(&mut shares, "padua.example", start), 50, "others have theirs");
        let rest = shares.spend("mantua.example", start);
        assert_eq!(rest, Some(Duration::from_millis(400)), "two stanzas too many");
        let later = start + Duration::from_secs(2);
        assert_eq!(at_once(&mut shares, "mantua.example", later), 8, "the debt is paid first");
        let much_later = start + Duration::from_hours(1);
        assert_eq!(at_once(&mut shares, "mantua.example", much_later), 50, "and no more than that");
    }

    #[test]
    fn who_owes_much_is_looked_at_again_after_a_while() {
        let start = Instant::now();
        let mut shares = Shares::new(1, start);
        let rests = (0..500).filter_map(|_| shares.spend("mantua.example", start));
        assert_eq!(rests.max(), Some(Duration::from_mins(1)));
    }

    #[test]
    fn nobody_has_a_second_share_because_others_crowd_in() {
        let start = Instant::now();
        let mut shares = Shares::new(1, start);
        let name = |number: usize| format!("n{number}.mantua.example");
        for number in 0..COUNTED_MAX {
            assert_eq!(at_once(&mut shares, &name(number), start), 10);
        }
        // One more than can be counted: some are forgotten, and come again.
        shares.spend("one-more.example", start);
        assert!(shares.counted.len() <= COUNTED_AFTER + 1, "{}", shares.counted.len());
        let again = (0..COUNTED_MAX).map(|number| at_once(&mut shares, &name(number), start));
        assert_eq!(again.max(), Some(0));
        let later = start + Duration::from_secs(3);
        assert!(at_once(&mut shares, "newcomer.example", later) <= 3);
    }

    #[test]
    fn who_was_quiet_is_forgotten_first_and_newcomers_pay_nothing_for_it() {
        let start = Instant::now();
        let mut shares = Shares::new(1, start);
        assert_eq!(at_once(&mut shares, "mantua.example", start), 10);
        for number in 1..COUNTED_MAX {
            shares.spend(&format!("n{number}.padua.example"), start);
        }
        let soon = start + Duration::from_secs(1);
        assert_eq!(at_once(&mut shares, "newcomer.example", soon), 10);
        assert_eq!(shares.counted.len(), 2, "all others have their share again");
        // It owed one stanza, and a second has passed.
        assert_eq!(at_once(&mut shares, "mantua.example", soon), 0);
    }
}
