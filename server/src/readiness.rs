//! Whether the house can take newcomers: what is written reaches the disk, and there is room for more.
//!
//! Whoever may ask may ask as often as he likes, and each look costs a commit: so one look holds for a moment.

use std::path::Path;
use std::time::{Duration, Instant};

use konvent_core::Answer;
use konvent_core::db::DISK_FULL;
use tokio::sync::Mutex;

use crate::house::House;

/// With less room than this, words are refused at any moment: commits of others, the journal and uploads need it first.
pub const FREE_BYTES_MIN: u64 = 16 * 1024 * 1024;

/// So long one look holds.
const HOLDS: Duration = Duration::from_secs(1);

/// How long the storage may take for one mark. A commit takes milliseconds; after this, members wait for their own.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Newcomers are welcome.
    Ready,
    /// The disk is full, or nearly.
    NoRoom,
    /// The storage does not answer, or takes nothing.
    NoStorage,
}

/// The last look.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, State)>>);

impl Readiness {
    /// Looks, unless somebody just has.
    pub async fn look(&self, house: &House) -> State {
        let mut last = self.0.lock().await;
        if let Some((at, state)) = *last
            && at.elapsed() < HOLDS
        {
            return state;
        }
        let written = tokio::time::timeout(PATIENCE, house.db().can_write()).await.ok();
        let state = judge(free_bytes(&house.config().data), written);
        *last = Some((Instant::now(), state));
        state
    }
}

/// `written`: what came of a mark; none when nothing came in time.
fn judge(free: Option<u64>, written: Option<Answer<()>>) -> State {
    match written {
        Some(Ok(())) if free.is_some_and(|free| free < FREE_BYTES_MIN) => State::NoRoom,
        Some(Ok(())) => State::Ready,
        Some(Err(refusal)) if refusal.code == DISK_FULL.code => State::NoRoom,
        Some(Err(refusal)) => {
            tracing::error!(target: "net", cause = refusal.chain(), "the storage takes nothing");
            State::NoStorage
        }
        None => {
            tracing::error!(target: "net", "the storage does not answer");
            State::NoStorage
        }
    }
}

/// Room on the disk of a folder for those who are not root (POSIX `fstatvfs`); none where it cannot be found out.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use konvent_core::db::CLOSED;

    use super::*;

    #[test]
    fn a_full_disk_and_a_silent_storage_are_told_apart() {
        let much = Some(FREE_BYTES_MIN);
        assert_eq!(judge(much, Some(Ok(()))), State::Ready);
        assert_eq!(judge(None, Some(Ok(()))), State::Ready, "what cannot be known is no trouble");
        assert_eq!(judge(Some(FREE_BYTES_MIN - 1), Some(Ok(()))), State::NoRoom);
        assert_eq!(judge(much, Some(Err(DISK_FULL.because("full")))), State::NoRoom);
        assert_eq!(judge(much, Some(Err(CLOSED))), State::NoStorage);
        assert_eq!(judge(much, None), State::NoStorage);
    }

    #[test]
    fn the_room_on_a_disk_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free_bytes(folder.path()).is_some_and(|free| free > 0));
        assert_eq!(free_bytes(&folder.path().join("nowhere")), None);
    }
}
