//! The demo: a made-up party, imported through the regular import, served on loopback addresses. In the foreground
//! for a person (`cargo xtask demo`), or in the background for journeys and foreign clients.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::shell::{self, Done, cargo, command, target};
use crate::{setup, web};

/// How long a demo may take until it writes its ready file (an unoptimised import on a busy machine).
const READY_WITHIN: Duration = Duration::from_mins(4);

/// What the demo contract promises for SIGTERM.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// How often we look whether a state has been reached.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Builds everything and becomes `konvent demo` with the given arguments. `--release` comes first, if at all.
pub fn run(rest: &[String]) -> Done {
    setup::node()?;
    web::build()?;
    let (profile, rest) = match rest.split_first() {
        Some((first, rest)) if first == "--release" => ("release", rest),
        _ => ("debug", rest),
    };
    let mut build = cargo(["build", "--package", "konvent-server", "--bin", "konvent"]);
    if profile == "release" {
        build.arg("--release");
    }
    shell::run(&mut build)?;
    // Our process becomes the demo, so that Ctrl-C and SIGTERM reach it and nobody stands between.
    let program = target().join(profile).join("konvent");
    let error = Command::new(&program).arg("demo").args(rest).exec();
    Err(format!("{} did not start: {error}", program.display()))
}

/// All binaries in the development profile: the server, its benchmarks, the ballot tools.
pub fn build_binaries() -> Done {
    shell::run(&mut cargo(["build", "--workspace", "--bins"]))
}

/// A demo in the background with a data folder of its own. Dropping it stops it.
pub struct Demo {
    child: Child,
    folder: PathBuf,
}

impl Demo {
    /// Starts the built server on free ports and waits until it is ready.
    pub fn start(name: &str) -> Done<Self> {
        let folder = target().join("demos").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let log = File::create(folder.join("demo.log")).map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let program = target().join("debug/konvent");
        let child = command(&program)
            .arg("demo")
            .arg("--data")
            .arg(folder.join("data"))
            .args(["--http", "0", "--xmpp", "0", "--xmpps", "0"])
            .arg("--ready-file")
            .arg(folder.join("ready.json"))
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("{} did not start: {error}", program.display()))?;
        let mut demo = Self { child, folder };
        demo.wait_until_ready()?;
        Ok(demo)
    }

    /// The JSON of the demo contract: addresses, accounts, passwords, links.
    pub fn ready_file(&self) -> PathBuf {
        self.folder.join("ready.json")
    }

    /// Ends it as a service manager would; an error when it does not end cleanly in time.
    pub fn stop(mut self) -> Done {
        self.terminate();
        let deadline = Instant::now() + ENDS_WITHIN;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => {
                    return Err(self.with_log(&format!("the demo ended badly ({status})")));
                }
                Ok(None) if Instant::now() < deadline => std::thread::sleep(LOOK_EVERY),
                Ok(None) => return Err(self.with_log("the demo did not end within 5 s of SIGTERM")),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn wait_until_ready(&mut self) -> Done {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            if is_whole_json(&self.ready_file()) {
                return Ok(());
            }
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    return Err(
                        self.with_log(&format!("the demo ended before it was ready ({status})"))
                    );
                }
                Ok(None) if Instant::now() < deadline => std::thread::sleep(LOOK_EVERY),
                Ok(None) => return Err(self.with_log("the demo was not ready in time")),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// SIGTERM to our own child, by its number. The shell's own `kill` saves a dependency.
    fn terminate(&self) {
        let number = self.child.id().to_string();
        let _ = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &number]).status();
    }

    /// The sentence with the last lines of the demo's log.
    fn with_log(&self, sentence: &str) -> String {
        let log = fs::read_to_string(self.folder.join("demo.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.len().saturating_sub(20);
        format!(
            "{sentence}; its last lines were:\n{}",
            lines.get(last..).unwrap_or_default().join("\n")
        )
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.terminate();
            let deadline = Instant::now() + ENDS_WITHIN;
            while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
                std::thread::sleep(LOOK_EVERY);
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The file may be read while it is being written: only whole JSON counts.
fn is_whole_json(file: &Path) -> bool {
    fs::read(file).is_ok_and(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).is_ok())
}
