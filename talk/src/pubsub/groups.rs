//! Groups in the organisation's service are units (XEP-0060 §4.5, access model `roster`). They are told apart by their numbers,
//! because two units may bear one name; names are for people. A member's own nodes have the groups of his contact list.

use konvent_core::{Answer, PersonId, Reader, UnitId};
use konvent_people::{people, units};
use konvent_wire::form::{Field, Form};

use super::{Asker, NOT_ACCEPTABLE, NodeConfig, Place};

/// The field of a set-up that names groups (XEP-0060 §16.4.4).
const ALLOWED: &str = "pubsub#roster_groups_allowed";

/// The units a member belongs to, with those above them, by number.
pub(super) fn of_person(reader: &mut Reader<'_>, person: PersonId) -> Answer<Vec<String>> {
    let mut numbers = Vec::new();
    for (unit, _) in people::units_of(reader, person)? {
        numbers.extend(units::chain(reader, unit)?.into_iter().map(|above| above.id.0.to_string()));
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// Which unit is meant: by its number, its address, or a name that no other living unit bears.
fn unit_named(reader: &mut Reader<'_>, text: &str) -> Answer<Option<UnitId>> {
    if let Ok(number) = text.parse::<i64>()
        && let Some(unit) = units::get(reader, UnitId(number))?
    {
        return Ok(Some(unit.id));
    }
    if let Some(unit) = units::by_address(reader, text)? {
        return Ok(Some(unit.id));
    }
    let mut bearers = units::all(reader)?.into_iter().filter(|unit| unit.name == text);
    let only = bearers.next().map(|unit| unit.id);
    Ok(only.filter(|_| bearers.next().is_none()))
}

/// The groups that may read, as they are compared. Set-ups from before units were kept by number have names: one that two units
/// bear lets nobody in.
pub(super) fn allowed(
    reader: &mut Reader<'_>,
    place: &Place,
    config: &NodeConfig,
) -> Answer<Vec<String>> {
    let is_number = |group: &String| group.parse::<i64>().is_ok();
    if place.account().is_some() || config.groups.iter().all(is_number) {
        return Ok(config.groups.clone());
    }
    let mut numbers = Vec::new();
    for group in &config.groups {
        // What names no unit stays as it is, and is nobody's number: an empty list would let in everybody.
        let unit = unit_named(reader, group)?;
        numbers.push(unit.map_or_else(|| group.clone(), |unit| unit.0.to_string()));
    }
    Ok(numbers)
}

/// Writes the units that a form names as they are kept; `before` are those that were kept already.
///
/// # Errors
/// `pubsub.not-acceptable` for what names no unit, or more than one.
pub(super) fn settle(
    reader: &mut Reader<'_>,
    place: &Place,
    config: &mut NodeConfig,
    before: &[String],
) -> Answer<()> {
    if place.account().is_none() {
        config.groups = settled(reader, &config.groups, before)?.ok_or(NOT_ACCEPTABLE)?;
    }
    Ok(())
}

fn settled(
    reader: &mut Reader<'_>,
    groups: &[String],
    before: &[String],
) -> Answer<Option<Vec<String>>> {
    let mut numbers = Vec::new();
    for group in groups {
        match unit_named(reader, group)? {
            Some(unit) => numbers.push(unit.0.to_string()),
            None if before.contains(group) => numbers.push(group.clone()),
            None => return Ok(None),
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(Some(numbers))
}

/// A field of the publish options as it is compared with the set-up of a node (XEP-0060 §7.1.5).
pub(super) fn as_kept(reader: &mut Reader<'_>, place: &Place, field: &Field) -> Answer<Field> {
    let mut field = field.clone();
    if field.var == ALLOWED
        && place.account().is_none()
        && let Some(numbers) = settled(reader, &field.values, &[])?
    {
        field.values = numbers;
    }
    Ok(field)
}

/// A form to be filled in: the units that are chosen, and those of whoever fills it in, with their names.
pub(super) fn labelled(
    reader: &mut Reader<'_>,
    (place, asker): (&Place, &Asker),
    mut form: Form,
) -> Answer<Form> {
    if place.account().is_some() {
        return Ok(form);
    }
    let own = match asker.person() {
        Some(person) => of_person(reader, person)?,
        None => Vec::new(),
    };
    for field in form.fields.iter_mut().filter(|field| field.var == ALLOWED) {
        let others = own.iter().filter(|number| !field.values.contains(number));
        let numbers: Vec<String> = field.values.iter().chain(others).cloned().collect();
        field.options = Vec::new();
        for number in numbers {
            field.options.push((name_of(reader, &number)?, number));
        }
    }
    Ok(form)
}

/// A form that people read: units by their names.
pub(super) fn for_people(reader: &mut Reader<'_>, place: &Place, mut form: Form) -> Answer<Form> {
    if place.account().is_some() {
        return Ok(form);
    }
    for field in form.fields.iter_mut().filter(|field| field.var == ALLOWED) {
        for value in &mut field.values {
            if let Some(name) = name_of(reader, value)? {
                *value = name;
            }
        }
    }
    Ok(form)
}

fn name_of(reader: &mut Reader<'_>, number: &str) -> Answer<Option<String>> {
    let Ok(number) = number.parse::<i64>() else { return Ok(None) };
    Ok(units::get(reader, UnitId(number))?.map(|unit| unit.name))
}
