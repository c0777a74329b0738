//! A version of `belenios-tool` as a foreign judge: its commands, and what differs between versions.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use konvent_ballot::archive::{Name, Records};

/// One installed version.
#[derive(Debug, Clone)]
pub struct Tool {
    /// How it is started.
    pub program: String,
    /// `2.0`, `3.0`, `3.3.0`.
    pub version: String,
}

/// What went wrong, for the table's footnotes.
pub type Trial<T> = Result<T, String>;

impl Tool {
    /// Finds out whether a program is there and which version it is.
    pub fn find(program: &str) -> Option<Self> {
        let output = Command::new(program).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let version = text.split_whitespace().next()?.to_owned();
        output.status.success().then(|| Self { program: program.to_owned(), version })
    }

    /// Whether it is of the generation that the gate stands on.
    pub fn is_old(&self) -> bool {
        self.version.starts_with("2.")
    }

    /// Whether one of its trustees and one of ours can sit in one threshold ceremony. Version 2.0 has an older form of
    /// certificates, and a mixture of both forms is neither; 3.0 seals its letters with AES-CCM, and specification 3.3.0
    /// with AES-GCM.
    pub fn shares_ceremonies(&self) -> bool {
        !self.is_old() && !self.version.starts_with("3.0")
    }

    /// Runs a command in a folder; its standard output when it succeeds.
    pub fn run(&self, dir: &Path, args: &[&str], input: &[u8]) -> Trial<Vec<u8>> {
        let fail = |what: &dyn std::fmt::Display| format!("{} {args:?}: {what}", self.version);
        let mut child = Command::new(&self.program)
            .args(args)
            .current_dir(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| fail(&e))?;
        let mut stdin = child.stdin.take().ok_or_else(|| fail(&"no input"))?;
        let input = input.to_vec();
        // a tool that reads nothing closes its input early: that is no fault
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().map_err(|e| fail(&e))?;
        drop(feeder.join());
        if output.status.success() {
            return Ok(output.stdout);
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors.lines().last().unwrap_or("no reason given");
        Err(fail(&last.chars().take(200).collect::<String>()))
    }

    /// `election verify`, and for newer versions `election verify-ballot` on every ballot: their
    /// `verify` does not wait for the ballots' checks.
    pub fn judge(&self, archive: &[u8], ballots: &[Vec<u8>]) -> Trial<()> {
        let dir = Folder::new()?;
        dir.write("election.bel", archive)?;
        self.run(dir.path(), &["election", "verify"], b"")?;
        if !self.is_old() {
            // against the setup alone, or it calls the ballot a duplicate of itself
            dir.write("election.bel", archive.get(..setup_length(archive)).unwrap_or_default())?;
            for ballot in ballots {
                dir.write("ballot.json", ballot)?;
                let args = ["election", "verify-ballot", "--ballot", "ballot.json"];
                self.run(dir.path(), &args, b"")?;
            }
        }
        Ok(())
    }

    /// The option that names the file with the choices.
    pub fn choice_option(&self) -> &'static str {
        if self.is_old() { "--ballot" } else { "--choice" }
    }
}

/// The length of an archive up to its first event.
fn setup_length(archive: &[u8]) -> usize {
    let mut records = Records::default();
    records.push(archive);
    let mut length = 0;
    while let Some(Ok(record)) = records.next_record() {
        length += 512 + record.body.len().next_multiple_of(512);
        if matches!(record.name, Name::Event(_)) {
            break;
        }
    }
    length
}

/// A folder that vanishes.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A fresh folder.
    pub fn new() -> Trial<Self> {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ballot-matrix-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).map_err(|e| e.to_string())?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Trial<()> {
        std::fs::write(self.0.join(name), bytes).map_err(|e| format!("{name}: {e}"))
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> Trial<Vec<u8>> {
        std::fs::read(self.0.join(name)).map_err(|e| format!("{name}: {e}"))
    }

    /// The files with an ending, sorted.
    pub fn files(&self, ending: &str) -> Trial<Vec<PathBuf>> {
        let entries = std::fs::read_dir(&self.0).map_err(|e| e.to_string())?;
        let mut files: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|e| e == ending))
            .collect();
        files.sort();
        Ok(files)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
