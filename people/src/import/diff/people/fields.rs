//! Which fields of a person differ.

use crate::people::Details;

/// The names of the fields that differ, as the profile calls them.
pub(super) fn differences(old: &Details, new: &Details) -> Vec<&'static str> {
    let pairs = [
        ("anrede", old.salutation == new.salutation),
        ("titel", old.title == new.title),
        ("vorname", old.given == new.given),
        ("nachname", old.family == new.family),
        ("geburtsdatum", old.born_on == new.born_on),
        ("geschlecht", old.gender == new.gender),
        ("strasse", old.street == new.street),
        ("hausnr", old.house_number == new.house_number),
        ("plz", old.postal_code == new.postal_code),
        ("ort", old.city == new.city),
        ("land", old.country == new.country),
        ("email", old.email == new.email),
        ("telefon", old.phone == new.phone),
        ("mobil", old.mobile == new.mobile),
        ("zustellweg", old.delivery == new.delivery),
        ("beitragsstatus", old.dues == new.dues),
        ("einwilligung_email", old.email_consent == new.email_consent),
        ("einwilligung_telefon", old.phone_consent == new.phone_consent),
    ];
    pairs.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect()
}
