//! Names of those who hold an office. In a free room everybody chooses his nickname; nobody may choose one by which others take him
//! for somebody who speaks for the organisation (XEP-0045 §7.2.8: a nickname that is reserved).
//!
//! The names are read from the directory and remembered until it changes, or a term begins or ends. Left out: names of members
//! without an office, which many bear, and names of bodies.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use konvent_core::{Answer, Kind, Millis, PersonId, Reader, Refusal};
use konvent_people::{accounts, offices, people, units};
use konvent_wire::jid::BareJid;

use super::NICK_TAKEN;
use super::names::gist;
use crate::Domain;

/// The nickname is the name of somebody who holds an office, and whoever wants it is somebody else.
pub const NAME_OF_AN_OFFICER: Refusal = Refusal::new(Kind::Conflict, "rooms.name-of-an-officer");

/// The names of all who hold an office, as they look.
#[derive(Debug, Default)]
pub struct Officers(Mutex<Option<Known>>);

#[derive(Debug, Clone)]
struct Known {
    /// The directory as it was when they were read.
    version: i64,
    since: Millis,
    /// The next term begins or ends here.
    until: Option<Millis>,
    names: Arc<HashSet<String>>,
}

impl Officers {
    /// Whether this address may bear this nickname. Somebody elsewhere only hears that it is taken: who holds an office here is not
    /// his to find out.
    ///
    /// # Errors
    /// [`NAME_OF_AN_OFFICER`], `rooms.nick-taken`.
    pub fn may_bear(
        &self,
        reader: &mut Reader<'_>,
        domain: &Domain,
        (address, nick): (&BareJid, &str),
        now: Millis,
    ) -> Answer<()> {
        let wanted = gist(nick);
        if wanted.is_empty() || !self.names(reader, now)?.contains(&wanted) {
            return Ok(());
        }
        let own = address.node().filter(|_| address.domain().as_str() == domain.name);
        let Some(localpart) = own else { return Err(NICK_TAKEN) };
        // Namesakes bear their own name, as the directory has it; what a guest calls himself is no name of the directory.
        let own = match accounts::by_localpart(reader, localpart.as_str())? {
            Some(account) if !people::is_guest(reader, account.person)? => {
                names_of(reader, account.person)?
            }
            _ => Vec::new(),
        };
        if own.contains(&wanted) { Ok(()) } else { Err(NAME_OF_AN_OFFICER) }
    }

    fn names(&self, reader: &mut Reader<'_>, now: Millis) -> Answer<Arc<HashSet<String>>> {
        let version = units::directory_version(reader)?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known
            && known.version == version
            && known.since <= now
            && known.until.is_none_or(|until| now < until)
        {
            return Ok(known.names);
        }
        let mut names = HashSet::new();
        for person in offices::officers(reader, now)? {
            names.extend(names_of(reader, person)?);
        }
        names.remove("");
        let names = Arc::new(names);
        let until = offices::next_change(reader, now)?;
        let known = Known { version, since: now, until, names: Arc::clone(&names) };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(names)
    }
}

/// How the name of a person looks, with and without a title.
fn names_of(reader: &mut Reader<'_>, person: PersonId) -> Answer<Vec<String>> {
    let Some(person) = people::get(reader, person)? else { return Ok(Vec::new()) };
    let plain = format!("{} {}", person.details.given.open(), person.details.family.open());
    Ok(vec![gist(&person.display_name()), gist(&plain)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::play;

    #[test]
    fn nobody_passes_for_somebody_who_holds_an_office() {
        play(|scene| {
            let officers = Officers::default();
            let may = |address: &str, nick: &str| {
                let address = BareJid::new(address).unwrap();
                let now = scene.clock.now();
                scene.read(|reader| {
                    Ok(officers.may_bear(reader, &scene.domain, (&address, nick), now))
                })
            };
            let (romeo, escalus) = (
                scene.session("Romeo").bare().to_string(),
                scene.session("Escalus").bare().to_string(),
            );
            for nick in
                ["Escalus Fürst", "escalus fürst", "Εscalus Fürst", "Escalus_Fürst", "EscalusFürst"]
            {
                assert_eq!(may(&romeo, nick).unwrap_err(), NAME_OF_AN_OFFICER, "{nick}");
                assert_eq!(may("e@mantua.example", nick).unwrap_err(), NICK_TAKEN, "{nick}");
                assert!(may(&escalus, nick).is_ok(), "{nick}");
            }
            for nick in ["Escalus", "Benvolio Montague", "Der Fürst", "…"] {
                assert!(may(&romeo, nick).is_ok(), "{nick}");
            }
            // Whoever is elected is safe from that moment, and whoever goes is a member as others.
            let (term, now) = (scene.term("Escalus"), scene.clock.now());
            scene.write(move |tx| offices::end(tx, term, Some(now.plus_secs(60))));
            assert!(may(&romeo, "Escalus Fürst").is_err());
            scene.clock.advance(60_000);
            assert!(may(&romeo, "Escalus Fürst").is_ok());
        });
    }
}
