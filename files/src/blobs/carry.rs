//! From one place to another: read, hashed on the way, kept there and read once more. What lies there already is not brought again.

use futures_util::StreamExt as _;
use konvent_core::{Answer, Random};
use sha2::{Digest as _, Sha256};

use super::{BlobName, Blobs, Incoming, MISSING};

/// What a row says of the bytes that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Under which name they lie.
    pub name: BlobName,
    /// How many there are.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: Vec<u8>,
}

/// How things stand with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// All there, and as they were.
    Sound,
    /// Other bytes, or fewer.
    Damaged,
    /// None.
    Missing,
}

/// Reads bytes and compares them with what is known of them.
///
/// # Errors
/// When the place itself cannot be used.
pub async fn look_at(at: &Blobs, known: &Known) -> Answer<Found> {
    read(at, known, None).await
}

/// Brings bytes from one place to another, where they are read once more. What was found at the first is what comes back; only
/// what is sound is kept at the second.
///
/// # Errors
/// When one of the places cannot be used.
pub async fn carry(from: &Blobs, to: &Blobs, known: &Known, random: &Random) -> Answer<Found> {
    if look_at(to, known).await? == Found::Sound {
        return Ok(Found::Sound);
    }
    let draft = format!("{}.move", BlobName::draw(random).as_str());
    let mut incoming = Incoming::begin(&to.arrivals(), &draft).await?;
    let found = read(from, known, Some(&mut incoming)).await?;
    if found != Found::Sound {
        return Ok(found);
    }
    to.keep(incoming.finish().await?, &known.name).await?;
    look_at(to, known).await
}

async fn read(at: &Blobs, known: &Known, mut copy: Option<&mut Incoming>) -> Answer<Found> {
    let mut bytes = match at.read(&known.name, 0..known.size).await {
        Ok(bytes) => bytes,
        Err(refusal) if refusal.code == MISSING.code => return Ok(Found::Missing),
        Err(refusal) => return Err(refusal),
    };
    let (mut hash, mut size) = (Sha256::new(), 0);
    while let Some(piece) = bytes.next().await {
        // It ends before its end, or the disk gives it out no more: either way these are not the bytes.
        let Ok(piece) = piece else { return Ok(Found::Damaged) };
        hash.update(&piece);
        size += piece.len() as u64;
        if let Some(copy) = &mut copy {
            copy.write(&piece).await?;
        }
    }
    let is_sound = size == known.size && hash.finalize().as_slice() == known.sha256;
    Ok(if is_sound { Found::Sound } else { Found::Damaged })
}
