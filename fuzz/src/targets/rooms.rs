//! What owners and admins of a free room send (XEP-0045 §9, §10): lists of wishes and filled forms. Read within their bounds or
//! refused; terms that were taken can be shown and sent back without a change.

use std::fmt::Write as _;
use std::sync::Arc;

use konvent_core::RoomId;
use konvent_core::config::FreeRooms;
use konvent_talk::rooms::free::{admin, form, invite, subject, voice};
use konvent_talk::rooms::{Occupants, Posting, RoomInfo, RoomKind, Terms};
use konvent_wire::Stanza;
use konvent_wire::form::Form;

/// Fields in front of which the fuzzer writes a value: it need not find their names.
const FIELDS: &[&str] = &[
    "roomname",
    "roomdesc",
    "lang",
    "publicroom",
    "persistentroom",
    "membersonly",
    "moderatedroom",
    "passwordprotectedroom",
    "roomsecret",
    "whois",
    "changesubject",
    "allowinvites",
    "allowpm",
    "maxusers",
    "presencebroadcast",
    "getmemberlist",
    "slow_mode_duration",
];

fn room() -> RoomInfo {
    RoomInfo {
        id: RoomId(1),
        address: "garden".to_owned(),
        name: "Garden".to_owned(),
        kind: RoomKind::Free,
        posting: Posting::Everybody,
        terms: Arc::new(Terms::default()),
    }
}

/// One input.
pub fn run(bytes: &[u8]) {
    let Some((&choice, inner)) = bytes.split_first() else { return };
    match choice % 4 {
        0 => lists(inner),
        1 => terms(&[&b"<x xmlns='jabber:x:data' type='submit'>"[..], inner, b"</x>"].concat()),
        2 => terms(named(inner).as_bytes()),
        _ => words(inner),
    }
}

fn lists(inner: &[u8]) {
    let open = &b"<iq type='set' id='f'><query xmlns='http://jabber.org/protocol/muc#admin'>"[..];
    let Ok(iq) = Stanza::parse(&[open, inner, b"</query></iq>"].concat()) else { return };
    let Ok(order) = admin::order(&iq, &room(), &Occupants::new([0; 32])) else { return };
    let count = match order {
        admin::Order::Roles(wishes) => wishes.len(),
        admin::Order::Lists(wishes) => wishes.len(),
    };
    assert!((1..=500).contains(&count));
}

/// A form whose fields have the names that count: pieces between 0xfe are a number of a field and its value.
fn named(inner: &[u8]) -> String {
    let mut written = "<x xmlns='jabber:x:data' type='submit'>".to_owned();
    for piece in inner.split(|byte| *byte == 0xfe) {
        let Some((&which, value)) = piece.split_first() else { continue };
        let var = FIELDS[usize::from(which) % FIELDS.len()];
        let value = String::from_utf8_lossy(value);
        let value = value.replace('&', "&amp;").replace('<', "&lt;");
        let _ = write!(written, "<field var='muc#roomconfig_{var}'><value>{value}</value></field>"); // writing to a string cannot fail
    }
    written + "</x>"
}

fn terms(form: &[u8]) {
    let open = &b"<iq type='set' id='f'><query xmlns='http://jabber.org/protocol/muc#owner'>"[..];
    let Ok(iq) = Stanza::parse(&[open, form, b"</query></iq>"].concat()) else { return };
    let Some(form) = iq.payload().and_then(|query| Form::of(&query)) else { return };
    let rules = FreeRooms::default();
    let Ok(info) = form::read(&form, &room(), &rules) else { return };
    assert!(info.terms.occupants_max <= rules.occupants_max && !info.name.is_empty());
    let shown = Form::from_element(&form::filled(&info, &rules));
    assert_eq!(form::read(&shown, &info, &rules).expect("what is shown can be sent back"), info);
}

/// Messages to a room that are no words: invitations, subjects, requests for the voice.
fn words(inner: &[u8]) {
    let Ok(message) = Stanza::parse(&[&b"<message>"[..], inner, b"</message>"].concat()) else {
        return;
    };
    let _ = (voice::asked(&message), subject::is_subject(&message), invite::is_one(&message));
}
