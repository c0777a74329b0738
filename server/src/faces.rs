//! The faces of a refusal: XMPP condition, HTTP status, log level. The one place where kinds are mapped.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use konvent_core::{Kind, Refusal};
use konvent_wire::{Condition, Element, ErrorKind, Stanza, StanzaError};

use crate::words::{self, Language};

/// The namespace of our own codes inside a stanza error (RFC 6120 §8.3.4).
const CODES: &str = "urn:konvent:refusal:0";

/// The kinds of refusals, as they are called in figures.
const KINDS: [(Kind, &str); 6] = [
    (Kind::BadRequest, "bad_request"),
    (Kind::NotAllowed, "not_allowed"),
    (Kind::NotFound, "not_found"),
    (Kind::Conflict, "conflict"),
    (Kind::NotNow, "not_now"),
    (Kind::Broken, "broken"),
];

/// What this process has refused, by kind: here all refusals pass, whatever house they are of.
static REFUSED: [AtomicU64; KINDS.len()] = [const { AtomicU64::new(0) }; KINDS.len()];

/// How many requests were refused since the process began, by kind.
pub fn counts() -> impl Iterator<Item = (&'static str, u64)> {
    KINDS.iter().zip(&REFUSED).map(|((_, name), count)| (*name, count.load(Ordering::Relaxed)))
}

/// The refusal as an XMPP client sees it: the condition that a standard names for it, else that of its kind; in words of the
/// language, where there are any for people, and with its code for programs.
pub fn stanza_error(refusal: &Refusal, language: Language) -> StanzaError {
    log(refusal);
    let error = condition(refusal);
    match words::of(refusal.code, language) {
        Some(sentence) => error.said(sentence, language.tag()),
        None => error,
    }
}

/// The answer to a stanza that is refused, in the language of whoever sent it.
pub fn refused(stanza: &Stanza, refusal: &Refusal) -> Stanza {
    stanza.error_reply(&stanza_error(refusal, Language::of(stanza.lang.as_deref())))
}

fn condition(refusal: &Refusal) -> StanzaError {
    let code = Element::builder("refused", CODES).append(refusal.code).build();
    if let Some(named) = named_by_a_standard(refusal.code) {
        return if named.app.is_some() { named } else { named.with_app(code) };
    }
    let (kind, condition) = match refusal.kind {
        Kind::BadRequest => (ErrorKind::Modify, Condition::BadRequest),
        Kind::NotAllowed => (ErrorKind::Auth, Condition::Forbidden),
        Kind::NotFound => (ErrorKind::Cancel, Condition::ItemNotFound),
        Kind::Conflict => (ErrorKind::Cancel, Condition::Conflict),
        Kind::NotNow => (ErrorKind::Wait, Condition::ResourceConstraint),
        Kind::Broken => (ErrorKind::Wait, Condition::InternalServerError),
    };
    StanzaError::new(kind, condition).with_text(refusal.code).with_app(code)
}

fn named_by_a_standard(code: &str) -> Option<StanzaError> {
    match code {
        // RFC 6120 §8.4: a question that nobody here answers.
        "iq.not-offered" => {
            Some(StanzaError::new(ErrorKind::Cancel, Condition::ServiceUnavailable))
        }
        // RFC 6120 §10.4: no way to that server.
        "house.not-federated" => {
            Some(StanzaError::new(ErrorKind::Cancel, Condition::RemoteServerNotFound))
        }
        // XEP-0133 §5, XEP-0077 §3.3: nobody may, whoever asks.
        "accounts.directory-owns-it" => {
            let error = StanzaError::new(ErrorKind::Cancel, Condition::NotAllowed);
            Some(error.with_text("The directory decides about this account."))
        }
        code => konvent_talk::conditions::of_code(code),
    }
}

/// The HTTP status of a refusal.
pub fn status(refusal: &Refusal) -> StatusCode {
    match refusal.kind {
        // The request is understood and only lacks something: the client asks the person for it.
        Kind::BadRequest if refusal.code.ends_with("-needed") => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::BadRequest if refusal.code == "upload.too-large" => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::BadRequest if refusal.code == "upload.wrong-size" => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::BadRequest if refusal.code == "upload.too-slow" => StatusCode::REQUEST_TIMEOUT,
        Kind::BadRequest => StatusCode::BAD_REQUEST,
        Kind::NotAllowed if refusal.code == "accounts.signed-out" => StatusCode::UNAUTHORIZED,
        Kind::NotAllowed => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::NotNow => StatusCode::TOO_MANY_REQUESTS,
        Kind::Broken => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A refusal on its way out by HTTP (RFC 9457).
#[derive(Debug)]
pub struct Problem(pub Refusal);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        log(&self.0);
        let status = status(&self.0);
        let body = serde_json::json!({
            "type": "about:blank",
            "status": status.as_u16(),
            "title": status.canonical_reason(),
            "code": self.0.code,
        });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("900"));
        }
        response
    }
}

/// Our own faults are logged once, here, with everything that led to them. A refusal is no fault.
fn log(refusal: &Refusal) {
    if let Some(count) =
        KINDS.iter().position(|(kind, _)| *kind == refusal.kind).and_then(|at| REFUSED.get(at))
    {
        count.fetch_add(1, Ordering::Relaxed);
    }
    if refusal.kind == Kind::Broken {
        tracing::error!(
            code = refusal.code,
            cause = refusal.chain(),
            "a request failed by our own fault"
        );
    } else {
        tracing::debug!(code = refusal.code, "refused");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_code_on_every_wire() {
        let refusal = Refusal::new(Kind::NotFound, "rooms.no-such-room");
        let error = stanza_error(&refusal, Language::German);
        assert_eq!(error.condition, Condition::ItemNotFound);
        assert_eq!(
            (error.lang, error.text.is_some_and(|text| text.contains("Adresse"))),
            ("de", true)
        );
        assert_eq!(error.app.map(|app| app.text()).as_deref(), Some("rooms.no-such-room"));
        assert_eq!(status(&refusal), StatusCode::NOT_FOUND);
    }

    #[test]
    fn whoever_speaks_another_language_is_answered_in_english() {
        let said = Stanza::parse(b"<iq type='get' id='1' xml:lang='fr'/>").unwrap();
        let refusal = Refusal::new(Kind::NotAllowed, "commands.of-an-admin");
        let error = refused(&said, &refusal).error().unwrap();
        assert!(error.text.unwrap().contains("technical administration"));
    }
}
