//! The files of the repository: those that git tracks or would track.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A text file of ours.
#[derive(Debug, Clone)]
pub struct Source {
    /// From the top folder: `people/src/units/mod.rs`.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

impl Source {
    /// Whether it only holds tests.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// Whether its name has that ending (`rs`).
    pub fn is(&self, ending: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, own)| own == ending)
    }

    /// File name without folder.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Folder without the closing slash.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// The top folder of the repository.
pub fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file that is tracked or new and not ignored. Needs git, as every clone does.
pub fn all() -> &'static [Source] {
    static FILES: OnceLock<Vec<Source>> = OnceLock::new();
    FILES.get_or_init(|| {
        let list = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(top())
            .output()
            .expect("git lists the files");
        assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
        let mut paths: Vec<String> = String::from_utf8(list.stdout)
            .expect("file names are UTF-8")
            .split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect();
        paths.sort();
        paths.dedup();
        // What cannot be read as text (a picture) or is gone from the work tree is no source.
        paths
            .into_iter()
            .filter_map(|path| {
                let text = std::fs::read_to_string(top().join(PathBuf::from(&path))).ok()?;
                Some(Source { path, text })
            })
            .collect()
    })
}

/// All files with that ending.
pub fn with_ending(ending: &str) -> Vec<Source> {
    all().iter().filter(|file| file.path.ends_with(ending)).cloned().collect()
}

#[test]
fn the_list_of_files_is_not_empty() {
    // The other tests look for what must not be there: without files they would find nothing and be content.
    for must in ["Cargo.toml", "core/src/lib.rs", "server/tests/all/tidy/files.rs"] {
        assert!(all().iter().any(|file| file.path == must), "{must} is not in the list");
    }
}
