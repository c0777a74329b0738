//! What happens at the door of a room and within: who comes and goes, who speaks, who decides. For members of this house and
//! for people of other servers alike.
//!
//! Every story has two halves. What the storage decides is read and written in one job; what follows for those inside is
//! shown after its commit, with the hall locked for a moment. The hall is never held while the storage works.

pub mod iq;
pub mod message;
pub mod occupant;
pub mod presence;
pub mod sweep;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use konvent_core::{AccountId, Answer, Outbox, PersonId, Reader, Refusal, RoomId, Tx};
use konvent_people::accounts;
use konvent_talk::Who;
use konvent_talk::bookmarks::{self, Bookmark};
use konvent_talk::rooms::occupants::Deed;
use konvent_talk::rooms::{Caller, RoomInfo, access};
use konvent_wire::{Jid, Name, Stanza};

use crate::counters;
use crate::faces;
use crate::flows::presence::{PRESENCE_BYTES_MAX, TOO_LARGE};
use crate::hall::happening::Happening;
use crate::hall::{Hall, Seat};
use crate::house::House;
use crate::net::s2s::Settled;

/// Who asks something of a room, and how he hears a no.
#[derive(Clone)]
pub struct Asker {
    /// As the rooms see him.
    pub caller: Caller,
    seat: Option<Arc<Seat>>,
    settled: Option<Arc<Settled>>,
}

impl Asker {
    /// A session of this house.
    pub fn here(seat: &Arc<Seat>) -> Self {
        Self { caller: Caller::from(&seat.session), seat: Some(Arc::clone(seat)), settled: None }
    }

    /// Somebody on another server; that the address is his has been checked.
    pub fn abroad(from: Jid, settled: Arc<Settled>) -> Self {
        Self { caller: Caller::abroad(from), seat: None, settled: Some(settled) }
    }

    /// Whether he can still be told anything.
    fn is_there(&self, hall: &Hall) -> bool {
        self.seat.as_ref().is_none_or(|seat| hall.is_seated(seat))
    }

    /// Answers him.
    fn answer(&self, house: &House, stanza: &Stanza) {
        let mut out = Outbox::default();
        self.caller.tell(stanza, &mut out);
        house.hall().post(out);
    }

    /// Says no to a stanza of his. An error is never answered with an error (RFC 6120 §8.3.1).
    fn refuse(&self, house: &House, stanza: &Stanza, refusal: &Refusal) {
        if !stanza.is_error() {
            self.answer(house, &faces::refused(stanza, refusal));
        }
    }

    /// His stanza is settled (XEP-0198 §4).
    fn settle(&self) {
        if let Some(seat) = &self.seat {
            seat.mailbox.settle(1);
        }
        if let Some(settled) = &self.settled {
            settled.settle();
        }
    }
}

/// What stands at an address of the room service for somebody: rooms that are none of his business are not there.
fn meets(house: &House, reader: &mut Reader<'_>, caller: &Caller, to: &Jid) -> Answer<Who> {
    Ok(match house.who_is(reader, to)? {
        Who::Room(room, _) if !access::is_there_for(&room, caller) => Who::Nobody,
        who => who,
    })
}

/// A stanza from another server to an address of the room service. That `from` belongs to that server has been checked.
/// Whatever comes of it, a no included, goes back there.
pub async fn from_abroad(house: &Arc<House>, stanza: Stanza, settled: &Arc<Settled>) {
    let Some(from) = stanza.from.clone() else { return settled.settle() };
    let asker = Asker::abroad(from, Arc::clone(settled));
    match stanza.name {
        Name::Message => message_from_abroad(house, asker, stanza).await,
        Name::Presence if stanza.size_hint() > PRESENCE_BYTES_MAX => {
            asker.refuse(house, &stanza, &TOO_LARGE);
            asker.settle();
        }
        Name::Presence => {
            let (this, to, caller) = (Arc::clone(house), stanza.to.clone(), asker.caller.clone());
            let room = house
                .db()
                .read(move |reader| match to {
                    Some(to) => meets(&this, reader, &caller, &to),
                    None => Ok(Who::Nobody),
                })
                .await;
            match room {
                Ok(Who::Room(room, _)) => presence::receive(house, asker, Some(room), stanza).await,
                Ok(Who::Nobody) => presence::receive(house, asker, None, stanza).await,
                Ok(_) => asker.settle(),
                Err(refusal) => {
                    asker.refuse(house, &stanza, &refusal);
                    asker.settle();
                }
            }
        }
        Name::Iq if matches!(stanza.kind.as_deref(), Some("get" | "set")) => {
            if let Err(refusal) = iq::receive(house, asker.caller.clone(), stanza.clone()).await {
                asker.refuse(house, &stanza, &refusal);
            }
            asker.settle();
        }
        Name::Iq => {
            if let Err(refusal) = occupant::answered(house, asker.caller.clone(), stanza).await {
                tracing::debug!(target: "rooms", code = refusal.code, "an answer could not be passed on");
            }
            asker.settle();
        }
    }
}

async fn message_from_abroad(house: &Arc<House>, asker: Asker, message: Stanza) {
    let (later, original, caller) = (Later::default(), message.clone(), asker.caller.clone());
    let (told, shown) = (later.clone(), later.clone());
    house
        .tell_with(
            move |house, tx| {
                later.is_off();
                let to = message.to.as_ref().ok_or(konvent_talk::rooms::NO_SUCH_ROOM)?;
                match meets(house, tx, &caller, to)? {
                    Who::Room(room, nick) => {
                        message::sent(house, tx, &caller, &room, nick.as_deref(), &message, &later)
                    }
                    _ => Err(konvent_talk::rooms::NO_SUCH_ROOM),
                }
            },
            move |house, tx| told.share(house, tx),
            move |house, answer| {
                if let Err(refusal) = answer.and_then(|()| shown.happens(house)) {
                    asker.refuse(house, &original, &refusal);
                }
                asker.settle();
            },
        )
        .await;
}

/// The house closes: with its last node the rooms do, too (XEP-0045 §11.2).
pub fn close(house: &House) -> Outbox {
    let mut hall = house.hall();
    if hall.nodes.living().count() > 1 {
        return Outbox::default();
    }
    hall.occupants.close().unwrap_or_else(|refusal| {
        tracing::error!(target: "rooms", cause = refusal.chain(), "the rooms could not be closed");
        Outbox::default()
    })
}

/// Decides something about a room in one job, and shows it to those inside after the commit.
async fn decide(
    house: &Arc<House>,
    story: impl FnOnce(&House, &mut Tx<'_>) -> Answer<Deed> + Send + 'static,
) -> Answer<()> {
    house
        .decide_and_wait(move |house, tx| {
            let mut deed = story(house, tx)?;
            let mut first = deed.take_first();
            crate::flows::abroad::keep(house, tx, &mut first)?;
            Ok(Happening::Decided(deed.after(first)))
        })
        .await
        .map(drop)
}

/// What a message has brought about and what can only be shown, or counted, when it is on disk. A job may run twice; what the
/// last run left counts.
#[derive(Clone, Default)]
pub struct Later(Arc<Mutex<Left>>);

#[derive(Default)]
struct Left {
    happens: Option<Happening>,
    /// Whether an archive has one message more.
    is_kept: bool,
    /// Whether it was counted against what strangers may say: once, however often it runs.
    is_counted: bool,
}

impl Later {
    fn left(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run begins, or the message was refused: nothing follows so far.
    pub fn is_off(&self) {
        let mut left = self.left();
        *left = Left { is_counted: left.is_counted, ..Left::default() };
    }

    /// This happens after the commit.
    fn is(&self, what: Happening) {
        self.left().happens = Some(what);
    }

    /// Counts it by `count`, unless an earlier run has.
    pub fn counts(&self, count: impl FnOnce() -> Answer<()>) -> Answer<()> {
        if !self.left().is_counted {
            count()?;
            self.left().is_counted = true;
        }
        Ok(())
    }

    /// The message is kept for good.
    pub fn keeps(&self) {
        self.left().is_kept = true;
    }

    /// The other nodes hear of it, after what is posted. Within the transaction.
    pub fn share(&self, house: &House, tx: &mut Tx<'_>) {
        let what = self.left().happens.clone();
        if let Some(what) = what {
            house.share(tx, || what);
        }
    }

    /// Lets it happen. Call it after the commit.
    pub fn happens(&self, house: &House) -> Answer<()> {
        let Left { happens, is_kept, .. } = std::mem::take(&mut *self.left());
        if is_kept {
            house.counters().note(counters::Deed::Archived);
        }
        happens.map_or(Ok(()), |what| house.carry_out(what).map(drop))
    }
}

/// Tells the devices of members that a free room is theirs now, is called otherwise, or is theirs no more.
fn tell_bookmarks(
    house: &House,
    tx: &mut Tx<'_>,
    room: &RoomInfo,
    persons: &[PersonId],
    out: &mut Outbox,
) -> Answer<()> {
    let now = tx.now();
    for person in persons {
        let Some(account) = accounts::by_person(tx, *person)?.map(|account| account.id) else {
            continue;
        };
        let Some(session) = session_of(house, account) else { continue };
        let all = bookmarks::bookmarks_of(tx, house.domain(), &session, now)?;
        let after: Vec<Bookmark> = all.into_iter().filter(|one| one.room == room.id).collect();
        let before = if after.is_empty() { vec![gone(house, room)?] } else { Vec::new() };
        let ctx = konvent_talk::pubsub::Ctx { domain: house.domain(), now, here: house };
        bookmarks::changes(ctx, (account, &session.bare()), &before, &after, out);
    }
    Ok(())
}

fn session_of(house: &House, account: AccountId) -> Option<konvent_talk::Session> {
    house.hall().seats_of(account).first().map(|seat| seat.session.clone())
}

/// The bookmark of a room that is somebody's no more.
fn gone(house: &House, room: &RoomInfo) -> Answer<Bookmark> {
    Ok(Bookmark {
        room: room.id,
        address: house.domain().room(&room.address)?,
        name: String::new(),
        nick: String::new(),
        autojoin: false,
        extensions: None,
    })
}

/// Whether the size of a room is known in memory.
fn known_size(house: &House) -> impl Fn(RoomId) -> Option<bool> {
    move |room| house.hall().occupants.known_size(room)
}
