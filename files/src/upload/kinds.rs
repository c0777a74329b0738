//! What a file is, told by its first bytes and by nothing else. The sender's word (`Content-Type`) is believed by nobody: a
//! page with a script that calls itself a picture is handed out as a file to save.

/// What the first bytes say. The numbers stand in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything else: saved, never shown.
    Other = 0,
    /// PNG.
    Png = 1,
    /// JPEG.
    Jpeg = 2,
    /// GIF.
    Gif = 3,
    /// WebP.
    Webp = 4,
    /// AVIF.
    Avif = 5,
    /// PDF: named as such, but saved, for it can hold scripts.
    Pdf = 6,
    /// MP4 video.
    Mp4 = 7,
    /// `WebM` or Matroska.
    Webm = 8,
    /// MP3.
    Mp3 = 9,
    /// Ogg: Vorbis, Opus.
    Ogg = 10,
    /// Wave.
    Wav = 11,
    /// FLAC.
    Flac = 12,
    /// Audio in an MP4 box, as phones record it.
    M4a = 13,
}

const ALL: &[(Kind, &str, bool)] = &[
    (Kind::Other, "application/octet-stream", false),
    (Kind::Png, "image/png", true),
    (Kind::Jpeg, "image/jpeg", true),
    (Kind::Gif, "image/gif", true),
    (Kind::Webp, "image/webp", true),
    (Kind::Avif, "image/avif", true),
    (Kind::Pdf, "application/pdf", false),
    (Kind::Mp4, "video/mp4", true),
    (Kind::Webm, "video/webm", true),
    (Kind::Mp3, "audio/mpeg", true),
    (Kind::Ogg, "audio/ogg", true),
    (Kind::Wav, "audio/wav", true),
    (Kind::Flac, "audio/flac", true),
    (Kind::M4a, "audio/mp4", true),
];

impl Kind {
    /// Looks at the first bytes of a file.
    pub fn of(head: &[u8]) -> Self {
        let boxed = head.get(4..8) == Some(b"ftyp");
        let brand = head.get(8..12).unwrap_or_default();
        let riff = head.starts_with(b"RIFF").then(|| head.get(8..12)).flatten();
        match () {
            () if head.starts_with(b"\x89PNG\r\n\x1a\n") => Self::Png,
            () if head.starts_with(b"\xff\xd8\xff") => Self::Jpeg,
            () if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") => Self::Gif,
            () if riff == Some(b"WEBP") => Self::Webp,
            () if riff == Some(b"WAVE") => Self::Wav,
            () if boxed && matches!(brand, b"avif" | b"avis") => Self::Avif,
            () if boxed && matches!(brand, b"M4A " | b"M4B ") => Self::M4a,
            () if boxed
                && matches!(
                    brand,
                    b"isom"
                        | b"iso2"
                        | b"iso4"
                        | b"iso5"
                        | b"iso6"
                        | b"mp41"
                        | b"mp42"
                        | b"avc1"
                        | b"M4V "
                        | b"MSNV"
                        | b"dash"
                ) =>
            {
                Self::Mp4
            }
            () if head.starts_with(b"%PDF-") => Self::Pdf,
            () if head.starts_with(b"\x1a\x45\xdf\xa3") => Self::Webm,
            () if head.starts_with(b"OggS") => Self::Ogg,
            () if head.starts_with(b"fLaC") => Self::Flac,
            () if head.starts_with(b"ID3") || is_mpeg_frame(head) => Self::Mp3,
            () => Self::Other,
        }
    }

    /// As the table holds it.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// From the table; what no version of ours wrote is not shown.
    pub fn from_number(number: i64) -> Self {
        ALL.iter().find(|(kind, ..)| kind.number() == number).map_or(Self::Other, |found| found.0)
    }

    /// What `Content-Type` says.
    pub fn media_type(self) -> &'static str {
        ALL.iter().find(|found| found.0 == self).map_or("application/octet-stream", |found| found.1)
    }

    /// Whether a browser may show it within a page: pictures, sound and film that cannot hold scripts. SVG is none of them.
    pub fn may_be_shown(self) -> bool {
        ALL.iter().any(|(kind, _, shown)| *kind == self && *shown)
    }
}

/// An MPEG audio frame of layer 3 (ISO 11172-3): sync, version, layer, no reserved bit rate or frequency.
fn is_mpeg_frame(head: &[u8]) -> bool {
    matches!(head, [0xff, second, third, ..]
        if second & 0xe6 == 0xe2 && second & 0x18 != 0x08 && third & 0xf0 != 0xf0 && third & 0x0c != 0x0c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bytes_count() {
        for (head, kind) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], Kind::Png),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Kind::Jpeg),
            (b"GIF89a\x01\0", Kind::Gif),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Kind::Webp),
            (b"RIFF\x24\0\0\0WAVEfmt ", Kind::Wav),
            (b"\0\0\0\x20ftypavif", Kind::Avif),
            (b"\0\0\0\x20ftypisom", Kind::Mp4),
            (b"\0\0\0\x20ftypM4A ", Kind::M4a),
            (b"%PDF-1.7", Kind::Pdf),
            (b"ID3\x04", Kind::Mp3),
            (b"\xff\xfb\x90\x64", Kind::Mp3),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script/>", Kind::Other),
            (b"<!doctype html><script>", Kind::Other),
            (b"  GIF89a", Kind::Other),
            (b"", Kind::Other),
            (b"\xff\xff\xff\xff", Kind::Other),
        ] {
            assert_eq!(Kind::of(head), kind, "{head:?}");
            assert_eq!(Kind::from_number(kind.number()), kind);
        }
        assert!(
            !Kind::Pdf.may_be_shown() && !Kind::Other.may_be_shown() && Kind::Jpeg.may_be_shown()
        );
        assert_eq!(Kind::from_number(99), Kind::Other);
    }
}
