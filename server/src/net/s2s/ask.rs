//! Asking the server of a domain whether a key is its own (XEP-0220 §2.1.2): always on a connection of its own, to the
//! address that the DNS or the settings name, never on the stream whose claim is in question.

use std::sync::Arc;
use std::time::Duration;

use konvent_wire::Condition;
use konvent_wire::s2s::{Claim, Errand, Verdict};
use tokio::sync::mpsc::UnboundedSender;

use super::visit::{Visit, visit};
use crate::house::House;

/// How long the question may take altogether, in seconds.
const ASK_SECS: u64 = 30;

/// Asks in the background; the stream goes on meanwhile and hears the verdict.
pub(super) fn spawn(house: &Arc<House>, claim: Claim, answer: UnboundedSender<(Claim, Verdict)>) {
    let house = Arc::clone(house);
    tokio::spawn(async move {
        let errand = Errand::Ask(claim.clone());
        let asked = tokio::time::timeout(
            Duration::from_secs(ASK_SECS),
            Box::pin(visit(&house, &errand, None)),
        );
        let verdict = match asked.await {
            Ok(Visit::Answered(verdict)) => verdict,
            Ok(Visit::Nowhere) => Verdict::Unknown(Condition::RemoteServerNotFound),
            Ok(_) | Err(_) => Verdict::Unknown(Condition::RemoteServerTimeout),
        };
        tracing::info!(target: "federation", domain = claim.from, ?verdict, "asked a server for its key");
        let _ = answer.send((claim, verdict)); // the stream may be gone
    });
}
