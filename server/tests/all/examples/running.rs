//! An example of the handbook as a process of its own, `konvent serve --config FILE`, with the other verbs of the command line
//! beside it. Only its data folder and its ports are other than the page says.

use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::files::stage::Answer;

/// How long anything may take on a busy machine.
pub const DEADLINE: Duration = Duration::from_mins(1);

const PAGE: &str = include_str!("../../../../docs/handbook/einstellungen.md");

/// The example below a heading, as it stands in the handbook.
pub fn example(heading: &str) -> &'static str {
    let below = PAGE.split(&format!("\n## {heading}\n")).nth(1).expect("the heading");
    below.split("```toml\n").nth(1).and_then(|text| text.split("\n```").next()).expect("an example")
}

/// The same with its data in a folder and its doors on this machine only, at ports that the system chooses. A door that is
/// not named stands where the defaults have it, so it is named.
fn here(example: &str, data: &Path) -> String {
    let near = |piece: &str| match piece.parse() {
        Ok(address) => nearby(address).to_string(),
        Err(_) => piece.to_owned(),
    };
    let moved = |line: &str| {
        if line.starts_with("data = ") {
            return format!("data = '{}'", data.display());
        }
        line.split('"').map(near).collect::<Vec<_>>().join("\"")
    };
    let is_named =
        |door: &&str| example.lines().any(|line| line.starts_with(&format!("{door} = ")));
    let others = ["http", "xmpp", "xmpps"].into_iter().filter(|door| !is_named(door));
    let others = others.map(|door| format!("{door} = \"127.0.0.1:0\""));
    others.chain(example.lines().map(moved)).collect::<Vec<_>>().join("\n")
}

fn nearby(address: SocketAddr) -> SocketAddr {
    let has_ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    let ip = match address.ip() {
        IpAddr::V6(ip) if ip.is_unspecified() && has_ipv6 => Ipv6Addr::LOCALHOST.into(),
        ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, 0)
}

/// A server that runs, and where its doors are.
pub struct Running {
    pub domain: String,
    pub http: SocketAddr,
    pub xmpp: SocketAddr,
    pub xmpps: Option<SocketAddr>,
    pub plaintext: Option<SocketAddr>,
    folder: tempfile::TempDir,
    server: Child,
    log: Receiver<String>,
}

impl Running {
    /// Starts the example and waits until its doors are open.
    pub fn new(heading: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = here(example(heading), &folder.path().join("data"));
        std::fs::write(folder.path().join("konvent.toml"), settings).unwrap();
        let mut server = konvent(folder.path(), &["serve"]).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let (tell, log) = mpsc::channel();
        // It reads on to the end: a server whose log nobody reads would stop.
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| {
                let _ = tell.send(line);
            });
        });
        let until = Instant::now() + DEADLINE;
        let mut said = Vec::new();
        let open = loop {
            match log.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(" plaintext=") => break line,
                Ok(line) => said.push(line),
                Err(late) => panic!("{heading}: {late}; it said:\n{}", said.join("\n")),
            }
        };
        let word = |name: &str| {
            let mut words = open.split_whitespace();
            words.find_map(|word| word.strip_prefix(name)).unwrap().trim_matches('"').to_owned()
        };
        let door = |name: &str| word(name).parse().ok();
        Self {
            domain: word("domain="),
            http: door("http=").unwrap(),
            xmpp: door("xmpp=").unwrap(),
            xmpps: door("xmpps="),
            plaintext: door("plaintext="),
            folder,
            server,
            log,
        }
    }

    /// What whoever runs the server types, such as `account add betrieb`, once the server takes orders.
    pub fn order(&self, words: &[&str]) -> Output {
        let door = self.folder.path().join("data/konvent.sock");
        let until = Instant::now() + DEADLINE;
        while !door.exists() {
            assert!(Instant::now() < until, "the server takes no orders");
            std::thread::sleep(Duration::from_millis(10)); // nobody tells when a file is there
        }
        konvent(self.folder.path(), words).output().unwrap()
    }

    /// The same when it is obeyed: what was printed.
    pub fn obeyed(&self, words: &[&str]) -> String {
        let done = self.order(words);
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The certificate that it made for itself, and no other.
    pub fn roots(&self) -> RootCertStore {
        let own = self.folder.path().join("data/tls/self-signed.pem");
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(own).unwrap()).unwrap();
        roots
    }

    /// One request on a connection of its own.
    pub async fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        let mut line = TcpStream::connect(self.http).await.unwrap();
        let own = [format!("Host: {}", self.domain), format!("Content-Length: {}", body.len())];
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        for header in own.iter().map(String::as_str).chain(headers.iter().copied()) {
            head.push_str(header);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        line.write_all(head.as_bytes()).await.unwrap();
        let _ = line.write_all(body).await; // a server that has heard enough may close
        Answer::read(line).await
    }

    /// JSON there and back; anything but success fails the test.
    pub async fn post(
        &self,
        path: &str,
        cookie: &str,
        body: serde_json::Value,
    ) -> (Answer, serde_json::Value) {
        let cookie = format!("Cookie: {cookie}");
        let headers = ["Content-Type: application/json", cookie.as_str()];
        let answer = self.ask("POST", path, &headers, body.to_string().as_bytes()).await;
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        let said = serde_json::from_slice(&answer.body).unwrap();
        (answer, said)
    }

    /// Ends it as a service manager does; it must end well, and in time.
    pub fn end(mut self) {
        let pid = Pid::from_child(&self.server);
        kill_process(pid, Signal::TERM).unwrap();
        let until = Instant::now() + DEADLINE;
        // The log ends with the process.
        while self.log.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
        assert!(Instant::now() < until, "the server does not end");
        assert!(self.server.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.server.kill(); // a test that failed leaves no server behind
        let _ = self.server.wait();
    }
}

/// `konvent WORDS --config FILE`
fn konvent(folder: &Path, words: &[&str]) -> Command {
    let (verb, rest) = words.split_first().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_konvent"));
    program.arg(verb).arg("--config").arg(folder.join("konvent.toml")).args(rest);
    program.env("NO_COLOR", "1").env("KONVENT_LOG", "info").stdin(Stdio::null());
    program
}
