//! How a story is told to its end: the transaction, the commit, then the delivery of what it returns.

use std::sync::Arc;

use konvent_core::{Answer, Outbox, Tx};

use super::House;
use crate::flows;

impl House {
    /// Runs a story to its end: the transaction, the commit, then the delivery of what it returns.
    ///
    /// Outboxes are posted in the order of the commits, so all devices and all occupants see the same order.
    pub async fn tell(
        self: &Arc<Self>,
        story: impl Fn(&Self, &mut Tx<'_>) -> Answer<Outbox> + Send + 'static,
        then: impl FnOnce(&Self, Answer<()>) + Send + 'static,
    ) {
        self.tell_with(story, |_, _| {}, then).await;
    }

    /// As [`Self::tell`], where something is decided along with it: `after` tells the other nodes of that, in the order in which
    /// it happens here.
    pub async fn tell_with(
        self: &Arc<Self>,
        story: impl Fn(&Self, &mut Tx<'_>) -> Answer<Outbox> + Send + 'static,
        after: impl Fn(&Self, &mut Tx<'_>) + Send + 'static,
        then: impl FnOnce(&Self, Answer<()>) + Send + 'static,
    ) {
        let (told, posting) = (Arc::clone(self), Arc::clone(self));
        self.db
            .submit_repeatable(
                move |tx| {
                    let mut out = story(&told, tx)?;
                    flows::abroad::keep(&told, tx, &mut out)?;
                    told.share_posts(tx, &out);
                    after(&told, tx);
                    Ok(out)
                },
                move |answer| {
                    let answer = answer.map(|outbox| posting.deliver(outbox));
                    posting.pusher.committed();
                    then(&posting, answer);
                },
            )
            .await;
    }

    /// As [`Self::tell`], and waits for the answer.
    pub async fn tell_and_wait<T: Send + 'static>(
        self: &Arc<Self>,
        story: impl FnOnce(&Self, &mut Tx<'_>) -> Answer<(T, Outbox)> + Send + 'static,
    ) -> Answer<T> {
        let (told, posting) = (Arc::clone(self), Arc::clone(self));
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.db
            .submit(
                move |tx| {
                    let (value, mut out) = story(&told, tx)?;
                    flows::abroad::keep(&told, tx, &mut out)?;
                    told.share_posts(tx, &out);
                    Ok((value, out))
                },
                move |done| {
                    let _ = answer.send(done.map(|(value, outbox)| {
                        posting.deliver(outbox);
                        value
                    })); // nobody waits any more: the work is done all the same
                },
            )
            .await;
        answered.await.unwrap_or(Err(konvent_core::db::CLOSED))
    }
}
