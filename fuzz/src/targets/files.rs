//! What files are by their first bytes, what they are called, and what stands in the headers of those who send and fetch them.

use konvent_files::upload::headers::{Asked, asked, metadata};
use konvent_files::upload::kinds::Kind;
use konvent_files::upload::names;

/// One input: read in each of these ways.
pub fn run(bytes: &[u8]) {
    let kind = Kind::of(bytes);
    assert_eq!(Kind::from_number(kind.number()), kind);
    let media_type = kind.media_type();
    // Nothing that a browser shows within a page can hold a script.
    let is_harmless =
        ["image/", "audio/", "video/"].iter().any(|start| media_type.starts_with(start));
    assert!(!kind.may_be_shown() || (is_harmless && media_type != "image/svg+xml"));
    let Some((size, text)) = bytes.split_first_chunk::<8>() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let size = u64::from_le_bytes(*size);
    if let Asked::Part(range) = asked(text, size) {
        assert!(range.start < range.end && range.end <= size, "{range:?} of {size}");
    }
    for key in ["filename", "filetype", "room"] {
        if let Some(value) = metadata(text, key) {
            assert!(!value.is_empty() && value.len() <= text.len());
        }
    }
    let name = names::clean(text);
    assert!(!name.is_empty() && !name.contains(['/', '\\', '\0', '\n', '"']) && name != "..");
    assert!(names::in_address(&name).is_ascii() && names::in_ascii(&name).is_ascii());
}
