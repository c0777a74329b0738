//! The peer: Prosody with its archive in SQLite, on the loopback, in a folder of its own.
//!
//! Modules as an ordinary installation has them, no rate limits; accounts are written as its own files hold them.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use konvent_wire::client::Road;

use crate::device::{self, Login, Target};
use crate::house::{DOMAIN, Installation};
use crate::{Done, sentence};

/// How long it may take to open its doors.
const START: Duration = Duration::from_secs(30);

/// A running Prosody. Dropped, it is killed.
pub struct Prosody {
    child: Child,
    plain: SocketAddr,
    tls: SocketAddr,
}

impl Prosody {
    /// Starts it with these accounts and the self-signed certificate of one of our installations.
    pub fn start(folder: &Path, members: &[Login], certified: &Installation) -> Done<Self> {
        let failed = sentence("Prosody cannot be set up");
        let accounts = folder.join("data").join(DOMAIN.replace('.', "%2e")).join("accounts");
        fs::create_dir_all(&accounts).map_err(&failed)?;
        for login in members {
            let name = login.jid.node().map_or("", |node| node.as_str());
            let text = format!("return {{ [\"password\"] = \"{}\"; }};\n", login.password);
            fs::write(accounts.join(format!("{}.dat", encoded(name))), text).map_err(&failed)?;
        }
        let (plain, tls) = (free_port()?, free_port()?);
        let certificate = certified.data().join("tls");
        let settings = settings(folder, &certificate, plain.port(), tls.port());
        fs::write(folder.join("prosody.cfg.lua"), settings).map_err(&failed)?;
        let log = fs::File::create(folder.join("log")).map_err(&failed)?;
        let child = Command::new("prosody")
            .args(["-F", "--root", "--config"])
            .arg(folder.join("prosody.cfg.lua"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(&failed)?)
            .stderr(log)
            .spawn()
            .map_err(sentence(
                "Prosody does not start (apt-get install prosody lua-dbi-sqlite3)",
            ))?;
        let own = Self { child, plain, tls };
        let began = Instant::now();
        while TcpStream::connect(plain).is_err() || TcpStream::connect(tls).is_err() {
            if began.elapsed() > START {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(format!("Prosody does not open its doors: {log}"));
            }
            std::thread::sleep(Duration::from_millis(50)); // a program of others tells nobody when it is ready
        }
        Ok(own)
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Without TLS.
    pub fn plain(&self) -> Target {
        Target { address: self.plain, tls: None, road: Road::Classic }
    }

    /// With TLS from the first byte.
    pub fn tls(&self) -> Done<Target> {
        Ok(Target { address: self.tls, tls: Some(device::trusting()?), road: Road::Classic })
    }
}

impl Drop for Prosody {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings(folder: &Path, certificate: &Path, plain: u16, tls: u16) -> String {
    let (folder, certificate) = (folder.display(), certificate.display());
    format!(
        r#"data_path = "{folder}/data"
pidfile = "{folder}/prosody.pid"
plugin_paths = {{}}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "carbons", "pep", "smacks", "csi_simple", "blocklist", "vcard_legacy", "mam", "ping" }}
modules_disabled = {{ "s2s", "posix" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {plain} }}
c2s_direct_tls_ports = {{ {tls} }}
http_ports = {{}}
https_ports = {{}}
c2s_require_encryption = false
authentication = "internal_plain"
default_storage = "internal"
storage = {{ archive = "sql" }}
sql = {{ driver = "SQLite3", database = "{folder}/archive.sqlite" }}
default_archive_policy = true
limits = {{}}
log = {{ {{ levels = {{ min = "warn" }}, to = "console" }} }}
ssl = {{ certificate = "{certificate}/self-signed.pem", key = "{certificate}/self-signed.key" }}
VirtualHost "{DOMAIN}"
"#
    )
}

/// A name as Prosody's files have it: everything but letters and digits as `%xx`.
fn encoded(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02x}"); // writing to a string cannot fail
        }
    }
    out
}

/// A port that is free now; Prosody cannot say which one the system chose.
fn free_port() -> Done<SocketAddr> {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(sentence("no port"))?;
    door.local_addr().map_err(sentence("no port"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_prosody_reads_them() {
        assert_eq!(encoded("uwe.peters.2"), "uwe%2epeters%2e2");
    }
}
