//! Roles of free rooms: a moderator gives and takes the voice and shows people out (XEP-0045 §8); an admin makes moderators
//! (§9.7). Roles last as long as a visit, so they are kept where the visits are.

use serde::{Deserialize, Serialize};

use super::{Affiliation, Being, Occupants, Place, Role, Standing};
use crate::rooms::stanzas::{Note, status};
use crate::rooms::{NO_SUCH_OCCUPANT, NOT_INSIDE, NOT_YOURS, ONLY_ADMINS, ONLY_MODERATORS};
use konvent_core::{Answer, Outbox, RoomId};

/// One wish of a moderator: who shall have which role, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The nickname of an occupant.
    pub nick: String,
    /// What he shall be; `None` shows him out.
    pub role: Role,
    /// Why.
    pub reason: Option<String>,
}

impl Occupants {
    /// Fulfils all wishes of one request, or none (XEP-0045 §8.5, §9.8: a list with a forbidden change is refused whole).
    ///
    /// # Errors
    /// `rooms.not-inside`, `rooms.only-moderators`, `rooms.only-admins`, `rooms.no-such-occupant`, `rooms.not-yours`.
    pub fn change_roles(&mut self, room: RoomId, by: &Place, wishes: &[Wish]) -> Answer<Outbox> {
        let inside = self.rooms.get(&room).ok_or(NOT_INSIDE)?;
        let being = self.being_at(by, room).ok_or(NOT_INSIDE)?;
        let moderator = inside.occupants.get(&being).ok_or(NOT_INSIDE)?;
        if moderator.standing.role != Role::Moderator {
            return Err(ONLY_MODERATORS);
        }
        let mut turns: Vec<(Being, Standing, Note)> = Vec::new();
        for wish in wishes {
            let (who, occupant) = inside.occupant_at(&wish.nick).ok_or(NO_SUCH_OCCUPANT)?;
            if occupant.standing.role == wish.role {
                continue;
            }
            let is_own = *who == being;
            may_change(&moderator.standing, &occupant.standing, wish.role, is_own)?;
            let standing = Standing { role: wish.role, ..occupant.standing.clone() };
            let note = Note {
                reason: wish.reason.clone(),
                actor: Some(moderator.nick.clone()),
                ..Note::default()
            };
            turns.push((who.clone(), standing, note));
        }
        let mut out = Outbox::default();
        for (who, standing, note) in turns {
            if standing.role == Role::None {
                out.append(self.show_out(&who, room, &note.and(status::KICKED))?); // §8.2
            } else {
                self.stands(room, &who, standing, &note, &mut out)?;
            }
        }
        Ok(out)
    }
}

/// XEP-0045 §5.1, §8.2, §8.4, §9.6, §9.7: who may give whom which role.
///
/// # Errors
/// `rooms.only-admins` for what is an admin's affair, `rooms.not-yours` where the other stands too high.
fn may_change(by: &Standing, who: &Standing, to: Role, is_own: bool) -> Answer<()> {
    let keeps_order = by.affiliation >= Affiliation::Admin;
    let may = match (to, who.role) {
        // §8.2: nobody is shown out by somebody of a lower affiliation; oneself always.
        (Role::None, _) => is_own || by.affiliation >= who.affiliation,
        // §9, §9.6: who else moderates is for admins to say.
        (Role::Moderator, _) if !keeps_order => return Err(ONLY_ADMINS),
        (Role::Moderator, _) => true,
        // §8.4, §9.7: voice and moderation of owners and admins cannot be taken …
        _ if who.affiliation >= Affiliation::Admin => false,
        // … the moderation of others by admins alone …
        (_, Role::Moderator) if !keeps_order => return Err(ONLY_ADMINS),
        // … and no voice from somebody at or above the own level, unless both have none (§8.4).
        (Role::Visitor, Role::Participant) => {
            keeps_order || by.affiliation > who.affiliation || who.affiliation == Affiliation::None
        }
        _ => true,
    };
    if may { Ok(()) } else { Err(NOT_YOURS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(affiliation: Affiliation, role: Role) -> Standing {
        Standing { affiliation, role, hats: Vec::new() }
    }

    #[test]
    fn the_rules_of_roles_cell_by_cell() {
        use Affiliation::{Admin, Member, None as Nobody, Owner};
        use Role::{Moderator, Participant, Visitor};
        let (high, admins) = (Some(NOT_YOURS.code), Some(ONLY_ADMINS.code));
        let cases = [
            // by, who, to, why not
            ((Nobody, Moderator), (Nobody, Participant), Visitor, None),
            ((Nobody, Moderator), (Member, Participant), Visitor, high),
            ((Member, Moderator), (Member, Participant), Visitor, high),
            ((Admin, Moderator), (Member, Participant), Visitor, None),
            ((Owner, Moderator), (Admin, Moderator), Visitor, high),
            ((Owner, Moderator), (Admin, Moderator), Participant, high),
            ((Member, Moderator), (Owner, Moderator), Participant, high),
            ((Member, Moderator), (Nobody, Moderator), Participant, admins),
            ((Admin, Moderator), (Nobody, Moderator), Participant, None),
            ((Member, Moderator), (Nobody, Participant), Moderator, admins),
            ((Admin, Moderator), (Nobody, Participant), Moderator, None),
            ((Nobody, Moderator), (Member, Participant), Role::None, high),
            ((Member, Moderator), (Admin, Moderator), Role::None, high),
            ((Admin, Moderator), (Owner, Moderator), Role::None, high),
            ((Admin, Moderator), (Admin, Moderator), Role::None, None),
            ((Owner, Moderator), (Nobody, Visitor), Role::None, None),
            ((Nobody, Moderator), (Nobody, Visitor), Participant, None),
        ];
        for (by, who, to, expected) in cases {
            let found = may_change(&standing(by.0, by.1), &standing(who.0, who.1), to, false);
            assert_eq!(found.err().map(|no| no.code), expected, "{by:?} makes {who:?} {to:?}");
        }
        let alone = standing(Member, Moderator);
        assert!(
            may_change(&alone, &standing(Owner, Moderator), Role::None, true).is_ok(),
            "oneself"
        );
    }
}
