//! Who stands behind an address.

use crate::Domain;
use crate::rooms::{RoomInfo, room_at};
use konvent_core::{AccountId, Answer, Reader};
use konvent_people::accounts;
use konvent_wire::Jid;

/// Who an address belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A member's account, open. The resource is the caller's business.
    Account(AccountId),
    /// A room, or one of its occupants by nickname.
    Room(RoomInfo, Option<String>),
    /// The server itself.
    Server,
    /// The room service itself.
    RoomService,
    /// A service of a feature, by the name on its card.
    Service(&'static str),
    /// It is one of our names, but nobody has this address.
    Nobody,
    /// Another server's.
    Elsewhere,
}

/// Looks an address up.
pub fn who_is(reader: &mut Reader<'_>, domain: &Domain, address: &Jid) -> Answer<Who> {
    let host = address.domain().as_str();
    if host == domain.name {
        let Some(localpart) = address.node() else { return Ok(Who::Server) };
        let account = accounts::id_of(reader, localpart.as_str())?;
        return Ok(account.map_or(Who::Nobody, Who::Account));
    }
    if host == domain.rooms {
        let Some(localpart) = address.node() else { return Ok(Who::RoomService) };
        let nick = address.resource().map(|nick| nick.as_str().to_owned());
        let room = room_at(reader, localpart.as_str())?;
        return Ok(room.map_or(Who::Nobody, |room| Who::Room(room, nick)));
    }
    if let Some(service) = domain.services.iter().find(|service| service.host == host) {
        return Ok(address.node().map_or(Who::Service(service.feature), |_| Who::Nobody));
    }
    Ok(Who::Elsewhere)
}
