//! The tree of a made-up organisation: Land, Kreis and Ort for a small one, with a federation above for a large one.

use std::collections::HashSet;
use std::io::{self, Write};

use super::draw::Draw;
use super::names;

const LANDS: &[&str] = &[
    "Nordmark",
    "Seenland",
    "Heideland",
    "Weserland",
    "Rheinland",
    "Mittelgebirge",
    "Saaleland",
    "Spreeland",
    "Oderland",
    "Mainfranken",
    "Neckarland",
    "Alpenland",
    "Donauland",
    "Harzland",
    "Küstenland",
    "Hansestadt",
];

/// The *Vereinigungen*: key, name.
pub(super) const AFFILIATES: [(&str, &str); 2] = [("V1", "Junge Bürger"), ("V2", "Frauenbund")];

/// A unit of the sample.
pub(super) struct Unit {
    pub(super) key: String,
    pub(super) parent: Option<usize>,
    pub(super) name: String,
    pub(super) level: &'static str,
    pub(super) town: String,
    pub(super) postal_code: String,
    /// Members at home exactly here.
    pub(super) members: usize,
}

/// All units, parents first.
pub(super) struct Tree {
    pub(super) units: Vec<Unit>,
}

/// How many units of each level an organisation of this size has: Land, Kreis, Ort.
fn counts(members: usize) -> (usize, usize, usize) {
    let locals = if members < 100_000 { (members + 22) / 44 } else { members / 35 }.max(1);
    let districts = if locals < 200 { locals * 2 / 15 } else { locals / 32 }.max(1);
    let lands = if districts < 60 { 1 } else { LANDS.len() };
    (lands, districts, locals)
}

impl Tree {
    /// Grows the tree and decides how many members each unit has.
    pub(super) fn grow(members: usize, draw: &mut Draw) -> Self {
        let (lands, districts, locals) = counts(members);
        let mut tree = Self { units: Vec::with_capacity(lands + districts + locals + 1) };
        let federation = (lands > 1).then(|| {
            tree.add("00".to_owned(), None, "Bundesverband Bürgerunion", "Bundesverband", "")
        });
        let mut towns = HashSet::new();
        let mut fresh_town = |draw: &mut Draw| {
            let mut town = names::town(draw);
            for _ in 0..8 {
                if towns.insert(town.clone()) {
                    break;
                }
                town = names::town(draw);
            }
            town
        };
        let mut local_at = 0;
        for land in 0..lands {
            let number = if lands == 1 { 3 } else { land + 1 };
            let land_name = format!("Landesverband {}", LANDS.get(land).unwrap_or(&"Nordmark"));
            let above =
                tree.add(format!("{number:02}"), federation, &land_name, "Landesverband", "");
            for (place, district) in share(districts, lands, land).enumerate() {
                let town = fresh_town(draw);
                let key = format!("{number:02}-{:02}", place + 1);
                let name = format!("Kreisverband {town}");
                let above = tree.add(key.clone(), Some(above), &name, "Kreisverband", &town);
                for (place, _) in share(locals, districts, district).enumerate() {
                    let town = fresh_town(draw);
                    let key = format!("{key}-{:03}", place + 1);
                    tree.add(
                        key,
                        Some(above),
                        &format!("Ortsverband {town}"),
                        "Ortsverband",
                        &town,
                    );
                    local_at += 1;
                }
            }
        }
        debug_assert_eq!(local_at, locals);
        tree.settle(members, draw);
        tree
    }

    fn add(
        &mut self,
        key: String,
        parent: Option<usize>,
        name: &str,
        level: &'static str,
        town: &str,
    ) -> usize {
        let number = self.units.len();
        self.units.push(Unit {
            key,
            parent,
            name: name.to_owned(),
            level,
            town: town.to_owned(),
            // Some begin with a zero, as in Saxony.
            postal_code: format!("{:05}", 1000 + (number * 7919) % 98_000),
            members: 0,
        });
        number
    }

    /// Everybody is at home in an Ortsverband; large and small ones differ by the factor eight.
    fn settle(&mut self, members: usize, draw: &mut Draw) {
        let mut locals: Vec<&mut Unit> =
            self.units.iter_mut().filter(|unit| unit.level == "Ortsverband").collect();
        let weights: Vec<u64> =
            locals.iter().map(|_| 25 + draw.below(20) * draw.below(10)).collect();
        let total: u64 = weights.iter().sum();
        let (mut passed, mut given) = (0, 0);
        for (local, weight) in locals.iter_mut().zip(weights) {
            passed += weight;
            let until = u128::from(passed) * members as u128 / u128::from(total.max(1));
            let until = usize::try_from(until).unwrap_or(members);
            local.members = until - given;
            given = until;
        }
    }

    /// The units' file, with the affiliates at the end.
    pub(super) fn write(&self, file: &mut impl Write) -> io::Result<()> {
        writeln!(file, "schluessel;uebergeordnet;name;ebene;art")?;
        for unit in &self.units {
            let parent = unit.parent.and_then(|parent| self.units.get(parent));
            let parent = parent.map_or("", |parent| parent.key.as_str());
            writeln!(file, "{};{parent};{};{};gebiet", unit.key, unit.name, unit.level)?;
        }
        for (key, name) in AFFILIATES {
            writeln!(file, "{key};;{name};Vereinigung;vereinigung")?;
        }
        Ok(())
    }
}

/// Which of `all` things fall to the `place`th of `among`, when they are shared out evenly.
fn share(all: usize, among: usize, place: usize) -> std::ops::Range<usize> {
    all * place / among..all * (place + 1) / among
}
