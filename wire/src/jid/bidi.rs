//! Names in scripts that run from right to left are written so that nobody can be misled by the order (RFC 5893 §2, RFC 8265 §3.3.2).

use unicode_bidi::{BidiClass, bidi_class};

/// Whether a name without right-to-left characters, or one that keeps the rule.
pub(super) fn is_sound(text: &str) -> bool {
    use BidiClass::{AL, AN, BN, CS, EN, ES, ET, L, NSM, ON, R};
    let classes: Vec<BidiClass> = text.chars().map(bidi_class).collect();
    if !classes.iter().any(|class| matches!(class, R | AL | AN)) {
        return true;
    }
    let has = |wanted| classes.contains(&wanted);
    let last = classes.iter().rev().find(|class| **class != NSM);
    match classes.first() {
        // Conditions 2, 3 and 4.
        Some(R | AL) => {
            classes
                .iter()
                .all(|class| matches!(class, R | AL | AN | EN | ES | CS | ET | ON | BN | NSM))
                && matches!(last, Some(R | AL | EN | AN))
                && !(has(EN) && has(AN))
        }
        // Conditions 5 and 6.
        Some(L) => {
            classes.iter().all(|class| matches!(class, L | EN | ES | CS | ET | ON | BN | NSM))
                && matches!(last, Some(L | EN))
        }
        // Condition 1.
        _ => false,
    }
}
