//! A member takes along everything that is kept of him (Art. 15, 20 GDPR): a ZIP archive with his data for people and programs
//! (`daten.json`), his account for another server (`konto.xml`, XEP-0227), and his files.
//!
//! It is written while it is sent, feature by feature and the messages page by page: nothing lies about on the server, and
//! however much is kept, little of it is in memory. Secrets are not in it, so whoever finds a copy signs in
//! nowhere. That it was fetched is noted.

use std::collections::HashSet;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use konvent_core::audit::{self, Actor, Note};
use konvent_core::{AccountId, Answer, Kind, PersonId, Reader, Refusal};
use konvent_files::upload;
use konvent_people::accounts::{self, Account};
use konvent_people::{offices, people};
use konvent_talk::archive;
use konvent_wire::portable::write;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::moving::{Keys, UNWRITABLE, write_user};
use super::{contacts, erase};
use crate::house::House;

/// Too many fetch their data just now, or he himself does already: each takes time and a thread.
pub const BUSY: Refusal = Refusal::new(Kind::NotNow, "take-along.busy");

/// So many members fetch theirs at the same time, each once.
pub const AT_ONCE: usize = 8;

/// Within this time [`CHUNK`] bytes must be taken, a kilobyte a second: whoever sips holds a place that others need.
const PATIENCE: Duration = Duration::from_mins(1);

/// Who fetches at the moment.
#[derive(Debug)]
pub struct Fetching {
    places: Arc<Semaphore>,
    who: Arc<Mutex<HashSet<AccountId>>>,
}

impl Default for Fetching {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), who: Arc::default() }
    }
}

/// The right to fetch; given back when dropped.
#[derive(Debug)]
pub struct Place {
    account: AccountId,
    who: Arc<Mutex<HashSet<AccountId>>>,
    _permit: OwnedSemaphorePermit,
}

impl Fetching {
    /// A place for somebody who wants to fetch his data.
    ///
    /// # Errors
    /// [`BUSY`].
    pub fn place(&self, account: AccountId) -> Answer<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| BUSY)?;
        let who = Arc::clone(&self.who);
        if !who.lock().unwrap_or_else(PoisonError::into_inner).insert(account) {
            return Err(BUSY);
        }
        Ok(Place { account, who, _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.who.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.account);
    }
}

/// Bytes that are handed over at once.
const CHUNK: usize = 64 * 1024;

/// What stands in the archive, for whoever opens it.
const READ_ME: &str = "daten.json  alles, was zu Ihnen gespeichert ist, nach Bereichen\n\
    konto.xml   Ihr Konto für einen anderen XMPP-Server (XEP-0227), ohne Kennwort\n\
    dateien/    was Sie verschickt haben\n";

/// Writes it all, from a thread that may block. Ends early when nobody fetches any more.
pub fn write_all(
    house: &Arc<House>,
    account: &Account,
    to: Sender<std::io::Result<Vec<u8>>>,
) -> Answer<()> {
    note(house, account)?;
    let mut archive = ZipWriter::new_stream(Pipe::new(to, PATIENCE));
    begin(&mut archive, "LIESMICH.txt")?;
    archive.write_all(READ_ME.as_bytes()).map_err(|error| UNWRITABLE.because(error))?;
    begin(&mut archive, "daten.json")?;
    write_data(house, account, &mut archive)?;
    begin(&mut archive, "konto.xml")?;
    write_account(house, account, &mut archive)?;
    write_files(house, account, &mut archive)?;
    let done = archive.finish().map_err(|error| UNWRITABLE.because(error))?;
    done.into_inner().flush().map_err(|error| UNWRITABLE.because(error))
}

type Archive = ZipWriter<StreamWriter<Pipe>>;

fn begin(archive: &mut Archive, name: &str) -> Answer<()> {
    // How long an entry gets is not known when it begins.
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    archive.start_file(name, options).map_err(|error| UNWRITABLE.because(error))
}

/// What every feature keeps of him, and what the directory knows. Each is read by itself and no reader of the database is held
/// while it goes over the line.
fn write_data(house: &House, account: &Account, into: &mut dyn Write) -> Answer<()> {
    let member = contacts::member(house, account)?;
    let address = house.domain().account(&account.localpart)?;
    text(into, "{\n\"address\": ")?;
    value(into, address.as_str())?;
    text(into, ",\n\"taken_at\": ")?;
    value(into, &house.clock().now().to_xep_0082())?;
    text(into, ",\n\"kept\": {\n")?;
    for duty in erase::DUTIES {
        if duty.feature == archive::ABOUT.name {
            write_messages(house, account.id, into)?;
        } else if let Some(kept) = house.db().read_blocking(|reader| duty.kept(reader, &member))? {
            field(into, duty.feature, &kept)?;
            text(into, ",\n")?;
        }
    }
    let of_person = |export: fn(&mut Reader<'_>, PersonId) -> Answer<Value>| {
        house.db().read_blocking(|reader| export(reader, account.person))
    };
    field(into, "people", &of_person(people::export)?)?;
    text(into, ",\n")?;
    field(into, "offices", &of_person(offices::export)?)?;
    text(into, ",\n")?;
    field(into, "accounts", &of_person(accounts::export)?)?;
    text(into, "\n}\n}\n")
}

/// The messages, as a list among the fields.
fn write_messages(house: &House, account: AccountId, into: &mut dyn Write) -> Answer<()> {
    let (mut cursor, mut is_first) = (archive::privacy::Cursor::default(), true);
    value(into, archive::ABOUT.name)?;
    text(into, ": [")?;
    let mut next = || {
        house.db().read_blocking(|reader| archive::privacy::next_page(reader, account, &mut cursor))
    };
    while let Some(page) = next()? {
        for message in page {
            text(into, if is_first { "\n" } else { ",\n" })?;
            value(into, &message)?;
            is_first = false;
        }
    }
    text(into, "],\n")
}

fn field(into: &mut dyn Write, name: &str, kept: &Value) -> Answer<()> {
    value(into, name)?;
    text(into, ": ")?;
    value(into, kept)
}

fn value<T: Serialize + ?Sized>(into: &mut dyn Write, value: &T) -> Answer<()> {
    serde_json::to_writer_pretty(into, value).map_err(|error| UNWRITABLE.because(error))
}

fn text(into: &mut dyn Write, text: &str) -> Answer<()> {
    into.write_all(text.as_bytes()).map_err(|error| UNWRITABLE.because(error))
}

fn write_account(house: &House, account: &Account, into: &mut dyn Write) -> Answer<()> {
    let mut out = Vec::new();
    write::server_data(&mut out);
    write::host(&house.domain().name, &mut out);
    into.write_all(&out).map_err(|error| UNWRITABLE.because(error))?;
    write_user(house, account, Keys::Without, into)?;
    out.clear();
    write::end("host", &mut out);
    write::end("server-data", &mut out);
    into.write_all(&out).map_err(|error| UNWRITABLE.because(error))
}

/// His files, one folder for each key: two may have the same name.
fn write_files(house: &House, account: &Account, archive: &mut Archive) -> Answer<()> {
    let owner = account.id;
    let files = house.db().read_blocking(|reader| upload::of(reader, owner))?;
    let runtime = tokio::runtime::Handle::current();
    for file in files {
        let Some(blob) = file.blob.as_ref() else { continue };
        // One that is gone from the store by now is no reason to keep back the others.
        let Ok(mut bytes) = runtime.block_on(house.arrivals().blobs.read(blob, 0..file.size))
        else {
            continue;
        };
        begin(archive, &format!("dateien/{}/{}", file.key, file.name))?;
        while let Some(part) = runtime.block_on(bytes.next()) {
            let part = part.map_err(|error| UNWRITABLE.because(error))?;
            archive.write_all(&part).map_err(|error| UNWRITABLE.because(error))?;
        }
    }
    Ok(())
}

fn note(house: &House, account: &Account) -> Answer<()> {
    let (person, subject) = (account.person.0, account.id.0);
    house.db().write_blocking(move |tx| {
        let actor = Actor::Person(person);
        audit::note(tx, Note { actor, act: "accounts.taken-along", subject, detail: "" })
    })
}

/// Hands bytes over to whoever fetches, a chunk at a time.
struct Pipe {
    to: Sender<std::io::Result<Vec<u8>>>,
    waiting: Vec<u8>,
    /// How long one chunk may wait to be taken.
    patience: Duration,
}

impl Pipe {
    fn new(to: Sender<std::io::Result<Vec<u8>>>, patience: Duration) -> Self {
        Self { to, waiting: Vec::with_capacity(CHUNK), patience }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.waiting, Vec::with_capacity(CHUNK));
        let sent = self.to.send_timeout(Ok(chunk), self.patience);
        tokio::runtime::Handle::current().block_on(sent).map_err(|error| match error {
            SendTimeoutError::Timeout(_) => std::io::ErrorKind::TimedOut.into(),
            SendTimeoutError::Closed(_) => std::io::ErrorKind::BrokenPipe.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_takes_nothing_is_given_up() {
        let (to, mut taken) = tokio::sync::mpsc::channel(1);
        let writing = tokio::task::spawn_blocking(move || {
            let mut pipe = Pipe::new(to, Duration::from_millis(20));
            let chunk = vec![b'x'; CHUNK];
            pipe.write_all(&chunk)?; // it finds a place
            pipe.write_all(&chunk)
        });
        let given_up = writing.await.unwrap().unwrap_err();
        assert_eq!(given_up.kind(), std::io::ErrorKind::TimedOut);
        assert_eq!(taken.recv().await.unwrap().unwrap().len(), CHUNK);
        assert!(taken.recv().await.is_none(), "and his place is free");
    }

    #[test]
    fn everybody_fetches_once_and_leaves_places_to_others() {
        let fetching = Fetching::default();
        let romeo = fetching.place(AccountId(1)).unwrap();
        assert_eq!(fetching.place(AccountId(1)).unwrap_err(), BUSY);
        let others: Vec<Place> = (2..).map_while(|id| fetching.place(AccountId(id)).ok()).collect();
        assert_eq!(others.len(), AT_ONCE - 1);
        drop(romeo);
        assert!(fetching.place(AccountId(1)).is_ok());
    }
}
