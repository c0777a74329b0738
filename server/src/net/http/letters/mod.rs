//! Letters with sign-in codes, as pages to print: one sheet for each chosen person, with QR code and link.
//!
//! A code exists only on paper: it is made when the sheet is made and cannot be shown again. Plain HTML and CSS, so
//! that any browser prints it; no script.

mod page;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse};
use konvent_core::audit::Actor;
use konvent_core::{Answer, Kind, PersonId, Reader, Refusal, UnitId};
use konvent_people::accounts::{self, Purpose};
use konvent_people::offices;
use konvent_people::people::{self, Person};
use konvent_people::units::{self, Unit};
use serde::Deserialize;

use super::guard::{Member, NOT_AN_ADMIN, is_admin};
use crate::faces::Problem;
use crate::flows::admins;
use crate::house::House;

/// Letters on one sheet of work; a longer list is chosen unit by unit.
const LETTERS_MAX: usize = 1_000;

/// The capability of an office that lets its holder print letters for its unit.
const LETTERS: &str = "accounts.letters";

/// More letters at once than a printer and a reader can bear: choose a smaller unit.
const TOO_MANY: Refusal = Refusal::new(Kind::BadRequest, "letters.too-many");

/// Whom the letters are for.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    /// The key of a unit: everybody in it and below it.
    unit: Option<String>,
    /// Or member numbers, separated by commas, spaces or lines.
    people: Option<String>,
    /// Only those who have never signed in; on by default.
    everybody: Option<String>,
    /// For how many days the codes are good, 14 to 60.
    days: Option<i64>,
}

/// What is printed for one person.
struct Letter {
    person: Person,
    code: String,
    link: String,
}

/// `GET /api/letters?unit=KEY`: how many there would be, and a button.
pub(super) async fn ask(
    State(house): State<Arc<House>>,
    member: Member,
    Query(chosen): Query<Chosen>,
) -> Result<Html<String>, Problem> {
    let sees_all = is_admin(&house, &member.account).await?;
    let (asker, now) = (member.account.person, house.clock().now());
    let within = Arc::clone(&house);
    let page = house
        .db()
        .read(move |reader| {
            let found = choose(&within, reader, &chosen, asker, sees_all, now)?;
            Ok(page::question(&chosen, &found))
        })
        .await?;
    Ok(Html(page))
}

/// `POST /api/letters`: makes the codes and the sheets.
pub(super) async fn print(
    State(house): State<Arc<House>>,
    member: Member,
    axum::Form(chosen): axum::Form<Chosen>,
) -> Result<Html<String>, Problem> {
    let sees_all = is_admin(&house, &member.account).await?;
    let asker = member.account.person;
    let (key, random, base) = (house.key().clone(), house.random().clone(), house.public_url());
    let organisation =
        house.config().organisation.clone().unwrap_or_else(|| house.domain().name.clone());
    let days = chosen.days.unwrap_or(30);
    let within = Arc::clone(&house);
    let letters = house
        .db()
        .write(move |tx| {
            let now = tx.now();
            let found = choose(&within, tx, &chosen, asker, sees_all, now)?;
            let purpose = match found.unit {
                Some(unit) if !sees_all => Purpose::LetterOf { unit, valid_days: days },
                _ => Purpose::Letter { valid_days: days },
            };
            found
                .people
                .into_iter()
                .map(|person| {
                    let code = accounts::issue_code(
                        tx,
                        &key,
                        &random,
                        Actor::Person(asker.0),
                        person.id,
                        purpose,
                    )?;
                    let code = code.to_string();
                    let link = format!("{base}/anmelden#{code}");
                    Ok(Letter { person, code, link })
                })
                .collect::<Answer<Vec<_>>>()
        })
        .await?;
    Ok(Html(page::sheets(&organisation, &letters, days)))
}

/// `GET /letters.css`
pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("letters.css"))
}

/// Whom a choice means.
struct Found {
    /// What it is called.
    name: String,
    /// The unit, if one was chosen.
    unit: Option<UnitId>,
    /// Who gets a letter.
    people: Vec<Person>,
    /// Who is left out because somebody higher has to print the letter.
    beyond: Vec<String>,
}

/// Whom the choice means, as far as whoever asks may print letters for them.
fn choose(
    house: &House,
    reader: &mut Reader<'_>,
    chosen: &Chosen,
    asker: PersonId,
    sees_all: bool,
    now: konvent_core::Millis,
) -> Answer<Found> {
    let (name, unit, ids) = match (&chosen.unit, &chosen.people) {
        (Some(key), _) => {
            let unit: Unit = units::by_key(reader, key)?.ok_or(units::UNKNOWN)?;
            if !sees_all && !offices::may(reader, asker, LETTERS, unit.id, now)? {
                return Err(NOT_AN_ADMIN);
            }
            (unit.name.clone(), Some(unit.id), people::members_under(reader, unit.id)?)
        }
        (None, Some(numbers)) if sees_all => {
            let mut ids = Vec::new();
            for number in
                numbers.split([',', ';', ' ', '\n', '\r', '\t']).filter(|number| !number.is_empty())
            {
                ids.push(people::by_number(reader, number)?.ok_or(people::UNKNOWN)?.id);
            }
            ("ausgewählte Mitglieder".to_owned(), None, ids)
        }
        _ => return Err(NOT_AN_ADMIN),
    };
    let rights = match unit {
        Some(unit) if !sees_all => Some((unit, offices::rights_in(reader, asker, unit, now)?)),
        _ => None,
    };
    let (mut people, mut beyond) = (Vec::new(), Vec::new());
    for id in ids {
        let is_new = accounts::begins_empty(reader, id)?;
        // A letter for somebody who has an account, or left one behind, opens that account. Only the technical admin may print
        // one: else every chair could read what his members wrote.
        if !is_new && (!sees_all || chosen.everybody.is_none()) {
            continue;
        }
        // Whoever prints a letter could use it. So nobody prints one for those who may do more than he does.
        let is_beyond = match &rights {
            Some((unit, rights)) => {
                offices::is_beyond(reader, id, *unit, rights, now)?
                    || admins::is_named(house, reader, id)?
            }
            None => false,
        };
        if is_beyond {
            beyond.extend(people::display_name(reader, id)?);
        } else {
            people.extend(people::get(reader, id)?);
        }
        if people.len() > LETTERS_MAX {
            return Err(TOO_MANY);
        }
    }
    people.sort_by(|a, b| a.details.family.open().cmp(b.details.family.open()));
    beyond.sort();
    Ok(Found { name, unit, people, beyond })
}
