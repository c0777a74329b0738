//! On an archive: voting, closing, shuffling, decrypting, the result.

use std::fs;

use konvent_ballot::archive::Stage;
use konvent_ballot::ballot::Ballot;
use konvent_ballot::credential::{Code, roll_entry};
use konvent_ballot::group::{Group, Scalar as _};
use konvent_ballot::json::{self, Exponent};
use konvent_ballot::shuffle::Shuffle;
use konvent_ballot::tally::{ElectionResult, PartialDecryption, opened};
use konvent_ballot::verify::Verifier;

use crate::arguments::{Arguments, System, Trial, show, wrong};
use crate::board::{Board, refused};
use crate::ceremony;

/// Subcommands on an archive.
pub fn work<G: Group>(arguments: &Arguments) -> Trial<()> {
    let mut board = Board::<G>::open(arguments.get("archive")?)?;
    match arguments.command.as_str() {
        "ballot" => {
            let code = Code::parse(arguments.get("code")?).ok_or_else(wrong("--code"))?;
            let secret = code.secret::<G>(&board.election.parameters.uuid);
            let public = roll_entry::<G>(&G::pow_g(&secret), 1);
            if board.roll.find(&public).is_none() {
                return Err("Dieser Wahlschein steht nicht im Wählerverzeichnis".to_owned());
            }
            let choices: Vec<Vec<u8>> = serde_json::from_slice(&arguments.file("choices")?)
                .map_err(|e| format!("--choices: {e}"))?;
            let ballot = Ballot::make(&board.election, &secret, &choices, &mut System);
            show(&ballot.ok_or("Diese Auswahl ist nicht erlaubt")?.write())
        }
        "cast" => {
            let bytes = arguments.file("ballot")?;
            let appended = board.writer.ballot(&bytes).map_err(refused)?;
            // the whole archive is judged again with the ballot in it: replays are refused too
            let mut verifier = Verifier::default();
            verifier.push(&fs::read(&board.path).map_err(|e| e.to_string())?);
            verifier.push(&appended.bytes);
            if let Some(finding) = verifier.finish().findings.first() {
                return Err(finding.code.german().to_owned());
            }
            board.append(&appended.bytes)?;
            println!("{}", Ballot::<G>::tracker(&bytes));
            Ok(())
        }
        "close" => {
            let mut bytes = Vec::new();
            if board.writer.stage() == Stage::Voting {
                bytes.extend(board.writer.end_ballots().map_err(refused)?.bytes);
            }
            let (tally, sized) = board.tally.payloads();
            bytes.extend(board.writer.encrypted_tally(&tally, &sized).map_err(refused)?.bytes);
            board.append(&bytes)
        }
        "shuffle" => {
            let input: Vec<_> =
                board.mixed().iter().filter_map(|p| board.encrypted.get(*p).cloned()).collect();
            let key = &board.election.parameters.public_key;
            let shuffle = Shuffle::make(&board.election.fingerprint, key, &input, &mut System);
            let shuffle = json::write(&shuffle.ok_or("Diese Gruppe kennt keine Mischung")?);
            let appended = board.writer.shuffle(arguments.number("owner")?, &shuffle);
            board.append(&appended.map_err(refused)?.bytes)
        }
        "end-shuffles" => {
            let appended = board.writer.end_shuffles().map_err(refused)?;
            board.append(&appended.bytes)
        }
        "decrypt" => {
            let owner: usize = arguments.number("owner")?;
            let mut x = if let Some(output) = arguments.maybe("share") {
                ceremony::share::<G>(arguments, output)?
            } else {
                let private = arguments.file("private")?;
                json::exact::<Exponent<G>>(&private).ok_or_else(wrong("--private"))?.0
            };
            let keys = board.trustees.keys();
            let ours = owner.checked_sub(1).and_then(|place| keys.get(place));
            if ours.is_none_or(|key| *key.public_key.point() != G::pow_g(&x)) {
                return Err("Der Schlüssel gehört nicht zu dieser Vertrauensperson".to_owned());
            }
            let fingerprint = &board.election.fingerprint;
            let part = PartialDecryption::make(fingerprint, &board.encrypted, &x, &mut System);
            x.wipe();
            let appended = board.writer.partial_decryption(owner, &json::write(&part));
            board.append(&appended.map_err(refused)?.bytes)
        }
        _ => {
            let parts: Vec<_> = board.decryptions.iter().map(|(o, part)| (*o, part)).collect();
            let opened = opened(&board.encrypted, &board.trustees, &parts)
                .ok_or("Es fehlt noch eine Teilentschlüsselung")?;
            let questions = board.election.questions();
            let result = ElectionResult::read::<G>(questions, &opened, board.roll.total_weight());
            let result = json::write(&result.map_err(|code| code.german().to_owned())?);
            let appended = board.writer.result(&result).map_err(refused)?;
            board.append(&appended.bytes)?;
            show(&result)
        }
    }
}
