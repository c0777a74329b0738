//! The figures: each measure runs alone, prints its rows as soon as it has them, and the rows become a table.

pub mod chat;
pub mod convention;
pub mod history;
pub mod host;
pub mod idle;
pub mod import;
pub mod login;
pub mod nodes;
pub mod pace;
pub mod rooms;
pub mod table;
pub mod typing;
pub mod web;

use std::path::Path;

use clap::Args;

use crate::device::Login;
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
    /// Without the peers.
    #[arg(long)]
    pub alone: bool,
}

/// One measure, or all of them and the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Imports of three sizes.
    Import,
    /// Messages between two members, at full speed.
    Chat,
    /// 500 messages a second.
    Pace,
    /// Signing in.
    Login,
    /// Messages across one, two and three nodes.
    Nodes,
    /// "Is typing".
    Typing,
    /// Sessions that do nothing.
    Idle,
    /// A room with 200 occupants.
    Rooms,
    /// A room with 2,000 occupants.
    Convention,
    /// Reading a long archive.
    History,
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
    with_people(&runtime, folder.path(), wants, wishes, &mut table)?;
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

/// The measures in which members do something.
fn with_people(
    runtime: &tokio::runtime::Runtime,
    folder: &Path,
    wants: impl Fn(Measure) -> bool,
    wishes: Wishes,
    table: &mut Table,
) -> Done {
    let usual = [
        Measure::Chat,
        Measure::Pace,
        Measure::Typing,
        Measure::Login,
        Measure::Nodes,
        Measure::Idle,
        Measure::History,
    ];
    if usual.into_iter().any(&wants) {
        let stage = Stage::set(folder, "people-party", MEMBERS, ACCOUNTS)?;
        if wants(Measure::Chat) {
            runtime.block_on(chat::measure(&stage, wishes, table))?;
        }
        if wants(Measure::Pace) {
            runtime.block_on(pace::measure(&stage, wishes, table))?;
        }
        if wants(Measure::Typing) {
            runtime.block_on(typing::measure(&stage, wishes, table))?;
        }
        if wants(Measure::Login) {
            runtime.block_on(login::measure(&stage, wishes, table))?;
        }
        if wants(Measure::Nodes) {
            runtime.block_on(nodes::measure(&stage, wishes, table))?;
        }
        if wants(Measure::Idle) {
            runtime.block_on(idle::measure(&stage, wishes, table))?;
        }
        if wants(Measure::History) {
            runtime.block_on(history::measure(&stage, wishes, table))?;
        }
    }
    if wants(Measure::Rooms) {
        let stage = Stage::set(folder, "people-club", rooms::MEMBERS, rooms::MEMBERS)?;
        runtime.block_on(rooms::measure(&stage, wishes, table))?;
    }
    if wants(Measure::Convention) {
        let all = convention::OCCUPANTS + 1;
        let stage = Stage::set(folder, "people-convention", convention::MEMBERS, all)?;
        runtime.block_on(convention::measure(&stage, wishes, table))?;
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
    fn set(folder: &'a Path, name: &str, members: usize, accounts: usize) -> Done<Self> {
        let template = Installation::found(&folder.join(name), members)?;
        template.import_all()?;
        let mut folk = template.people(accounts)?;
        // Who speaks may be among them with another password of the two, and the peers know only one for each.
        if let Some(same) = folk.members.iter().find(|login| login.jid == folk.speaker.jid) {
            folk.speaker = same.clone();
        }
        Ok(Self { folder, template, folk })
    }

    /// Everybody with an account, once.
    pub fn everybody(&self) -> Vec<Login> {
        let mut all = self.folk.members.clone();
        if all.iter().all(|login| login.jid != self.folk.speaker.jid) {
            all.push(self.folk.speaker.clone());
        }
        all
    }
}
