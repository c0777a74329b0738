//! The two programs, run as a trustee, a registrar, a voter and an auditor run them.

#![expect(clippy::unwrap_used, reason = "helpers of a test outside a test function")]

mod marks;
mod threshold;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder that vanishes.
struct Desk(PathBuf);

impl Desk {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ballot-desk-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn run(&self, program: &str, arguments: &str) -> (i32, String) {
        let arguments = arguments.split_whitespace();
        let output = Command::new(program).args(arguments).current_dir(&self.0).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(text).unwrap())
    }

    /// Runs `ballot-tool`, which must succeed; keeps its output in a file.
    fn tool(&self, arguments: &str, output: &str) -> String {
        let (status, text) = self.run(env!("CARGO_BIN_EXE_ballot-tool"), arguments);
        assert_eq!(status, 0, "{arguments}: {text}");
        if !output.is_empty() {
            std::fs::write(self.0.join(output), text.trim_end()).unwrap();
        }
        text.trim_end().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// What several files hold, one a line.
    fn collect(&self, names: &[String], into: &str) {
        let lines: Vec<String> = names.iter().map(|name| self.read(name) + "\n").collect();
        self.write(into, &lines.concat());
    }

    fn refused(&self, arguments: &str) -> String {
        let (status, text) = self.run(env!("CARGO_BIN_EXE_ballot-tool"), arguments);
        assert_ne!(status, 0, "{arguments}");
        text
    }

    fn verify(&self, arguments: &str) -> (i32, String) {
        self.run(env!("CARGO_BIN_EXE_ballot-verify"), arguments)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
