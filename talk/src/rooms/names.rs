//! Names that look alike count as the same: nobody speaks under a nickname, and no free room under an address, that people
//! cannot tell from another's (Unicode UTS 39, section 4).

use unicode_security::confusable_detection::skeleton as of_unicode;

/// Nobody reads a longer nickname or name of a room.
pub const NAME_BYTES_MAX: usize = 200;

/// What a name looks like: two names with the same skeleton are one for whoever reads them. Case and spaces do not count.
pub fn skeleton(name: &str) -> String {
    let lower = name.to_lowercase();
    let looks: String = of_unicode(&lower).collect();
    let again = looks.to_lowercase();
    again.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a name may be shown at all: it is not empty, not long, and holds nothing that turns or hides what stands
/// around it.
pub fn is_fit(name: &str) -> bool {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    !name.trim().is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(hides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_alike() {
        for (one, other) in [
            ("Romeo", "romeo"),
            ("Romeo", "Rοmeο"), // Greek omicron
            ("paris", "раris"), // Cyrillic er and a
            ("Julia  Capulet", " julia capulet "),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        assert_ne!(skeleton("Romeo"), skeleton("Juliet"));
    }

    #[test]
    fn names_that_hide_something_are_unfit() {
        assert!(is_fit("Jürgen Müller"));
        for name in ["", "  ", "a\u{202e}b", "a\u{200b}b", "a\nb"] {
            assert!(!is_fit(name), "{name:?}");
        }
        assert!(!is_fit(&"x".repeat(NAME_BYTES_MAX + 1)));
    }
}
