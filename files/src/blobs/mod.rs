//! Where the bytes of files lie: a folder on this machine or an S3 store, one enum, one `match` a call.
//!
//! * Whatever comes in is first written beside ([`Incoming`]), hashed, and synced; only a whole file gets a name here.
//! * [`Blobs::keep`] is durable when it returns. Whoever keeps commits the row *after* it, and notes the name *before* it, so
//!   that a crash in between leaves nothing that nobody knows of.
//! * Names are drawn by us ([`BlobName`]); nothing that a member wrote ever becomes part of a path.

mod bucket;
pub mod carry;
mod folder;
mod incoming;
#[cfg(test)]
mod tests;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use konvent_core::config::Files;
use konvent_core::{Answer, Kind, Random, Refusal};

use bucket::Bucket;
use folder::Folder;
pub use incoming::{Arrived, Incoming, clear};

/// The folder or store cannot be used; the cause says why.
pub const UNUSABLE: Refusal = Refusal::new(Kind::Broken, "blobs.unusable");
/// There are no such bytes, though there should be.
pub const MISSING: Refusal = Refusal::new(Kind::Broken, "blobs.missing");

/// What is read or written at once: large enough to be quick, small enough that a thousand downloads fit into memory.
const CHUNK_BYTES: usize = 128 * 1024;

/// The bytes of a file on their way out.
pub type Stream = BoxStream<'static, io::Result<Bytes>>;

/// The name under which bytes are kept: 128 random bits in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobName(String);

impl BlobName {
    /// A name that nothing else has.
    pub fn draw(random: &Random) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(random.bytes())))
    }

    /// Reads what a table holds. Anything but our own names is refused, so no path can be smuggled in.
    pub fn parse(text: &str) -> Option<Self> {
        let is_ours =
            text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_ours.then(|| Self(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the bytes lie.
#[derive(Debug)]
pub enum Blobs {
    /// A folder on this machine, or one that several machines share.
    Folder(Folder),
    /// An S3 store.
    Bucket(Bucket),
}

impl Blobs {
    /// Opens what the settings name, and the folder in which files arrive. Blocks; asks no network.
    pub fn open(settings: &Files, data: &Path) -> Answer<Self> {
        if let Some(s3) = &settings.s3 {
            return Ok(Self::Bucket(Bucket::open(s3, data.join("incoming"))?));
        }
        let root = settings.folder.clone().unwrap_or_else(|| data.join("files"));
        Ok(Self::Folder(Folder::open(root)?))
    }

    /// Where files arrive. It lies where a finished file can be moved from without being copied, if there is such a place.
    pub fn arrivals(&self) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.arrivals(),
            Self::Bucket(bucket) => bucket.arrivals(),
        }
    }

    /// Keeps a whole file. When this returns, a power cut does not take it away.
    pub async fn keep(&self, arrived: Arrived, name: &BlobName) -> Answer<()> {
        match self {
            Self::Folder(folder) => folder.keep(arrived, name).await,
            Self::Bucket(bucket) => bucket.keep(arrived, name).await,
        }
    }

    /// The bytes in `range`, as they are read.
    ///
    /// # Errors
    /// [`MISSING`] when there are none under this name.
    pub async fn read(&self, name: &BlobName, range: Range<u64>) -> Answer<Stream> {
        match self {
            Self::Folder(folder) => folder.read(name, range).await,
            Self::Bucket(bucket) => bucket.read(name, range).await,
        }
    }

    /// Strikes the bytes. It is no fault when they are gone already.
    pub async fn remove(&self, name: &BlobName) -> Answer<()> {
        match self {
            Self::Folder(folder) => folder.remove(name).await,
            Self::Bucket(bucket) => bucket.remove(name).await,
        }
    }
}

/// Does file work on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
