//! What happens to a command (XEP-0050): who may give it, which form comes next, and what it does.

mod administer;
mod invite;

use std::sync::Arc;

use konvent_core::{Answer, Kind, Refusal};
use konvent_talk::commands::{self, Command, Fault, Turn, Who};
use konvent_talk::disco;
use konvent_wire::Stanza;
use konvent_wire::form::Form;

use crate::faces;
use crate::flows::admins;
use crate::hall::Seat;
use crate::house::House;
use crate::words::{self, Language};

pub use invite::{invitation, uri};

/// Answers a command, or a question for the list of commands.
pub async fn receive(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let reply = match commands::request(iq) {
        Some(Ok(request)) => give(house, seat, iq, &request).await?,
        Some(Err(fault)) => Err(fault),
        None => list(house, seat, iq).await?,
    };
    seat.answer(reply.unwrap_or_else(|fault| wrong(iq, fault)));
    Ok(())
}

/// What is wrong with a request, for programs and in words for people.
fn wrong(iq: &Stanza, fault: Fault) -> Stanza {
    let language = Language::of(iq.lang.as_deref());
    let error = match words::of(fault.code(), language) {
        Some(sentence) => fault.error().said(sentence, language.tag()),
        None => fault.error(),
    };
    iq.error_reply(&error)
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
    let Some(command) = Command::at(&request.node) else {
        let is_known = Command::is_of_administration(&request.node);
        return Ok(Err(if is_known { Fault::NotOffered } else { Fault::Unknown }));
    };
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
            let language = Language::of(iq.lang.as_deref());
            let done = match command {
                Command::Invite | Command::CreateAccount => {
                    invite::run(house, seat, command, &form).await
                }
                _ => administer::run(house, seat, command, &form, language).await,
            };
            match done {
                Ok(done) => Ok(commands::completed(iq, command.node(), &session, &done)),
                Err(refusal) if refusal.kind == Kind::Broken => return Err(refusal),
                // XEP-0133 §5: an error; of several accounts each refusal is a note beside what was done.
                Err(refusal) => Ok(faces::refused(iq, &refusal)),
            }
        }
    })
}

/// Why not, and what to do: a sentence. What has none is named by its code.
fn reason(refusal: &Refusal, language: Language) -> String {
    words::of(refusal.code, language).unwrap_or(refusal.code).to_owned()
}

/// An empty result form of a command.
fn result(command: Command) -> Form {
    Form::new("result", command.form_type())
}
