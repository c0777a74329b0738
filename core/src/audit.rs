//! Audit notes: an append-only, hash-chained record of every change that matters, written in the change's own transaction.
//!
//! A note is not a log line. It names people by number only, so that erasure never has to rewrite it. Each note carries
//! the hash of the one before it; [`verify`] finds a note that was changed, struck or slipped in.

use sha2::{Digest, Sha256};

use crate::about::{About, Migration};
use crate::clock::Millis;
use crate::db::{Reader, Tx, Value};
use crate::refusal::Answer;

/// The visiting card of the audit notes; they stand before all features.
pub const ABOUT: About = About {
    name: "audit",
    sentence: "Append-only, hash-chained notes of every change that matters.",
    speaks: &[],
    leaves_out: &[],
    announces: &[],
    migrations: &[Migration::common(
        "0001_notes",
        include_str!("../migrations/0001_audit_notes.sql"),
    )],
    keeps: Some("who changed what and when, by number, for accountability (Art. 5(2) GDPR)"),
};

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The server itself, for example at the end of a term.
    Server,
    /// Whoever runs the command line on the server's machine.
    Operator,
    /// A person, by number.
    Person(i64),
}

impl Actor {
    fn code(self) -> i64 {
        match self {
            Self::Server => 0,
            Self::Operator => -1,
            Self::Person(id) => id,
        }
    }
}

/// What happened to whom, as a feature notes it.
#[derive(Debug, Clone, Copy)]
pub struct Note<'a> {
    /// Who acted.
    pub actor: Actor,
    /// Stable name, `feature.what-happened`.
    pub act: &'static str,
    /// The number of what was changed.
    pub subject: i64,
    /// More, without personal data: numbers of units, names of changed fields.
    pub detail: &'a str,
}

/// Writes notes; keeps the end of the chain while many are written in one transaction.
#[derive(Debug)]
pub struct Notes {
    last: Vec<u8>,
}

impl Notes {
    /// Goes on at the end of the chain.
    pub fn go_on(tx: &mut Tx<'_>) -> Answer<Self> {
        let last =
            tx.one("select chain from audit_note order by id desc limit 1", &[], |row| row.get(0))?;
        Ok(Self { last: last.unwrap_or_default() })
    }

    /// Appends a note.
    pub fn write(&mut self, tx: &mut Tx<'_>, note: Note<'_>) -> Answer<()> {
        let id = tx.fresh_id();
        let at = tx.now();
        let chain =
            link(&self.last, id, at, note.actor.code(), note.act, note.subject, note.detail);
        tx.run(
            "insert into audit_note (id, at, actor, act, subject, detail, chain) values ($1, $2, $3, $4, $5, $6, $7)",
            &[
                id.into(),
                at.into(),
                note.actor.code().into(),
                note.act.into(),
                note.subject.into(),
                note.detail.into(),
                Value::Bytes(&chain),
            ],
        )?;
        self.last = chain;
        Ok(())
    }
}

/// Writes a single note.
pub fn note(tx: &mut Tx<'_>, note: Note<'_>) -> Answer<()> {
    Notes::go_on(tx)?.write(tx, note)
}

/// What somebody did, oldest first: acts and what was noted with them.
pub fn acts_of(reader: &mut Reader<'_>, actor: Actor) -> Answer<Vec<(String, String)>> {
    reader.rows(
        "select act, detail from audit_note where actor = $1 order by id",
        &[actor.code().into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Walks the whole chain and returns the id of the first note that does not fit, if there is one.
pub fn verify(reader: &mut Reader<'_>) -> Answer<Option<i64>> {
    let mut last: Vec<u8> = Vec::new();
    let mut broken = None;
    reader.each(
        "select id, at, actor, act, subject, detail, chain from audit_note order by id",
        &[],
        |row| {
            let (id, at): (i64, Millis) = (row.get(0)?, row.get(1)?);
            let (act, detail): (String, String) = (row.get(3)?, row.get(5)?);
            let stored: Vec<u8> = row.get(6)?;
            if link(&last, id, at, row.get(2)?, &act, row.get(4)?, &detail) != stored
                && broken.is_none()
            {
                broken = Some(id);
            }
            last = stored;
            Ok(())
        },
    )?;
    Ok(broken)
}

fn link(
    last: &[u8],
    id: i64,
    at: Millis,
    actor: i64,
    act: &str,
    subject: i64,
    detail: &str,
) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(last);
    for number in [id, at.0, actor, subject] {
        hash.update(number.to_be_bytes());
    }
    for text in [act, detail] {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().to_vec()
}
