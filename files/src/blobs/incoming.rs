//! A file that is coming in: written beside the others, hashed on the way, gone again unless it becomes whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use konvent_core::Answer;
use sha2::{Digest as _, Sha256};

use super::{CHUNK_BYTES, UNUSABLE, blocking};

/// How many of the first bytes are looked at to tell what a file is.
pub const HEAD_BYTES: usize = 64;

/// A file that is coming in.
#[derive(Debug)]
pub struct Incoming {
    path: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
    /// Of all bytes so far; `None` when a file is gone on with whose beginning came earlier.
    hash: Option<Sha256>,
    size: u64,
    /// Whether what is there stays when this is dropped: a resumable upload does.
    stays: bool,
}

/// A whole file that waits for its name. Dropped without one, it is gone.
#[derive(Debug)]
pub struct Arrived {
    path: PathBuf,
    moved: bool,
    /// How long it is.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Its first bytes, at most [`HEAD_BYTES`].
    pub head: Vec<u8>,
}

impl Incoming {
    /// Begins a file. Dropped before [`Self::finish`], it leaves nothing.
    pub async fn begin(folder: &Path, name: &str) -> Answer<Self> {
        Self::open(folder.join(name), false, true).await
    }

    /// Begins a resumable file or goes on with it: what has arrived stays when the connection breaks.
    pub async fn resume(folder: &Path, name: &str) -> Answer<Self> {
        Self::open(folder.join(name), true, false).await
    }

    async fn open(path: PathBuf, stays: bool, anew: bool) -> Answer<Self> {
        let opened = blocking(move || {
            let mut options = OpenOptions::new();
            options.append(true).create(true).create_new(anew).mode(0o600);
            let file = options.open(&path)?;
            let size = file.metadata()?.len();
            Ok((path, file, size))
        })
        .await;
        let (path, file, size) = opened.map_err(|error| UNUSABLE.because(error))?;
        let hash = (size == 0).then(Sha256::new);
        Ok(Self { path, file: Some(file), buffer: Vec::new(), hash, size, stays })
    }

    /// How many bytes have come.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes bytes in.
    pub async fn write(&mut self, bytes: &[u8]) -> Answer<()> {
        self.size += bytes.len() as u64;
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() < CHUNK_BYTES { Ok(()) } else { self.flush().await }
    }

    async fn flush(&mut self) -> Answer<()> {
        let (Some(mut file), mut hash) = (self.file.take(), self.hash.take()) else {
            return Err(UNUSABLE.because("written to after a fault"));
        };
        let buffer = std::mem::take(&mut self.buffer);
        let written = blocking(move || {
            file.write_all(&buffer)?;
            if let Some(hash) = &mut hash {
                hash.update(&buffer);
            }
            Ok((file, hash))
        })
        .await;
        let (file, hash) = written.map_err(|error| UNUSABLE.because(error))?;
        (self.file, self.hash) = (Some(file), hash);
        Ok(())
    }

    /// What has come is on disk, and stays there.
    pub async fn pause(mut self) -> Answer<u64> {
        self.flush().await?;
        let Some(file) = self.file.take() else { return Err(UNUSABLE) };
        blocking(move || file.sync_data()).await.map_err(|error| UNUSABLE.because(error))?;
        Ok(self.size)
    }

    /// Everything has come: hashed, looked at, synced.
    pub async fn finish(mut self) -> Answer<Arrived> {
        self.flush().await?;
        let Some(file) = self.file.take() else { return Err(UNUSABLE) };
        let (path, hash) = (self.path.clone(), self.hash.take());
        let done = blocking(move || {
            file.sync_all()?;
            let mut whole = File::open(&path)?;
            let mut head = Vec::with_capacity(HEAD_BYTES);
            io::Read::by_ref(&mut whole).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
            let sha256 = match hash {
                Some(hash) => hash.finalize(),
                None => hash_of(&head, whole)?,
            };
            Ok((head, sha256.into()))
        })
        .await;
        let (head, sha256) = done.map_err(|error| UNUSABLE.because(error))?;
        self.stays = true; // now it is the other's to clear away
        Ok(Arrived { path: self.path.clone(), moved: false, size: self.size, sha256, head })
    }
}

/// The hash of a file whose first bytes have been read.
fn hash_of(head: &[u8], mut rest: File) -> io::Result<sha2::digest::Output<Sha256>> {
    let mut hash = Sha256::new();
    hash.update(head);
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        match rest.read(&mut buffer)? {
            0 => return Ok(hash.finalize()),
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.stays {
            let _ = fs::remove_file(&self.path); // never made, or gone already
        }
    }
}

impl Arrived {
    /// Where it lies for now.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves it to its place.
    pub(super) fn move_to(mut self, to: &Path) -> io::Result<()> {
        fs::rename(&self.path, to)?;
        self.moved = true;
        Ok(())
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        if !self.moved {
            let _ = fs::remove_file(&self.path); // as above
        }
    }
}

/// Clears away what an earlier run left half-way, except what `stays` knows. Blocks; for the start of the server.
pub fn clear(folder: &Path, stays: impl Fn(&str) -> bool) -> Answer<()> {
    let cleared = || -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(&stays) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    };
    cleared().map_err(|error| UNUSABLE.because(error))
}
