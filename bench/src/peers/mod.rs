//! The servers of others that are measured in the same run: Prosody and ejabberd as Debian has them, on the loopback, each
//! in a folder of its own, without rate limits, without connections to other servers.
//!
//! Left out: other databases than SQLite, clusters.

mod ejabberd;
mod prosody;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::device::Login;
use crate::house::DOMAIN;
use crate::{Done, sentence};

/// How long it may take to open its doors: ejabberd makes its tables first.
const START: Duration = Duration::from_mins(2);
/// How often its doors are tried meanwhile.
const KNOCK: Duration = Duration::from_millis(50);

/// Whose program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brand {
    /// Lua, one thread.
    Prosody,
    /// Erlang, all cores.
    Ejabberd,
}

/// What a measure needs of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Furniture {
    /// Chat without an archive.
    Passing,
    /// Everything is kept, in SQLite.
    Archived,
    /// Kept, and rooms in which everybody sees everybody come and go.
    Rooms,
    /// Kept, and rooms so large that only moderators are seen coming and going, as ours does it by itself.
    Halls,
}

impl Furniture {
    fn is_archived(self) -> bool {
        self != Self::Passing
    }
}

/// A running peer. Dropped, it is killed.
pub struct Peer {
    child: Child,
    command: PeerCommand,
    /// Without TLS.
    pub plain: SocketAddr,
    /// With TLS from the first byte.
    pub tls: SocketAddr,
}

/// How to start it, also a second time.
struct PeerCommand {
    brand: Brand,
    folder: PathBuf,
}

impl Peer {
    /// Starts it with these accounts and a self-signed certificate.
    pub fn start(
        brand: Brand,
        folder: &Path,
        furniture: Furniture,
        members: &[Login],
    ) -> Done<Self> {
        fs::create_dir_all(folder).map_err(sentence("no folder"))?;
        certify(folder)?;
        let (plain, tls) = (free_port()?, free_port()?);
        let command = PeerCommand { brand, folder: folder.to_owned() };
        let ports = (plain.port(), tls.port());
        match brand {
            Brand::Prosody => {
                prosody::write_accounts(folder, members)?;
                prosody::write_settings(folder, furniture, ports)?;
            }
            Brand::Ejabberd => ejabberd::write_settings(folder, furniture, ports)?,
        }
        let mut own = Self { child: command.spawn()?, command, plain, tls };
        own.wait()?;
        if brand == Brand::Ejabberd {
            ejabberd::register(plain, members)?;
        }
        Ok(own)
    }

    /// Ends it, lets its files be changed, and starts it again.
    pub fn restart_after(&mut self, change: impl FnOnce(&Path) -> Done) -> Done {
        self.end();
        change(&self.archive())?;
        self.child = self.command.spawn()?;
        self.wait()
    }

    /// The SQLite file of the archive.
    pub fn archive(&self) -> PathBuf {
        self.command.folder.join("archive.sqlite")
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn wait(&mut self) -> Done {
        let began = Instant::now();
        while TcpStream::connect(self.plain).is_err() || TcpStream::connect(self.tls).is_err() {
            let is_over = self.child.try_wait().is_ok_and(|status| status.is_some());
            if is_over || began.elapsed() > START {
                let log = fs::read_to_string(self.command.folder.join("log")).unwrap_or_default();
                return Err(format!("{:?} does not open its doors: {log}", self.command.brand));
            }
            std::thread::sleep(KNOCK); // a program of others tells nobody when it is ready
        }
        Ok(())
    }

    /// Asks it to end, as an init system does, so that its files are whole; kills it when it does not.
    fn end(&mut self) {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").arg(pid).status();
        let began = Instant::now();
        while began.elapsed() < START / 4 && !matches!(self.child.try_wait(), Ok(Some(_))) {
            std::thread::sleep(KNOCK);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl PeerCommand {
    fn spawn(&self) -> Done<Child> {
        let folder = &self.folder;
        let log = fs::File::create(folder.join("log")).map_err(sentence("no log"))?;
        let mut command = match self.brand {
            Brand::Prosody => prosody::command(folder),
            Brand::Ejabberd => ejabberd::command(folder)?,
        };
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(sentence("no log"))?)
            .stderr(log)
            .spawn()
            .map_err(sentence(
                "a peer does not start (apt-get install prosody lua-dbi-sqlite3 ejabberd erlang-p1-sqlite3)",
            ))
    }
}

/// A self-signed certificate on the same curve as ours, `certificate.pem` and `certificate.key`. Ours has no subject, which
/// ejabberd's certificate store does not survive.
fn certify(folder: &Path) -> Done {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", &format!("/CN={DOMAIN}"), "-addext"])
        .arg(format!("subjectAltName=DNS:{DOMAIN},DNS:*.{DOMAIN}"))
        .args(["-keyout", "certificate.key", "-out", "certificate.pem"])
        .current_dir(folder)
        .output()
        .map_err(sentence("no openssl"))?;
    let why = String::from_utf8_lossy(&made.stderr);
    if made.status.success() { Ok(()) } else { Err(format!("no certificate: {why}")) }
}

/// The name of the rooms' service at both.
pub fn rooms() -> String {
    format!("rooms.{DOMAIN}")
}

/// A port that is free now; neither of them can say which one the system chose.
fn free_port() -> Done<SocketAddr> {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(sentence("no port"))?;
    door.local_addr().map_err(sentence("no port"))
}
