//! A PostgreSQL and the nodes on it: whether the clocks agree, whether what travels is encrypted, who is there, whether two
//! machines fight for one name, whether the bell rings. Left out: what the other nodes see; ask each one.

use std::sync::Arc;
use std::time::Duration;

use konvent_core::Answer;
use konvent_core::db::health::Health;
use konvent_core::db::nodes::Known;
use tokio::net::TcpStream;

use super::{Finding, State};
use crate::house::House;

/// Clocks this far apart, in milliseconds, confuse people who compare times.
const APART_MS: i64 = 2_000;

/// A name that was taken so often within [`LATELY_MS`] belongs to two machines that end each other.
const TAKEN_MAX: usize = 3;

/// What counts as lately, in milliseconds.
const LATELY_MS: i64 = 600_000;

/// How long a bus may take to open its door.
const PATIENCE: Duration = Duration::from_secs(3);

/// Looks; finds nothing where the embedded database is used.
pub(super) async fn look(house: &Arc<House>, serves: bool) -> Answer<Vec<Finding>> {
    let Some(health) = house.db().health().await? else { return Ok(Vec::new()) };
    let mut found = vec![clock(&health, house.clock().now().0), way(&health)];
    if let Some(settings) = &house.config().nodes {
        found.push(company(&health));
        found.extend(names(&health.nodes, health.clock));
        found.push(bus(house, &settings.bus, serves).await);
    }
    Ok(found)
}

fn clock(health: &Health, now: i64) -> Finding {
    let apart = (health.clock - now).abs();
    if apart < APART_MS {
        return Finding::new("Datenbank", State::Well, "antwortet, und ihre Uhr geht wie diese");
    }
    let sentence = format!(
        "ihre Uhr geht um {} Sekunden anders: Zeitdienst (NTP) auf beiden Rechnern einschalten",
        apart / 1000
    );
    Finding::new("Datenbank", State::Odd, sentence)
}

fn way(health: &Health) -> Finding {
    match (health.is_remote, health.is_encrypted) {
        (false, _) => Finding::new("Datenbankweg", State::Well, "bleibt auf diesem Rechner"),
        (true, true) => Finding::new("Datenbankweg", State::Well, "ist verschlüsselt"),
        (true, false) => Finding::new(
            "Datenbankweg",
            State::Odd,
            "geht unverschlüsselt durch das Netz: sslmode=verify-full in die Zeile postgres eintragen",
        ),
    }
}

fn company(health: &Health) -> Finding {
    let living: Vec<&str> = health
        .nodes
        .iter()
        .filter(|node| !node.is_dead && node.lease_until > health.clock)
        .map(|node| node.name.as_str())
        .collect();
    let sentence = format!("es arbeiten {}: {}", living.len(), living.join(", "));
    let state = if living.len() > 1 { State::Well } else { State::Odd };
    Finding::new("Knoten", state, sentence)
}

/// Who starts under a name ends whoever has it; a service manager starts that one again.
fn names(nodes: &[Known], now: i64) -> Option<Finding> {
    let lately = |node: &&Known| node.is_dead && node.lease_until > now - LATELY_MS;
    let gone: Vec<&str> = nodes.iter().filter(lately).map(|node| node.name.as_str()).collect();
    let fought =
        gone.iter().find(|name| gone.iter().filter(|other| other == name).count() >= TAKEN_MAX)?;
    let sentence = format!(
        "der Name {fought} wurde in zehn Minuten mehrmals neu vergeben: zwei Rechner tragen ihn und beenden einander, [nodes] name ändern"
    );
    Some(Finding::new("Knotennamen", State::Unwell, sentence))
}

async fn bus(house: &Arc<House>, addresses: &[String], serves: bool) -> Finding {
    if addresses.is_empty() {
        return Finding::new(
            "Klingel",
            State::Odd,
            "keine: die Knoten sehen zehnmal in der Sekunde selbst nach",
        );
    }
    if serves && house.hears_the_bus() {
        return Finding::new("Klingel", State::Well, "NATS ist da");
    }
    for address in addresses {
        let door = address.split_once("://").map_or(address.as_str(), |(_, door)| door);
        let knocked = tokio::time::timeout(PATIENCE, TcpStream::connect(door)).await;
        if !matches!(knocked, Ok(Ok(_))) {
            let sentence = format!(
                "{door} ist nicht zu erreichen; die Knoten sehen selbst nach, es geht nichts verloren"
            );
            return Finding::new("Klingel", State::Odd, sentence);
        }
    }
    if serves {
        return Finding::new(
            "Klingel",
            State::Odd,
            "NATS lässt diesen Knoten nicht herein: bus_login und bus_roots ansehen",
        );
    }
    Finding::new("Klingel", State::Well, "NATS ist zu erreichen")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, is_dead: bool, lease_until: i64) -> Known {
        Known { name: name.to_owned(), is_dead, lease_until }
    }

    fn health(nodes: Vec<Known>) -> Health {
        Health { clock: 1_000_000, is_remote: true, is_encrypted: false, nodes }
    }

    #[test]
    fn two_machines_of_one_name_are_found() {
        let dead = |name: &str, count| vec![node(name, true, 900_000); count];
        assert_eq!(names(&dead("nord", 2), 1_000_000), None);
        assert_eq!(names(&dead("nord", 3), 1_000_000).unwrap().state, State::Unwell);
        assert_eq!(names(&dead("nord", 3), 9_000_000), None, "long ago");
        let several = [dead("nord", 2), dead("süd", 2)].concat();
        assert_eq!(names(&several, 1_000_000), None);
    }

    #[test]
    fn clocks_ways_and_company_are_judged() {
        let alone = health(vec![node("nord", false, 1_000_500), node("süd", false, 900_000)]);
        assert_eq!(company(&alone).state, State::Odd, "whose lease is over is not there");
        let two = health(vec![node("nord", false, 1_000_500), node("süd", false, 1_000_500)]);
        assert_eq!(company(&two).state, State::Well);
        assert_eq!(clock(&two, 1_000_900).state, State::Well);
        assert_eq!(clock(&two, 1_003_000).state, State::Odd);
        assert_eq!(way(&two).state, State::Odd);
        assert_eq!(way(&Health { is_encrypted: true, ..two.clone() }).state, State::Well);
        assert_eq!(way(&Health { is_remote: false, ..two }).state, State::Well);
    }
}
