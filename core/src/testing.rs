//! The storage twins: the same test on SQLite and on a PostgreSQL that the tests start themselves.
//!
//! Only built for tests (feature `testing`). One PostgreSQL serves a whole test process; every test has its own schema.
//! It ends with the process, however that ends: a small shell waits on a pipe that the process holds.

use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::about::About;
use crate::clock::{Clock, Millis};
use crate::db::{Db, Storage, Value};

/// The moment at which tests begin: Saturday, 21 November 2026, 20:00 in Berlin.
pub const START: Millis = Millis(1_795_287_600_000);

/// Plays `test` once on each engine, with a hand-set clock that stands at [`START`].
pub fn twins(features: &[&About], test: impl Fn(&Db, &Clock)) {
    for storage in [sqlite(), postgres()] {
        let clock = Clock::manual(START);
        let db = Db::open(&storage.0, features, &clock).unwrap_or_else(|r| panic!("{}", r.chain()));
        eprintln!("on {:?}", storage.0);
        test(&db, &clock);
    }
}

/// How SQLite goes about a statement: which tables it reads, by which indexes.
pub fn plan(features: &[&About], statement: &str, given: &[Value<'_>]) -> Vec<String> {
    let scratch = sqlite();
    let db = Db::open(&scratch.0, features, &Clock::manual(START)).expect("a storage");
    let question: &'static str = format!("explain query plan {statement}").leak();
    db.read_blocking(|reader| reader.rows(question, given, |row| row.get(3))).expect("a plan")
}

/// A storage for one test and the folder it lives in, if it needs one.
#[derive(Debug)]
pub struct Scratch(
    pub Storage,
    #[expect(dead_code, reason = "held until the test ends")] Option<tempfile::TempDir>,
);

/// An embedded database in a folder of its own.
pub fn sqlite() -> Scratch {
    let folder = tempfile::tempdir().expect("a temporary folder");
    Scratch(Storage::Sqlite(folder.path().join("konvent.db")), Some(folder))
}

/// A fresh schema in the PostgreSQL of this process.
pub fn postgres() -> Scratch {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static SCHEMAS: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(|| Server::start(USUAL_PORT, &[], &[]));
    let schema = format!("t{}", SCHEMAS.fetch_add(1, Ordering::Relaxed));
    Scratch(Storage::Postgres { url: server.url.clone(), schema }, None)
}

/// A PostgreSQL for one test, which listens on loopback and speaks TLS with this certificate and key; none if they are empty.
pub fn postgres_with_tls(certificate: &str, key: &str) -> Server {
    let door = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = door.local_addr().expect("a port").port();
    drop(door);
    let mut options = vec!["listen_addresses=localhost"];
    if !certificate.is_empty() {
        options.extend(["ssl=on", "ssl_cert_file=../server.crt", "ssl_key_file=../server.key"]);
    }
    Server::start(port, &options, &[("server.crt", certificate), ("server.key", key)])
}

/// What a PostgreSQL listens at that nobody reaches but by its socket.
const USUAL_PORT: u16 = 5432;

/// A PostgreSQL of the tests' own; it ends with this value or the process.
#[derive(Debug)]
pub struct Server {
    url: String,
    folder: PathBuf,
    port: u16,
    _keeper: Child,
    /// Closed by the operating system when the process ends; then the keeper stops PostgreSQL and removes the folder.
    _leash: ChildStdin,
}

/// Makes a cluster, starts it on a socket in its own folder, says `ready`, and cleans up when its input ends.
const KEEPER: &str = r#"
    set -e
    programs=$1 folder=$2 port=$3
    shift 3
    "$programs/initdb" -D "$folder/data" -U konvent -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1
    "$programs/postgres" -D "$folder/data" -k "$folder" -p "$port" -c listen_addresses= -c fsync=off -c max_connections=200 "$@" \
        >"$folder/server.log" 2>&1 &
    server=$!
    for _ in $(seq 600); do "$programs/pg_isready" -q -h "$folder" -p "$port" -U konvent && break; sleep 0.05; done
    "$programs/pg_isready" -q -h "$folder" -p "$port" -U konvent && echo ready
    cat >/dev/null || true
    kill -INT $server; wait $server || true
    rm -rf "$folder"
"#;

impl Server {
    /// Its port; its socket is in its folder.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn start(port: u16, options: &[&str], files: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("konvent-pg-").tempdir();
        let folder = folder.expect("a folder for PostgreSQL").keep(); // the keeper removes it
        for (name, text) in files {
            give(&folder.join(name), text);
        }
        let mut keeper = command_as_nobody_special(&folder)
            .args(["sh", "-c", KEEPER, "keeper"])
            .arg(binaries())
            .arg(&folder)
            .arg(port.to_string())
            .args(options.iter().flat_map(|option| ["-c", option]))
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell for PostgreSQL");
        let leash = keeper.stdin.take().expect("a pipe");
        let mut said = std::io::BufReader::new(keeper.stdout.take().expect("a pipe"));
        let mut line = String::new();
        std::io::BufRead::read_line(&mut said, &mut line).expect("the keeper speaks");
        assert_eq!(
            line.trim(),
            "ready",
            "PostgreSQL did not start: {}",
            ["initdb.log", "server.log"]
                .map(|log| std::fs::read_to_string(folder.join(log)).unwrap_or_default())
                .concat()
        );
        let url = format!("host={} user=konvent dbname=postgres", folder.display());
        Self { url, folder, port, _keeper: keeper, _leash: leash }
    }
}

/// A file that belongs to whom PostgreSQL runs as, and that nobody else reads.
fn give(file: &Path, text: &str) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    std::fs::write(file, text).expect("a file for PostgreSQL");
    let only_owner = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(file, only_owner).expect("a file of one's own");
    if std::fs::metadata(file).is_ok_and(|meta| meta.uid() == 0) {
        let owner = Command::new("chown").arg("postgres").arg(file).status();
        assert!(owner.is_ok_and(|status| status.success()), "no user `postgres`");
    }
}

/// PostgreSQL refuses to run as root, so root hands over to the user that Debian's package makes.
fn command_as_nobody_special(folder: &Path) -> Command {
    use std::os::unix::fs::MetadataExt;
    let is_root = std::fs::metadata(folder).is_ok_and(|meta| meta.uid() == 0);
    if is_root {
        let owner = Command::new("chown").arg("postgres").arg(folder).status();
        assert!(
            owner.is_ok_and(|status| status.success()),
            "no user `postgres` to run PostgreSQL as"
        );
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        command
    } else {
        Command::new("env")
    }
}

/// The newest PostgreSQL of Debian's layout, or what `pg_config` names.
fn binaries() -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| {
        let output =
            Command::new("pg_config").arg("--bindir").output().expect("PostgreSQL is installed");
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
    })
}

/// Every SQL statement in the `store.rs` files and `store` folders below a folder, for [`Db::check_statement`].
///
/// Finds literals handed to `run`, `one`, `rows` and `each`. A statement that is no literal there would be missed, so a
/// store without any is an error. Leaks the texts, which a test may.
pub fn statements_of(folder: &Path) -> Vec<&'static str> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(statements_of(&path));
        } else if path.file_name().is_some_and(|name| name == "store.rs")
            || folder.file_name().is_some_and(|name| name == "store")
        {
            let source = std::fs::read_to_string(&path).expect("a source file");
            let statements = literals(&source);
            assert!(!statements.is_empty(), "no statement in {}", path.display());
            found.extend(statements.into_iter().map(|text| &*text.leak()));
        }
    }
    found
}

/// The string literals that are the first argument of a storage call.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in [".run(", ".one(", ".rows(", ".each("] {
        for (at, _) in source.match_indices(call) {
            let behind = source.get(at + call.len()..).unwrap_or_default().trim_start();
            found.extend(behind.strip_prefix('"').map(unescaped));
        }
    }
    found
}

/// Text up to the closing quote, with Rust's escapes taken back.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(character) = chars.next() {
        match character {
            '"' => break,
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                Some(other) => out.push(other),
                None => {}
            },
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_found_as_the_compiler_reads_them() {
        let source = "tx.run(\n  \"insert \\\n    into \\\"t\\\"\",\n &[]); reader.one(sql, &[]); reader.each(\"select 1\", …)";
        assert_eq!(literals(source), ["insert into \"t\"", "select 1"]);
    }
}
