//! Commands given by filling in their forms (XEP-0050 §2.4), as an admin's program does. What came of the last one waits for
//! `receives`.

use konvent_wire::Element;
use konvent_wire::xml::el;

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::stage::{DOMAIN, Stage};

pub(super) const VERBS: &[Verb] =
    &[("{who} gives the command {node}", gives), ("{who} gives the command {node}:", gives)];

const COMMANDS: &str = "http://jabber.org/protocol/commands";
const FORM: &str = "jabber:x:data";

/// Administration needs no prefix (XEP-0133 §4).
fn node(named: &str) -> String {
    if named.contains(':') {
        named.to_owned()
    } else {
        format!("http://jabber.org/protocol/admin#{named}")
    }
}

/// Below it stands what is filled in, `name: value` on each line; a name on several lines has several values.
fn gives(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let node = node(said.get("node"));
    let command = || el("command", COMMANDS).attr("node", &node);
    let block = stage.names.fill(&said.block);
    let mut fields: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").ok_or_else(|| Wrong::new("name: value", line))?;
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => fields.push((name, vec![value])),
        }
    }
    let device = stage.device(said.get("who"))?;
    let mut answer = device.ask("set", Some(DOMAIN), command().build())?;
    let session =
        answer.get_child("command", COMMANDS).and_then(|command| command.attr("sessionid"));
    if let Some(session) = session.map(str::to_owned).filter(|_| is_asking(&answer)) {
        let field = |(name, values): (&str, Vec<&str>)| {
            let value = |value: &str| el("value", FORM).text(value);
            el("field", FORM).attr("var", name).children(values.into_iter().map(value)).build()
        };
        let filled = el("x", FORM).attr("type", "submit").children(fields.into_iter().map(field));
        let done = command().attr("sessionid", session).attr("action", "complete").child(filled);
        answer = device.ask("set", Some(DOMAIN), done.build())?;
    }
    device.unread.push_back(answer);
    stage.settle()
}

fn is_asking(answer: &Element) -> bool {
    let command = answer.get_child("command", COMMANDS);
    command.is_some_and(|command| command.attr("status") == Some("executing"))
}
