//! How a client signs in: SCRAM-SHA-256 (RFC 5802, RFC 7677) by SASL2 with Bind 2 (XEP-0388, XEP-0386), by a token
//! (XEP-0484), or the classic way (RFC 6120 §6, §7); and how it takes up a session again (XEP-0198 §5).
//!
//! The steps are written out here instead of left to `wire::client`, because plays also look at the refusals between
//! them and at everything that a well-behaved client passes over; the arithmetic of SCRAM is that client's.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use konvent_wire::client::scram::ScramClient;
use konvent_wire::sasl::{ChannelBinding, Hash, ht};
use konvent_wire::xml::{Build, el};
use konvent_wire::{Element, ns};
use sha2::{Digest as _, Sha256};

use super::device::{Device, Managed, attr};
use crate::failure::Wrong;
use crate::pattern::show;

/// Who signs in, and what he asks for.
#[derive(Debug, Clone)]
pub struct SignIn<'a> {
    /// The organisation's name on the network.
    pub domain: &'a str,
    /// The part of the address before the `@`.
    pub localpart: &'a str,
    /// An app password.
    pub password: &'a str,
    /// The name of the device: tag of the resource, and its identity for tokens.
    pub device: &'a str,
    /// Ask for a token for the next time.
    pub wants_token: bool,
}

/// How a sign-in ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Signed in; for a resumption, the same session goes on.
    In,
    /// Signed in, but the session could not be resumed: the condition. A new one was bound.
    Anew(String),
    /// Refused with this condition.
    Refused(String),
}

/// Opens the stream and signs in by SASL2, binds by Bind 2 with carbons and stream management.
pub fn modern(device: &mut Device, who: &SignIn<'_>) -> Result<Outcome, Wrong> {
    device.open_stream(who.domain)?;
    let features = device.wait_for("stream features", |e| e.is("features", ns::STREAM))?;
    let authenticate = el("authenticate", ns::SASL2).child(user_agent(who)).child(bind(who));
    let _ = features;
    scram(device, who, authenticate.children(wish(who)))
}

/// The wish for a token for the next time (XEP-0484 §3.3).
fn wish(who: &SignIn<'_>) -> Option<Build> {
    let ask = || el("request-token", ns::FAST).attr("mechanism", "HT-SHA-256-NONE");
    who.wants_token.then(ask)
}

/// The same, but instead of a new resource the old session is asked for (XEP-0198 §5, XEP-0388 §2.6).
pub fn resuming(
    device: &mut Device,
    who: &SignIn<'_>,
    previd: &str,
    handled: u32,
) -> Result<Outcome, Wrong> {
    device.open_stream(who.domain)?;
    device.wait_for("stream features", |e| e.is("features", ns::STREAM))?;
    let resume = el("resume", ns::SM).attr("h", handled).attr("previd", previd);
    let authenticate =
        el("authenticate", ns::SASL2).child(user_agent(who)).child(bind(who)).child(resume);
    scram(device, who, authenticate)
}

/// Signs in by the token of an earlier sign-in (XEP-0484 §3.4), not bound to a TLS connection.
pub fn by_token(device: &mut Device, who: &SignIn<'_>, token: &str) -> Result<Outcome, Wrong> {
    device.open_stream(who.domain)?;
    device.wait_for("stream features", |e| e.is("features", ns::STREAM))?;
    let first = STANDARD.encode(ht::initiator(who.localpart, token, &[]));
    let authenticate = el("authenticate", ns::SASL2)
        .attr("mechanism", "HT-SHA-256-NONE")
        .child(el("initial-response", ns::SASL2).text(first))
        .child(user_agent(who))
        .child(bind(who))
        .children(wish(who))
        .child(el("fast", ns::FAST));
    device.send(&authenticate.build())?;
    let answer = device.wait_for("success or failure", is_end)?;
    if answer.name() == "failure" {
        return Ok(Outcome::Refused(condition(&answer)));
    }
    let proof = child_text(&answer, "additional-data");
    if proof != STANDARD.encode(ht::responder(token, &[])) {
        return Err(Wrong::new("a server that knows the token, too", show(&answer)));
    }
    signed_in(device, &answer)
}

/// Opens the stream and signs in by RFC 6120: `auth`, a new stream, `bind`; then stream management, which is counted
/// from `<enabled/>` on.
pub fn classic(device: &mut Device, who: &SignIn<'_>) -> Result<Outcome, Wrong> {
    device.open_stream(who.domain)?;
    device.wait_for("stream features", |e| e.is("features", ns::STREAM))?;
    let mut scram = client_of(who)?;
    let first = STANDARD.encode(scram.first());
    device.send(&el("auth", ns::SASL).attr("mechanism", "SCRAM-SHA-256").text(first).build())?;
    let challenge = device.wait_for("a challenge", |e| e.has_ns(ns::SASL))?;
    if challenge.name() == "failure" {
        return Ok(Outcome::Refused(condition(&challenge)));
    }
    let response = STANDARD.encode(last(&mut scram, &challenge)?);
    device.send(&el("response", ns::SASL).text(response).build())?;
    let end = device.wait_for("success or failure", |e| e.has_ns(ns::SASL))?;
    if end.name() == "failure" {
        return Ok(Outcome::Refused(condition(&end)));
    }
    check(&scram, &end.text())?;
    device.open_stream(who.domain)?;
    device.wait_for("stream features", |e| e.is("features", ns::STREAM))?;
    let bind = el("bind", ns::BIND).child(el("resource", ns::BIND).text(who.device));
    let bound = device.ask("set", None, bind.build())?;
    let jid = bound.get_child("bind", ns::BIND).and_then(|bind| bind.get_child("jid", ns::BIND));
    let jid = jid.ok_or_else(|| Wrong::new("an address", show(&bound)))?;
    device.address = Some(jid.text());
    device.send(&el("enable", ns::SM).attr("resume", "true").build())?;
    let enabled = device.wait_for("<enabled/>", |e| e.has_ns(ns::SM) && e.name() != "r")?;
    device.managed = managed(&enabled);
    Ok(Outcome::In)
}

fn scram(device: &mut Device, who: &SignIn<'_>, authenticate: Build) -> Result<Outcome, Wrong> {
    let mut scram = client_of(who)?;
    let first = STANDARD.encode(scram.first());
    let authenticate = authenticate
        .attr("mechanism", "SCRAM-SHA-256")
        .child(el("initial-response", ns::SASL2).text(first));
    device.send(&authenticate.build())?;
    let is_ours = |e: &Element| e.has_ns(ns::SASL2);
    let challenge = device.wait_for("a challenge", is_ours)?;
    if challenge.name() == "failure" {
        return Ok(Outcome::Refused(condition(&challenge)));
    }
    let response = STANDARD.encode(last(&mut scram, &challenge)?);
    device.send(&el("response", ns::SASL2).text(response).build())?;
    let end = device.wait_for("success or failure", is_end)?;
    if end.name() == "failure" {
        return Ok(Outcome::Refused(condition(&end)));
    }
    check(&scram, &child_text(&end, "additional-data"))?;
    signed_in(device, &end)
}

/// What `<success/>` brings: a session that goes on, or a new one with its address; perhaps a token.
fn signed_in(device: &mut Device, success: &Element) -> Result<Outcome, Wrong> {
    if let Some(token) = success.children().find(|child| child.is("token", ns::FAST)) {
        device.token = attr(token, "token").map(str::to_owned);
    }
    if let Some(resumed) = success.get_child("resumed", ns::SM) {
        go_on(device, resumed)?;
        return Ok(Outcome::In);
    }
    let failed = success.get_child("failed", ns::SM).map(condition);
    let Some(bound) = success.get_child("bound", ns::BIND2) else {
        return Err(Wrong::new("<bound/> or <resumed/>", show(success)));
    };
    device.address = Some(child_text(success, "authorization-identifier"));
    device.managed = bound.get_child("enabled", ns::SM).and_then(managed);
    device.rooms = super::rooms::Rooms::default();
    Ok(failed.map_or(Outcome::In, Outcome::Anew))
}

/// The session goes on: what the server has not handled is sent again (XEP-0198 §5).
fn go_on(device: &mut Device, resumed: &Element) -> Result<(), Wrong> {
    let Some(mut managed) = device.managed.take() else {
        return Err(Wrong::new("a session to go on with", show(resumed)));
    };
    let handled = attr(resumed, "h").and_then(|h| h.parse().ok()).unwrap_or_default();
    managed.acknowledge(handled);
    let again: Vec<String> = managed.waiting.iter().cloned().collect();
    device.managed = Some(managed);
    for stanza in again {
        device.send_raw(&stanza)?;
    }
    Ok(())
}

fn managed(enabled: &Element) -> Option<Managed> {
    let id = attr(enabled, "id").unwrap_or_default().to_owned();
    enabled.is("enabled", ns::SM).then(|| Managed { id, ..Managed::default() })
}

fn user_agent(who: &SignIn<'_>) -> Element {
    // The same each time, and by its looks a UUID of version 8 (XEP-0388 §2.2, RFC 9562 §5.8).
    let digest = Sha256::digest(format!("{}/{}", who.localpart, who.device));
    let number =
        digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    let (high, low) = (number >> 64 & !0xf000 | 0x8000, number & (u128::MAX >> 66) | 1 << 63);
    let id = format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    );
    el("user-agent", ns::SASL2)
        .attr("id", id)
        .child(el("software", ns::SASL2).text("konvent-play"))
        .child(el("device", ns::SASL2).text(who.device))
        .build()
}

fn bind(who: &SignIn<'_>) -> Element {
    el("bind", ns::BIND2)
        .child(el("tag", ns::BIND2).text(who.device))
        .child(el("enable", ns::CARBONS))
        .child(el("enable", ns::SM).attr("resume", "true"))
        .build()
}

fn is_end(element: &Element) -> bool {
    element.has_ns(ns::SASL2) && matches!(element.name(), "success" | "failure")
}

/// The defined condition inside a failure: the first child that is not text.
pub fn condition(failure: &Element) -> String {
    let children = failure.children().find(|child| child.name() != "text");
    children.map_or_else(|| show(failure), |child| child.name().to_owned())
}

fn child_text(element: &Element, name: &str) -> String {
    element.children().find(|child| child.name() == name).map_or_else(String::new, Element::text)
}

fn decoded(text: &str) -> Result<Vec<u8>, Wrong> {
    STANDARD.decode(text.trim()).map_err(|_| Wrong::new("base64", text))
}

/// SCRAM without channel binding: a pipe has none. In a play nobody listens, so the nonce may be the same each time.
fn client_of(who: &SignIn<'_>) -> Result<ScramClient, Wrong> {
    // Printable ASCII (RFC 5802 §5.1), also for devices that are called otherwise.
    let nonce = format!("fyko+d2lbbFgONRv9qkxdawL{}", STANDARD.encode(who.device));
    let binding = ChannelBinding::default();
    ScramClient::new(Hash::Sha256, false, who.localpart, who.password, &nonce, &binding)
        .ok_or_else(|| Wrong::new("a password that SASLprep allows", who.password))
}

fn last(scram: &mut ScramClient, challenge: &Element) -> Result<String, Wrong> {
    let challenge = decoded(&challenge.text())?;
    scram.last(&challenge).map_err(|reason| Wrong::new("a challenge by RFC 5802", reason))
}

/// The server must know the password, too.
fn check(scram: &ScramClient, end: &str) -> Result<(), Wrong> {
    if scram.is_proven(&decoded(end)?) {
        Ok(())
    } else {
        Err(Wrong::new("the proof that the server knows the password", end))
    }
}
