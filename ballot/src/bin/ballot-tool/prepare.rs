//! Before the vote: keys, credentials, trustees, the election and its archive.

use std::fs::OpenOptions;
use std::io::Write as _;

use konvent_ballot::archive::Writer;
use konvent_ballot::credential::{Code, Roll, roll_entry};
use konvent_ballot::election::{Election, Template};
use konvent_ballot::group::Group;
use konvent_ballot::json::{self, Exponent};
use konvent_ballot::trustee::{self, Kind as Trustee, PublicKey, ThresholdParameters, Trustees};
use konvent_ballot::verify::Verifier;

use crate::arguments::{Arguments, System, Trial, keep_secret, read, show, wrong};
use crate::board::refused;

/// One item of the trustees: the key of a single one, or what a threshold ceremony has published.
pub fn item<G: Group>(bytes: &[u8]) -> Option<Trustee<G>> {
    if let Some(key) = json::exact::<PublicKey<G>>(bytes) {
        return key.is_sound().then_some(Trustee::Single(key));
    }
    let parameters = json::exact::<ThresholdParameters<G>>(bytes)?;
    parameters.faults().is_empty().then(|| Trustee::Pedersen(Box::new(parameters)))
}

/// Subcommands that need a group but no archive.
pub fn prepare<G: Group>(arguments: &Arguments) -> Trial<()> {
    match arguments.command.as_str() {
        "trustee-key" => {
            let (x, public) = trustee::generate::<G>(&mut System);
            keep_secret(arguments.get("private")?, &json::write(&Exponent::<G>::new(x)))?;
            show(&json::write(&public))
        }
        "credentials" => {
            let uuid = arguments.get("uuid")?;
            let weights: Vec<u64> = match arguments.maybe("weights") {
                Some(file) => json::exact(&read(file)?).ok_or_else(wrong("--weights"))?,
                None => vec![1; arguments.number("count")?],
            };
            let codes: Vec<Code> = weights.iter().map(|_| Code::generate(&mut System)).collect();
            let mut roll: Vec<String> = codes
                .iter()
                .zip(&weights)
                .map(|(code, weight)| roll_entry::<G>(&G::pow_g(&code.secret::<G>(uuid)), *weight))
                .collect();
            Roll::read::<G>(&roll).map_err(|_| wrong("--weights")())?;
            // §3.1: sorted, so that the order of the letters tells nothing
            roll.sort();
            let letters: Vec<String> = codes.iter().map(Code::text).collect();
            keep_secret(arguments.get("letters")?, &json::write(&letters))?;
            show(&json::write(&roll))
        }
        "trustees" => {
            let mut kinds = Vec::new();
            for file in &arguments.files {
                kinds.push(item::<G>(&read(file)?).ok_or_else(wrong(file))?);
            }
            let trustees = Trustees(kinds);
            match trustees.faults().first() {
                Some(code) => Err(code.german().to_owned()),
                None => show(&trustees.write()),
            }
        }
        _ => {
            let trustees = Trustees::<G>::read(&arguments.file("trustees")?);
            let key = trustees.and_then(|t| t.public_key()).ok_or_else(wrong("--trustees"))?;
            let template: Template = serde_json::from_slice(&arguments.file("questions")?)
                .map_err(|e| format!("--questions: {e}"))?;
            let election = Election::<G>::new(arguments.get("uuid")?, &key, template);
            show(&election.ok_or_else(wrong("Wahl"))?.bytes)
        }
    }
}

pub fn init<G: Group>(arguments: &Arguments) -> Trial<()> {
    let path = arguments.get("archive")?;
    let election = arguments.file("election")?;
    let shuffles = Election::<G>::read(&election).ok_or_else(wrong("--election"))?.has_shuffles();
    let (mut writer, mut bytes) = Writer::new(arguments.number("time")?, shuffles);
    let setup = writer.setup(&election, &arguments.file("trustees")?, &arguments.file("roll")?);
    bytes.extend(setup.map_err(refused)?.bytes);
    if let Some(finding) = Verifier::verify(&bytes).findings.first() {
        return Err(finding.code.german().to_owned());
    }
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(&bytes)).map_err(|e| format!("{path}: {e}"))
}
