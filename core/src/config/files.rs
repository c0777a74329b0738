//! Settings of files: how large, how many, how long, and where they lie.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// The table `[files]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Files {
    /// The first label of the upload service's address: it lives at `<service>.<domain>` (XEP-0363).
    pub service: String,
    /// The largest single file in bytes. Generous, because what is refused here goes out by private messengers instead: 2 GiB
    /// is a filmed party conference. A file is streamed to the disk and costs no memory.
    pub size_max: u64,
    /// What all files of one account may have together, in bytes: one phone with a runaway backup does not fill the disk.
    pub account_max: u64,
    /// What all files of the members of one unit may have together, in bytes; 0 sets no bound.
    pub unit_max: u64,
    /// After so many days a file goes, 0 keeps it. Whoever must keep a paper longer puts it elsewhere than into a conversation.
    pub keep_days: i64,
    /// Other periods for files said in certain rooms, by the part of the room's address before the `@`: `lv-verona = 3650`.
    pub keep_days_in: BTreeMap<String, i64>,
    /// Where files lie; without it the folder `files` in the data folder. One that several nodes share works, too.
    pub folder: Option<PathBuf>,
    /// Keeps the files in an S3 store instead of a folder.
    pub s3: Option<S3>,
}

/// The table `[files.s3]`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// The bucket, which exists.
    pub bucket: String,
    /// For example `https://s3.example.org`; without it Amazon's.
    pub endpoint: Option<String>,
    /// The region, where the store has any.
    #[serde(default = "region")]
    pub region: String,
    /// The name of the key.
    pub access_key: String,
    /// The key.
    pub secret_key: String,
}

/// The secret is not for logs.
impl std::fmt::Debug for S3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

fn region() -> String {
    "us-east-1".to_owned()
}

const GIB: u64 = 1024 * 1024 * 1024;

impl Default for Files {
    fn default() -> Self {
        Self {
            service: "upload".to_owned(),
            size_max: 2 * GIB,
            account_max: 20 * GIB,
            unit_max: 0,
            keep_days: 730,
            keep_days_in: BTreeMap::new(),
            folder: None,
            s3: None,
        }
    }
}

impl Files {
    /// How many days a file said in this room is kept; `None`: for good.
    pub fn days_in(&self, room: Option<&str>) -> Option<i64> {
        let days = room.and_then(|room| self.keep_days_in.get(room)).unwrap_or(&self.keep_days);
        (*days > 0).then_some(*days)
    }
}
