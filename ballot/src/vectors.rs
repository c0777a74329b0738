//! Vectors shared with the web client: for the same injected randomness both make identical bytes,
//! and both find the same codes in the same archives.
//!
//! `KONVENT_WRITE_VECTORS=1 cargo test -p konvent-ballot vectors` writes them again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::ballot::Ballot;
use crate::credential::Code;
use crate::election::{Marks, Question, Template};
use crate::group::{Belenios2048, Ed25519, Group, Rfc3526, Scalar as _};
use crate::random::Seeded;
use crate::rehearsal::{Commission, Rehearsal};
use crate::verify::Verifier;

const PLACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/src/ballot/vectors.json");

fn marks(answers: &[&str], blank: bool, min: u32, max: u32) -> Question {
    Question::Marks(Marks {
        answers: answers.iter().map(|a| (*a).to_owned()).collect(),
        blank: blank.then_some(true),
        min,
        max,
        question: "Größe „ß“ 🎉?".to_owned(),
    })
}

fn template(questions: Vec<Question>) -> Template {
    Template {
        description: "Probe".to_owned(),
        name: "Wahl".to_owned(),
        questions,
        administrator: None,
        credential_authority: None,
    }
}

fn ballot<G: Group>(questions: Vec<Question>, choices: &[Vec<u8>]) -> Value {
    let scene =
        Rehearsal::<G>::new(G::NAME, template(questions), &[1], Commission::All(1)).unwrap();
    let secret = scene.secret(0).unwrap();
    let seed = format!("vector {}", G::NAME);
    let rng = &mut Seeded::new(seed.as_bytes());
    let ballot = Ballot::make(&scene.election, &secret, choices, rng).unwrap().write();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    json!({
        "group": G::NAME,
        "election": text(&scene.election.bytes),
        "code": scene.codes[0].text(),
        "secret": secret.print(),
        "choices": choices,
        "seed": seed,
        "ballot": text(&ballot),
    })
}

/// A code of tool 2.0 and the secret that it stands for.
fn code<G: Group>() -> Value {
    let scene = Rehearsal::<G>::new(
        G::NAME,
        template(vec![marks(&["Ja"], false, 0, 1)]),
        &[1],
        Commission::All(1),
    )
    .unwrap();
    let code = Code::parse("123-456-789-ABC-DEF").unwrap();
    let secret = code.secret::<G>(&scene.election.parameters.uuid);
    let election = String::from_utf8(scene.election.bytes).unwrap();
    json!({ "election": election, "code": code.text(), "secret": secret.print() })
}

/// A ranked election, from the first ballot to the result.
fn ranked<G: Group>(who: Commission, voters: usize) -> Vec<u8> {
    let people = ["Ada", "Jörg"].map(str::to_owned).to_vec();
    let question = Question::values("Reihung", people, None);
    let weights = vec![1; voters.max(1)];
    let mut scene = Rehearsal::<G>::new("rank", template(vec![question]), &weights, who).unwrap();
    for voter in 0..voters {
        scene.vote(voter, &[vec![1, u8::try_from(voter).unwrap()]]).unwrap();
    }
    scene.finish().unwrap();
    scene.bytes
}

fn archives() -> Vec<Value> {
    let scene = |who| {
        let questions = vec![marks(&["Ja", "Nein"], false, 0, 1)];
        let mut scene =
            Rehearsal::<Ed25519>::new("web", template(questions), &[1, 3], who).unwrap();
        scene.vote(0, &[vec![1, 0]]).unwrap();
        scene.vote(1, &[vec![0, 1]]).unwrap();
        scene.vote(0, &[vec![0, 0]]).unwrap();
        scene
    };
    let finished = |who| {
        let mut scene = scene(who);
        scene.finish().unwrap();
        scene.bytes
    };
    let sound = finished(Commission::All(2));
    let flip = |from: &str, to: &str| {
        let place = sound.windows(from.len()).rposition(|w| w == from.as_bytes()).unwrap();
        let mut bytes = sound.clone();
        bytes[place..place + to.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    let mut trailing = sound.clone();
    trailing.extend([0; 1024]);
    let mut replay = scene(Commission::All(2));
    let first = replay.ballot(1, &[vec![0, 1]]).unwrap().write();
    for _ in 0..2 {
        let appended = replay.writer.ballot(&first).unwrap().bytes;
        replay.bytes.extend(appended);
    }
    let mut forged = scene(Commission::All(2));
    let part = forged.ballot(1, &[vec![0, 1]]).unwrap();
    let text =
        String::from_utf8(part.write()).unwrap().replacen("\"response\":\"", "\"response\":\"1", 1);
    let appended = forged.writer.ballot(text.as_bytes()).unwrap().bytes;
    forged.bytes.extend(appended);
    [
        ("sound", sound.clone()),
        ("end blocks", trailing),
        ("cut off", sound[..sound.len() - 700].to_vec()),
        ("head of a record changed", flip("0000644", "0000640")),
        ("replay", replay.bytes),
        ("number too large in a proof", forged.bytes),
        ("2 of 3", finished(Commission::Threshold { threshold: 2, size: 3 })),
        ("ranked, Ed25519", ranked::<Ed25519>(Commission::All(2), 3)),
        (
            "ranked, RFC-3526-2048, 1 of 1",
            ranked::<Rfc3526>(Commission::Threshold { threshold: 1, size: 1 }, 1),
        ),
        ("ranked, nobody voted", ranked::<Ed25519>(Commission::All(1), 0)),
    ]
    .into_iter()
    .map(|(name, archive)| {
        let report = Verifier::verify(&archive);
        let mut codes: Vec<&str> = report.findings.iter().map(|f| f.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        json!({
            "name": name,
            "archive": STANDARD.encode(&archive),
            "codes": codes,
        })
    })
    .collect()
}

#[test]
fn the_web_client_has_our_vectors() {
    let people = ["Ada", "Jörg", "Özlem"];
    let both = || vec![marks(&people, true, 1, 2), marks(&["Ja", "Nein"], false, 1, 1)];
    let choices = [vec![0, 1, 0, 1], vec![0, 1]];
    let blank = [vec![1, 0, 0, 0], vec![1, 0]];
    let ranked = Question::values("Reihung", people.map(str::to_owned).to_vec(), None);
    let vectors = json!({
        "ballots": [
            ballot::<Ed25519>(both(), &choices),
            ballot::<Belenios2048>(both(), &choices),
            ballot::<Ed25519>(both(), &blank),
            ballot::<Ed25519>(vec![ranked.clone()], &[vec![3, 1, 2]]),
            ballot::<Rfc3526>(vec![ranked], &[vec![0, 2, 255]]),
        ],
        "codes": [code::<Ed25519>(), code::<Belenios2048>()],
        "archives": archives(),
    });
    let text = serde_json::to_string(&vectors).unwrap() + "\n";
    if std::env::var_os("KONVENT_WRITE_VECTORS").is_some() {
        std::fs::write(PLACE, &text).unwrap();
    }
    assert!(std::fs::read_to_string(PLACE).is_ok_and(|found| found == text), "write them again");
}
