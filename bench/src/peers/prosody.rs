//! Prosody: modules as an ordinary installation has them, accounts written as its own files hold them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::Furniture;
use crate::device::Login;
use crate::house::DOMAIN;
use crate::{Done, sentence};

/// It replaces each password by its SCRAM keys at the first sign-in.
pub fn write_accounts(folder: &Path, members: &[Login]) -> Done {
    let failed = sentence("Prosody cannot be set up");
    let accounts = folder.join("data").join(DOMAIN.replace('.', "%2e")).join("accounts");
    fs::create_dir_all(&accounts).map_err(&failed)?;
    for login in members {
        let name = login.jid.node().map_or("", |node| node.as_str());
        let text = format!("return {{ [\"password\"] = \"{}\"; }};\n", login.password);
        fs::write(accounts.join(format!("{}.dat", encoded(name))), text).map_err(&failed)?;
    }
    Ok(())
}

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new("prosody");
    command.args(["-F", "--root", "--config"]).arg(folder.join("prosody.cfg.lua"));
    command
}

pub fn write_settings(folder: &Path, furniture: Furniture, (plain, tls): (u16, u16)) -> Done {
    let at = folder.display();
    let (mam, muc_mam) =
        if furniture.is_archived() { (r#", "mam""#, r#""muc_mam""#) } else { ("", "") };
    let everybody = furniture != Furniture::Halls;
    let rooms = super::rooms();
    let text = format!(
        r#"data_path = "{at}/data"
pidfile = "{at}/prosody.pid"
plugin_paths = {{}}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "carbons", "pep", "smacks", "csi_simple", "blocklist", "vcard_legacy", "ping"{mam} }}
modules_disabled = {{ "s2s", "posix" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {plain} }}
c2s_direct_tls_ports = {{ {tls} }}
http_ports = {{}}
https_ports = {{}}
c2s_require_encryption = false
authentication = "internal_hashed"
password_hash = "SHA-256"
default_storage = "internal"
storage = {{ archive = "sql" }}
sql = {{ driver = "SQLite3", database = "{at}/archive.sqlite" }}
default_archive_policy = true
limits = {{}}
log = {{ {{ levels = {{ min = "warn" }}, to = "console" }} }}
ssl = {{ certificate = "{at}/certificate.pem", key = "{at}/certificate.key" }}
VirtualHost "{DOMAIN}"
Component "{rooms}" "muc"
  modules_enabled = {{ {muc_mam} }}
  muc_room_locking = false
  muc_log_by_default = true
  muc_room_default_presence_broadcast = {{ visitor = {everybody}, participant = {everybody}, moderator = true }}
"#
    );
    fs::write(folder.join("prosody.cfg.lua"), text).map_err(sentence("Prosody cannot be set up"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_prosody_reads_them() {
        assert_eq!(encoded("uwe.peters.2"), "uwe%2epeters%2e2");
    }
}
