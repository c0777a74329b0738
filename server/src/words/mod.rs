//! What a refusal says to the person who asked, in a sentence that says what to do next: in German, and in English for whoever
//! asks in it or in another language (RFC 6120 §8.1.5). The code goes along beside it for programs (`faces.rs`).
//!
//! The web client has sentences of its own for what its pages ask. Left out: what only whoever runs the machine reads.

mod files;
mod people;
mod rooms;
mod talk;

/// A code, its sentence in German, its sentence in English.
type Words = (&'static str, &'static str, &'static str);

/// All sentences, by area.
const TABLES: [&[Words]; 4] = [people::WORDS, talk::WORDS, rooms::WORDS, files::WORDS];

/// A language that refusals are told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// That of the organisation.
    German,
    /// That of everybody else.
    English,
}

impl Language {
    /// The language for whoever speaks this one (RFC 5646 §2.1); nothing said is German.
    pub fn of(tag: Option<&str>) -> Self {
        let primary = tag.and_then(|tag| tag.split('-').next()).unwrap_or_default();
        let is_german = primary.is_empty() || primary.eq_ignore_ascii_case("de");
        if is_german { Self::German } else { Self::English }
    }

    /// As `xml:lang` writes it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::English => "en",
        }
    }
}

/// The sentence of a code.
pub fn of(code: &str, language: Language) -> Option<&'static str> {
    let all = TABLES.iter().flat_map(|table| table.iter());
    let (_, german, english) = all.into_iter().find(|(known, ..)| *known == code)?;
    Some(match language {
        Language::German => german,
        Language::English => english,
    })
}

/// All codes that have sentences.
pub fn codes() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|table| table.iter()).map(|(code, ..)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_one_in_both_languages_and_says_what_to_do() {
        for (code, german, english) in TABLES.iter().flat_map(|table| table.iter()) {
            for said in [german, english] {
                assert!(said.ends_with(['.', '?']), "{code}: {said}");
                assert!(said.split(' ').count() >= 5, "{code} says too little: {said}");
                assert!(!said.contains(code), "{code} is no word");
            }
            assert_ne!(german, english, "{code}");
        }
    }

    #[test]
    fn no_code_stands_twice() {
        let mut all: Vec<&str> = codes().collect();
        all.sort_unstable();
        let twice: Vec<_> = all.windows(2).filter(|two| two[0] == two[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn german_is_for_those_who_say_nothing_english_for_all_others() {
        for (tag, language) in [
            (None, Language::German),
            (Some("de"), Language::German),
            (Some("DE-at"), Language::German),
            (Some("en"), Language::English),
            (Some("en-GB"), Language::English),
            (Some("fr"), Language::English),
        ] {
            assert_eq!(Language::of(tag), language, "{tag:?}");
        }
    }
}
