//! Measures the hot path: so many messages between members into both archives, through the group commit.
//!
//! `cargo run --release -p konvent-talk --example keep_speed [MESSAGES]` prints seconds and microseconds of CPU time for
//! each message; the storage is an embedded database in a temporary folder, synced at every commit.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a tool for developers")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use konvent_core::testing::sqlite;
use konvent_core::{About, AccountId, Clock, Db};
use konvent_talk::archive::{self, Kept, Party};
use konvent_wire::Stanza;
use konvent_wire::jid::BareJid;

fn main() {
    let messages: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let scratch = sqlite();
    let features: [&About; 1] = [&archive::ABOUT];
    let db = Db::open(&scratch.0, &features, &Clock::System).expect("a storage");
    let done = Arc::new(AtomicUsize::new(0));
    let romeo = BareJid::new("romeo@verona.example").expect("an address");
    let juliet = BareJid::new("juliet@verona.example").expect("an address");
    let runtime = tokio_runtime();
    let (began, cpu) = (Instant::now(), cpu_secs());
    runtime.block_on(async {
        for n in 0..messages {
            let (romeo, juliet, done) = (romeo.clone(), juliet.clone(), Arc::clone(&done));
            let xml = format!(
                "<message to='juliet@verona.example' from='romeo@verona.example/orchard' type='chat' id='m{n}'>\
                 <body>But soft, what light through yonder window breaks? {n}</body>\
                 <origin-id xmlns='urn:xmpp:sid:0' id='m{n}'/></message>"
            );
            let message = Stanza::parse(xml.as_bytes()).expect("a message");
            db.submit(
                move |tx| {
                    let from = Party { account: AccountId(1), address: &romeo };
                    let to = Party { account: AccountId(2), address: &juliet };
                    archive::keep_between(tx, from, to, &message)
                },
                move |kept| {
                    if matches!(kept, Ok(Kept::New { .. })) {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                },
            )
            .await;
        }
    });
    drop(db); // waits for the last commit
    let (took, cpu) = (began.elapsed().as_secs_f64(), cpu_secs() - cpu);
    let kept = done.load(Ordering::Relaxed);
    println!("{kept} of {messages} kept in {took:.2} s, CPU {cpu:.2} s");
    println!(
        "{:.1} µs of CPU for each",
        cpu * 1e6 / f64::from(u32::try_from(messages.max(1)).unwrap_or(1))
    );
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

/// Seconds of CPU time of this process, as Linux counts them.
fn cpu_secs() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = text
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    // After the name come the state (no number), then 10 fields, then utime and stime in hundredths of a second.
    fields.get(10).zip(fields.get(11)).map_or(0.0, |(user, system)| (user + system) / 100.0)
}
