//! All SQL of the offices. A term runs at a moment when `starts_at <= moment` and `ends_at` is null or later.

use konvent_core::{Answer, BodyId, Millis, OfficeId, PersonId, Reader, Row, TermId, Tx, UnitId};

use super::capabilities::capabilities;
use super::{Body, Held, Term, Turn};

fn read_body(row: &Row<'_>) -> Answer<Body> {
    Ok(Body {
        id: row.get(0)?,
        unit: row.get(1)?,
        kind: row.get(2)?,
        name: row.get(3)?,
        address: row.get(4)?,
    })
}

pub(super) fn body(reader: &mut Reader<'_>, id: BodyId) -> Answer<Option<Body>> {
    reader.one(
        "select id, unit, kind, name, address from offices_body where id = $1",
        &[id.into()],
        read_body,
    )
}

pub(super) fn body_by_address(reader: &mut Reader<'_>, address: &str) -> Answer<Option<Body>> {
    reader.one(
        "select id, unit, kind, name, address from offices_body where address = $1",
        &[address.into()],
        read_body,
    )
}

pub(super) fn body_by_name(
    reader: &mut Reader<'_>,
    unit: UnitId,
    name: &str,
) -> Answer<Option<BodyId>> {
    reader.one(
        "select id from offices_body where unit = $1 and name = $2",
        &[unit.into(), name.into()],
        |row| row.get(0),
    )
}

pub(super) fn bodies_of_unit(reader: &mut Reader<'_>, unit: UnitId) -> Answer<Vec<Body>> {
    reader.rows(
        "select id, unit, kind, name, address from offices_body where unit = $1 order by name, id",
        &[unit.into()],
        read_body,
    )
}

pub(super) fn all_bodies(reader: &mut Reader<'_>) -> Answer<Vec<Body>> {
    reader.rows(
        "select id, unit, kind, name, address from offices_body order by address",
        &[],
        read_body,
    )
}

pub(super) fn insert_body(tx: &mut Tx<'_>, body: &Body) -> Answer<()> {
    tx.run(
        "insert into offices_body (id, unit, kind, name, address) values ($1, $2, $3, $4, $5)",
        &[
            body.id.into(),
            body.unit.into(),
            (&body.kind).into(),
            (&body.name).into(),
            (&body.address).into(),
        ],
    )?;
    Ok(())
}

pub(super) fn office(
    reader: &mut Reader<'_>,
    body: BodyId,
    title: &str,
) -> Answer<Option<OfficeId>> {
    reader.one(
        "select id from offices_office where body = $1 and title = $2",
        &[body.into(), title.into()],
        |row| row.get(0),
    )
}

pub(super) fn insert_office(
    tx: &mut Tx<'_>,
    id: OfficeId,
    body: BodyId,
    title: &str,
) -> Answer<()> {
    tx.run(
        "insert into offices_office (id, body, title) values ($1, $2, $3)",
        &[id.into(), body.into(), title.into()],
    )?;
    Ok(())
}

/// A term with the kind of its body, by which its rights are told.
pub(super) struct Found {
    pub(super) held: Held,
    pub(super) kind: String,
}

/// Columns: term, body, unit, title, name and kind of the body, end.
fn found(row: &Row<'_>) -> Answer<Found> {
    let (title, kind): (String, String) = (row.get(3)?, row.get(5)?);
    Ok(Found {
        held: Held {
            term: row.get(0)?,
            body: row.get(1)?,
            unit: row.get(2)?,
            body_name: row.get(4)?,
            capabilities: capabilities(&kind, &title, false),
            title,
            ends_at: row.get(6)?,
        },
        kind,
    })
}

pub(super) fn held(reader: &mut Reader<'_>, person: PersonId, now: Millis) -> Answer<Vec<Found>> {
    reader.rows(
        "select t.id, o.body, b.unit, o.title, b.name, b.kind, t.ends_at
         from offices_term t join offices_office o on o.id = t.office join offices_body b on b.id = o.body
         where t.person = $1 and t.starts_at <= $2 and (t.ends_at is null or t.ends_at > $2)
         order by t.starts_at, t.id",
        &[person.into(), now.into()],
        found,
    )
}

/// As [`held`], with those that have not begun.
pub(super) fn held_or_coming(
    reader: &mut Reader<'_>,
    person: PersonId,
    now: Millis,
) -> Answer<Vec<Found>> {
    reader.rows(
        "select t.id, o.body, b.unit, o.title, b.name, b.kind, t.ends_at
         from offices_term t join offices_office o on o.id = t.office join offices_body b on b.id = o.body
         where t.person = $1 and (t.ends_at is null or (t.ends_at > $2 and t.ends_at > t.starts_at))
         order by t.starts_at, t.id",
        &[person.into(), now.into()],
        found,
    )
}

pub(super) fn holders(
    reader: &mut Reader<'_>,
    body: BodyId,
    now: Millis,
) -> Answer<Vec<(PersonId, String)>> {
    reader.rows(
        "select t.person, o.title from offices_office o join offices_term t on t.office = o.id
         where o.body = $1 and t.starts_at <= $2 and (t.ends_at is null or t.ends_at > $2)
         order by t.starts_at, t.id",
        &[body.into(), now.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn officers(reader: &mut Reader<'_>, now: Millis) -> Answer<Vec<PersonId>> {
    reader.rows(
        "select distinct person from offices_term
         where starts_at <= $1 and (ends_at is null or ends_at > $1) order by person",
        &[now.into()],
        |row| row.get(0),
    )
}

pub(super) fn holders_in_unit(
    reader: &mut Reader<'_>,
    unit: UnitId,
    now: Millis,
) -> Answer<Vec<(PersonId, String)>> {
    reader.rows(
        "select t.person, o.title from offices_body b
         join offices_office o on o.body = b.id join offices_term t on t.office = o.id
         where b.unit = $1 and t.starts_at <= $2 and (t.ends_at is null or t.ends_at > $2)
         order by t.starts_at, t.id",
        &[unit.into(), now.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Who holds which office in which kind of body of a unit: person, kind, title.
pub(super) fn holders_by_kind(
    reader: &mut Reader<'_>,
    unit: UnitId,
    now: Millis,
) -> Answer<Vec<(PersonId, String, String)>> {
    reader.rows(
        "select t.person, b.kind, o.title from offices_body b
         join offices_office o on o.body = b.id join offices_term t on t.office = o.id
         where b.unit = $1 and t.starts_at <= $2 and (t.ends_at is null or t.ends_at > $2)
         order by t.starts_at, t.id",
        &[unit.into(), now.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// A term as a person reads it: by names instead of numbers.
pub(super) struct NamedTerm {
    pub(super) title: String,
    pub(super) body: String,
    pub(super) unit: UnitId,
    pub(super) starts_at: Millis,
    pub(super) ends_at: Option<Millis>,
    pub(super) cause: String,
}

pub(super) fn named_terms(reader: &mut Reader<'_>, person: PersonId) -> Answer<Vec<NamedTerm>> {
    reader.rows(
        "select o.title, b.name, b.unit, t.starts_at, t.ends_at, t.cause
         from offices_term t join offices_office o on o.id = t.office join offices_body b on b.id = o.body
         where t.person = $1 order by t.starts_at, t.id",
        &[person.into()],
        |row| {
            Ok(NamedTerm {
                title: row.get(0)?,
                body: row.get(1)?,
                unit: row.get(2)?,
                starts_at: row.get(3)?,
                ends_at: row.get(4)?,
                cause: row.get(5)?,
            })
        },
    )
}

/// What an import must know of a term that has not ended.
#[derive(Debug, Clone)]
pub(crate) struct KnownTerm {
    pub(crate) id: TermId,
    pub(crate) person: PersonId,
    pub(crate) body: BodyId,
    pub(crate) title: String,
    pub(crate) starts_at: Millis,
    pub(crate) ends_at: Option<Millis>,
}

/// Shows every term that has not ended at `now`.
pub(crate) fn each_running(
    reader: &mut Reader<'_>,
    now: Millis,
    mut see: impl FnMut(KnownTerm) -> Answer<()>,
) -> Answer<()> {
    reader.each(
        "select t.id, t.person, o.body, o.title, t.starts_at, t.ends_at
         from offices_term t join offices_office o on o.id = t.office
         where t.ends_at is null or (t.ends_at > $1 and t.ends_at > t.starts_at) order by t.id",
        &[now.into()],
        |row| {
            see(KnownTerm {
                id: row.get(0)?,
                person: row.get(1)?,
                body: row.get(2)?,
                title: row.get(3)?,
                starts_at: row.get(4)?,
                ends_at: row.get(5)?,
            })
        },
    )
}

/// A term that ends where it begins never counted and is no change.
pub(super) fn changes_between(
    reader: &mut Reader<'_>,
    after: Millis,
    until: Millis,
) -> Answer<Vec<(PersonId, BodyId, UnitId, Turn)>> {
    reader.rows(
        "select t.person, o.body, b.unit, 0 as turn, t.starts_at as at, t.id
         from offices_term t join offices_office o on o.id = t.office join offices_body b on b.id = o.body
         where t.starts_at > $1 and t.starts_at <= $2 and (t.ends_at is null or t.ends_at > t.starts_at)
         union all
         select t.person, o.body, b.unit, 1 as turn, t.ends_at as at, t.id
         from offices_term t join offices_office o on o.id = t.office join offices_body b on b.id = o.body
         where t.ends_at > $1 and t.ends_at <= $2 and t.ends_at > t.starts_at
         order by 5, 4 desc, 6",
        &[after.into(), until.into()],
        |row| {
            let turn = if row.get::<i64>(3)? == 0 { Turn::Began } else { Turn::Ended };
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, turn))
        },
    )
}

pub(super) fn next_change(reader: &mut Reader<'_>, after: Millis) -> Answer<Option<Millis>> {
    let begins = reader.one(
        "select min(starts_at) from offices_term where starts_at > $1",
        &[after.into()],
        |row| row.get::<Option<Millis>>(0),
    )?;
    let ends = reader.one(
        "select min(ends_at) from offices_term where ends_at > $1",
        &[after.into()],
        |row| row.get::<Option<Millis>>(0),
    )?;
    Ok([begins.flatten(), ends.flatten()].into_iter().flatten().min())
}

pub(super) fn insert_term(tx: &mut Tx<'_>, term: &Term) -> Answer<()> {
    tx.run(
        "insert into offices_term (id, person, office, starts_at, ends_at, cause) values ($1, $2, $3, $4, $5, $6)",
        &[
            term.id.into(),
            term.person.into(),
            term.office.into(),
            term.starts_at.into(),
            term.ends_at.into(),
            (&term.cause).into(),
        ],
    )?;
    Ok(())
}

pub(super) fn set_end(tx: &mut Tx<'_>, term: TermId, ends_at: Option<Millis>) -> Answer<u64> {
    tx.run(
        "update offices_term set ends_at = case when $2 < starts_at then starts_at else $2 end where id = $1",
        &[term.into(), ends_at.into()],
    )
}

pub(super) fn bodies_held_after(
    reader: &mut Reader<'_>,
    person: PersonId,
    at: Millis,
) -> Answer<Vec<(BodyId, UnitId)>> {
    reader.rows(
        "select distinct o.body, b.unit
         from offices_term t join offices_office o on o.id = t.office join offices_body b on b.id = o.body
         where t.person = $1 and (t.ends_at is null or (t.ends_at > $2 and t.ends_at > t.starts_at)) order by o.body",
        &[person.into(), at.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn terms_after_in(
    reader: &mut Reader<'_>,
    unit: UnitId,
    at: Millis,
) -> Answer<Vec<(TermId, PersonId, BodyId)>> {
    reader.rows(
        "select t.id, t.person, o.body
         from offices_body b join offices_office o on o.body = b.id join offices_term t on t.office = o.id
         where b.unit = $1 and (t.ends_at is null or (t.ends_at > $2 and t.ends_at > t.starts_at)) order by t.id",
        &[unit.into(), at.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn end_all_of(tx: &mut Tx<'_>, person: PersonId, at: Millis) -> Answer<()> {
    tx.run(
        "update offices_term set ends_at = case when $2 < starts_at then starts_at else $2 end
         where person = $1 and (ends_at is null or ends_at > $2)",
        &[person.into(), at.into()],
    )?;
    Ok(())
}

pub(super) fn erase(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    tx.run("delete from offices_term where person = $1", &[person.into()])?;
    Ok(())
}
