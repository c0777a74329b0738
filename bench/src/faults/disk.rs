//! A full disk in the middle of a flood: what cannot be kept is refused and its sender told; what was acknowledged is there;
//! members still sign in; and when there is room again, the server goes on by itself. TRUST R5.
//!
//! The disk is a small memory file system in a mount namespace of its own, which outlives the server that is killed on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::flood::Flood;
use super::oracle::{self, Verdict};
use super::probe;
use crate::device::Target;
use crate::house::{Folk, Installation, Server, konvent};
use crate::{Done, sentence};

/// Size of the disk, in MiB.
const SIZE_MIB: u64 = 160;
/// What is left of it before the flood, in MiB.
const LEFT_MIB: u64 = 24;
/// How long the flood runs: it fills the rest of the disk in a part of this.
const FLOOD: Duration = Duration::from_secs(4);

/// Mounts the disk at `$0`, copies the folder `$1` onto it, says so, and keeps it until its input ends.
const HOLD: &str =
    r#"mount -t tmpfs -o "size=$2m" none "$0" && cp -a "$1/." "$0/" && echo ready && exec cat"#;

/// A mount namespace with a small disk.
struct Disk {
    holder: Child,
    at: PathBuf,
    is_user: bool,
}

impl Disk {
    fn mount(at: &Path, seed: &Path) -> Done<Self> {
        fs::create_dir_all(at).map_err(sentence("no folder"))?;
        for is_user in [false, true] {
            let mut command = Command::new("unshare");
            command.arg("--mount");
            if is_user {
                command.args(["--user", "--map-root-user"]); // without being root
            }
            let mut holder = command
                .args(["sh", "-c", HOLD])
                .arg(at)
                .arg(seed)
                .arg(SIZE_MIB.to_string())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .map_err(sentence("no unshare"))?;
            let mut said = String::new();
            if let Some(out) = holder.stdout.take() {
                let _ = std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut said);
            }
            if said.trim() == "ready" {
                return Ok(Self { holder, at: at.to_owned(), is_user });
            }
            let _ = holder.kill();
            let _ = holder.wait();
        }
        Err("this machine mounts no small disk: neither root nor user namespaces".to_owned())
    }

    /// The server on this disk.
    fn serve(&self, settings: &Path) -> Done<Server> {
        let mut command = Command::new("nsenter");
        command.args(["--mount", "--target", &self.holder.id().to_string()]);
        if self.is_user {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.env("NO_COLOR", "1").env_remove("KONVENT_LOG");
        command.arg(konvent().get_program()).args(["serve", "--config"]).arg(settings);
        Server::start(&mut command)
    }

    /// A path on the disk as others see it.
    fn seen(&self, name: &str) -> PathBuf {
        let inside = self.at.strip_prefix("/").unwrap_or(&self.at);
        Path::new(&format!("/proc/{}/root", self.holder.id())).join(inside).join(name)
    }

    /// Leaves only a little room.
    fn fill(&self) -> Done {
        let used = fs::read_dir(self.seen("")).map_err(sentence("no disk"))?.flatten();
        let used: u64 = used.filter_map(|entry| entry.metadata().ok()).map(|data| data.len()).sum();
        let size = (SIZE_MIB - LEFT_MIB) * 1024 * 1024 - used;
        let bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        fs::write(self.seen("filler"), bytes).map_err(sentence("the disk cannot be filled"))
    }

    fn empty(&self) -> Done {
        fs::remove_file(self.seen("filler")).map_err(sentence("the disk cannot be emptied"))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill(); // the namespace ends with its last process
        let _ = self.holder.wait();
    }
}

/// Fills the disk during a flood, makes room again, kills the server and counts. Whether all was well.
pub async fn run(template: &Installation, folk: &Folk, folder: &Path) -> Done<bool> {
    let place = folder.join("disk");
    let house = template.copy_to(&place)?;
    let seed = folder.join("disk-seed");
    fs::rename(house.data(), &seed).map_err(sentence("no folder"))?;
    let disk = Disk::mount(&house.data(), &seed)?;
    let mut server = disk.serve(&house.settings())?;
    disk.fill()?;
    let welcomes = probe::is_ready(server.http).await?;
    let mut flood = Flood::begin(&server, folk).await?;
    tokio::time::sleep(FLOOD).await; // a length of work, not a wait for a state
    let tried = probe::is_kept(&Target::plain(server.xmpp), folk).await;
    let still_welcomes = probe::is_ready(server.http).await?;
    disk.empty()?;
    let recovered = probe::until_kept(&Target::plain(server.xmpp), folk).await;
    server.kill();
    flood.end().await;
    let server = disk.serve(&house.settings())?;
    let archives = oracle::read(&server, folk).await?;
    let mut verdict = Verdict::default();
    oracle::after_the_fault(&flood, &archives, &mut verdict);
    let is_well =
        verdict.is_lossless() && verdict.refused > 0 && tried == Ok(false) && recovered.is_ok();
    // Whoever balances load sends nobody to a server that refuses words.
    let is_well = is_well && welcomes && !still_welcomes;
    println!(
        "  {}; sign-in on the full disk: {}; ready before: {welcomes}, on the full disk: {still_welcomes}; {}",
        verdict.counted(),
        tried.err().unwrap_or_else(|| "works".to_owned()),
        recovered
            .map_or_else(|why| why, |time| format!("keeps again after {} ms", time.as_millis())),
    );
    verdict.show_examples();
    Ok(is_well)
}
