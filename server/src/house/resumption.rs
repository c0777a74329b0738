//! Sessions whose clients may come back (XEP-0198 §5): kept while no connection holds them, handed over when one asks. What is
//! kept here is that of a house of one process; among several nodes see [`super::nodes::wandering`].

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use konvent_core::{AccountId, Answer, Millis, Reader};
use konvent_people::accounts;
use konvent_wire::sm::Sm;

use super::{House, SIGNED_OUT};
use crate::hall::{Seat, SignedInBy};
use crate::mailbox::Ending;

/// How long a session waits for its client to come back, in seconds.
pub const RESUME_SECS: u32 = 600;

/// How long a resuming client waits until its old connection has let go, in seconds.
pub(super) const HAND_OVER_SECS: u64 = 10;

/// A session that its client may resume.
pub(super) struct Resumable {
    seat: Arc<Seat>,
    /// Its stream management and since when, while no connection holds the session.
    parked: Option<(Sm, Millis)>,
}

/// What becomes of the wish to resume a session.
#[derive(Debug)]
pub enum Resumed {
    /// It goes on here.
    Yes(Arc<Seat>, Box<Sm>),
    /// The client says that it has more than it was sent (XEP-0198 §6).
    TooHigh(Box<Sm>),
    /// There is no such session of this account (any more). If it is known: how many of the client's stanzas it has handled.
    No(Option<u32>),
}

/// How a session stands that somebody wants to resume.
enum Kept {
    /// No connection holds it.
    Parked(Arc<Seat>, Sm),
    /// A connection holds it still, perhaps one that is dead without knowing.
    Connected(Arc<Seat>),
}

impl House {
    fn resumable(&self) -> MutexGuard<'_, HashMap<Arc<str>, Resumable>> {
        self.resumable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the client may resume this session under this name.
    pub fn may_resume(&self, seat: &Arc<Seat>, id: &Arc<str>) {
        if self.is_one_of_several() {
            return; // all nodes know it by this name since its management began
        }
        self.resumable()
            .entry(Arc::clone(id))
            .or_insert_with(|| Resumable { seat: Arc::clone(seat), parked: None });
    }

    /// The connection of a session is gone; the session waits for its client.
    pub async fn park(self: &Arc<Self>, seat: &Arc<Seat>, sm: Sm) {
        if self.is_one_of_several() {
            return self.let_session_go(seat, &sm).await;
        }
        let id = Arc::clone(&sm.id);
        seat.set_away(true);
        let parked = Some((sm, self.clock.now()));
        self.resumable().insert(id, Resumable { seat: Arc::clone(seat), parked });
        self.let_go.notify_waiters();
    }

    /// A client comes back for its session, of which it has `h` stanzas, signed in by the same means as before or by others.
    pub async fn resume(
        self: &Arc<Self>,
        localpart: &str,
        previd: &str,
        h: u32,
        by: SignedInBy,
    ) -> Resumed {
        let resumed = if self.is_one_of_several() {
            Box::pin(self.resume_anywhere(localpart, previd, h, by)).await
        } else if let Some((seat, sm)) = self.resume_here(localpart, previd).await {
            seat.comes_back_by(by);
            Resumed::Yes(seat, Box::new(sm))
        } else {
            Resumed::No(None)
        };
        // Looked at again now that the session is known to have come in by this, as when it began.
        if let Resumed::Yes(seat, _) = &resumed {
            let account = seat.session.account;
            if let Err(refusal) =
                self.db.glance(move |reader| is_still_let_in(reader, account, by)).await
            {
                tracing::info!(target: "house", code = refusal.code, "a session was not resumed");
                self.leave(seat);
                return Resumed::No(None);
            }
        }
        resumed
    }

    async fn resume_here(
        self: &Arc<Self>,
        localpart: &str,
        previd: &str,
    ) -> Option<(Arc<Seat>, Sm)> {
        let mut asked_to_let_go = false;
        let deadline = tokio::time::Instant::now() + Duration::from_secs(HAND_OVER_SECS);
        loop {
            let let_go = self.let_go.notified();
            tokio::pin!(let_go);
            let_go.as_mut().enable();
            match self.take_parked(localpart, previd)? {
                Kept::Parked(seat, sm) if !seat.mailbox.is_over() => {
                    seat.set_away(false);
                    seat.mailbox.forget_hand_over(); // another connection of this client may have asked, too
                    return Some((seat, sm));
                }
                Kept::Parked(seat, _) => {
                    self.leave(&seat);
                    return None;
                }
                Kept::Connected(seat) if !asked_to_let_go => {
                    seat.mailbox.end(Ending::HandOver);
                    asked_to_let_go = true;
                }
                Kept::Connected(_) => {}
            }
            tokio::time::timeout_at(deadline, let_go).await.ok()?;
        }
    }

    /// A session of this account by its name, taken out if no connection holds it.
    fn take_parked(&self, localpart: &str, previd: &str) -> Option<Kept> {
        let mut resumable = self.resumable();
        let found = resumable.get_mut(previd)?;
        // TRUST 3.1: a session belongs to the account that made it, whoever knows its name.
        if found.seat.jid.node().is_none_or(|node| node.as_str() != localpart) {
            return None;
        }
        let seat = Arc::clone(&found.seat);
        Some(match found.parked.take() {
            Some((sm, _)) => Kept::Parked(seat, sm),
            None => Kept::Connected(seat),
        })
    }

    /// A session that is over cannot be resumed. Its stream management comes back, if no connection holds it.
    pub(super) fn forget_resumption(&self, seat: &Arc<Seat>) -> Option<Sm> {
        let mut parked = None;
        self.resumable().retain(|_, kept| {
            let is_another = !Arc::ptr_eq(&kept.seat, seat);
            if !is_another {
                parked = kept.parked.take().map(|(sm, _)| sm);
            }
            is_another
        });
        parked
    }

    /// Sessions whose clients have been away too long are over.
    pub(super) async fn give_up_absent(self: &Arc<Self>, now: Millis) {
        if self.is_one_of_several() {
            if self.leads() {
                self.give_up_alone(now).await;
            }
            return;
        }
        let too_long = Millis(now.0 - i64::from(RESUME_SECS) * 1000);
        let given_up: Vec<Arc<Seat>> = self
            .resumable()
            .values()
            .filter(|kept| kept.parked.as_ref().is_some_and(|(_, since)| *since <= too_long))
            .map(|kept| Arc::clone(&kept.seat))
            .collect();
        for seat in given_up {
            self.leave(&seat);
        }
    }
}

/// Whether an account is still open and may still be entered by this.
///
/// # Errors
/// [`SIGNED_OUT`]
pub(super) fn is_still_let_in(
    reader: &mut Reader<'_>,
    account: AccountId,
    by: SignedInBy,
) -> Answer<()> {
    let (device, password) = match by {
        SignedInBy::Device(id) => (Some(id), None),
        SignedInBy::AppPassword(id) => (None, Some(id)),
    };
    let is_valid = accounts::is_still_valid(reader, account, device, password)?;
    is_valid.then_some(()).ok_or(SIGNED_OUT)
}
