//! Readable addresses from German names: `Ortsverband Bad Säckingen` becomes `ov-bad-saeckingen`.
//!
//! Shared by units, bodies and accounts, because all of them end up as localparts of addresses (RFC 7622 §3.3).
//! Only `a`–`z`, `0`–`9`, `-` ever come out; scripts other than Latin fall away, and the caller names a fallback.

use konvent_core::Answer;

/// A localpart may have 1023 bytes; nobody types that. Longer names end at the last whole word.
const LENGTH_MAX: usize = 48;

/// What organisations call their levels, and how they abbreviate them. Longer words first where one contains another.
const LEVELS: &[(&str, &str)] = &[
    ("bundesverband", "bv"),
    ("landesverband", "lv"),
    ("bezirksverband", "bzv"),
    ("kreisverband", "kv"),
    ("unterbezirk", "ub"),
    ("stadtverband", "sv"),
    ("gemeindeverband", "gv"),
    ("ortsverband", "ov"),
    ("ortsverein", "ov"),
];

/// The slug of a name; empty when nothing of it can be written in plain letters.
pub fn slug(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        match plain(character) {
            Some(letters) => out.push_str(letters),
            None if character.is_ascii_alphanumeric() => out.push(character.to_ascii_lowercase()),
            None if is_inside_a_word(character) => {}
            None if out.is_empty() || out.ends_with('-') => {}
            None => out.push('-'),
        }
    }
    shorten(&out)
}

/// The slug of a unit's name, with the names of levels abbreviated.
pub fn unit_slug(name: &str) -> String {
    let words = slug(name);
    let short: Vec<&str> = words
        .split('-')
        .map(|word| LEVELS.iter().find(|(long, _)| *long == word).map_or(word, |(_, short)| short))
        .collect();
    short.join("-")
}

/// `wanted`, or with the first free number behind it: `ov-neustadt-2`.
pub(crate) fn first_free(
    wanted: &str,
    separator: char,
    mut take: impl FnMut(&str) -> Answer<bool>,
) -> Answer<String> {
    let mut candidate = wanted.to_owned();
    let mut number = 1_u64;
    while !take(&candidate)? {
        number += 1;
        candidate = format!("{wanted}{separator}{number}");
    }
    Ok(candidate)
}

/// Ends at a whole word, within the limit. All bytes are ASCII here.
fn shorten(slug: &str) -> String {
    let slug = slug.trim_matches('-');
    let Some(head) = slug.get(..LENGTH_MAX).filter(|_| slug.len() > LENGTH_MAX) else {
        return slug.to_owned();
    };
    let whole = head.rfind('-').filter(|at| *at > LENGTH_MAX / 2).unwrap_or(LENGTH_MAX);
    head.get(..whole).unwrap_or(head).trim_end_matches('-').to_owned()
}

/// Marks that stand inside a word and leave no gap: O'Brien is `obrien`.
fn is_inside_a_word(character: char) -> bool {
    matches!(character, '\'' | '’' | '`' | '´' | '\u{ad}' | '\u{300}'..='\u{36f}')
}

/// Letters of European names in plain letters; German ones as German spells them out.
fn plain(character: char) -> Option<&'static str> {
    Some(match character {
        'ä' | 'Ä' | 'æ' | 'Æ' => "ae",
        'ö' | 'Ö' | 'ø' | 'Ø' | 'œ' | 'Œ' => "oe",
        'ü' | 'Ü' => "ue",
        'ß' | 'ẞ' => "ss",
        'à'..='ã' | 'À'..='Ã' | 'å' | 'Å' | 'ā' | 'Ā' | 'ă' | 'Ă' | 'ą' | 'Ą' => "a",
        'ç' | 'Ç' | 'ć' | 'Ć' | 'č' | 'Č' => "c",
        'ď' | 'Ď' | 'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'è'..='ë' | 'È'..='Ë' | 'ē' | 'Ē' | 'ė' | 'Ė' | 'ę' | 'Ę' | 'ě' | 'Ě' => "e",
        'ğ' | 'Ğ' | 'ģ' | 'Ģ' => "g",
        'ì'..='ï' | 'Ì'..='Ï' | 'ī' | 'Ī' | 'į' | 'Į' | 'ı' | 'İ' => "i",
        'ķ' | 'Ķ' => "k",
        'ł' | 'Ł' | 'ľ' | 'Ľ' | 'ļ' | 'Ļ' => "l",
        'ñ' | 'Ñ' | 'ń' | 'Ń' | 'ň' | 'Ň' | 'ņ' | 'Ņ' => "n",
        'ò'..='õ' | 'Ò'..='Õ' | 'ō' | 'Ō' | 'ő' | 'Ő' => "o",
        'ř' | 'Ř' => "r",
        'ś' | 'Ś' | 'š' | 'Š' | 'ş' | 'Ş' | 'ș' | 'Ș' => "s",
        'ť' | 'Ť' | 'ţ' | 'Ţ' | 'ț' | 'Ț' => "t",
        'ù'..='û' | 'Ù'..='Û' | 'ū' | 'Ū' | 'ů' | 'Ů' | 'ű' | 'Ű' => "u",
        'ý' | 'Ý' | 'ÿ' | 'Ÿ' => "y",
        'ź' | 'Ź' | 'ž' | 'Ž' | 'ż' | 'Ż' => "z",
        'þ' | 'Þ' => "th",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_names_are_spelled_out() {
        assert_eq!(slug("Jürgen Groß-Äußerling"), "juergen-gross-aeusserling");
        assert_eq!(unit_slug("Ortsverband Bad Säckingen"), "ov-bad-saeckingen");
        assert_eq!(unit_slug("Kreisverband  Höxter / Süd"), "kv-hoexter-sued");
        assert_eq!(unit_slug("LANDESVERBAND (Nord)"), "lv-nord");
    }

    #[test]
    fn names_from_the_neighbours_too() {
        assert_eq!(slug("Łukasz Dvořák d’Aubigné"), "lukasz-dvorak-daubigne");
        assert_eq!(slug("Бюро"), "");
    }

    #[test]
    fn a_long_name_ends_at_a_whole_word() {
        let long = slug("Arbeitsgemeinschaft der Selbständigen im Handwerk und im Mittelstand");
        assert_eq!(long, "arbeitsgemeinschaft-der-selbstaendigen-im");
    }

    #[test]
    fn a_taken_address_gets_a_number() {
        let mut taken = vec!["ov-neustadt".to_owned(), "ov-neustadt-2".to_owned()];
        let mut take = |candidate: &str| {
            let is_free = !taken.iter().any(|other| other == candidate);
            taken.push(candidate.to_owned());
            Ok(is_free)
        };
        assert_eq!(first_free("ov-neustadt", '-', &mut take).unwrap(), "ov-neustadt-3");
    }

    proptest::proptest! {
        #[test]
        fn nothing_but_plain_letters_comes_out(name in ".*") {
            let slug = unit_slug(&name);
            proptest::prop_assert!(slug.len() <= LENGTH_MAX);
            proptest::prop_assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            proptest::prop_assert!(!slug.starts_with('-') && !slug.ends_with('-') && !slug.contains("--"));
        }
    }
}
