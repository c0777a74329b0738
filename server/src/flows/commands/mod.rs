//! What happens to a command (XEP-0050): who may give it, which form comes next, and what it does.

mod administer;
mod invite;

use std::sync::Arc;

use konvent_core::{Answer, Refusal};
use konvent_talk::commands::{self, Command, Done, Fault, Turn, Who};
use konvent_talk::disco;
use konvent_wire::Stanza;
use konvent_wire::form::Form;

use crate::faces;
use crate::flows::admins;
use crate::hall::Seat;
use crate::house::House;

pub use invite::{invitation, uri};

/// Answers a command, or a question for the list of commands.
pub async fn receive(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let reply = match commands::request(iq) {
        Some(Ok(request)) => give(house, seat, iq, &request).await?,
        Some(Err(fault)) => Err(fault),
        None => list(house, seat, iq).await?,
    };
    seat.answer(reply.unwrap_or_else(|fault| iq.error_reply(&fault.error())));
    Ok(())
}

/// The commands that somebody may give.
async fn allowed(house: &Arc<House>, seat: &Arc<Seat>) -> Answer<Vec<Command>> {
    let (this, person, now) = (Arc::clone(house), seat.session.person, house.clock().now());
    let (administers, invites) = house
        .db()
        .read(move |reader| {
            Ok((
                admins::may_administer(&this, reader, person, now)?,
                admins::may_invite(&this, reader, person, now)?,
            ))
        })
        .await?;
    Ok(Command::all()
        .filter(|command| match command.who() {
            Who::Admins => administers,
            Who::Inviters => invites,
        })
        .collect())
}

/// The list, or what one command is. Whoever may give none sees an empty list (XEP-0050 §2.2).
async fn list(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<Result<Stanza, Fault>> {
    let node = iq.payload().and_then(|query| query.attr("node").map(str::to_owned));
    let command = node.as_deref().and_then(Command::at);
    let allowed = allowed(house, seat).await?;
    if command.is_some_and(|command| !allowed.contains(&command)) {
        return Ok(Err(Fault::Forbidden));
    }
    let is_info = iq.has("query", konvent_talk::ns::DISCO_INFO);
    Ok(match (is_info, command) {
        (true, command) => Ok(commands::info(iq, command)),
        (false, None) => Ok(commands::items(iq, &house.domain().server()?, &allowed)),
        (false, Some(_)) => Ok(disco::no_items(iq)),
    })
}

async fn give(
    house: &Arc<House>,
    seat: &Arc<Seat>,
    iq: &Stanza,
    request: &commands::Request,
) -> Answer<Result<Stanza, Fault>> {
    let Some(command) = Command::at(&request.node) else { return Ok(Err(Fault::Unknown)) };
    // Asked at every step: an office that ended meanwhile does nothing more.
    if !allowed(house, seat).await?.contains(&command) {
        return Ok(Err(Fault::Forbidden));
    }
    let fresh = house.random().hex::<16>();
    let now = house.clock().now();
    let turn = house.commands().turn(seat.session.id, request, &command.forms(), fresh, now);
    Ok(match turn {
        Err(fault) => Err(fault),
        Ok(Turn::Canceled(session)) => Ok(commands::canceled(iq, command.node(), &session)),
        Ok(Turn::Ask { session, form, stage, stages }) => {
            Ok(commands::asked(iq, command.node(), &session, &form, stage, stages))
        }
        Ok(Turn::Run(session, given)) => {
            let form = given.into_iter().next().unwrap_or_default();
            let done = match command {
                Command::Invite | Command::CreateAccount => {
                    invite::run(house, seat, command, &form).await
                }
                _ => administer::run(house, seat, command, &form).await,
            };
            let done = done.or_else(in_words)?;
            Ok(commands::completed(iq, command.node(), &session, &done))
        }
    })
}

/// A refusal as a note beside the completed command (XEP-0050 §3.6); our own faults stay errors.
fn in_words(refusal: Refusal) -> Answer<Done> {
    if refusal.kind == konvent_core::Kind::Broken {
        return Err(refusal);
    }
    Ok(Done { errors: vec![reason(&refusal)], ..Done::default() })
}

/// Why not, in a sentence where a standard has one, with the code that clients translate.
fn reason(refusal: &Refusal) -> String {
    let error = faces::stanza_error(refusal);
    match error.text {
        Some(text) if text != refusal.code => format!("{text} ({})", refusal.code),
        _ => refusal.code.to_owned(),
    }
}

/// An empty result form of a command.
fn result(command: Command) -> Form {
    Form::new("result", command.form_type())
}
