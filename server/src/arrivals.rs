//! Files on their way in, and where they end up: the store for bytes, and the places for uploads at once.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use konvent_core::config::Config;
use konvent_core::{Answer, Db, Kind, Millis, Refusal};
use konvent_files::blobs::{self, Blobs};
use konvent_files::upload::{File, life};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Uploads at once; more would take memory and disk from those who talk. Others are asked to come again.
const UPLOADS_MAX: usize = 256;

/// How often what has lapsed is looked for.
const LOOK_SECS: i64 = 60;

/// So many uploads are under way that this one must wait.
pub const CROWDED: Refusal = Refusal::new(Kind::NotNow, "upload.crowded");
/// This file is coming in over another connection right now.
pub const BUSY: Refusal = Refusal::new(Kind::Conflict, "upload.busy");

/// The store, and what is coming in.
#[derive(Debug)]
pub struct Arrivals {
    /// Where whole files lie.
    pub blobs: Blobs,
    places: Arc<Semaphore>,
    busy: Arc<Mutex<HashSet<i64>>>,
    next_look: AtomicI64,
}

/// The right to write to one file; given back when dropped.
#[derive(Debug)]
pub struct Place {
    file: i64,
    busy: Arc<Mutex<HashSet<i64>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.file);
    }
}

impl Arrivals {
    /// Opens the store and clears away what an earlier run left half-way. Blocks.
    pub fn open(config: &Config, db: &Db) -> Answer<Self> {
        let blobs = Blobs::open(&config.files, &config.data)?;
        let parts: HashSet<String> = db.read_blocking(life::parts)?.into_iter().collect();
        // Nodes that share a folder share what arrives in it, so what looks like ours may be another's; the sweep strikes
        // parts whose file has lapsed.
        if config.files.folder.is_none() {
            blobs::clear(&blobs.arrivals(), |name| parts.contains(name))?;
        }
        Ok(Self {
            blobs,
            places: Arc::new(Semaphore::new(UPLOADS_MAX)),
            busy: Arc::default(),
            next_look: AtomicI64::new(0),
        })
    }

    /// A place for the bytes of this file.
    ///
    /// # Errors
    /// [`CROWDED`]; [`BUSY`] for files that come in pieces, which one connection at a time goes on with.
    pub fn place(&self, file: &File) -> Answer<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| CROWDED)?;
        let busy = Arc::clone(&self.busy);
        // Two who put the same whole file do not disturb each other: the first one wins when it is put away.
        let is_free = busy.lock().unwrap_or_else(PoisonError::into_inner).insert(file.id);
        if !is_free && file.is_resumable {
            return Err(BUSY);
        }
        Ok(Place { file: file.id, busy, _permit: permit })
    }

    /// Where the parts of a resumable file lie.
    pub fn parts(&self, file: &File) -> PathBuf {
        self.blobs.arrivals().join(file.parts())
    }

    /// Whether it is time to look for what has lapsed.
    pub fn is_time_to_look(&self, now: Millis) -> bool {
        let next = self.next_look.load(Ordering::Relaxed);
        if now.0 < next {
            return false;
        }
        self.next_look.store(now.plus_secs(LOOK_SECS).0, Ordering::Relaxed);
        true
    }
}
