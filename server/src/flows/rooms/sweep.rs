//! Rooms end when everybody has left and they were not made to stay (XEP-0045 §3: temporary rooms; §10.1.3: rooms that were
//! never finished).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use konvent_core::{Answer, Millis};
use konvent_talk::rooms::free;

use crate::house::House;

/// After a start, those who were inside have so long to come back before a passing room ends.
const RETURN_SECS: i64 = 600;

/// Ends the rooms that have just been left.
pub async fn end_emptied(house: &Arc<House>) {
    let emptied = house.hall().occupants.take_emptied();
    for (room, visit) in emptied {
        let ended = house.db().write(move |tx| free::end_if_left(tx, room, visit)).await;
        if let Err(refusal) = ended {
            tracing::error!(target: "rooms", cause = refusal.chain(), "a room that was left could not be ended");
        }
    }
}

/// When the house began, and whether it has looked for rooms that nobody came back to.
#[derive(Debug)]
pub struct Start {
    at: Millis,
    is_swept: AtomicBool,
}

impl Start {
    /// The house begins now.
    pub const fn at(at: Millis) -> Self {
        Self { at, is_swept: AtomicBool::new(false) }
    }

    /// Time has passed: what was left is ended, and once what a restart left behind.
    pub async fn tick(&self, house: &Arc<House>, now: Millis) -> Answer<()> {
        end_emptied(house).await;
        if now < self.at.plus_secs(RETURN_SECS) || self.is_swept.load(Ordering::Relaxed) {
            return Ok(());
        }
        for (room, visit) in house.db().read(free::passing).await? {
            if house.hall().occupants.count(room) == 0 {
                house.db().write(move |tx| free::end_if_left(tx, room, visit)).await?;
            }
        }
        self.is_swept.store(true, Ordering::Relaxed); // what fails is tried again at the next tick
        Ok(())
    }
}
