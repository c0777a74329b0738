//! Uploads on the wire: the service describes itself, a place is asked for and promised (XEP-0363).

use std::borrow::Cow;

use konvent_core::config::Files;
use konvent_core::{Answer, Refusal};
use konvent_people::accounts::ServerKey;
use konvent_talk::{Session, ns};
use konvent_wire::form::{Field, Form};
use konvent_wire::xml::el;
use konvent_wire::{Condition, ErrorKind, Stanza, StanzaError};

use super::{
    ACCOUNT_FULL, BAD_REQUEST, File, NS, TOO_LARGE, TOO_MANY, UNIT_FULL, Wish, secret_to_put,
};

/// What the service is (XEP-0363 §3), with the largest size as XEP-0128 §3 has it.
pub fn service_info(iq: &Stanza, rules: &Files) -> Stanza {
    let identity = el("identity", ns::DISCO_INFO)
        .attr("category", "store")
        .attr("type", "file")
        .attr("name", "Dateien");
    let features = [ns::DISCO_INFO, NS].map(|var| el("feature", ns::DISCO_INFO).attr("var", var));
    let form =
        Form::new("result", NS).with(Field::new("max-file-size", rules.size_max.to_string()));
    let query =
        el("query", ns::DISCO_INFO).child(identity).children(features).child(form.element());
    iq.result(Some(&query.build()))
}

/// Nothing belongs to the service (XEP-0030 §4).
pub fn service_items(iq: &Stanza) -> Stanza {
    iq.result(Some(&el("query", ns::DISCO_ITEMS).build()))
}

/// Whether the iq asks for a place.
pub fn is_request(iq: &Stanza) -> bool {
    iq.is_kind("get") && iq.has("request", NS)
}

/// Reads what is wanted (XEP-0363 §4).
///
/// # Errors
/// [`BAD_REQUEST`].
pub fn wish(iq: &Stanza, asker: &Session) -> Answer<Wish> {
    let request = iq.child("request", NS).ok_or(BAD_REQUEST)?;
    let name = request.attr("filename").ok_or(BAD_REQUEST)?;
    let size = request.attr("size").and_then(|size| size.parse().ok()).ok_or(BAD_REQUEST)?;
    Ok(Wish {
        account: asker.account,
        person: asker.person,
        name: name.into_owned(),
        size,
        media_type: request.attr("content-type").map(Cow::into_owned),
        room: None,
        is_resumable: false,
    })
}

/// The promise (XEP-0363 §4): one address for both, and the secret for putting in a header.
pub fn slot(iq: &Stanza, file: &File, base: &str, house: &ServerKey) -> Stanza {
    let url = format!("{base}{}", file.path());
    let secret = format!("Bearer {}", secret_to_put(house, &file.key));
    let put = el("put", NS)
        .attr("url", &url)
        .child(el("header", NS).attr("name", "Authorization").text(secret));
    let slot = el("slot", NS).child(put).child(el("get", NS).attr("url", &url));
    iq.result(Some(&slot.build()))
}

/// The errors that XEP-0363 §6 names.
pub fn error(refusal: &Refusal, rules: &Files) -> Option<StanzaError> {
    if *refusal == TOO_LARGE {
        let max = el("max-file-size", NS).text(rules.size_max.to_string());
        let app = el("file-too-large", NS).child(max).build();
        let error = StanzaError::new(ErrorKind::Modify, Condition::NotAcceptable);
        return Some(error.with_text("The file is too large.").with_app(app));
    }
    let text = match refusal {
        r if *r == ACCOUNT_FULL => "Your files have reached their bound; strike old ones.",
        r if *r == UNIT_FULL => "The files of your unit have reached their bound.",
        r if *r == TOO_MANY => "Too many uploads at once; finish some first.",
        _ => return None,
    };
    let error = StanzaError::new(ErrorKind::Wait, Condition::ResourceConstraint);
    Some(error.with_text(text))
}
