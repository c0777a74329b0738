//! One election three ways: made by us, made by the tool, and made by both together.

use konvent_ballot::archive::{Event, Name, Records, Stage, Writer};
use konvent_ballot::ballot::Ballot;
use konvent_ballot::credential::Code;
use konvent_ballot::election::Election;
use konvent_ballot::group::Group;
use konvent_ballot::json;
use konvent_ballot::random::Seeded;
use konvent_ballot::rehearsal::{Commission, Rehearsal};
use konvent_ballot::tally::{PartialDecryption, Tally};
use konvent_ballot::trustee::{self, PublicKey};
use konvent_ballot::verify::{Report, Verifier};

use crate::cases::Case;
use crate::tool::{Folder, Tool, Trial};

const UUID: &str = "eyiWM5DY7eTdcV";

/// Our verifier accepts an archive and finds the expected result in it.
fn accepted(archive: &[u8], case: &Case) -> Trial<Report> {
    let report = Verifier::verify(archive);
    if !report.is_complete() {
        let findings: Vec<_> = report.findings.iter().take(5).collect();
        return Err(format!("our verifier: {:?} {findings:?}", report.summary.stage));
    }
    let result = report.summary.result.as_ref().map(|r| &r.result);
    let mut found = serde_json::to_value(result).map_err(|e| e.to_string())?;
    for outcome in found.as_array_mut().into_iter().flatten() {
        if let Some(ballots) =
            outcome.as_array_mut().filter(|o| o.iter().any(serde_json::Value::is_array))
        {
            ballots.sort_by_key(ToString::to_string);
        }
    }
    if found == case.expected { Ok(report) } else { Err(format!("result {found}")) }
}

/// Our election, judged by the tool.
pub fn ours<G: Group>(tool: &Tool, case: &Case) -> Trial<()> {
    let who = if case.threshold {
        Commission::Threshold { threshold: 2, size: 3 }
    } else {
        Commission::All(3)
    };
    let mut scene = Rehearsal::<G>::new(case.name, case.template.clone(), &case.weights, who)
        .ok_or("no setup")?;
    let mut ballots = Vec::new();
    for (voter, choices) in &case.votes {
        ballots.push(scene.vote(*voter, choices).ok_or("no ballot")?);
    }
    scene.finish().ok_or("no result")?;
    accepted(&scene.bytes, case)?;
    tool.judge(&scene.bytes, &ballots)
}

/// An election that the tool keeps in a folder.
pub struct Desk<'a, G: Group> {
    pub tool: &'a Tool,
    case: &'a Case,
    pub dir: Folder,
    codes: Vec<String>,
    /// Trustees by number: the files of their keys, or our own private key.
    pub trustees: Vec<Holder<G>>,
}

/// Who has a trustee's key.
pub enum Holder<G: Group> {
    /// `--privkey`.
    Single(String),
    /// `--key` and `--decryption-key`.
    Share(String, String),
    /// Ours.
    Ours(G::Scalar),
}

impl<'a, G: Group> Desk<'a, G> {
    pub fn run(&self, args: &[&str], input: &[u8]) -> Trial<Vec<u8>> {
        self.tool.run(self.dir.path(), args, input)
    }

    pub fn setup(&self, command: &str, args: &[&str]) -> Trial<Vec<u8>> {
        self.run(&[&["setup", command, "--group", G::NAME], args].concat(), b"")
    }

    /// Credentials, trustees, election, archive. `with_us`: one of the trustees is ours.
    fn open(tool: &'a Tool, case: &'a Case, with_us: bool) -> Trial<Self> {
        let dir = Folder::new()?;
        let mut desk = Self { tool, case, dir, codes: Vec::new(), trustees: Vec::new() };
        desk.credentials()?;
        desk.setup("generate-trustee-key", &[])?;
        let key = desk.dir.files("privkey")?.pop().ok_or("no key")?;
        desk.trustees.push(Holder::Single(key.display().to_string()));
        let public = desk.dir.files("pubkey")?.pop().ok_or("no key")?;
        let mut keys = std::fs::read(public).map_err(|e| e.to_string())?;
        if with_us {
            let (x, public) = trustee::generate::<G>(&mut Seeded::new(b"our trustee"));
            if !keys.ends_with(b"\n") {
                keys.push(b'\n');
            }
            keys.extend(json::write::<PublicKey<G>>(&public));
            keys.push(b'\n');
            desk.trustees.push(Holder::Ours(x));
        }
        desk.dir.write("public_keys.jsons", &keys)?;
        if case.threshold {
            desk.ceremony(with_us)?;
        }
        desk.run(&["setup", "make-trustees"], b"")?;
        desk.dir.write("questions.json", &json::write(&case.template))?;
        let args = ["--uuid", UUID, "--template", "questions.json"];
        desk.setup("make-election", &args)?;
        desk.run(&["archive", "init"], b"")?;
        Ok(desk)
    }

    fn credentials(&mut self) -> Trial<()> {
        let voters: Vec<String> = (self.case.weights.iter().enumerate())
            .map(|(voter, weight)| format!("v{voter}@example,v{voter},{weight}\n"))
            .collect();
        self.dir.write("voters", voters.concat().as_bytes())?;
        self.setup("generate-credentials", &["--uuid", UUID, "--file", "voters"])?;
        let path = self.dir.files("privcreds")?.pop().ok_or("no credentials")?;
        let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
        self.codes = if self.tool.is_old() {
            text.lines().filter_map(|l| Some(l.split_whitespace().last()?.to_owned())).collect()
        } else {
            let map: serde_json::Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
            let code = |voter| Some(map.get(format!("v{voter}"))?.as_str()?.to_owned());
            (0..self.case.weights.len()).filter_map(code).collect()
        };
        let public = self.dir.files("pubcreds")?.pop().ok_or("no credentials")?;
        std::fs::rename(public, self.dir.path().join("public_creds.json"))
            .map_err(|e| e.to_string())
    }

    fn event(&self, kind: &str, payload: &[u8]) -> Trial<()> {
        self.run(&["archive", "add-event", &format!("--type={kind}")], payload).map(drop)
    }

    fn archive(&self) -> Trial<Vec<u8>> {
        let path = self.dir.files("bel")?.pop().ok_or("no archive")?;
        std::fs::read(path).map_err(|e| e.to_string())
    }

    /// A ballot made by the tool.
    fn ballot(&self, voter: usize, choices: &[Vec<u8>]) -> Trial<Vec<u8>> {
        self.dir.write("code", self.codes.get(voter).ok_or("no code")?.as_bytes())?;
        self.dir.write("choices.json", &json::write(&choices))?;
        let option = self.tool.choice_option();
        let args = ["election", "generate-ballot", "--privcred", "code", option, "choices.json"];
        let bytes = self.run(&args, b"")?;
        Ok(bytes.trim_ascii_end().to_vec())
    }

    fn election(&self) -> Trial<Election<G>> {
        let bytes = self.dir.read("election.json")?;
        Election::read(bytes.trim_ascii_end()).ok_or_else(|| "their election".to_owned())
    }

    fn decrypt(&self, number: usize) -> Trial<Vec<u8>> {
        let id = number.to_string();
        match self.trustees.get(number - 1) {
            Some(Holder::Single(key)) => {
                self.run(&["election", "decrypt", "--privkey", key, "--trustee-id", &id], b"")
            }
            Some(Holder::Share(key, sealed)) => {
                let args = ["--key", key, "--decryption-key", sealed, "--trustee-id", &id];
                self.run(&[["election", "decrypt-threshold"].as_slice(), &args].concat(), b"")
            }
            _ => Err("no such trustee".to_owned()),
        }
    }
}

/// The tool's election, verified by us.
pub fn theirs<G: Group>(tool: &Tool, case: &Case) -> Trial<()> {
    let desk = Desk::<G>::open(tool, case, false)?;
    for (voter, choices) in &case.votes {
        desk.event("Ballot", &desk.ballot(*voter, choices)?)?;
    }
    desk.event("EndBallots", b"")?;
    let tally = desk.run(&["election", "compute-encrypted-tally"], b"")?;
    desk.event("EncryptedTally", tally.trim_ascii_end())?;
    if case.shuffles() {
        for _ in 0..2 {
            let shuffle = desk.run(&["election", "shuffle", "--trustee-id=1"], b"")?;
            desk.event("Shuffle", shuffle.trim_ascii_end())?;
        }
        desk.event("EndShuffles", b"")?;
    }
    let numbers = if case.threshold { vec![1, 2, 4] } else { vec![1] };
    for number in numbers {
        desk.event("PartialDecryption", desk.decrypt(number)?.trim_ascii_end())?;
    }
    let result = desk.run(&["election", "compute-result"], b"")?;
    desk.event("Result", result.trim_ascii_end())?;
    accepted(&desk.archive()?, case).map(drop)
}

/// The end of an archive, so that we can append to it.
fn resume(archive: &[u8], shuffles: bool, stage: Stage) -> Trial<Writer> {
    let mut records = Records::default();
    records.push(archive);
    let mut end = None;
    while let Some(record) = records.next_record() {
        let record = record.map_err(|fault| format!("{fault:?}"))?;
        if let Name::Event(head) = record.name {
            let event: Event = json::exact(&record.body).ok_or("event")?;
            end = Some((record.time, head, event.height));
        }
    }
    let (time, head, height) = end.ok_or("no event")?;
    Ok(Writer::resume(time, shuffles, stage, head, height))
}

/// Both together: their setup with a trustee of ours, ballots in turn, our tally, one shuffle each,
/// one decryption each, their result; judged by both.
pub fn mixed<G: Group>(tool: &Tool, case: &Case) -> Trial<()> {
    let desk = Desk::<G>::open(tool, case, true)?;
    let election = desk.election()?;
    let mut rng = Seeded::new(case.name.as_bytes());
    let mut tally = Tally::new(&election);
    let mut ballots = Vec::new();
    for (place, (voter, choices)) in case.votes.iter().enumerate() {
        let bytes = if place % 2 == 0 {
            let code = desk.codes.get(*voter).and_then(|c| Code::parse(c)).ok_or("their code")?;
            let secret = code.secret::<G>(UUID);
            Ballot::make(&election, &secret, choices, &mut rng).ok_or("our ballot")?.write()
        } else {
            desk.ballot(*voter, choices)?
        };
        let ballot = Ballot::<G>::read(&bytes).ok_or("a ballot")?;
        tally.add(&ballot, *case.weights.get(*voter).ok_or("weight")?);
        desk.event("Ballot", &bytes)?;
        ballots.push(bytes);
    }
    desk.event("EndBallots", b"")?;
    // our tally, appended by our writer to their file
    let (encrypted, sized) = tally.payloads();
    let mut archive = desk.archive()?;
    let mut writer = resume(&archive, case.shuffles(), Stage::Ended)?;
    let appended = writer.encrypted_tally(&encrypted, &sized).map_err(|e| e.to_string())?;
    archive.extend(appended.bytes);
    let path = desk.dir.files("bel")?.pop().ok_or("no archive")?;
    std::fs::write(&path, &archive).map_err(|e| e.to_string())?;
    let mut tally = tally.encrypted();
    if case.shuffles() {
        // first theirs, then ours
        let shuffle = desk.run(&["election", "shuffle", "--trustee-id=1"], b"")?;
        let shuffle = shuffle.trim_ascii_end();
        desk.event("Shuffle", shuffle)?;
        // the second line names its owner
        let shuffle = shuffle.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let first: konvent_ballot::shuffle::Shuffle<G> =
            json::exact(shuffle).ok_or("their shuffle")?;
        let key = &election.parameters.public_key;
        let second = konvent_ballot::shuffle::Shuffle::make(
            &election.fingerprint,
            key,
            &first.ciphertexts,
            &mut rng,
        )
        .ok_or("our shuffle")?;
        let mut archive = desk.archive()?;
        let mut writer = resume(&archive, true, Stage::Shuffling)?;
        let appended = writer.shuffle(2, &json::write(&second)).map_err(|e| e.to_string())?;
        archive.extend(appended.bytes);
        std::fs::write(&path, &archive).map_err(|e| e.to_string())?;
        desk.event("EndShuffles", b"")?;
        tally = second.ciphertexts;
    }
    for (number, holder) in (1..).zip(&desk.trustees) {
        match holder {
            Holder::Ours(x) => {
                let part = PartialDecryption::make(&election.fingerprint, &tally, x, &mut rng);
                let mut archive = desk.archive()?;
                let mut writer = resume(&archive, case.shuffles(), Stage::Decrypting)?;
                let part = writer.partial_decryption(number, &json::write(&part));
                archive.extend(part.map_err(|e| e.to_string())?.bytes);
                std::fs::write(&path, &archive).map_err(|e| e.to_string())?;
            }
            // two of the three shares are enough
            Holder::Share(..) if number == 3 => {}
            _ => desk.event("PartialDecryption", desk.decrypt(number)?.trim_ascii_end())?,
        }
    }
    let result = desk.run(&["election", "compute-result"], b"")?;
    desk.event("Result", result.trim_ascii_end())?;
    let archive = desk.archive()?;
    accepted(&archive, case)?;
    tool.judge(&archive, &ballots)
}
