//! `konvent files`: whether all files lie where they should, and how they get from one place to another (a folder, an S3 store).
//!
//! Left out: what is only half there. Uploads in pieces that were under way begin anew after a move.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use konvent_core::config::Config;
use konvent_core::{Answer, Clock, Db, Kind, Random, Refusal};
use konvent_files::blobs::carry::{Found, Known, carry, look_at};
use konvent_files::{Blobs, upload};

use crate::command::{runtime, say};
use crate::control::{self, Order};
use crate::{cards, house};

/// Files are missing or are not what they were; which, was said before.
pub const NOT_ALL_SOUND: Refusal = Refusal::new(Kind::Conflict, "blobs.not-all-sound");

/// Rows that are read at once.
const ROWS_AT_ONCE: i64 = 500;

/// So many are named; a place that is empty altogether needs no longer list.
const NAMED_MAX: usize = 20;

/// `konvent files`
#[derive(Debug, Args)]
pub struct Verb {
    /// The settings of the installation.
    #[arg(long, default_value = "konvent.toml")]
    config: PathBuf,
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Debug, Subcommand)]
enum Wish {
    /// Reads every file and compares it with what was noted when it came. Works beside a running server.
    Check,
    /// Copies every file to the place that other settings name, and reads it there again. The server must not run.
    Move {
        /// The settings that name the new place; only their `[files]` counts.
        #[arg(long)]
        to: PathBuf,
    },
}

/// What was looked at.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Files that are all there, and as they were.
    pub sound: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those that are not there, by the names under which their bytes should lie.
    pub missing: Vec<String>,
    /// Those that are not what they were.
    pub damaged: Vec<String>,
}

impl Tally {
    fn note(&mut self, known: &Known, found: Found) {
        match found {
            Found::Sound => {
                self.sound += 1;
                self.bytes += known.size;
            }
            Found::Damaged => self.damaged.push(known.name.as_str().to_owned()),
            Found::Missing => self.missing.push(known.name.as_str().to_owned()),
        }
    }

    /// In German, a line for each kind.
    pub fn in_words(&self) -> String {
        let mut text = format!(
            "{} Dateien ({} MB) sind da und unversehrt.\n",
            self.sound,
            self.bytes / 1_000_000
        );
        for (what, names) in [("fehlen", &self.missing), ("sind beschädigt", &self.damaged)] {
            if !names.is_empty() {
                let named: Vec<&str> = names.iter().take(NAMED_MAX).map(String::as_str).collect();
                let more = if names.len() > NAMED_MAX { " …" } else { "" };
                let _ = writeln!(text, "{} {what}: {}{more}", names.len(), named.join(", "));
            }
        }
        text
    }

    /// Whether nothing is missing or damaged.
    pub fn outcome(&self) -> Answer<()> {
        let is_well = self.missing.is_empty() && self.damaged.is_empty();
        if is_well { Ok(()) } else { Err(NOT_ALL_SOUND) }
    }
}

/// Does what was asked for.
pub fn run(verb: &Verb) -> Answer<()> {
    let config = Config::read(&verb.config)?;
    match &verb.wish {
        Wish::Check => {
            if let Some(done) = control::give(&config.data, &Order::CheckFiles) {
                return done;
            }
            let _lock = house::lock(&config)?;
            let tally = runtime()?.block_on(check(&open(&config)?, &place(&config)?))?;
            say(tally.in_words().trim_end());
            tally.outcome()
        }
        Wish::Move { to } => {
            let _lock = house::lock(&config)?;
            let tally = move_all(&config, &Config::read(to)?)?;
            say(tally.in_words().trim_end());
            tally.outcome()?;
            say(&what_next(&verb.config, to));
            Ok(())
        }
    }
}

fn what_next(old: &Path, new: &Path) -> String {
    format!(
        "Jetzt [files] aus {} nach {} übernehmen und den Dienst starten. Am alten Ort bleibt alles liegen; löschen, wenn alles läuft.",
        new.display(),
        old.display()
    )
}

/// Copies everything that is stored to the place that other settings name. Blocks.
pub fn move_all(config: &Config, to: &Config) -> Answer<Tally> {
    let (db, from, to) = (open(config)?, place(config)?, place(to)?);
    let random = Random::system();
    runtime()?.block_on(async {
        let mut tally = Tally::default();
        let mut last = 0;
        while let Some(rows) = rows_after(&db, &mut last).await? {
            for known in rows {
                tally.note(&known, carry(&from, &to, &known, &random).await?);
            }
        }
        Ok(tally)
    })
}

/// Reads everything that is stored.
pub async fn check(db: &Db, at: &Blobs) -> Answer<Tally> {
    let mut tally = Tally::default();
    let mut last = 0;
    while let Some(rows) = rows_after(db, &mut last).await? {
        for known in rows {
            tally.note(&known, look_at(at, &known).await?);
        }
    }
    Ok(tally)
}

/// The next rows, none when there are no more.
async fn rows_after(db: &Db, last: &mut i64) -> Answer<Option<Vec<Known>>> {
    let after = *last;
    let rows = db.read(move |reader| upload::stored_after(reader, after, ROWS_AT_ONCE)).await?;
    let Some((id, _)) = rows.last() else { return Ok(None) };
    *last = *id;
    Ok(Some(rows.into_iter().map(|(_, known)| known).collect()))
}

fn open(config: &Config) -> Answer<Db> {
    Db::open(&config.storage(), &cards::features(), &Clock::System)
}

fn place(config: &Config) -> Answer<Blobs> {
    Blobs::open(&config.files, &config.data)
}
