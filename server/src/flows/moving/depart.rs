//! Accounts are written down for another server: one file, or a folder with a file for each account (XEP-0227 §5).

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{AccountId, Answer};
use konvent_people::accounts::{self, Account, Which};
use konvent_wire::portable::write;

use super::user::{Keys, flush, write_user};
use super::{UNWRITABLE, about};
use crate::house::House;

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Departed {
    /// Accounts.
    pub accounts: u64,
    /// Messages of their archives.
    pub messages: u64,
}

pub(super) fn write_all(house: &House, path: &Path, only: Option<AccountId>) -> Answer<Departed> {
    let names = house.db().read_blocking(|reader| match only {
        Some(id) => Ok(accounts::get(reader, id)?.map(|one| one.localpart).into_iter().collect()),
        None => accounts::localparts(reader, Which::Open, i64::MAX),
    })?;
    let is_folder = path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/');
    let mut departed = Departed::default();
    let result = if is_folder {
        write_folder(house, path, &names, &mut departed)
    } else {
        write_file(path, |file| {
            let mut out = Vec::new();
            write::server_data(&mut out);
            write::host(&house.domain().name, &mut out);
            flush(&mut out, file)?;
            for name in &names {
                one(house, name, file, &mut departed)?;
            }
            write::end("host", &mut out);
            write::end("server-data", &mut out);
            flush(&mut out, file)
        })
    };
    result.map_err(|refusal| {
        if refusal == UNWRITABLE { about(UNWRITABLE, path, refusal.chain()) } else { refusal }
    })?;
    Ok(departed)
}

/// XEP-0227 §5: the main file includes the host, the host's file includes its users.
fn write_folder(
    house: &House,
    path: &Path,
    names: &[String],
    departed: &mut Departed,
) -> Answer<()> {
    let host = &house.domain().name;
    let users = path.join(host);
    let mut folders = std::fs::DirBuilder::new();
    folders.recursive(true).mode(0o700).create(&users).map_err(|e| about(UNWRITABLE, &users, e))?;
    for name in names {
        write_file(&users.join(format!("{name}.xml")), |file| {
            let mut out = Vec::from(write::DECLARATION);
            flush(&mut out, file)?;
            one(house, name, file, departed)
        })?;
    }
    write_file(&path.join(format!("{host}.xml")), |file| {
        let mut out = Vec::from(write::DECLARATION);
        write::host(host, &mut out);
        for name in names {
            write::include(&format!("{host}/{name}.xml"), &mut out);
        }
        write::end("host", &mut out);
        flush(&mut out, file)
    })?;
    write_file(&path.join("konvent.xml"), |file| {
        let mut out = Vec::new();
        write::server_data(&mut out);
        write::include(&format!("{host}.xml"), &mut out);
        write::end("server-data", &mut out);
        flush(&mut out, file)
    })
}

fn one(
    house: &House,
    name: &str,
    file: &mut BufWriter<File>,
    departed: &mut Departed,
) -> Answer<()> {
    let found = house.db().read_blocking(|reader| accounts::by_localpart(reader, name))?;
    // Closed since the names were read: gone.
    let Some(account) = found.filter(|account| !account.is_closed) else { return Ok(()) };
    departed.messages += write_user(house, &account, Keys::With, file)?;
    departed.accounts += 1;
    note(house, &account)
}

fn note(house: &House, account: &Account) -> Answer<()> {
    let subject = account.id.0;
    house.db().write_blocking(move |tx| {
        let note = Note { actor: Actor::Operator, act: "accounts.moved-out", subject, detail: "" };
        audit::note(tx, note)
    })
}

/// Writes a file beside its place and puts it there when it is whole. Nobody but the server's user reads it (XEP-0227 §6).
fn write_file(path: &Path, content: impl FnOnce(&mut BufWriter<File>) -> Answer<()>) -> Answer<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let failed = |error: std::io::Error| about(UNWRITABLE, &part, error);
    let _ = std::fs::remove_file(&part); // of an attempt that was broken off; its mode may be another
    let open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
    let mut file = BufWriter::new(open.map_err(failed)?);
    content(&mut file)?;
    file.flush().map_err(failed)?;
    file.get_ref().sync_all().map_err(failed)?;
    std::fs::rename(&part, path).map_err(failed)
}
