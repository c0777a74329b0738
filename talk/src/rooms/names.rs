//! Names that look alike count as the same: nobody speaks under a nickname, and no free room under an address, that people
//! cannot tell from another's (Unicode UTS 39, section 4).

use unicode_security::confusable_detection::skeleton as of_unicode;

/// Nobody reads a longer nickname or name of a room.
pub const NAME_BYTES_MAX: usize = 200;

/// What a name looks like: two names with the same skeleton are one for whoever reads them. Case and spaces do not count.
pub fn skeleton(name: &str) -> String {
    // Letters of other scripts are looked at as they stand, for a capital may look like one of ours where the small one does not.
    let mut looks = name.to_ascii_lowercase();
    for _ in 0..2 {
        looks = of_unicode(&looks).collect::<String>().to_lowercase();
    }
    looks.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What somebody takes in who reads a name in passing: what it looks like, without everything that is no letter and no digit.
pub fn gist(name: &str) -> String {
    skeleton(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Letters that nobody sees, or that turn what stands around them (XEP-0045 §17.1: no nickname is invisible). Signs that only
/// choose how the one before them is drawn are left alone: names of rooms have them.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Whether a name may be shown at all: it is not empty, not long, and holds nothing that turns or hides what stands
/// around it.
pub fn is_fit(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(hides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_alike() {
        for (one, other) in [
            ("Romeo", "romeo"),
            ("Romeo", "Rοmeο"),     // Greek omicron
            ("Escalus", "Εscalus"), // Greek capital epsilon
            ("Ägidius", "ägidius"),
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
        assert!(is_fit("❤\u{fe0f} Verona"));
        for name in [
            "",
            "  ",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\nb",
            "\u{3164}",
            "\u{2800}",
            "Romeo\u{ad}",
            "\u{e0041}R",
        ] {
            assert!(!is_fit(name), "{name:?}");
        }
        assert!(!is_fit(&"x".repeat(NAME_BYTES_MAX + 1)));
    }
}
