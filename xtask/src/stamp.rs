//! Stamps: what was made from which bytes, so that nothing is made twice. A stamp is a file that holds a hash of the
//! sources; it lies beside what was made and goes away with it.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::shell::Done;

/// A hash over names and contents of `files`, and over `salt`.
pub fn of(files: &[PathBuf], salt: &str) -> Done<String> {
    let mut hasher = DefaultHasher::new();
    salt.hash(&mut hasher);
    for file in files {
        file.hash(&mut hasher);
        let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        bytes.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// All files below `folder` in a fixed order, without the folders named in `except`.
pub fn files_below(folder: &Path, except: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if !path.is_dir() {
                found.push(path);
            } else if !except.iter().any(|left_out| name == *left_out) {
                waiting.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Does `work` unless the stamp file already says `stamp`; then writes it.
pub fn unless_stamped(file: &Path, stamp: &str, work: impl FnOnce() -> Done) -> Done {
    if fs::read_to_string(file).is_ok_and(|old| old == stamp) {
        return Ok(());
    }
    work()?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    fs::write(file, stamp).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_once_for_the_same_sources_and_again_for_others() {
        let folder = std::env::temp_dir().join(format!("konvent-stamp-{}", std::process::id()));
        fs::create_dir_all(folder.join("src")).unwrap();
        let (source, file) = (folder.join("src/a.ts"), folder.join("stamp"));
        let mut done = 0;
        for text in ["one", "one", "two"] {
            fs::write(&source, text).unwrap();
            let stamp = of(&files_below(&folder.join("src"), &[]), "").unwrap();
            unless_stamped(&file, &stamp, || {
                done += 1;
                Ok(())
            })
            .unwrap();
        }
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(done, 2);
    }

    #[test]
    fn a_stamp_is_not_written_when_the_work_failed() {
        let file = std::env::temp_dir().join(format!("konvent-no-stamp-{}", std::process::id()));
        assert!(unless_stamped(&file, "x", || Err("no".to_owned())).is_err());
        assert!(!file.exists());
    }
}
