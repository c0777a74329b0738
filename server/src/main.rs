//! The binary `konvent`: what can be done from a shell.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use konvent_server::{account, cards, command, demo, doctor, files, moving};

/// The platform on which a party or association talks, meets and decides.
#[derive(Debug, Parser)]
#[command(name = "konvent", version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serves an organisation until SIGTERM.
    Serve {
        /// The settings; two are enough (`domain`, `admin`).
        #[arg(long, default_value = "konvent.toml")]
        config: PathBuf,
    },
    /// Shows what a member file would change, or changes it. Works beside a running server.
    Import(command::Import),
    /// Prints a sign-in code for one member: the way in for the first admin.
    Letter {
        /// The settings of the installation.
        #[arg(long, default_value = "konvent.toml")]
        config: PathBuf,
        /// The member number.
        number: String,
    },
    /// Copies the embedded database into an empty PostgreSQL database and checks every row. The server must not run.
    MoveToPostgres {
        /// The settings of the installation.
        #[arg(long, default_value = "konvent.toml")]
        config: PathBuf,
        /// Where to, as `libpq` reads it: `host=/run/postgresql user=konvent dbname=konvent`.
        #[arg(long)]
        to: String,
    },
    /// Looks whether all files are there and whole, or copies them to another folder or store.
    Files(files::Verb),
    /// Takes in accounts that moved here from another server (XEP-0227). Works beside a running server.
    MoveIn(moving::MoveIn),
    /// Writes accounts down for another server (XEP-0227). Works beside a running server.
    MoveOut(moving::MoveOut),
    /// Gives, locks, unlocks and closes accounts, and invites. Works beside a running server.
    Account(account::Verb),
    /// Looks at clock, disk, storage, certificate, doors and DNS, and says what to do.
    Doctor(doctor::Doctor),
    /// Writes the three files of a made-up organisation.
    Sample {
        /// How many members.
        #[arg(long, default_value_t = 2_000)]
        members: usize,
        /// The same seed gives the same organisation.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Where to.
        dir: PathBuf,
    },
    /// Serves a made-up organisation on this machine, with people to sign in as.
    Demo(demo::Demo),
    /// Prints the visiting cards of all features as JSON.
    #[command(hide = true)]
    Cards,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("KONVENT_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .init();
    let done = match Cli::parse().verb {
        Verb::Serve { config } => command::serve(&config),
        Verb::Import(import) => command::import(&import),
        Verb::Letter { config, number } => command::letter(&config, &number),
        Verb::MoveToPostgres { config, to } => command::move_to_postgres(&config, &to),
        Verb::Files(verb) => files::run(&verb),
        Verb::MoveIn(order) => moving::move_in(&order),
        Verb::MoveOut(order) => moving::move_out(&order),
        Verb::Doctor(doctor) => doctor::run(&doctor),
        Verb::Account(verb) => account::run(&verb),
        Verb::Sample { members, seed, dir } => command::sample(&dir, members, seed),
        Verb::Demo(demo) => demo::run(&demo),
        Verb::Cards => cards::print(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            eprint_sentence(&refusal.chain());
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is where the command line speaks to its user")]
fn eprint_sentence(sentence: &str) {
    eprintln!("konvent: {sentence}");
}
