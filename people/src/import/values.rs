//! What the cells mean: days, status words, keys that lost their zeros.

use jiff::civil::Date;

use super::columns::{MEMBERS, Member};
use super::read::Row;
use crate::people::{Delivery, Details, Dues, Leaving, Status};
use crate::units::UnitKind;
use crate::units::slug::slug;

/// Why a row cannot be used: code and detail of its conflict.
pub(super) type Unusable = (&'static str, String);

/// What a row says about the membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Applicant, active or suspended.
    In(Status),
    /// A guest, beside a home elsewhere or without one.
    Guest,
    /// No longer.
    Out(Status),
}

/// A day as German files write it, `1.12.2026`, or as ISO 8601 does. Empty is no day; two-digit years are unreadable.
pub(super) fn day(text: &str) -> Result<Option<Date>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    let german: Vec<&str> = text.split('.').collect();
    let parts = match german.as_slice() {
        [day, month, year] => [*year, *month, *day],
        _ => match text.split('-').collect::<Vec<_>>().as_slice() {
            [year, month, day] => [*year, *month, *day],
            _ => return Err(()),
        },
    };
    let [year, month, day] = parts;
    let is_plain = |part: &str, most: usize| {
        !part.is_empty() && part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if year.len() != 4 || !is_plain(year, 4) || !is_plain(month, 2) || !is_plain(day, 2) {
        return Err(());
    }
    let year: i16 = year.parse().map_err(drop)?;
    if year < 1850 {
        return Err(());
    }
    Date::new(year, month.parse().map_err(drop)?, day.parse().map_err(drop)?)
        .map(Some)
        .map_err(drop)
}

fn day_in(row: &Row, column: Member) -> Result<Option<Date>, Unusable> {
    let name = MEMBERS.get(column as usize).map_or("", |column| column.name);
    day(row.cell(column as usize)).map_err(|()| ("import.unreadable-date", name.to_owned()))
}

/// The status of a row; what it says about leaving decides before the status word.
pub(super) fn standing(row: &Row, today: Date) -> Result<Standing, Unusable> {
    let word = slug(row.cell(Member::Status as usize));
    let said = match word.as_str() {
        ""
        | "aktiv"
        | "active"
        | "mitglied"
        | "vollmitglied"
        | "ordentliches-mitglied"
        | "1"
        | "ja"
        | "true" => Standing::In(Status::Active),
        "antrag" | "antragsteller" | "antragstellerin" | "bewerber" | "bewerberin"
        | "anwaerter" | "applicant" => Standing::In(Status::Applicant),
        "ruhend" | "ruht" | "suspended" => Standing::In(Status::Suspended),
        "gast" | "gastmitglied" | "guest" | "foerderer" | "foerdermitglied" | "unterstuetzer" => {
            Standing::Guest
        }
        "ausgetreten" | "austritt" | "left" | "ehemalig" | "0" | "nein" | "false" => {
            Standing::Out(Status::Left)
        }
        "ausgeschlossen" | "ausschluss" => Standing::Out(Status::Expelled),
        "verstorben" | "tod" => Standing::Out(Status::Deceased),
        "gestrichen" | "streichung" => Standing::Out(Status::StruckOff),
        _ => return Err(("import.unknown-status", String::new())),
    };
    let is_past = day_in(row, Member::LeftOn)?.is_some_and(|last| last < today);
    Ok(match said {
        Standing::In(_) if is_past => Standing::Out(leaving_status(row)),
        said => said,
    })
}

fn leaving_status(row: &Row) -> Status {
    let why = slug(row.cell(Member::LeftWhy as usize));
    if why.contains("verst") || why.contains("tod") {
        Status::Deceased
    } else if why.contains("ausschl") {
        Status::Expelled
    } else if why.contains("streich") || why.contains("gestrich") {
        Status::StruckOff
    } else {
        Status::Left
    }
}

/// How somebody leaves whose row says so.
pub(super) fn leaving(row: &Row, status: Status, today: Date) -> Result<Leaving, Unusable> {
    Ok(Leaving {
        on: day_in(row, Member::LeftOn)?.unwrap_or(today),
        status,
        reason: row.cell(Member::LeftWhy as usize).to_owned(),
    })
}

/// The first day of the membership.
pub(super) fn joined_on(row: &Row) -> Result<Option<Date>, Unusable> {
    day_in(row, Member::JoinedOn)
}

/// What is known about the person, with this row's word for every column that the file has.
pub(super) fn details(row: &Row, present: u32, before: Details) -> Result<Details, Unusable> {
    let has = |column: Member| present & (1 << column as u32) != 0;
    let text = |column: Member, before: String| {
        if has(column) { row.cell(column as usize).to_owned() } else { before }
    };
    let personal = |column: Member, before: konvent_core::Personal<String>| {
        text(column, before.into_inner()).into()
    };
    let flag = |column: Member, before: bool| {
        if has(column) { is_yes(row.cell(column as usize)) } else { before }
    };
    for required in [Member::Number, Member::Family] {
        if row.cell(required as usize).is_empty() {
            let name = MEMBERS.get(required as usize).map_or("", |column| column.name);
            return Err(("import.missing-value", name.to_owned()));
        }
    }
    let born_on = day_in(row, Member::BornOn)?;
    let country = personal(Member::Country, before.country);
    let postal_code = personal(Member::PostalCode, before.postal_code);
    Ok(Details {
        salutation: text(Member::Salutation, before.salutation),
        title: text(Member::Title, before.title),
        given: personal(Member::Given, before.given),
        family: personal(Member::Family, before.family),
        born_on: if has(Member::BornOn) { born_on.into() } else { before.born_on },
        gender: personal(Member::Gender, before.gender),
        street: personal(Member::Street, before.street),
        house_number: personal(Member::HouseNumber, before.house_number),
        postal_code: with_zeros(postal_code.into_inner(), country.open()).into(),
        city: personal(Member::City, before.city),
        country,
        email: personal(Member::Email, before.email),
        phone: personal(Member::Phone, before.phone),
        mobile: personal(Member::Mobile, before.mobile),
        delivery: if has(Member::Delivery) {
            delivery(row.cell(Member::Delivery as usize))
        } else {
            before.delivery
        },
        dues: if has(Member::Dues) { dues(row.cell(Member::Dues as usize)) } else { before.dues },
        email_consent: flag(Member::EmailConsent, before.email_consent),
        phone_consent: flag(Member::PhoneConsent, before.phone_consent),
    })
}

/// A German postal code has five digits; spreadsheets drop the zero in front of 01067 Dresden.
fn with_zeros(code: String, country: &str) -> String {
    let is_german = matches!(slug(country).as_str(), "" | "d" | "de" | "deutschland" | "germany");
    if is_german && code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("0{code}");
    }
    code
}

fn is_yes(text: &str) -> bool {
    matches!(slug(text).as_str(), "ja" | "j" | "1" | "x" | "yes" | "true" | "wahr")
}

fn delivery(text: &str) -> Delivery {
    match slug(text).as_str() {
        "app" => Delivery::App,
        "email" | "e-mail" | "mail" => Delivery::Email,
        "brief" | "post" | "letter" => Delivery::Letter,
        _ => Delivery::Unknown,
    }
}

fn dues(text: &str) -> Dues {
    match slug(text).as_str() {
        "bezahlt" | "paid" | "ja" | "1" => Dues::Paid,
        "rueckstand" | "im-rueckstand" | "offen" | "saeumig" => Dues::InArrears,
        "befreit" | "beitragsfrei" => Dues::Exempt,
        _ => Dues::Unknown,
    }
}

/// Whether a unit is an affiliate, by the word in its row.
pub(super) fn unit_kind(text: &str) -> UnitKind {
    match slug(text).as_str() {
        "vereinigung" | "affiliate" | "arbeitsgemeinschaft" | "sonderorganisation" => {
            UnitKind::Affiliate
        }
        _ => UnitKind::Territorial,
    }
}

/// A unit key without the zeros that spreadsheets drop: `03-12-006` becomes `3-12-6`.
pub(super) fn without_zeros(key: &str) -> String {
    let parts = key.split(|c: char| !c.is_alphanumeric()).map(|part| {
        let short = part.trim_start_matches('0');
        if short.is_empty() && !part.is_empty() { "0" } else { short }
    });
    parts.collect::<Vec<_>>().join("-")
}

/// The entries of a cell that holds several.
pub(super) fn several(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([',', '|', ';', '/']).map(str::trim).filter(|entry| !entry.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_germans_write_them() {
        let christmas = jiff::civil::date(2026, 12, 24);
        assert_eq!(day("24.12.2026"), Ok(Some(christmas)));
        assert_eq!(day("2026-12-24"), Ok(Some(christmas)));
        assert_eq!(day("1.2.1950"), Ok(Some(jiff::civil::date(1950, 2, 1))));
        assert_eq!(day(""), Ok(None));
        for wrong in [
            "24.12.26",
            "31.02.2026",
            "gestern",
            "24/12/2026",
            "0.0.0000",
            "+1.12.2026",
            "1.1.1.2026",
        ] {
            assert_eq!(day(wrong), Err(()), "{wrong}");
        }
    }

    #[test]
    fn lost_zeros_do_not_make_another_key() {
        assert_eq!(without_zeros("03-12-006"), without_zeros("3-12-6"));
        assert_ne!(without_zeros("03-120"), without_zeros("03-12"));
        assert_eq!(with_zeros("1067".into(), ""), "01067");
        assert_eq!(with_zeros("1010".into(), "Österreich"), "1010");
    }
}
