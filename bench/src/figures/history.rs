//! The newest 50 of a million archived messages, and going back from there page by page (XEP-0313 §4, XEP-0059 §2.5): CPU of
//! the server for each page, and how long a client waits for it.
//!
//! Ours gets the million over the wire. The peers would need most of a day for that: twenty real rows of theirs are
//! multiplied in their database.

use std::path::Path;
use std::time::{Duration, Instant};

use konvent_wire::xml::el;
use konvent_wire::{Stanza, ns, rsm};
use rusqlite::Connection;

use super::chat::{self, Words};
use super::host::{self, Host, Who};
use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::device::{Device, Login, Target};
use crate::peers::{Brand, Furniture};
use crate::{Done, load, mam, sentence};

/// How many stand in the archive.
const ALL: usize = 1_000_000;
/// Of a peer, how many really were sent.
const REAL: usize = 20;
/// Asked for at once.
const PAGE: u32 = 50;
/// How often the newest are asked for, and how many pages are gone back.
const ASKED: usize = 300;
/// Of a peer: each page of a million takes it so long that a few say enough, and all of them more time than one has.
const ASKED_OF_PEERS: usize = 20;
/// Who writes at once.
const WRITERS: usize = 8;
/// Unacknowledged at most, for each of them.
const WINDOW: usize = 64;

/// What came of it.
#[derive(Debug, Clone, Copy)]
struct Cost {
    newest: Pages,
    back: Pages,
}

/// Some pages of one kind.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "units stand last")]
struct Pages {
    cpu_ms: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// Fills the archive of one member and reads it.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    let count = if wishes.quick { 20_000 } else { ALL };
    println!("history: {count} archived messages");
    let name = format!("50 of {count} archived");
    let row = (&mut *table, name.as_str());
    let three = host::everybody(wishes, row, async |who| one(stage, who, count).await).await?;
    for (name, goals, of) in [
        (
            "newest 50",
            (Goal::AtMost(0.6), Goal::AtMost(5.0)),
            (|cost: &Cost| cost.newest) as fn(&Cost) -> Pages,
        ),
        ("going back by 50", (Goal::None, Goal::None), |cost: &Cost| cost.back),
    ] {
        let each = |value: fn(&Pages) -> f64| {
            three.each_ref().map(|cost| cost.as_ref().map(|cost| value(&of(cost))))
        };
        let name = format!("{name} of {count} archived");
        table.add(&format!("{name}: CPU"), "ms", goals.0, each(|pages| pages.cpu_ms));
        table.add(&format!("{name}: p50"), "ms", Goal::None, each(|pages| pages.p50_ms));
        table.add(&format!("{name}: p99"), "ms", goals.1, each(|pages| pages.p99_ms));
    }
    Ok(())
}

async fn one(stage: &Stage<'_>, who: Who, count: usize) -> Done<Cost> {
    let mut host = Host::start(stage, who, "history", Furniture::Archived)?;
    let (reader, writers) = stage.folk.members.split_first().ok_or("nobody")?;
    let began = Instant::now();
    if who == Who::Ours {
        fill(&host.target(false)?, reader, writers, count).await?;
    } else {
        fill_really(&host.target(false)?, reader, writers).await?;
        let name = reader.jid.node().map_or("", |node| node.as_str()).to_owned();
        if let (Who::Peer(brand), Some(peer)) = (who, host.peer()) {
            peer.restart_after(|archive| multiply(brand, archive, &name, count))?;
        }
    }
    println!("    filled in {:.1} s", began.elapsed().as_secs_f64());
    let mut device = Device::sign_in(&host.target(false)?, reader, "reader").await?;
    page(&mut device, "").await?; // so that what is read once is there
    let times = if who == Who::Ours { ASKED } else { ASKED_OF_PEERS };
    let (mut asked, mut before) = (Vec::new(), String::new());
    let cpu = host.cpu_secs()?;
    for _ in 0..times {
        let began = Instant::now();
        before = page(&mut device, "").await?;
        asked.push(began.elapsed());
    }
    let newest = Pages::of(host.cpu_secs()? - cpu, asked);
    let mut asked = Vec::new();
    let cpu = host.cpu_secs()?;
    for _ in 0..times {
        let began = Instant::now();
        before = page(&mut device, &before).await?;
        asked.push(began.elapsed());
    }
    let back = Pages::of(host.cpu_secs()? - cpu, asked);
    println!("    newest {newest:.2?}, back {back:.2?}");
    Ok(Cost { newest, back })
}

impl Pages {
    #[expect(clippy::cast_precision_loss, reason = "counts below a million")]
    fn of(cpu_secs: f64, mut asked: Vec<Duration>) -> Self {
        asked.sort_unstable();
        let at = |part: usize| {
            asked.get(asked.len() * part / 100).copied().unwrap_or_default().as_secs_f64() * 1_000.0
        };
        Self { cpu_ms: cpu_secs * 1_000.0 / asked.len() as f64, p50_ms: at(50), p99_ms: at(99) }
    }
}

/// One page, which must be full; the id of its oldest message.
async fn page(device: &mut Device, before: &str) -> Done<String> {
    let set = el("set", ns::RSM)
        .child(el("max", ns::RSM).text(PAGE.to_string()))
        .child(el("before", ns::RSM).text(before));
    let query = el("query", mam::MAM).attr("queryid", "q").child(set).build();
    let mut results = 0;
    let note = |stanza: &Stanza| results += u32::from(stanza.has("result", mam::MAM));
    let fin = device.ask(&Stanza::iq("set", "page").with_child(&query), note).await?;
    let set = fin.filter(|fin| fin.is("fin", mam::MAM)).ok_or("no end of the page")?;
    let set = set.get_child("set", ns::RSM).map(rsm::Page::from_element).ok_or("no page")?;
    if results != PAGE {
        return Err(format!("a page of {results} messages"));
    }
    set.first.map(|(id, _)| id).ok_or_else(|| "a page without a first".to_owned())
}

/// The reader is away, as people with so many messages are; the archive waits for him.
async fn fill(target: &Target, reader: &Login, writers: &[Login], count: usize) -> Done {
    let mut writing = tokio::task::JoinSet::new();
    for (number, login) in writers.iter().take(WRITERS).enumerate() {
        let device = Device::sign_in(target, login, "writer").await?;
        let to = reader.jid.clone().into();
        let amount = chat::Amount {
            words: Words::Kept,
            pairs: WRITERS,
            messages: count,
            secs: 0,
            window: WINDOW,
        };
        writing.spawn(chat::speak(device, number, to, count / WRITERS, amount));
    }
    while let Some(written) = writing.join_next().await {
        written.map_err(|error| error.to_string())??;
    }
    Ok(())
}

/// Some messages, one after the other, as the peers like it.
async fn fill_really(target: &Target, reader: &Login, writers: &[Login]) -> Done {
    let mut hearing = Device::sign_in(target, reader, "hearing").await?;
    hearing.show_up().await?;
    let login = writers.first().ok_or("nobody")?;
    let mut writer = Device::sign_in(target, login, "writer").await?;
    for number in 0..REAL {
        writer.send(&load::message(&format!("h-{number}"), reader.jid.clone().into(), false));
        writer.barrier().await?; // what was said leaves only while its writer reads
        while !hearing.stanza().await?.has("body", ns::CLIENT) {}
    }
    hearing.say_goodbye().await;
    writer.say_goodbye().await;
    Ok(())
}

/// Repeats the rows of one member until there are so many: newer ones, each with an id of its own.
fn multiply(brand: Brand, archive: &Path, name: &str, count: usize) -> Done {
    let failed = sentence::<rusqlite::Error>("the peer's archive cannot be filled");
    let database = Connection::open(archive).map_err(&failed)?;
    let numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?2)";
    let sql = match brand {
        Brand::Prosody => format!(
            "{numbers} insert into prosodyarchive (host, user, store, key, \"when\", \"with\", type, value) \
             select host, user, store, key || '-' || i, \"when\" + i / 20, \"with\", type, value \
             from n, prosodyarchive where user = ?1 and store = 'archive' order by i, sort_id"
        ),
        Brand::Ejabberd => format!(
            "{numbers} insert into archive (username, timestamp, peer, bare_peer, xml, txt, kind, nick) \
             select username, timestamp + i * 10000000, peer, bare_peer, xml, txt, kind, nick \
             from n, archive where username = ?1 order by i, id"
        ),
    };
    let rounds = i64::try_from(count / REAL).map_err(|error| error.to_string())? - 1;
    let rows = database.execute(&sql, rusqlite::params![name, rounds]).map_err(&failed)?;
    if rows + REAL < count { Err(format!("only {rows} rows were made")) } else { Ok(()) }
}
