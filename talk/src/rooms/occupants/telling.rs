//! Telling those inside: each variant of a presence is built once and shown to many; only `to` differs.

use super::{Being, Inside, Occupant};
use konvent_core::{Answer, Outbox};
use konvent_wire::Stanza;

impl Occupant {
    /// To all his connections.
    pub(in crate::rooms) fn tell(&self, stanza: &Stanza, out: &mut Outbox) {
        for device in &self.devices {
            device.place.tell(&device.address, stanza, out);
        }
    }
}

impl Inside {
    /// To all devices inside but those of one member. `make` builds it with and without the address of whom it is about.
    pub(in crate::rooms) fn tell_others(
        &self,
        except: &Being,
        make: impl Fn(bool) -> Answer<Stanza>,
        out: &mut Outbox,
    ) -> Answer<()> {
        let (mut open, mut veiled) = (None, None);
        for (_, occupant) in self.occupants.iter().filter(|(being, _)| *being != except) {
            let with_address = self.sees_addresses(occupant);
            let known = if with_address { &mut open } else { &mut veiled };
            let stanza = match known {
                Some(stanza) => stanza,
                None => known.insert(make(with_address)?),
            };
            occupant.tell(stanza, out);
        }
        Ok(())
    }

    /// To everybody who sees addresses: moderators, or all.
    pub(in crate::rooms) fn tell_moderators(&self, stanza: &Stanza, out: &mut Outbox) {
        let moderators = self.occupants.values();
        for occupant in moderators.filter(|one| one.standing.role == super::Role::Moderator) {
            occupant.tell(stanza, out);
        }
    }

    /// To everybody.
    pub(in crate::rooms) fn tell_all(&self, stanza: &Stanza, out: &mut Outbox) {
        for occupant in self.occupants.values() {
            occupant.tell(stanza, out);
        }
    }

    /// Shows an occupant as he is now to the others, if he is seen at all.
    pub(in crate::rooms) fn show(&self, being: &Being, out: &mut Outbox) -> Answer<()> {
        let Some(occupant) = self.occupants.get(being).filter(|occupant| occupant.is_seen) else {
            return Ok(());
        };
        self.tell_others(being, |with_address| Ok(occupant.presence(with_address).clone()), out)
    }
}
