//! Bytes in an S3 store. Whole files arrive on this machine first, so a broken upload never begins one there.

use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use konvent_core::Answer;
use konvent_core::config::S3;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _};

use super::{Arrived, BlobName, MISSING, Stream, UNUSABLE, blocking};

/// Larger files go up in parts of this size: S3 wants at least 5 MiB and at most 10,000 parts, so 160 GiB fit.
const PART_BYTES: u64 = 16 * 1024 * 1024;

/// A bucket.
#[derive(Debug)]
pub struct Bucket {
    store: AmazonS3,
    arrivals: PathBuf,
}

impl Bucket {
    pub(super) fn open(settings: &S3, arrivals: PathBuf) -> Answer<Self> {
        fs::create_dir_all(&arrivals).map_err(|error| UNUSABLE.because(error))?;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(&settings.secret_key);
        if let Some(endpoint) = &settings.endpoint {
            // A store of one's own has no certificate when it is on this machine.
            builder =
                builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http:"));
        }
        let store = builder.build().map_err(|error| UNUSABLE.because(error))?;
        Ok(Self { store, arrivals })
    }

    pub(super) fn arrivals(&self) -> PathBuf {
        self.arrivals.clone()
    }

    fn path(name: &BlobName) -> Path {
        Path::from(name.as_str())
    }

    pub(super) async fn keep(&self, arrived: Arrived, name: &BlobName) -> Answer<()> {
        let from = arrived.path().to_owned();
        let opened = blocking(move || File::open(from)).await;
        let file = Arc::new(opened.map_err(|error| UNUSABLE.because(error))?);
        let done = if arrived.size <= PART_BYTES {
            self.put_whole(&file, arrived.size, name).await
        } else {
            self.put_in_parts(&file, arrived.size, name).await
        };
        done.map_err(|error| UNUSABLE.because(error))
    }

    async fn put_whole(
        &self,
        file: &Arc<File>,
        size: u64,
        name: &BlobName,
    ) -> object_store::Result<()> {
        let bytes = part(file, 0..size).await?;
        self.store.put(&Self::path(name), bytes.into()).await.map(drop)
    }

    async fn put_in_parts(
        &self,
        file: &Arc<File>,
        size: u64,
        name: &BlobName,
    ) -> object_store::Result<()> {
        let mut upload = self.store.put_multipart(&Self::path(name)).await?;
        let mut at = 0;
        while at < size {
            let end = size.min(at + PART_BYTES);
            let sent = match part(file, at..end).await {
                Ok(bytes) => upload.put_part(bytes.into()).await,
                Err(error) => Err(error),
            };
            if let Err(error) = sent {
                // Parts of an upload that nobody completes would be paid for without being seen.
                if let Err(error) = upload.abort().await {
                    tracing::warn!(target: "blobs", %error, "a broken upload could not be called off");
                }
                return Err(error);
            }
            at = end;
        }
        upload.complete().await.map(drop)
    }

    pub(super) async fn read(&self, name: &BlobName, range: Range<u64>) -> Answer<Stream> {
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let found = self.store.get_opts(&Self::path(name), options).await;
        let found = found.map_err(|error| match error {
            object_store::Error::NotFound { .. } => MISSING.because(error),
            other => UNUSABLE.because(other),
        })?;
        Ok(found.into_stream().map_err(std::io::Error::other).boxed())
    }

    pub(super) async fn remove(&self, name: &BlobName) -> Answer<()> {
        match self.store.delete(&Self::path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(UNUSABLE.because(error)),
        }
    }
}

/// A part of the file that arrived.
async fn part(file: &Arc<File>, range: Range<u64>) -> object_store::Result<Bytes> {
    let file = Arc::clone(file);
    let read = blocking(move || {
        let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or_default()];
        file.read_exact_at(&mut bytes, range.start)?;
        Ok(Bytes::from(bytes))
    });
    read.await
        .map_err(|source| object_store::Error::Generic { store: "blobs", source: source.into() })
}
