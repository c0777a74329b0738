//! What happens to a stanza that leaves for another server, and to one that comes from there.
//!
//! A stranger learns nothing about who exists here: whatever the rules of RFC 6121 §8.5 leave open is answered for somebody
//! as for nobody. What other servers may never say in anybody's name is struck before anything else
//! ([`strike::from_abroad`]).

mod messages;
mod questions;

use std::sync::Arc;

use konvent_core::{Answer, Kind, Outbox, Refusal, Tx};
use konvent_talk::archive::{self, Kept, Party};
use konvent_talk::contacts::states::Act;
use konvent_talk::{Session, abroad, carbons, contacts, strike};
use konvent_wire::{Jid, Name, Stanza};

use crate::faces;
use crate::flows::iq::NOT_OFFERED;
use crate::house::House;
use crate::net::s2s::Settled;
use messages::Says;

/// This house does not talk with that server.
pub const NOT_FEDERATED: Refusal = Refusal::new(Kind::NotFound, "house.not-federated");

/// A member's message leaves: kept as sent, then on its way, with copies for his other devices. Says whether it is new to his
/// archive.
pub fn message_leaves(
    house: &House,
    tx: &mut Tx<'_>,
    sender: &Session,
    to: &Jid,
    said: &Stanza,
    out: &mut Outbox,
) -> Answer<bool> {
    may_leave(house, to)?;
    let own = sender.bare();
    let from = Party { account: sender.account, address: &own };
    let kept = archive::keep_sent(tx, from, &to.to_bare(), said)?;
    let mine = match kept {
        // Sent again because the acknowledgement was lost: it is on its way or has arrived.
        Kept::Again(_) => return Ok(false),
        Kept::New { mine, .. } => archive::marked(said, &own, mine),
        Kept::Not => said.clone(),
    };
    out.abroad(said.clone());
    if house.hall().wants_copies(sender.account, sender.id) {
        carbons::copy_sent(sender, &mine, out);
    }
    Ok(matches!(kept, Kept::New { .. }))
}

/// A member's question or answer leaves; what comes back goes to the device that asked.
pub fn iq_leaves(house: &House, sender: &Session, iq: &Stanza) -> Answer<()> {
    let to = iq.to.clone().ok_or(NOT_OFFERED)?;
    may_leave(house, &to)?;
    house.abroad().send(iq.addressed(Some(sender.address.clone()), Some(to)), None);
    Ok(())
}

/// Whether members may talk with people there.
pub fn may_leave(house: &House, to: &Jid) -> Answer<()> {
    if house.abroad().is_welcome(to.domain().as_str()) { Ok(()) } else { Err(NOT_FEDERATED) }
}

/// Writes down, within the transaction that acknowledges it, what must not be lost on its way.
pub fn keep(house: &House, tx: &mut Tx<'_>, out: &mut Outbox) -> Answer<()> {
    out.keep_abroad(|stanza| match &stanza.to {
        // A program of ours is there or not: nothing waits for it.
        Some(to) if house.abroad().is_component(to.domain().as_str()) => Ok(None),
        Some(to) if house.abroad().is_welcome(to.domain().as_str()) => {
            match abroad::keep(tx, house.domain(), stanza) {
                // Nobody is held here by a server that takes nothing: a goodbye for which there is no room is tried once.
                Err(refusal) if refusal.code == abroad::FULL.code && is_goodbye(stanza) => Ok(None),
                kept => kept,
            }
        }
        _ => Ok(None),
    })
}

/// Whether it ends what was between two people (RFC 6121 §3.2, §3.3).
fn is_goodbye(stanza: &Stanza) -> bool {
    let ends = matches!(stanza.kind.as_deref(), Some("unsubscribe" | "unsubscribed"));
    stanza.name == Name::Presence && ends
}

/// Receives a stanza from another server, which may speak for the domain of its sender. It counts as settled once it is on
/// disk, refused, or without lasting effect.
pub async fn receive(house: &Arc<House>, stanza: Stanza, settled: &Arc<Settled>) {
    if is_of_rooms(house, &stanza) {
        return super::rooms::from_abroad(house, stanza, settled).await;
    }
    let host = stanza.to.as_ref().map_or("", |to| to.domain().as_str());
    if house.abroad().is_component(host) {
        house.abroad().send(stanza, None);
        return settled.settle();
    }
    match stanza.name {
        Name::Message => messages::come(house, stanza, Says::Other, settled).await,
        Name::Iq => {
            questions::come(house, &stanza).await;
            settled.settle();
        }
        Name::Presence => {
            if let Some(refusal) = presence_comes(house, &stanza).await
                && Act::of(stanza.kind.as_deref()).is_some()
                && refusal != contacts::TOO_MANY
            {
                // Who asks, grants or ends something must not believe that it is on disk here. Whose list is full has no room
                // for strangers, and says as little of it as nobody would.
                house.abroad().send(faces::refused(&stanza, &refusal), None);
            }
            settled.settle();
        }
    }
}

/// Receives a stanza from a program that speaks as a host of ours (XEP-0114): for somebody here, or on its way out.
pub async fn from_component(house: &Arc<House>, stanza: Stanza, settled: &Arc<Settled>) {
    let host = stanza.to.as_ref().map(|to| to.domain().as_str().to_owned()).unwrap_or_default();
    if house.abroad().is_ours(&host) && !house.abroad().is_component(&host) {
        receive(house, stanza, settled).await;
    } else {
        house.abroad().send(stanza, None);
        settled.settle();
    }
}

/// What never arrived comes back to its sender as an error from there.
pub async fn given_back(house: &Arc<House>, error: Stanza) {
    if is_of_rooms(house, &error) {
        return super::rooms::from_abroad(house, error, &Arc::default()).await;
    }
    let host = error.to.as_ref().map_or("", |to| to.domain().as_str());
    if !house.abroad().is_ours(host) || house.abroad().is_component(host) {
        return house.abroad().send(error, None); // it was not one of us who asked, but somebody elsewhere or a program
    }
    match error.name {
        Name::Message => messages::come(house, error, Says::House, &Arc::default()).await,
        Name::Iq => questions::come(house, &error).await,
        Name::Presence => {
            // An error is answered by nobody (RFC 6120 §8.3.1).
            let _ = presence_comes(house, &error).await;
        }
    }
}

/// Rooms have a story of their own, the same for everybody.
fn is_of_rooms(house: &House, stanza: &Stanza) -> bool {
    stanza.to.as_ref().is_some_and(|to| to.domain().as_str() == house.domain().rooms)
}

/// A presence from abroad: about a contact list, or about somebody whom a member knows or meets in a room there. When it was lost,
/// says why.
async fn presence_comes(house: &Arc<House>, presence: &Stanza) -> Option<Refusal> {
    let presence = strike::from_abroad(presence, house.domain());
    let refusal = super::presence::from_abroad(house, presence).await.err()?;
    tracing::error!(target: "presence", cause = refusal.chain(), "a presence from abroad was lost");
    Some(refusal)
}
