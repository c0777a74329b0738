//! A house with its HTTP door open on a port of the system's, two members with cookies, and a client that says exactly what it
//! is told to, byte for byte.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use konvent_core::audit::Actor;
use konvent_core::config::Config;
use konvent_core::testing::START;
use konvent_core::{Clock, Random};
use konvent_files::upload::{File, Wish, secret_to_put};
use konvent_people::accounts::{self, Account, Purpose};
use konvent_people::people::{self, Details, MembershipKind, NewMembership, Status};
use konvent_people::units::{self, NewUnit, UnitKind};
use konvent_server::{House, flows, net};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How long anything may take; far more than it does.
const DEADLINE: Duration = Duration::from_secs(20);

pub struct Stage {
    pub house: Arc<House>,
    pub clock: Clock,
    pub data: tempfile::TempDir,
    pub address: SocketAddr,
    pub romeo: Account,
    pub tybalt: Account,
    pub cookie: String,
    pub other_cookie: String,
}

pub fn play<F: Future<Output = ()>>(test: impl FnOnce(Stage) -> F) {
    play_with("", test);
}

/// With further settings.
pub fn play_with<F: Future<Output = ()>>(settings: &str, test: impl FnOnce(Stage) -> F) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { test(Stage::set(settings).await).await });
    runtime.shutdown_timeout(Duration::from_secs(2));
}

impl Stage {
    async fn set(settings: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let settings = format!("domain = 'verona.example'\nadmin = '1'\n{settings}");
        let mut config = Config::parse(&settings).unwrap();
        data.path().clone_into(&mut config.data);
        let (clock, random) = (Clock::manual(START), Random::seeded(7));
        let house = House::open(config, clock.clone(), random.clone()).unwrap();
        Self::around(house, clock, data).await
    }

    /// A house that there is already, which has no members yet.
    pub async fn around(house: Arc<House>, clock: Clock, data: tempfile::TempDir) -> Self {
        let address = open_door(&house).await;
        let (romeo, cookie) = sign_in(&house, "Romeo").await;
        let (tybalt, other_cookie) = sign_in(&house, "Tybalt").await;
        Self { house, clock, data, address, romeo, tybalt, cookie, other_cookie }
    }

    /// The same people at another node of the service.
    pub async fn at(&self, house: Arc<House>) -> Self {
        Self {
            address: open_door(&house).await,
            house,
            clock: self.clock.clone(),
            data: tempfile::tempdir().unwrap(),
            romeo: self.romeo.clone(),
            tybalt: self.tybalt.clone(),
            cookie: self.cookie.clone(),
            other_cookie: self.other_cookie.clone(),
        }
    }

    pub async fn promise(&self, name: &str, size: u64) -> File {
        self.promise_as(name, size, None).await
    }

    pub async fn promise_as(&self, name: &str, size: u64, kind: Option<&str>) -> File {
        self.promise_to(&self.romeo, name, size, kind).await
    }

    pub async fn promise_of_tybalt(&self, name: &str, size: u64) -> File {
        self.promise_to(&self.tybalt, name, size, None).await
    }

    async fn promise_to(
        &self,
        account: &Account,
        name: &str,
        size: u64,
        kind: Option<&str>,
    ) -> File {
        let wish = Wish {
            account: account.id,
            person: account.person,
            name: name.to_owned(),
            size,
            media_type: kind.map(str::to_owned),
            room: None,
            is_resumable: false,
        };
        flows::upload::promise(&self.house, wish).await.unwrap()
    }

    pub fn secret(&self, file: &File) -> String {
        format!("Authorization: Bearer {}", secret_to_put(self.house.key(), &file.key))
    }

    /// Puts it as a well-behaved client does.
    pub async fn put(&self, file: &File, bytes: &[u8]) -> Answer {
        let head = [self.secret(file), format!("Content-Length: {}", bytes.len())];
        self.ask("PUT", &file.path(), &[&head[0], &head[1]], bytes).await
    }

    pub async fn get(&self, path: &str, headers: &[&str]) -> Answer {
        self.ask("GET", path, headers, b"").await
    }

    /// One request on a connection of its own.
    pub async fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        let mut line = self.begin(method, path, headers).await;
        let _ = line.write_all(body).await; // a server that has heard enough may close
        Answer::read(line).await
    }

    /// A request of which only the head is sent.
    pub async fn begin(&self, method: &str, path: &str, headers: &[&str]) -> TcpStream {
        let headers: Vec<&str> = headers.iter().copied().chain(["Connection: close"]).collect();
        self.begin_alone(method, path, &headers).await
    }

    /// The same with these headers and no others.
    pub async fn begin_alone(&self, method: &str, path: &str, headers: &[&str]) -> TcpStream {
        let mut line = TcpStream::connect(self.address).await.unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: verona.example\r\n");
        for header in headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        line.write_all(head.as_bytes()).await.unwrap();
        line
    }

    /// How many files lie in the store and on their way to it.
    pub fn files(&self) -> usize {
        count(&self.data.path().join("files"))
    }

    /// Waits until there are so many.
    pub async fn wait_for_files(&self, wanted: usize) {
        let until = std::time::Instant::now() + DEADLINE;
        while self.files() != wanted {
            assert!(std::time::Instant::now() < until, "{} files, not {wanted}", self.files());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn open_door(house: &Arc<House>) -> SocketAddr {
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = door.local_addr().unwrap();
    tokio::spawn(net::http::serve(Arc::clone(house), door));
    address
}

fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
}

pub async fn sign_in(house: &Arc<House>, name: &'static str) -> (Account, String) {
    let (key, random) = (house.key().clone(), house.random().clone());
    let code = house
        .db()
        .write(move |tx| {
            let unit = if let Some(unit) = units::by_key(tx, "01")? {
                unit.id
            } else {
                let kind = UnitKind::Territorial;
                let new = NewUnit { key: "01", parent: None, name: "Verona", level: "Ort", kind };
                units::found(tx, new)?.id
            };
            let details = Details { given: name.to_owned().into(), ..Details::default() };
            let person = people::enrol(tx, name, &details)?;
            let (kind, status) = (MembershipKind::Home, Status::Active);
            people::join(tx, &NewMembership { person, unit, kind, status, joined_on: None })?;
            accounts::issue_code(tx, &key, &random, Actor::Operator, person, Purpose::OneClick)
        })
        .await
        .unwrap();
    let signed =
        flows::member::sign_in(house, code.to_string(), None, "192.0.2.1".into(), "x".into());
    let signed = signed.await.unwrap();
    let device = &signed.device;
    let token = accounts::device_token(house.key(), device.id, device.generation, "cookie");
    (signed.account, format!("Cookie: konvent={token}"))
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub async fn read(mut line: TcpStream) -> Self {
        let mut all = Vec::new();
        // A reset after the answer is no matter: what was said before counts.
        let _ =
            tokio::time::timeout(DEADLINE, line.read_to_end(&mut all)).await.expect("an answer");
        let cut = all.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(all[..cut].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: all[cut + 4..].to_vec() }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(": ")?;
            own.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The code of a refusal.
    pub fn code(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let code = text.split("\"code\":\"").nth(1).unwrap_or_default();
        code.split('"').next().unwrap_or_default().to_owned()
    }
}
