//! Words of the command line, the files they name, and randomness.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;

use konvent_ballot::random::Randomness;

/// Randomness of the operating system.
pub struct System;

impl Randomness for System {
    fn fill(&mut self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // without randomness every secret would be known: there is nothing to go on with
            eprintln!("kein Zufall vom Betriebssystem: {error}");
            std::process::exit(3);
        }
    }
}

pub type Trial<T> = Result<T, String>;

pub struct Arguments {
    pub command: String,
    named: HashMap<String, String>,
    pub files: Vec<String>,
}

impl Arguments {
    pub fn parse() -> Option<Self> {
        let mut all = std::env::args().skip(1);
        let command = all.next()?;
        let (mut named, mut files) = (HashMap::new(), Vec::new());
        while let Some(argument) = all.next() {
            match argument.strip_prefix("--") {
                Some(name) => drop(named.insert(name.to_owned(), all.next()?)),
                None => files.push(argument),
            }
        }
        Some(Self { command, named, files })
    }

    pub fn get(&self, name: &str) -> Trial<&str> {
        self.named.get(name).map(String::as_str).ok_or_else(|| format!("--{name} fehlt"))
    }

    /// A number where one is named, else nothing.
    pub fn maybe(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(String::as_str)
    }

    pub fn file(&self, name: &str) -> Trial<Vec<u8>> {
        read(self.get(name)?)
    }

    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Trial<T> {
        self.get(name)?.parse().map_err(|_| format!("--{name} ist keine Zahl"))
    }
}

pub fn read(path: &str) -> Trial<Vec<u8>> {
    fs::read(path).map(|bytes| bytes.trim_ascii_end().to_vec()).map_err(|e| format!("{path}: {e}"))
}

/// Writes a secret where only its owner reads it; never over an existing file.
pub fn keep_secret(path: &str, bytes: &[u8]) -> Trial<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|e| format!("{path}: {e}"))?;
    file.write_all(bytes).map_err(|e| format!("{path}: {e}"))
}

#[expect(clippy::unnecessary_wraps, reason = "the last step of a subcommand")]
pub fn show(bytes: &[u8]) -> Trial<()> {
    println!("{}", String::from_utf8_lossy(bytes));
    Ok(())
}

pub fn wrong(what: &str) -> impl FnOnce() -> String {
    let what = what.to_owned();
    move || format!("{what} ist nicht lesbar oder ungültig")
}
