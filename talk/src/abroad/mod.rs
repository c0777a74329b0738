//! The waiting room for other servers: what was acknowledged to its sender survives a crash until the other server has it
//! (RFC 6120 §10.4), or until its sender is told that it never got there.
//!
//! A row is written in the transaction that acknowledges the stanza, and struck when the other side has acknowledged it
//! (XEP-0198 §4). A crash in between sends it a second time: once too often is better than never.
//! Left out: questions (iq) and presence, which are of no use later.

pub mod privacy;
mod store;
#[cfg(test)]
mod tests;

use konvent_core::{About, Answer, Kind, Migration, Millis, Reader, Refusal, Tx};
use konvent_people::accounts;
use konvent_wire::{Name, Stanza};

use crate::Domain;
use crate::archive::is_worth_keeping;

/// The visiting card of the waiting room.
pub const ABOUT: About = About {
    name: "abroad",
    sentence: "What waits for other servers.",
    speaks: &["RFC 6120", "RFC 6121", "XEP-0198"],
    leaves_out: &[],
    announces: &[],
    migrations: &[Migration::common("0001_waiting", include_str!("migrations/0001_waiting.sql"))],
    keeps: Some("what members wrote to people on other servers, until those have it"),
};

/// Stanzas that may wait for one server: a dead server must not fill the storage.
pub const WAITING_FOR_DOMAIN_MAX: i64 = 1_000;

/// Stanzas of one account that may wait: nobody fills the storage by writing to servers that do not exist.
pub const WAITING_OF_ACCOUNT_MAX: i64 = 300;

/// Too much waits for that server, or of that sender.
pub const FULL: Refusal = Refusal::new(Kind::NotNow, "abroad.full");

/// A stanza that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its number.
    pub id: i64,
    /// Since when it waits.
    pub at: Millis,
    /// What it says.
    pub stanza: Stanza,
}

/// Whether a stanza is worth waiting with: words, and what changes a subscription (RFC 6121 §3).
pub fn is_lasting(stanza: &Stanza) -> bool {
    match stanza.name {
        Name::Message => is_worth_keeping(stanza),
        Name::Presence => matches!(
            stanza.kind.as_deref(),
            Some("subscribe" | "subscribed" | "unsubscribe" | "unsubscribed")
        ),
        Name::Iq => false,
    }
}

/// Keeps a stanza with `from` and `to` until the other server has it. `None`: it is none of those that wait.
///
/// # Errors
/// `abroad.full`
pub fn keep(tx: &mut Tx<'_>, domain: &Domain, stanza: &Stanza) -> Answer<Option<i64>> {
    let (Some(from), Some(to)) = (&stanza.from, &stanza.to) else { return Ok(None) };
    if !is_lasting(stanza) {
        return Ok(None);
    }
    let account = match from.node().filter(|_| from.domain().as_str() == domain.name) {
        Some(localpart) => accounts::id_of(tx, localpart.as_str())?,
        None => None,
    };
    let of_account = match account {
        Some(account) => store::count_of_account(tx, account)?,
        None => 0,
    };
    if of_account >= WAITING_OF_ACCOUNT_MAX
        || store::count_for_domain(tx, to.domain().as_str())? >= WAITING_FOR_DOMAIN_MAX
    {
        return Err(FULL);
    }
    store::insert(tx, from.domain().as_str(), to.domain().as_str(), account, &stanza.to_bytes())
        .map(Some)
}

/// The other server has these, or their sender knows that it never will.
pub fn strike(tx: &mut Tx<'_>, ids: &[i64]) -> Answer<()> {
    ids.iter().try_for_each(|id| store::delete(tx, *id))
}

/// Everything that waits, oldest first: what a starting server goes on with.
pub fn waiting(reader: &mut Reader<'_>) -> Answer<Vec<Waiting>> {
    let rows = store::all(reader)?;
    let mut waiting = Vec::with_capacity(rows.len());
    for (id, at, bytes) in rows {
        match Stanza::parse(&bytes) {
            Ok(stanza) => waiting.push(Waiting { id, at, stanza }),
            Err(error) => {
                tracing::error!(target: "abroad", id, %error, code = "abroad.damaged", "a waiting stanza cannot be read and is left where it is");
            }
        }
    }
    Ok(waiting)
}
