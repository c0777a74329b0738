//! Reading back (XEP-0313 §4): what the archive of a member or a room holds, in order.

use konvent_wire::xml::el;
use konvent_wire::{Element, ns};

use super::words::body;
use super::{Said, Verb};
use crate::failure::Wrong;
use crate::pattern::show;
use crate::stage::Stage;
use crate::stage::device::attr;

const MAM: &str = "urn:xmpp:mam:2";
const FORWARD: &str = "urn:xmpp:forward:0";

pub(super) const VERBS: &[Verb] = &[
    ("{who} reads back everything: {text}", reads_all),
    ("{who} reads back with {address}: {text}", reads_with),
    ("{who} reads back {room}: {text}", reads_room),
    ("{who} reads back nothing with {address}", reads_nothing_with),
    ("{who} reads back nothing in {room}", reads_nothing_in),
    ("{who} may not read back {room}: {condition}", may_not_read),
];

fn reads_all(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    read(stage, said, None, None, said.get("text"))
}

fn reads_with(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let with = stage.address(said.get("address"));
    read(stage, said, None, Some(&with), said.get("text"))
}

fn reads_room(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let room = stage.address(said.get("room"));
    read(stage, said, Some(&room), None, said.get("text"))
}

fn reads_nothing_with(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let with = stage.address(said.get("address"));
    read(stage, said, None, Some(&with), "")
}

fn reads_nothing_in(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let room = stage.address(said.get("room"));
    read(stage, said, Some(&room), None, "")
}

fn may_not_read(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let (room, wanted) = (stage.address(said.get("room")), said.get("condition"));
    let answer =
        stage.settled(said.get("who"))?.ask("set", Some(&room), el("query", MAM).build())?;
    let error = answer.get_child("error", ns::CLIENT);
    let is_it = error.is_some_and(|error| error.children().any(|child| child.name() == wanted));
    if is_it { Ok(()) } else { Err(Wrong::new(wanted, show(&answer))) }
}

fn read(
    stage: &mut Stage,
    said: &Said,
    of: Option<&str>,
    with: Option<&str>,
    wanted: &str,
) -> Result<(), Wrong> {
    let queryid = stage.fresh_id();
    let mut query = el("query", MAM).attr("queryid", &queryid);
    if let Some(with) = with {
        query = query.child(form(with));
    }
    let device = stage.settled(said.get("who"))?;
    let fin = device.ask("set", of, query.build())?;
    if fin.get_child("fin", MAM).is_none() {
        return Err(Wrong::new("a page of the archive", show(&fin)));
    }
    let mut found = Vec::new();
    device.unread.retain(|element| {
        let result = element
            .get_child("result", MAM)
            .filter(|result| attr(result, "queryid") == Some(&queryid));
        let Some(result) = result else { return true };
        found.push(words_of(result));
        false
    });
    let wanted: Vec<&str> = wanted.split(" | ").filter(|text| !text.is_empty()).collect();
    if found == wanted { Ok(()) } else { Err(Wrong::new(wanted.join(" | "), found.join(" | "))) }
}

/// The form of XEP-0313 §4.1.
fn form(with: &str) -> Element {
    let field = |var: &str, value: &str| {
        el("field", ns::FORM).attr("var", var).child(el("value", ns::FORM).text(value))
    };
    el("x", ns::FORM)
        .attr("type", "submit")
        .child(field("FORM_TYPE", MAM).attr("type", "hidden"))
        .child(field("with", with))
        .build()
}

fn words_of(result: &Element) -> String {
    let message = result
        .get_child("forwarded", FORWARD)
        .and_then(|forwarded| forwarded.get_child("message", ns::CLIENT));
    message.map_or_else(|| show(result), |message| body(message).unwrap_or_else(|| show(message)))
}
