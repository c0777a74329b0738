//! Proof that the count would notice: after a flood that was clean, a copy of its data is spoilt in one place, and the
//! verdict must say exactly that. A control that passes unnoticed is an error.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::flood::{self, Flood, Listener};
use super::judge;
use super::oracle::{self, Verdict};
use crate::device::Target;
use crate::house::{Folk, Installation};
use crate::{Done, load, sentence};

/// How long the flood of the control runs.
const FLOOD: Duration = Duration::from_millis(400);

/// Spoils copies of one flood in each way; says how many ways were noticed, which is all of them.
pub async fn run(template: &Installation, folk: &Folk, folder: &Path) -> Done<u32> {
    let place = folder.join("control");
    let house = template.copy_to(&place)?;
    let mut server = house.serve()?;
    let mut flood = Flood::begin(&server, folk).await?;
    tokio::time::sleep(FLOOD).await; // a length of work, not a wait for a state
    server.kill();
    flood.end().await;
    let said = flood.said.iter().find(|said| said.listener != Listener::Room && said.acked > 0);
    let said = said.ok_or("the control's flood acknowledged nothing")?;
    let word = said.words.first().ok_or("nothing was said")?.clone();
    let sender = said.sender;

    let spoilt = |name: &str| house.copy_to(&folder.join(name));
    let row = format!("stanza like '%>{word} %'");

    let lost = spoilt("lost")?;
    change(&lost, &format!("delete from archive_entry where {row} and outgoing = 0"))?;
    let verdict = counted(&lost, folk, &flood).await?;
    expect("a lost row", &verdict, |verdict| verdict.missing == 1 && verdict.doubled == 0)?;

    let damaged = spoilt("damaged")?;
    let flip =
        "update archive_entry set stanza = cast(replace(stanza, 'Parting', 'Portion') as blob)";
    change(&damaged, &format!("{flip} where {row} and outgoing = 1"))?;
    let verdict = counted(&damaged, folk, &flood).await?;
    expect("a damaged row", &verdict, |verdict| verdict.missing == 1 && verdict.doubled == 0)?;

    let doubled = spoilt("doubled")?;
    let server = doubled.serve()?;
    let target = Target::plain(server.xmpp);
    let mut device = flood::arrive(&target, flood::member(folk, sender)?, "control").await?;
    let to = flood::member(folk, sender + super::PAIRS)?.jid.clone();
    // The same words under other ids are another message: as a server would keep them that does not know the first.
    let again = load::message(&word, to.into(), false)
        .with_id("another")
        .without(|child| child.name() == "origin-id");
    device.send(&again);
    device.barrier().await?;
    drop(server);
    let verdict = counted(&doubled, folk, &flood).await?;
    expect("a doubled message", &verdict, |verdict| verdict.missing == 0 && verdict.doubled == 1)?;

    // And the same flood, unspoilt, must be clean: the control is not one that always cries.
    let verdict = repeated(&house, folk, &mut flood).await?;
    expect("nothing spoilt", &verdict, Verdict::is_clean)?;
    Ok(4)
}

async fn counted(house: &Installation, folk: &Folk, flood: &Flood) -> Done<Verdict> {
    let server = house.serve()?;
    let archives = oracle::read(&server, folk).await?;
    let mut verdict = Verdict::default();
    oracle::after_the_fault(flood, &archives, &mut verdict);
    Ok(verdict)
}

async fn repeated(house: &Installation, folk: &Folk, flood: &mut Flood) -> Done<Verdict> {
    let server = house.serve()?;
    let mut verdict = Verdict::default();
    judge(&server, folk, flood, &mut verdict).await?;
    Ok(verdict)
}

fn expect(what: &str, verdict: &Verdict, is_noticed: impl Fn(&Verdict) -> bool) -> Done {
    let words = format!(
        "missing {}, doubled {}, halved {}",
        verdict.missing, verdict.doubled, verdict.halved
    );
    println!("  {what:<20} {words} of {} acknowledged", verdict.acked);
    if is_noticed(verdict) {
        Ok(())
    } else {
        Err(format!("{what}: the count is wrong: {:?}", verdict.examples))
    }
}

/// Changes exactly one row.
fn change(house: &Installation, sql: &str) -> Done {
    let database = Connection::open(house.database()).map_err(sentence("no database"))?;
    let rows = database.execute(sql, []).map_err(sentence("the row cannot be spoilt"))?;
    if rows == 1 { Ok(()) } else { Err(format!("{rows} rows were spoilt instead of one")) }
}
