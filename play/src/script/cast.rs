//! The organisation and the cast: who belongs where, in the directory's words.

use jiff::civil::Date;

/// A unit of the play's organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// As in the play: `OV Verona`.
    pub name: String,
    /// The unit above it.
    pub parent: Option<String>,
}

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// What the play calls him.
    pub name: String,
    /// Given name, as in the directory.
    pub given: String,
    /// Family name, as in the directory.
    pub family: String,
    /// Where he is a member at home; none for strangers and for those who left.
    pub home: Option<String>,
    /// His offices.
    pub duties: Vec<Duty>,
    /// Whether he never signed in before the play begins.
    pub is_new: bool,
    /// Year of birth.
    pub born: i16,
}

/// A running, future or past office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// `Vorsitz`, `Kasse` and so on.
    pub office: String,
    /// The unit whose board it belongs to.
    pub unit: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Option<Date>,
}

/// Terms without a first day began here.
pub const LONG_AGO: Date = jiff::civil::date(2025, 1, 1);

impl Role {
    /// Reads `[Romeo Montague] member of OV Verona, Vorsitz of LV Veneto until 2026-12-31`.
    pub fn read(text: &str) -> Result<Self, String> {
        let (name, who) = text
            .strip_prefix('[')
            .and_then(|text| text.split_once(']'))
            .ok_or("a name in brackets")?;
        let (given, family) = name.trim().split_once(' ').unwrap_or((name.trim(), "Verona"));
        let mut role = Self {
            name: given.to_owned(),
            given: given.to_owned(),
            family: family.trim().to_owned(),
            home: None,
            duties: Vec::new(),
            is_new: false,
            born: 1980,
        };
        for clause in who.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
            role.add(clause)?;
        }
        Ok(role)
    }

    fn add(&mut self, clause: &str) -> Result<(), String> {
        if let Some(unit) = clause.strip_prefix("member of ") {
            self.home = Some(unit.to_owned());
        } else if let Some(year) = clause.strip_prefix("born ") {
            self.born = year.parse().map_err(|_| format!("a year instead of {year:?}"))?;
        } else if clause == "without account" {
            self.is_new = true;
        } else if !clause.starts_with("a stranger") {
            self.duties.push(Duty::read(clause)?);
        }
        Ok(())
    }

    /// The name that others read.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

impl Duty {
    /// Reads `Vorsitz of LV Veneto from 2026-12-01 until 2026-12-31`.
    pub fn read(text: &str) -> Result<Self, String> {
        let (office, rest) = text
            .split_once(" of ")
            .ok_or_else(|| format!("`member of UNIT`, `OFFICE of UNIT`, `born YEAR`, `without account` or `a stranger` instead of {text:?}"))?;
        let (rest, until) = dated(rest, " until ")?;
        let (unit, from) = dated(rest, " from ")?;
        Ok(Self {
            office: office.to_owned(),
            unit: unit.to_owned(),
            from: from.unwrap_or(LONG_AGO),
            until,
        })
    }
}

fn dated<'a>(text: &'a str, word: &str) -> Result<(&'a str, Option<Date>), String> {
    match text.split_once(word) {
        None => Ok((text, None)),
        Some((rest, day)) => {
            let day = day
                .trim()
                .parse()
                .map_err(|_| format!("a day such as 2026-12-31 instead of {day:?}"))?;
            Ok((rest, Some(day)))
        }
    }
}
