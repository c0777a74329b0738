//! What trustees, registrars and voters need offline: a whole election from a shell.
//!
//! Every subcommand reads files and writes one to standard output or appends to the archive. Secret
//! files are created for their owner only.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the output of a command")]

mod arguments;
mod board;
mod ceremony;
mod prepare;
mod work;

use std::fs;
use std::process::ExitCode;

use konvent_ballot::archive::Records;
use konvent_ballot::credential::Code;
use konvent_ballot::election::group_name;
use konvent_ballot::group::{Belenios2048, Ed25519, Group, Rfc3526};

use arguments::{Arguments, System, Trial, read, show, wrong};
use ceremony::ceremony;
use prepare::{init, item, prepare};
use work::work;

const USAGE: &str = "\
ballot-tool BEFEHL [--option wert …]

  uuid                                                  neue Kennung
  trustee-key    --group G --private DATEI              Schlüssel einer Vertrauensperson; öffentlicher Teil auf Ausgabe
  credentials    --group G --uuid U (--count N | --weights DATEI) --letters DATEI
                                                        Wahlscheine; Wählerverzeichnis auf Ausgabe. In der Datei der
                                                        Gewichte steht eine JSON-Liste, die Briefe haben ihre Reihenfolge
  trustees       SCHLÜSSEL …                            Verzeichnis der Vertrauenspersonen (JSON), aus Schlüsseln einzelner
                                                        und Ergebnissen von threshold-trustees
  election       --group G --uuid U --questions DATEI --trustees DATEI
                                                        Wahlbeschreibung (JSON)
  init           --archive A --election DATEI --trustees DATEI --roll DATEI --time SEKUNDEN
  ballot         --archive A --code CODE --choices DATEI
                                                        Stimmzettel auf Ausgabe
  cast           --archive A --ballot DATEI             prüft und hängt an
  close          --archive A                            Ende der Stimmabgabe und verschlüsselte Auszählung
  shuffle        --archive A --owner N
  end-shuffles   --archive A
  decrypt        --archive A --owner N --private DATEI [--share DATEI]
  result         --archive A                            Ergebnis

Schlüssel, den T von N Vertrauenspersonen gemeinsam haben; gesammelt wird in Dateien mit einer Nachricht je Zeile:
  1 jede   threshold-key        --group G --index I --size N --threshold T --private DATEI      Zertifikat
  2 jede   threshold-polynomial --group G --private DATEI --certs DATEI                         Polynom, noch für sich
    jede   threshold-commitment --group G POLYNOM                                               Festlegung, für alle
  3 alle Festlegungen liegen vor: nun werden die Polynome gezeigt
  4 Büro   threshold-input      --group G --index I --polynomials DATEI                         Post für I
  5 jede   threshold-output     --group G --private DATEI --certs DATEI --input DATEI           Anteil, versiegelt (--share)
  6 Büro   threshold-trustees   --group G --threshold T --certs DATEI --commitments DATEI --polynomials DATEI --outputs DATEI";

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
            let bytes = read(first)?;
            let known = [
                item::<Ed25519>(&bytes).map(|_| Ed25519::NAME),
                item::<Belenios2048>(&bytes).map(|_| Belenios2048::NAME),
                item::<Rfc3526>(&bytes).map(|_| Rfc3526::NAME),
            ];
            let name = known.into_iter().flatten().next().ok_or_else(wrong(first))?;
            (name.to_owned(), [prepare::<Ed25519>, prepare::<Belenios2048>, prepare::<Rfc3526>])
        }
        "threshold-key"
        | "threshold-polynomial"
        | "threshold-commitment"
        | "threshold-input"
        | "threshold-output"
        | "threshold-trustees" => (
            arguments.get("group")?.to_owned(),
            [ceremony::<Ed25519>, ceremony::<Belenios2048>, ceremony::<Rfc3526>],
        ),
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
    let Some(arguments) = Arguments::parse() else {
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
