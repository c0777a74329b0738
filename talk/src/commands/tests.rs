//! Forms back and forth, without a server.

use konvent_core::{Millis, SessionId};
use konvent_wire::form::{Field, Form};

use super::*;
use crate::scene::stanza;

const ME: SessionId = SessionId(1);
const OTHER: SessionId = SessionId(2);

fn two_forms() -> Vec<Form> {
    let required =
        |var: &str, kind: &str| Field { is_required: true, ..Field::asked(var, kind, var, None) };
    vec![
        Form::new("form", "test").with(required("name", "text-single")),
        Form::new("form", "test").with(required("jid", "jid-single")),
    ]
}

fn said(action: Action, session: Option<&str>, fields: &[(&str, &str)]) -> Request {
    let mut form = Form::new("submit", "test");
    for (var, value) in fields {
        form = form.with(Field::new(var, *value));
    }
    let form = (!fields.is_empty()).then_some(form);
    Request { node: "n".into(), action, session: session.map(str::to_owned), form }
}

#[test]
fn forms_are_filled_in_one_after_the_other_and_back_again() {
    let (forms, mut sessions) = (two_forms(), Sessions::default());
    let mut turn = |request: &Request| sessions.turn(ME, request, &forms, "s".into(), Millis(0));
    let first = turn(&said(Action::Execute, None, &[])).unwrap();
    assert!(matches!(first, Turn::Ask { stage: 0, stages: 2, .. }));
    let s = Some("s");
    assert_eq!(turn(&said(Action::Complete, s, &[("name", "x")])), Err(Fault::BadAction));
    assert_eq!(turn(&said(Action::Prev, s, &[])), Err(Fault::BadAction));
    assert_eq!(turn(&said(Action::Next, s, &[])), Err(Fault::BadPayload));
    assert_eq!(turn(&said(Action::Next, s, &[("name", "")])), Err(Fault::BadPayload));
    let second = turn(&said(Action::Next, s, &[("name", "x")])).unwrap();
    assert!(matches!(second, Turn::Ask { stage: 1, .. }));
    let Turn::Ask { form, stage: 0, .. } = turn(&said(Action::Prev, s, &[])).unwrap() else {
        panic!("not back")
    };
    assert_eq!(form.value("name"), Some("x"), "what was filled in is remembered");
    turn(&said(Action::Execute, s, &[("name", "y")])).unwrap();
    assert_eq!(turn(&said(Action::Complete, s, &[("jid", "@@")])), Err(Fault::BadPayload));
    let Turn::Run(_, given) = turn(&said(Action::Complete, s, &[("jid", "a@b")])).unwrap() else {
        panic!("not done")
    };
    let said_all: Vec<_> =
        given.iter().filter_map(|form| form.value("name").or(form.value("jid"))).collect();
    assert_eq!(said_all, ["y", "a@b"]);
    assert_eq!(turn(&said(Action::Complete, s, &[("jid", "a@b")])), Err(Fault::BadSessionId));
}

#[test]
fn what_is_under_way_belongs_to_one_connection_and_ends() {
    let (forms, mut sessions) = (two_forms(), Sessions::default());
    let begin = said(Action::Execute, None, &[]);
    sessions.turn(ME, &begin, &forms, "s".into(), Millis(0)).unwrap();
    let next = said(Action::Next, Some("s"), &[("name", "x")]);
    let stolen = sessions.turn(OTHER, &next, &forms, "t".into(), Millis(0));
    assert_eq!(stolen, Err(Fault::BadSessionId));
    let late = sessions.turn(ME, &next, &forms, "t".into(), Millis(16 * 60 * 1000));
    assert_eq!(late, Err(Fault::SessionExpired));
    sessions.turn(ME, &begin, &forms, "u".into(), Millis(0)).unwrap();
    let cancel = said(Action::Cancel, Some("u"), &[]);
    let canceled = sessions.turn(ME, &cancel, &forms, "v".into(), Millis(0));
    assert_eq!(canceled, Ok(Turn::Canceled("u".into())));
}

#[test]
fn opening_forms_without_end_fills_nothing() {
    let (forms, mut sessions) = (two_forms(), Sessions::default());
    let begin = said(Action::Execute, None, &[]);
    for number in 0..50 {
        sessions.turn(ME, &begin, &forms, format!("s{number}"), Millis(number)).unwrap();
    }
    let next = said(Action::Next, Some("s39"), &[("name", "x")]);
    let gone = sessions.turn(ME, &next, &forms, String::new(), Millis(50));
    assert_eq!(gone, Err(Fault::BadSessionId));
    let next = said(Action::Next, Some("s49"), &[("name", "x")]);
    assert!(sessions.turn(ME, &next, &forms, String::new(), Millis(50)).is_ok());
    for asker in 2..2_000 {
        let _ = sessions.turn(SessionId(asker), &begin, &forms, format!("x{asker}"), Millis(60));
    }
    let full = sessions.turn(SessionId(9_999), &begin, &forms, "y".into(), Millis(60));
    assert_eq!(full, Err(Fault::TooMany));
}

#[test]
fn requests_are_read_as_the_standard_writes_them() {
    let read = |xml: &str| request(&stanza(xml));
    let command = "<command xmlns='http://jabber.org/protocol/commands' node='list'";
    let plain = read(&format!("<iq type='set' id='1'>{command}/></iq>")).unwrap().unwrap();
    assert_eq!((plain.node.as_str(), plain.action), ("list", Action::Execute));
    let odd = read(&format!("<iq type='set' id='1'>{command} action='dance'/></iq>")).unwrap();
    assert_eq!(odd, Err(Fault::MalformedAction));
    assert_eq!(read("<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"), None);
}

#[test]
fn nodes_are_told_apart_and_every_form_names_its_purpose() {
    let nodes: std::collections::HashSet<_> = Command::all().map(Command::node).collect();
    assert_eq!(nodes.len(), Command::all().count());
    for command in Command::all() {
        assert_eq!(Command::at(command.node()), Some(command));
        for form in command.forms() {
            assert_eq!(form.form_type(), Some(command.form_type()), "{command:?}");
        }
    }
}
