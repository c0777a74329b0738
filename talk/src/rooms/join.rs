//! Coming into a room (XEP-0045 §7.2): the directory or the lists say whether, the archive says what was spoken before.

use serde::{Deserialize, Serialize};

use super::free::versions;
use super::names::is_fit;
use super::stanzas::Subject;
use super::{
    Affiliation, BANNED, Caller, LOCKED, NICK_TAKEN, NICK_UNFIT, NO_NICK, NO_SUCH_ROOM,
    NOT_A_MEMBER, Role, RoomInfo, RoomKind, Standing, WRONG_PASSWORD, access, free,
};
use crate::archive::{self, Owner, Query};
use crate::{Domain, ns};
use konvent_core::config::FreeRooms;
use konvent_core::{Answer, Millis, Reader, RoomId, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::{ChildRef, Element, Stanza};

/// So many messages are shown to whoever does not say how many he wants.
const HISTORY: usize = 20;
/// And at most so many; the archive has the rest.
const HISTORY_MAX: usize = 50;

/// And of at most so many bytes: large messages must not fill what the newcomer has to acknowledge.
const HISTORY_BYTES_MAX: usize = 512 * 1024;

/// Everything that is needed to let a connection in: read in one job, used after its commit ([`super::Occupants::enter`]).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Joining {
    pub(super) caller: Caller,
    pub(super) room: RoomInfo,
    pub(super) address: BareJid,
    pub(super) standing: Standing,
    pub(super) is_large: bool,
    /// The nickname the client would like; in the directory's rooms the directory's name is used all the same.
    pub(super) wanted: String,
    pub(super) presence: Stanza,
    pub(super) history: Vec<Stanza>,
    pub(super) subject: Subject,
    /// What he is told of the lists of a free room.
    pub(super) lists: versions::Told,
    /// The room was made for him a moment ago.
    pub(super) is_new: bool,
    /// The number of this visit, in a free room.
    pub(super) visit: i64,
    /// How often the rooms had followed the directory when this was read ([`super::Occupants::enter`]).
    pub(super) followed: u64,
}

impl Joining {
    /// The connection that comes in.
    pub fn place(&self) -> &super::Place {
        &self.caller.place
    }
}

/// What is known in memory when somebody asks to come in. The hall is looked into for a moment only, never while the
/// storage is read.
pub struct Sight<'a> {
    /// [`super::Occupants::followed`].
    pub followed: u64,
    /// [`super::Occupants::known_size`].
    pub known_size: &'a dyn Fn(RoomId) -> Option<bool>,
}

/// A presence to `room@rooms/nick` from a connection that wants in. A free room that does not exist is made.
///
/// Those jobs run in the order of the commits, so that no message falls between the history and the moment of entering.
///
/// # Errors
/// `rooms.no-nick`, `rooms.no-such-room`, `rooms.not-a-member` (XEP-0045 §7.2.6), and those of a free room:
/// `rooms.banned`, `rooms.wrong-password`, `rooms.locked`, `rooms.nick-taken`, `rooms.nick-unfit`; of making one:
/// see [`free::found()`].
pub fn ask_to_join(
    tx: &mut Tx<'_>,
    domain: &Domain,
    rules: &FreeRooms,
    sight: &Sight<'_>,
    caller: &Caller,
    presence: &Stanza,
) -> Answer<Joining> {
    let now = tx.now();
    let to = presence.to.as_ref().ok_or(NO_SUCH_ROOM)?;
    let localpart = to.node().ok_or(NO_SUCH_ROOM)?.as_str();
    let wanted = to.resource().ok_or(NO_NICK)?.as_str().to_owned();
    let x = presence.child("x", ns::MUC).and_then(ChildRef::element);
    let room = access::room_at(tx, localpart)?;
    let room = room.filter(|room| access::is_there_for(room, caller));
    let entered = match room {
        Some(room) if room.kind == RoomKind::Free => {
            let kept = free::get(tx, room.id)?.ok_or(NO_SUCH_ROOM)?;
            enter_free(tx, (domain, rules), kept, caller, &wanted, x.as_ref())?
        }
        Some(room) => {
            let standing = access::standing_of(tx, &room, caller, now)?.ok_or(NOT_A_MEMBER)?;
            let (subject, lists) = (Subject::default(), versions::Told::default());
            Entered { room, standing, subject, lists, is_new: false, visit: 0 }
        }
        None => {
            if !is_fit(&wanted) {
                return Err(NICK_UNFIT);
            }
            let kept = free::found(tx, rules, caller, localpart)?;
            let visit = free::visit(tx, kept.info.id)?;
            let standing = Standing {
                affiliation: Affiliation::Owner,
                role: Role::Moderator,
                hats: Vec::new(),
            };
            let address = domain.room(localpart)?;
            let who = (&standing, &caller.bare());
            let lists = versions::told(tx, &kept, &address, who, x.as_ref())?;
            let (room, subject) = (kept.info, kept.subject);
            Entered { room, standing, subject, lists, is_new: true, visit }
        }
    };
    let Entered { room, standing, subject, lists, is_new, visit } = entered;
    let is_large = match (sight.known_size)(room.id) {
        Some(known) => known,
        None => access::is_large(tx, &room)?,
    };
    let address = domain.room(&room.address)?;
    let wish = x.as_ref().and_then(|x| x.get_child("history", ns::MUC));
    let history = if is_new { Vec::new() } else { history(tx, &room, &address, wish, now)? };
    Ok(Joining {
        caller: caller.clone(),
        room,
        address,
        standing,
        is_large,
        wanted,
        presence: presence.clone(),
        history,
        subject,
        lists,
        is_new,
        visit,
        followed: sight.followed,
    })
}

struct Entered {
    room: RoomInfo,
    standing: Standing,
    subject: Subject,
    lists: versions::Told,
    is_new: bool,
    visit: i64,
}

/// XEP-0045 §7.2.5 to §7.2.10, in the order in which a stranger learns least.
fn enter_free(
    tx: &mut Tx<'_>,
    (domain, rules): (&Domain, &FreeRooms),
    kept: free::Kept,
    caller: &Caller,
    wanted: &str,
    x: Option<&Element>,
) -> Answer<Entered> {
    let affiliation = free::affiliation(tx, kept.info.id, &caller.bare())?;
    let terms = &kept.info.terms;
    if affiliation == Affiliation::Outcast {
        return Err(BANNED);
    }
    free::refuse_from_abroad(tx, rules, kept.info.id, caller)?;
    if kept.is_locked && affiliation != Affiliation::Owner {
        return Err(LOCKED);
    }
    if !terms.admits(affiliation) {
        return Err(NOT_A_MEMBER);
    }
    if let Some(secret) = &terms.password
        && affiliation < Affiliation::Owner
    {
        // Owners may change the password, so asking them for it protects nothing.
        let given = x.and_then(|x| x.get_child("password", ns::MUC)).map(Element::text);
        let given = given.unwrap_or_default();
        if !is_same(given.as_bytes(), secret.as_bytes()) {
            return Err(WRONG_PASSWORD);
        }
    }
    if !is_fit(wanted) {
        return Err(NICK_UNFIT);
    }
    // XEP-0045 §7.2.8: a nickname that another has reserved.
    let holder = free::holder_of_nick(tx, kept.info.id, wanted)?;
    if holder.is_some_and(|holder| holder != caller.bare().as_str()) {
        return Err(NICK_TAKEN);
    }
    let visit = free::visit(tx, kept.info.id)?;
    let standing = Standing { affiliation, role: terms.role_of(affiliation), hats: Vec::new() };
    let address = domain.room(&kept.info.address)?;
    let lists = versions::told(tx, &kept, &address, (&standing, &caller.bare()), x)?;
    let (room, subject) = (kept.info, kept.subject);
    Ok(Entered { room, standing, subject, lists, is_new: false, visit })
}

/// Compares without telling by the time it takes how much was right.
fn is_same(given: &[u8], secret: &[u8]) -> bool {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(given) == Sha256::digest(secret)
}

/// What a newcomer is shown (XEP-0045 §7.2.13, §7.2.14), oldest first.
fn history(
    reader: &mut Reader<'_>,
    room: &RoomInfo,
    address: &BareJid,
    wish: Option<&Element>,
    now: Millis,
) -> Answer<Vec<Stanza>> {
    let number = |name: &str| wish.and_then(|wish| wish.attr(name)?.parse::<i64>().ok());
    let max = number("maxstanzas")
        .map_or(HISTORY, |max| usize::try_from(max).unwrap_or(0).min(HISTORY_MAX))
        .min(room.terms.history_max);
    let max_bytes = number("maxchars")
        .map_or(HISTORY_BYTES_MAX, |max| usize::try_from(max).unwrap_or(0).min(HISTORY_BYTES_MAX));
    let since = wish.and_then(|wish| Millis::from_xep_0082(wish.attr("since")?));
    let seconds = number("seconds").map(|secs| now.plus_secs(-secs.clamp(0, 10_000_000_000)));
    if max == 0 || max_bytes == 0 {
        return Ok(Vec::new());
    }
    let query = Query {
        start: since.max(seconds),
        max,
        from: archive::query::From::Newest,
        ..Query::default()
    };
    // XEP-0045 §7.2.13: subjects are no part of it; the present one follows by itself.
    let is_part = |said: &Stanza| !free::subject::is_subject(said);
    let owner = Owner::Room(room.id);
    let mut said = archive::stanzas::last_said(reader, owner, address, &query, is_part)?;
    // The newest that fit together.
    let mut sum = 0_usize;
    let fitting = said
        .iter()
        .rev()
        .take_while(|stanza| {
            sum = sum.saturating_add(stanza.size_hint());
            sum <= max_bytes
        })
        .count();
    said.drain(..said.len() - fitting);
    Ok(said)
}
