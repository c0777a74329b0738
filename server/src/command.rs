//! What the command line does: serve, import, sample.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use konvent_core::audit::Actor;
use konvent_core::config::Config;
use konvent_core::db::moving::{self, Moved};
use konvent_core::db::nodes::FENCED;
use konvent_core::{Answer, Clock, Kind, Random, Refusal};
use konvent_people::import::{File, Plan};
use serde::{Deserialize, Serialize};

use crate::acme;
use crate::cards;
use crate::control::{self, Order};
use crate::flows;
use crate::house::{self, House};
use crate::net::listen::Doors;
use crate::net::s2s::gates::Gates;

/// A file cannot be read or written; the cause names it.
pub const NO_FILE: Refusal = Refusal::new(Kind::BadRequest, "command.no-file");

/// `konvent import`
#[derive(Debug, Args)]
pub struct Import {
    /// The settings of the installation.
    #[arg(long, default_value = "konvent.toml")]
    config: PathBuf,
    /// Only show what would change.
    #[arg(long, conflicts_with = "apply")]
    plan: bool,
    /// Change it, in one transaction.
    #[arg(long)]
    apply: bool,
    /// Also when more members would leave than the brake allows.
    #[arg(long)]
    despite_brake: bool,
    /// Member file, unit file, office file (each is recognised by its columns).
    #[arg(required = true, num_args = 1..=3)]
    files: Vec<PathBuf>,
}

/// Paths of up to three files, in any order: each is recognised by its columns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Files(pub Vec<PathBuf>);

impl Files {
    /// Reads the files.
    pub fn read(&self) -> Answer<Vec<File>> {
        let open = |path: &PathBuf| {
            File::open(path)
                .map_err(|error| NO_FILE.because(format!("{}: {error}", path.display())))
        };
        self.0.iter().map(open).collect()
    }
}

/// A plan in words.
pub(crate) fn shown(plan: &Plan) -> String {
    let mut text = Vec::new();
    match plan.print(&mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(error) => error.to_string(),
    }
}

/// Prints for people.
#[expect(clippy::print_stdout, reason = "this is where the command line speaks to its user")]
pub fn say(text: &str) {
    println!("{text}");
}

/// Serves until SIGTERM or Ctrl-C.
pub fn serve(config: &Path) -> Answer<()> {
    let config = Config::read(config)?;
    let house = House::open(config, Clock::System, Random::system())?;
    runtime()?.block_on(async {
        let doors = Doors::open(house.config())?;
        serve_until_stopped(house, doors, || Ok(())).await
    })
}

/// Copies the embedded database to PostgreSQL, and says what to do next.
pub fn move_to_postgres(config: &Path, to: &str) -> Answer<()> {
    let file = config;
    let config = Config::read(file)?;
    let _lock = house::lock(&config)?;
    let database = config.data.join("konvent.db");
    let moved = moving::to_postgres(&database, to, "public", &cards::features(), &Clock::System)?;
    for Moved { table, sum } in &moved {
        say(&format!("{:>10}  {:016x}  {table}", sum.rows, sum.hash.iter().fold(0, |a, b| a ^ b)));
    }
    let rows: u64 = moved.iter().map(|moved| moved.sum.rows).sum();
    say(&format!(
        "{rows} Zeilen in {} Tabellen sind angekommen und gleich. Jetzt in {} eintragen:\n\n    postgres = \"{to}\"\n\n\
         und den Dienst starten. {} bleibt unverändert liegen; löschen, wenn alles läuft.",
        moved.len(),
        file.display(),
        database.display()
    ));
    Ok(())
}

/// The threads that serve.
pub(crate) fn runtime() -> Answer<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Refusal::broken("command.no-runtime", error))
}

/// How long clients get to hear the goodbye, in milliseconds.
const GOODBYE_MS: u64 = 500;

/// Serves, calls `ready` once the doors are open, and ends cleanly on SIGTERM or Ctrl-C.
pub(crate) async fn serve_until_stopped(
    house: Arc<House>,
    doors: Doors,
    ready: impl FnOnce() -> Answer<()>,
) -> Answer<()> {
    let addresses = doors.addresses()?;
    house.doors_are_at(addresses.map(|address| address.map_or(0, |address| address.port())));
    let [http, xmpp, xmpps, plaintext] = addresses
        .map(|address| address.map_or_else(|| "-".to_owned(), |address| address.to_string()));
    tracing::info!(%http, %xmpp, %xmpps, %plaintext, domain = house.domain().name, "open");
    let gates = Gates::open(house.config())?;
    let challenges = acme::door::Doors::open(house.config())?;
    house.abroad().begin(&house).await?;
    let mut gates = gates.serve(&house);
    gates.extend(challenges.serve(&house));
    let control = tokio::spawn(control::serve(Arc::clone(&house)));
    let clockwork = tokio::spawn(tick_on(Arc::clone(&house)));
    let courier = tokio::spawn(flows::push::serve(Arc::clone(&house)));
    let certificates = tokio::spawn(look_after_certificates(Arc::clone(&house)));
    ready()?;
    let company = tokio::spawn(Arc::clone(&house).keep_company());
    let mut is_fenced = false;
    let stop = async {
        tokio::select! {
            () = stop_asked() => {}
            () = house.is_fenced() => is_fenced = true,
        }
    };
    doors.serve(Arc::clone(&house), stop).await;
    tracing::info!("closing");
    house.drain();
    house.say_goodbye();
    house.abroad().end();
    tokio::time::sleep(std::time::Duration::from_millis(GOODBYE_MS)).await;
    gates.iter().for_each(tokio::task::JoinHandle::abort);
    control.abort();
    clockwork.abort();
    courier.abort();
    certificates.abort();
    company.abort();
    let _ = std::fs::remove_file(control::door(&house.config().data)); // the next start would, too
    if is_fenced { Err(FENCED) } else { Ok(()) }
}

async fn tick_on(house: Arc<House>) {
    let mut second = tokio::time::interval(std::time::Duration::from_secs(1));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        second.tick().await;
        house.tick().await;
    }
}

/// How often the certificate files are looked at: who renews them by night need not tell us.
const CERTIFICATES_EVERY_SECS: u64 = 3600;

/// New certificates are taken from their files on SIGHUP, and every hour by themselves.
async fn look_after_certificates(house: Arc<House>) {
    let Ok(mut hang_up) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())
    else {
        tracing::warn!("SIGHUP cannot be heard; certificates are looked at every hour only");
        return;
    };
    let mut hour = tokio::time::interval(std::time::Duration::from_secs(CERTIFICATES_EVERY_SECS));
    hour.tick().await; // the first is now, and they were read just now
    loop {
        tokio::select! {
            _ = hang_up.recv() => {}
            _ = hour.tick() => {}
        }
        match house.reload_tls() {
            Ok(true) => tracing::info!("a new certificate is in use"),
            Ok(false) => {}
            Err(refusal) => {
                tracing::error!(
                    cause = refusal.chain(),
                    "the certificate cannot be read; the old one stays in use"
                );
            }
        }
    }
}

async fn stop_asked() {
    let mut terminate =
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(terminate) => terminate,
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be heard; only Ctrl-C ends the server");
                let _ = tokio::signal::ctrl_c().await;
                return;
            }
        };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Shows a plan, or applies it: through the running server if there is one, else directly.
pub fn import(import: &Import) -> Answer<()> {
    let config = Config::read(&import.config)?;
    let mut full = Vec::new();
    for path in &import.files {
        full.push(
            path.canonicalize()
                .map_err(|error| NO_FILE.because(format!("{}: {error}", path.display())))?,
        );
    }
    let (files, apply, despite_brake) = (Files(full), import.apply, import.despite_brake);
    let order = Order::Import { files: files.clone(), apply, despite_brake };
    if let Some(done) = control::give(&config.data, &order) {
        return done;
    }
    let house = House::open(config, Clock::System, Random::system())?;
    let read = files.read()?;
    runtime()?.block_on(async {
        let plan = flows::member::plan(&house, read).await?;
        say(&shown(&plan));
        if apply {
            flows::member::apply(&house, plan, Actor::Operator, despite_brake).await?;
            say("Übernommen.");
        }
        Ok(())
    })
}

/// Prints a sign-in code for one member: the way in for the first admin, who has no letter yet.
pub fn letter(config: &Path, number: &str) -> Answer<()> {
    let config = Config::read(config)?;
    let order = Order::Letter { number: number.to_owned() };
    if let Some(done) = control::give(&config.data, &order) {
        return done;
    }
    let house = House::open(config, Clock::System, Random::system())?;
    say(&runtime()?.block_on(flows::member::letter(&house, number.to_owned()))?);
    Ok(())
}

/// Writes a made-up organisation.
pub fn sample(dir: &Path, members: usize, seed: u64) -> Answer<()> {
    konvent_people::sample::write(dir, members, seed)
        .map_err(|error| NO_FILE.because(format!("{}: {error}", dir.display())))?;
    say(&format!("{members} Mitglieder stehen in {}", dir.display()));
    Ok(())
}
