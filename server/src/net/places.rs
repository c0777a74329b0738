//! Who may stand at the doors at once: strangers by where they come from, members by who they are.
//!
//! Connections before sign-in have places of their own, so that strangers never take a member's: when all are taken, the
//! oldest of the most crowded source has to go, and a flood from a few addresses drives out itself. Members are bounded by
//! account, and the last places are kept for admins, who must get in when nobody else does (file handles are finite).
//! Left out: any list of bad addresses; that is the firewall's.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

/// Connections at once, however many file handles there are: each costs memory, and more members need more machines.
const CONNECTIONS_MAX: usize = 24_000;

/// File handles that are no connections: database, uploads, peers. An eighth of all, and never fewer than this.
const OTHER_FILES_MIN: usize = 96;

/// Strangers at once: with at most 32 KiB each they hold 64 MiB, and 30 seconds each let 68 a second give up signing in.
const STRANGERS_MAX: usize = 2_048;

/// Strangers at once from one network. A convention behind one address signs in some hundred a second, so this is
/// reached by those who don't mean to sign in.
const STRANGERS_PER_SOURCE_MAX: usize = 256;

/// Connections of one account at once: more than all devices of a member with all their tabs.
const PER_ACCOUNT_MAX: usize = 128;

/// Places that only admins get.
const FOR_ADMINS_MAX: usize = 32;

/// A stranger is sent away in favour of another from the same network only when it had so long to sign in; otherwise a
/// crowd that arrives together would push itself out for ever.
const PATIENCE: Duration = Duration::from_secs(5);

/// How [`Source::OwnProxy`] is written.
pub const OWN_PROXY: &str = "proxy";

/// Where somebody comes from, as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// An IPv4 address, or the first half of an IPv6 address: a household has a whole /64 and changes within it as it likes.
    Network(IpAddr),
    /// The proxy that this machine runs for us: everybody comes through it, so nothing is counted by it.
    OwnProxy,
}

impl Source {
    /// The network of an address.
    pub fn of(address: IpAddr) -> Self {
        Self::Network(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Network(IpAddr::V6(address)) => write!(f, "{address}/64"),
            Self::OwnProxy => f.write_str(OWN_PROXY),
        }
    }
}

/// How many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Before sign-in.
    pub strangers: usize,
    /// Before sign-in, from one network.
    pub strangers_per_source: usize,
    /// Signed in, admins included.
    pub members: usize,
    /// Of these, for admins only.
    pub for_admins: usize,
    /// Signed in with one account.
    pub per_account: usize,
}

impl Bounds {
    /// What so many file handles allow.
    pub fn of_handles(handles: usize) -> Self {
        let others = (handles / 8).max(OTHER_FILES_MIN);
        let all = handles.saturating_sub(others).clamp(16, CONNECTIONS_MAX);
        let strangers = (all / 4).clamp(8, STRANGERS_MAX);
        let members = all - strangers;
        Self {
            strangers,
            strangers_per_source: STRANGERS_PER_SOURCE_MAX.min(strangers.div_ceil(2)),
            members,
            for_admins: (members / 16).clamp(2, FOR_ADMINS_MAX),
            per_account: PER_ACCOUNT_MAX,
        }
    }

    /// What this system allows; takes all handles it may have.
    pub fn of_system() -> Self {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: maximum, maximum };
        let handles = if setrlimit(Resource::Nofile, raised).is_ok() { maximum } else { current };
        Self::of_handles(
            handles.map_or(usize::MAX, |handles| usize::try_from(handles).unwrap_or(usize::MAX)),
        )
    }
}

/// All places of a house.
#[derive(Debug)]
pub struct Places {
    bounds: Bounds,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    numbers: u64,
    strangers: usize,
    /// The strangers of each network, oldest first.
    sources: HashMap<Source, VecDeque<Stranger>>,
    members: usize,
    accounts: HashMap<Arc<str>, usize>,
}

#[derive(Debug)]
struct Stranger {
    number: u64,
    since: Instant,
    bell: Arc<Notify>,
}

/// One connection's place; dropped, it is free again.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    number: u64,
    source: Source,
    since: Instant,
    bell: Arc<Notify>,
    member: Mutex<Option<Arc<str>>>,
}

impl Places {
    /// Nobody is there yet.
    pub fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { bounds, taken: Mutex::default() })
    }

    /// A stranger comes; `None`: there is no place for it.
    pub fn admit(self: &Arc<Self>, source: Source) -> Option<Place> {
        let (since, bell) = (Instant::now(), Arc::new(Notify::new()));
        let mut taken = self.taken();
        if source != Source::OwnProxy {
            let own = taken.sources.get(&source);
            let oldest = own.filter(|own| own.len() >= self.bounds.strangers_per_source);
            if let Some(oldest) = oldest.and_then(VecDeque::front) {
                if since.duration_since(oldest.since) < PATIENCE {
                    return None;
                }
                taken.dismiss_oldest(source);
            }
        }
        if taken.strangers >= self.bounds.strangers {
            let crowded = taken.most_crowded()?;
            taken.dismiss_oldest(crowded);
        }
        taken.numbers += 1;
        let number = taken.numbers;
        let stranger = Stranger { number, since, bell: Arc::clone(&bell) };
        taken.sources.entry(source).or_default().push_back(stranger);
        taken.strangers += 1;
        drop(taken);
        let (places, member) = (Arc::clone(self), Mutex::default());
        Some(Place { places, number, source, since, bell, member })
    }

    /// How many strangers and how many members are there.
    pub fn count(&self) -> (usize, usize) {
        let taken = self.taken();
        (taken.strangers, taken.members)
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// The source with most strangers; among equals the one whose oldest waits longest.
    fn most_crowded(&self) -> Option<Source> {
        let theirs = self.sources.iter().filter(|(source, _)| **source != Source::OwnProxy);
        let oldest = |own: &VecDeque<Stranger>| own.front().map(|first| Reverse(first.number));
        theirs.max_by_key(|(_, own)| (own.len(), oldest(own))).map(|(source, _)| *source)
    }

    fn dismiss_oldest(&mut self, source: Source) {
        let Some(own) = self.sources.get_mut(&source) else { return };
        if let Some(oldest) = own.pop_front() {
            oldest.bell.notify_one();
            self.strangers -= 1;
        }
        if own.is_empty() {
            self.sources.remove(&source);
        }
    }

    /// Takes a stranger out, unless it has been dismissed.
    fn remove(&mut self, source: Source, number: u64) -> bool {
        let Some(own) = self.sources.get_mut(&source) else { return false };
        let place = own.iter().position(|stranger| stranger.number == number);
        let was_there = place.and_then(|place| own.remove(place)).is_some();
        if own.is_empty() {
            self.sources.remove(&source);
        }
        self.strangers -= usize::from(was_there);
        was_there
    }
}

impl Place {
    /// Since when it is taken.
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Waits until a stranger has to go, because others want in.
    pub async fn dismissed(&self) {
        self.bell.notified().await;
    }

    /// Somebody signed in and wants a member's place; false: there is none, for this account or for anybody but admins.
    pub fn settle(&self, account: &str, is_admin: bool) -> bool {
        let mut member = self.member.lock().unwrap_or_else(PoisonError::into_inner);
        if member.is_some() {
            return true;
        }
        let bounds = self.places.bounds;
        let mut taken = self.places.taken();
        let free = bounds.members - if is_admin { 0 } else { bounds.for_admins };
        let own = taken.accounts.get(account).copied().unwrap_or_default();
        if taken.members >= free || own >= bounds.per_account {
            return false;
        }
        if !taken.remove(self.source, self.number) {
            return false; // dismissed in this very moment
        }
        let account: Arc<str> = account.into();
        *taken.accounts.entry(Arc::clone(&account)).or_default() += 1;
        taken.members += 1;
        *member = Some(account);
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        let member = self.member.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some(account) = member else {
            taken.remove(self.source, self.number);
            return;
        };
        taken.members -= 1;
        if let Some(own) = taken.accounts.get_mut(&account) {
            *own -= 1;
            if *own == 0 {
                taken.accounts.remove(&account);
            }
        }
    }
}

#[cfg(test)]
mod tests;
