//! From the embedded database to PostgreSQL: every table row by row, counted and hashed on both sides, in one transaction.
//!
//! The embedded database is only read and stays as it is. Nothing is seen in PostgreSQL before all rows are there and
//! equal; whatever goes wrong on the way leaves it as empty as it was.

use std::io::Write;
use std::path::Path;

use postgres::fallible_iterator::FallibleIterator;
use postgres::types::Type;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use super::engine::Connection;
use super::{Storage, migrate};
use crate::about::About;
use crate::clock::Clock;
use crate::refusal::{Answer, Kind, Refusal};

/// The place in PostgreSQL holds data already; name an empty database.
pub const NOT_EMPTY: Refusal = Refusal::new(Kind::Conflict, "storage.target-not-empty");

/// What arrived is not what left. Nothing was kept; the cause names the table.
pub const UNEQUAL: Refusal = Refusal::new(Kind::Broken, "storage.moved-unequal");

/// A row cannot be carried over; the cause names the table.
const NOT_MOVED: Refusal = Refusal::new(Kind::Broken, "storage.not-moved");

/// There is no embedded database to move.
pub const NOTHING_TO_MOVE: Refusal = Refusal::new(Kind::NotFound, "storage.nothing-to-move");

/// One table that was carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its name.
    pub table: String,
    /// How many rows it has, and a hash over all of them, whatever their order.
    pub sum: Sum,
}

/// Number and hash of the rows of a table. The hash is the sum of the rows' own, so their order does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Rows.
    pub rows: u64,
    /// Four lanes of 64 bits, each added up without carry between them.
    pub hash: [u64; 4],
}

impl Sum {
    fn add(&mut self, row: Sha256) {
        self.rows += 1;
        let digest = row.finalize();
        for (lane, part) in self.hash.iter_mut().zip(digest.chunks_exact(8)) {
            *lane = lane.wrapping_add(u64::from_be_bytes(part.try_into().unwrap_or_default()));
        }
    }
}

/// Carries an installation over. The server must not run, for what it writes meanwhile would stay behind.
///
/// # Errors
/// `storage.nothing-to-move`, `storage.target-not-empty`, `storage.moved-unequal`, or what either engine says.
pub fn to_postgres(
    file: &Path,
    url: &str,
    schema: &str,
    features: &[&About],
    clock: &Clock,
) -> Answer<Vec<Moved>> {
    if !file.exists() {
        return Err(NOTHING_TO_MOVE.because(file.display().to_string()));
    }
    let mut from = Connection::open_writing(&Storage::Sqlite(file.to_owned()))?;
    migrate::bring_up_to_date(&mut from, features, clock.now())?;
    let storage = Storage::Postgres { url: url.to_owned(), schema: schema.to_owned() };
    let mut to = Connection::open_writing(&storage)?;
    to.script("begin")?;
    let moved = move_all(&mut from, &mut to, schema, features, clock);
    to.script(if moved.is_ok() { "commit" } else { "rollback" })?;
    moved
}

fn move_all(
    from: &mut Connection,
    to: &mut Connection,
    schema: &str,
    features: &[&About],
    clock: &Clock,
) -> Answer<Vec<Moved>> {
    if has_tables(to, schema)? {
        return Err(NOT_EMPTY);
    }
    migrate::steps(to, features, clock.now())?;
    let (Connection::Sqlite(from), Connection::Postgres(to)) = (from, to) else {
        return Err(NOT_MOVED);
    };
    let (from, to) = (from.raw(), to.raw());
    // Rows may point at rows of their own table that come later, so the foreign keys stand aside and are checked at the end.
    let keys = foreign_keys(to, schema).map_err(foreign)?;
    for (table, name, _) in &keys {
        to.batch_execute(&format!("alter table {table} drop constraint {name}"))
            .map_err(foreign)?;
    }
    let mut moved = Vec::new();
    for table in tables(from).map_err(local)? {
        let named = |refusal: Refusal| NOT_MOVED.because(format!("{table}: {}", refusal.chain()));
        let columns = columns(from, &table).map_err(local)?.join(", ");
        to.batch_execute(&format!("delete from {table}")).map_err(foreign)?; // what a migration put there stands in the source too
        let sent = send(from, to, &table, &columns).map_err(named)?;
        let arrived = read_back(to, &table, &columns).map_err(named)?;
        if sent != arrived {
            return Err(UNEQUAL.because(table));
        }
        moved.push(Moved { table, sum: sent });
    }
    for (table, name, definition) in &keys {
        to.batch_execute(&format!("alter table {table} add constraint {name} {definition}"))
            .map_err(foreign)?;
    }
    Ok(moved)
}

fn has_tables(to: &mut Connection, schema: &str) -> Answer<bool> {
    let mut count = 0_i64;
    to.each(
        "select count(*) from information_schema.tables where table_schema = $1",
        &[schema.into()],
        &mut |row| {
            count = row.get(0)?;
            Ok(())
        },
    )?;
    Ok(count > 0)
}

fn tables(from: &rusqlite::Connection) -> rusqlite::Result<Vec<String>> {
    let mut list = from.prepare(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by rowid",
    )?;
    let names = list.query_map([], |row| row.get(0))?;
    names.collect()
}

fn columns(from: &rusqlite::Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut list = from.prepare("select name from pragma_table_info(?1)")?;
    let names = list.query_map([table], |row| row.get(0))?;
    names.collect()
}

/// Table, name and definition of every foreign key.
type Keys = Vec<(String, String, String)>;

fn foreign_keys(to: &mut postgres::Client, schema: &str) -> Result<Keys, postgres::Error> {
    let rows = to.query(
        "select conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) from pg_constraint
         where contype = 'f' and connamespace = $1::text::regnamespace",
        &[&schema],
    )?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
}

/// Sends all rows of a table by `copy`, in its text format.
fn send(
    from: &rusqlite::Connection,
    to: &mut postgres::Client,
    table: &str,
    columns: &str,
) -> Answer<Sum> {
    let mut sum = Sum::default();
    let mut list = from.prepare(&format!("select {columns} from {table}")).map_err(local)?;
    let width = list.column_count();
    let mut rows = list.query([]).map_err(local)?;
    let mut pipe = to.copy_in(&format!("copy {table} ({columns}) from stdin")).map_err(foreign)?;
    let mut line = Vec::new();
    while let Some(row) = rows.next().map_err(local)? {
        let mut hash = Sha256::new();
        line.clear();
        for at in 0..width {
            if at > 0 {
                line.push(b'\t');
            }
            match row.get_ref(at).map_err(local)? {
                ValueRef::Null => {
                    note(&mut hash, b'0', &[]);
                    line.extend_from_slice(b"\\N");
                }
                ValueRef::Integer(number) => {
                    note(&mut hash, b'i', &number.to_be_bytes());
                    line.extend_from_slice(number.to_string().as_bytes());
                }
                ValueRef::Text(text) => {
                    note(&mut hash, b't', text);
                    escape(text, &mut line);
                }
                ValueRef::Blob(bytes) => {
                    note(&mut hash, b'b', bytes);
                    line.extend_from_slice(b"\\\\x");
                    for byte in bytes {
                        let _ = write!(line, "{byte:02x}"); // a vector takes everything
                    }
                }
                ValueRef::Real(_) => return Err(NOT_MOVED.because("a fractional number")),
            }
        }
        line.push(b'\n');
        sum.add(hash);
        pipe.write_all(&line).map_err(|error| Refusal::broken("storage.postgres", error))?;
    }
    pipe.finish().map_err(foreign)?;
    Ok(sum)
}

/// Backslash, tab and line ends as `copy` wants them.
fn escape(text: &[u8], line: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\t' => line.extend_from_slice(b"\\t"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            other => line.push(*other),
        }
    }
}

fn read_back(to: &mut postgres::Client, table: &str, columns: &str) -> Answer<Sum> {
    let mut sum = Sum::default();
    let none: [&str; 0] = [];
    let mut rows =
        to.query_raw(&format!("select {columns} from {table}"), none).map_err(foreign)?;
    while let Some(row) = rows.next().map_err(foreign)? {
        let mut hash = Sha256::new();
        for (at, column) in row.columns().iter().enumerate() {
            let kind = column.type_();
            if *kind == Type::TEXT {
                let text: Option<&str> = row.try_get(at).map_err(foreign)?;
                note_some(&mut hash, b't', text.map(str::as_bytes));
            } else if *kind == Type::BYTEA {
                let bytes: Option<&[u8]> = row.try_get(at).map_err(foreign)?;
                note_some(&mut hash, b'b', bytes);
            } else {
                let number: Option<super::postgres::Whole> = row.try_get(at).map_err(foreign)?;
                let bytes = number.map(|number| number.0.to_be_bytes());
                note_some(&mut hash, b'i', bytes.as_ref().map(<[u8; 8]>::as_slice));
            }
        }
        sum.add(hash);
    }
    Ok(sum)
}

/// Kind and length before the bytes, so that no two rows look alike that are not.
fn note(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

fn note_some(hash: &mut Sha256, kind: u8, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => note(hash, kind, bytes),
        None => note(hash, b'0', &[]),
    }
}

fn local(error: rusqlite::Error) -> Refusal {
    Refusal::broken("storage.sqlite", error)
}

fn foreign(error: postgres::Error) -> Refusal {
    Refusal::broken("storage.postgres", error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::about::Migration;
    use crate::db::Db;
    use crate::testing::{START, postgres, sqlite};

    const TREE: About = About {
        name: "tree",
        sentence: "Branches that hold on to each other.",
        migrations: &[Migration::common(
            "0001_branch",
            "create table tree_branch (id bigint primary key, parent bigint references tree_branch (id), name text, leaf bytea);
             insert into tree_branch (id, name) values (1, 'trunk');",
        )],
        speaks: &[],
        leaves_out: &[],
        announces: &[],
        keeps: None,
    };

    fn installation(rows: i64) -> (crate::testing::Scratch, crate::testing::Scratch) {
        let (from, to) = (sqlite(), postgres());
        let db = Db::open(&from.0, &[&TREE], &Clock::manual(START)).unwrap();
        db.write_blocking(move |tx| {
            for id in (2..rows).rev() {
                let name = format!("Zweig\t{id}\\N\n\r'„ü“ 🌳");
                tx.run(
                    "insert into tree_branch (id, parent, name, leaf) values ($1, null, $2, $3)",
                    &[id.into(), name.as_str().into(), [0_u8, 92, 255].as_slice().into()],
                )?;
                // The parent comes later in the table: a foreign key that is checked row by row would refuse it.
                tx.run("update tree_branch set parent = $1 where id = $1 + 1", &[id.into()])?;
            }
            Ok(())
        })
        .unwrap();
        (from, to)
    }

    fn moved(from: &crate::testing::Scratch, to: &crate::testing::Scratch) -> Answer<Vec<Moved>> {
        let (Storage::Sqlite(file), Storage::Postgres { url, schema }) = (&from.0, &to.0) else {
            panic!("the wrong way round");
        };
        to_postgres(file, url, schema, &[&TREE], &Clock::manual(START))
    }

    #[test]
    fn everything_arrives_and_works_there() {
        let (from, to) = installation(500);
        let tables = moved(&from, &to).unwrap_or_else(|refusal| panic!("{}", refusal.chain()));
        let branches = tables.iter().find(|moved| moved.table == "tree_branch").unwrap();
        assert_eq!(branches.sum.rows, 499, "and the trunk that the migration planted, once");
        let db = Db::open(&to.0, &[&TREE], &Clock::manual(START)).unwrap();
        let odd: Option<String> = db
            .read_blocking(|reader| {
                reader.one("select name from tree_branch where id = 77", &[], |row| row.get(0))
            })
            .unwrap();
        assert_eq!(odd.as_deref(), Some("Zweig\t77\\N\n\r'„ü“ 🌳"));
        let orphan = db.write_blocking(|tx| {
            tx.run("insert into tree_branch (id, parent) values (9999, 8888)", &[])
        });
        assert_eq!(orphan.unwrap_err().code, "storage.constraint", "foreign keys are back");
    }

    #[test]
    fn a_place_that_holds_data_is_left_alone() {
        let (from, to) = installation(3);
        moved(&from, &to).unwrap();
        assert_eq!(moved(&from, &to).unwrap_err().code, NOT_EMPTY.code);
    }

    #[test]
    fn what_postgres_cannot_hold_leaves_it_empty() {
        let (from, to) = installation(3);
        let db = Db::open(&from.0, &[&TREE], &Clock::manual(START)).unwrap();
        db.write_blocking(|tx| {
            tx.run("insert into tree_branch (id, name) values (7, $1)", &["a\0b".into()])
        })
        .unwrap();
        let refusal = moved(&from, &to).unwrap_err();
        assert!(refusal.chain().contains("tree_branch"), "{}", refusal.chain());
        db.write_blocking(|tx| tx.run("delete from tree_branch where id = 7", &[])).unwrap();
        moved(&from, &to).unwrap();
    }
}
