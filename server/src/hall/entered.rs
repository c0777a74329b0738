//! The hall while one thread is in it, and all others wait: so briefly that the storage is not asked meanwhile.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use konvent_core::db::StorageBarred;

use super::Hall;

/// The hall, locked. It is let go of before the storage is asked, and never held across an `await`.
pub struct Entered<'h> {
    hall: MutexGuard<'h, Hall>,
    _barred: StorageBarred,
}

impl<'h> Entered<'h> {
    /// Waits for its turn.
    pub fn by(hall: &'h Mutex<Hall>) -> Self {
        let hall = hall.lock().unwrap_or_else(PoisonError::into_inner);
        Self { hall, _barred: StorageBarred::here() }
    }
}

impl std::fmt::Debug for Entered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entered").finish_non_exhaustive()
    }
}

impl Deref for Entered<'_> {
    type Target = Hall;

    fn deref(&self) -> &Hall {
        &self.hall
    }
}

impl DerefMut for Entered<'_> {
    fn deref_mut(&mut self) -> &mut Hall {
        &mut self.hall
    }
}
