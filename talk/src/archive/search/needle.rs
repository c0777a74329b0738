//! What is searched for: words, all of which have to occur, wherever they stand within longer ones.

use konvent_wire::Stanza;
use unicode_normalization::UnicodeNormalization;

use crate::ns;

/// Words of one search at most; more would only narrow what is narrow already.
const WORDS_MAX: usize = 16;
/// A search has at most so many characters: it bounds the work for each message.
const TEXT_MAX: usize = 200;

/// Words to look for, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle(Vec<String>);

impl Needle {
    /// Reads what somebody typed; `None` when there is no word in it.
    pub fn new(typed: &str) -> Option<Self> {
        let short: String = typed.chars().take(TEXT_MAX).collect();
        let words = fold(&short);
        let mut words: Vec<String> =
            words.split_whitespace().take(WORDS_MAX).map(ToOwned::to_owned).collect();
        words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len())); // the rarest first
        words.dedup();
        (!words.is_empty()).then_some(Self(words))
    }

    /// The words.
    pub(super) fn words(&self) -> &[String] {
        &self.0
    }

    /// Whether all words occur in a kept message.
    pub(super) fn is_in(&self, stanza: &[u8]) -> bool {
        let text = text_of(stanza);
        self.0.iter().all(|word| text.contains(word))
    }
}

/// The text of a kept message, folded: its bodies and its subject.
pub(super) fn text_of(stanza: &[u8]) -> String {
    let Ok(stanza) = Stanza::parse(stanza) else { return String::new() };
    let mut text = String::new();
    for child in stanza.children() {
        if child.is("body", ns::CLIENT) || child.is("subject", ns::CLIENT) {
            text.push_str(&child.text());
            text.push('\n');
        }
    }
    fold(&text)
}

/// Letters that people take for the same become the same: large and small, ß and ss, full and half width, composed or not.
fn fold(text: &str) -> String {
    let folded = text.nfkc().flat_map(char::to_lowercase);
    let mut short = String::with_capacity(text.len());
    for letter in folded {
        match letter {
            'ß' => short.push_str("ss"),
            other => short.push(other),
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> Vec<u8> {
        Stanza::message("chat").with_body(body).to_bytes().clone()
    }

    #[test]
    fn words_are_found_within_others_in_any_order_and_spelling() {
        let said = message("Der Kreisvorstand tagt in der Großen Straße, Cafe\u{301} Müller");
        for typed in ["vorstand", "STRASSE", "müller kreis", "café", "ＴＡＧＴ"] {
            assert!(Needle::new(typed).unwrap().is_in(&said), "{typed}");
        }
        assert!(!Needle::new("vorstand bezirk").unwrap().is_in(&said));
        assert_eq!(Needle::new(" \u{a0} "), None);
    }

    #[test]
    fn marks_and_names_of_elements_are_no_text() {
        assert!(!Needle::new("body").unwrap().is_in(&message("Guten Tag")));
        assert!(!Needle::new("amp").unwrap().is_in(&message("Brot & Butter")));
    }
}
