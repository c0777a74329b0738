//! The SQL of the codes that letters carry: hashes, no codes.

use konvent_core::{Answer, Millis, PersonId, Reader, Tx, UnitId, Value};

/// A code as it was found by its hash.
#[derive(Debug)]
pub(in crate::accounts) struct FoundCode {
    pub(in crate::accounts) id: i64,
    pub(in crate::accounts) person: PersonId,
    pub(in crate::accounts) is_reusable: bool,
    pub(in crate::accounts) is_used: bool,
    pub(in crate::accounts) is_void: bool,
    pub(in crate::accounts) expires_at: Option<Millis>,
    /// For which unit an office printed it, and with which rights there, by spaces.
    pub(in crate::accounts) bound: Option<(UnitId, String)>,
}

pub(in crate::accounts) fn insert_code(
    tx: &mut Tx<'_>,
    person: PersonId,
    mac: &[u8],
    is_reusable: bool,
    expires_at: Option<Millis>,
    bound: Option<(UnitId, String)>,
) -> Answer<()> {
    let (id, now) = (tx.fresh_id(), tx.now());
    let (unit, rights) = bound.unzip();
    tx.run(
        "insert into accounts_code (id, person, mac, reusable, wrong_years, issued_at, expires_at, unit, rights)
         values ($1, $2, $3, $4, 0, $5, $6, $7, $8)",
        &[
            id.into(),
            person.into(),
            Value::Bytes(mac),
            is_reusable.into(),
            now.into(),
            expires_at.into(),
            unit.into(),
            rights.as_deref().into(),
        ],
    )?;
    Ok(())
}

pub(in crate::accounts) fn code_by_mac(
    reader: &mut Reader<'_>,
    mac: &[u8],
) -> Answer<Option<FoundCode>> {
    reader.one(
        "select id, person, reusable, used_at, void_at, expires_at, unit, rights from accounts_code where mac = $1",
        &[Value::Bytes(mac)],
        |row| {
            let (unit, rights): (Option<UnitId>, Option<String>) = (row.get(6)?, row.get(7)?);
            Ok(FoundCode {
                id: row.get(0)?,
                person: row.get(1)?,
                is_reusable: row.get(2)?,
                is_used: row.get::<Option<i64>>(3)?.is_some(),
                is_void: row.get::<Option<i64>>(4)?.is_some(),
                expires_at: row.get(5)?,
                bound: unit.zip(rights),
            })
        },
    )
}

pub(in crate::accounts) fn void_codes(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    let now = tx.now();
    tx.run(
        "update accounts_code set void_at = $2
         where person = $1 and void_at is null and (used_at is null or reusable = 1)",
        &[person.into(), now.into()],
    )?;
    Ok(())
}

/// True when the code was still unused, or may be used again.
pub(in crate::accounts) fn use_code(tx: &mut Tx<'_>, id: i64) -> Answer<bool> {
    let now = tx.now();
    let used = tx.run(
        "update accounts_code set used_at = $2
         where id = $1 and void_at is null and (used_at is null or reusable = 1)",
        &[id.into(), now.into()],
    )?;
    Ok(used == 1)
}

pub(in crate::accounts) fn count_wrong_year(tx: &mut Tx<'_>, id: i64, max: i64) -> Answer<()> {
    let now = tx.now();
    tx.run(
        "update accounts_code set wrong_years = wrong_years + 1,
             void_at = case when wrong_years + 1 >= $2 then $3 else void_at end
         where id = $1",
        &[id.into(), max.into(), now.into()],
    )?;
    Ok(())
}
