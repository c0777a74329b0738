//! Signing in with a password (SCRAM-SHA-256, RFC 7677) and with a token (XEP-0484): CPU of the server for 1,000, plain and
//! over TLS 1.3, and how often a client has to wait for an answer before it may speak.
//!
//! Sessions stay open until the count is done: only coming is measured, not going.

use std::time::Instant;

use konvent_wire::client::{Road, Secret, Setup};
use konvent_wire::sasl::{Hash, Mechanism};

use super::host::{self, Host, Three, Who};
use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::Done;
use crate::device::{Device, Login, Target};
use crate::peers::Furniture;

/// So many at once.
const AT_ONCE: usize = 8;
/// What peers and we have in common.
const SCRAM: Mechanism = Mechanism::Scram { hash: Hash::Sha256, is_plus: false };
/// The tokens that ours gives (XEP-0484 §3.2).
const TOKEN: Mechanism = Mechanism::Ht(None);

/// What came of it.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// CPU seconds of the server for 1,000.
    cpu_secs: f64,
    /// Signed in, a second.
    per_sec: f64,
    /// How often a client waited, after TCP and TLS.
    turns: u32,
}

/// Passwords at everybody, both roads and tokens at ours.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    let count = if wishes.quick { 200 } else { 1_000 };
    println!("login: {count} sign-ins");
    for (is_tls, goal) in [(false, 0.12), (true, 0.35)] {
        let way = if is_tls { "TLS" } else { "plain" };
        let name = format!("sign-in, SCRAM-SHA-256, {way}");
        let three: Three<Cost> = host::everybody(wishes, (table, &name), async |who| {
            let host = Host::start(stage, who, &format!("login-{way}"), Furniture::Passing)?;
            let target = host.target(is_tls)?;
            passwords(&host, &target, &stage.folk.members, count).await
        })
        .await?;
        table.add(
            &format!("{name}: CPU for 1,000"),
            "s",
            Goal::AtMost(goal),
            each(&three, |c| c.cpu_secs),
        );
        table.add(&format!("{name}: signed in"), "/s", Goal::None, each(&three, |c| c.per_sec));
        table.add(
            &format!("{name}: waits for an answer"),
            "",
            Goal::None,
            each(&three, |c| f64::from(c.turns)),
        );
    }
    let host = Host::start(stage, Who::Ours, "login-token", Furniture::Passing)?;
    let mut target = host.target(true)?;
    let cost = tokens(&host, &target, &stage.folk.members, count).await?;
    let one = |value| [Some(value), None, None];
    table.add(
        "sign-in, token (FAST), TLS: CPU for 1,000",
        "s",
        Goal::AtMost(0.35),
        one(cost.cpu_secs),
    );
    // One for the stream's features, one for everything else: authentication, binding, stream management.
    table.add(
        "sign-in, token (FAST): waits for an answer",
        "",
        Goal::AtMost(2.0),
        one(f64::from(cost.turns)),
    );
    target = host.target(false)?;
    target.road = Road::Classic;
    let cost = passwords(&host, &target, &stage.folk.members, count).await?;
    table.add(
        "sign-in, SCRAM-SHA-256, plain, by the peers' road: CPU for 1,000",
        "s",
        Goal::None,
        one(cost.cpu_secs),
    );
    Ok(())
}

fn each(three: &Three<Cost>, of: impl Fn(&Cost) -> f64) -> Three<f64> {
    three.each_ref().map(|cost| cost.as_ref().map(&of))
}

fn setup(login: &Login, target: &Target, resource: &str) -> Setup {
    let mut setup = target.setup(login, resource);
    setup.secret = Secret::Password(login.password.clone(), Some(SCRAM));
    setup
}

async fn passwords(host: &Host, target: &Target, members: &[Login], count: usize) -> Done<Cost> {
    // Each once before, so that what happens only at a first sign-in is not counted.
    let before = members.iter().map(|login| setup(login, target, "before"));
    come(target, before.collect()).await?;
    let setups = members.iter().cycle().take(count).enumerate();
    let setups = setups.map(|(number, login)| setup(login, target, &format!("login{number}")));
    timed(host, target, setups.collect()).await
}

async fn tokens(host: &Host, target: &Target, members: &[Login], count: usize) -> Done<Cost> {
    let mut known = Vec::new();
    for (number, login) in members.iter().enumerate() {
        let mut setup = target.setup(login, "before");
        setup.wants_token = Some(TOKEN);
        setup.device = Some(format!("d4565fa7-4d72-4749-b3d3-{number:012}"));
        let device_id = setup.device.clone();
        let (mut device, ready) = Device::open(target, setup).await?;
        let token = ready.token.ok_or("the server gives no token")?.token;
        device.say_goodbye().await;
        known.push((login, token, device_id));
    }
    let setups =
        known.iter().cycle().take(count).enumerate().map(|(number, (login, token, device))| {
            let mut setup = target.setup(login, &format!("login{number}"));
            setup.device.clone_from(device);
            setup.secret = Secret::Token {
                token: token.clone(),
                mechanism: TOKEN,
                count: u32::try_from(number / known.len() + 1).ok(),
                invalidate: false,
            };
            setup
        });
    timed(host, target, setups.collect()).await
}

async fn timed(host: &Host, target: &Target, setups: Vec<Setup>) -> Done<Cost> {
    let count = setups.len();
    let cpu = host.cpu_secs()?;
    let began = Instant::now();
    let inside = come(target, setups).await?;
    let secs = began.elapsed().as_secs_f64();
    let used = host.cpu_secs()? - cpu;
    let turns = inside.first().map_or(0, Device::turns);
    #[expect(clippy::cast_precision_loss, reason = "counts below a million")]
    let count = count as f64;
    println!("    {count} in {secs:.1} s, server {used:.2} CPU s, {turns} waits");
    Ok(Cost { cpu_secs: used / count * 1_000.0, per_sec: count / secs, turns })
}

/// Signs in, some at once.
async fn come(target: &Target, setups: Vec<Setup>) -> Done<Vec<Device>> {
    let mut inside = Vec::new();
    let mut setups = setups.into_iter();
    let mut coming = tokio::task::JoinSet::new();
    loop {
        while coming.len() < AT_ONCE
            && let Some(setup) = setups.next()
        {
            let target = target.clone();
            coming
                .spawn(async move { Device::open(&target, setup).await.map(|(device, _)| device) });
        }
        let Some(came) = coming.join_next().await else { return Ok(inside) };
        inside.push(came.map_err(|error| error.to_string())??);
    }
}
