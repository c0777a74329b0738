//! The one writer of an installation: takes all jobs that wait, commits them together, then answers them in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;

use super::engine::Connection;
use super::nodes::{self, FENCED, Listener, Node};
use super::tx::{Ids, Tx};
use super::value::Value;
use super::{BUSY, CLOSED, JOB_PANICKED, Storage};
use crate::clock::Clock;
use crate::refusal::{Answer, Refusal};

/// Jobs that may wait. Whoever comes later waits for a place, so memory stays bounded under a flood.
const QUEUE: usize = 4096;

/// Jobs in one commit: enough to make the sync cheap, few enough that nobody waits long.
const COMMITTED_TOGETHER: usize = 512;

/// How long the writer rests when the database is away, before the next jobs look for it: members who are refused at once ask
/// again at once, and a server that recovers should not have to turn away hundreds of connections a second meanwhile.
const REST: Duration = Duration::from_millis(50);

/// A job with its answer and what follows it.
trait Unit: Send {
    /// What it does to the writer itself, if it is no job.
    fn errand(&mut self) -> Option<Errand> {
        None
    }
    /// Whether it can do its work a second time, after a rollback.
    fn is_repeatable(&self) -> bool;
    /// Does the work. False means: roll back to before it.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// The job panicked; whatever it answered does not count.
    fn panicked(&mut self);
    /// Tells the answer. `failed` means that nothing of it is on disk.
    fn finish(self: Box<Self>, failed: Option<Refusal>);
}

/// Something for the writer itself.
enum Errand {
    /// Takes up what other nodes have written.
    Look,
    /// Lets the listener hear from now on.
    Listen(Listener, Option<i64>),
}

impl Unit for Option<Errand> {
    fn errand(&mut self) -> Option<Errand> {
        self.take()
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn run(&mut self, _: &mut Tx<'_>) -> bool {
        true
    }

    fn panicked(&mut self) {}

    fn finish(self: Box<Self>, _: Option<Refusal>) {}
}

struct Work<T, J, D> {
    job: J,
    is_repeatable: bool,
    answer: Answer<T>,
    then: D,
}

impl<T, J, D> Unit for Work<T, J, D>
where
    T: Send,
    J: FnMut(&mut Tx<'_>) -> Answer<T> + Send,
    D: FnOnce(Answer<T>) + Send,
{
    fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        self.answer = (self.job)(tx);
        self.answer.is_ok()
    }

    fn panicked(&mut self) {
        self.answer = Err(JOB_PANICKED);
    }

    fn finish(self: Box<Self>, failed: Option<Refusal>) {
        let Self { answer, then, .. } = *self;
        then(told(answer, failed));
    }
}

/// A job that can be done once only.
fn once<T, J, D>(job: J, then: D) -> Box<dyn Unit>
where
    T: Send + 'static,
    J: FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
    D: FnOnce(Answer<T>) + Send + 'static,
{
    let mut job = Some(job);
    let job = move |tx: &mut Tx<'_>| job.take().map_or(Err(CLOSED), |job| job(tx));
    Box::new(Work { job, is_repeatable: false, answer: Err(CLOSED), then })
}

/// What a job is answered after its commit.
fn told<T>(answer: Answer<T>, failed: Option<Refusal>) -> Answer<T> {
    match failed {
        // A refusal stands by itself: it did not depend on the commit.
        Some(refusal) if answer.is_ok() => Err(refusal),
        _ => answer,
    }
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Unit>>>,
    /// This process among several.
    pub(super) node: Option<i64>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        mut connection: Connection,
        storage: Storage,
        clock: Clock,
        node: Option<Node>,
    ) -> Answer<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let number = node.as_ref().map(Node::number);
        let mut reserved = 0;
        connection.each("select value from storage_mark where name = 'ids'", &[], &mut |row| {
            reserved = row.get(0)?;
            Ok(())
        })?;
        let thread = std::thread::Builder::new()
            .name("storage-writer".to_owned())
            .spawn(move || {
                let ids = Ids::after(reserved);
                let desk = Desk { connection, ids, node, clock, attempts: 0 };
                write_on(desk, waiting, &storage);
            })
            .map_err(|error| Refusal::broken("storage.no-thread", error))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), node: number })
    }

    pub(super) async fn submit<T, J, D>(&self, job: J, then: D)
    where
        T: Send + 'static,
        J: FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
        D: FnOnce(Answer<T>) + Send + 'static,
    {
        self.enqueue(once(job, then)).await;
    }

    /// For a job that only looks at what it was given and so can be done twice.
    pub(super) async fn submit_repeatable<T, J, D>(&self, job: J, then: D)
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Answer<T> + Send + 'static,
        D: FnOnce(Answer<T>) + Send + 'static,
    {
        self.enqueue(Box::new(Work { job, is_repeatable: true, answer: Err(CLOSED), then })).await;
    }

    /// The same where nobody can wait.
    pub(super) fn submit_now<T, J, D>(&self, job: J, then: D)
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Answer<T> + Send + 'static,
        D: FnOnce(Answer<T>) + Send + 'static,
    {
        let work = Box::new(Work { job, is_repeatable: true, answer: Err(CLOSED), then });
        let Some(queue) = &self.queue else { return work.finish(Some(CLOSED)) };
        match queue.try_send(work) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Closed(work)) => work.finish(Some(CLOSED)),
            Err(mpsc::error::TrySendError::Full(work)) => {
                let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                    return work.finish(Some(BUSY)); // on the writer's own thread, which empties the queue
                };
                let queue = queue.clone();
                runtime.spawn(async move {
                    if let Err(mpsc::error::SendError(work)) = queue.send(work).await {
                        work.finish(Some(CLOSED));
                    }
                });
            }
        }
    }

    pub(super) fn submit_blocking<T, J, D>(&self, job: J, then: D)
    where
        T: Send + 'static,
        J: FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
        D: FnOnce(Answer<T>) + Send + 'static,
    {
        let work = once(job, then);
        let Some(queue) = &self.queue else { return work.finish(Some(CLOSED)) };
        if let Err(mpsc::error::SendError(work)) = queue.blocking_send(work) {
            work.finish(Some(CLOSED));
        }
    }

    pub(super) async fn look(&self) {
        self.enqueue(Box::new(Some(Errand::Look))).await;
    }

    pub(super) fn listen_blocking(&self, listener: Listener, heard: Option<i64>) {
        if let Some(queue) = &self.queue {
            // Fails when the writer has ended: then there is nothing to hear.
            let _ = queue.blocking_send(Box::new(Some(Errand::Listen(listener, heard))));
        }
    }

    async fn enqueue(&self, work: Box<dyn Unit>) {
        let Some(queue) = &self.queue else { return work.finish(Some(CLOSED)) };
        if let Err(mpsc::error::SendError(work)) = queue.send(work).await {
            work.finish(Some(CLOSED));
        }
    }
}

/// The last handle waits for the last commit, so that a clean stop loses nothing that was queued.
impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join(); // it has logged its own end
        }
    }
}

/// What the writer works with.
struct Desk {
    connection: Connection,
    ids: Ids,
    /// This process among several; none in the usual case that there is only one.
    node: Option<Node>,
    clock: Clock,
    /// How many commits were begun.
    attempts: u64,
}

fn write_on(mut desk: Desk, mut waiting: mpsc::Receiver<Box<dyn Unit>>, storage: &Storage) {
    let mut batch = Vec::with_capacity(COMMITTED_TOGETHER);
    while waiting.blocking_recv_many(&mut batch, COMMITTED_TOGETHER) > 0 {
        let failed =
            desk.run_errands(&mut batch).and_then(|()| desk.commit_together(&mut batch)).err();
        let mut is_away = false;
        if let Some(refusal) = &failed {
            if refusal.code != FENCED.code {
                tracing::error!(target: "storage", jobs = batch.len(), cause = refusal.chain(), "a commit failed");
            }
            let _ = desk.connection.control("rollback"); // fails when the engine has already rolled back
            // The database server was restarted, for instance: the next jobs find a new connection.
            is_away = desk.connection.is_lost() && desk.reconnect(storage).is_err();
        }
        for work in batch.drain(..) {
            let failed = failed.as_ref().map(|refusal| Refusal::new(refusal.kind, refusal.code));
            if catch_unwind(AssertUnwindSafe(|| work.finish(failed))).is_err() {
                tracing::error!(target: "storage", "what follows a job panicked");
            }
        }
        if is_away {
            std::thread::sleep(REST); // everybody has his answer; whoever comes now waits in the queue
        }
    }
    if let Some(node) = &mut desk.node
        && let Err(refusal) = node.retire(&mut desk.connection, &mut desk.ids)
        && refusal.code != FENCED.code
    {
        tracing::warn!(target: "storage", cause = refusal.chain(), "a node could not say that it goes");
    }
}

impl Desk {
    /// A fresh connection in place of one that is lost.
    fn reconnect(&mut self, storage: &Storage) -> Answer<()> {
        let mut fresh = Connection::open_writing(storage)?;
        if self.node.is_some() {
            nodes::prepare(&mut fresh)?;
        }
        self.connection = fresh;
        Ok(())
    }

    /// Does what is no job, and takes it out of the batch.
    fn run_errands(&mut self, batch: &mut Vec<Box<dyn Unit>>) -> Answer<()> {
        let Some(node) = &mut self.node else { return Ok(()) };
        let mut looks = false;
        batch.retain_mut(|work| match work.errand() {
            Some(Errand::Look) => {
                looks = true;
                false
            }
            Some(Errand::Listen(listener, heard)) => {
                node.listen(listener, heard);
                false
            }
            None => true,
        });
        // A job takes up what is new by itself.
        if looks && batch.is_empty() { node.look(&mut self.connection) } else { Ok(()) }
    }

    fn commit_together(&mut self, batch: &mut [Box<dyn Unit>]) -> Answer<()> {
        if batch.is_empty() {
            return Ok(());
        }
        self.begin()?;
        // Savepoints are a tenth of the cost of a chat. Jobs that can be done again do without, and are done again one by one
        // in the rare case that one of them refuses after it has changed something.
        let hopeful = batch.iter().all(|work| work.is_repeatable());
        if !hopeful || !self.run_hopefully(batch) {
            if hopeful {
                self.connection.control("rollback")?;
                self.begin()?;
            }
            self.run_carefully(batch)?;
        }
        match &mut self.node {
            Some(node) => node.end(&mut self.connection, &mut self.ids)?,
            None => self.reserve_ids()?,
        }
        self.connection.control("commit")?;
        match &mut self.node {
            Some(node) => node.committed(),
            None => self.ids.stored(),
        }
        Ok(())
    }

    fn reserve_ids(&mut self) -> Answer<()> {
        let Some(mark) = self.ids.mark_to_store() else { return Ok(()) };
        self.connection.run(
            "insert into storage_mark (name, value) values ('ids', $1)
             on conflict (name) do update set value = excluded.value",
            &[Value::Int(mark)],
        )?;
        Ok(())
    }

    fn begin(&mut self) -> Answer<()> {
        self.attempts += 1;
        match (&mut self.node, &self.connection) {
            (Some(node), _) => node.begin(&mut self.connection, &mut self.ids),
            (None, Connection::Sqlite(_)) => self.connection.control("begin immediate"),
            (None, Connection::Postgres(_)) => self.connection.control("begin"),
        }
    }

    /// Runs all jobs without a way back. False: one refused and left something behind.
    fn run_hopefully(&mut self, batch: &mut [Box<dyn Unit>]) -> bool {
        let Self { connection, ids, node, clock, attempts } = self;
        batch.iter_mut().all(|work| {
            let shared = node.as_ref().map_or(0, |node| node.shared.len());
            let moment = (clock.now(), *attempts);
            let mut tx = Tx::new(connection, ids, moment, node.as_mut());
            let kept = catch_unwind(AssertUnwindSafe(|| work.run(&mut tx)));
            let goes_on = kept.as_ref().is_ok_and(|kept| *kept || !tx.is_touched());
            if let Some(node) = node.as_mut().filter(|_| !kept.is_ok_and(|kept| kept)) {
                node.shared.truncate(shared); // nobody hears of what was refused
            }
            goes_on
        })
    }

    /// Runs each job in a savepoint of its own.
    fn run_carefully(&mut self, batch: &mut [Box<dyn Unit>]) -> Answer<()> {
        let Self { connection, ids, node, clock, attempts } = self;
        for work in batch {
            let shared = node.as_ref().map_or(0, |node| node.shared.len());
            connection.run("savepoint job", &[])?;
            let moment = (clock.now(), *attempts);
            let mut tx = Tx::new(connection, ids, moment, node.as_mut());
            let keep = catch_unwind(AssertUnwindSafe(|| work.run(&mut tx))).unwrap_or_else(|_| {
                work.panicked();
                false
            });
            if !keep {
                connection.run("rollback to savepoint job", &[])?;
                if let Some(node) = node {
                    node.shared.truncate(shared); // nobody hears of what was refused
                }
            }
            connection.run("release savepoint job", &[])?;
        }
        Ok(())
    }
}
