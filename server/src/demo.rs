//! A made-up organisation on this machine, with people to sign in as: `konvent demo`.
//!
//! It uses the regular import, regular accounts and the regular server. Only two things exist nowhere else: links that sign
//! in with one click, and a file that remembers the passwords made for the demo.

mod cast;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use konvent_core::audit::Actor;
use konvent_core::config::{Config, Listen};
use konvent_core::{Answer, Clock, Random};
use serde_json::json;

use crate::command::{self, Files, NO_FILE};
use crate::flows;
use crate::house::House;
use crate::keys;
use crate::net::listen::Doors;
use cast::Player;

/// The demo's name on the network. `.example` is nobody's (RFC 2606).
const DOMAIN: &str = "konvent.example";

/// `konvent demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Where its data lies; started again on the same folder it goes on.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// How many members the organisation has.
    #[arg(long, default_value_t = 2_000)]
    members: usize,
    /// Port of web client and HTTP; 0 lets the system choose.
    #[arg(long, default_value_t = 8480)]
    http: u16,
    /// Port for XMPP clients (STARTTLS).
    #[arg(long, default_value_t = 5222)]
    xmpp: u16,
    /// Port for XMPP clients (direct TLS).
    #[arg(long, default_value_t = 5223)]
    xmpps: u16,
    /// Written once everything is ready: addresses and accounts as JSON.
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// More settings, as they stand in a konvent.toml without `domain` and `admin`: federation, for instance.
    #[arg(long)]
    settings: Option<PathBuf>,
    /// A PostgreSQL connection string; without it the embedded database.
    #[arg(long)]
    postgres: Option<String>,
}

/// Runs the demo until SIGTERM or Ctrl-C.
pub fn run(demo: &Demo) -> Answer<()> {
    let folder = demo.data.join("mitgliederdatei");
    if !folder.join("mitglieder.csv").exists() {
        konvent_people::sample::write(&folder, demo.members, 1)
            .map_err(|error| NO_FILE.because(format!("{}: {error}", folder.display())))?;
    }
    let house = House::open(settings(demo, &folder)?, Clock::System, Random::system())?;
    command::runtime()?.block_on(async {
        let doors = Doors::open(house.config())?;
        import_once(&house, &folder).await?;
        let roles = cast::roles(&house, &demo.data).await?;
        let addresses = doors.addresses()?;
        let show = || {
            let ready = ready(addresses, &roles);
            if let Some(file) = &demo.ready_file {
                write_whole(file, &ready.to_string())?;
            }
            introduce(addresses, &roles);
            Ok(())
        };
        command::serve_until_stopped(Arc::clone(&house), doors, show).await
    })
}

fn settings(demo: &Demo, folder: &Path) -> Answer<Config> {
    let admin = cast::admin(folder)?;
    let more = demo.settings.as_ref().map_or(Ok(String::new()), |file| {
        std::fs::read_to_string(file)
            .map_err(|error| NO_FILE.because(format!("{}: {error}", file.display())))
    })?;
    let mut config = Config::parse(&format!("domain = '{DOMAIN}'\nadmin = '{admin}'\n{more}"))?;
    config.organisation = Some("Musterpartei Nordmark".to_owned());
    config.data.clone_from(&demo.data);
    config.postgres.clone_from(&demo.postgres);
    let local = |port| Listen::from(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    (config.http, config.xmpp, config.xmpps) =
        (local(demo.http), local(demo.xmpp), local(demo.xmpps));
    Ok(config)
}

/// The member file is imported at the first start only; afterwards the organisation lives on.
async fn import_once(house: &Arc<House>, folder: &Path) -> Answer<()> {
    if house.db().read(|reader| Ok(!konvent_people::units::all(reader)?.is_empty())).await? {
        return Ok(());
    }
    let files = Files(
        ["gliederungen.csv", "mitglieder.csv", "aemter.csv"].map(|name| folder.join(name)).to_vec(),
    );
    let plan = flows::member::plan(house, files.read()?).await?;
    tracing::info!(
        joins = plan.summary().joins,
        units = plan.summary().units,
        "importing the member file"
    );
    flows::member::apply(house, plan, Actor::Operator, false).await?;
    Ok(())
}

/// What scripts need to know.
fn ready(addresses: [Option<SocketAddr>; 4], roles: &[Player]) -> serde_json::Value {
    let [http, xmpp, xmpps, _] = shown(addresses);
    let accounts: Vec<serde_json::Value> = roles
        .iter()
        .map(|role| {
            json!({
                "jid": role.jid,
                "password": role.password,
                "name": role.name,
                "role": role.role,
                "login_url": format!("http://{http}/anmelden#{}", role.code),
                "units": role.units,
            })
        })
        .collect();
    json!({
        "http": format!("http://{http}"),
        "xmpp": xmpp,
        "xmpps": xmpps,
        "domain": DOMAIN,
        "accounts": accounts,
    })
}

/// A file appears whole or not at all, so that nobody reads half of it.
fn write_whole(file: &Path, text: &str) -> Answer<()> {
    keys::write_secret(file, text.as_bytes())
}

/// The demo has all three doors.
fn shown(addresses: [Option<SocketAddr>; 4]) -> [String; 4] {
    addresses.map(|address| address.map_or_else(String::new, |address| address.to_string()))
}

fn introduce(addresses: [Option<SocketAddr>; 4], roles: &[Player]) {
    let [http, xmpp, xmpps, _] = shown(addresses);
    command::say(&format!(
        "\nKonvent läuft: http://{http}   (XMPP {xmpp}, direktes TLS {xmpps}, Domäne {DOMAIN})\n\nMit einem Klick anmelden als:"
    ));
    for role in roles.iter().take(6) {
        command::say(&format!(
            "  {:<34} {:<44} http://{http}/anmelden#{}",
            role.name, role.role, role.code
        ));
    }
    command::say("\nFür andere XMPP-Programme (Adresse, Passwort):");
    for role in roles.iter().take(3) {
        command::say(&format!("  {:<44} {}", role.jid, role.password));
    }
    command::say("\nBeenden mit Strg-C.");
}
