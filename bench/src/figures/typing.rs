//! "Is typing" between two members, who say it more often than anything else: what a block list of many entries on both sides
//! adds to it (XEP-0191), beside the same without.

use konvent_wire::Stanza;
use konvent_wire::xml::el;

use super::chat::{self, Amount, Words};
use super::host::{Host, Who};
use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::Done;
use crate::device::{Device, Login, Target};
use crate::peers::Furniture;

/// XEP-0191 §2.
const BLOCKING: &str = "urn:xmpp:blocking";
/// How many addresses a long list has.
const BLOCKED: usize = 200;
/// Pairs of a sender and a receiver.
const PAIRS: usize = 4;

/// Without lists and with them.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    println!("typing: with and without block lists");
    for blocked in [0, BLOCKED] {
        let host = Host::start(stage, Who::Ours, &format!("typing-{blocked}"), Furniture::Passing)?;
        let target = host.target(false)?;
        for login in stage.folk.members.iter().take(2 * PAIRS) {
            block(&target, login, blocked).await?;
        }
        let messages = if wishes.quick { 4_000 } else { 60_000 };
        let amount = Amount { words: Words::Typing, pairs: PAIRS, messages, secs: 60, window: 64 };
        let speed = chat::load(&host, &target, &stage.folk.members, amount).await?;
        let name =
            format!("typing, {PAIRS} pairs, {blocked} blocked on both sides: CPU for 10,000");
        table.add_own(&name, "s", Goal::None, speed.cpu_secs);
    }
    Ok(())
}

async fn block(target: &Target, login: &Login, count: usize) -> Done {
    if count == 0 {
        return Ok(());
    }
    let mut device = Device::sign_in(target, login, "blocking").await?;
    let items =
        (0..count).map(|n| el("item", BLOCKING).attr("jid", format!("nobody{n}@bench.example")));
    let list = el("block", BLOCKING).children(items).build();
    device.ask(&Stanza::iq("set", "block").with_child(&list), |_| {}).await?;
    device.say_goodbye().await;
    Ok(())
}
