//! One of three nodes is cut off from the database, the bus and the other nodes, while its clients still reach it: packets
//! vanish and nobody tells it so. It may acknowledge nothing that the others do not have, must end when it is let in again
//! (it was declared dead), and serves after a new start. TRUST R1.
//!
//! The node lives in a network namespace, with a wire to a switch (database, bus, the other nodes) and one to its guests; the
//! switch is in a network namespace of its own, too, so nothing of this machine's network is touched. Where none can be made,
//! the run says so; a node that is stopped (`--nodes`) is what comes nearest.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use konvent_wire::client::Road;

use super::cluster::Cluster;
use super::flood::Flood;
use super::oracle::Verdict;
use super::{judge, nodes, probe};
use crate::device::{self, Target};
use crate::house::{Folk, Installation, Server, konvent};
use crate::{Done, sentence};

/// The word that tells this program that it runs in a network of its own.
pub const INSIDE: &str = "--inside";
/// How long the flood runs before the cut, and after the node is there again.
const STEP: Duration = Duration::from_secs(2);
/// How long the node is cut off: much longer than a lease and than an open transaction may be idle (five seconds).
const CUT: Duration = Duration::from_secs(15);
/// How long a node that was left behind may take to end. Its packets are sent again at growing distances.
const ENDS_WITHIN: Duration = Duration::from_mins(1);
/// Database, bus and switch. The networks are those of examples (RFC 5737).
const HUB: &str = "192.0.2.1";
/// The node, as the hub sees it.
const NODE: &str = "192.0.2.2/24";
/// The node, as its guests see it.
const DOOR: &str = "198.51.100.2";
/// The bus; in a network of our own every port is free.
const BUS: u16 = 4222;

/// The two networks, made in the order in which they hang together. `$0` is the process that holds the node's.
const LAY: &str = "set -e
    ip link set lo up
    ip link add city type bridge
    ip address add 192.0.2.1/24 dev city
    ip link set city up
    ip link add wire type veth peer name wire-far
    ip link set wire master city up
    ip link add guests type veth peer name guests-far
    ip address add 198.51.100.1/24 dev guests
    ip link set guests up
    ip link set wire-far netns $0
    ip link set guests-far netns $0";

/// What is done in the node's own network.
const LAY_FAR: &str = "set -e
    ip link set lo up
    ip address add $0 dev wire-far
    ip link set wire-far up
    ip address add $1/24 dev guests-far
    ip link set guests-far up";

/// Runs everything in a network of its own; whether all was well. `None` where there can be none, and it says so.
pub fn run_apart() -> Done<Option<bool>> {
    let alone = Command::new("unshare").args(["--net", "ip", "link", "set", "lo", "up"]).output();
    let why = match alone {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(why) = why {
        println!(
            "  NOT RUN: one of three nodes cut off: this machine makes no network namespaces ({why}); a stopped node is what comes nearest"
        );
        return Ok(None);
    }
    let own = std::env::current_exe().map_err(sentence("no program"))?;
    let mut apart = Command::new("unshare");
    apart.arg("--net").arg(own).args(["faults", "--cut-off", INSIDE]);
    let status = apart.status().map_err(sentence("no unshare"))?;
    Ok(Some(status.success()))
}

/// A machine in a network namespace of its own. Dropped, it is gone.
struct Machine {
    holder: Child,
}

impl Machine {
    fn wire_up() -> Done<Self> {
        let mut holder = Command::new("unshare")
            .args(["--net", "sh", "-c", "echo ready && exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(sentence("no unshare"))?;
        let mut said = String::new();
        if let Some(out) = holder.stdout.take() {
            let _ = std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut said);
        }
        let own = Self { holder };
        if said.trim() != "ready" {
            return Err("no second network namespace".to_owned());
        }
        obey(Command::new("sh").args(["-c", LAY]).arg(own.holder.id().to_string()))?;
        obey(own.inside("sh").args(["-c", LAY_FAR, NODE, DOOR]))?;
        Ok(own)
    }

    /// A program that runs there.
    fn inside(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.holder.id())).arg(program);
        command
    }

    fn serve(&self, home: &Installation) -> Done<Server> {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.holder.id()));
        command.env("NO_COLOR", "1").env_remove("KONVENT_LOG");
        command.arg(konvent().get_program()).args(["serve", "--config"]).arg(home.settings());
        Server::start(&mut command)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.holder.kill(); // the namespace ends with its last process
        let _ = self.holder.wait();
    }
}

/// Takes the wire out of the switch: packets vanish, and both ends believe that the line is up.
fn cut() -> Done {
    obey(Command::new("ip").args(["link", "set", "wire", "nomaster"]))
}

fn join_again() -> Done {
    obey(Command::new("ip").args(["link", "set", "wire", "master", "city"]))
}

fn obey(command: &mut Command) -> Done {
    let output = command.stdin(Stdio::null()).output().map_err(sentence("no network"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {said}")) }
}

/// Two nodes here and one on a machine of its own, all serving.
struct City {
    near: Vec<Server>,
    far: Server,
}

impl City {
    fn open(machine: &Machine, near: &[Installation], far: &Installation) -> Done<Self> {
        std::thread::scope(|scope| {
            let starting = scope.spawn(|| machine.serve(far)); // all at once, see nodes::serve
            let near = nodes::serve(near)?;
            let far = starting.join().map_err(|_| "a start panicked")??;
            Ok(Self { near, far })
        })
    }

    fn doors(&self) -> Done<Vec<Target>> {
        let mut doors: Vec<Target> = self.near.iter().map(|s| Target::plain(s.xmpp)).collect();
        doors.push(by_tls(&self.far)?);
        Ok(doors)
    }
}

/// Without TLS a server listens on the loopback only, which is another one on another machine.
fn by_tls(server: &Server) -> Done<Target> {
    Ok(Target { address: server.xmpps, tls: Some(device::trusting()?), road: Road::Sasl2 })
}

/// Floods, cuts, waits, joins, starts the node again, counts from another one. Whether all was well.
pub async fn run(template: &Installation, folk: &Folk, folder: &Path) -> Done<bool> {
    let machine = Machine::wire_up()?;
    let database = Cluster::make_at(Some(HUB))?;
    nodes::move_in(template, &database)?;
    let bus = nodes::nats(HUB, BUS)?;
    let url = database.url_over_the_net().ok_or("no address")?;
    let bell = format!("{HUB}:{BUS}");
    let home = |node| nodes::home(template, folder, node, &url, &bell);
    let (near, far) = ([home(0)?, home(1)?], home(2)?);
    let settings = fs::read_to_string(far.settings()).map_err(sentence("no settings"))?;
    let settings = settings.replace("xmpps = '127.0.0.1:0'", &format!("xmpps = '{DOOR}:0'"));
    fs::write(far.settings(), settings).map_err(sentence("no settings"))?;

    let mut city = City::open(&machine, &near, &far)?;
    let mut flood = Flood::begin_at(&city.doors()?, folk).await?;
    tokio::time::sleep(STEP).await; // a length of work, not a wait for a state
    cut()?;
    tokio::time::sleep(CUT).await; // likewise
    let others = probe::until_kept(&Target::plain(nth(&city.near, 0)?.xmpp), folk).await;
    join_again()?;
    let ends = city.far.ends_within(ENDS_WITHIN);
    city.far = machine.serve(&far)?;
    let serves = probe::until_kept(&by_tls(&city.far)?, folk).await;
    tokio::time::sleep(STEP).await; // a length of work
    city.near.iter_mut().for_each(Server::kill);
    city.far.kill();
    flood.end().await;

    let city = City::open(&machine, &near, &far)?;
    let mut verdict = Verdict::default();
    judge(nth(&city.near, 1)?, folk, &mut flood, &mut verdict).await?;
    let well = |probed: &Done<Duration>| {
        probed.as_ref().map_or_else(Clone::clone, |time| format!("after {} ms", time.as_millis()))
    };
    println!(
        "  sent {}, {}; {}; meanwhile the others keep words {}; the node that was cut off {}, and keeps words again {}",
        verdict.sent,
        verdict.counted(),
        verdict.counted_again(),
        well(&others),
        if ends { "ended by itself" } else { "DID NOT END" },
        well(&serves),
    );
    verdict.show_examples();
    drop((city, bus));
    let is_well = verdict.is_lossless() && verdict.acked > 0;
    Ok(is_well && ends && others.is_ok() && serves.is_ok())
}

fn nth(servers: &[Server], at: usize) -> Done<&Server> {
    servers.get(at).ok_or_else(|| "no such node".to_owned())
}
