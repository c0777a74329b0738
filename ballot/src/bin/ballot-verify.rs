//! Checks an election's archive: `ballot-verify [options] ARCHIVE`.
//!
//! Exit status 0: everything holds and the result is published; 1: something is wrong; 2: sound so
//! far, but not finished; 3: the file could not be read or the command was not understood.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the output of a command")]

use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

use konvent_ballot::finding::Code;
use konvent_ballot::tally::Outcome;
use konvent_ballot::verify::{Report, Verifier};

const USAGE: &str = "\
ballot-verify [OPTIONEN] ARCHIV

  --previous ALT   ARCHIV muss das früher gesicherte ALT fortsetzen
  --quick          mit --previous: schon geprüfte Stimmzettel nicht noch einmal beweisen
  --explain        erklärt jeden Schritt für Laien
  --lang de|en     Sprache des Berichts (Vorgabe: de)
  --json           Bericht für Programme
  --quiet          keine Fortschrittsanzeige

Rückgabe: 0 alles stimmt und das Ergebnis liegt vor; 1 etwas stimmt nicht; 2 bisher stimmt alles,
die Wahl ist aber nicht abgeschlossen; 3 Datei nicht lesbar oder Aufruf nicht verstanden.";

/// How much is read at a time.
const PIECE: usize = 1 << 20;

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
struct Options {
    archive: String,
    previous: Option<String>,
    quick: bool,
    explain: bool,
    english: bool,
    json: bool,
    quiet: bool,
}

fn options() -> Option<Options> {
    let mut options = Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--previous" => options.previous = Some(arguments.next()?),
            "--quick" => options.quick = true,
            "--explain" => options.explain = true,
            "--json" => options.json = true,
            "--quiet" => options.quiet = true,
            "--lang" => match arguments.next()?.as_str() {
                "de" => options.english = false,
                "en" => options.english = true,
                _ => return None,
            },
            _ if argument.starts_with('-') || !options.archive.is_empty() => return None,
            _ => options.archive = argument,
        }
    }
    (!options.archive.is_empty()).then_some(options)
}

/// Streams a file through a verifier, with a bar for those who wait.
fn read(path: &str, mut verifier: Verifier, bar: bool) -> std::io::Result<Report> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut piece = vec![0; PIECE];
    let mut done = 0;
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            break;
        }
        verifier.push(piece.get(..length).unwrap_or_default());
        done += u64::try_from(length).unwrap_or(0);
        if bar && size > PIECE as u64 {
            let parts = usize::try_from(done * 40 / size.max(1)).unwrap_or(40).min(40);
            let (full, empty) = ("█".repeat(parts), "░".repeat(40 - parts));
            eprint!("\r{full}{empty} {:3} %", done * 100 / size.max(1));
        }
    }
    if bar && size > PIECE as u64 {
        eprintln!();
    }
    Ok(verifier.finish())
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("{USAGE}");
        return ExitCode::from(3);
    };
    let bar = !options.quiet && !options.json && std::io::stderr().is_terminal();
    let checked = || {
        let mut verifier = Verifier::default();
        if let Some(previous) = &options.previous {
            let previous = read(previous, Verifier::default(), bar)?;
            verifier = if options.quick {
                verifier.resuming(&previous)
            } else {
                verifier.continuing(&previous)
            };
        }
        read(&options.archive, verifier, bar)
    };
    let report = match checked() {
        Ok(report) => report,
        Err(error) => {
            eprintln!("{}: {error}", options.archive);
            return ExitCode::from(3);
        }
    };
    if options.json {
        println!("{}", as_json(&report));
    } else {
        print(&report, &options);
    }
    if !report.is_sound() {
        ExitCode::from(1)
    } else if report.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}

fn as_json(report: &Report) -> serde_json::Value {
    let summary = &report.summary;
    let hash = |hash: Option<konvent_ballot::hash::Hash>| hash.map(|hash| hash.to_string());
    serde_json::json!({
        "sound": report.is_sound(),
        "complete": report.is_complete(),
        "findings": report.findings,
        "name": summary.name,
        "uuid": summary.uuid,
        "group": summary.group,
        "fingerprint": summary.fingerprint,
        "setup": hash(summary.setup),
        "head": hash(summary.head),
        "events": summary.events,
        "stage": format!("{:?}", summary.stage),
        "eligible": summary.eligible,
        "cast": summary.cast,
        "counted": summary.counted,
        "replaced": summary.replaced,
        "refused": summary.refused,
        "weight": summary.weight,
        "trustees": summary.trustees,
        "old_ceremony": summary.old_ceremony,
        "result": summary.result,
    })
}

fn sentence(code: Code, english: bool) -> &'static str {
    if english { code.english() } else { code.german() }
}

fn print(report: &Report, options: &Options) {
    let summary = &report.summary;
    let say = |german: &str, english: &str, value: &dyn std::fmt::Display| {
        println!("{:<28} {value}", if options.english { english } else { german });
    };
    let none = || "–".to_owned();
    say("Wahl", "Election", &summary.name);
    say("Kennung, Gruppe", "Identifier, group", &format!("{}, {}", summary.uuid, summary.group));
    say("Fingerabdruck", "Fingerprint", &summary.fingerprint);
    let setup = summary.setup.map_or_else(none, |hash| hash.fingerprint());
    say("Einrichtung", "Setup", &setup);
    let head = summary.head.map_or_else(none, |hash| hash.fingerprint());
    say("Letztes Ereignis", "Last event", &format!("{head} ({})", summary.events));
    say("Wahlberechtigt", "Eligible", &summary.eligible);
    say("Stimmzettel", "Ballots cast", &summary.cast);
    say(
        "davon gezählt, ersetzt",
        "counted, replaced",
        &format!("{}, {}", summary.counted, summary.replaced),
    );
    if summary.refused > 0 {
        say("abgelehnt", "refused", &summary.refused);
    }
    if summary.weight != summary.counted {
        say("Gewicht", "Weight", &summary.weight);
    }
    say("Vertrauenspersonen", "Trustees", &summary.trustees);
    print_result(report, options.english);
    if options.explain {
        println!("\n{}", if options.english { EXPLAIN_EN } else { EXPLAIN_DE });
    }
    println!();
    for finding in &report.findings {
        let place = finding.height.map_or_else(none, |height| height.to_string());
        println!("✗ {place:>6}  {:<24} {}", finding.code, sentence(finding.code, options.english));
    }
    if summary.old_ceremony {
        println!(
            "{}",
            if options.english {
                "! The trustees made their shared key in the older form without mutual signatures."
            } else {
                "! Die Vertrauenspersonen haben ihren Schlüssel in der älteren Form ohne gegenseitige Unterschriften erzeugt."
            }
        );
    }
    println!(
        "{}",
        match (report.is_sound(), report.is_complete(), options.english) {
            (true, true, false) =>
                "✓ Alles stimmt: Das Ergebnis folgt aus den gezählten Stimmzetteln.",
            (true, true, true) =>
                "✓ Everything holds: the result follows from the ballots that count.",
            (true, false, false) => "… Bisher stimmt alles. Die Wahl ist noch nicht abgeschlossen.",
            (true, false, true) => "… Everything holds so far. The election is not finished.",
            (false, _, false) => "✗ Diesem Archiv ist nicht zu trauen.",
            (false, _, true) => "✗ This archive cannot be trusted.",
        }
    );
}

fn print_result(report: &Report, english: bool) {
    let summary = &report.summary;
    let Some(result) = &summary.result else { return };
    let blank = if english { "(blank)" } else { "(Enthaltung)" };
    println!("\n{}", if english { "Published result" } else { "Veröffentlichtes Ergebnis" });
    for ((question, sums), outcome) in summary.sums(blank).into_iter().zip(&result.result) {
        println!("  {question}");
        for (answer, sum) in sums {
            println!("    {sum:>8}  {answer}");
        }
        if let Outcome::Ballots(ballots) = outcome {
            for ballot in ballots {
                println!("    {ballot:?}");
            }
        }
    }
}

const EXPLAIN_DE: &str = "\
Was hier geprüft wurde:
1. Die Datei ist eine Kette. Jedes Ereignis nennt den Fingerabdruck seines Vorgängers; wer etwas
   entfernt, einfügt oder ändert, zerreißt die Kette oder ändert ihr Ende. Vergleichen Sie das
   „letzte Ereignis“ mit dem, was andere sehen, und die „Einrichtung“ mit der Niederschrift.
2. Jeder Stimmzettel ist verschlüsselt und beweist, dass er die Regeln einhält (zum Beispiel
   höchstens ein Kreuz), ohne zu verraten, was angekreuzt ist.
3. Jeder Stimmzettel ist mit einem Wahlschein aus dem Wählerverzeichnis unterschrieben. Niemand, auch
   nicht der Server, kann ohne den geheimen Teil einen gültigen Stimmzettel machen.
4. Von jedem Wahlschein zählt der letzte Stimmzettel. Ihren eigenen finden Sie an seiner Prüfnummer.
5. Die Stimmzettel wurden verschlüsselt addiert oder gemischt; das Programm hat nachgerechnet.
6. Die Vertrauenspersonen haben nur die Summe (oder die gemischten Zettel) geöffnet und bewiesen,
   dass sie richtig geöffnet haben.
Was niemand aus der Datei prüfen kann: ob im Wählerverzeichnis nur Berechtigte stehen, ob Ihr Gerät
verschlüsselt hat, was Sie wollten, und ob genug Vertrauenspersonen sich heimlich abgesprochen haben.";

const EXPLAIN_EN: &str = "\
What was checked:
1. The file is a chain. Each event names the fingerprint of the one before; whoever removes, inserts
   or changes anything breaks the chain or changes its end. Compare the last event with what others
   see, and the setup with the minutes.
2. Every ballot is encrypted and proves that it keeps the rules without telling what is marked.
3. Every ballot is signed with a credential of the roll. Nobody, the server included, can make a
   valid ballot without its secret part.
4. The last ballot of each credential counts. You find your own by its tracking number.
5. The ballots were added up or shuffled while encrypted; the program did the sums again.
6. The trustees opened only the sum (or the shuffled ballots) and proved that they did it right.
What nobody can check from the file: whether the roll holds only those entitled, whether your device
encrypted what you wanted, and whether enough trustees conspired.";
