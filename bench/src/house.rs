//! An installation of Konvent in a folder of its own: made by the regular import, peopled with accounts, served by the
//! regular binary in a process that can be measured and killed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use konvent_core::config::Config;
use konvent_core::{Answer, Clock, PersonId, Random, Tx};
use konvent_people::{accounts, offices, people, sample, units};
use konvent_server::House;
use konvent_wire::jid::BareJid;

use crate::device::Login;
use crate::{Done, sentence};

/// The organisation's name on the network; `.example` is nobody's (RFC 2606).
pub const DOMAIN: &str = "bench.example";

/// How long a server may take to open its doors.
const START: Duration = Duration::from_mins(2);

/// A folder with data, member files and settings.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The folder.
    pub folder: PathBuf,
}

/// Who lives in an installation.
#[derive(Debug, Clone)]
pub struct Folk {
    /// Members with app passwords; those of one unit of the lowest level, at most 40, come first.
    pub members: Vec<Login>,
    /// The room of that unit, where everybody speaks.
    pub room: BareJid,
    /// The room of the whole organisation, where office holders speak.
    pub hall: BareJid,
    /// Somebody who may speak in the hall.
    pub speaker: Login,
}

impl Installation {
    /// Settings, and member files of a made-up organisation; no data yet.
    pub fn found(folder: &Path, members: usize) -> Done<Self> {
        let own = Self { folder: folder.to_owned() };
        sample::write(&own.files(), members, 1).map_err(sentence("no sample"))?;
        own.write_settings()?;
        Ok(own)
    }

    /// Settings for this folder: all doors on the loopback, ports chosen by the system, plain streams allowed.
    pub fn write_settings(&self) -> Done {
        let text = format!(
            "domain = '{DOMAIN}'\nadmin = '1'\ndata = '{}'\nhttp = '127.0.0.1:0'\nxmpp = '127.0.0.1:0'\n\
             xmpps = '127.0.0.1:0'\nplaintext = '127.0.0.1:0'\n",
            self.data().display()
        );
        fs::create_dir_all(self.data()).map_err(sentence("no folder"))?;
        fs::write(self.settings(), text).map_err(sentence("no settings"))
    }

    /// Keeps the data in PostgreSQL.
    pub fn use_postgres(&self, url: &str) -> Done {
        let text = fs::read_to_string(self.settings()).map_err(sentence("no settings"))?;
        let text = format!("postgres = '{url}'\n{text}");
        fs::write(self.settings(), text).map_err(sentence("no settings"))
    }

    /// Makes somebody a technical admin.
    pub fn name_admin(&self, login: &Login) -> Done {
        let name = login.jid.node().map_or("", |node| node.as_str());
        let text = fs::read_to_string(self.settings()).map_err(sentence("no settings"))?;
        let text = format!("{text}[accounts]\nadmins = ['{name}']\n");
        fs::write(self.settings(), text).map_err(sentence("no settings"))
    }

    /// The settings file.
    pub fn settings(&self) -> PathBuf {
        self.folder.join("konvent.toml")
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.data().join("konvent.db")
    }

    /// The folder of the member files.
    pub fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// `konvent import` on this folder, ready to start.
    pub fn import(&self, verb: &str) -> Command {
        let mut command = konvent();
        command.args(["import", "--config"]).arg(self.settings()).arg(verb);
        for name in [sample::UNITS_FILE, sample::MEMBERS_FILE, sample::OFFICES_FILE] {
            command.arg(self.files().join(name));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Imports to the end.
    pub fn import_all(&self) -> Done {
        let status = self.import("--apply").status().map_err(sentence("no import"))?;
        if status.success() { Ok(()) } else { Err(format!("the import failed ({status})")) }
    }

    /// A copy in another folder, as if it had always been there.
    pub fn copy_to(&self, folder: &Path) -> Done<Self> {
        copy(&self.folder, folder)?;
        let own = Self { folder: folder.to_owned() };
        own.write_settings()?;
        Ok(own)
    }

    /// Gives accounts and app passwords to so many members, as their first sign-in would.
    pub fn people(&self, count: usize) -> Done<Folk> {
        let config = Config::read(&self.settings()).map_err(|refusal| refusal.chain())?;
        let house = House::open(config, Clock::System, Random::system())
            .map_err(|refusal| refusal.chain())?;
        let asked = std::sync::Arc::clone(&house);
        let folk = house.db().write_blocking(move |tx| people_in(&asked, tx, count));
        folk.map_err(|refusal| refusal.chain())
    }

    /// Serves it until it is stopped or killed.
    pub fn serve(&self) -> Done<Server> {
        let mut command = konvent();
        command.args(["serve", "--config"]).arg(self.settings());
        Server::start(&mut command)
    }
}

fn people_in(house: &House, tx: &mut Tx<'_>, count: usize) -> Answer<Folk> {
    let now = tx.now();
    let mut all = units::all(tx)?;
    all.retain(|unit| unit.kind == units::UnitKind::Territorial);
    let none = || konvent_core::Refusal::broken("bench.too-small", "no unit to talk in");
    let root = all.iter().find(|unit| unit.parent.is_none()).cloned().ok_or_else(none)?;
    let mut home = None;
    let mut most = 0;
    for unit in &all {
        let living = people::members_of(tx, unit.id)?;
        if living.len() > most && units::is_leaf(tx, unit.id)? {
            most = living.len();
            home = Some((unit.clone(), living));
        }
    }
    let (home, mut chosen) = home.ok_or_else(none)?;
    chosen.truncate(count.min(40));
    for person in people::members_under(tx, root.id)? {
        if chosen.len() >= count {
            break;
        }
        if !chosen.contains(&person) {
            chosen.push(person);
        }
    }
    let speaker = offices::holders_of(tx, root.id, offices::ROOMS_ANNOUNCE, now)?;
    let speaker = speaker.first().copied().ok_or_else(none)?;
    let members = chosen.iter().map(|person| login(house, tx, *person));
    Ok(Folk {
        members: members.collect::<Answer<_>>()?,
        room: house.domain().room(&home.address)?,
        hall: house.domain().room(&root.address)?,
        speaker: login(house, tx, speaker)?,
    })
}

fn login(house: &House, tx: &mut Tx<'_>, person: PersonId) -> Answer<Login> {
    let (account, _) = accounts::open(tx, house.key(), person)?;
    let (_, password) = accounts::make_app_password(tx, house.random(), account.id, "Bench")?;
    Ok(Login { jid: house.domain().account(&account.localpart)?, password })
}

/// The binary beside our own, quiet and without colours.
pub fn konvent() -> Command {
    let own = std::env::current_exe().unwrap_or_default();
    let mut folders = own.ancestors().skip(1).take(2); // tests lie one folder deeper
    let found = folders.find_map(|folder| {
        let program = folder.join("konvent");
        program.is_file().then_some(program)
    });
    let mut command = Command::new(found.unwrap_or_else(|| PathBuf::from("konvent")));
    command.env("NO_COLOR", "1").env_remove("KONVENT_LOG");
    command
}

/// A served installation. Dropped, it is killed.
pub struct Server {
    child: Child,
    /// Plain XMPP.
    pub xmpp: SocketAddr,
    /// XMPP with TLS from the first byte.
    pub xmpps: SocketAddr,
    /// The web.
    pub http: SocketAddr,
    /// How long it took to open its doors.
    pub start_secs: f64,
    complaints: mpsc::Receiver<String>,
}

impl Server {
    /// Starts it and waits until its doors are open.
    pub fn start(command: &mut Command) -> Done<Self> {
        let began = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(sentence("the server does not start"))?;
        let (opened, open) = mpsc::channel();
        let (complain, complaints) = mpsc::channel();
        let log = child.stderr.take().ok_or("no log")?;
        std::thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                if line.contains(" ERROR ") || line.contains(" WARN ") || line.contains("konvent:")
                {
                    let _ = complain.send(line.clone());
                }
                if let Some(doors) = doors(&line) {
                    let _ = opened.send(doors);
                }
            }
        });
        let Ok([http, xmpp, xmpps]) = open.recv_timeout(START) else {
            let _ = child.kill();
            let _ = child.wait();
            let said: Vec<String> = complaints.try_iter().collect();
            return Err(format!("the server did not open its doors: {}", said.join(" | ")));
        };
        let start_secs = began.elapsed().as_secs_f64();
        Ok(Self { child, xmpp, xmpps, http, start_secs, complaints })
    }

    /// All doors: HTTP, plain XMPP, XMPP with TLS.
    pub fn doors(&self) -> [SocketAddr; 3] {
        [self.http, self.xmpp, self.xmpps]
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it ends by itself within this time.
    pub fn ends_within(&mut self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself, which the counting will show
        let _ = self.child.wait();
    }

    /// Warnings and errors in its log so far.
    pub fn complaints(&self) -> Vec<String> {
        self.complaints.try_iter().collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The addresses without and with TLS in the line `open http=… xmpp=… xmpps=… plaintext=…`.
fn doors(line: &str) -> Option<[SocketAddr; 3]> {
    let find =
        |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok());
    // A demo has no door without TLS.
    let plain = find("plaintext=").or_else(|| find("xmpp="))?;
    Some([find("http=")?, plain, find("xmpps=")?])
}

fn copy(from: &Path, to: &Path) -> Done {
    fs::create_dir_all(to).map_err(sentence("no folder"))?;
    for entry in fs::read_dir(from).map_err(sentence("no folder"))? {
        let entry = entry.map_err(sentence("no folder"))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(sentence("no folder"))?;
        if kind.is_dir() {
            copy(&source, &target)?;
        } else if kind.is_file() {
            fs::copy(&source, &target).map_err(sentence("no copy"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_doors_are_read_from_the_log() {
        let line = "2026-11-21T22:00:00Z  INFO konvent_server::command: open http=127.0.0.1:1 \
                    xmpp=127.0.0.1:9 xmpps=127.0.0.1:3 plaintext=127.0.0.1:2 domain=\"a.example\"";
        let ports = doors(line).unwrap().map(|door| door.port());
        assert_eq!(ports, [1, 2, 3]);
        assert!(doors("INFO importing the member file joins=3").is_none());
    }
}
