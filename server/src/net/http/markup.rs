//! What our pages of plain HTML are made of: text as it may stand in them, and QR codes.

use qrcode::QrCode;
use qrcode::render::svg;

/// The smallest side of a QR code, in pixels: phones read it from an arm's length.
const QR_SIDE_MIN: u32 = 180;

/// Text as it may stand in an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A link as a picture that phones read; nothing when it is too long for one: then it can still be typed.
pub(super) fn qr_code(link: &str) -> String {
    let Ok(code) = QrCode::new(link.as_bytes()) else { return String::new() };
    let mut drawing = code.render::<svg::Color<'_>>();
    let file = drawing.min_dimensions(QR_SIDE_MIN, QR_SIDE_MIN).quiet_zone(true).build();
    // The declaration of an SVG file has no place inside a page.
    file.find("<svg").and_then(|at| file.get(at..)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_markup() {
        assert_eq!(escaped("<b>\"R&J\"</b>"), "&lt;b&gt;&quot;R&amp;J&quot;&lt;/b&gt;");
    }

    #[test]
    fn a_link_becomes_a_picture_inside_a_page() {
        let picture = qr_code("https://partei.example/einladung/abc");
        assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
        assert_ne!(picture, qr_code("https://partei.example/einladung/abd"));
        assert_eq!(qr_code(&"x".repeat(4_000)), "", "longer than any QR code");
    }
}
