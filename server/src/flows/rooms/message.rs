//! What is said to a room or to one of those inside (XEP-0045 §7.4, §7.5, §7.8, §7.13, §8.1, §8.6).

use konvent_core::{AccountId, Answer, Outbox, Reader, Tx};
use konvent_talk::archive::Kept;
use konvent_talk::blocking;
use konvent_talk::receiving::NOBODY_THERE;
use konvent_talk::rooms::free::{self, invite, voice};
use konvent_talk::rooms::occupants::is_out_of_reach;
use konvent_talk::rooms::{self, Being, Caller, Role, RoomInfo, RoomKind};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

use super::{Later, tell_bookmarks};
use crate::flows::{offline, push};
use crate::hall::happening::Happening;
use crate::house::House;

/// The story within the transaction. `later` is what can only be shown after the commit.
pub fn sent(
    house: &House,
    tx: &mut Tx<'_>,
    caller: &Caller,
    room: &RoomInfo,
    nick: Option<&str>,
    message: &Stanza,
    later: &Later,
) -> Answer<Outbox> {
    let mut out = Outbox::default();
    if message.is_error() && is_out_of_reach(message) {
        // XEP-0045 §18.1.2: what the room has said did not reach him.
        later.is(Happening::Bounced(caller.place.clone(), room.id));
        return Ok(out);
    }
    let inside = house.hall().occupants.voice(room.id, &caller.place);
    if inside.is_none() && room.kind == RoomKind::Free {
        // XEP-0045 §17.2: a room that is being made is not there yet.
        let kept = free::get(tx, room.id)?.ok_or(rooms::NO_SUCH_ROOM)?;
        super::iq::refuse_if_locked(tx, &kept, caller)?;
    }
    if let Some(nick) = nick {
        if message.is_kind("groupchat") {
            return Err(rooms::BAD_REQUEST); // XEP-0045 §7.5
        }
        if is_blocked(house, tx, caller, room, nick)? {
            return Err(NOBODY_THERE);
        }
        return house.hall().occupants.write_to_one(room.id, &caller.place, nick, message);
    }
    if message.is_error() {
        return Ok(out);
    }
    if message.is_kind("groupchat") {
        let kept =
            rooms::say::say(tx, house.domain(), room, caller, inside.as_ref(), message, &mut out)?;
        if let Kept::New { mine, .. } = kept {
            later.keeps();
            push::owe_in_room(house, tx, room.id, (message, mine))?;
        }
        if room.terms.slow_secs > 0 && !matches!(kept, Kept::Again(_)) {
            let now = tx.now();
            house.hall().occupants.speaks(room.id, &caller.place, tx.attempt(), now);
            later.is(Happening::Spoke(room.id, caller.place.clone(), now));
        }
        return Ok(out);
    }
    if room.kind != RoomKind::Free {
        return Err(rooms::DIRECTORY_DECIDES); // nobody is invited, nobody is given the voice by hand
    }
    if invite::is_one(message) {
        let kept = free::get(tx, room.id)?.ok_or(rooms::NO_SUCH_ROOM)?;
        let present = |address: &Jid| who_is_inside(house, room, address);
        let (mut deed, persons) = invite::pass_on(
            tx,
            house.domain(),
            &kept,
            caller,
            (inside.as_ref(), &present),
            message,
        )?;
        out.append(deed.take_first());
        offline::keep_posted(house, tx, &out)?;
        tell_bookmarks(house, tx, room, &persons, &mut out)?;
        later.is(Happening::Decided(deed));
        return Ok(out);
    }
    let inside = inside.ok_or(rooms::NOT_INSIDE)?;
    match voice::asked(message) {
        Some(voice::Asked::Voice) if inside.role >= Role::Participant => Ok(out), // he has it
        Some(voice::Asked::Voice) => {
            let address = house.domain().room(&room.address)?;
            let asked = voice::for_moderators(&address, caller, &inside);
            Ok(house.hall().occupants.tell_moderators(room.id, &asked))
        }
        // XEP-0045 §8.6: who has more than a voice by now keeps it.
        Some(voice::Asked::Granted(nick, true)) if may_speak(house, room, &nick) => Ok(out),
        Some(voice::Asked::Granted(nick, true)) => {
            let wishes = vec![voice::grant(nick)];
            let (room, by) = (room.id, caller.place.clone());
            later.is(Happening::Roles(room, by, wishes, Outbox::default()));
            Ok(out)
        }
        Some(voice::Asked::Granted(_, false)) => Ok(out),
        None => Err(rooms::BAD_REQUEST),
    }
}

/// The bare address of somebody inside, by his nickname or his own address.
fn who_is_inside(house: &House, room: &RoomInfo, address: &Jid) -> Option<BareJid> {
    let of_room = house.domain().room(&room.address).ok()?;
    let hall = house.hall();
    if address.to_bare() == of_room {
        let nick = address.resource()?;
        return hall.occupants.seen_as(room.id, nick.as_str()).map(|seen| seen.address);
    }
    let address = address.to_bare();
    hall.occupants.seen_in(room.id).into_iter().map(|seen| seen.address).find(|one| *one == address)
}

fn may_speak(house: &House, room: &RoomInfo, nick: &str) -> bool {
    let seen = house.hall().occupants.seen_as(room.id, nick);
    seen.is_some_and(|seen| seen.standing.role >= Role::Participant)
}

/// Whether the member behind a nickname has blocked whoever writes to him alone, or asks him something: under his own address
/// or as he is called in the room (XEP-0191 §3.3).
pub(super) fn is_blocked(
    house: &House,
    reader: &mut Reader<'_>,
    caller: &Caller,
    room: &RoomInfo,
    nick: &str,
) -> Answer<bool> {
    let (receiver, sender) = {
        let hall = house.hall();
        let sender = hall.occupants.voice(room.id, &caller.place).map(|voice| voice.nick);
        (hall.occupants.seen_as(room.id, nick), sender)
    };
    let Some(account) = receiver.and_then(|seen| account_of(&seen.being)) else {
        return Ok(false);
    };
    let room = house.domain().room(&room.address)?;
    let as_occupant = sender.and_then(|nick| room.with_resource_str(&nick).ok());
    for from in [Some(caller.bare().into()), as_occupant.map(Into::into)].into_iter().flatten() {
        if blocking::blocks(reader, account, &from)? {
            return Ok(true);
        }
    }
    Ok(false)
}

const fn account_of(being: &Being) -> Option<AccountId> {
    match being {
        Being::Here(account) => Some(*account),
        Being::Abroad(_) => None,
    }
}
