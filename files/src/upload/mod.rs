//! Files by HTTP (XEP-0363): a place is promised over XMPP, the bytes come by PUT, whoever knows the address may fetch them.
//!
//! The life of a file: *promised* (counted against the bounds, lapses by itself) → *put away* (the bytes have a name in the
//! store that this row knows, before they are there) → *stored* (acknowledged). A crash at any point leaves nothing that a
//! later look does not find: [`life::sweep`].
//!
//! * The address holds 160 random bits and is the only key to the file (XEP-0363 §9.3): rooms, archives and other servers
//!   need no sign-in. The right to *put* is a second secret that goes to the sender alone.
//! * What a file is, is told by its bytes ([`kinds`]); what it is called is cleaned ([`names`]). [`headers`] reads what clients
//!   say in HTTP.
//! * It counts for its sender and for the unit in which he is at home.
//!
//! Left out: purposes, thumbnails made by the server.

pub mod headers;
pub mod kinds;
pub mod life;
pub mod names;
pub mod privacy;
pub mod stanzas;
mod store;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use konvent_core::{
    About, AccountId, Answer, Kind as Why, Migration, Millis, PersonId, Reader, Refusal,
};
use konvent_people::accounts::ServerKey;
use subtle::ConstantTimeEq as _;

use crate::blobs::BlobName;
use crate::blobs::carry::Known;
use kinds::Kind;

/// The visiting card of the uploads.
pub const ABOUT: About = About {
    name: "upload",
    sentence: "Files that members send each other, fetched by everybody who knows the address.",
    speaks: &["XEP-0030", "XEP-0128", "XEP-0363", "RFC 3986", "RFC 6266", "RFC 9110"],
    leaves_out: &[(
        "XEP-0363 §5",
        "purposes of an upload: one rule of keeping for each room says the same, and clients don't send them",
    )],
    announces: &[],
    migrations: &[
        Migration::common("0001_file", include_str!("migrations/0001_file.sql")),
        Migration::common("0002_held", include_str!("migrations/0002_held.sql")),
    ],
    keeps: Some(
        "files with name, sender and time, until they lapse: so that those meant can fetch them",
    ),
};

/// The namespace of XEP-0363.
pub const NS: &str = "urn:xmpp:http:upload:0";

/// How long a promise waits for its bytes to begin: XEP-0363 §8 recommends about 300 s.
pub const PROMISE_SECS: i64 = 300;
/// How long the bytes may take at most once they began: a film over a slow line is done in a day, a forgotten one is cleared away.
pub const ARRIVAL_SECS: i64 = 86_400;
/// What an upload must bring, in bytes a second: a very slow telephone line. It also bounds how long a small file may take.
pub const PACE_BYTES_PER_SEC: u64 = 1024;
/// What any upload may take beside that, in seconds: it may stop for a while, or begin again.
pub const ARRIVAL_SLACK_SECS: i64 = 900;
/// A piece must bring so much that the rest may wait anew: whoever brings a byte a day keeps no place.
pub const PROGRESS_BYTES_MIN: u64 = 64 * 1024;
/// How long an upload in pieces may rest: a member comes back to it after a weekend.
pub const RESUMABLE_SECS: i64 = 4 * 86_400;
/// Promises of one account that wait at once: whoever asks without ever sending fills no table.
pub const PROMISES_MAX: i64 = 50;
/// The longest media type that is kept, in bytes.
const MEDIA_TYPE_MAX: usize = 100;

/// A file must have a name and a size above 0.
pub const BAD_REQUEST: Refusal = Refusal::new(Why::BadRequest, "upload.bad-request");
/// Larger than this house takes.
pub const TOO_LARGE: Refusal = Refusal::new(Why::BadRequest, "upload.too-large");
/// The files of this account have reached their bound.
pub const ACCOUNT_FULL: Refusal = Refusal::new(Why::NotNow, "upload.account-full");
/// The files of this unit have reached their bound.
pub const UNIT_FULL: Refusal = Refusal::new(Why::NotNow, "upload.unit-full");
/// Too many promises wait.
pub const TOO_MANY: Refusal = Refusal::new(Why::NotNow, "upload.too-many-at-once");
/// There is no such file, or no more.
pub const UNKNOWN: Refusal = Refusal::new(Why::NotFound, "upload.unknown");
/// The file is there already, or is being put away by somebody faster.
pub const ALREADY_THERE: Refusal = Refusal::new(Why::Conflict, "upload.already-there");
/// Whoever puts must hold the secret that came with the promise.
pub const WRONG_SECRET: Refusal = Refusal::new(Why::NotAllowed, "upload.wrong-secret");
/// More or fewer bytes than promised.
pub const WRONG_SIZE: Refusal = Refusal::new(Why::BadRequest, "upload.wrong-size");
/// Another media type than promised.
pub const WRONG_TYPE: Refusal = Refusal::new(Why::BadRequest, "upload.wrong-type");

/// What somebody wants to send.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose file it will be.
    pub account: AccountId,
    /// The member.
    pub person: PersonId,
    /// As the sender calls it.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// What the sender says it is.
    pub media_type: Option<String>,
    /// The part before the `@` of the room for which it is meant, if the sender tells.
    pub room: Option<String>,
    /// Whether it comes in pieces.
    pub is_resumable: bool,
}

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing is there yet, or only a part.
    Promised,
    /// All bytes have come and are being put away.
    PutAway,
    /// Acknowledged.
    Stored,
}

/// A file, as the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its number.
    pub id: i64,
    /// The secret part of its address.
    pub key: String,
    /// Whose; `None` when the account is gone.
    pub account: Option<AccountId>,
    /// Its name, cleaned.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// What the sender says it is.
    pub media_type: Option<String>,
    /// How far it has come.
    pub state: State,
    /// Whether it comes in pieces.
    pub is_resumable: bool,
    /// The room for which it is meant.
    pub room: Option<String>,
    /// When the promise lapses or the file goes.
    pub expires_at: Option<Millis>,
    /// Where the bytes are.
    pub blob: Option<BlobName>,
    /// Its SHA-256, once it is stored.
    pub sha256: Option<Vec<u8>>,
    /// What its bytes say it is.
    pub kind: Kind,
}

impl File {
    /// Where it is fetched and put, below the address of the house.
    pub fn path(&self) -> String {
        format!("/files/{}/{}", self.key, names::in_address(&self.name))
    }

    /// The name of the parts of a resumable file while it is not whole.
    pub fn parts(&self) -> String {
        parts_of(self.id)
    }
}

/// How the names of parts end.
pub const PARTS: &str = ".parts";

/// The name of the parts of the file with this number.
pub fn parts_of(id: i64) -> String {
    format!("{id:x}{PARTS}")
}

/// The secret that lets somebody put the file with this key. Derived, so that it is stored nowhere.
pub fn secret_to_put(house: &ServerKey, file: &str) -> String {
    URL_SAFE_NO_PAD.encode(house.mac("upload.put", &[file.as_bytes()]))
}

/// Whether the secret is the right one; compared in constant time.
pub fn may_put(house: &ServerKey, file: &str, secret: &str) -> bool {
    secret_to_put(house, file).as_bytes().ct_eq(secret.as_bytes()).into()
}

/// Every file of an account that has arrived or is on its way.
pub fn of(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<File>> {
    store::of(reader, account)
}

/// The file with this key, however far it has come.
pub fn by_key(reader: &mut Reader<'_>, key: &str) -> Answer<Option<File>> {
    store::by_key(reader, key)
}

/// Stored files with a number above this one, by number, with what is known of their bytes.
pub fn stored_after(reader: &mut Reader<'_>, id: i64, most: i64) -> Answer<Vec<(i64, Known)>> {
    store::stored_after(reader, id, most)
}

/// The stored file with this key and name, if it has not lapsed.
///
/// # Errors
/// [`UNKNOWN`], also for a wrong name: nobody makes an address of ours say what the file is not called.
pub fn to_fetch(reader: &mut Reader<'_>, key: &str, name: &str, now: Millis) -> Answer<File> {
    store::by_key(reader, key)?
        .filter(|file| file.state == State::Stored && file.name == name)
        .filter(|file| file.expires_at.is_none_or(|at| at > now))
        .ok_or(UNKNOWN)
}
