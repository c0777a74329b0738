//! Bytes in a folder: 256 folders below it, one file for each name, and `arriving` for what is not whole yet.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use konvent_core::Answer;

use super::{Arrived, BlobName, CHUNK_BYTES, MISSING, Stream, UNUSABLE, blocking};

/// A folder of files.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(root: PathBuf) -> Answer<Self> {
        let arrivals = root.join("arriving");
        fs::create_dir_all(&arrivals)
            .map_err(|error| UNUSABLE.because(format!("{}: {error}", arrivals.display())))?;
        Ok(Self { root })
    }

    pub(super) fn arrivals(&self) -> PathBuf {
        self.root.join("arriving")
    }

    fn path(&self, name: &BlobName) -> PathBuf {
        let first_two: String = name.as_str().chars().take(2).collect();
        self.root.join(first_two).join(name.as_str())
    }

    pub(super) async fn keep(&self, arrived: Arrived, name: &BlobName) -> Answer<()> {
        let (root, to) = (self.root.clone(), self.path(name));
        blocking(move || {
            let around = to.parent().unwrap_or(&root);
            if !around.exists() {
                fs::create_dir_all(around)?;
                sync_folder(&root)?;
            }
            arrived.move_to(&to)?;
            // The file itself is on disk already; this makes its name durable.
            sync_folder(around)
        })
        .await
        .map_err(|error| UNUSABLE.because(error))
    }

    pub(super) async fn read(&self, name: &BlobName, range: Range<u64>) -> Answer<Stream> {
        let path = self.path(name);
        let opened = blocking(move || File::open(path)).await;
        let file = Arc::new(opened.map_err(|error| MISSING.because(error))?);
        let read = move |at: u64| {
            let (file, end) = (Arc::clone(&file), range.end);
            async move {
                if at >= end {
                    return None;
                }
                let wanted = usize::try_from(end - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
                match blocking(move || read_at(&file, at, wanted)).await {
                    Ok(bytes) => {
                        let next = at + bytes.len() as u64;
                        Some((Ok(bytes), next))
                    }
                    Err(error) => Some((Err(error), end)),
                }
            }
        };
        Ok(stream::unfold(range.start, read).boxed())
    }

    pub(super) async fn remove(&self, name: &BlobName) -> Answer<()> {
        let path = self.path(name);
        match blocking(move || fs::remove_file(path)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(UNUSABLE.because(error)),
            _ => Ok(()),
        }
    }
}

/// Some bytes from a place; fewer than asked for are only possible at the end, and none there is a fault.
fn read_at(file: &File, at: u64, wanted: usize) -> io::Result<Bytes> {
    let mut bytes = vec![0; wanted];
    let read = file.read_at(&mut bytes, at)?;
    bytes.truncate(read);
    if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes.into()) }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
