//! The people of the demo: who can be signed in as, with the passwords and links made for them.

use std::path::Path;
use std::sync::Arc;

use konvent_core::audit::Actor;
use konvent_core::{Answer, Millis, PersonId, Reader, Refusal};
use konvent_people::accounts::{self, Purpose};
use konvent_people::{offices, people, units};
use serde::{Deserialize, Serialize};

use crate::command::NO_FILE;
use crate::house::House;
use crate::keys;

/// How many people can be signed in as.
const CAST: usize = 24;

/// Members without office among them, all of one unit so that they can talk.
const NEIGHBOURS: usize = 6;

/// Somebody to sign in as.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Player {
    pub(super) jid: String,
    pub(super) password: String,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) units: Vec<String>,
}

/// The member number of the demo's technical admin: the head of the whole organisation, the first in a body of a unit
/// whose key has no parts.
pub(super) fn admin(folder: &Path) -> Answer<String> {
    let file = folder.join("aemter.csv");
    let text = std::fs::read_to_string(&file)
        .map_err(|error| NO_FILE.because(format!("{}: {error}", file.display())))?;
    let of_root = text.lines().skip(1).find_map(|line| {
        let mut cells = line.split(';');
        let (number, key) = (cells.next()?, cells.next()?);
        (!key.contains('-')).then(|| number.to_owned())
    });
    of_root.ok_or(NO_FILE.because(format!("{}: nobody holds an office at the top", file.display())))
}

/// The cast, made at the first start and remembered in the demo's own folder.
pub(super) async fn roles(house: &Arc<House>, data: &Path) -> Answer<Vec<Player>> {
    let file = data.join("demo-accounts.json");
    if let Ok(text) = std::fs::read_to_string(&file) {
        return serde_json::from_str(&text)
            .map_err(|error| Refusal::broken("demo.accounts", error));
    }
    let asked = Arc::clone(house);
    let roles = house
        .db()
        .write(move |tx| {
            let now = tx.now();
            let mut roles = Vec::new();
            for (person, role) in
                choose(tx, asked.config().admin.as_deref().unwrap_or_default(), now)?
            {
                let purpose = Purpose::OneClick;
                let (account, _) = accounts::open(tx, asked.key(), person)?;
                let (_, password) =
                    accounts::make_app_password(tx, asked.random(), account.id, "Demo")?;
                let code = accounts::issue_code(
                    tx,
                    asked.key(),
                    asked.random(),
                    Actor::Operator,
                    person,
                    purpose,
                )?;
                let mut own = Vec::new();
                for (unit, _) in people::units_of(tx, person)? {
                    own.extend(units::chain(tx, unit)?.into_iter().map(|unit| unit.name));
                }
                roles.push(Player {
                    jid: asked.domain().account(&account.localpart)?.to_string(),
                    password,
                    code: code.to_string(),
                    name: account.name,
                    role,
                    units: own,
                });
            }
            Ok(roles)
        })
        .await?;
    let text = serde_json::to_string_pretty(&roles)
        .map_err(|error| Refusal::broken("demo.accounts", error))?;
    keys::write_secret(&file, text.as_bytes())?;
    Ok(roles)
}

/// Who plays: a member without office and neighbours, the chair and board of their unit, the admin, boards of other units.
fn choose(reader: &mut Reader<'_>, admin: &str, now: Millis) -> Answer<Vec<(PersonId, String)>> {
    let mut cast: Vec<(PersonId, String)> = Vec::new();
    let add = |cast: &mut Vec<(PersonId, String)>, person: PersonId, role: String| {
        if cast.len() < CAST && !cast.iter().any(|(known, _)| *known == person) {
            cast.push((person, role));
        }
    };
    if let Some(admin) = people::by_number(reader, admin)? {
        add(&mut cast, admin.id, "admin".to_owned());
    }
    let all = units::all(reader)?;
    let mut leaves = Vec::new();
    for unit in &all {
        if units::is_leaf(reader, unit.id)? && unit.kind == units::UnitKind::Territorial {
            leaves.push(unit.clone());
        }
    }
    // A unit of ordinary size comes first: its people meet in one chat.
    if let Some(home) = leaves.first().cloned() {
        let title = |title: &str| format!("{title}, {}", home.name);
        for (holder, office) in offices::holders_in_unit(reader, home.id, now)? {
            add(&mut cast, holder, title(&office));
        }
        let mut without_office = 0;
        for person in people::members_of(reader, home.id)? {
            if without_office < NEIGHBOURS && offices::held(reader, person, now)?.is_empty() {
                add(&mut cast, person, title("Mitglied"));
                without_office += 1;
            }
        }
    }
    // Then the heads of other units, from the top down.
    for unit in all.iter().filter(|unit| unit.parent.is_none()).chain(&leaves).chain(&all) {
        if let Some((holder, office)) =
            offices::holders_in_unit(reader, unit.id, now)?.into_iter().next()
        {
            add(&mut cast, holder, format!("{office}, {}", unit.name));
        }
        if let Some(person) = people::members_of(reader, unit.id)?.into_iter().next() {
            add(&mut cast, person, format!("Mitglied, {}", unit.name));
        }
    }
    Ok(cast)
}
