//! What was decided about a room in the storage, shown to those inside once it is on disk.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Affiliation, Being, Inside, Occupants, Role, RoomInfo, Standing};
use crate::rooms::Terms;
use crate::rooms::free::versions::Versions;
use crate::rooms::stanzas::{self, Note, status};
use konvent_core::{Answer, Outbox, RoomId};
use konvent_wire::Stanza;
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;

use crate::ns;

/// What has become of a room and of those inside.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Deed {
    pub(in crate::rooms) room: RoomId,
    pub(in crate::rooms) turns: Vec<Turn>,
    /// What is posted before anybody inside hears of it: the answer to whoever did it, invitations.
    pub(in crate::rooms) first: Outbox,
}

/// One thing that happens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Turn {
    /// Somebody is something else from now on, if he is inside.
    Stands(Being, Standing, Note),
    /// Somebody has another affiliation; his role follows from it, unless a moderator gave it to him.
    Affiliated {
        /// Who.
        being: Being,
        /// His address, for those who may see it when he is not inside.
        address: BareJid,
        /// What he is from now on.
        affiliation: Affiliation,
        /// Whether he may be inside with it; otherwise he goes.
        stays: bool,
        /// Why, and by whom.
        note: Note,
    },
    /// Somebody must go.
    Out(Being, Note),
    /// Everybody hears this.
    Said(Stanza),
    /// Moderators hear this.
    SaidToModerators(Stanza),
    /// The room has other terms; who may no longer be inside goes (XEP-0045 §10.2).
    Terms(RoomInfo),
    /// The room ends (XEP-0045 §10.9).
    Ended(Note),
}

impl Deed {
    /// Nothing has changed for those inside.
    pub(in crate::rooms) fn of(room: RoomId, first: Outbox) -> Self {
        Self { room, turns: Vec::new(), first }
    }

    /// Takes out what is posted first.
    pub fn take_first(&mut self) -> Outbox {
        std::mem::take(&mut self.first)
    }

    /// With this posted first.
    #[must_use]
    pub fn after(mut self, first: Outbox) -> Self {
        self.first = first;
        self
    }

    /// And this happens.
    #[must_use]
    pub(in crate::rooms) fn with(mut self, turn: Turn) -> Self {
        self.turns.push(turn);
        self
    }
}

impl Occupants {
    /// Shows what was decided. Call it after the commit.
    pub fn apply(&mut self, deed: Deed) -> Answer<Outbox> {
        let Deed { room, turns, first } = deed;
        let mut out = first;
        for turn in turns {
            match turn {
                Turn::Stands(being, standing, note) => {
                    self.stands(room, &being, standing, &note, &mut out)?;
                }
                Turn::Affiliated { being, address, affiliation, stays, note } => {
                    let meant = self.meant(room, &being);
                    if meant.is_empty() {
                        self.affiliated_outside(room, &address, affiliation, &note, &mut out);
                    }
                    for being in meant {
                        if stays {
                            self.affiliated(room, &being, affiliation, &note, &mut out)?;
                        } else {
                            out.append(self.show_out(&being, room, &note)?);
                        }
                    }
                }
                Turn::Out(being, note) => out.append(self.show_out(&being, room, &note)?),
                Turn::Said(stanza) => {
                    if let Some(inside) = self.rooms.get(&room) {
                        inside.tell_all(&stanza, &mut out);
                    }
                }
                Turn::SaidToModerators(stanza) => {
                    if let Some(inside) = self.rooms.get(&room) {
                        inside.tell_moderators(&stanza, &mut out);
                    }
                }
                Turn::Terms(info) => out.append(self.has_terms(info)?),
                Turn::Ended(note) => self.empty(room, &note, &mut out)?,
            }
        }
        Ok(out)
    }

    /// XEP-0045 §9.3, §10.3: who is not inside changes as well; those who see addresses are told by a message.
    fn affiliated_outside(
        &self,
        room: RoomId,
        address: &BareJid,
        affiliation: Affiliation,
        note: &Note,
        out: &mut Outbox,
    ) {
        let Some(inside) = self.rooms.get(&room) else { return };
        let versions = note.versions.as_ref().map(Versions::element);
        let item = el("item", ns::MUC_USER)
            .attr("affiliation", affiliation.as_str())
            .attr("jid", address)
            .attr("role", Role::None.as_str());
        let said = Stanza::message("")
            .with_from(inside.address.clone())
            .with_child(&el("x", ns::MUC_USER).children(versions).child(item).build());
        for occupant in inside.occupants.values().filter(|one| inside.sees_addresses(one)) {
            occupant.tell(&said, out);
        }
    }

    /// Those inside who are meant: one, or everybody of a server (XEP-0045 §9.2).
    fn meant(&self, room: RoomId, being: &Being) -> Vec<Being> {
        match being {
            Being::Abroad(server) if server.node().is_none() => {
                let all = self.beings(room).into_iter();
                all.filter(
                    |one| matches!(one, Being::Abroad(one) if one.domain() == server.domain()),
                )
                .collect()
            }
            one => self.beings(room).into_iter().filter(|other| other == one).collect(),
        }
    }

    fn beings(&self, room: RoomId) -> Vec<Being> {
        let inside = self.rooms.get(&room);
        inside.map(|inside| inside.occupants.keys().cloned().collect()).unwrap_or_default()
    }

    /// XEP-0045 §8.3, §8.4, §9.3: a changed role or affiliation is shown to all, to himself with 110.
    pub(super) fn stands(
        &mut self,
        room: RoomId,
        being: &Being,
        standing: Standing,
        note: &Note,
        out: &mut Outbox,
    ) -> Answer<()> {
        let Some(inside) = self.rooms.get_mut(&room) else { return Ok(()) };
        let is_seen = inside.shows(standing.role);
        let veils = !inside.room.terms.shows_addresses;
        let Some(occupant) = inside.occupants.get_mut(being) else { return Ok(()) };
        let sees_more =
            standing.role == Role::Moderator && occupant.standing.role != Role::Moderator;
        let was_seen = std::mem::replace(&mut occupant.is_seen, is_seen);
        occupant.standing = standing;
        occupant.refresh(&inside.address, veils)?;
        let Some(occupant) = inside.occupants.get(being) else { return Ok(()) };
        if was_seen || is_seen {
            let said = occupant.said();
            let address = &inside.address;
            inside.tell_others(
                being,
                |with_address| stanzas::inside(occupant.shown(address, with_address), &said, note),
                out,
            )?;
        }
        let own = occupant.own_presence(&inside.address, &note.clone().and(status::SELF))?;
        occupant.tell(&own, out);
        if sees_more && veils {
            inside.unveil_to(being, out);
        }
        Ok(())
    }

    fn affiliated(
        &mut self,
        room: RoomId,
        being: &Being,
        affiliation: Affiliation,
        note: &Note,
        out: &mut Outbox,
    ) -> Answer<()> {
        let Some(inside) = self.rooms.get(&room) else { return Ok(()) };
        let Some(occupant) = inside.occupants.get(being) else { return Ok(()) };
        let mut standing = occupant.standing.clone();
        let by_rule = inside.room.terms.role_of(affiliation);
        let was_by_rule = inside.room.terms.role_of(standing.affiliation);
        // A role that a moderator gave or took stays, unless the new bond gives more (XEP-0045 §5.2.1).
        if standing.role == was_by_rule || by_rule > standing.role {
            standing.role = by_rule;
        }
        standing.affiliation = affiliation;
        self.stands(room, being, standing, note, out)
    }

    /// The room has other terms: all are told (XEP-0045 §10.2.1), and who may not stay goes with 322.
    fn has_terms(&mut self, info: RoomInfo) -> Answer<Outbox> {
        let mut out = Outbox::default();
        let room = info.id;
        let Some(inside) = self.rooms.get_mut(&room) else { return Ok(out) };
        let before = std::mem::replace(&mut inside.room, info);
        let (was, is) = (&before.terms, &inside.room.terms);
        let code = match (was.shows_addresses, is.shows_addresses) {
            (false, true) => Some(status::NOW_NON_ANONYMOUS),
            (true, false) => Some(status::NOW_SEMI_ANONYMOUS),
            _ => None,
        };
        // What concerns privacy is said alone; 104 goes with whatever else is new.
        let as_before = RoomInfo { terms: Arc::clone(was), ..inside.room.clone() };
        let is_only_privacy = code.is_some()
            && as_before == before
            && Terms { shows_addresses: is.shows_addresses, ..Terms::clone(was) } == **is;
        let changed = (!is_only_privacy).then_some(status::TERMS_CHANGED);
        let becomes_members_only = is.is_members_only && !was.is_members_only;
        let veils = !is.shows_addresses;
        for occupant in inside.occupants.values_mut() {
            occupant.refresh(&inside.address, veils)?;
        }
        for code in code.into_iter().chain(changed) {
            inside.tell_all(&stanzas::announcement(&inside.address, &[code]), &mut out);
        }
        inside.show_by_terms(&mut out)?;
        if becomes_members_only {
            let note = Note::codes(&[status::MEMBERS_ONLY]);
            let strangers: Vec<Being> = inside
                .occupants
                .iter()
                .filter(|(_, one)| one.standing.affiliation < Affiliation::Member)
                .map(|(being, _)| being.clone())
                .collect();
            for being in strangers {
                out.append(self.show_out(&being, room, &note)?);
            }
        }
        Ok(out)
    }
}

impl Inside {
    /// Other roles are seen coming and going from now on (`muc#roomconfig_presencebroadcast`): who was not is shown to the
    /// others, who no longer is goes from their sight.
    fn show_by_terms(&mut self, out: &mut Outbox) -> Answer<()> {
        let beings: Vec<Being> = self.occupants.keys().cloned().collect();
        for being in beings {
            let Some(occupant) = self.occupants.get(&being) else { continue };
            let is_seen = self.shows(occupant.standing.role);
            let was_seen = occupant.is_seen;
            if was_seen == is_seen {
                continue;
            }
            if was_seen {
                let farewell = |with| {
                    stanzas::gone(occupant.shown(&self.address, with), None, &Note::default())
                };
                self.tell_others(&being, farewell, out)?;
            }
            if let Some(occupant) = self.occupants.get_mut(&being) {
                occupant.is_seen = is_seen;
            }
            self.show(&being, out)?;
        }
        Ok(())
    }

    /// Who becomes a moderator sees from now on whose addresses are whose (XEP-0045 §4.2).
    fn unveil_to(&self, being: &Being, out: &mut Outbox) {
        let Some(moderator) = self.occupants.get(being) else { return };
        for (_, other) in
            self.occupants.iter().filter(|(other, one)| *other != being && one.is_seen)
        {
            moderator.tell(other.presence(true), out);
        }
    }
}
