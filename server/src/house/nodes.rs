//! The house as one of several nodes: it comes, hears what the others do, rings when it has said something, and goes.
//!
//! The storage keeps the order ([`konvent_core::db::nodes`]); what happens is a
//! [`crate::hall::happening::Happening`]. Left out: resumption of a session on another node (its client begins anew and
//! reads on from the archive).

mod bus;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use konvent_core::config::{Config, Nodes as Settings};
use konvent_core::db::nodes::{Membership, News};
use konvent_core::{About, Answer, Clock, Db, Kind, Post, Refusal, Tx};
use konvent_people::accounts::ServerKey;
use tokio::sync::{Notify, mpsc, watch};

use super::House;
use crate::hall::happening::{Effect, Happening, Side};
use crate::hall::state::Nodes;
use crate::hall::{Hall, Seat};

/// How long a starting node waits for the state of things, in milliseconds.
const PATIENCE_MS: u64 = 60_000;

/// Live posts that wait for the other nodes. What comes beyond is dropped: nothing of it was acknowledged.
const RELAYED_MAX: usize = 4_096;

/// How often a node looks by itself while the bus is silent, in milliseconds.
const LOOK_EVERY_MS: u64 = 100;

/// And at least so often, whatever the bell says: a ring that was lost costs a second.
const LOOK_AT_LEAST: Duration = Duration::from_secs(1);

/// The other nodes did not say how things stand.
const NO_STATE: Refusal = Refusal::new(Kind::NotNow, "nodes.nobody-answers");

/// Files of one node would not be found by the others: name a folder that all share, or a store, in `[files]`.
const FILES_OF_ITS_OWN: Refusal = Refusal::new(Kind::BadRequest, "nodes.files-not-shared");

/// What a house has when it is one of several.
#[derive(Debug)]
pub(super) struct Company {
    /// Rung when this node has told the others something.
    bell: Notify,
    /// What is for connections of other nodes and belongs to no happening.
    relayed: std::sync::Mutex<Option<mpsc::Receiver<Post>>>,
    relay: mpsc::Sender<Post>,
    fenced: watch::Sender<bool>,
    /// Whether rings can be heard.
    is_in_touch: Arc<AtomicBool>,
}

impl Company {
    pub(super) fn new() -> Self {
        let (relay, relayed) = mpsc::channel(RELAYED_MAX);
        Self {
            bell: Notify::new(),
            relayed: std::sync::Mutex::new(Some(relayed)),
            relay,
            fenced: watch::Sender::new(false),
            is_in_touch: Arc::default(),
        }
    }
}

/// Opens the storage, as one of several nodes if the settings say so.
pub(super) fn open(
    config: &Config,
    features: &[&About],
    clock: &Clock,
    key: &ServerKey,
) -> Answer<Db> {
    let storage = config.storage();
    let Some(Settings { name, lease_secs, .. }) = &config.nodes else {
        return Db::open(&storage, features, clock);
    };
    if config.files.s3.is_none() && config.files.folder.is_none() {
        return Err(FILES_OF_ITS_OWN);
    }
    let mac = key.mac("nodes.fingerprint", &[]);
    let fingerprint = i64::from_be_bytes(mac.first_chunk().copied().unwrap_or_default());
    let lease_ms = i64::from(*lease_secs) * 1_000;
    Db::join(&storage, features, clock, &Membership { name: name.clone(), fingerprint, lease_ms })
}

/// Takes over how things stand on the nodes that run already. Blocks.
pub(super) fn catch_up(db: &Db, hall: &mut Hall, company: &Company) -> Answer<Option<i64>> {
    let Some(own) = db.node() else { return Ok(None) };
    hall.set_nodes(Nodes::of(Some(own)), company.relay.clone());
    let deadline = Instant::now() + Duration::from_millis(PATIENCE_MS);
    while Instant::now() < deadline {
        if let Some((heard, state)) = db.snapshot()? {
            hall.take_over(&state)?;
            return Ok(Some(heard));
        }
        // The oldest of those that live waits for nobody: whoever came later waits for it.
        if db.nodes()?.first().is_none_or(|first| *first == own) {
            return Ok(None);
        }
        db.write_blocking(|_| Ok(()))?; // a beat: I am here, and who is silent is not
        std::thread::sleep(Duration::from_millis(LOOK_EVERY_MS));
    }
    Err(NO_STATE)
}

/// From now on this house hears what the others do.
pub(super) fn listen(house: &Arc<House>, heard: Option<i64>) {
    if house.db.node().is_none() {
        return;
    }
    let hearing: Weak<House> = Arc::downgrade(house);
    let listener = move |news: News<'_>| hearing.upgrade().and_then(|house| house.hears(news));
    house.db.listen(Arc::new(listener), heard);
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
        let house = Arc::clone(self);
        let again = async move {
            while let Err(refusal) = house.happens(what.clone()).await
                && matches!(refusal.kind, Kind::Broken | Kind::NotNow)
                && !*house.company.fenced.borrow()
            {
                tokio::time::sleep(Duration::from_millis(LOOK_EVERY_MS)).await;
            }
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(again);
        } else {
            tracing::error!(target: "nodes", "something happened outside the runtime");
        }
    }

    /// Tells the other nodes whether somebody looks at this session's screen: who looks needs no notification.
    pub fn says_whether_looked_at(self: &Arc<Self>, seat: &Arc<Seat>) {
        let Some(runtime) = tokio::runtime::Handle::try_current().ok() else { return };
        if self.db.node().is_some() {
            let (house, seat) = (Arc::clone(self), Arc::clone(seat));
            // Looked up within the job: whatever order the jobs have, the last one tells how it is.
            let story = move |_: &Arc<Self>, _: &mut Tx<'_>| {
                let looks = !seat.is_away() && !seat.mailbox.is_inactive();
                Ok(Happening::Looks(seat.session.id, looks))
            };
            runtime.spawn(async move { house.decide(story, |_, _| {}).await });
        }
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

    /// Tells the others those of these posts that reach them.
    pub(super) fn share_posts(&self, tx: &mut Tx<'_>, posts: &[Post]) {
        if tx.has_company() {
            let posts = self.hall().for_others(posts);
            if !posts.is_empty() {
                self.share(tx, || Happening::Posted(posts));
            }
        }
    }

    /// Lets it happen here, after the commit that holds it.
    pub fn carry_out(&self, what: Happening) -> Answer<Effect> {
        let effect = self.hall().happens(what, Side::Here)?;
        Ok(self.follow_up(effect))
    }

    fn follow_up(&self, effect: Effect) -> Effect {
        for seat in &effect.over {
            self.forget_resumption(seat);
        }
        effect
    }

    /// News, on the writer's thread.
    fn hears(&self, news: News<'_>) -> Option<Vec<u8>> {
        match news {
            News::Said { said, .. } => {
                for line in said.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    match serde_json::from_slice::<Happening>(line) {
                        // What one node was refused, all are.
                        Ok(what) => {
                            let done = self.hall().happens(what, Side::There);
                            note(done.map(|effect| self.follow_up(effect)));
                        }
                        Err(error) => {
                            tracing::error!(target: "nodes", %error, "another node says what nobody understands");
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
                let effect = self.hall().node_goes(node);
                self.follow_up(effect);
                None
            }
            News::Written => {
                self.company.bell.notify_one();
                None
            }
            News::Fenced => {
                tracing::error!(target: "nodes", "the others have gone on without this node; it ends");
                self.company.fenced.send_replace(true);
                for seat in self.hall().all() {
                    seat.mailbox.end(crate::mailbox::Ending::Stream(
                        konvent_wire::StreamCondition::SystemShutdown,
                    ));
                }
                None
            }
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
        while self.company.relay.capacity() < RELAYED_MAX {
            tokio::task::yield_now().await;
        }
        let _ = self.db.write(|_| Ok(())).await; // a node that cannot write hears nothing either
    }

    /// Keeps in touch with the other nodes until the house is gone. Returns at once where there is only one process.
    pub async fn keep_company(self: Arc<Self>) {
        let Some(settings) = self.config.nodes.clone() else { return };
        let relayed = self.company.relayed.lock().ok().and_then(|mut relayed| relayed.take());
        let Some(mut relayed) = relayed else { return }; // somebody does already
        let bus = bus::Bus::connect(&settings, &self).await;
        let mut every = tokio::time::interval(Duration::from_millis(LOOK_EVERY_MS));
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut posts = Vec::new();
        let (mut beat, mut looked) = (Instant::now(), Instant::now());
        let beat_every = Duration::from_secs(u64::from(settings.lease_secs)) / 10;
        loop {
            tokio::select! {
                () = self.company.bell.notified() => bus.ring().await,
                () = bus.rung() => self.db.look().await,
                count = relayed.recv_many(&mut posts, RELAYED_MAX) => {
                    if count == 0 {
                        return;
                    }
                    let relayed = Happening::Relayed(std::mem::take(&mut posts));
                    note(self.happens(relayed).await);
                }
                _ = every.tick() => {
                    if beat.elapsed() >= beat_every {
                        beat = Instant::now();
                        // A commit of nothing: the lease is renewed, and what is new is heard. What fails is logged there.
                        let _ = self.db.write(|_| Ok(())).await;
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
