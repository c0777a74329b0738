//! Whoever looks after a route: goes to the other server as long as there is something to bring, tries again when nobody
//! is there, less and less often, and gives letters back that have waited too long (RFC 6120 §10.4.3).

use std::sync::Arc;
use std::time::Duration;

use konvent_wire::errors::SaslCondition;
use konvent_wire::s2s::{Closed, Errand, Failure};
use konvent_wire::{Condition, ErrorKind, StanzaError, StreamCondition};
use tokio::time::Instant;

use super::route::Route;
use super::visit::{Visit, visit};
use crate::house::House;

/// The first pause after a failure, in milliseconds; each further one is twice as long (RFC 6120 §3.3).
const FIRST_PAUSE_MS: u64 = 1_000;

/// The longest pause, in seconds: a server that comes back is found within this time.
const LONGEST_PAUSE_SECS: u64 = 120;

/// A stream that held shorter than this, in seconds, is no success: a server that lets us in and shows us out again is not
/// to be visited a thousand times a second.
const HELD_SECS: u64 = 5;

/// How often a waiting courier looks whether something is to be given back, in milliseconds.
const LOOK_EVERY_MS: u64 = 500;

/// Sends a courier. From within the runtime only.
pub(super) fn send(house: &Arc<House>, route: Arc<Route>) {
    let house = Arc::clone(house);
    tokio::spawn(async move { look_after(&house, &route).await });
}

async fn look_after(house: &Arc<House>, route: &Arc<Route>) {
    let errand = Errand::Talk { from: route.local.clone(), to: route.remote.clone() };
    let mut failures = 0_u32;
    while !route.retire() && !house.abroad().is_ending() {
        let began = Instant::now();
        match Box::pin(visit(house, &errand, Some(route))).await {
            Visit::Done if began.elapsed() > Duration::from_secs(HELD_SECS) => failures = 0,
            Visit::Answered(_) => {}
            Visit::Nowhere => {
                failures = 0;
                let all = route.take_out(|_| true);
                house.abroad().give_back(all, Condition::RemoteServerNotFound);
            }
            Visit::Failed(why) if is_final(why) => {
                failures = 0;
                let all = route.take_out(|_| true);
                house.abroad().give_back_as(all, refusal(why));
            }
            Visit::Done | Visit::Failed(_) => {
                failures = failures.saturating_add(1);
                pause(house, route, failures).await;
            }
        }
    }
}

/// Whether trying again will not help: the other server is there and does not want us, or is not the one we want.
fn is_final(why: Option<Failure>) -> bool {
    match why {
        Some(Failure::Ended(Closed::PeerError(condition))) => matches!(
            condition,
            Some(
                StreamCondition::HostUnknown
                    | StreamCondition::PolicyViolation
                    | StreamCondition::NotAuthorized
            )
        ),
        Some(Failure::Key(Some(condition))) => {
            matches!(
                condition,
                Condition::NotAuthorized | Condition::PolicyViolation | Condition::ItemNotFound
            )
        }
        Some(Failure::Ended(_) | Failure::Refused(SaslCondition::TemporaryAuthFailure)) | None => {
            false
        }
        Some(_) => true,
    }
}

/// What senders hear of a failure that lasts (RFC 6120 §10.4.3, §8.3.3.17: it is there, but no stream comes about; XEP-0220
/// §2.1.1: somebody lies about our key).
fn refusal(why: Option<Failure>) -> StanzaError {
    let condition = match why {
        Some(Failure::Key(None)) => Condition::InternalServerError,
        _ => Condition::RemoteServerTimeout,
    };
    StanzaError::new(ErrorKind::Cancel, condition)
}

/// Waits, and meanwhile gives back what makes no sense later.
async fn pause(house: &Arc<House>, route: &Arc<Route>, failures: u32) {
    let doubled = FIRST_PAUSE_MS.saturating_mul(1 << failures.min(20).saturating_sub(1));
    let longest = LONGEST_PAUSE_SECS * 1_000;
    // Not all at the same moment when a large server comes back.
    let spread = house.random().below(doubled.min(longest) / 4 + 1);
    let until = Instant::now() + Duration::from_millis(doubled.min(longest) + spread);
    while Instant::now() < until && !route.is_carried() && !house.abroad().is_ending() {
        // A question has its own patience, and a presence of then is not one of now.
        let useless = route.take_out(|letter| letter.row.is_none());
        house.abroad().give_back(useless, Condition::RemoteServerTimeout);
        give_back_old(house, route);
        if !route.has_waiting() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(LOOK_EVERY_MS)).await;
    }
}

fn give_back_old(house: &Arc<House>, route: &Arc<Route>) {
    let now = house.clock().now();
    let patience = i64::from(house.abroad().federation.patience_secs);
    let old = route.take_out(|letter| letter.since.plus_secs(patience) <= now);
    house.abroad().give_back(old, Condition::RemoteServerTimeout);
}
