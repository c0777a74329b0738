//! Coming and going: connections, sessions that are resumed (XEP-0198 §5), streams that end.

use konvent_wire::xml::el;
use konvent_wire::{ns, xml::Build};

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::stage::{Outcome, Road, Stage};

pub(super) const VERBS: &[Verb] = &[
    ("{who} connects", connects),
    ("{who} connects without being seen", connects_unseen),
    ("{who} connects the classic way", connects_classic),
    ("{who} connects and asks for a token", connects_for_token),
    ("{who} connects with the token", connects_by_token),
    ("{who} connects with the token and asks for another", connects_by_token_for_another),
    ("{who} connects with the password {text}", connects_with_password),
    ("{who} goes", goes),
    ("{who} keeps {text} session in mind and goes", goes_but_remembers),
    ("{who} connects under the name {text}", connects_named),
    ("{who} takes the address of {other}", takes_address),
    ("{who} loses the connection", loses),
    ("the node of {who} goes", node_goes),
    ("the node of {who} closes", node_closes),
    ("the node of {who} is replaced", node_is_replaced),
    ("{who} stops listening", stops_listening),
    ("{who} comes online again", resumes),
    ("{who} cannot resume: {condition}", cannot_resume),
    ("{who} takes over the session of {other}", takes_over),
    ("{who} has no connection", has_none),
    ("{who} has {n} sentences not acknowledged", unacknowledged),
];

/// Among several nodes only.
fn node_goes(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.let_node_go(said.get("who"))
}

/// Among several nodes only.
fn node_closes(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.let_node_close(said.get("who"))
}

/// Among several nodes only.
fn node_is_replaced(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.let_node_be_replaced(said.get("who"))
}

fn come(stage: &mut Stage, said: &Said, road: Road) -> Result<(), Wrong> {
    connected(stage, said, road)?;
    be_seen(stage, said)
}

fn connected(stage: &mut Stage, said: &Said, road: Road) -> Result<(), Wrong> {
    match stage.sign_in(said.get("who"), road, None)? {
        Outcome::In => Ok(()),
        Outcome::Anew(why) | Outcome::Refused(why) => Err(Wrong::new("to be signed in", why)),
    }
}

fn be_seen(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.device(said.get("who"))?.send(&presence().build())?;
    stage.settle()
}

fn presence() -> Build {
    el("presence", ns::CLIENT)
}

fn connects(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    come(stage, said, Road::Usual)
}

fn connects_unseen(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    connected(stage, said, Road::Usual)
}

fn connects_classic(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    come(stage, said, Road::Classic)
}

fn connects_for_token(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    come(stage, said, Road::AskingForToken)
}

/// By a token a refusal is part of the play: `is refused` may follow.
fn connects_by_token(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    match stage.sign_in(said.get("who"), Road::ByToken, None)? {
        Outcome::In => be_seen(stage, said),
        Outcome::Anew(why) | Outcome::Refused(why) => {
            stage.last_refusal = Some(why);
            Ok(())
        }
    }
}

fn connects_by_token_for_another(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    come(stage, said, Road::ByTokenForAnother)
}

fn connects_with_password(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    match stage.sign_in(said.get("who"), Road::Usual, Some(said.get("text")))? {
        Outcome::In => be_seen(stage, said),
        Outcome::Anew(why) | Outcome::Refused(why) => {
            stage.last_refusal = Some(why);
            Ok(())
        }
    }
}

fn goes(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    goes_but_remembers(stage, said)?;
    stage.device(said.get("who"))?.managed = None;
    Ok(())
}

fn goes_but_remembers(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.settle()?;
    let device = stage.device(said.get("who"))?;
    device.send_raw("</stream:stream>")?;
    device.wait_for_the_end()?;
    device.unplug_noticed()?;
    device.address = None;
    stage.settle()
}

/// The classic road lets a client ask for a resource that another connection has.
fn takes_address(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let address = stage.device(said.get("other"))?.address.clone().unwrap_or_default();
    let resource =
        address.split_once('/').map(|(_, resource)| resource.to_owned()).unwrap_or_default();
    named(stage, said, &resource)
}

/// A device that names its resource itself (RFC 6120 §7.7).
fn connects_named(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    named(stage, said, said.get("text"))
}

fn named(stage: &mut Stage, said: &Said, resource: &str) -> Result<(), Wrong> {
    match stage.sign_in_as(said.get("who"), Road::Classic, None, Some(resource))? {
        Outcome::In => be_seen(stage, said),
        Outcome::Anew(why) | Outcome::Refused(why) => Err(Wrong::new("to be signed in", why)),
    }
}

fn loses(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    stage.device(said.get("who"))?.unplug_noticed()
}

fn stops_listening(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let device = stage.settled(said.get("who"))?;
    device.is_deaf = true;
    Ok(())
}

fn resumes(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    match stage.sign_in(said.get("who"), Road::Resuming, None)? {
        Outcome::In => Ok(()),
        Outcome::Anew(why) | Outcome::Refused(why) => Err(Wrong::new("the session to go on", why)),
    }
}

fn cannot_resume(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let wanted = said.get("condition");
    match stage.sign_in(said.get("who"), Road::Resuming, None)? {
        Outcome::In => Err(Wrong::new(wanted, "the session went on")),
        Outcome::Anew(why) | Outcome::Refused(why) if why == wanted => Ok(()),
        Outcome::Anew(why) | Outcome::Refused(why) => Err(Wrong::new(wanted, why)),
    }
}

/// Somebody knows the name of another's session and tries it as his own.
fn takes_over(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let managed = stage.device(said.get("other"))?.managed.clone();
    stage.device(said.get("who"))?.managed = managed;
    match stage.sign_in(said.get("who"), Road::Resuming, None)? {
        Outcome::In => stage.last_refusal = Some("nobody refused".to_owned()),
        Outcome::Anew(why) | Outcome::Refused(why) => stage.last_refusal = Some(why),
    }
    Ok(())
}

fn has_none(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let device = stage.device(said.get("who"))?;
    device.wait_for_the_end().map(drop)
}

/// Stanzas that the server has not acknowledged (XEP-0198 §4), after asking for it.
fn unacknowledged(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let wanted = said.number("n")?;
    let device = stage.settled(said.get("who"))?;
    device.send(&el("r", ns::SM).build())?;
    device.wait_for("an acknowledgement", |element| element.is("a", ns::SM))?;
    let waiting = device.managed.as_ref().map_or(0, |managed| managed.waiting.len());
    if i64::try_from(waiting) == Ok(wanted) {
        Ok(())
    } else {
        Err(Wrong::new(wanted.to_string(), waiting.to_string()))
    }
}
