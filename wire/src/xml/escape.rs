//! Escaping of text and attribute values (XML 1.0 §2.4, §3.3.3; RFC 6120 §11.3). What XML 1.0 §2.2 forbids altogether becomes
//! U+FFFD, so that no text from a database can break a stream.

/// Writes `text` as character data.
pub fn escape_text(text: &str, out: &mut Vec<u8>) {
    escape(text, false, out);
}

/// Writes `value` as the inside of a double-quoted attribute value.
pub fn escape_attr(value: &str, out: &mut Vec<u8>) {
    escape(value, true, out);
}

fn escape(text: &str, in_attribute: bool, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len());
    let mut copied = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let instead: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            // Only `]]>` must be escaped in text (XML 1.0 §2.4); always doing so is simpler.
            b'>' => b"&gt;",
            b'"' if in_attribute => b"&quot;",
            // A literal carriage return would be read as a line feed (XML 1.0 §2.11).
            b'\r' => b"&#13;",
            // Literal white space in attributes would be read as spaces (XML 1.0 §3.3.3).
            b'\n' if in_attribute => b"&#10;",
            b'\t' if in_attribute => b"&#9;",
            b'\n' | b'\t' => continue,
            0..0x20 => "\u{fffd}".as_bytes(),
            // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
            0xef if is_noncharacter(bytes.get(at..at + 3)) => {
                out.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
                out.extend_from_slice("\u{fffd}".as_bytes());
                copied = at + 3;
                continue;
            }
            _ => continue,
        };
        out.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
        out.extend_from_slice(instead);
        copied = at + 1;
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
}

fn is_noncharacter(three: Option<&[u8]>) -> bool {
    matches!(three, Some([0xef, 0xbf, 0xbe | 0xbf]))
}
