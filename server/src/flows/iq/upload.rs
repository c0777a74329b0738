//! What is asked of the upload service (XEP-0363).

use std::sync::Arc;

use konvent_core::Answer;
use konvent_files::upload::stanzas;
use konvent_talk::disco::{self, Question};
use konvent_talk::ping;
use konvent_wire::Stanza;

use super::NOT_OFFERED;
use crate::flows::upload;
use crate::hall::Seat;
use crate::house::House;

/// Answers for the upload service: what it is, and where a file may go.
pub(super) async fn answer(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let rules = &house.config().files;
    if stanzas::is_request(iq) {
        let promised = match stanzas::wish(iq, &seat.session) {
            Ok(wish) => upload::promise(house, wish).await,
            Err(refusal) => Err(refusal),
        };
        let reply = match promised {
            Ok(file) => stanzas::slot(iq, &file, &house.public_url(), house.key()),
            Err(refusal) => match stanzas::error(&refusal, rules) {
                Some(error) => iq.error_reply(&error),
                None => return Err(refusal),
            },
        };
        seat.answer(reply);
        return Ok(());
    }
    let reply = match disco::question(iq)? {
        Some(Question::Info) => stanzas::service_info(iq, rules),
        Some(Question::Items) => stanzas::service_items(iq),
        None => ping::answer(iq, house.clock().now()).ok_or(NOT_OFFERED)?,
    };
    seat.answer(reply);
    Ok(())
}
