//! The page behind an invitation (XEP-0401 §5.2): who invites, until when, the link that opens an XMPP program, and a picture of
//! the page's own address for the phone beside the computer.
//!
//! The link is in the address of the page, so the page is neither cached nor told to others as a referrer.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use konvent_core::Answer;
use konvent_people::{accounts, invitations};

use super::markup::{escaped, qr_code};
use crate::faces::Problem;
use crate::flows::commands::uri;
use crate::house::House;

/// `GET /einladung/TOKEN`
pub(super) async fn page(
    State(house): State<Arc<House>>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let (asked, key, now) = (token.clone(), house.key().clone(), house.clock().now());
    let found = house
        .db()
        .read(move |reader| {
            let found = match invitations::by_token(reader, &key, &asked, now) {
                Ok(found) => found,
                Err(refusal) if refusal == invitations::UNKNOWN => return Answer::Ok(None),
                Err(refusal) => return Err(refusal),
            };
            let inviter = match found.inviter {
                Some(inviter) => accounts::get(reader, inviter)?,
                None => None,
            };
            Ok(Some((found, inviter.filter(|inviter| !inviter.is_closed))))
        })
        .await?;
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    let organisation =
        house.config().organisation.clone().unwrap_or_else(|| house.domain().name.clone());
    let Some((found, inviter)) = found else {
        let text = "<p>Diese Einladung gibt es nicht, sie wurde schon benutzt, oder sie ist abgelaufen. \
                    Bitten Sie um eine neue.</p>";
        return Ok(
            (StatusCode::NOT_FOUND, headers, Html(whole(&organisation, text))).into_response()
        );
    };
    let domain = &house.domain().name;
    let address = inviter.as_ref().map(|inviter| format!("{}@{domain}", inviter.localpart));
    let link = uri(domain, address.as_deref(), &found, &token, found.makes_contact);
    let greeting = match inviter {
        Some(inviter) => {
            let (name, organisation) = (escaped(&inviter.name), escaped(&organisation));
            format!("<strong>{name}</strong> lädt Sie ein, über {organisation} zu schreiben.")
        }
        None => "Sie sind eingeladen mitzuschreiben.".to_owned(),
    };
    let until = found.expires_at.day_in(&house.config().zone()).strftime("%d.%m.%Y");
    let text = format!(
        "<p>{greeting}</p>\
         <p><a class=\"accept\" href=\"{}\">Einladung annehmen</a></p>\
         <p>Öffnet sich nichts? Dann fehlt noch ein XMPP-Programm, zum Beispiel Conversations (Android), Monal (iPhone), \
         Dino oder Gajim (Rechner). Danach diese Seite noch einmal öffnen.</p>\
         <figure><figcaption>Lieber am Telefon? Fotografieren Sie das Bild mit der Kamera Ihres Telefons.</figcaption>{}</figure>\
         <p>Die Einladung gilt bis {until} und nur einmal.</p>",
        escaped(&link),
        qr_code(&format!("{}/einladung/{token}", house.public_url())),
    );
    let mut page = (headers, Html(whole(&organisation, &text))).into_response();
    // Programs that scan the page's address, Conversations for one, ask it for the link behind it (RFC 8288).
    if let Ok(link) = HeaderValue::from_str(&format!("<{link}>; rel=\"alternate\"")) {
        page.headers_mut().insert(header::LINK, link);
    }
    Ok(page)
}

fn whole(organisation: &str, text: &str) -> String {
    format!(
        "<!doctype html><html lang=\"de\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Einladung</title>\
         <link rel=\"stylesheet\" href=\"/invitation.css\"></head>\
         <body><main><h1>Einladung: {}</h1>{text}</main></body></html>",
        escaped(organisation)
    )
}

/// `GET /invitation.css`
pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("invitation.css"))
}
