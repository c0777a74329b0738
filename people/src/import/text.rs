//! Which encoding a file is in: UTF-8 with or without mark, else Windows-1252 or ISO-8859-15.
//!
//! A file that is partly UTF-8 and partly not was damaged on its way; guessing would put garbage into names, so it is
//! refused with the line. The two older encodings differ in eight places, and names use only one side of them.

use encoding_rs::{Encoding, ISO_8859_15, UTF_8, WINDOWS_1252};

/// The mark that some programs put before UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What is wrong with the bytes of a file: a code, and the line of the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) code: &'static str,
    pub(super) line: u32,
}

/// The text without its mark, and its encoding.
pub(super) fn decide(bytes: &[u8]) -> Result<(&[u8], &'static Encoding), Unreadable> {
    let is_wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    if is_wide || bytes.contains(&0) {
        return Err(Unreadable { code: "import.not-text", line: 0 });
    }
    let (text, has_mark) = match bytes.strip_prefix(MARK) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let error = match std::str::from_utf8(text) {
        Ok(valid) => {
            return match encoded_twice(valid) {
                Some(line) => Err(Unreadable { code: "import.encoded-twice", line }),
                None => Ok((text, UTF_8)),
            };
        }
        Err(error) => error,
    };
    let is_partly_utf8 = text.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    if has_mark || is_partly_utf8 {
        let line = line_of(text, error.valid_up_to());
        return Err(Unreadable { code: "import.mixed-encoding", line });
    }
    // 0x80–0x9F are letters and signs only in Windows-1252; Š, š, Ž, ž, Œ, œ, Ÿ and € stand at these places only in -15.
    let has_windows = text.iter().any(|byte| (0x80..=0x9f).contains(byte));
    let has_latin_9 =
        text.iter().any(|b| matches!(b, 0xa4 | 0xa6 | 0xa8 | 0xb4 | 0xb8 | 0xbc | 0xbd | 0xbe));
    Ok((text, if has_latin_9 && !has_windows { ISO_8859_15 } else { WINDOWS_1252 }))
}

/// The line of the first umlaut that was turned into UTF-8 twice.
fn encoded_twice(text: &str) -> Option<u32> {
    let at = ["Ã¤", "Ã¶", "Ã¼", "ÃŸ"].iter().filter_map(|sign| text.find(sign)).min()?;
    Some(line_of(text.as_bytes(), at))
}

fn line_of(text: &[u8], at: usize) -> u32 {
    let before = text.get(..at).unwrap_or(text);
    line_breaks(before).saturating_add(1)
}

/// How many lines end in a piece of text.
pub(super) fn line_breaks(text: &[u8]) -> u32 {
    text.iter().map(|byte| u32::from(*byte == b'\n')).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_exports_are_told_apart() {
        assert_eq!(decide("Müller".as_bytes()).unwrap().1, UTF_8);
        assert_eq!(decide("\u{feff}Müller".as_bytes()).unwrap().0, "Müller".as_bytes());
        assert_eq!(decide(b"M\xfcller;\x80 5").unwrap().1, WINDOWS_1252);
        assert_eq!(decide(b"M\xfcller;\xa6imek").unwrap().1, ISO_8859_15);
    }

    #[test]
    fn damaged_files_are_refused_with_the_line() {
        let mixed = decide(b"a\nM\xc3\xbcller\nM\xfcller");
        assert_eq!(mixed, Err(Unreadable { code: "import.mixed-encoding", line: 3 }));
        let twice = decide("a\nb\nMÃ¼ller".as_bytes());
        assert_eq!(twice, Err(Unreadable { code: "import.encoded-twice", line: 3 }));
        assert_eq!(decide(b"\xff\xfea\0").unwrap_err().code, "import.not-text");
    }
}
