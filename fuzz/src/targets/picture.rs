//! Any bytes as a picture, with the beginnings of real ones in front: looked at or refused, never a panic, and within its bounds.

use konvent_talk::picture::{Picture, SIDE_MAX};

/// The beginnings of each kind, up to where the size follows.
const BEGINNINGS: &[&[u8]] = &[
    b"",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"GIF89a",
    b"\xff\xd8\xff\xe0\0\x04\x01\x01",
    b"RIFF____WEBPVP8X",
    b"RIFF____WEBPVP8L____\x2f",
    b"RIFF____WEBPVP8 ",
];

/// One input.
pub fn run(bytes: &[u8]) {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    let beginning = BEGINNINGS[usize::from(choice) % BEGINNINGS.len()];
    if let Some(picture) = Picture::of([beginning, rest].concat()) {
        assert!(picture.kind.starts_with("image/") && picture.kind != "image/svg+xml");
        assert!(
            (1..=SIDE_MAX).contains(&picture.size.0) && (1..=SIDE_MAX).contains(&picture.size.1)
        );
        // What it says of itself survives the element in which it travels.
        assert_eq!(Picture::of_base64(&picture.base64()), Some(picture));
    }
    if let Ok(text) = std::str::from_utf8(rest) {
        let _ = Picture::of_base64(text);
    }
}
