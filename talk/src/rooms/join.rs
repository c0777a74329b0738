//! Coming into a room (XEP-0045 §7.2): the directory says whether, the archive says what was spoken before.

use super::{NO_NICK, NO_SUCH_ROOM, NOT_A_MEMBER, Occupants, RoomInfo, Standing, access};
use crate::archive::{self, Owner, Query};
use crate::{Domain, Session, ns};
use konvent_core::{Answer, Millis, Reader};
use konvent_wire::jid::BareJid;
use konvent_wire::{ChildRef, Element, Stanza};

/// So many messages are shown to whoever does not say how many he wants.
const HISTORY: usize = 20;
/// And at most so many; the archive has the rest.
const HISTORY_MAX: usize = 50;

/// And of at most so many bytes: large messages must not fill what the newcomer has to acknowledge.
const HISTORY_BYTES_MAX: usize = 512 * 1024;

/// Everything that is needed to let a connection in: read in one job, used after its commit ([`Occupants::enter`]).
#[derive(Debug)]
pub struct Joining {
    pub(super) session: Session,
    pub(super) room: RoomInfo,
    pub(super) address: BareJid,
    pub(super) standing: Standing,
    pub(super) is_large: bool,
    /// The nickname the client would like; the directory's name is used all the same.
    pub(super) wanted: String,
    pub(super) presence: Stanza,
    pub(super) history: Vec<Stanza>,
    /// See [`Occupants::enter`].
    pub(super) followed: u64,
}

/// A presence to `room@rooms/nick` from a connection that wants in. A password is not looked at.
///
/// Read it in a *writing* job: those run in the order of the commits, so that no message falls between the history and
/// the moment of entering.
///
/// # Errors
/// `rooms.no-nick`, `rooms.no-such-room`, `rooms.not-a-member` (XEP-0045 §7.2.6).
pub fn ask_to_join(
    reader: &mut Reader<'_>,
    domain: &Domain,
    occupants: &Occupants,
    session: &Session,
    presence: &Stanza,
    now: Millis,
) -> Answer<Joining> {
    let to = presence.to.as_ref().ok_or(NO_SUCH_ROOM)?;
    let localpart = to.node().ok_or(NO_SUCH_ROOM)?;
    let wanted = to.resource().ok_or(NO_NICK)?.as_str().to_owned();
    let room = access::room_at(reader, localpart.as_str())?.ok_or(NO_SUCH_ROOM)?;
    let standing = access::standing(reader, &room, session.person, now)?.ok_or(NOT_A_MEMBER)?;
    let is_large = match occupants.known_size(room.id) {
        Some(known) => known,
        None => access::is_large(reader, &room)?,
    };
    let address = domain.room(&room.address)?;
    let wish = presence.child("x", ns::MUC).and_then(ChildRef::element);
    let wish = wish.as_ref().and_then(|x| x.get_child("history", ns::MUC));
    let history = history(reader, &room, &address, wish, now)?;
    Ok(Joining {
        session: session.clone(),
        room,
        address,
        standing,
        is_large,
        wanted,
        presence: presence.clone(),
        history,
        followed: occupants.followed,
    })
}

/// What a newcomer is shown (XEP-0045 §7.2.14), oldest first.
fn history(
    reader: &mut Reader<'_>,
    room: &RoomInfo,
    address: &BareJid,
    wish: Option<&Element>,
    now: Millis,
) -> Answer<Vec<Stanza>> {
    let number = |name: &str| wish.and_then(|wish| wish.attr(name)?.parse::<i64>().ok());
    let max = number("maxstanzas")
        .map_or(HISTORY, |max| usize::try_from(max).unwrap_or(0).min(HISTORY_MAX));
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
    let mut said = archive::stanzas::last_said(reader, Owner::Room(room.id), address, &query)?;
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
