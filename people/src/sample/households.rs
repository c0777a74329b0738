//! The members, household by household: some live alone, some are couples who share address, phone and e-mail.

use std::io::{self, Write};

use super::draw::Draw;
use super::names;
use super::tree::{AFFILIATES, Tree, Unit};
use crate::units::slug::slug;

/// The year in which the sample is set.
const YEAR: i64 = 2026;

/// Members of each unit that may hold offices: more are not remembered, so that memory stays small.
const REMEMBERED: usize = 16;

/// What offices need to know of a member.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) number: u64,
    pub(super) is_woman: bool,
}

/// A person to be written.
struct Person {
    is_woman: bool,
    given: &'static str,
    family: &'static str,
    born: (i64, u64, u64),
    joined: (i64, u64, u64),
}

/// What people of one household share.
struct Household {
    street: &'static str,
    house_number: String,
    email: String,
    phone: String,
}

/// Writes all members and returns for each unit those who may hold offices.
pub(super) fn write(
    file: &mut impl Write,
    tree: &Tree,
    draw: &mut Draw,
) -> io::Result<Vec<Vec<Known>>> {
    let mut remembered = vec![Vec::new(); tree.units.len()];
    let mut number = 100_000;
    for (unit, known) in tree.units.iter().zip(&mut remembered) {
        let mut left = unit.members;
        while left > 0 {
            let first = person(draw, None);
            let household = household(draw, &first);
            let second = (left > 1 && draw.permille(140)).then(|| person(draw, Some(&first)));
            for person in [Some(first), second].into_iter().flatten() {
                number += 1 + draw.below(9);
                left -= 1;
                let is_applicant = member(file, number, &person, &household, unit, draw)?;
                if known.len() < REMEMBERED && !is_applicant && person.born.0 > YEAR - 82 {
                    known.push(Known { number, is_woman: person.is_woman });
                }
                if draw.permille(6) && !is_applicant {
                    guest(file, number, &person, unit, tree, draw)?;
                }
            }
        }
    }
    Ok(remembered)
}

fn person(draw: &mut Draw, partner: Option<&Person>) -> Person {
    let born_in = match partner {
        Some(partner) => partner.born.0 - 4 + i64::try_from(draw.below(9)).unwrap_or(0),
        // Two draws make the middle likely: mean 58, from 16 to 98.
        None => YEAR - 16 - i64::try_from(draw.below(42) + draw.below(42)).unwrap_or(0),
    };
    let born_in = born_in.min(YEAR - 16);
    let is_woman = partner.map_or_else(|| draw.permille(380), |partner| !partner.is_woman);
    let years = u64::try_from(YEAR - 16 - born_in).unwrap_or(0);
    let joined_in = born_in + 16 + i64::try_from(draw.below(years.max(1))).unwrap_or(0);
    Person {
        is_woman,
        given: names::given(draw, is_woman, born_in),
        family: partner.map_or_else(|| names::family(draw), |partner| partner.family),
        born: (born_in, 1 + draw.below(12), 1 + draw.below(28)),
        joined: (joined_in, 1 + draw.below(10), 1 + draw.below(28)),
    }
}

fn household(draw: &mut Draw, first: &Person) -> Household {
    // The older, the rarer: about a quarter has no e-mail at all.
    let without = if first.born.0 < 1950 { 520 } else { 130 };
    let name = format!("{}.{}", slug(first.given), slug(first.family));
    let email = match draw.below(3) {
        _ if draw.permille(without) => String::new(),
        0 => format!("{name}@post.example"),
        1 => format!("{name}{}@mail.example", first.born.0 % 100),
        _ => format!("{name}@{}.example", slug(first.family)),
    };
    let areas = ["030 23125", "040 66969", "0221 4710", "069 90009", "089 99998"];
    let phone = if draw.permille(700) {
        format!("{}{:03}", draw.one(&areas, "030 23125"), draw.below(1000))
    } else {
        String::new()
    };
    let letter = if draw.permille(80) { "a" } else { "" };
    let house_number = format!("{}{letter}", 1 + draw.below(120));
    Household { street: names::street(draw), house_number, email, phone }
}

/// One row; true when it is an applicant.
fn member(
    file: &mut impl Write,
    number: u64,
    person: &Person,
    household: &Household,
    unit: &Unit,
    draw: &mut Draw,
) -> io::Result<bool> {
    let Household { street, house_number, email, phone } = household;
    let status = match draw.below(1000) {
        0..=7 => "antrag",
        8..=12 => "ruhend",
        _ => "aktiv",
    };
    let mobile = match draw.below(10) {
        0..=3 => format!("0171 39200{:02}", draw.below(100)),
        4..=6 => format!("0176 040690{:02}", draw.below(100)),
        _ => String::new(),
    };
    let title = if draw.permille(45) { "Dr." } else { "" };
    let dues = match draw.below(100) {
        0..=5 => "rückstand",
        6..=9 => "befreit",
        _ => "bezahlt",
    };
    let delivery = if email.is_empty() { "brief" } else { "e-mail" };
    let wants_email = if !email.is_empty() && draw.permille(850) { "ja" } else { "nein" };
    let wants_calls = if draw.permille(400) { "ja" } else { "nein" };
    writeln!(
        file,
        "{number};{};{title};{};{};{};{};{street};{house_number};{};{};;{email};{phone};{mobile};{};{};{status};{};;;{dues};{};;{wants_email};{wants_calls};{delivery}",
        if person.is_woman { "Frau" } else { "Herr" },
        person.given,
        person.family,
        day(person.born),
        if person.is_woman { "w" } else { "m" },
        unit.postal_code,
        unit.town,
        unit.key,
        unit.name,
        day(person.joined),
        affiliates(person, draw),
    )?;
    Ok(status == "antrag")
}

/// A second row of a member who takes part elsewhere too.
fn guest(
    file: &mut impl Write,
    number: u64,
    person: &Person,
    home: &Unit,
    tree: &Tree,
    draw: &mut Draw,
) -> io::Result<()> {
    let at = usize::try_from(draw.below(tree.units.len() as u64)).unwrap_or(0);
    let Some(unit) = tree.units.get(at).filter(|unit| unit.key != home.key && unit.members > 0)
    else {
        return Ok(());
    };
    writeln!(
        file,
        "{number};;;{};{};{};;;;;;;;;;{};{};gast;;;;;;;;;",
        person.given,
        person.family,
        day(person.born),
        unit.key,
        unit.name,
    )
}

fn affiliates(person: &Person, draw: &mut Draw) -> String {
    let [(_, youth), (_, women)] = AFFILIATES;
    let is_young = person.born.0 > YEAR - 35 && draw.permille(600);
    let is_in_womens = person.is_woman && draw.permille(150);
    match (is_young, is_in_womens) {
        (true, true) => format!("{youth}, {women}"),
        (true, false) => youth.to_owned(),
        (false, true) => women.to_owned(),
        (false, false) => String::new(),
    }
}

pub(super) fn day((year, month, day): (i64, u64, u64)) -> String {
    format!("{day:02}.{month:02}.{year}")
}
