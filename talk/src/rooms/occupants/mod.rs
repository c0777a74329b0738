//! Who is inside which room right now: in memory, gone after a restart (clients join again).
//!
//! * One occupant for each member and room; his devices share the nickname (XEP-0045 §7.2.8 leaves this to the service).
//! * In the directory's rooms the nickname is the member's name in the directory; whoever comes second under the same name
//!   gets his localpart behind it. In free rooms it is his to choose, and a second device gets that of the first.
//! * Everything here happens at the moment of posting, so that nobody hears a message before he has heard of his
//!   own joining, or twice.
//! * What was decided in the storage comes in as a [`Deed`]; roles of free rooms are decided here ([`roles`]), since they
//!   last no longer than a visit (XEP-0045 §5.1).

mod deed;
mod enter;
mod going;
mod moving;
mod pausing;
mod relaying;
pub mod roles;
mod telling;

use serde::{Deserialize, Serialize};

use std::collections::btree_map::BTreeMap;
use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::stanzas::{self, Note, Shown};
use super::{Affiliation, Being, PRESENCE_SHARED_UP_TO, Place, Role, RoomInfo, RoomKind, Standing};
use konvent_core::{Answer, Millis, PersonId, RoomId, SessionId};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

pub use deed::{Deed, Turn};
pub use going::is_out_of_reach;

/// All rooms with somebody inside.
#[derive(Serialize, Deserialize)]
pub struct Occupants {
    #[serde(skip)]
    secret: [u8; 32],
    rooms: HashMap<RoomId, Inside>,
    #[serde(with = "crate::pairs")]
    places: HashMap<Place, Vec<(RoomId, Being)>>,
    /// How often the rooms have followed the directory: whoever asked before may no longer belong.
    followed: u64,
    /// Rooms that may end because nobody is inside any more, with the visit that was the last.
    emptied: Vec<(RoomId, i64)>,
}

/// One room with somebody inside.
#[derive(Serialize, Deserialize)]
pub(super) struct Inside {
    pub(super) room: RoomInfo,
    pub(super) address: BareJid,
    pub(super) is_large: bool,
    #[serde(with = "crate::pairs")]
    pub(super) occupants: BTreeMap<Being, Occupant>,
    /// Nicknames as [`super::names::skeleton`] folds them: who looks alike counts as the same.
    nicks: HashMap<String, Being>,
    /// The number of the newest visit.
    visit: i64,
    /// Who spoke in a slow room and went, and when: he comes in again with the same pause before him. An empty room keeps nobody
    /// waiting, and forgets it.
    #[serde(default, with = "crate::pairs")]
    went: BTreeMap<Being, Millis>,
}

/// One member inside.
#[derive(Serialize, Deserialize)]
pub(super) struct Occupant {
    pub(super) person: Option<PersonId>,
    pub(super) address: BareJid,
    pub(super) nick: String,
    pub(super) id: String,
    pub(super) standing: Standing,
    /// The newest device last; its presence is the one that others see.
    pub(super) devices: Vec<Device>,
    /// Whether others see him coming and going; stays so until his role changes.
    pub(super) is_seen: bool,
    /// When he last spoke, for slow rooms (XEP-0500 §4).
    pub(super) spoke_at: Option<Millis>,
    /// When he speaks in a commit that is not through yet, and in which attempt.
    #[serde(skip)]
    pub(super) speaks: Option<(u64, Millis)>,
    /// His presence as others see it, with and without his address. Built once, shown to many.
    open: Stanza,
    veiled: Stanza,
}

/// One of his connections.
#[derive(Serialize, Deserialize)]
pub(super) struct Device {
    pub(super) place: Place,
    pub(super) address: Jid,
    pub(super) presence: Stanza,
}

/// Under which name somebody inside speaks, and what he may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// His nickname in the room.
    pub nick: String,
    /// What tells him apart for good (XEP-0421).
    pub occupant_id: String,
    /// What he may do.
    pub role: Role,
    /// When he last spoke.
    pub spoke_at: Option<Millis>,
    /// When he speaks in a commit that is not through yet, and in which attempt.
    pub speaks: Option<(u64, Millis)>,
}

impl Voice {
    /// When he last spoke, for a job of this attempt ([`konvent_core::Tx::attempt`]): what is said in it counts already, what was
    /// said in one that failed never does.
    pub fn last_spoke(&self, attempt: u64) -> Option<Millis> {
        let said_now = self.speaks.filter(|(known, _)| *known == attempt).map(|(_, at)| at);
        said_now.max(self.spoke_at)
    }
}

/// Somebody inside, looked up for those who decide about him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// In which room.
    pub room: RoomId,
    /// Who.
    pub being: Being,
    /// Who in the directory.
    pub person: Option<PersonId>,
    /// His address.
    pub address: BareJid,
    /// His nickname.
    pub nick: String,
    /// How he stands.
    pub standing: Standing,
}

impl Occupant {
    pub(super) fn shown<'a>(&'a self, room: &'a BareJid, with_address: bool) -> Shown<'a> {
        Shown {
            room,
            nick: &self.nick,
            address: with_address.then_some(&self.address),
            standing: &self.standing,
            occupant_id: &self.id,
        }
    }

    /// The presence that others see of him, without `to`.
    pub(super) fn presence(&self, with_address: bool) -> &Stanza {
        if with_address { &self.open } else { &self.veiled }
    }

    /// His own presence, with the numbers that only he is told. He may always see his own address.
    pub(super) fn own_presence(&self, room: &BareJid, note: &Note) -> Answer<Stanza> {
        stanzas::inside(self.shown(room, true), &self.said(), note)
    }

    fn said(&self) -> Stanza {
        let newest = self.devices.last();
        newest.map_or_else(|| Stanza::presence(""), |device| device.presence.clone())
    }

    /// Builds what others see of him again, after anything about him has changed.
    pub(super) fn refresh(&mut self, room: &BareJid, may_be_veiled: bool) -> Answer<()> {
        let said = self.said();
        self.open = stanzas::inside(self.shown(room, true), &said, &Note::default())?;
        self.veiled = if may_be_veiled {
            stanzas::inside(self.shown(room, false), &said, &Note::default())?
        } else {
            self.open.clone()
        };
        Ok(())
    }
}

impl Inside {
    /// Whether an occupant of this standing is seen coming and going: by the terms (`muc#roomconfig_presencebroadcast`), and
    /// in a large room only who may speak there, or moderates it ([`PRESENCE_SHARED_UP_TO`]).
    pub(super) fn shows(&self, role: Role) -> bool {
        let is_large = self.is_large || self.occupants.len() > PRESENCE_SHARED_UP_TO;
        let stands_out = match self.room.kind {
            RoomKind::Free => role == Role::Moderator,
            RoomKind::Unit(_) | RoomKind::Body(_) => role >= Role::Participant,
        };
        self.room.terms.seen.contains(&role) && (!is_large || stands_out)
    }

    /// Whether this occupant sees the addresses of others (XEP-0045 §4.2).
    pub(super) fn sees_addresses(&self, occupant: &Occupant) -> bool {
        self.room.terms.shows_addresses || occupant.standing.role == Role::Moderator
    }

    fn occupant_at(&self, nick: &str) -> Option<(&Being, &Occupant)> {
        self.occupants.iter().find(|(_, occupant)| occupant.nick == nick)
    }
}

impl Occupants {
    /// Nobody anywhere. `secret` keeps occupant ids (XEP-0421) from being guessed and must outlive restarts.
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            secret,
            rooms: HashMap::new(),
            places: HashMap::new(),
            followed: 0,
            emptied: Vec::new(),
        }
    }

    /// Everybody who is inside as another node has it; the secret stays the own one.
    pub fn take_over(&mut self, other: Self) {
        *self = Self { secret: self.secret, ..other };
    }

    /// Under which name a connection speaks in a room; `None` when it is not inside.
    pub fn voice(&self, room: RoomId, place: &Place) -> Option<Voice> {
        let (_, being) = self.places.get(place)?.iter().find(|(inside, _)| *inside == room)?;
        let occupant = self.rooms.get(&room)?.occupants.get(being)?;
        Some(Voice {
            nick: occupant.nick.clone(),
            occupant_id: occupant.id.clone(),
            role: occupant.standing.role,
            spoke_at: occupant.spoke_at,
            speaks: occupant.speaks,
        })
    }

    /// Whether a connection is inside.
    pub fn is_inside(&self, room: RoomId, place: &Place) -> bool {
        self.places.get(place).is_some_and(|rooms| rooms.iter().any(|(inside, _)| *inside == room))
    }

    /// The rooms that a connection is in.
    pub fn rooms_at(&self, place: &Place) -> Vec<RoomId> {
        self.places.get(place).into_iter().flatten().map(|(room, _)| *room).collect()
    }

    /// The same by their addresses.
    pub fn addresses_at(&self, place: &Place) -> HashMap<BareJid, RoomId> {
        let rooms = self.rooms_at(place).into_iter();
        rooms.filter_map(|room| Some((self.rooms.get(&room)?.address.clone(), room))).collect()
    }

    /// The sessions inside, for posting what was said ([`konvent_core::Post::Occupants`]).
    pub fn sessions(&self, room: RoomId) -> impl Iterator<Item = (SessionId, &Jid)> {
        self.devices(room).filter_map(|device| match device.place {
            Place::Here(session) => Some((session, &device.address)),
            Place::Abroad(_) => None,
        })
    }

    /// Those inside who sit on other servers, for the same.
    pub fn abroad(&self, room: RoomId) -> impl Iterator<Item = &Jid> {
        self.devices(room).filter_map(|device| match device.place {
            Place::Here(_) => None,
            Place::Abroad(_) => Some(&device.address),
        })
    }

    fn devices(&self, room: RoomId) -> impl Iterator<Item = &Device> {
        self.rooms
            .get(&room)
            .into_iter()
            .flat_map(|inside| inside.occupants.values())
            .flat_map(|occupant| &occupant.devices)
    }

    /// How many members are inside.
    pub fn count(&self, room: RoomId) -> usize {
        self.rooms.get(&room).map_or(0, |inside| inside.occupants.len())
    }

    /// Whether the size of a room is known already, and what it is: counting costs a query ([`super::access::is_large`]).
    pub fn known_size(&self, room: RoomId) -> Option<bool> {
        self.rooms.get(&room).map(|inside| inside.is_large)
    }

    /// How often the rooms have followed the directory; see [`super::Joining`].
    pub const fn followed(&self) -> u64 {
        self.followed
    }

    /// The directory has changed: from now on nobody enters on the strength of what it said before.
    pub fn has_followed(&mut self) {
        self.followed += 1;
    }

    /// Those inside a room, by nickname.
    pub fn seen_in(&self, room: RoomId) -> Vec<Seen> {
        self.seen_where(|inside| inside.room.id == room, |_| true)
    }

    /// Those inside any room of the directory whom a change of it may concern: some persons, or everybody.
    pub(super) fn seen_of(&self, persons: Option<&[PersonId]>) -> Vec<Seen> {
        self.seen_where(
            |inside| inside.room.kind != RoomKind::Free,
            |person| persons.is_none_or(|some| person.is_some_and(|person| some.contains(&person))),
        )
    }

    fn seen_where(
        &self,
        is_meant: impl Fn(&Inside) -> bool,
        concerns: impl Fn(Option<PersonId>) -> bool,
    ) -> Vec<Seen> {
        let mut seen = Vec::new();
        for inside in self.rooms.values().filter(|inside| is_meant(inside)) {
            for (being, occupant) in &inside.occupants {
                if concerns(occupant.person) {
                    seen.push(Seen {
                        room: inside.room.id,
                        being: being.clone(),
                        person: occupant.person,
                        address: occupant.address.clone(),
                        nick: occupant.nick.clone(),
                        standing: occupant.standing.clone(),
                    });
                }
            }
        }
        seen
    }

    /// Who bears a nickname inside.
    pub fn seen_as(&self, room: RoomId, nick: &str) -> Option<Seen> {
        let inside = self.rooms.get(&room)?;
        let (being, occupant) = inside.occupant_at(nick)?;
        Some(Seen {
            room,
            being: being.clone(),
            person: occupant.person,
            address: occupant.address.clone(),
            nick: occupant.nick.clone(),
            standing: occupant.standing.clone(),
        })
    }

    /// Whether [`Self::take_emptied`] has something to give.
    pub fn has_emptied(&self) -> bool {
        !self.emptied.is_empty()
    }

    /// Rooms that nobody is inside any more and that were not made to stay, with the number of the last visit.
    pub fn take_emptied(&mut self) -> Vec<(RoomId, i64)> {
        let rooms = &self.rooms;
        let mut known = HashSet::new();
        self.emptied.retain(|(room, _)| !rooms.contains_key(room) && known.insert(*room));
        std::mem::take(&mut self.emptied)
    }

    /// Begins a seal of ours for one purpose.
    fn mac(&self, purpose: &[u8]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("any key length");
        mac.update(purpose);
        mac
    }

    /// XEP-0421 §4.1: stable for a member in a room, different in every room, and not to be turned back.
    fn occupant_id(&self, room: RoomId, being: &Being) -> String {
        let mut mac = self.mac(b"occupant-id");
        mac.update(&room.0.to_be_bytes());
        match being {
            Being::Here(account) => mac.update(&account.0.to_be_bytes()),
            Being::Abroad(address) => mac.update(address.as_str().as_bytes()),
        }
        let tag = mac.finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(tag.first_chunk::<16>().unwrap_or(&[0; 16]))
    }
}
