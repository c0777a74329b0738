//! How much of a room a member wants to be told (XEP-0492), and whether a message means him (XEP-0372, XEP-0461).
//!
//! The server speaks for phones in pockets, so of several settings that for phones counts.

use konvent_wire::jid::BareJid;
use konvent_wire::{Element, Stanza};

use crate::ns;
use crate::rooms::{Posting, RoomInfo, RoomKind};

/// How much a member wants to be told of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Of every word.
    Always,
    /// When somebody means him.
    OnMention,
    /// Never.
    Never,
}

/// What his clients noted beside the bookmark, else what fits the room. `is_large` is [`crate::rooms::access::is_large`].
pub fn level(room: &RoomInfo, is_large: bool, extensions: Option<&Element>) -> Level {
    let noted = extensions.and_then(|all| all.get_child("notify", ns::NOTIFY)).and_then(noted);
    noted.unwrap_or_else(|| by_rule(room, is_large))
}

/// XEP-0492 §3: private groups always, public ones when one is meant. A room of hundreds in which everybody speaks counts as
/// public; where only offices announce, every word is for all.
fn by_rule(room: &RoomInfo, is_large: bool) -> Level {
    let is_private = match room.kind {
        RoomKind::Free => room.terms.is_members_only,
        RoomKind::Unit(_) | RoomKind::Body(_) => {
            !is_large || room.posting == Posting::OfficeHolders
        }
    };
    if is_private { Level::Always } else { Level::OnMention }
}

/// XEP-0492 §3: the setting that fits a phone best.
fn noted(notify: &Element) -> Option<Level> {
    let fit = |setting: &&Element| match (
        setting.attr("identity-category"),
        setting.attr("identity-type"),
    ) {
        (Some("client"), Some("phone")) => 3,
        (Some("client"), None) => 2,
        (None, None) => 1,
        _ => 0,
    };
    let known = |setting: &&Element| setting.ns() == ns::NOTIFY && of(setting.name()).is_some();
    let best = notify.children().filter(known).max_by_key(fit)?;
    of(best.name()).filter(|_| fit(&best) > 0)
}

pub(super) fn of(name: &str) -> Option<Level> {
    match name {
        "always" => Some(Level::Always),
        "on-mention" => Some(Level::OnMention),
        "never" => Some(Level::Never),
        _ => None,
    }
}

/// Whether a message in a room means this member: by a mention (XEP-0372 §3.2), by a reply to him (XEP-0461 §3.1), or by his name
/// in the words.
pub(super) fn means(said: &Stanza, room: &BareJid, member: &BareJid, name: &str) -> bool {
    let occupant = format!("{room}/{name}");
    let is_him = |address: &str| {
        address == member.as_str()
            || address == occupant
            || address.strip_prefix(member.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    let is_mention =
        said.children().filter(|child| child.is("reference", ns::REFERENCE)).any(|one| {
            let uri = one.attr("uri").unwrap_or_default();
            let uri = uri.strip_prefix("xmpp:").unwrap_or_default();
            let address = uri.split('?').next().unwrap_or_default();
            one.attr("type").as_deref() == Some("mention") && is_him(&decoded(address))
        });
    let is_reply = said
        .child("reply", ns::REPLY)
        .and_then(|reply| reply.attr("to").map(|to| is_him(&to)))
        .unwrap_or(false);
    let body = said.text_of("body", ns::CLIENT).unwrap_or_default();
    is_mention || is_reply || names(&body, name)
}

/// Whether words name somebody: the whole name, not a part of another word.
fn names(words: &str, name: &str) -> bool {
    let (words, name) = (words.to_lowercase(), name.to_lowercase());
    if name.is_empty() {
        return false;
    }
    let is_letter = |found: Option<char>| found.is_some_and(char::is_alphanumeric);
    words.match_indices(&name).any(|(at, _)| {
        let before = words.get(..at).and_then(|text| text.chars().next_back());
        let after = words.get(at + name.len()..).and_then(|text| text.chars().next());
        !is_letter(before) && !is_letter(after)
    })
}

/// Percent-encoded, as addresses of the web are, as far as it is well-formed; else nothing.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = rest.next().zip(rest.next());
        let value = digits.and_then(|(high, low)| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(high)? * 16 + digit(low)?).ok()
        });
        let Some(value) = value else { return String::new() };
        bytes.push(value);
    }
    String::from_utf8(bytes).unwrap_or_default()
}
