//! Who administers: the member whose number the settings name, and the accounts that they name.

use konvent_core::{Answer, Millis, PersonId, Reader};
use konvent_people::accounts::{self, Account};
use konvent_people::offices::{self, ACCOUNTS_LETTERS, DIRECTORY_IMPORT};
use konvent_people::people;

use crate::house::House;

/// Whether this account is that of a technical admin of the settings.
pub fn is_admin(house: &House, reader: &mut Reader<'_>, account: &Account) -> Answer<bool> {
    let config = house.config();
    if config.accounts.admins.contains(&account.localpart) {
        return Ok(true);
    }
    let Some(number) = &config.admin else { return Ok(false) };
    Ok(people::by_number(reader, number)?.is_some_and(|found| found.id == account.person))
}

/// Whether the settings name this person as technical admin, with an account or before there is one.
pub fn is_named(house: &House, reader: &mut Reader<'_>, person: PersonId) -> Answer<bool> {
    if let Some(account) = accounts::by_person(reader, person)? {
        return is_admin(house, reader, &account);
    }
    let Some(number) = &house.config().admin else { return Ok(false) };
    Ok(people::by_number(reader, number)?.is_some_and(|found| found.id == person))
}

/// As [`is_admin`], by the person behind a session.
pub fn is_admin_person(house: &House, reader: &mut Reader<'_>, person: PersonId) -> Answer<bool> {
    match accounts::by_person(reader, person)? {
        Some(account) if !account.is_closed => is_admin(house, reader, &account),
        _ => Ok(false),
    }
}

/// Whether somebody administers: a technical admin, or an office that keeps the member file of the whole organisation.
pub fn may_administer(
    house: &House,
    reader: &mut Reader<'_>,
    person: PersonId,
    now: Millis,
) -> Answer<bool> {
    if is_admin_person(house, reader, person)? {
        return Ok(true);
    }
    let held = offices::held(reader, person, now)?;
    Ok(held.iter().any(|term| term.capabilities.contains(&DIRECTORY_IMPORT)))
}

/// Whether somebody may invite people from outside: whoever administers, whoever may print letters anywhere, and every
/// member where the organisation says so. Guests invite nobody.
pub fn may_invite(
    house: &House,
    reader: &mut Reader<'_>,
    person: PersonId,
    now: Millis,
) -> Answer<bool> {
    if may_administer(house, reader, person, now)? {
        return Ok(true);
    }
    if house.config().accounts.members_invite && !people::is_guest(reader, person)? {
        return Ok(true);
    }
    let held = offices::held(reader, person, now)?;
    Ok(held.iter().any(|term| term.capabilities.contains(&ACCOUNTS_LETTERS)))
}
