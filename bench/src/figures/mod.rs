//! The figures: each measure runs alone, prints its rows as soon as it has them, and the rows become a table.

pub mod chat;
pub mod idle;
pub mod import;
pub mod rooms;
pub mod table;
pub mod web;

use std::path::Path;

use clap::Args;

use crate::house::{Folk, Installation};
use crate::{Done, sentence};
use table::Table;

/// How many members the organisation has that is measured.
const MEMBERS: usize = 2_000;
/// How many of them have accounts.
const ACCOUNTS: usize = 300;

/// What all measures understand.
#[derive(Debug, Args, Clone, Copy)]
pub struct Wishes {
    /// Smaller amounts: to see whether a measure works, not to be written down.
    #[arg(long)]
    pub quick: bool,
    /// Without the peer.
    #[arg(long)]
    pub alone: bool,
}

/// One measure, or all of them and the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Imports of three sizes.
    Import,
    /// Archived messages between two members.
    Chat,
    /// Sessions that do nothing.
    Idle,
    /// A room with 200 occupants.
    Rooms,
    /// The first load of the web client.
    Web,
    /// Everything.
    All,
}

/// Runs a measure and prints its table; all of them also write it down.
pub fn run(measure: Measure, wishes: Wishes) -> Done {
    let folder = tempfile::tempdir().map_err(sentence("no folder"))?;
    let runtime = tokio::runtime::Runtime::new().map_err(sentence("no runtime"))?;
    let mut table = Table::default();
    let wants = |one| measure == one || measure == Measure::All;
    if wants(Measure::Web) {
        web::measure(&mut table)?;
    }
    if wants(Measure::Chat) || wants(Measure::Idle) || wants(Measure::Rooms) {
        let stage = Stage::set(folder.path())?;
        if wants(Measure::Chat) {
            runtime.block_on(chat::measure(&stage, wishes, &mut table))?;
        }
        if wants(Measure::Idle) {
            runtime.block_on(idle::measure(&stage, wishes, &mut table))?;
        }
        if wants(Measure::Rooms) {
            runtime.block_on(rooms::measure(&stage, wishes, &mut table))?;
        }
    }
    if wants(Measure::Import) {
        import::measure(folder.path(), wishes, &mut table)?;
    }
    println!("\n{}", table.print());
    if measure == Measure::All && !wishes.quick {
        let file = Path::new("bench/RESULTS.md");
        // the ballots are measured by themselves (`cargo xtask bench ballots`)
        let old = std::fs::read_to_string(file).unwrap_or_default();
        let ballots = old.find("\n## Ballots").and_then(|start| old.get(start..));
        let text = table.print() + ballots.unwrap_or_default();
        std::fs::write(file, text).map_err(sentence("the results cannot be written"))?;
        println!("written to {}", file.display());
    }
    Ok(())
}

/// An organisation with accounts, made once and copied for each measure.
pub struct Stage<'a> {
    /// Where measures may lie.
    pub folder: &'a Path,
    /// The organisation.
    pub template: Installation,
    /// Its people.
    pub folk: Folk,
}

impl<'a> Stage<'a> {
    fn set(folder: &'a Path) -> Done<Self> {
        let template = Installation::found(&folder.join("template"), MEMBERS)?;
        template.import_all()?;
        let folk = template.people(ACCOUNTS)?;
        Ok(Self { folder, template, folk })
    }
}
