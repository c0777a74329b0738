//! What a file is called: the sender's name for it, without anything that could mislead a reader or a program.

/// The longest name that is kept, in bytes: what file systems take, with room for what browsers append.
pub const NAME_MAX_BYTES: usize = 200;

/// When nothing is left of a name.
const NAMELESS: &str = "datei";

/// A name to show and to save under. It is never part of a path of ours; this protects those who save the file.
///
/// Folders, control characters, invisible characters and those that turn the writing direction are struck (a name `rechnung…fdp.exe` with one inside
/// would read as `rechnungexe.pdf`); dots in front are, too; too long a name loses its middle, never its ending.
pub fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last.chars().filter(|c| !is_misleading(*c)).collect();
    let trimmed = visible.trim_matches(is_loose);
    if trimmed.is_empty() { NAMELESS.to_owned() } else { shortened(trimmed) }
}

/// What nobody sees at the edge of a name, and file systems strike there or hide by it.
fn is_loose(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

fn is_misleading(c: char) -> bool {
    c.is_control()
        || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')   // Windows cannot write them
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

fn shortened(name: &str) -> String {
    if name.len() <= NAME_MAX_BYTES {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 16 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let mut end = NAME_MAX_BYTES - ending.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let stem = stem.get(..end).unwrap_or_default();
    format!("{}{ending}", stem.trim_end_matches(is_loose))
}

/// A name as a segment of a path in an address (RFC 3986 §3.3): only unreserved characters stay as they are.
pub fn in_address(name: &str) -> String {
    let mut segment = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            segment.push(char::from(byte));
        } else {
            let digit = |half: u8| {
                char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase()
            };
            segment.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    segment
}

/// A name in letters that every program reads, for `filename=` of RFC 6266 §4.3; the true one stands beside it.
pub fn in_ascii(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-._ ()".contains(c) { c } else { '_' };
    name.chars().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_in_a_name_misleads() {
        for (sent, kept) in [
            ("summit.jpg", "summit.jpg"),
            ("Haushalt 2027 – Entwurf.pdf", "Haushalt 2027 – Entwurf.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\system32\\cmd.exe", "cmd.exe"),
            ("rechnung\u{202e}fdp.exe", "rechnungfdp.exe"),
            ("a\u{200b}b\r\nSet-Cookie: x.png", "abSet-Cookie x.png"),
            (".htaccess", "htaccess"),
            ("...", "datei"),
            ("", "datei"),
            ("foto.jpg. . ", "foto.jpg"),
            ("foto.jpg\u{a0}.", "foto.jpg"),
            ("\0\u{feff}", "datei"),
        ] {
            assert_eq!(clean(sent), kept, "{sent:?}");
        }
        let long = clean(&format!("{}ß.pdf", "ä".repeat(400)));
        assert!(long.len() <= NAME_MAX_BYTES && long.ends_with("ä.pdf"));
        // Where it is cut, too, no dot is left behind.
        let cut = clean(&format!("{}. {}", "a".repeat(NAME_MAX_BYTES - 1), "b".repeat(20)));
        assert_eq!(cut, "a".repeat(NAME_MAX_BYTES - 1));
    }

    #[test]
    fn a_name_survives_the_address() {
        assert_eq!(in_address("Ä b?.pdf"), "%C3%84%20b%3F.pdf");
        assert_eq!(in_ascii("Ä\"b.pdf"), "__b.pdf");
    }

    proptest! {
        #[test]
        fn any_name_is_harmless(name in "\\PC*|.{0,300}") {
            let kept = clean(&name);
            prop_assert!(!kept.is_empty() && kept.len() <= NAME_MAX_BYTES);
            prop_assert!(!kept.contains(['/', '\\', '\0', '\n', '\r', '"']) && kept != "." && kept != "..");
            prop_assert_eq!(clean(&kept), kept.clone(), "cleaning twice changes nothing");
            prop_assert!(in_address(&kept).is_ascii() && in_ascii(&kept).is_ascii());
        }
    }
}
