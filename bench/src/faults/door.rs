//! Strangers at the doors: unfinished stanzas, half-open handshakes, requests that trickle in, and as many connections as
//! there are file handles. Meanwhile members sign in, and what strangers cost is bounded (TRUST S2 and O2).
//!
//! Sources are addresses of 127.0.0.0/8, which are all this machine's (RFC 1122 §3.2.1.3).

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::device::{self, Device, Login, Target};
use crate::house::{Folk, Installation, Server, konvent};
use crate::{Done, process, sentence};

/// Strangers who begin a stanza and never end it.
const UNFINISHED: usize = 1_000;
/// How much each of them sends: as much as it may, so that all is held, and as much as members may.
const UNFINISHED_BYTES: [usize; 2] = [9_900, 200_000];
/// Half-open connections at once, of all kinds together.
const STALLED: usize = 2_000;
/// From so many addresses.
const SOURCES: usize = 16;
/// Sign-ins of members meanwhile.
const SIGN_INS: usize = 100;

/// TRUST S2: what a stranger may make the server grow by, in KiB.
const EACH_KIB_MAX: f64 = 32.0;
/// TRUST S2: what members notice of it.
const SIGN_IN_MAX: Duration = Duration::from_millis(500);
/// Until when every stalled connection must be closed: 30 seconds, a farewell, and a busy machine.
const CLOSED_WITHIN: Duration = Duration::from_secs(45);
/// File handles of the server that runs out of them.
const FEW_HANDLES: u32 = 256;

/// How many checks held, and how many didn't.
#[derive(Debug, Default)]
pub struct Held {
    /// Held.
    pub passed: u32,
    /// Didn't.
    pub failed: u32,
}

impl Held {
    fn note(&mut self, what: &str, holds: bool) {
        println!("  {} {what}", if holds { "held  " } else { "FAILED" });
        if holds {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }
}

/// All of it, on servers of their own.
pub async fn run(template: &Installation, folk: &Folk, folder: &std::path::Path) -> Done<Held> {
    let mut held = Held::default();
    println!("\nstrangers at the doors");
    let house = template.copy_to(&folder.join("unfinished"))?;
    for way in ["TCP", "TLS", "WebSocket"] {
        for bytes in UNFINISHED_BYTES {
            // A fresh server each time: memory given back and taken again would not show.
            unfinished(&house.serve()?, folk, way, bytes, &mut held).await?;
        }
    }
    let house = template.copy_to(&folder.join("stalled"))?;
    stalled(&house.serve()?, folk, &mut held).await?;
    let house = template.copy_to(&folder.join("handles"))?;
    few_handles(&house, folk, &mut held).await?;
    Ok(held)
}

/// Connects from one of our own addresses.
async fn connect(to: SocketAddr, number: usize) -> Done<TcpStream> {
    let last = u8::try_from(number % SOURCES).unwrap_or_default() + 10;
    let socket = TcpSocket::new_v4().map_err(sentence("no socket"))?;
    socket.bind((Ipv4Addr::new(127, 0, 1, last), 0).into()).map_err(sentence("no address"))?;
    socket.connect(to).await.map_err(sentence("no connection"))
}

/// What 99 of 100 sign-ins take at most, one after the other.
async fn slowest(target: &Target, members: &[Login], count: usize) -> Done<Duration> {
    let mut all = Vec::new();
    for (number, login) in members.iter().cycle().take(count).enumerate() {
        let began = Instant::now();
        let mut device = Device::sign_in(target, login, &format!("door{number}")).await?;
        all.push(began.elapsed());
        device.say_goodbye().await;
    }
    all.sort_unstable();
    all.truncate(count - count / 100);
    Ok(all.pop().unwrap_or_default())
}

/// Stanzas that begin and never end, before sign-in, over TCP, TLS and WebSocket.
async fn unfinished(
    server: &Server,
    folk: &Folk,
    way: &str,
    bytes: usize,
    held: &mut Held,
) -> Done {
    let target = Target::plain(server.xmpp);
    slowest(&target, &folk.members, SIGN_INS).await?; // so that what everybody needs is there
    let before = process::rss_kib(server.pid())?;
    let mut lines = Vec::new();
    for number in 0..UNFINISHED {
        let filler = vec![b'x'; bytes];
        lines.push(tokio::spawn(one_unfinished(way.to_owned(), server.doors(), number, filler)));
    }
    let mut open = Vec::new();
    for line in lines {
        open.extend(line.await.map_err(sentence("a stranger fell"))?.ok());
    }
    let grown = process::rss_kib(server.pid())? - before;
    #[expect(clippy::cast_precision_loss, reason = "counts below a million")]
    let each = grown / UNFINISHED as f64;
    held.note(
        &format!(
            "{} unfinished stanzas of {bytes} bytes over {way}: {grown:.0} KiB, {each:.1} each",
            open.len()
        ),
        each <= EACH_KIB_MAX && open.len() == UNFINISHED,
    );
    let slow = slowest(&target, &folk.members, SIGN_INS).await?;
    held.note(&format!("sign-in meanwhile: p99 {} ms", slow.as_millis()), slow <= SIGN_IN_MAX);
    drop(open);
    Ok(())
}

/// A byte stream of either kind.
trait Socket: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send {}
impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send> Socket for S {}

fn lost(error: impl std::fmt::Display) -> String {
    format!("connection lost: {error}")
}

async fn one_unfinished(
    way: String,
    [http, xmpp, xmpps]: [SocketAddr; 3],
    number: usize,
    filler: Vec<u8>,
) -> Done<Box<dyn Socket>> {
    let open = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
                to='bench.example' version='1.0'><auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='";
    let mut line: Box<dyn Socket> = match way.as_str() {
        "TLS" => {
            let socket = connect(xmpps, number).await?;
            let name = rustls::pki_types::ServerName::try_from("bench.example").map_err(lost)?;
            Box::new(device::trusting()?.connect(name, socket).await.map_err(lost)?)
        }
        "WebSocket" => {
            let mut socket = connect(http, number).await?;
            let ask = format!(
                "GET /xmpp-websocket HTTP/1.1\r\nHost: {http}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                 Sec-WebSocket-Protocol: xmpp\r\n\r\n"
            );
            socket.write_all(ask.as_bytes()).await.map_err(lost)?;
            let mut answer = [0; 1024];
            let read = socket.read(&mut answer).await.map_err(lost)?;
            if !answer.get(..read).unwrap_or_default().starts_with(b"HTTP/1.1 101") {
                return Err("no WebSocket".to_owned());
            }
            // RFC 6455 §5.2: one text frame, masked with zeros, of the length of the filler and more.
            let mut head = vec![0x81, 0x80 | 127];
            head.extend((filler.len() as u64 + 10).to_be_bytes());
            head.extend([0; 4]);
            socket.write_all(&head).await.map_err(lost)?;
            Box::new(socket)
        }
        _ => Box::new(connect(xmpp, number).await?),
    };
    if way != "WebSocket" {
        line.write_all(open.as_bytes()).await.map_err(lost)?;
    }
    // The server may close before all is written, as it should; a stranger keeps the socket open all the same.
    let _ = timeout(Duration::from_secs(5), line.write_all(&filler)).await;
    Ok(line)
}

/// Connections that say little or nothing: each kind must be closed in time, and members sign in meanwhile.
async fn stalled(server: &Server, folk: &Folk, held: &mut Held) -> Done {
    let [http, xmpp, xmpps] = server.doors();
    let kinds: [(SocketAddr, &[u8]); 5] = [
        (xmpp, b""),
        (xmpp, b"<stream:stream xmlns='jabber:client' to='ben"),
        (xmpps, b"\x16\x03\x01\x02\x00\x01"),
        (http, b"GET / HTTP/1.1\r\nHost: bench"),
        (http, b"POST /api/sign-in HTTP/1.1\r\nHost: b\r\nContent-Length: 900\r\nContent-Type: application/json\r\n\r\n{"),
    ];
    let mut closing = Vec::new();
    for (number, (door, words)) in kinds.into_iter().cycle().take(STALLED).enumerate() {
        let mut socket = connect(door, number).await?;
        let _ = socket.write_all(words).await;
        closing.push(tokio::spawn(async move {
            let began = Instant::now();
            let mut space = [0; 1024];
            let end = async { while socket.read(&mut space).await.is_ok_and(|read| read > 0) {} };
            timeout(CLOSED_WITHIN, end).await.ok().map(|()| began.elapsed())
        }));
    }
    for (name, target) in [
        ("plain", Target::plain(xmpp)),
        ("TLS", super::super::figures::chat::target(xmpp, xmpps, true)?),
    ] {
        let slow = slowest(&target, &folk.members, SIGN_INS).await?;
        let slow_ms = slow.as_millis();
        held.note(
            &format!("{STALLED} half-open connections, sign-in {name}: p99 {slow_ms} ms"),
            slow <= SIGN_IN_MAX,
        );
    }
    let (mut closed, mut longest) = (0, Duration::ZERO);
    for one in closing {
        if let Some(lasted) = one.await.map_err(sentence("a stranger fell"))? {
            closed += 1;
            longest = longest.max(lasted);
        }
    }
    held.note(
        &format!(
            "{closed} of {STALLED} closed by the server, the last after {:.1} s",
            longest.as_secs_f64()
        ),
        closed == STALLED,
    );
    Ok(())
}

/// More connections than file handles: members of many accounts fill the house, and the admin gets in.
async fn few_handles(house: &Installation, folk: &Folk, held: &mut Held) -> Done {
    let (admin, members) = folk.members.split_last().ok_or("nobody")?;
    house.name_admin(admin)?;
    let mut command = Command::new("sh");
    command
        .env("NO_COLOR", "1")
        .args(["-c", "ulimit -n \"$0\"; exec \"$@\""])
        .arg(FEW_HANDLES.to_string());
    command.arg(konvent().get_program()).args(["serve", "--config"]).arg(house.settings());
    let server = Server::start(&mut command)?;
    let target = Target::plain(server.xmpp);
    let mut inside = Vec::new();
    let mut refused = 0;
    for (number, login) in members.iter().cycle().take(FEW_HANDLES as usize).enumerate() {
        match timeout(SIGN_IN_MAX * 4, Device::sign_in(&target, login, &format!("f{number}"))).await
        {
            Ok(Ok(device)) => inside.push(device),
            _ => refused += 1,
        }
    }
    let mut silent = Vec::new();
    for number in 0..FEW_HANDLES as usize {
        silent.extend(
            timeout(SIGN_IN_MAX, connect(server.xmpp, number)).await.ok().and_then(Result::ok),
        );
    }
    held.note(
        &format!(
            "{} members fill a server of {FEW_HANDLES} file handles, {refused} are refused",
            inside.len()
        ),
        !inside.is_empty() && refused > 0,
    );
    let admin = Device::sign_in(&target, admin, "rescue").await;
    held.note("the admin signs in all the same", admin.is_ok());
    let mut first = inside.swap_remove(0);
    held.note("who was inside still is", first.barrier().await.is_ok());
    Ok(())
}
