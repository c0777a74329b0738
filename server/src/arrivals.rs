//! Files on their way in, and where they end up: the store for bytes, and the places for uploads at once.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use konvent_core::config::Config;
use konvent_core::{AccountId, Answer, Db, Kind, Millis, Refusal};
use konvent_files::blobs::{self, Blobs};
use konvent_files::upload::{File, PARTS, life, parts_of};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Uploads at once; more would take memory and disk from those who talk. Others are asked to come again.
const UPLOADS_MAX: usize = 256;
/// Of which one account may have so many: nobody takes the places of all others.
pub const UPLOADS_OF_ONE_MAX: usize = 8;

/// How often what has lapsed is looked for.
const LOOK_SECS: i64 = 60;

/// How often a node looks at its own table for pieces of files that came whole at another one.
const TIDY_SECS: i64 = 3600;

/// So many uploads are under way that this one must wait.
pub const CROWDED: Refusal = Refusal::new(Kind::NotNow, "upload.crowded");
/// So many uploads of this account are under way that this one must wait.
pub const TOO_MANY: Refusal = Refusal::new(Kind::NotNow, "upload.too-many-under-way");
/// This file is coming in over another connection right now.
pub const BUSY: Refusal = Refusal::new(Kind::Conflict, "upload.busy");

/// The files under way, and whose they are; none for an account that is gone.
type UnderWay = Arc<Mutex<HashMap<i64, Option<AccountId>>>>;

/// The store, and what is coming in.
#[derive(Debug)]
pub struct Arrivals {
    /// Where whole files lie.
    pub blobs: Blobs,
    places: Arc<Semaphore>,
    under_way: UnderWay,
    next_look: AtomicI64,
    next_tidying: AtomicI64,
}

/// The right to write to one file; given back when dropped.
#[derive(Debug)]
pub struct Place {
    file: i64,
    under_way: UnderWay,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.file);
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
            under_way: Arc::default(),
            next_look: AtomicI64::new(0),
            next_tidying: AtomicI64::new(0),
        })
    }

    /// A place for the bytes of this file. One connection at a time brings them: the promise has been counted against the
    /// bounds once, so nobody writes the same file beside itself many times over.
    ///
    /// # Errors
    /// [`CROWDED`]; [`BUSY`]; [`TOO_MANY`].
    pub fn place(&self, file: &File) -> Answer<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| CROWDED)?;
        {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            if under_way.contains_key(&file.id) {
                return Err(BUSY);
            }
            let own = under_way.values().filter(|account| **account == file.account).count();
            if own >= UPLOADS_OF_ONE_MAX {
                return Err(TOO_MANY);
            }
            under_way.insert(file.id, file.account);
        }
        Ok(Place { file: file.id, under_way: Arc::clone(&self.under_way), _permit: permit })
    }

    /// Where the parts of a resumable file lie.
    pub fn parts(&self, file: &File) -> PathBuf {
        self.blobs.arrivals().join(file.parts())
    }

    /// Whether it is time to look for what has lapsed.
    pub fn is_time_to_look(&self, now: Millis) -> bool {
        is_time(&self.next_look, LOOK_SECS, now)
    }

    /// Whether it is time to look for pieces that nobody goes on with here: a file that lies in a store may have been brought
    /// whole by another node. What arrives in a shared folder belongs to all nodes and goes with its file.
    pub fn is_time_to_tidy(&self, now: Millis) -> bool {
        matches!(self.blobs, Blobs::Bucket(_)) && is_time(&self.next_tidying, TIDY_SECS, now)
    }

    /// The pieces that lie here, by the names of their files. Blocks.
    pub fn pieces(&self) -> io::Result<Vec<String>> {
        let names =
            std::fs::read_dir(self.blobs.arrivals())?.flatten().map(|file| file.file_name());
        let names = names.filter_map(|name| name.into_string().ok());
        Ok(names.filter(|name| name.ends_with(PARTS)).collect())
    }

    /// Clears pieces away that belong to no file which is still to come, unless they are being put away right now. Blocks.
    pub fn tidy(&self, pieces: &[String], awaited: &HashSet<String>) -> io::Result<()> {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let busy: HashSet<String> = under_way.keys().map(|id| parts_of(*id)).collect();
        for name in pieces.iter().filter(|name| !awaited.contains(*name) && !busy.contains(*name)) {
            std::fs::remove_file(self.blobs.arrivals().join(name))?;
        }
        Ok(())
    }
}

/// Whether it is time, and when it will be next.
fn is_time(next: &AtomicI64, every_secs: i64, now: Millis) -> bool {
    if now.0 < next.load(Ordering::Relaxed) {
        return false;
    }
    next.store(now.plus_secs(every_secs).0, Ordering::Relaxed);
    true
}
