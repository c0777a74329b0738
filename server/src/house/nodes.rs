//! The house as one of several nodes: it comes, hears what the others do, rings when it has said something, and goes.
//!
//! The storage keeps the order ([`konvent_core::db::nodes`]); what happens is a
//! [`crate::hall::happening::Happening`]. How sessions go from node to node stands in [`wandering`].

mod bus;
mod joining;
pub(super) mod wandering;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use konvent_core::db::nodes::News;
use konvent_core::{Answer, Kind, Outbox, Post, Refusal, Tx};
use konvent_wire::StreamCondition;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use super::House;
use crate::hall::happening::{Effect, Happening};
use crate::mailbox::Ending;
pub(super) use joining::{catch_up, listen, open};

/// Live posts that wait while the database is away. What comes beyond is dropped: nothing of it was acknowledged.
const DELAYED_MAX: usize = 4_096;

/// How often a node looks by itself while the bus is silent, in milliseconds.
const LOOK_EVERY_MS: u64 = 100;

/// And at least so often, whatever the bell says: a ring that was lost costs a second.
const LOOK_AT_LEAST: Duration = Duration::from_secs(1);

/// What a house has when it is one of several.
#[derive(Debug)]
pub(super) struct Company {
    /// Rung when this node has told the others something.
    bell: Notify,
    /// The house itself, for what its hall passes on; set once it stands.
    house: Arc<OnceLock<Weak<House>>>,
    /// Where tasks run, for those who call from other threads.
    runtime: OnceLock<Handle>,
    /// How many posts wait for the database.
    delayed: AtomicUsize,
    /// What clients have acknowledged since the last beat.
    acked: std::sync::Mutex<wandering::Acked>,
    fenced: watch::Sender<bool>,
    /// Whether rings can be heard.
    is_in_touch: Arc<AtomicBool>,
}

impl Company {
    pub(super) fn new() -> Self {
        Self {
            bell: Notify::new(),
            house: Arc::default(),
            runtime: OnceLock::new(),
            delayed: AtomicUsize::new(0),
            acked: std::sync::Mutex::default(),
            fenced: watch::Sender::new(false),
            is_in_touch: Arc::default(),
        }
    }
}

impl House {
    /// One thing happens to the hall. Among several nodes it happens on all of them, in the order of the commits.
    ///
    /// # Errors
    /// Those of [`Hall::happens`], and of the storage.
    pub async fn happens(self: &Arc<Self>, what: Happening) -> Answer<Effect> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.let_happen(what, move |_, done| {
            let _ = answer.send(done); // nobody waits any more: it has happened all the same
        })
        .await;
        answered.await.unwrap_or(Err(konvent_core::db::CLOSED))
    }

    /// As [`Self::happens`], with what follows at once, before anything else happens.
    pub async fn let_happen(
        self: &Arc<Self>,
        what: Happening,
        then: impl FnOnce(&Arc<Self>, Answer<Effect>) + Send + 'static,
    ) {
        if self.db.node().is_none() {
            then(self, self.carry_out(what));
        } else {
            self.decide(move |_, _| Ok(what), then).await;
        }
    }

    /// The same where nobody can wait. It is tried until it succeeds or this node is no more.
    pub fn happens_soon(self: &Arc<Self>, what: Happening) {
        if self.db.node().is_none() {
            note(self.carry_out(what));
            return;
        }
        self.decide_soon(move |_| Ok(what.clone()), || ());
    }

    /// Decides in a job what happens, where nobody can wait, and then goes on. It is tried until the storage has taken it, or refused.
    fn decide_soon(
        self: &Arc<Self>,
        story: impl Fn(&Arc<Self>) -> Answer<Happening> + Send + Sync + 'static,
        then: impl FnOnce() + Send + 'static,
    ) {
        let (house, story) = (Arc::clone(self), Arc::new(story));
        self.spawn(async move {
            loop {
                let story = Arc::clone(&story);
                let done = house.decide_and_wait(move |house, _| story(house)).await;
                match done {
                    Err(refusal) if house.is_worth_trying_again(&refusal) => {}
                    done => {
                        note(done);
                        return then();
                    }
                }
                tokio::time::sleep(Duration::from_millis(LOOK_EVERY_MS)).await;
            }
        });
    }

    fn is_worth_trying_again(&self, refusal: &Refusal) -> bool {
        matches!(refusal.kind, Kind::Broken | Kind::NotNow)
            && refusal.code != konvent_core::db::CLOSED.code
            && !*self.company.fenced.borrow()
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let runtime = Handle::try_current().ok();
        let Some(runtime) = runtime.or_else(|| self.company.runtime.get().cloned()) else {
            return tracing::error!(target: "nodes", "something happened outside the runtime");
        };
        drop(runtime.spawn(task));
    }

    /// Posts that no transaction decides take their turn in the order of everything else, so that all nodes know what a
    /// session was sent, and in which order.
    fn pass_on(self: &Arc<Self>, posts: Vec<Post>) {
        let posts = Arc::new(posts);
        let (told, showing) = (Arc::clone(self), Arc::clone(self));
        let shared = Arc::clone(&posts);
        self.db.submit_now(
            move |tx| {
                told.share(tx, || Happening::Relayed(Vec::clone(&shared)));
                Ok(())
            },
            move |done| match done {
                Ok(()) => showing.hall().deliver(Arc::unwrap_or_clone(posts)),
                Err(refusal) => showing.pass_on_later(Arc::unwrap_or_clone(posts), &refusal),
            },
        );
    }

    fn pass_on_later(self: &Arc<Self>, posts: Vec<Post>, refusal: &Refusal) {
        let delayed = &self.company.delayed;
        if !self.is_worth_trying_again(refusal)
            || delayed.fetch_add(1, Ordering::Relaxed) >= DELAYED_MAX
        {
            tracing::warn!(target: "nodes", posts = posts.len(), "something that was to be posted is dropped");
            return;
        }
        let house = Arc::clone(self);
        self.spawn(async move {
            tokio::time::sleep(Duration::from_millis(LOOK_EVERY_MS)).await;
            house.company.delayed.fetch_sub(1, Ordering::Relaxed);
            house.pass_on(posts);
        });
    }

    /// Decides in one job what happens to the hall, lets it happen after the commit, and then goes on.
    pub async fn decide(
        self: &Arc<Self>,
        story: impl FnOnce(&Arc<Self>, &mut Tx<'_>) -> Answer<Happening> + Send + 'static,
        then: impl FnOnce(&Arc<Self>, Answer<Effect>) + Send + 'static,
    ) {
        let (told, showing) = (Arc::clone(self), Arc::clone(self));
        self.db
            .submit(
                move |tx| {
                    let what = story(&told, tx)?;
                    told.share(tx, || what.clone());
                    Ok(what)
                },
                move |done| {
                    let done = done.and_then(|what| showing.carry_out(what));
                    then(&showing, done);
                },
            )
            .await;
    }

    /// As [`Self::decide`], and waits for the answer.
    pub async fn decide_and_wait(
        self: &Arc<Self>,
        story: impl FnOnce(&Arc<Self>, &mut Tx<'_>) -> Answer<Happening> + Send + 'static,
    ) -> Answer<Effect> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.decide(story, move |_, done| {
            let _ = answer.send(done); // as above
        })
        .await;
        answered.await.unwrap_or(Err(konvent_core::db::CLOSED))
    }

    /// Tells the other nodes, if there are any, once this job is committed.
    pub fn share(&self, tx: &mut Tx<'_>, what: impl FnOnce() -> Happening) {
        if tx.has_company() {
            match serde_json::to_vec(&what()) {
                Ok(mut said) => {
                    said.push(b'\n'); // JSON on one line: a line ends what is said
                    tx.share(said);
                }
                Err(error) => {
                    tracing::error!(target: "nodes", %error, "something could not be told");
                }
            }
        }
    }

    /// Tells the others what is posted, whomever it reaches: all of them keep what sessions are sent.
    pub(super) fn share_posts(&self, tx: &mut Tx<'_>, out: &Outbox) {
        if !out.is_empty() {
            self.share(tx, || Happening::Posted(out.posts().to_vec()));
        }
    }

    /// Lets it happen here, after the commit that holds it.
    pub fn carry_out(&self, what: Happening) -> Answer<Effect> {
        let effect = self.hall().happens(what)?;
        Ok(self.follow_up(effect))
    }

    fn follow_up(&self, effect: Effect) -> Effect {
        for seat in &effect.over {
            self.forget_resumption(seat);
        }
        if let Some(answer) = &effect.answer {
            self.pusher.answered(answer);
        }
        if self.db.node().is_some() {
            self.let_go.notify_waiters(); // a session may wait for its client now
        }
        effect
    }

    /// News, on the writer's thread.
    fn hears(self: &Arc<Self>, news: News<'_>) -> Option<Vec<u8>> {
        match news {
            News::Said { said, .. } => {
                for line in said.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    match serde_json::from_slice::<Happening>(line) {
                        // What one node was refused, all are.
                        Ok(what) => {
                            let done = self.hall().happens(what);
                            note(done.map(|effect| self.follow_up(effect)));
                        }
                        // From here on this hall would be another one than theirs.
                        Err(error) => {
                            tracing::error!(target: "nodes", %error, "another node says what this one does not understand");
                            self.is_left_behind();
                            return None;
                        }
                    }
                }
                None
            }
            News::Joined(node) => {
                tracing::info!(target: "nodes", node, "a node has come");
                self.hall().node_joins(node)
            }
            News::Gone(node) => {
                tracing::info!(target: "nodes", node, "a node is gone");
                let effect = self.hall().node_goes(node, self.clock.now());
                let mut effect = self.follow_up(effect);
                self.miss_alone(std::mem::take(&mut effect.alone));
                None
            }
            News::Written => {
                self.company.bell.notify_one();
                None
            }
            News::Fenced => {
                self.is_left_behind();
                None
            }
        }
    }

    /// The others go on without this node.
    fn is_left_behind(&self) {
        tracing::error!(target: "nodes", "the others have gone on without this node; it ends");
        self.company.fenced.send_replace(true);
        for seat in self.hall().all() {
            seat.mailbox.end(Ending::Stream(StreamCondition::SystemShutdown));
        }
    }

    /// Whether this node does what must be done once for all nodes; true where there is only one process.
    pub fn leads(&self) -> bool {
        self.hall().nodes.leads()
    }

    /// Whether this node hears the bus; false where there is none.
    pub fn hears_the_bus(&self) -> bool {
        self.company.is_in_touch.load(Ordering::Relaxed)
    }

    /// Done when the other nodes have gone on without this one, which must end then.
    pub async fn is_fenced(&self) {
        let mut fenced = self.company.fenced.subscribe();
        let _ = fenced.wait_for(|fenced| *fenced).await; // fails only when the house is gone
    }

    /// Waits until this node has heard everything the others have said so far, and has passed on what it had for them. For
    /// tests, and for whoever must be sure.
    pub async fn hear_everything(&self) {
        let _ = self.db.write(|_| Ok(())).await; // a node that cannot write hears nothing either
    }

    /// Keeps in touch with the other nodes until the house is gone. Returns at once where there is only one process.
    pub async fn keep_company(self: Arc<Self>) {
        let Some(settings) = self.config.nodes.clone() else { return };
        let _ = self.company.runtime.set(Handle::current()); // the first is as good as any
        let bus = bus::Bus::connect(&settings, &self).await;
        let mut every = tokio::time::interval(Duration::from_millis(LOOK_EVERY_MS));
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut beat, mut looked) = (Instant::now(), Instant::now());
        let beat_every = Duration::from_secs(u64::from(settings.lease_secs)) / 10;
        loop {
            tokio::select! {
                () = self.company.bell.notified() => bus.ring().await,
                () = bus.rung() => self.db.look().await,
                _ = every.tick() => {
                    if beat.elapsed() >= beat_every {
                        beat = Instant::now();
                        // The lease is renewed, and what is new is heard. What fails is logged there.
                        self.tell_acked().await;
                    } else if !bus.is_connected() || looked.elapsed() >= LOOK_AT_LEAST {
                        looked = Instant::now();
                        self.db.look().await;
                    }
                }
            }
        }
    }
}

/// What was refused has not happened, on any node; its asker was told.
fn note(done: Answer<Effect>) {
    if let Err(refusal) = done {
        tracing::debug!(target: "nodes", cause = refusal.chain(), "nothing happened");
    }
}
