//! One-time codes for letters: `K7QF-2M9X-4TBC`.
//!
//! Twelve characters of 31 are 59 bits: with ten wrong tries a quarter of an hour nobody guesses one. Stored as HMAC under
//! the installation's key; a code can be checked but not read back.

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{Answer, Kind, PersonId, Random, Refusal, Tx, UnitId};

use super::{NOT_A_MEMBER, ServerKey, store};
use crate::{offices, people};

/// Digits and letters without those that look alike on paper: 0 and O, 1, I and L.
pub(super) const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// Characters of a code.
const LENGTH: usize = 12;

/// A letter is valid for so many days at least, because post takes its time.
const DAYS_MIN: i64 = 14;
/// And for so many at most, because old letters lie about.
const DAYS_MAX: i64 = 60;

/// The letter's validity is outside 14 to 60 days.
pub const BAD_VALIDITY: Refusal = Refusal::new(Kind::BadRequest, "accounts.bad-validity");

/// The letter was printed by an office that must not open this account: a higher one has to print it.
pub const BEYOND_THE_LETTER: Refusal = Refusal::new(Kind::NotAllowed, "accounts.beyond-the-letter");

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Printed in a letter: used once, together with the year of birth.
    Letter {
        /// 14 to 60.
        valid_days: i64,
    },
    /// The same, printed by an office for those below it: it opens no account whose owner is beyond that office when it is
    /// used ([`offices::is_beyond`]).
    LetterOf {
        /// For which unit the office prints letters.
        unit: UnitId,
        /// 14 to 60.
        valid_days: i64,
    },
    /// A link of the demo: signs in with one click, again and again. Never for real members.
    OneClick,
}

/// A code in plain text; exists only while the letter is made.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(‹secret›)")
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&grouped(&self.0))
    }
}

/// Issues a code for a member. Older unused ones become void, so that only the last letter counts.
///
/// # Errors
/// [`NOT_A_MEMBER`], [`BAD_VALIDITY`], [`BEYOND_THE_LETTER`].
pub fn issue_code(
    tx: &mut Tx<'_>,
    key: &ServerKey,
    random: &Random,
    actor: Actor,
    person: PersonId,
    purpose: Purpose,
) -> Answer<Code> {
    if people::units_of(tx, person)?.is_empty() {
        return Err(NOT_A_MEMBER);
    }
    let expires_at = match purpose {
        Purpose::Letter { valid_days } | Purpose::LetterOf { valid_days, .. }
            if (DAYS_MIN..=DAYS_MAX).contains(&valid_days) =>
        {
            Some(tx.now().plus_days(valid_days))
        }
        Purpose::Letter { .. } | Purpose::LetterOf { .. } => return Err(BAD_VALIDITY),
        Purpose::OneClick => None,
    };
    let bound = match (purpose, actor) {
        (Purpose::LetterOf { unit, .. }, Actor::Person(by)) => {
            let now = tx.now();
            let rights = offices::rights_in(tx, PersonId(by), unit, now)?;
            if offices::is_beyond(tx, person, unit, &rights, now)? {
                return Err(BEYOND_THE_LETTER);
            }
            Some((unit, rights.join(" ")))
        }
        (Purpose::LetterOf { .. }, _) => return Err(BEYOND_THE_LETTER),
        _ => None,
    };
    let code = Code(draw(random, LENGTH));
    store::void_codes(tx, person)?;
    let reusable = purpose == Purpose::OneClick;
    store::insert_code(tx, person, &mac(key, &code.0), reusable, expires_at, bound)?;
    audit::note(
        tx,
        Note {
            actor,
            act: "accounts.code-issued",
            subject: person.0,
            detail: if expires_at.is_some() { "letter" } else { "one-click" },
        },
    )?;
    Ok(code)
}

/// The hash under which a code is stored.
pub(super) fn mac(key: &ServerKey, code: &str) -> [u8; 32] {
    key.mac("accounts.code", &[code.as_bytes()])
}

/// What somebody typed, as a code: case, spaces and dashes do not matter. `None` when it cannot be one.
pub(super) fn typed(text: &str) -> Option<String> {
    let mut code = String::with_capacity(LENGTH);
    for character in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '.'))
    {
        let character = character.to_ascii_uppercase();
        let is_known = u8::try_from(character).is_ok_and(|byte| ALPHABET.contains(&byte));
        if !is_known || code.len() == LENGTH {
            return None;
        }
        code.push(character);
    }
    (code.len() == LENGTH).then_some(code)
}

/// Random characters of the alphabet, without bias.
pub(crate) fn draw(random: &Random, length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let [byte] = random.bytes::<1>();
        // 248 is the greatest multiple of 31 below 256: what lies above is drawn again.
        if byte < 248
            && let Some(letter) = ALPHABET.get(usize::from(byte % 31))
        {
            text.push(char::from(*letter));
        }
    }
    text
}

/// In groups of four.
pub(super) fn grouped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            out.push('-');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use konvent_core::testing::{START, twins};
    use konvent_core::{Db, TermId};

    use super::*;
    use crate::accounts::tests::member;
    use crate::accounts::{Attempt, Outcome, by_person, sign_in};
    use crate::tests::WITH_NOTES;
    use crate::units::{self, NewUnit, UnitKind};

    const KEY: ServerKey = ServerKey::new([7; 32]);

    fn elect(tx: &mut Tx<'_>, person: PersonId, unit: UnitId, title: &str) -> Answer<TermId> {
        let board = offices::establish(tx, unit, "board", "Vorstand")?;
        let seat = offices::office(tx, board, title)?;
        offices::begin(tx, person, seat, START, None, "elected")
    }

    fn letter(tx: &mut Tx<'_>, by: PersonId, unit: UnitId, person: PersonId) -> Answer<String> {
        let purpose = Purpose::LetterOf { unit, valid_days: 30 };
        let code = issue_code(tx, &KEY, &Random::system(), Actor::Person(by.0), person, purpose)?;
        Ok(code.to_string())
    }

    fn redeem(db: &Db, code: String) -> Outcome {
        db.write_blocking(move |tx| {
            let (birth_year, source, device_name) = (Some(1950), "a", "x");
            sign_in(tx, &KEY, &Attempt { code: &code, birth_year, source, device_name })
        })
        .unwrap()
    }

    #[test]
    fn a_letter_of_an_office_opens_no_account_that_is_beyond_it() {
        twins(WITH_NOTES, |db, _| {
            let (first, second, person, higher) = db
                .write_blocking(|tx| {
                    let kind = UnitKind::Territorial;
                    let new = NewUnit { key: "K", parent: None, name: "Kreis", level: "", kind };
                    let higher = units::found(tx, new)?.id;
                    let chair = member(tx, "1", "Escalus", "Verona")?;
                    let unit = units::by_key(tx, "1")?.unwrap().id;
                    units::re_parent(tx, unit, Some(higher))?;
                    elect(tx, chair, unit, "Vorsitzender")?;
                    let officer = member(tx, "2", "Paris", "Verona")?;
                    elect(tx, officer, higher, "Beisitzer")?;
                    let refused = letter(tx, chair, unit, officer).unwrap_err();
                    assert_eq!(refused, BEYOND_THE_LETTER);
                    let romeo = member(tx, "3", "Romeo", "Montague")?;
                    let juliet = member(tx, "4", "Juliet", "Capulet")?;
                    // Whose office it is not prints nothing that opens more than his own rights do.
                    elect(tx, romeo, unit, "Beisitzer")?;
                    assert_eq!(letter(tx, juliet, unit, romeo).unwrap_err(), BEYOND_THE_LETTER);
                    let first = letter(tx, chair, unit, romeo)?;
                    Ok((first, letter(tx, chair, unit, juliet)?, juliet, higher))
                })
                .unwrap();
            assert!(matches!(redeem(db, first), Outcome::SignedIn(_)));
            // Elected while the letter lay in a drawer.
            db.write_blocking(move |tx| elect(tx, person, higher, "Vorsitzende")).unwrap();
            assert_eq!(redeem(db, second), Outcome::Refused(BEYOND_THE_LETTER));
            let opened = db.read_blocking(|reader| by_person(reader, person)).unwrap();
            assert_eq!(opened, None);
        });
    }
}
