//! Locks that are never held while the storage works: a thread that takes one bars it until the lock is free again.
//!
//! A statement may last as long as a database server likes. In a build with debug assertions, which tests are, one that comes
//! while the storage is barred stops its job; in a release nothing is counted.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static BARS: Cell<u32> = const { Cell::new(0) };
}

/// While it lives, its thread asks the storage nothing. It stays on its thread, like the guard of the lock beside it.
#[derive(Debug)]
pub struct StorageBarred(PhantomData<*const ()>);

impl StorageBarred {
    /// From now on.
    pub fn here() -> Self {
        count(|bars| bars + 1);
        Self(PhantomData)
    }
}

impl Drop for StorageBarred {
    fn drop(&mut self) {
        count(|bars| bars.saturating_sub(1));
    }
}

fn count(change: impl FnOnce(u32) -> u32) {
    if cfg!(debug_assertions) {
        // Fails while the thread ends: then it asks nothing any more.
        let _ = BARS.try_with(|bars| bars.set(change(bars.get())));
    }
}

/// A statement is about to run.
pub(super) fn assert_open() {
    debug_assert!(
        BARS.try_with(|bars| bars.get() == 0).unwrap_or(true),
        "the storage is asked while a lock is held that others wait for"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_until_the_last_lock_is_free() {
        assert_open();
        let (one, other) = (StorageBarred::here(), StorageBarred::here());
        drop(one);
        assert!(std::panic::catch_unwind(assert_open).is_err());
        std::thread::spawn(assert_open).join().unwrap(); // another thread may
        drop(other);
        assert_open();
    }
}
