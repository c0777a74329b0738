//! Running other programs: where the repository lies, commands that fail with a sentence, output that is shown and kept.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A step that worked, or a sentence that says what to do about it.
pub type Done<T = ()> = Result<T, String>;

/// Which arithmetic curve25519-dalek builds in; what is set outside is left alone.
const CURVE_BACKEND: &str = "CARGO_CFG_CURVE25519_DALEK_BACKEND";

/// The top folder of the repository.
pub fn top() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where cargo builds, and where everything else that can be made again lies.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), PathBuf::from)
}

/// A command in the top folder.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(top());
    command
}

/// The cargo that started us.
pub fn cargo<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words).env_remove("CARGO_MANIFEST_DIR");
    // Ballots are checked in half the time on processors with AVX-512 IFMA. The library asks the
    // processor when it runs and does without where it must; it only has to be built in, which the
    // library's build script decides by this variable and refuses on other architectures.
    if cfg!(target_arch = "x86_64") && std::env::var_os(CURVE_BACKEND).is_none() {
        command.env(CURVE_BACKEND, "avx512");
    }
    command
}

/// Throws a release build of curve25519-dalek away that was made without [`CURVE_BACKEND`], by a cargo
/// that nobody told: its build script does not name the variable, so cargo would keep it for ever.
pub fn fresh_curve() -> Done {
    let told = std::env::var(CURVE_BACKEND).ok();
    let Some(wanted) = told.or_else(|| cfg!(target_arch = "x86_64").then(|| "avx512".to_owned()))
    else {
        return Ok(());
    };
    let wanted = format!("curve25519_dalek_backend=\"{wanted}\"");
    let built = std::fs::read_dir(target().join("release/build")).into_iter().flatten().flatten();
    let is_stale = |said: String| !said.contains(&wanted);
    let stale = built
        .filter(|folder| folder.file_name().to_string_lossy().starts_with("curve25519-dalek-"))
        .filter_map(|folder| std::fs::read_to_string(folder.path().join("output")).ok())
        .any(is_stale);
    if stale {
        run(cargo(["clean", "--release", "--package"]).arg("curve25519-dalek"))?;
    }
    Ok(())
}

/// A script of `web/package.json`.
pub fn npm<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("npm");
    command.args(words).current_dir(top().join("web"));
    command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").env("FORCE_COLOR", "0");
    command
}

/// Runs it with our own input and output.
pub fn run(command: &mut Command) -> Done {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.status().map_err(|error| format!("`{shown}` did not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})")) }
}

/// Runs it quietly and returns what it printed; its complaints go into the sentence when it fails.
pub fn said(command: &mut Command) -> Done<String> {
    let shown = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{shown}` did not start: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(format!("`{shown}` failed ({}): {}", output.status, complaint.trim()))
    }
}

/// Runs it, shows each line of its output and hands it to `note`; says whether it ended well.
pub fn watched(command: &mut Command, mut note: impl FnMut(&str)) -> Done {
    let shown = shown(command);
    println!("$ {shown}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{shown}` did not start: {error}"))?;
    if let Some(output) = child.stdout.take() {
        // Read as bytes: a test may print what is no UTF-8.
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            note(&line);
        }
    }
    let status = child.wait().map_err(|error| format!("`{shown}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})")) }
}

/// Whether a program of that name can be started from here.
pub fn has(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

/// The command as a person would type it.
fn shown(command: &Command) -> String {
    let mut words = vec![
        Path::new(command.get_program())
            .file_name()
            .unwrap_or(command.get_program())
            .to_string_lossy()
            .into_owned(),
    ];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
