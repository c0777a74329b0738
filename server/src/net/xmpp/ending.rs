//! What becomes of a session when its connection ends: over, or kept for the client to come back (XEP-0198 §5).

use std::time::Duration;

use konvent_wire::sm::Sm;

use super::Conversation;
use crate::flows;

/// How long the end of a connection waits for stanzas that are on their way to disk, in seconds.
const SETTLE_SECS: u64 = 20;

impl Conversation {
    /// After the last byte: keeps the session for resumption or ends it.
    pub(super) async fn end(mut self) {
        let Some(seat) = self.seat.clone() else { return };
        // What is under way settles first: otherwise the client would send it again (XEP-0198 §5).
        let settled = tokio::time::timeout(Duration::from_secs(SETTLE_SECS), async {
            loop {
                self.take_mail(&seat);
                self.give_to_flows().await;
                if self.in_flight == 0 && self.waiting.is_empty() {
                    return;
                }
                seat.mailbox.await_settled(Some(1));
                seat.mailbox.rung().await;
            }
        })
        .await;
        if settled.is_ok() && !self.is_final {
            self.stream.handled(u32::MAX); // with the session the others take over the count
        }
        let sm = self.stream.take_sm();
        flows::offline::goes(&self.house, &seat, sm.as_ref()).await;
        match sm {
            // A session whose count is not settled could acknowledge what is not on disk: better none.
            Some(sm) if sm.may_resume && !self.is_final && settled.is_ok() => {
                let words = flows::push::words(sm.unacked());
                self.house.park(&seat, sm).await;
                flows::push::missed(&self.house, seat.session.account, words).await;
            }
            sm => {
                self.house.leave(&seat);
                self.house.answer_for(sm.iter().flat_map(Sm::unacked));
            }
        }
    }
}
