//! Everything in which the stage touches the server: opening and closing it, connecting, importing, codes, time.

use std::sync::Arc;

use konvent_core::audit::Actor;
use konvent_core::config::Config;
use konvent_core::testing::{self, START};
use konvent_core::{Clock, Random, Storage};
use konvent_people::accounts::{self, Purpose};
use konvent_people::import::File;
use konvent_people::{offices, people, units};
use konvent_server::{House, flows, net};
use konvent_wire::stream::Transport;

use super::device::Connection;
use super::directory::number_of;
use super::nodes::Standing;
use super::{DOMAIN, Directory, Login, Stage};
use crate::failure::Wrong;
use crate::pattern::Names;
use crate::script::Script;

/// How much may lie in a pipe: more than any play sends before somebody reads.
const PIPE: usize = 4 * 1024 * 1024;

/// Where the server of a play keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite.
    Embedded,
    /// A PostgreSQL that is started for the tests of this process.
    Postgres,
    /// The same, with several nodes that form one service; devices come to one or another of them.
    Nodes,
}

/// So many nodes play together.
const NODES: usize = 2;

/// What outlives a restart of the server.
pub(super) struct Ground {
    pub(super) config: Config,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Sets the stage: opens a server, imports the organisation, gives everybody an account.
    pub fn set(script: &Script, engine: Engine) -> Result<Self, Wrong> {
        let failed = |error: std::io::Error| Wrong::new("a stage", error.to_string());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(failed)?;
        let folder = tempfile::tempdir().map_err(failed)?;
        let mut config =
            Config::parse(&format!("domain = '{DOMAIN}'\nadmin = '{}'", number_of(0)))?;
        folder.path().clone_into(&mut config.data);
        if engine != Engine::Embedded {
            config.postgres = Some(fresh_database()?);
        }
        let (clock, random) = (Clock::manual(START), Random::seeded(1597));
        let mut stage = Self {
            script: script.clone(),
            directory: Directory::of(script),
            ground: Ground { config, _folder: folder },
            houses: Vec::new(),
            nodes: if engine == Engine::Nodes { NODES } else { 1 },
            names: Names::default(),
            logins: std::collections::BTreeMap::new(),
            devices: std::collections::BTreeMap::new(),
            last_refusal: None,
            ids: 0,
            clock,
            random,
            runtime,
        };
        stage.open()?;
        stage.import()?;
        for place in 0..script.cast.len() {
            if script.cast.get(place).is_some_and(|role| {
                !role.is_new && (role.home.is_some() || !role.duties.is_empty())
            }) {
                stage.give_account(place)?;
            }
        }
        Ok(stage)
    }

    fn open(&mut self) -> Result<(), Wrong> {
        for node in 0..self.nodes {
            let name = format!("node{node}");
            let standing = self.open_node(&name, &name)?;
            self.names.set("domain", DOMAIN);
            self.names.set("rooms", standing.house.config().rooms_service());
            self.houses.push(standing);
        }
        Ok(())
    }

    /// The server starts anew with these lines in its settings, as well as those that every play has.
    pub fn start_with(&mut self, lines: &str) -> Result<(), Wrong> {
        let head = format!("domain = '{DOMAIN}'\nadmin = '{}'\n", number_of(0));
        let mut config = Config::parse(&format!("{head}{lines}"))?;
        config.data.clone_from(&self.ground.config.data);
        config.postgres.clone_from(&self.ground.config.postgres);
        self.ground.config = config;
        self.restart()
    }

    /// From now on somebody signs in with this account.
    pub fn has_account(&mut self, place: usize, localpart: &str, password: &str) {
        self.know(place, localpart);
        let (localpart, password) = (localpart.to_owned(), password.to_owned());
        self.logins.insert(place, Login { localpart, password });
    }

    /// The running server.
    pub fn house(&self) -> Result<Arc<House>, Wrong> {
        let first = self.houses.first().map(|standing| Arc::clone(&standing.house));
        first.ok_or_else(|| Wrong::new("a running server", "it is down"))
    }

    /// The server goes and comes again; everybody loses the connection, and only what is on disk is left.
    pub fn restart(&mut self) -> Result<(), Wrong> {
        self.close();
        self.open()
    }

    /// The server goes.
    pub fn close(&mut self) {
        for Standing { house, .. } in &self.houses {
            house.say_goodbye();
        }
        for device in self.devices.values_mut() {
            device.unplug();
        }
        for standing in std::mem::take(&mut self.houses) {
            self.wait_until_closed(standing);
        }
    }

    /// A new connection to the server.
    pub(super) fn connect(&mut self, called: &str) -> Result<Connection, Wrong> {
        let (place, device) = self.whose(called)?;
        let house = match self.houses.get(self.node_of(place, &device)) {
            Some(standing) => Arc::clone(&standing.house),
            None => self.house()?,
        };
        let (near, far) = tokio::io::duplex(PIPE);
        let source = format!("the house of {called}");
        let served = self.runtime.spawn(net::xmpp::serve(house, far, Transport::Loopback, source));
        Ok((near, served))
    }

    /// Hands the three files of the member administration in, by the regular import.
    pub fn import(&mut self) -> Result<(), Wrong> {
        let house = self.house()?;
        let files = self.directory.files();
        let file =
            |name: &str, text: String| File { name: name.to_owned(), bytes: text.into_bytes() };
        let files = vec![
            file("mitglieder.csv", files.members),
            file("gliederungen.csv", files.units),
            file("aemter.csv", files.offices),
        ];
        self.runtime.block_on(async {
            let plan = flows::member::plan(&house, files).await?;
            if let Some(conflict) = plan.conflicts().kept().first() {
                return Err(Wrong::new("files without conflict", format!("{conflict:?}")));
            }
            // A play is a small organisation: who leaves it is always more than the brake allows.
            flows::member::apply(&house, plan, Actor::Operator, true).await?;
            Ok(())
        })?;
        self.learn_addresses()
    }

    /// Rooms are named after their unit or body: `OV Verona`, `Vorstand of OV Verona`.
    fn learn_addresses(&mut self) -> Result<(), Wrong> {
        let house = self.house()?;
        let service = house.config().rooms_service();
        let (all, bodies) = house
            .db()
            .read_blocking(|reader| Ok((units::all(reader)?, offices::all_bodies(reader)?)))?;
        for unit in &all {
            self.names.set(unit.name.clone(), format!("{}@{service}", unit.address));
        }
        for body in bodies {
            if let Some(unit) = all.iter().find(|unit| unit.id == body.unit) {
                self.names.set(
                    format!("{} of {}", body.name, unit.name),
                    format!("{}@{service}", body.address),
                );
            }
        }
        Ok(())
    }

    /// Opens the account of somebody of the cast, with an app password.
    pub fn give_account(&mut self, place: usize) -> Result<(), Wrong> {
        let (house, random) = (self.house()?, self.random.clone());
        let (number, key) = (number_of(place), house.key().clone());
        let (localpart, password) = house.db().write_blocking(move |tx| {
            let person = people::by_number(tx, &number)?.ok_or(people::UNKNOWN)?;
            let (account, _) = accounts::open(tx, &key, person.id)?;
            let (_, password) = accounts::make_app_password(tx, &random, account.id, "play")?;
            Ok((account.localpart, password))
        })?;
        self.know(place, &localpart);
        self.logins.insert(place, Login { localpart, password });
        Ok(())
    }

    fn know(&mut self, place: usize, localpart: &str) {
        if let Some(role) = self.script.cast.get(place) {
            self.names.set(role.name.clone(), format!("{localpart}@{DOMAIN}"));
        }
    }

    /// A letter with a one-time code goes out to somebody of the cast.
    pub fn send_code(&mut self, place: usize, valid_days: i64) -> Result<String, Wrong> {
        let (house, random) = (self.house()?, self.random.clone());
        let number = number_of(place);
        let from = Arc::clone(&house);
        let code = house.db().write_blocking(move |tx| {
            let person = people::by_number(tx, &number)?.ok_or(people::UNKNOWN)?;
            let actor = Actor::Operator;
            let purpose = Purpose::Letter { valid_days };
            accounts::issue_code(tx, from.key(), &random, actor, person.id, purpose)
        })?;
        Ok(code.to_string())
    }

    /// Somebody types a code and a year of birth into a browser. Refused: the code of the refusal.
    pub fn redeem(
        &mut self,
        place: usize,
        code: &str,
        year: Option<i32>,
    ) -> Result<Result<(), String>, Wrong> {
        let house = self.house()?;
        let source = format!("192.0.2.{}", place + 1);
        let (code, browser) = (code.to_owned(), "a browser".to_owned());
        let redeemed =
            self.runtime.block_on(flows::member::sign_in(&house, code, year, source, browser));
        match redeemed {
            Ok(signed_in) => {
                self.know(place, &signed_in.account.localpart);
                Ok(Ok(()))
            }
            Err(refusal) if refusal.kind == konvent_core::Kind::Broken => Err(refusal.into()),
            Err(refusal) => Ok(Err(refusal.code.to_owned())),
        }
    }

    /// Time passes, and the server looks at the clock.
    pub fn pass(&mut self, secs: i64) -> Result<(), Wrong> {
        self.settle()?;
        self.clock.advance(secs * 1000);
        self.house()?;
        for Standing { house, .. } in &self.houses {
            self.runtime.block_on(house.tick());
        }
        self.meet();
        Ok(())
    }

    /// What day it is for the organisation.
    pub fn today(&self) -> jiff::civil::Date {
        self.clock.now().day_in(&self.ground.config.zone())
    }
}

/// A database of its own in the PostgreSQL of this process: how it is reached.
pub fn fresh_database() -> Result<String, Wrong> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let scratch = testing::postgres();
    let Storage::Postgres { url, .. } = scratch.0 else {
        return Err(Wrong::new("PostgreSQL", "another engine"));
    };
    let name = format!("play{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let host = url.split(' ').find_map(|part| part.strip_prefix("host=")).unwrap_or_default();
    let made = std::process::Command::new("createdb")
        .args(["-h", host, "-U", "konvent", &name])
        .output()
        .map_err(|error| Wrong::new("the program createdb", error.to_string()))?;
    if !made.status.success() {
        return Err(Wrong::new("a database", String::from_utf8_lossy(&made.stderr)));
    }
    Ok(url.replace("dbname=postgres", &format!("dbname={name}")))
}
