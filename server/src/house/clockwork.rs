//! What time brings to a house, looked at once a second: what every node does for itself, and what the leading one does for all.

use std::sync::{Arc, PoisonError};

use konvent_core::{Answer, Millis};

use super::House;
use crate::flows;

/// How much of the past the next leading node looks at again when the one before goes, in seconds.
const OVERLAP_SECS: i64 = 60;

impl House {
    /// What time brings: sessions that waited too long end; offices that began or ended take effect.
    pub async fn tick(self: &Arc<Self>) {
        let now = self.clock.now();
        self.pusher.ring();
        self.give_up_absent(now).await;
        let tidied = flows::upload::tidy_up(self, now).await;
        note(tidied, "pieces of files could not be cleared away");
        if self.leads() {
            self.tick_for_all(now).await;
        } else {
            // The leading node does it for all. Should it go, this one looks at a little of the past again.
            self.hall().occupants.take_emptied();
            self.looked_after_until(Millis(now.0 - OVERLAP_SECS * 1_000));
        }
    }

    async fn tick_for_all(self: &Arc<Self>, now: Millis) {
        self.abroad.take_up(self).await;
        note(self.started.tick(self, now).await, "rooms that were left could not be ended");
        let since = self.looked_after_until(now);
        let offices = flows::member::time_passes(self, since, now).await;
        if offices.is_err() {
            self.looked_after_until(since); // tried again at the next tick
        }
        note(offices, "the end of an office could not be looked after");
        if let Some(acme) = &self.acme {
            acme.time_passes(self, now);
        }
        let left = flows::retention::time_passes(self, now).await;
        note(left, "what former members left behind could not be erased");
        let lapsed = flows::upload::time_passes(self, now).await;
        note(lapsed, "files that lapsed could not be looked after");
    }

    /// Until when time has been looked after from now on; until when it was before.
    fn looked_after_until(&self, until: Millis) -> Millis {
        let mut ticked = self.ticked.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *ticked, until)
    }
}

fn note(done: Answer<()>, sentence: &str) {
    if let Err(refusal) = done {
        tracing::error!(target: "house", cause = refusal.chain(), "{sentence}");
    }
}
