//! What is said to a room or to one of those inside (XEP-0045 §7.4, §7.5, §7.8, §7.13, §8.1, §8.6).

use konvent_core::{AccountId, Answer, Outbox, Tx};
use konvent_talk::archive::Kept;
use konvent_talk::blocking;
use konvent_talk::receiving::NOBODY_THERE;
use konvent_talk::rooms::free::{self, invite, voice};
use konvent_talk::rooms::{self, Being, Caller, RoomInfo, RoomKind};
use konvent_wire::Stanza;

use super::{Later, tell_bookmarks};
use crate::flows::push;
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
    later.is(house, tx, None);
    let mut out = Outbox::default();
    if message.is_error() {
        // XEP-0045 §7.14: what the room has said did not reach him.
        later.is(house, tx, Some(Happening::Bounced(caller.place.clone(), room.id)));
        return Ok(out);
    }
    let inside = house.hall().occupants.voice(room.id, &caller.place);
    if let Some(nick) = nick {
        if message.is_kind("groupchat") {
            return Err(rooms::BAD_REQUEST); // XEP-0045 §7.5
        }
        if is_blocked(house, tx, caller, room, nick)? {
            return Err(NOBODY_THERE);
        }
        return house.hall().occupants.write_to_one(room.id, &caller.place, nick, message);
    }
    if message.is_kind("groupchat") {
        let kept =
            rooms::say::say(tx, house.domain(), room, caller, inside.as_ref(), message, &mut out)?;
        if let Kept::New { mine, .. } = kept {
            push::owe_in_room(house, tx, room.id, (message, mine))?;
        }
        if room.terms.slow_secs > 0 {
            let now = tx.now();
            house.hall().occupants.spoke(room.id, &caller.place, now);
            house.share(tx, || Happening::Spoke(room.id, caller.place.clone(), now));
        }
        return Ok(out);
    }
    if room.kind != RoomKind::Free {
        return Err(rooms::DIRECTORY_DECIDES); // nobody is invited, nobody is given the voice by hand
    }
    if invite::is_one(message) {
        let kept = free::get(tx, room.id)?.ok_or(rooms::NO_SUCH_ROOM)?;
        let (mut deed, persons) =
            invite::pass_on(tx, house.domain(), &kept, caller, inside.as_ref(), message)?;
        out.append(deed.take_first());
        tell_bookmarks(house, tx, room, &persons, &mut out)?;
        later.is(house, tx, Some(Happening::Decided(deed)));
        return Ok(out);
    }
    let inside = inside.ok_or(rooms::NOT_INSIDE)?;
    match voice::asked(message) {
        Some(voice::Asked::Voice) => {
            let address = house.domain().room(&room.address)?;
            let asked = voice::for_moderators(&address, caller, &inside);
            Ok(house.hall().occupants.tell_moderators(room.id, &asked))
        }
        Some(voice::Asked::Granted(nick, true)) => {
            let wishes = vec![voice::grant(nick)];
            let (room, by) = (room.id, caller.place.clone());
            later.is(house, tx, Some(Happening::Roles(room, by, wishes, Outbox::default())));
            Ok(out)
        }
        Some(voice::Asked::Granted(_, false)) => Ok(out),
        None => Err(rooms::BAD_REQUEST),
    }
}

/// Whether the member behind a nickname has blocked whoever writes to him alone: under his own address or as he is called in
/// the room (XEP-0191 §3.3).
fn is_blocked(
    house: &House,
    tx: &mut Tx<'_>,
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
        if blocking::blocks(tx, account, &from)? {
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
