//! Saying and hearing: messages between members and in rooms (RFC 6121 §5, XEP-0045 §7.4), copies (XEP-0280).

use konvent_wire::xml::el;
use konvent_wire::{Element, ns};

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::pattern::show;
use crate::stage::Stage;
use crate::stage::device::attr;

pub(super) const VERBS: &[Verb] = &[
    ("{who} says to {address} {n} times: {text}", says_often),
    ("{who} hears from {address} {n} times: {text}", hears_often),
    ("{who} says to {address}: {text}", says),
    ("{who} says in {room}: {text}", says_in),
    ("{who} hears from {address}: {text}", hears),
    ("{who} hears {other} in {room}: {text}", hears_in),
    ("{who} gets a copy from {address}: {text}", copy_of_received),
    ("{who} gets a copy to {address}: {text}", copy_of_sent),
    ("{who} hears nothing", hears_nothing),
    ("{who} is refused: {condition}", is_refused),
];

/// Who says something twice means two messages, unless he says so.
fn message(stage: &mut Stage, kind: &str, to: &str, text: &str) -> Element {
    let id = stage.fresh_id();
    el("message", ns::CLIENT)
        .attr("type", kind)
        .attr("to", to)
        .attr("id", &id)
        .child(el("body", ns::CLIENT).text(text))
        .child(el("origin-id", "urn:xmpp:sid:0").attr("id", &id))
        .build()
}

/// Sends, and goes on when the server has taken it in: what different actors do happens in the order of the play.
pub(super) fn speak(stage: &mut Stage, said: &Said, element: &Element) -> Result<(), Wrong> {
    let device = stage.device(said.get("who"))?;
    device.send(element)?;
    device.settle()
}

fn says(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let to = stage.address(said.get("address"));
    let message = message(stage, "chat", &to, said.get("text"));
    speak(stage, said, &message)
}

fn says_in(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let to = stage.address(said.get("room"));
    let message = message(stage, "groupchat", &to, said.get("text"));
    speak(stage, said, &message)
}

/// `wave 1`, `wave 2` … in one go, without waiting in between.
fn says_often(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let to = stage.address(said.get("address"));
    for count in 1..=said.number("n")? {
        let message = message(stage, "chat", &to, &format!("{} {count}", said.get("text")));
        stage.device(said.get("who"))?.send(&message)?;
    }
    stage.device(said.get("who"))?.settle()
}

fn hears_often(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.settle()?;
    for count in 1..=said.number("n")? {
        hears_words(stage, said, &format!("{} {count}", said.get("text")))?;
    }
    Ok(())
}

fn hears(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.settle()?;
    hears_words(stage, said, said.get("text"))
}

fn hears_words(stage: &mut Stage, said: &Said, text: &str) -> Result<(), Wrong> {
    let from = stage.address(said.get("address"));
    let expected = format!("{from}: {text}");
    let heard = next_words(stage, said, &expected)?;
    let words = body(&heard).unwrap_or_default();
    let sender = attr(&heard, "from").unwrap_or_default();
    // Who names a member hears any of his devices; who names a device hears that one.
    let is_from = sender == from || (!from.contains('/') && bare(sender) == from);
    if is_from && words == text { Ok(()) } else { Err(Wrong::new(expected, show(&heard))) }
}

fn hears_in(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.settle()?;
    let from =
        format!("{}/{}", stage.address(said.get("room")), stage.full_name(said.get("other"))?);
    let expected = format!("{from}: {}", said.get("text"));
    let heard = next_words(stage, said, &expected)?;
    let is_right = attr(&heard, "from") == Some(from.as_str())
        && attr(&heard, "type") == Some("groupchat")
        && body(&heard).as_deref() == Some(said.get("text"));
    if is_right { Ok(()) } else { Err(Wrong::new(expected, show(&heard))) }
}

fn copy_of_received(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    copy(stage, said, "received", "from")
}

fn copy_of_sent(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    copy(stage, said, "sent", "to")
}

/// A carbon: it comes from the own bare address and holds the message as it was (XEP-0280 §7, §8).
fn copy(stage: &mut Stage, said: &Said, direction: &str, side: &str) -> Result<(), Wrong> {
    stage.settle()?;
    let partner = stage.address(said.get("address"));
    let expected = format!("a copy ({direction}) {side} {partner}: {}", said.get("text"));
    let heard = next_words(stage, said, &expected)?;
    let address = stage.device(said.get("who"))?.address.clone().unwrap_or_default();
    let inner = heard
        .get_child(direction, ns::CARBONS)
        .and_then(|wrapper| wrapper.get_child("forwarded", "urn:xmpp:forward:0"))
        .and_then(|forwarded| forwarded.get_child("message", ns::CLIENT));
    let is_right = attr(&heard, "from") == Some(bare(&address))
        && inner.is_some_and(|inner| {
            body(inner).as_deref() == Some(said.get("text"))
                && attr(inner, side)
                    .is_some_and(|address| address == partner || bare(address) == partner)
        });
    if is_right { Ok(()) } else { Err(Wrong::new(expected, show(&heard))) }
}

/// The next message that a person would notice: with words, a copy, or a refusal.
fn next_words(stage: &mut Stage, said: &Said, expected: &str) -> Result<Element, Wrong> {
    let device = stage.device(said.get("who"))?;
    let at = device.unread.iter().position(is_noticed);
    at.and_then(|at| device.unread.remove(at)).ok_or_else(|| Wrong::new(expected, device.left()))
}

fn hears_nothing(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let device = stage.settled(said.get("who"))?;
    match device.unread.iter().find(|element| is_noticed(element)) {
        None => Ok(()),
        Some(heard) => Err(Wrong::new("silence", show(heard))),
    }
}

/// The next refusal (RFC 6120 §8.3) names this condition, or this code of ours.
fn is_refused(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let wanted = said.get("condition");
    if let Some(refused) = stage.last_refusal.take() {
        return if refused == wanted { Ok(()) } else { Err(Wrong::new(wanted, refused)) };
    }
    let device = stage.settled(said.get("who"))?;
    let at = device.unread.iter().position(|element| attr(element, "type") == Some("error"));
    let Some(refusal) = at.and_then(|at| device.unread.remove(at)) else {
        return Err(Wrong::new(wanted, device.left()));
    };
    let error = refusal.get_child("error", ns::CLIENT);
    let is_named = error.is_some_and(|error| {
        error.children().any(|child| child.name() == wanted && child.has_ns(ns::STANZA_ERRORS))
            || error.children().any(|child| child.text() == wanted)
    });
    if is_named { Ok(()) } else { Err(Wrong::new(wanted, show(&refusal))) }
}

fn is_noticed(element: &Element) -> bool {
    element.is("message", ns::CLIENT)
        && (body(element).is_some()
            || attr(element, "type") == Some("error")
            || element.children().any(|child| child.has_ns(ns::CARBONS)))
}

pub(super) fn body(message: &Element) -> Option<String> {
    message.get_child("body", ns::CLIENT).map(Element::text)
}

pub(super) fn bare(address: &str) -> &str {
    address.split_once('/').map_or(address, |(bare, _)| bare)
}
