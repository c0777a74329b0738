//! Who administers: the member whose number the settings name, and the accounts that they name.

use konvent_core::{Answer, PersonId, Reader};
use konvent_people::accounts::{self, Account};
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

/// As [`is_admin`], by the person behind a session.
pub fn is_admin_person(house: &House, reader: &mut Reader<'_>, person: PersonId) -> Answer<bool> {
    match accounts::by_person(reader, person)? {
        Some(account) if !account.is_closed => is_admin(house, reader, &account),
        _ => Ok(false),
    }
}
