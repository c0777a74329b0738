//! What a person may take along (Art. 15, 20 GDPR) and how it goes (Art. 17).

use konvent_core::{Answer, PersonId, Reader, Tx};
use serde_json::{Value, json};

use super::store;
use crate::{days, units};

/// Everything this feature knows about the person.
pub fn export(reader: &mut Reader<'_>, person: PersonId) -> Answer<Value> {
    let Some(known) = store::by_id(reader, person)? else { return Ok(Value::Null) };
    let details = &known.details;
    let mut memberships = Vec::new();
    for m in store::memberships(reader, person)? {
        let unit = units::get(reader, m.unit)?;
        memberships.push(json!({
            "unit": unit.map(|unit| unit.name), "kind": format!("{:?}", m.kind),
            "status": format!("{:?}", m.status), "joined_on": days::text(m.joined_on),
            "left_on": days::text(m.left_on), "reason": m.reason,
        }));
    }
    Ok(json!({
        "member_number": known.member_number,
        "salutation": details.salutation,
        "title": details.title,
        "given": details.given.open(),
        "family": details.family.open(),
        "born_on": days::text(*details.born_on.open()),
        "gender": details.gender.open(),
        "street": details.street.open(),
        "house_number": details.house_number.open(),
        "postal_code": details.postal_code.open(),
        "city": details.city.open(),
        "country": details.country.open(),
        "email": details.email.open(),
        "phone": details.phone.open(),
        "mobile": details.mobile.open(),
        "delivery": format!("{:?}", details.delivery),
        "dues": format!("{:?}", details.dues),
        "email_consent": details.email_consent,
        "phone_consent": details.phone_consent,
        "memberships": memberships,
    }))
}

/// Erases the person. Features further down the list erase theirs first; audit notes name people by number only.
pub fn erase(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    store::erase(tx, person)?;
    units::touch(tx)
}
