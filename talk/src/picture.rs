//! Pictures as clients send them: what they really are, and the name by which they are told apart.
//!
//! The kind is told by the first bytes, never by what a client says. SVG is left out: it may hold programs and addresses to
//! fetch. The size in pixels is read as well, because a small file may unfold into gigabytes at whoever looks at it.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use konvent_wire::Element;
use konvent_wire::xml::el;
use sha1::{Digest as _, Sha1};

use crate::ns;

/// Pixels along one side: what screens show of a portrait, and no more than 16 MB unfolded.
pub const SIDE_MAX: u32 = 2_048;

/// Some programs leave the padding out; who decodes pictures does not mind.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A picture whose kind was told by its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its media type.
    pub kind: &'static str,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Picture {
    /// Reads bytes; `None` when they are no picture of a kind that clients show, or one of more than [`SIDE_MAX`] pixels.
    pub fn of(bytes: Vec<u8>) -> Option<Self> {
        let (kind, size) = look(&bytes)?;
        let fits = |side: u32| (1..=SIDE_MAX).contains(&side);
        (fits(size.0) && fits(size.1)).then_some(Self { kind, size, bytes })
    }

    /// Reads the text of an element; white space is no part of it (XEP-0153 §4.5, XEP-0084 §4.1).
    pub fn of_base64(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        Self::of(LENIENT.decode(text).ok()?)
    }

    /// As it stands in an element, without white space.
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    /// SHA-1 in lower case, which XEP-0084 and XEP-0153 fix; it tells pictures apart and protects nothing.
    pub fn hash(&self) -> String {
        hash(&self.bytes)
    }

    /// The picture on a card (XEP-0153 §2).
    pub fn photo(&self) -> Element {
        el("PHOTO", ns::VCARD)
            .child(el("TYPE", ns::VCARD).text(self.kind))
            .child(el("BINVAL", ns::VCARD).text(self.base64()))
            .build()
    }
}

/// See [`Picture::hash`].
pub fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(40);
    for byte in Sha1::digest(bytes) {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
    }
    text
}

/// Media type, width and height.
fn look(bytes: &[u8]) -> Option<(&'static str, (u32, u32))> {
    let big = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let little = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => {
            (bytes.get(12..16)? == b"IHDR").then_some(())?;
            Some(("image/png", (big(16)?, big(20)?)))
        }
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
            Some(("image/gif", (little(6)?.into(), little(8)?.into())))
        }
        [0xff, 0xd8, 0xff, ..] => Some(("image/jpeg", of_jpeg(bytes)?)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            Some(("image/webp", of_webp(bytes)?))
        }
        _ => None,
    }
}

/// Walks the segments up to the frame header (ITU T.81, B.2.2).
fn of_jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let [0xff, marker] = *bytes.get(at..at + 2)? else { return None };
        if marker == 0xff {
            at += 1; // a fill byte
            continue;
        }
        let word = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        match marker {
            // SOF0 to SOF15 without the tables DHT, JPG, DAC.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return Some((word(at + 7)?.into(), word(at + 5)?.into()));
            }
            0xd9 | 0xda => return None, // the end or the scan, and no frame header before it
            _ => at += 2 + usize::from(word(at + 2)?.max(2)),
        }
    }
}

/// The three forms of a WebP file (RFC 9649 §2.5, §2.6, §2.7).
fn of_webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let byte = |at: usize| bytes.get(at).copied().map(u32::from);
    match bytes.get(12..16)? {
        b"VP8X" => {
            let side = |at: usize| Some(1 + (byte(at)? | byte(at + 1)? << 8 | byte(at + 2)? << 16));
            Some((side(24)?, side(27)?))
        }
        b"VP8L" => {
            let bits = byte(21)? | byte(22)? << 8 | byte(23)? << 16 | byte(24)? << 24;
            Some((1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff)))
        }
        b"VP8 " => {
            (bytes.get(23..26)? == [0x9d, 0x01, 0x2a]).then_some(())?;
            let side = |at: usize| Some((byte(at)? | byte(at + 1)? << 8) & 0x3fff);
            Some((side(26)?, side(28)?))
        }
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A picture of one pixel.
    pub(crate) const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xff, 0xc0, 0, 11, 8];
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes
    }

    #[test]
    fn the_bytes_say_what_a_picture_is() {
        let png = Picture::of_base64(PNG).unwrap();
        assert_eq!((png.kind, png.size), ("image/png", (1, 1)));
        assert_eq!(Picture::of_base64(&png.base64()).unwrap().hash(), png.hash());
        let kind = |bytes: &[u8]| Picture::of(bytes.to_vec()).map(|found| (found.kind, found.size));
        assert_eq!(kind(b"GIF89a\x20\x00\x10\x00"), Some(("image/gif", (32, 16))));
        assert_eq!(kind(&jpeg(300, 200)), Some(("image/jpeg", (300, 200))));
        let webp = |rest: &[u8]| [b"RIFF____WEBP", rest].concat();
        let extended = webp(b"VP8X____\0\0\0\0\xff\0\0\x7f\0\0");
        assert_eq!(kind(&extended), Some(("image/webp", (256, 128))));
        let lossless = webp(b"VP8L____\x2f\x3f\xc0\x0f\0");
        assert_eq!(kind(&lossless), Some(("image/webp", (64, 64))));
        let lossy = webp(b"VP8 ____\0\0\0\x9d\x01\x2a\x40\0\x30\0");
        assert_eq!(kind(&lossy), Some(("image/webp", (64, 48))));
    }

    #[test]
    fn no_programs_and_nothing_that_unfolds_into_gigabytes() {
        for bytes in [
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".as_slice(),
            b"<html>",
            b"",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
            b"GIF89a\0\0\x10\0",
        ] {
            assert_eq!(Picture::of(bytes.to_vec()), None, "{bytes:?}");
        }
        assert_eq!(Picture::of(jpeg(60_000, 60_000)), None);
        assert_eq!(Picture::of_base64("?"), None);
    }

    /// Whatever is cut off or turned over is no reason to fall.
    #[test]
    fn a_damaged_picture_is_none_or_another() {
        let png = Picture::of_base64(PNG).unwrap().bytes;
        for whole in [png, jpeg(30, 40), b"RIFF____WEBPVP8X____\0\0\0\0\xff\0\0\x7f\0\0".to_vec()] {
            let known = Picture::of(whole.clone()).unwrap();
            for end in 0..whole.len() {
                // What tells kind and size stands in front: without it there is nothing, behind it nothing else.
                let cut = Picture::of(whole[..end].to_vec());
                assert!(cut.is_none_or(|cut| (cut.kind, cut.size) == (known.kind, known.size)));
                let mut turned = whole.clone();
                turned[end] ^= 0xff;
                let other = Picture::of(turned).map(|other| other.size);
                assert!(other.is_none_or(|(width, height)| width.max(height) <= SIDE_MAX));
            }
        }
    }
}
