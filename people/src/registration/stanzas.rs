//! Registration on the wire (XEP-0077 §3, XEP-0445 §4): which of the few requests an iq is, and the form that is shown.

use konvent_core::Answer;
use konvent_wire::Stanza;
use konvent_wire::form::Form;
use konvent_wire::minidom::Element;
use konvent_wire::xml::el;

use super::{BAD_REQUEST, INCOMPLETE};

/// In-band registration (XEP-0077).
pub const NS: &str = "jabber:iq:register";
/// Its stream feature (XEP-0077 §8).
pub const FEATURE: &str = "http://jabber.org/features/iq-register";
/// The stream feature of registration by invitation (XEP-0445 §3).
pub const INVITED_FEATURE: &str = "urn:xmpp:ibr-token:0";
/// A token that was given before (XEP-0379 §3.3, XEP-0445 §4).
const PREAUTH: &str = "urn:xmpp:pars:0";

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// What must be filled in?
    Form,
    /// Register, or change the password of the account that is signed in.
    Fill {
        /// As typed.
        username: String,
        /// As typed.
        password: String,
    },
    /// Cancel the account that is signed in.
    Remove,
}

/// Reads the request; `None` when the iq is about something else.
///
/// # Errors
/// [`BAD_REQUEST`], [`INCOMPLETE`].
pub fn request(iq: &Stanza) -> Answer<Option<Request>> {
    let Some(query) = iq.payload().filter(|query| query.is("query", NS)) else { return Ok(None) };
    if iq.is_kind("get") {
        return Ok(Some(Request::Form));
    }
    if !iq.is_kind("set") {
        return Err(BAD_REQUEST);
    }
    if query.has_child("remove", NS) {
        // XEP-0077 §3.2: nothing may stand beside it.
        let is_alone = query.children().count() == 1;
        return if is_alone { Ok(Some(Request::Remove)) } else { Err(BAD_REQUEST) };
    }
    let form = Form::of(&query);
    let said = |name: &'static str| {
        let plain = query.get_child(name, NS).map(Element::text);
        plain.or_else(|| form.as_ref().and_then(|form| form.value(name).map(str::to_owned)))
    };
    let (username, password) = (said("username"), said("password"));
    // XEP-0077 §3.1.1: what was asked for must be there.
    let (username, password) = username.zip(password).ok_or(INCOMPLETE)?;
    if username.is_empty() || password.is_empty() {
        return Err(INCOMPLETE);
    }
    Ok(Some(Request::Fill { username, password }))
}

/// What must be filled in (XEP-0077 §3.1). `kept` is the name that an invitation keeps.
pub fn form(iq: &Stanza, kept: Option<&str>) -> Stanza {
    let query = el("query", NS)
        .child(el("instructions", NS).text("Choose a name and a password for your account."))
        .child(el("username", NS).text(kept.unwrap_or_default()))
        .child(el("password", NS));
    iq.result(Some(&query.build()))
}

/// To somebody who has an account: its name (XEP-0077 §3.1).
pub fn registered(iq: &Stanza, localpart: &str) -> Stanza {
    let query = el("query", NS)
        .child(el("registered", NS))
        .child(el("username", NS).text(localpart))
        .child(el("password", NS));
    iq.result(Some(&query.build()))
}

/// Whether an iq shows an invitation (XEP-0445 §4).
pub fn is_preauth(iq: &Stanza) -> bool {
    iq.is_kind("set") && iq.has("preauth", PREAUTH)
}

/// The token that a stanza carries (XEP-0379 §3.3, XEP-0445 §4).
pub fn preauth_token(stanza: &Stanza) -> Option<String> {
    stanza.child("preauth", PREAUTH)?.attr("token").map(std::borrow::Cow::into_owned)
}
