//! What trustees, registrars and voters need offline: a whole election from a shell.
//!
//! Every subcommand reads files and writes one to standard output or appends to the archive. Secret
//! files are created for their owner only.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the output of a command")]

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::ExitCode;

use konvent_ballot::archive::{Event, Kind, Name, Records, Stage, Writer};
use konvent_ballot::ballot::Ballot;
use konvent_ballot::credential::{Code, Roll, roll_entry};
use konvent_ballot::election::{Election, Template, group_name};
use konvent_ballot::group::{Belenios2048, Ed25519, Group, Rfc3526, Scalar as _};
use konvent_ballot::json::{self, Exponent};
use konvent_ballot::random::Randomness;
use konvent_ballot::shuffle::Shuffle;
use konvent_ballot::tally::{
    ElectionResult, EncryptedTally, Owned, PartialDecryption, Tally, opened,
};
use konvent_ballot::trustee::{self, Kind as Trustee, PublicKey, Trustees};
use konvent_ballot::verify::Verifier;

const USAGE: &str = "\
ballot-tool BEFEHL [--option wert …]

  uuid                                                  neue Kennung
  trustee-key    --group G --private DATEI              Schlüssel einer Vertrauensperson; öffentlicher Teil auf Ausgabe
  credentials    --group G --uuid U --count N --letters DATEI
                                                        Wahlscheine; Wählerverzeichnis auf Ausgabe
  trustees       SCHLÜSSEL …                            Verzeichnis der Vertrauenspersonen (JSON)
  election       --group G --uuid U --questions DATEI --trustees DATEI
                                                        Wahlbeschreibung (JSON)
  init           --archive A --election DATEI --trustees DATEI --roll DATEI --time SEKUNDEN
  ballot         --archive A --code CODE --choices DATEI
                                                        Stimmzettel auf Ausgabe
  cast           --archive A --ballot DATEI             prüft und hängt an
  close          --archive A                            Ende der Stimmabgabe und verschlüsselte Auszählung
  shuffle        --archive A --owner N
  end-shuffles   --archive A
  decrypt        --archive A --owner N --private DATEI
  result         --archive A                            Ergebnis";

/// Randomness of the operating system.
struct System;

impl Randomness for System {
    fn fill(&mut self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // without randomness every secret would be known: there is nothing to go on with
            eprintln!("kein Zufall vom Betriebssystem: {error}");
            std::process::exit(3);
        }
    }
}

type Trial<T> = Result<T, String>;

struct Arguments {
    command: String,
    named: HashMap<String, String>,
    files: Vec<String>,
}

impl Arguments {
    fn read() -> Option<Self> {
        let mut all = std::env::args().skip(1);
        let command = all.next()?;
        let (mut named, mut files) = (HashMap::new(), Vec::new());
        while let Some(argument) = all.next() {
            match argument.strip_prefix("--") {
                Some(name) => drop(named.insert(name.to_owned(), all.next()?)),
                None => files.push(argument),
            }
        }
        Some(Self { command, named, files })
    }

    fn get(&self, name: &str) -> Trial<&str> {
        self.named.get(name).map(String::as_str).ok_or_else(|| format!("--{name} fehlt"))
    }

    fn file(&self, name: &str) -> Trial<Vec<u8>> {
        read(self.get(name)?)
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Trial<T> {
        self.get(name)?.parse().map_err(|_| format!("--{name} ist keine Zahl"))
    }
}

fn read(path: &str) -> Trial<Vec<u8>> {
    fs::read(path).map(|bytes| bytes.trim_ascii_end().to_vec()).map_err(|e| format!("{path}: {e}"))
}

/// Writes a secret where only its owner reads it; never over an existing file.
fn keep_secret(path: &str, bytes: &[u8]) -> Trial<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|e| format!("{path}: {e}"))?;
    file.write_all(bytes).map_err(|e| format!("{path}: {e}"))
}

#[expect(clippy::unnecessary_wraps, reason = "the last step of a subcommand")]
fn show(bytes: &[u8]) -> Trial<()> {
    println!("{}", String::from_utf8_lossy(bytes));
    Ok(())
}

fn wrong(what: &str) -> impl FnOnce() -> String {
    let what = what.to_owned();
    move || format!("{what} ist nicht lesbar oder ungültig")
}

/// An archive that was verified, with what its next event needs.
struct Board<G: Group> {
    path: String,
    election: Election<G>,
    trustees: Trustees<G>,
    roll: Roll,
    tally: Tally<G>,
    encrypted: EncryptedTally<G>,
    decryptions: Vec<(usize, PartialDecryption<G>)>,
    writer: Writer,
}

impl<G: Group> Board<G> {
    /// Verifies the archive first: nobody should decrypt or extend what is not sound.
    fn open(path: &str) -> Trial<Self> {
        let bytes = fs::read(path).map_err(|e| format!("{path}: {e}"))?;
        let report = Verifier::verify(&bytes);
        if let Some(finding) = report.findings.first() {
            return Err(format!("{path}: {} ({})", finding.code.german(), finding.code));
        }
        let mut records = Records::default();
        records.push(&bytes);
        let mut data: Vec<Vec<u8>> = Vec::new();
        let mut board: Option<Self> = None;
        while let Some(Ok(record)) = records.next_record() {
            let Name::Event(head) = record.name else {
                data.push(record.body);
                continue;
            };
            let event: Event = json::exact(&record.body).ok_or_else(wrong(path))?;
            if event.kind == Kind::Setup {
                board = Some(Self::begin(path, &data)?);
            }
            let board = board.as_mut().ok_or_else(wrong(path))?;
            board.follow(event.kind, &data)?;
            let (shuffles, stage) = (board.election.has_shuffles(), report.summary.stage);
            board.writer = Writer::resume(record.time, shuffles, stage, head, event.height);
            data.clear();
        }
        board.ok_or_else(wrong(path))
    }

    fn begin(path: &str, data: &[Vec<u8>]) -> Trial<Self> {
        // the header is a record too, and the first
        let [_, election, trustees, roll, _] = data else { return Err(wrong(path)()) };
        let election = Election::<G>::read(election).ok_or_else(wrong("Wahl"))?;
        let trustees = Trustees::read(trustees).ok_or_else(wrong("Vertrauenspersonen"))?;
        let entries: Vec<String> = json::exact(roll).ok_or_else(wrong("Wählerverzeichnis"))?;
        let roll = Roll::read::<G>(&entries).map_err(|_| wrong("Wählerverzeichnis")())?;
        let (writer, _) = Writer::new(0, election.has_shuffles());
        Ok(Self {
            path: path.to_owned(),
            tally: Tally::new(&election),
            election,
            trustees,
            roll,
            encrypted: Vec::new(),
            decryptions: Vec::new(),
            writer,
        })
    }

    fn follow(&mut self, kind: Kind, data: &[Vec<u8>]) -> Trial<()> {
        match (kind, data) {
            (Kind::Ballot, [bytes]) => {
                let ballot = Ballot::<G>::read(bytes).ok_or_else(wrong("Stimmzettel"))?;
                let weight = self.roll.find(ballot.credential.text()).map_or(1, |(_, w)| w);
                self.tally.add(&ballot, weight);
            }
            (Kind::EncryptedTally, _) => self.encrypted = self.tally.encrypted(),
            (Kind::Shuffle, [bytes, _]) => {
                let shuffle: Shuffle<G> = json::exact(bytes).ok_or_else(wrong("Mischung"))?;
                for (place, ciphertexts) in self.mixed().into_iter().zip(shuffle.ciphertexts) {
                    if let Some(part) = self.encrypted.get_mut(place) {
                        *part = ciphertexts;
                    }
                }
            }
            (Kind::PartialDecryption, [bytes, owned]) => {
                let part = json::exact(bytes).ok_or_else(wrong("Teilentschlüsselung"))?;
                let owned: Owned = json::exact(owned).ok_or_else(wrong("Teilentschlüsselung"))?;
                self.decryptions.push((owned.owner, part));
            }
            _ => {}
        }
        Ok(())
    }

    fn mixed(&self) -> Vec<usize> {
        let questions = self.election.questions().iter().enumerate();
        questions.filter(|(_, question)| question.is_shuffled()).map(|(place, _)| place).collect()
    }

    fn append(&self, bytes: &[u8]) -> Trial<()> {
        let fail = |e: std::io::Error| format!("{}: {e}", self.path);
        let mut file = OpenOptions::new().append(true).open(&self.path).map_err(fail)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)
    }
}

fn refused(refused: konvent_ballot::archive::Refused) -> String {
    format!("An dieser Stelle nicht erlaubt: {refused}")
}

/// Subcommands that need a group but no archive.
fn prepare<G: Group>(arguments: &Arguments) -> Trial<()> {
    match arguments.command.as_str() {
        "trustee-key" => {
            let (x, public) = trustee::generate::<G>(&mut System);
            keep_secret(arguments.get("private")?, &json::write(&Exponent::<G>::new(x)))?;
            show(&json::write(&public))
        }
        "credentials" => {
            let uuid = arguments.get("uuid")?;
            let count: usize = arguments.number("count")?;
            let codes: Vec<Code> = (0..count).map(|_| Code::generate(&mut System)).collect();
            let mut roll: Vec<String> = codes
                .iter()
                .map(|code| roll_entry::<G>(&G::pow_g(&code.secret::<G>(uuid)), 1))
                .collect();
            // §3.1: sorted, so that the order of the letters tells nothing
            roll.sort();
            let letters: Vec<String> = codes.iter().map(Code::text).collect();
            keep_secret(arguments.get("letters")?, &json::write(&letters))?;
            show(&json::write(&roll))
        }
        "trustees" => {
            let mut kinds = Vec::new();
            for file in &arguments.files {
                let key: PublicKey<G> = json::exact(&read(file)?).ok_or_else(wrong(file))?;
                kinds.push(Trustee::Single(key));
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

fn init<G: Group>(arguments: &Arguments) -> Trial<()> {
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

/// Subcommands on an archive.
fn work<G: Group>(arguments: &Arguments) -> Trial<()> {
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
            let x: Exponent<G> =
                json::exact(&arguments.file("private")?).ok_or_else(wrong("--private"))?;
            let keys = board.trustees.keys();
            let ours = owner.checked_sub(1).and_then(|place| keys.get(place));
            if ours.is_none_or(|key| *key.public_key.point() != G::pow_g(&x.0)) {
                return Err("Der Schlüssel gehört nicht zu dieser Vertrauensperson".to_owned());
            }
            let fingerprint = &board.election.fingerprint;
            let part = PartialDecryption::make(fingerprint, &board.encrypted, &x.0, &mut System);
            let mut secret = x.0;
            secret.wipe();
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

/// Finds the group: named, or in a file.
fn dispatch(arguments: &Arguments) -> Trial<()> {
    type Run = fn(&Arguments) -> Trial<()>;
    let (group, runs): (String, [Run; 3]) = match arguments.command.as_str() {
        "uuid" => {
            let mut uuid = Code::generate(&mut System).text();
            uuid.retain(|c| c != '-');
            uuid.truncate(14);
            return show(uuid.as_bytes());
        }
        "trustee-key" | "credentials" | "election" => (
            arguments.get("group")?.to_owned(),
            [prepare::<Ed25519>, prepare::<Belenios2048>, prepare::<Rfc3526>],
        ),
        "trustees" => {
            let first = arguments.files.first().ok_or("kein Schlüssel genannt")?;
            let group = [Ed25519::NAME, Belenios2048::NAME, Rfc3526::NAME];
            let bytes = read(first)?;
            let sound = [
                json::exact::<PublicKey<Ed25519>>(&bytes).is_some_and(|k| k.is_sound()),
                json::exact::<PublicKey<Belenios2048>>(&bytes).is_some_and(|k| k.is_sound()),
                json::exact::<PublicKey<Rfc3526>>(&bytes).is_some_and(|k| k.is_sound()),
            ];
            let found = group.iter().zip(sound).find(|(_, sound)| *sound);
            let (name, _) = found.ok_or_else(wrong(first))?;
            ((*name).to_owned(), [prepare::<Ed25519>, prepare::<Belenios2048>, prepare::<Rfc3526>])
        }
        "init" => (
            group_name(&arguments.file("election")?).ok_or_else(wrong("--election"))?,
            [init::<Ed25519>, init::<Belenios2048>, init::<Rfc3526>],
        ),
        "ballot" | "cast" | "close" | "shuffle" | "end-shuffles" | "decrypt" | "result" => {
            let path = arguments.get("archive")?;
            let mut verifier = Records::default();
            verifier.push(&fs::read(path).map_err(|e| format!("{path}: {e}"))?);
            verifier.next_record();
            let election = verifier.next_record().and_then(Result::ok);
            let group = election.and_then(|record| group_name(&record.body));
            (
                group.ok_or_else(wrong(path))?,
                [work::<Ed25519>, work::<Belenios2048>, work::<Rfc3526>],
            )
        }
        _ => return Err(USAGE.to_owned()),
    };
    let [ed25519, belenios, rfc] = runs;
    match group.as_str() {
        Ed25519::NAME => ed25519(arguments),
        Belenios2048::NAME => belenios(arguments),
        Rfc3526::NAME => rfc(arguments),
        _ => Err(format!("unbekannte Gruppe {group}")),
    }
}

fn main() -> ExitCode {
    let Some(arguments) = Arguments::read() else {
        eprintln!("{USAGE}");
        return ExitCode::from(3);
    };
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
