//! Where exactness matters: elements as they are written, and bytes that no client should send.

use konvent_wire::Element;

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::pattern::{contains, show};
use crate::stage::{DOMAIN, Stage};

pub(super) const VERBS: &[Verb] = &[
    ("{who} sends:", sends),
    ("{who} sends these bytes:", sends_bytes),
    ("{who} sends these bytes to a new connection:", sends_first_bytes),
    ("{who} sends a stanza nested {n} deep", sends_nested),
    ("{who} sends a message of {n} bytes", sends_big),
    ("{who} receives:", receives),
    ("{who} does not receive:", does_not_receive),
    ("{who} opens a stream", opens_a_stream),
    ("{who}'s stream ends: {condition}", stream_ends),
];

fn sends(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    for element in stage.elements(&said.block)? {
        stage.device(said.get("who"))?.send(&element)?;
    }
    stage.device(said.get("who"))?.settle()
}

fn sends_bytes(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let bytes = stage.names.fill(said.block.trim_end());
    stage.device(said.get("who"))?.send_raw(&bytes)
}

fn sends_first_bytes(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let device = stage.plug_in(said.get("who"))?;
    device.managed = None;
    device.address = None;
    sends_bytes(stage, said)
}

fn sends_nested(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    // The stanza itself is the first level.
    let inner = usize::try_from(said.number("n")?).unwrap_or_default().saturating_sub(1);
    let bytes = format!("<message>{}{}</message>", "<a>".repeat(inner), "</a>".repeat(inner));
    stage.device(said.get("who"))?.send_raw(&bytes)
}

fn sends_big(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let (head, tail) = ("<message type='chat'><body>", "</body></message>");
    let wanted = usize::try_from(said.number("n")?).unwrap_or_default();
    let fill = "x".repeat(wanted.saturating_sub(head.len() + tail.len()));
    stage.device(said.get("who"))?.send_raw(&format!("{head}{fill}{tail}"))
}

fn receives(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.settle()?;
    for pattern in stage.elements(&said.block)? {
        let mut names = stage.names.clone();
        let device = stage.device(said.get("who"))?;
        // A stranger cannot be settled by a ping, so what he expects is waited for.
        let found = if device.address.is_some() {
            let at =
                device.unread.iter().position(|element| contains(&pattern, element, &mut names));
            at.and_then(|at| device.unread.remove(at))
                .ok_or_else(|| Wrong::new(show(&pattern), device.left()))
        } else {
            let trial = names.clone();
            device.wait_for(&show(&pattern), |element| {
                contains(&pattern, element, &mut trial.clone())
            })
        }?;
        contains(&pattern, &found, &mut names);
        stage.names = names;
    }
    Ok(())
}

fn does_not_receive(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.settle()?;
    for pattern in stage.elements(&said.block)? {
        let names = stage.names.clone();
        let device = stage.device(said.get("who"))?;
        let fits = |element: &&Element| contains(&pattern, element, &mut names.clone());
        if let Some(found) = device.unread.iter().find(fits) {
            return Err(Wrong::new(format!("nothing like\n{}", show(&pattern)), show(found)));
        }
    }
    Ok(())
}

fn opens_a_stream(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let device = stage.plug_in(said.get("who"))?;
    device.managed = None;
    device.address = None;
    device.open_stream(DOMAIN)
}

fn stream_ends(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let wanted = said.get("condition");
    let ended = stage.device(said.get("who"))?.wait_for_the_end()?;
    if ended == wanted { Ok(()) } else { Err(Wrong::new(wanted, ended)) }
}
