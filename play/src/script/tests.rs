//! Reading plays.

use super::*;

const PLAY: &str = "# A title

LV Veneto > KV Verona > OV Verona, OV Mantua
LV Veneto > KV Padua

// who
[Romeo Montague]  member of OV Verona
[Escalus Fürst]   member of OV Mantua, Vorsitz of LV Veneto from 2026-01-01 until 2026-12-31, born 1950

## Act 1
Romeo connects  // at last
Romeo sends:
    <message to=\"a@b\">
      <body/>
    </message>
Escalus hears nothing
";

#[test]
fn a_play_is_read_into_its_parts() {
    let script = Script::read("x.play", PLAY).unwrap();
    assert_eq!(script.title, "A title");
    let parents: Vec<(&str, Option<&str>)> =
        script.units.iter().map(|unit| (unit.name.as_str(), unit.parent.as_deref())).collect();
    assert_eq!(
        parents,
        [
            ("LV Veneto", None),
            ("KV Verona", Some("LV Veneto")),
            ("OV Verona", Some("KV Verona")),
            ("OV Mantua", Some("KV Verona")),
            ("KV Padua", Some("LV Veneto")),
        ]
    );
    let escalus = &script.cast[1];
    assert_eq!((escalus.full_name().as_str(), escalus.born), ("Escalus Fürst", 1950));
    assert_eq!(escalus.duties[0].until, Some(jiff::civil::date(2026, 12, 31)));
    let lines: Vec<(usize, &str)> =
        script.lines.iter().map(|line| (line.number, line.text.as_str())).collect();
    assert_eq!(
        lines,
        [(11, "Romeo connects"), (12, "Romeo sends:"), (16, "Escalus hears nothing")]
    );
    assert_eq!(script.lines[1].block, "<message to=\"a@b\">\n  <body/>\n</message>\n");
}

#[test]
fn an_unknown_unit_is_named_with_its_line() {
    let failure =
        Script::read("x.play", "# T\nOV Verona\n[Paris] member of OV Roma\n").unwrap_err();
    assert_eq!(failure.line, 3);
    assert!(failure.wrong.expected.contains("OV Roma"), "{failure}");
}

#[test]
fn a_play_without_title_does_not_begin() {
    assert!(Script::read("x.play", "[Romeo] a stranger\n").is_err());
}
