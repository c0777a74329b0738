//! All SQL of the people. `people_under` is a view of this feature over its memberships and the closure of the units.

use jiff::civil::Date;
use konvent_core::{Answer, PersonId, Personal, Reader, Row, Tx, UnitId, Value};

use super::model::joined_name;
use super::{
    Delivery, Details, Dues, Leaving, Membership, MembershipKind, NewMembership, Person, Status,
};
use crate::days;

fn person(row: &Row<'_>) -> Answer<Person> {
    let personal = |at| row.get::<String>(at).map(Personal::new);
    Ok(Person {
        id: row.get(0)?,
        member_number: row.get(1)?,
        details: Details {
            salutation: row.get(2)?,
            title: row.get(3)?,
            given: personal(4)?,
            family: personal(5)?,
            born_on: Personal::new(days::day(row, 6)?),
            gender: personal(7)?,
            street: personal(8)?,
            house_number: personal(9)?,
            postal_code: personal(10)?,
            city: personal(11)?,
            country: personal(12)?,
            email: personal(13)?,
            phone: personal(14)?,
            mobile: personal(15)?,
            delivery: Delivery::from_code(row.get(16)?),
            dues: Dues::from_code(row.get(17)?),
            email_consent: row.get(18)?,
            phone_consent: row.get(19)?,
        },
    })
}

pub(super) fn by_id(reader: &mut Reader<'_>, id: PersonId) -> Answer<Option<Person>> {
    reader.one(
        "select id, number, salutation, title, given, family, born_on, gender, street, house_number, postal_code,
                city, country, email, phone, mobile, delivery, dues, email_consent, phone_consent
         from people_person where id = $1",
        &[id.into()],
        person,
    )
}

pub(super) fn by_number(reader: &mut Reader<'_>, number: &str) -> Answer<Option<Person>> {
    reader.one(
        "select id, number, salutation, title, given, family, born_on, gender, street, house_number, postal_code,
                city, country, email, phone, mobile, delivery, dues, email_consent, phone_consent
         from people_person where number = $1",
        &[number.into()],
        person,
    )
}

pub(super) fn display_name(reader: &mut Reader<'_>, id: PersonId) -> Answer<Option<String>> {
    reader.one(
        "select title, given, family from people_person where id = $1",
        &[id.into()],
        |row| {
            let (title, given): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(joined_name(&title, &given, &row.get::<String>(2)?))
        },
    )
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: PersonId,
    number: &str,
    details: &Details,
    mark: &[u8],
) -> Answer<u64> {
    let born_on = days::text(*details.born_on.open());
    tx.run(
        "insert into people_person (id, number, salutation, title, given, family, born_on, gender, street,
             house_number, postal_code, city, country, email, phone, mobile, delivery, dues, email_consent,
             phone_consent, row_mark)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         on conflict (number) do nothing",
        &args(id, number.into(), details, born_on.as_deref(), mark),
    )
}

pub(super) fn change(tx: &mut Tx<'_>, id: PersonId, details: &Details, mark: &[u8]) -> Answer<u64> {
    let born_on = days::text(*details.born_on.open());
    tx.run(
        "update people_person set number = coalesce($2, number), salutation = $3, title = $4, given = $5,
             family = $6, born_on = $7, gender = $8, street = $9, house_number = $10, postal_code = $11, city = $12,
             country = $13, email = $14, phone = $15, mobile = $16, delivery = $17, dues = $18, email_consent = $19,
             phone_consent = $20, row_mark = $21
         where id = $1",
        &args(id, Value::Null, details, born_on.as_deref(), mark),
    )
}

/// The values of both statements above, in their order.
fn args<'a>(
    id: PersonId,
    number: Value<'a>,
    details: &'a Details,
    born_on: Option<&'a str>,
    mark: &'a [u8],
) -> [Value<'a>; 21] {
    [
        id.into(),
        number,
        (&details.salutation).into(),
        (&details.title).into(),
        details.given.open().into(),
        details.family.open().into(),
        born_on.into(),
        details.gender.open().into(),
        details.street.open().into(),
        details.house_number.open().into(),
        details.postal_code.open().into(),
        details.city.open().into(),
        details.country.open().into(),
        details.email.open().into(),
        details.phone.open().into(),
        details.mobile.open().into(),
        details.delivery.code().into(),
        details.dues.code().into(),
        details.email_consent.into(),
        details.phone_consent.into(),
        Value::Bytes(mark),
    ]
}

pub(super) fn set_mark(tx: &mut Tx<'_>, person: PersonId, mark: &[u8]) -> Answer<()> {
    tx.run(
        "update people_person set row_mark = $2 where id = $1",
        &[person.into(), Value::Bytes(mark)],
    )?;
    Ok(())
}

/// What an import must know of everybody to find the few who differ.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: PersonId,
    pub(crate) number: String,
    pub(crate) mark: Vec<u8>,
    /// Unit and status of the running home; nobody without one counts as belonging to us.
    pub(crate) home: Option<(UnitId, Status)>,
}

/// Shows everybody in the directory, by member number.
pub(crate) fn each_known(
    reader: &mut Reader<'_>,
    mut see: impl FnMut(Known) -> Answer<()>,
) -> Answer<()> {
    reader.each(
        "select p.id, p.number, p.row_mark, m.unit, m.status from people_person p
         left join people_membership m on m.person = p.id and m.kind = 0 and m.left_on is null
         order by p.id",
        &[],
        |row| {
            let unit: Option<UnitId> = row.get(3)?;
            let status: Option<i64> = row.get(4)?;
            see(Known {
                id: row.get(0)?,
                number: row.get(1)?,
                mark: row.get(2)?,
                home: unit.zip(status.map(Status::from_code)),
            })
        },
    )
}

/// Shows every running guest and affiliate membership.
pub(crate) fn each_membership(
    reader: &mut Reader<'_>,
    mut see: impl FnMut(PersonId, UnitId, MembershipKind) -> Answer<()>,
) -> Answer<()> {
    reader.each(
        "select person, unit, kind from people_membership where kind <> 0 and left_on is null order by id",
        &[],
        |row| see(row.get(0)?, row.get(1)?, MembershipKind::from_code(row.get(2)?)),
    )
}

fn membership(row: &Row<'_>) -> Answer<Membership> {
    Ok(Membership {
        id: row.get(0)?,
        unit: row.get(1)?,
        kind: MembershipKind::from_code(row.get(2)?),
        status: Status::from_code(row.get(3)?),
        joined_on: days::day(row, 4)?,
        left_on: days::day(row, 5)?,
        reason: row.get(6)?,
    })
}

pub(super) fn memberships(reader: &mut Reader<'_>, person: PersonId) -> Answer<Vec<Membership>> {
    reader.rows(
        "select id, unit, kind, status, joined_on, left_on, reason from people_membership
         where person = $1 order by id",
        &[person.into()],
        membership,
    )
}

pub(super) fn running_home(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Answer<Option<Membership>> {
    reader.one(
        "select id, unit, kind, status, joined_on, left_on, reason from people_membership
         where person = $1 and kind = 0 and left_on is null",
        &[person.into()],
        membership,
    )
}

pub(super) fn home(reader: &mut Reader<'_>, person: PersonId) -> Answer<Option<UnitId>> {
    reader.one(
        "select unit from people_membership where person = $1 and kind = 0 and left_on is null and status in (1, 2)",
        &[person.into()],
        |row| row.get(0),
    )
}

pub(super) fn units_of(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Answer<Vec<(UnitId, MembershipKind)>> {
    reader.rows(
        "select unit, kind from people_membership
         where person = $1 and left_on is null and status in (1, 2) order by kind, id",
        &[person.into()],
        |row| Ok((row.get(0)?, MembershipKind::from_code(row.get(1)?))),
    )
}

pub(super) fn members_of(reader: &mut Reader<'_>, unit: UnitId) -> Answer<Vec<PersonId>> {
    reader.rows(
        "select person from people_membership
         where unit = $1 and kind = 0 and left_on is null and status in (1, 2) order by person",
        &[unit.into()],
        |row| row.get(0),
    )
}

pub(super) fn members_under(reader: &mut Reader<'_>, unit: UnitId) -> Answer<Vec<PersonId>> {
    reader.rows(
        "select person from people_under where ancestor = $1 and kind = 0 order by person",
        &[unit.into()],
        |row| row.get(0),
    )
}

pub(super) fn everybody_under(reader: &mut Reader<'_>, unit: UnitId) -> Answer<Vec<PersonId>> {
    reader.rows(
        "select distinct person from people_under where ancestor = $1 order by person",
        &[unit.into()],
        |row| row.get(0),
    )
}

pub(super) fn count_of(reader: &mut Reader<'_>, unit: UnitId) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from people_membership
         where unit = $1 and kind = 0 and left_on is null and status in (1, 2)",
        &[unit.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

pub(super) fn count_under(reader: &mut Reader<'_>, unit: UnitId) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from people_under where ancestor = $1 and kind = 0",
        &[unit.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

pub(super) fn is_member_under(
    reader: &mut Reader<'_>,
    person: PersonId,
    unit: UnitId,
) -> Answer<bool> {
    let found = reader.one(
        "select unit from people_under where person = $1 and ancestor = $2 limit 1",
        &[person.into(), unit.into()],
        |row| row.get::<i64>(0),
    )?;
    Ok(found.is_some())
}

pub(super) fn join(tx: &mut Tx<'_>, new: &NewMembership) -> Answer<u64> {
    let (id, joined_on) = (tx.fresh_id(), days::text(new.joined_on));
    tx.run(
        "insert into people_membership (id, person, unit, kind, status, joined_on, reason)
         values ($1, $2, $3, $4, $5, $6, '') on conflict do nothing",
        &[
            id.into(),
            new.person.into(),
            new.unit.into(),
            new.kind.code().into(),
            new.status.code().into(),
            (&joined_on).into(),
        ],
    )
}

pub(super) fn end(
    tx: &mut Tx<'_>,
    membership: i64,
    status: Status,
    on: Date,
    reason: &str,
) -> Answer<()> {
    let on = on.to_string();
    tx.run(
        "update people_membership set status = $2, left_on = $3, reason = $4 where id = $1",
        &[membership.into(), status.code().into(), (&on).into(), reason.into()],
    )?;
    Ok(())
}

pub(super) fn end_one(
    tx: &mut Tx<'_>,
    person: PersonId,
    unit: UnitId,
    kind: MembershipKind,
    on: Date,
) -> Answer<()> {
    let on = on.to_string();
    tx.run(
        "update people_membership set status = 3, left_on = $4
         where person = $1 and unit = $2 and kind = $3 and left_on is null",
        &[person.into(), unit.into(), kind.code().into(), (&on).into()],
    )?;
    Ok(())
}

pub(super) fn end_all(tx: &mut Tx<'_>, person: PersonId, leaving: &Leaving) -> Answer<()> {
    let on = leaving.on.to_string();
    tx.run(
        "update people_membership set status = $2, left_on = $3, reason = $4
         where person = $1 and left_on is null",
        &[person.into(), leaving.status.code().into(), (&on).into(), (&leaving.reason).into()],
    )?;
    Ok(())
}

pub(super) fn set_standing(
    tx: &mut Tx<'_>,
    person: PersonId,
    status: Status,
    joined_on: Option<Date>,
) -> Answer<()> {
    let joined_on = days::text(joined_on);
    tx.run(
        "update people_membership set status = $2, joined_on = $3
         where person = $1 and kind = 0 and left_on is null",
        &[person.into(), status.code().into(), (&joined_on).into()],
    )?;
    Ok(())
}

pub(super) fn erase(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    tx.run("delete from people_membership where person = $1", &[person.into()])?;
    tx.run("delete from people_person where id = $1", &[person.into()])?;
    Ok(())
}
