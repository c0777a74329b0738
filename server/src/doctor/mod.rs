//! `konvent doctor`: looks at everything that commonly goes wrong, and says in German what to do, or in JSON.
//!
//! Looked at: the clock, the disk, the storage with its checksums, holds that run for long, PostgreSQL and the nodes on it, the
//! certificate, the doors, DNS, the certificate as it is seen by our public name, what that name says of us (host-meta), and
//! which line of the compliance suites (XEP-0479) is not met. Left out: what only somebody outside sees, such as a firewall.

mod certificate;
mod compliance;
mod dns;
mod holds;
mod host_meta;
mod network;
mod nodes;
mod outside;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::Args;
use konvent_core::config::Config;
use konvent_core::{Answer, Clock, Kind, Random, Refusal, audit};
use serde::Serialize;

use crate::command::{runtime, say};
use crate::control::{self, Order};
use crate::house::House;
use crate::readiness;

/// Something is wrong; what, stands in the findings.
pub const UNWELL: Refusal = Refusal::new(Kind::Conflict, "doctor.unwell");

/// Below so much free space, messages will soon be refused.
const FREE_BYTES_MIN: u64 = 1024 * MIB;
const MIB: u64 = 1024 * 1024;

/// `konvent doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// The settings of the installation.
    #[arg(long, default_value = "konvent.toml")]
    config: PathBuf,
    /// For programs.
    #[arg(long)]
    json: bool,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// As it should be.
    Well,
    /// Works, and should be looked at.
    Odd,
    /// Does not work.
    Unwell,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) what: &'static str,
    pub(super) state: State,
    pub(super) sentence: String,
}

impl Finding {
    pub(super) fn new(what: &'static str, state: State, sentence: impl Into<String>) -> Self {
        Self { what, state, sentence: sentence.into() }
    }
}

/// Looks, through the running server if there is one. Fails when something is wrong.
pub fn run(doctor: &Doctor) -> Answer<()> {
    let config = Config::read(&doctor.config)?;
    if let Some(done) = control::give(&config.data, &Order::Doctor { json: doctor.json }) {
        return done;
    }
    let house = House::open(config, Clock::System, Random::system())?;
    let (text, is_well) = runtime()?.block_on(examine(&house, false, doctor.json))?;
    say(text.trim_end());
    if is_well { Ok(()) } else { Err(UNWELL) }
}

/// Looks at a house, and says what there is to say; false when something is wrong.
pub(crate) async fn examine(
    house: &Arc<House>,
    serves: bool,
    json: bool,
) -> Answer<(String, bool)> {
    let mut found = vec![clock(house), disk(readiness::free_bytes(&house.config().data))];
    found.extend(storage(house).await?);
    found.extend(holds::look(house).await?);
    found.extend(nodes::look(house, serves).await?);
    found.push(certificate::look(
        &house.tls().certificate,
        &house.domain().name,
        house.clock().now(),
    ));
    found.extend(certificate::look_at_authority(house));
    found.push(network::look(house, serves).await);
    found.extend(dns::look(house).await);
    found.extend(outside::look(house, serves).await);
    found.extend(host_meta::look(house, serves).await);
    found.extend(compliance::look(house.config()));
    let is_well = found.iter().all(|finding| finding.state < State::Unwell);
    let text = if json {
        serde_json::to_string_pretty(&found)
            .map_err(|error| Refusal::broken("doctor.json", error))?
    } else {
        found.iter().map(in_words).collect()
    };
    Ok((text, is_well))
}

fn in_words(finding: &Finding) -> String {
    let mark = match finding.state {
        State::Well => "gut    ",
        State::Odd => "Hinweis",
        State::Unwell => "FEHLER ",
    };
    format!("{mark}  {:<12} {}\n", finding.what, finding.sentence)
}

/// A clock that lags behind what was written already makes terms end too late and codes live too long.
fn clock(house: &House) -> Finding {
    let written = std::fs::metadata(house.config().data.join("konvent.db"));
    let ahead = written
        .and_then(|file| file.modified())
        .ok()
        .and_then(|at| at.duration_since(SystemTime::now()).ok())
        .filter(|ahead| *ahead > Duration::from_mins(5));
    match ahead {
        Some(ahead) => Finding::new(
            "Uhr",
            State::Unwell,
            format!(
                "geht mindestens {} Minuten nach: Zeitdienst (NTP) einschalten",
                ahead.as_secs() / 60
            ),
        ),
        None => {
            Finding::new("Uhr", State::Well, "geht nicht hinter dem her, was schon geschrieben ist")
        }
    }
}

/// `free`: bytes; none where that is not to be found out.
fn disk(free: Option<u64>) -> Finding {
    match free {
        None => Finding::new("Platte", State::Odd, "wie viel frei ist, war nicht zu erfahren"),
        Some(bytes) if bytes < FREE_BYTES_MIN => Finding::new(
            "Platte",
            State::Unwell,
            format!(
                "nur noch {} MB frei: Platz schaffen, sonst werden Nachrichten abgewiesen",
                bytes / MIB
            ),
        ),
        Some(bytes) => {
            Finding::new("Platte", State::Well, format!("{} GB frei", bytes / MIB / 1024))
        }
    }
}

async fn storage(house: &Arc<House>) -> Answer<Vec<Finding>> {
    let broken = house.db().read(audit::verify).await?;
    let (rows, damaged) = house.db().read(konvent_talk::archive::look_over).await?;
    let notes = match broken {
        None => Finding::new("Vermerke", State::Well, "die Kette der Prüfvermerke ist ganz"),
        Some(id) => Finding::new(
            "Vermerke",
            State::Unwell,
            format!("der Prüfvermerk {id} passt nicht in die Kette: jemand hat ihn verändert"),
        ),
    };
    let archive = if damaged == 0 {
        Finding::new("Archiv", State::Well, format!("{rows} Nachrichten, alle unversehrt"))
    } else {
        Finding::new(
            "Archiv",
            State::Unwell,
            format!(
                "{damaged} von {rows} Nachrichten sind beschädigt: Platte prüfen, Sicherung bereithalten"
            ),
        )
    };
    Ok(vec![notes, archive])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_fills_up_is_told_before_it_is_full() {
        assert_eq!(disk(Some(FREE_BYTES_MIN)), Finding::new("Platte", State::Well, "1 GB frei"));
        let little = disk(Some(FREE_BYTES_MIN - 1));
        assert_eq!((little.state, little.sentence.contains("1023 MB")), (State::Unwell, true));
        assert_eq!(disk(None).state, State::Odd);
    }

    #[test]
    fn a_clock_that_goes_behind_what_was_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::parse("domain = 'konvent.invalid'").unwrap();
        folder.path().clone_into(&mut config.data);
        let house = House::open(config, Clock::System, Random::system()).unwrap();
        let written = |ahead: Duration| {
            let storage =
                std::fs::File::options().write(true).open(folder.path().join("konvent.db"));
            storage.unwrap().set_modified(SystemTime::now() + ahead).unwrap();
            clock(&house)
        };
        assert_eq!(written(Duration::ZERO).state, State::Well);
        assert_eq!(written(Duration::from_mins(4)).state, State::Well, "a little is borne");
        let behind = written(Duration::from_mins(61));
        assert_eq!(behind.state, State::Unwell);
        assert!(behind.sentence.contains("60 Minuten"), "{}", behind.sentence);
    }

    #[test]
    fn a_fresh_house_is_examined_and_says_what_is_not_as_it_should_be() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::parse("domain = 'konvent.invalid'").unwrap();
        folder.path().clone_into(&mut config.data);
        let house = House::open(config, Clock::System, Random::system()).unwrap();
        let runtime = runtime().unwrap();
        let (text, _) = runtime.block_on(examine(&house, false, true)).unwrap();
        let found: serde_json::Value = serde_json::from_str(&text).unwrap();
        let state = |what: &str| {
            let all = found.as_array().unwrap();
            all.iter()
                .find(|one| one["what"] == what)
                .map(|one| one["state"].as_str().unwrap().to_owned())
        };
        assert_eq!(state("Vermerke").as_deref(), Some("well"));
        assert_eq!(state("Archiv").as_deref(), Some("well"));
        assert_eq!(state("Uhr").as_deref(), Some("well"));
        // It signed its certificate itself, and nobody has this name (RFC 2606 §2).
        assert_eq!(state("Zertifikat").as_deref(), Some("odd"));
        assert_eq!(state("DNS").as_deref(), Some("unwell"));
    }
}
