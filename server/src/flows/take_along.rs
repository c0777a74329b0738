//! A member takes along everything that is kept of him (Art. 15, 20 GDPR): a ZIP archive with his data for people and programs
//! (`daten.json`), his account for another server (`konto.xml`, XEP-0227), and his files.
//!
//! It is written while it is sent: nothing lies about on the server. Secrets are not in it, so whoever finds a copy signs in
//! nowhere. That it was fetched is noted.

use std::io::Write;
use std::sync::Arc;

use futures_util::StreamExt as _;
use konvent_core::audit::{self, Actor, Note};
use konvent_core::{Answer, Kind, Reader, Refusal};
use konvent_files::upload;
use konvent_people::accounts::{self, Account};
use konvent_people::{offices, people};
use konvent_wire::portable::write;
use serde_json::{Value, json};
use tokio::sync::mpsc::Sender;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::moving::{Keys, UNWRITABLE, write_user};
use super::{contacts, erase};
use crate::house::House;

/// Somebody else fetches his data just now; each takes memory and time.
pub const BUSY: Refusal = Refusal::new(Kind::NotNow, "take-along.busy");

/// So many members fetch theirs at the same time.
pub const AT_ONCE: usize = 2;

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
    let mut archive = ZipWriter::new_stream(Pipe { to, waiting: Vec::with_capacity(CHUNK) });
    begin(&mut archive, "LIESMICH.txt")?;
    archive.write_all(READ_ME.as_bytes()).map_err(|error| UNWRITABLE.because(error))?;
    let data = house.db().read_blocking(|reader| data(house, reader, account))?;
    begin(&mut archive, "daten.json")?;
    serde_json::to_writer_pretty(&mut archive, &data).map_err(|error| UNWRITABLE.because(error))?;
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

/// What every feature keeps of him, and what the directory knows.
pub fn data(house: &House, reader: &mut Reader<'_>, account: &Account) -> Answer<Value> {
    let mut all = erase::export(reader, &contacts::member(house, account)?)?;
    all.insert("people".to_owned(), people::export(reader, account.person)?);
    all.insert("offices".to_owned(), offices::export(reader, account.person)?);
    all.insert("accounts".to_owned(), accounts::export(reader, account.person)?);
    Ok(json!({
        "address": house.domain().account(&account.localpart)?.as_str(),
        "taken_at": house.clock().now().to_xep_0082(),
        "kept": all,
    }))
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
        let gone = |_| std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        self.to.blocking_send(Ok(chunk)).map_err(gone)
    }
}
