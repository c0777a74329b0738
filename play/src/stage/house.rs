//! Everything in which the stage touches the server: opening and closing it, connecting, importing, codes, time.

use std::sync::Arc;

use konvent_core::audit::Actor;
use konvent_core::config::{Config, Nodes};
use konvent_core::testing::{self, START};
use konvent_core::{Clock, Random, Storage};
use konvent_people::accounts::{self, Purpose};
use konvent_people::import::File;
use konvent_people::{offices, people, units};
use konvent_server::{House, flows, net};
use konvent_wire::stream::Transport;

use super::device::Connection;
use super::directory::number_of;
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

/// A house that stands, and what keeps it in touch with the others.
pub(super) struct Standing {
    house: Arc<House>,
    company: tokio::task::JoinHandle<()>,
}

/// What outlives a restart of the server.
pub(super) struct Ground {
    config: Config,
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

    /// One node with its own folder; the only house, if there is only one.
    fn open_node(&self, name: &str, folder: &str) -> Result<Standing, Wrong> {
        let mut config = self.ground.config.clone();
        if self.nodes > 1 {
            let own = config.data.join(folder);
            config.files.folder = Some(config.data.join("files"));
            share_keys(&config.data, &own)?;
            config.data = own;
            config.nodes = Some(Nodes {
                name: name.to_owned(),
                bus: vec![],
                bus_login: None,
                bus_roots: None,
                lease_secs: 30,
            });
        }
        let house = House::open(config, self.clock.clone(), self.random.clone())?;
        let company = self.runtime.spawn(Arc::clone(&house).keep_company());
        Ok(Standing { house, company })
    }

    /// All nodes know what all others have done.
    pub(super) fn meet(&self) {
        for Standing { house, .. } in self.houses.iter().filter(|_| self.nodes > 1) {
            self.runtime.block_on(house.hear_everything());
        }
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

    /// The node to which somebody's device is connected goes; his devices come back to one of the others.
    pub fn let_node_go(&mut self, called: &str) -> Result<(), Wrong> {
        let (place, device) = self.whose(called)?;
        let at = self.node_of(place, &device);
        self.need_several()?;
        self.unplug_all_at(at);
        let standing = self.houses.remove(at);
        standing.house.say_goodbye();
        self.wait_until_closed(standing);
        self.meet();
        self.settle()
    }

    /// The node to which somebody's device is connected closes and says so.
    pub fn let_node_close(&mut self, called: &str) -> Result<(), Wrong> {
        let (place, device) = self.whose(called)?;
        let at = self.node_of(place, &device);
        self.need_several()?;
        let standing = self.houses.remove(at);
        standing.house.say_goodbye();
        let ended = self.device(called)?.wait_for_the_end()?;
        if ended != "system-shutdown" {
            return Err(Wrong::new("system-shutdown", ended));
        }
        // Devices at the other node are asked for by the order that was; those at this one have heard the end.
        for device in self.devices.values_mut().filter(|device| device.has_ended()) {
            device.unplug();
        }
        self.wait_until_closed(standing);
        self.meet();
        self.settle()
    }

    /// The node to which somebody's device is connected is cut off from one moment to the next: it can write nothing any more, and
    /// its clients hear nothing. Another one starts in its place.
    pub fn let_node_be_replaced(&mut self, called: &str) -> Result<(), Wrong> {
        let (place, device) = self.whose(called)?;
        let at = self.node_of(place, &device);
        self.need_several()?;
        let folder = format!("node{at}-{}", self.fresh_id());
        let standing = self.open_node(&format!("node{at}"), &folder)?;
        self.unplug_all_at(at);
        if let Some(place) = self.houses.get_mut(at) {
            let old = std::mem::replace(place, standing);
            self.wait_until_closed(old);
        }
        self.meet();
        self.settle()
    }

    /// All nodes count what each device was sent as the device does itself: otherwise it could not resume at any of them.
    pub fn check_counts(&mut self) -> Result<(), Wrong> {
        if self.nodes == 1 || self.houses.is_empty() {
            return Ok(());
        }
        self.settle()?;
        self.meet();
        for device in self.devices.values().filter(|device| device.is_present()) {
            let Some(managed) = &device.managed else { continue };
            for Standing { house, .. } in &self.houses {
                let hall = house.hall();
                let kept =
                    hall.all().filter_map(|seat| seat.kept()).find(|kept| *kept.id == *managed.id);
                let Some(kept) = kept.filter(|kept| kept.is_sound()) else { continue };
                if kept.sent() != managed.received {
                    let counted = format!("{} on a node", kept.sent());
                    return Err(Wrong::new(format!("{} stanzas sent", managed.received), counted));
                }
            }
        }
        Ok(())
    }

    fn need_several(&self) -> Result<(), Wrong> {
        let are_several = self.houses.len() > 1;
        are_several.then_some(()).ok_or_else(|| Wrong::new("several nodes", "one process"))
    }

    fn unplug_all_at(&mut self, at: usize) {
        let all: Vec<(usize, String)> = self.devices.keys().cloned().collect();
        for (place, device) in all {
            if self.node_of(place, &device) == at
                && let Some(device) = self.devices.get_mut(&(place, device))
            {
                device.unplug();
            }
        }
    }

    /// The same device comes to the same node, another one of the same member to another.
    fn node_of(&self, place: usize, device: &str) -> usize {
        (place + device.bytes().map(usize::from).sum::<usize>()) % self.houses.len().max(1)
    }

    fn wait_until_closed(&self, standing: Standing) {
        let Standing { house, company } = standing;
        company.abort();
        // Connections hold the house; each of them ends by itself as soon as its other end is gone.
        let deadline = std::time::Instant::now() + super::device::DEADLINE;
        while Arc::strong_count(&house) > 1 && std::time::Instant::now() < deadline {
            self.runtime.block_on(tokio::task::yield_now());
            std::thread::yield_now();
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

/// All nodes work with one server key: the first makes it, the others have a copy.
fn share_keys(data: &std::path::Path, own: &std::path::Path) -> Result<(), Wrong> {
    let (first, own) = (data.join("node0/keys"), own.join("keys"));
    if first.exists() && !own.exists() {
        let copied = std::fs::create_dir_all(&own)
            .and_then(|()| std::fs::copy(first.join("server.key"), own.join("server.key")));
        copied.map_err(|error| Wrong::new("a key for all", error.to_string()))?;
    }
    Ok(())
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
