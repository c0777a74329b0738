//! Who is inside which room right now: in memory, gone after a restart (clients join again).
//!
//! * One occupant for each member and room; his devices share the nickname (XEP-0045 §7.2.8 leaves this to the service).
//! * The nickname is the member's name in the directory. Whoever comes second under the same name gets his localpart
//!   behind it.
//! * Everything here happens at the moment of posting, so that nobody hears a message before he has heard of his
//!   own joining, or twice.

use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::stanzas::{self, Shown, status};
use super::{DIRECTORY_CHANGED, Joining, Role, RoomInfo, Standing};
use konvent_core::{AccountId, Answer, Outbox, PersonId, RoomId, SessionId};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

/// All rooms with somebody inside.
pub struct Occupants {
    secret: [u8; 32],
    rooms: HashMap<RoomId, Inside>,
    places: HashMap<SessionId, Vec<RoomId>>,
    /// How often the rooms have followed the directory: whoever asked before may no longer belong.
    pub(super) followed: u64,
}

/// One room with somebody inside.
pub(super) struct Inside {
    pub(super) room: RoomInfo,
    pub(super) address: BareJid,
    pub(super) is_large: bool,
    pub(super) occupants: BTreeMap<AccountId, Occupant>,
    nicks: HashMap<String, AccountId>,
}

/// One member inside.
pub(super) struct Occupant {
    pub(super) person: PersonId,
    pub(super) address: BareJid,
    pub(super) nick: String,
    pub(super) id: String,
    pub(super) standing: Standing,
    /// The newest device last; its presence is the one that others see.
    pub(super) devices: Vec<Device>,
}

/// One of his connections.
pub(super) struct Device {
    pub(super) session: SessionId,
    pub(super) address: Jid,
    pub(super) presence: Stanza,
}

/// Under which name somebody inside speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// His nickname in the room.
    pub nick: String,
    /// What tells him apart for good (XEP-0421).
    pub occupant_id: String,
}

impl Occupant {
    pub(super) fn shown<'a>(&'a self, room: &'a BareJid) -> Shown<'a> {
        Shown {
            room,
            nick: &self.nick,
            address: &self.address,
            standing: &self.standing,
            occupant_id: &self.id,
        }
    }

    /// The presence that others see of him, without `to`.
    pub(super) fn presence(&self, room: &BareJid, statuses: &[u16]) -> Answer<Stanza> {
        let said = self
            .devices
            .last()
            .map_or_else(|| Stanza::presence(""), |device| device.presence.clone());
        stanzas::inside(self.shown(room), &said, statuses)
    }
}

impl Inside {
    /// Whether others see this occupant coming and going ([`super::PRESENCE_SHARED_UP_TO`]).
    pub(super) fn is_seen(&self, occupant: &Occupant) -> bool {
        !self.is_large || occupant.standing.role == Role::Participant
    }

    /// To all devices inside but those of one member.
    pub(super) fn tell_others(&self, except: AccountId, presence: &Stanza, out: &mut Outbox) {
        for (_, occupant) in self.occupants.iter().filter(|(account, _)| **account != except) {
            for device in &occupant.devices {
                let to = Some(device.address.clone());
                out.to_session(device.session, presence.addressed(presence.from.clone(), to));
            }
        }
    }

    fn free_nick(&self, joining: &Joining) -> String {
        let account = joining.session.account;
        let localpart = joining.session.address.node().map_or("", |node| node.as_str());
        let name = joining.session.name.trim();
        let second = format!("{name} ({localpart})");
        for candidate in [name, second.as_str(), localpart] {
            let is_free = self.nicks.get(candidate).is_none_or(|holder| *holder == account);
            if is_free
                && !candidate.is_empty()
                && joining.address.with_resource_str(candidate).is_ok()
            {
                return candidate.to_owned();
            }
        }
        localpart.to_owned()
    }
}

impl Occupants {
    /// Nobody anywhere. `secret` keeps occupant ids (XEP-0421) from being guessed and must outlive restarts.
    pub fn new(secret: [u8; 32]) -> Self {
        Self { secret, rooms: HashMap::new(), places: HashMap::new(), followed: 0 }
    }

    /// Lets a connection in and tells everybody, in the order of XEP-0045 §7.2: who is there, yourself, history, subject.
    ///
    /// Call it when the job that made `joining` has been committed: what was posted before is in the history, what is
    /// posted from now on reaches the newcomer.
    ///
    /// # Errors
    /// `rooms.directory-changed` when the rooms have followed the directory since `joining` was read.
    pub fn enter(&mut self, joining: Joining) -> Answer<Outbox> {
        if joining.followed != self.followed {
            return Err(DIRECTORY_CHANGED);
        }
        let id = self.occupant_id(joining.room.id, joining.session.account);
        let Joining { room, address, is_large, .. } = &joining;
        let inside = self.rooms.entry(room.id).or_insert_with(|| Inside {
            room: room.clone(),
            address: address.clone(),
            is_large: *is_large,
            occupants: BTreeMap::new(),
            nicks: HashMap::new(),
        });
        inside.room = joining.room.clone();
        let nick = inside.free_nick(&joining);
        let Joining { session, standing, presence, history, wanted, .. } = joining;
        let (room, account, to) = (inside.room.id, session.account, Some(session.address.clone()));
        let mut out = Outbox::default();

        // XEP-0045 §7.2.2: first those who are there already …
        for (_, other) in inside.occupants.iter().filter(|(other, _)| **other != account) {
            if inside.is_seen(other) {
                let shown = other.presence(&inside.address, &[])?;
                out.to_session(session.id, shown.addressed(shown.from.clone(), to.clone()));
            }
        }
        let device = Device {
            session: session.id,
            address: session.address.clone(),
            presence: stanzas::cleaned_presence(&presence),
        };
        let occupant = match inside.occupants.entry(account) {
            Entry::Vacant(place) => place.insert(Occupant {
                person: session.person,
                address: session.address.to_bare(),
                nick: nick.clone(),
                id,
                standing: standing.clone(),
                devices: Vec::new(),
            }),
            Entry::Occupied(place) => place.into_mut(),
        };
        let is_first = occupant.devices.is_empty();
        occupant.standing = standing;
        occupant.devices.retain(|known| known.session != session.id);
        occupant.devices.push(device);
        inside.nicks.insert(occupant.nick.clone(), account);
        let nick = occupant.nick.clone();
        let places = self.places.entry(session.id).or_default();
        if !places.contains(&room) {
            places.push(room);
        }

        let Some(occupant) = inside.occupants.get(&account) else { return Ok(out) };
        if is_first && inside.is_seen(occupant) {
            inside.tell_others(account, &occupant.presence(&inside.address, &[])?, &mut out);
        }
        // … then himself, with what he must know of the room (§7.2.3, §7.2.4, §7.2.9) …
        let mut statuses = vec![status::NON_ANONYMOUS, status::SELF];
        if wanted != nick {
            statuses.push(status::NICK_CHANGED);
        }
        let own = occupant.presence(&inside.address, &statuses)?;
        let mut own = own.addressed(own.from.clone(), to.clone());
        own.id.clone_from(&presence.id);
        out.to_session(session.id, own);
        // … then what was said, and the subject last (§7.2.14, §7.2.15).
        for said in history.into_iter().chain([stanzas::no_subject(&inside.address)]) {
            out.to_session(session.id, said.addressed(said.from.clone(), to.clone()));
        }
        Ok(out)
    }

    /// A connection inside says how it is (XEP-0045 §7.7): shown to all, as that of its member.
    pub fn change_presence(
        &mut self,
        session: SessionId,
        room: RoomId,
        presence: &Stanza,
    ) -> Answer<Outbox> {
        let mut out = Outbox::default();
        let Some(inside) = self.rooms.get_mut(&room) else { return Ok(out) };
        let Some((account, occupant)) = inside
            .occupants
            .iter_mut()
            .find(|(_, occupant)| occupant.devices.iter().any(|device| device.session == session))
        else {
            return Ok(out);
        };
        let account = *account;
        if let Some(at) = occupant.devices.iter().position(|device| device.session == session) {
            let mut device = occupant.devices.remove(at);
            device.presence = stanzas::cleaned_presence(presence);
            occupant.devices.push(device);
        }
        let Some(occupant) = inside.occupants.get(&account) else { return Ok(out) };
        if inside.is_seen(occupant) {
            inside.tell_others(account, &occupant.presence(&inside.address, &[])?, &mut out);
        }
        let own = occupant.presence(&inside.address, &[status::SELF])?;
        for device in &occupant.devices {
            out.to_session(
                device.session,
                own.addressed(own.from.clone(), Some(device.address.clone())),
            );
        }
        Ok(out)
    }

    /// A connection leaves a room (XEP-0045 §7.14). `presence` is what it says in parting, if it says anything.
    pub fn leave(
        &mut self,
        session: SessionId,
        room: RoomId,
        presence: Option<&Stanza>,
    ) -> Answer<Outbox> {
        self.take_out(session, room, presence, &[])
    }

    /// A connection is gone and leaves all rooms; nothing is said to itself that it could still hear.
    pub fn leave_all(&mut self, session: SessionId) -> Answer<Outbox> {
        let mut out = Outbox::default();
        for room in self.places.get(&session).cloned().unwrap_or_default() {
            out.append(self.take_out(session, room, None, &[])?);
        }
        Ok(out)
    }

    /// Takes a connection out; `statuses` say why. The last connection of a member takes the occupant along.
    pub(super) fn take_out(
        &mut self,
        session: SessionId,
        room: RoomId,
        presence: Option<&Stanza>,
        statuses: &[u16],
    ) -> Answer<Outbox> {
        let mut out = Outbox::default();
        if let Some(places) = self.places.get_mut(&session) {
            places.retain(|place| *place != room);
            if places.is_empty() {
                self.places.remove(&session);
            }
        }
        let Some(inside) = self.rooms.get_mut(&room) else { return Ok(out) };
        let Some((account, occupant)) = inside
            .occupants
            .iter_mut()
            .find(|(_, occupant)| occupant.devices.iter().any(|device| device.session == session))
        else {
            return Ok(out);
        };
        let account = *account;
        let mut own = statuses.to_vec();
        own.push(status::SELF);
        if let Some(at) = occupant.devices.iter().position(|device| device.session == session) {
            let device = occupant.devices.remove(at);
            let farewell = stanzas::gone(occupant.shown(&inside.address), presence, &own)?;
            out.to_session(
                session,
                farewell.addressed(farewell.from.clone(), Some(device.address)),
            );
        }
        if !occupant.devices.is_empty() {
            return Ok(out);
        }
        if let Some(occupant) = inside.occupants.remove(&account) {
            inside.nicks.remove(&occupant.nick);
            if inside.is_seen(&occupant) {
                let farewell = stanzas::gone(occupant.shown(&inside.address), presence, statuses)?;
                inside.tell_others(account, &farewell, &mut out);
            }
        }
        if inside.occupants.is_empty() {
            self.rooms.remove(&room);
        }
        Ok(out)
    }

    /// Under which name a connection speaks in a room; `None` when it is not inside.
    pub fn voice(&self, room: RoomId, session: SessionId, account: AccountId) -> Option<Voice> {
        let occupant = self.rooms.get(&room)?.occupants.get(&account)?;
        let is_inside = occupant.devices.iter().any(|device| device.session == session);
        is_inside.then(|| Voice { nick: occupant.nick.clone(), occupant_id: occupant.id.clone() })
    }

    /// Whether a connection is inside.
    pub fn is_inside(&self, room: RoomId, session: SessionId) -> bool {
        self.places.get(&session).is_some_and(|places| places.contains(&room))
    }

    /// The connections inside, for posting what was said ([`konvent_core::Post::Occupants`]).
    pub fn sessions(&self, room: RoomId) -> impl Iterator<Item = (SessionId, &Jid)> {
        self.rooms
            .get(&room)
            .into_iter()
            .flat_map(|inside| inside.occupants.values())
            .flat_map(|occupant| &occupant.devices)
            .map(|device| (device.session, &device.address))
    }

    /// How many members are inside.
    pub fn count(&self, room: RoomId) -> usize {
        self.rooms.get(&room).map_or(0, |inside| inside.occupants.len())
    }

    /// Whether the size of a room is known already, and what it is: counting costs a query ([`super::access::is_large`]).
    pub fn known_size(&self, room: RoomId) -> Option<bool> {
        self.rooms.get(&room).map(|inside| inside.is_large)
    }

    pub(super) fn inside(&self, room: RoomId) -> Option<&Inside> {
        self.rooms.get(&room)
    }

    pub(super) fn inside_mut(&mut self, room: RoomId) -> Option<&mut Inside> {
        self.rooms.get_mut(&room)
    }

    pub(super) fn rooms(&self) -> impl Iterator<Item = &Inside> {
        self.rooms.values()
    }

    /// XEP-0421 §3: stable for a member in a room, different in every room, and not to be turned back.
    fn occupant_id(&self, room: RoomId, account: AccountId) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("any key length");
        mac.update(b"occupant-id");
        mac.update(&room.0.to_be_bytes());
        mac.update(&account.0.to_be_bytes());
        let tag = mac.finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(tag.first_chunk::<16>().unwrap_or(&[0; 16]))
    }
}
