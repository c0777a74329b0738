//! Secrets of the installation that lie in files beside the database, readable by the server's user only.
//!
//! Tokens and codes are kept in the database only under this key: a stolen database signs nobody in.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use konvent_core::{Answer, Kind, Random, Refusal};

/// A secret file cannot be read or made; the cause names it.
pub const UNUSABLE: Refusal = Refusal::new(Kind::Broken, "keys.unusable");

/// The 32 bytes in `folder/name`, made at the first call.
pub fn secret(folder: &Path, name: &str, random: &Random) -> Answer<[u8; 32]> {
    let file = folder.join(name);
    let unusable = |error: String| UNUSABLE.because(format!("{}: {error}", file.display()));
    if !file.exists() {
        fs::create_dir_all(folder).map_err(|error| unusable(error.to_string()))?;
        write_secret(&file, &random.bytes::<32>())?;
    }
    let bytes = fs::read(&file).map_err(|error| unusable(error.to_string()))?;
    bytes.try_into().map_err(|_| unusable("does not hold 32 bytes".to_owned()))
}

/// Writes a file that only its owner can read, whole or not at all.
pub fn write_secret(file: &Path, bytes: &[u8]) -> Answer<()> {
    let half = file.with_extension("new");
    let written = || {
        let mut open =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
        open.write_all(bytes)?;
        open.sync_all()?;
        fs::rename(&half, file)
    };
    written()
        .map_err(|error: std::io::Error| UNUSABLE.because(format!("{}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_secret_is_made_once_and_is_nobody_elses_business() {
        let folder = tempfile::tempdir().unwrap();
        let random = Random::seeded(1);
        let first = secret(folder.path(), "server.key", &random).unwrap();
        assert_eq!(secret(folder.path(), "server.key", &random).unwrap(), first);
        let mode = fs::metadata(folder.path().join("server.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
