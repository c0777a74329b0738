//! ejabberd: started as its own script starts it, but without a name on the network, so that two runs on one machine do not
//! meet and no port mapper is left behind; accounts register in-band (XEP-0077), for Mnesia's files cannot be written from here.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Furniture;
use crate::device::Login;
use crate::house::DOMAIN;
use crate::{Done, sentence};

/// How long an answer to a registration may take.
const ANSWER: Duration = Duration::from_secs(30);

pub fn command(folder: &Path) -> Done<Command> {
    let at = folder.display();
    let mut command = Command::new("erl");
    command
        .args(["-noinput", "+K", "true", "+P", "250000", "-mnesia", "dir"])
        .arg(format!("\"{at}/mnesia\""))
        .args(["-s", "ejabberd"])
        .env("EJABBERD_CONFIG_PATH", folder.join("ejabberd.yml"))
        .env("EJABBERD_LOG_PATH", folder.join("ejabberd.log"))
        .env("ERL_LIBS", library()?)
        .env("HOME", folder)
        .env("ERL_CRASH_DUMP", folder.join("crash"));
    Ok(command)
}

pub fn write_settings(folder: &Path, furniture: Furniture, (plain, tls): (u16, u16)) -> Done {
    let failed = sentence("ejabberd cannot be set up");
    let read = |name: &str| fs::read_to_string(folder.join(name)).map_err(&failed);
    let both = read("certificate.pem")? + &read("certificate.key")?;
    fs::write(folder.join("both.pem"), both).map_err(&failed)?;
    let archive =
        if furniture.is_archived() { "  mod_mam: {db_type: sql, default: always}\n" } else { "" };
    let seen = if furniture == Furniture::Halls {
        "[moderator]"
    } else {
        "[moderator, participant, visitor]"
    };
    let (at, rooms, is_kept) = (folder.display(), super::rooms(), furniture.is_archived());
    let text = format!(
        r#"hosts: ["{DOMAIN}"]
loglevel: warning
certfiles: ["{at}/both.pem"]
auth_method: internal
auth_password_format: scram
auth_scram_hash: sha256
registration_timeout: infinity
sql_type: sqlite
sql_database: "{at}/archive.sqlite"
listen:
  - {{port: {plain}, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144}}
  - {{port: {tls}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, max_stanza_size: 262144}}
modules:
  mod_blocking: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_client_state: {{}}
  mod_disco: {{}}
  mod_last: {{}}
{archive}  mod_muc:
    host: "{rooms}"
    max_users: 5000
    default_room_options: {{mam: {is_kept}, persistent: true, max_users: 5000, presence_broadcast: {seen}}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_pubsub: {{plugins: [flat, pep]}}
  mod_register: {{ip_access: all, access: all}}
  mod_roster: {{}}
  mod_stream_mgmt: {{max_ack_queue: infinity}}
  mod_vcard: {{}}
"#
    );
    fs::write(folder.join("ejabberd.yml"), text).map_err(&failed)
}

/// One short stream for each account.
pub fn register(door: SocketAddr, members: &[Login]) -> Done {
    for login in members {
        let name = login.jid.node().map_or("", |node| node.as_str());
        let failed = sentence("ejabberd registers nobody");
        let mut line = TcpStream::connect(door).map_err(&failed)?;
        line.set_read_timeout(Some(ANSWER)).map_err(&failed)?;
        let ask = format!(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{DOMAIN}' version='1.0'>\
             <iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{name}</username>\
             <password>{}</password></query></iq>",
            login.password
        );
        line.write_all(ask.as_bytes()).map_err(&failed)?;
        let mut said = String::new();
        let mut space = [0; 4096];
        while !said.contains("id='r'") {
            let read = line.read(&mut space).map_err(&failed)?;
            let Some(part) = space.get(..read).filter(|part| !part.is_empty()) else { break };
            said += &String::from_utf8_lossy(part);
        }
        if !said.contains("type='result'") {
            return Err(format!("ejabberd does not register {name}: {said}"));
        }
    }
    Ok(())
}

/// The folder in which Debian keeps ejabberd and the libraries it needs.
fn library() -> Done<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let inside =
        folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
    let mut found =
        inside.filter(|entry| entry.file_name().to_string_lossy().starts_with("ejabberd-"));
    let first = found.next().ok_or("ejabberd is not installed (apt-get install ejabberd)")?;
    first.path().parent().map(Path::to_owned).ok_or_else(|| "no folder".to_owned())
}
