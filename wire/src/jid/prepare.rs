//! What is allowed in the parts of an address, and how it is written for comparison (RFC 7622 §3, PRECIS: RFC 8264, RFC 8265).
//!
//! Localparts follow the profile `UsernameCaseMapped`, resourceparts `OpaqueString`. What RFC 6122 mapped to nothing (joiners,
//! variation selectors, soft hyphens) is taken out first: servers and clients that still prepare as it had it mean the same address
//! by both. So no joiner is left to be looked at in its context, and 👩‍🚀 becomes 👩🚀.
//! Characters that Unicode names for certain contexts only (RFC 8264 §8, CONTEXTO) are refused in localparts and allowed in resourceparts.
//! Domainparts are compared as they are written, in small letters: `xn--` is not turned into what it stands for.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_compatible;
use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};

use super::{Error, PART_MAX, bidi};

/// Octets of a name in the DNS, and of a part of it (RFC 1035 §2.3.4).
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// What stands before the `@`: letters, digits and marks of any script, in small letters.
pub(super) fn localpart(text: &str) -> Result<Cow<'_, str>, Error> {
    let is_usual = |byte: &u8| is_allowed_ascii(*byte) && !byte.is_ascii_uppercase();
    if text.as_bytes().iter().all(is_usual) {
        return bounded(Cow::Borrowed(text), Error::Localpart);
    }
    if text.bytes().all(is_allowed_ascii) {
        return bounded(Cow::Owned(text.to_ascii_lowercase()), Error::Localpart);
    }
    let mapped = stable(text, case_mapped).ok_or(Error::Localpart)?;
    let is_sound = mapped.chars().all(is_identifier) && bidi::is_sound(&mapped);
    if is_sound { bounded(Cow::Owned(mapped), Error::Localpart) } else { Err(Error::Localpart) }
}

/// What stands behind the `/`: nearly everything that can be seen.
pub(super) fn resourcepart(text: &str) -> Result<Cow<'_, str>, Error> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return bounded(Cow::Borrowed(text), Error::Resourcepart);
    }
    let mapped = stable(text, opaque).ok_or(Error::Resourcepart)?;
    if mapped.chars().all(is_freeform) {
        bounded(Cow::Owned(mapped), Error::Resourcepart)
    } else {
        Err(Error::Resourcepart)
    }
}

/// The name of a server, or its IP address.
pub(super) fn domainpart(text: &str) -> Result<Cow<'_, str>, Error> {
    // RFC 7622 §3.2: a dot at the end is taken off before anything else.
    let text = text.strip_suffix('.').unwrap_or(text);
    if is_name(text) && !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Ok(Cow::Borrowed(text));
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address: Ipv6Addr = inner.parse().map_err(|_| Error::Domainpart)?;
        return Ok(Cow::Owned(format!("[{address}]")));
    }
    if text.is_ascii() {
        let is_sound = is_name(text) || text.parse::<Ipv4Addr>().is_ok();
        return is_sound.then(|| text.to_ascii_lowercase().into()).ok_or(Error::Domainpart);
    }
    // RFC 7622 §3.2.1: an internationalized name; its letters are mapped as UTS 46 has it.
    let (bytes, deny) = (text.as_bytes(), AsciiDenyList::STD3);
    let (mapped, sound) = Uts46::new().to_unicode(bytes, deny, Hyphens::CheckFirstLast);
    let as_ascii = Uts46::new().to_ascii(bytes, deny, Hyphens::CheckFirstLast, DnsLength::Verify);
    match (sound, as_ascii) {
        (Ok(()), Ok(_)) => Ok(Cow::Owned(mapped.into_owned())),
        _ => Err(Error::Domainpart),
    }
}

fn bounded(part: Cow<'_, str>, error: Error) -> Result<Cow<'_, str>, Error> {
    if (1..=PART_MAX).contains(&part.len()) { Ok(part) } else { Err(error) }
}

/// Labels of letters, digits, hyphens and, since machines are called so, underscores.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= NAME_MAX && text.split('.').all(is_label)
}

/// ASCII7 (RFC 8264 §9.11) without what RFC 7622 §3.3.1 keeps out of localparts.
const fn is_allowed_ascii(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'"' | b'&' | b'\'' | b'/' | b':' | b'<' | b'>' | b'@')
}

/// Applies a mapping until it changes nothing more; `None` if that does not end (RFC 8264 §7).
fn stable(text: &str, map: impl Fn(&str) -> String) -> Option<String> {
    let mut before = map(text);
    for _ in 0..3 {
        let after = map(&before);
        if after == before {
            return Some(after);
        }
        before = after;
    }
    None
}

/// The rules of `UsernameCaseMapped` that change something (RFC 8265 §3.3.2): width, case, normalization.
fn case_mapped(text: &str) -> String {
    let mut narrow = String::with_capacity(text.len());
    for one in text.chars().filter(|one| !was_mapped_to_nothing(*one)) {
        match one {
            // Fullwidth and halfwidth forms, and the fullwidth space.
            '\u{3000}' | '\u{ff01}'..='\u{ffdc}' | '\u{ffe0}'..='\u{ffee}' => {
                decompose_compatible(one, |part| narrow.push(part));
            }
            one => narrow.push(one),
        }
    }
    narrow.to_lowercase().nfc().collect()
}

/// The rules of `OpaqueString` that change something (RFC 8265 §4.2.2): spaces and normalization.
fn opaque(text: &str) -> String {
    let seen = text.chars().filter(|one| !was_mapped_to_nothing(*one));
    let space = |one: char| {
        if one.general_category() == Category::SpaceSeparator { ' ' } else { one }
    };
    seen.map(space).nfc().collect()
}

/// RFC 3454 table B.1.
const fn was_mapped_to_nothing(one: char) -> bool {
    matches!(
        one,
        '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180d}' | '\u{200b}'..='\u{200d}'
            | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

/// What may be said of a character (RFC 8264 §8).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Property {
    /// In every part.
    Valid,
    /// In resourceparts only.
    Freeform,
    /// Nowhere.
    Disallowed,
}

fn is_identifier(one: char) -> bool {
    match u8::try_from(one).ok().filter(u8::is_ascii) {
        Some(byte) => is_allowed_ascii(byte),
        None => property(one) == Property::Valid,
    }
}

fn is_freeform(one: char) -> bool {
    property(one) != Property::Disallowed
}

/// The derived property of RFC 8264 §8, in its order, by the Unicode of the day.
fn property(one: char) -> Property {
    use Property::{Disallowed, Freeform, Valid};
    match one {
        // Exceptions (RFC 5892 §2.6): valid, by context, never.
        'ß' | 'ς' | '\u{6fd}' | '\u{6fe}' | '\u{f0b}' | '\u{3007}' | '!'..='~' => return Valid,
        '·'
        | '\u{375}'
        | '\u{5f3}'
        | '\u{5f4}'
        | '\u{30fb}'
        | '\u{660}'..='\u{669}'
        | '\u{6f0}'..='\u{6f9}' => return Freeform,
        '\u{640}' | '\u{7fa}' | '\u{302e}' | '\u{302f}' | '\u{3031}'..='\u{3035}' | '\u{303b}' => {
            return Disallowed;
        }
        one if is_old_jamo(one) || is_ignorable(one) => return Disallowed,
        _ => {}
    }
    match one.general_category() {
        Category::UppercaseLetter
        | Category::LowercaseLetter
        | Category::OtherLetter
        | Category::ModifierLetter
        | Category::DecimalNumber
        | Category::NonspacingMark
        | Category::SpacingMark => {
            // HasCompat (RFC 8264 §9.17).
            if std::iter::once(one).nfkc().eq([one]) { Valid } else { Freeform }
        }
        Category::TitlecaseLetter
        | Category::LetterNumber
        | Category::OtherNumber
        | Category::EnclosingMark
        | Category::SpaceSeparator
        | Category::MathSymbol
        | Category::CurrencySymbol
        | Category::ModifierSymbol
        | Category::OtherSymbol
        | Category::ConnectorPunctuation
        | Category::DashPunctuation
        | Category::OpenPunctuation
        | Category::ClosePunctuation
        | Category::InitialPunctuation
        | Category::FinalPunctuation
        | Category::OtherPunctuation => Freeform,
        _ => Disallowed,
    }
}

/// Old Hangul Jamo (RFC 8264 §9.9).
const fn is_old_jamo(one: char) -> bool {
    matches!(one, '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}')
}

/// `Default_Ignorable_Code_Point` and `Noncharacter_Code_Point` (RFC 8264 §9.13).
const fn is_ignorable(one: char) -> bool {
    matches!(
        one,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    ) || (one as u32) & 0xfffe == 0xfffe
}
