//! The boards of a made-up organisation. Those of higher units are drawn from the boards below.

use std::io::{self, Write};

use super::draw::Draw;
use super::households::{Known, day};
use super::tree::Tree;

/// A seat: title of a woman, title of a man.
type Seat = (&'static str, &'static str);

const CHAIR: Seat = ("Vorsitzende", "Vorsitzender");
const DEPUTY: Seat = ("stellv. Vorsitzende", "stellv. Vorsitzender");
const TREASURER: Seat = ("Schatzmeisterin", "Schatzmeister");
const SECRETARY: Seat = ("Schriftführerin", "Schriftführer");
const MANAGER: Seat = ("Geschäftsführerin", "Geschäftsführer");
const ASSESSOR: Seat = ("Beisitzerin", "Beisitzer");
const MEMBERS: Seat = ("Mitgliederbeauftragte", "Mitgliederbeauftragter");

const LOCAL: &[Seat] = &[CHAIR, DEPUTY, TREASURER, SECRETARY, ASSESSOR, ASSESSOR];
const DISTRICT: &[Seat] =
    &[CHAIR, DEPUTY, DEPUTY, TREASURER, SECRETARY, MANAGER, MEMBERS, ASSESSOR, ASSESSOR];
const LAND: &[Seat] = &[
    CHAIR, DEPUTY, DEPUTY, TREASURER, SECRETARY, MANAGER, ASSESSOR, ASSESSOR, ASSESSOR, ASSESSOR,
    ASSESSOR,
];
const COMMISSION: &[Seat] = &[CHAIR, DEPUTY, ASSESSOR];

/// Writes the file of offices.
pub(super) fn write(
    file: &mut impl Write,
    tree: &Tree,
    people: &[Vec<Known>],
    draw: &mut Draw,
) -> io::Result<()> {
    writeln!(file, "mitgliedsnummer;gliederungsschluessel;organ;amt;beginn;ende")?;
    let mut candidates: Vec<Vec<Known>> = people.to_vec();
    // From the leaves upwards: who leads below stands for election above.
    for at in (0..tree.units.len()).rev() {
        let Some(unit) = tree.units.get(at) else { continue };
        let here = candidates.get_mut(at).map(std::mem::take).unwrap_or_default();
        let seats = match unit.level {
            "Ortsverband" => LOCAL,
            "Kreisverband" => DISTRICT,
            _ => LAND,
        };
        board(file, &unit.key, "Vorstand", seats, &here, draw)?;
        if unit.level == "Landesverband" {
            let others = here.get(seats.len()..).unwrap_or_default();
            board(file, &unit.key, "Satzungskommission", COMMISSION, others, draw)?;
        }
        if let Some(above) = unit.parent.and_then(|parent| candidates.get_mut(parent)) {
            above.extend(here.into_iter().take(3));
        }
    }
    Ok(())
}

fn board(
    file: &mut impl Write,
    key: &str,
    body: &str,
    seats: &[Seat],
    people: &[Known],
    draw: &mut Draw,
) -> io::Result<()> {
    // Boards are elected for two years; no term of the sample ends before the summer of 2027.
    let began = (2025 + i64::from(draw.permille(500)), 7 + draw.below(4), 1 + draw.below(28));
    for (seat, person) in seats.iter().zip(people) {
        let title = if person.is_woman { seat.0 } else { seat.1 };
        let end =
            if draw.permille(700) { day((began.0 + 2, began.1, began.2)) } else { String::new() };
        writeln!(file, "{};{key};{body};{title};{};{end}", person.number, day(began))?;
    }
    Ok(())
}
