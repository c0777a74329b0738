//! What stands in the headers of those who send and fetch files: `Upload-Metadata` of tus 1.0.0, and `Range` (RFC 9110 §14.2).

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A value of `Upload-Metadata`: pairs of a key and a value in Base64, separated by commas.
pub fn metadata(said: &str, key: &str) -> Option<String> {
    let pair = said.split(',').find_map(|pair| {
        let (name, value) = pair.trim().split_once(' ')?;
        (name == key).then_some(value.trim())
    })?;
    String::from_utf8(STANDARD.decode(pair).ok()?).ok().filter(|value| !value.is_empty())
}

/// What of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of it.
    Whole,
    /// These bytes, at least one and none beyond the end.
    Part(Range<u64>),
    /// Bytes that it has not.
    Nothing,
}

/// Reads `Range` (RFC 9110 §14.2). Several ranges, other units and nonsense are answered with the whole file, as §14.2 allows.
pub fn asked(range: &str, size: u64) -> Asked {
    let Some(range) = range.trim().strip_prefix("bytes=") else { return Asked::Whole };
    let Some((first, last)) = range.split_once('-') else { return Asked::Whole };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            // Of an empty file there is no last byte.
            Some(0) => Asked::Nothing,
            Some(_) if size == 0 => Asked::Nothing,
            Some(count) => Asked::Part(size.saturating_sub(count)..size),
            None => Asked::Whole,
        },
        (first, last) => match (number(first), last.is_empty(), number(last)) {
            (Some(first), true, _) if first < size => Asked::Part(first..size),
            (Some(first), _, Some(last)) if first <= last && first < size => {
                Asked::Part(first..size.min(last.saturating_add(1)))
            }
            (Some(first), true, _) if first >= size => Asked::Nothing,
            (Some(first), _, Some(last)) if first <= last => Asked::Nothing,
            _ => Asked::Whole,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read_and_nonsense_is_not() {
        let said = "filename RsOkLnBkZg==,filetype YXBwbGljYXRpb24vcGRm, is_x ,room";
        assert_eq!(metadata(said, "filename").as_deref(), Some("Fä.pdf"));
        assert_eq!(metadata(said, "filetype").as_deref(), Some("application/pdf"));
        assert_eq!(metadata(said, "room"), None);
        assert_eq!(metadata("filename ***", "filename"), None);
        assert_eq!(metadata("filename /w==", "filename"), None, "no UTF-8");
    }

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        for (range, expected) in [
            ("bytes=0-9", Asked::Part(0..10)),
            ("bytes=5-", Asked::Part(5..100)),
            ("bytes=-5", Asked::Part(95..100)),
            ("bytes=-500", Asked::Part(0..100)),
            ("bytes=99-1000", Asked::Part(99..100)),
            ("bytes=0-18446744073709551615", Asked::Part(0..100)),
            ("bytes=100-", Asked::Nothing),
            ("bytes=100-200", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=9-5", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("pages=1-2", Asked::Whole),
            ("bytes=x-", Asked::Whole),
            ("", Asked::Whole),
        ] {
            assert_eq!(asked(range, 100), expected, "{range}");
        }
    }

    #[test]
    fn an_empty_file_has_no_last_bytes() {
        for range in ["bytes=-5", "bytes=0-", "bytes=0-0", "bytes=-0"] {
            assert_eq!(asked(range, 0), Asked::Nothing, "{range}");
        }
    }
}
