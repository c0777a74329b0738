//! The one writer of an installation: takes all jobs that wait, commits them together, then answers them in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use super::engine::Connection;
use super::tx::{Ids, Tx};
use super::value::Value;
use super::{CLOSED, JOB_PANICKED, Storage};
use crate::clock::Clock;
use crate::refusal::{Answer, Refusal};

/// Jobs that may wait. Whoever comes later waits for a place, so memory stays bounded under a flood.
const QUEUE: usize = 4096;

/// Jobs in one commit: enough to make the sync cheap, few enough that nobody waits long.
const COMMITTED_TOGETHER: usize = 512;

/// A job with its answer and what follows it.
trait Unit: Send {
    /// Whether it can do its work a second time, after a rollback.
    fn is_repeatable(&self) -> bool;
    /// Does the work. False means: roll back to before it.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// The job panicked; whatever it answered does not count.
    fn panicked(&mut self);
    /// Tells the answer. `failed` means that nothing of it is on disk.
    fn finish(self: Box<Self>, failed: Option<Refusal>);
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
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        mut connection: Connection,
        storage: Storage,
        clock: Clock,
    ) -> Answer<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let mut reserved = 0;
        connection.each("select value from storage_mark where name = 'ids'", &[], &mut |row| {
            reserved = row.get(0)?;
            Ok(())
        })?;
        let thread = std::thread::Builder::new()
            .name("storage-writer".to_owned())
            .spawn(move || write_on(connection, waiting, &storage, &clock, Ids::after(reserved)))
            .map_err(|error| Refusal::broken("storage.no-thread", error))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
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

fn write_on(
    mut connection: Connection,
    mut waiting: mpsc::Receiver<Box<dyn Unit>>,
    storage: &Storage,
    clock: &Clock,
    mut ids: Ids,
) {
    let mut batch = Vec::with_capacity(COMMITTED_TOGETHER);
    while waiting.blocking_recv_many(&mut batch, COMMITTED_TOGETHER) > 0 {
        let failed = commit_together(&mut connection, &mut batch, clock, &mut ids).err();
        if let Some(refusal) = &failed {
            tracing::error!(target: "storage", jobs = batch.len(), cause = refusal.chain(), "a commit failed");
            let _ = connection.control("rollback"); // fails when the engine has already rolled back
            // The database server was restarted, for instance: the next jobs find a new connection.
            if connection.is_lost()
                && let Ok(fresh) = Connection::open_writing(storage)
            {
                connection = fresh;
            }
        }
        for work in batch.drain(..) {
            let failed = failed.as_ref().map(|refusal| Refusal::new(refusal.kind, refusal.code));
            if catch_unwind(AssertUnwindSafe(|| work.finish(failed))).is_err() {
                tracing::error!(target: "storage", "what follows a job panicked");
            }
        }
    }
}

fn commit_together(
    connection: &mut Connection,
    batch: &mut [Box<dyn Unit>],
    clock: &Clock,
    ids: &mut Ids,
) -> Answer<()> {
    begin(connection)?;
    // Savepoints are a tenth of the cost of a chat. Jobs that can be done again do without, and are done again one by one
    // in the rare case that one of them refuses after it has changed something.
    let hopeful = batch.iter().all(|work| work.is_repeatable());
    if !hopeful || !run_hopefully(connection, batch, clock, ids) {
        if hopeful {
            connection.control("rollback")?;
            begin(connection)?;
        }
        run_carefully(connection, batch, clock, ids)?;
    }
    if let Some(mark) = ids.mark_to_store() {
        connection.run(
            "insert into storage_mark (name, value) values ('ids', $1)
             on conflict (name) do update set value = excluded.value",
            &[Value::Int(mark)],
        )?;
    }
    connection.control("commit")?;
    ids.stored();
    Ok(())
}

fn begin(connection: &mut Connection) -> Answer<()> {
    connection.control(match connection {
        Connection::Sqlite(_) => "begin immediate",
        Connection::Postgres(_) => "begin",
    })
}

/// Runs all jobs without a way back. False: one refused and left something behind.
fn run_hopefully(
    connection: &mut Connection,
    batch: &mut [Box<dyn Unit>],
    clock: &Clock,
    ids: &mut Ids,
) -> bool {
    batch.iter_mut().all(|work| {
        let mut tx = Tx::new(connection, ids, clock.now());
        let kept = catch_unwind(AssertUnwindSafe(|| work.run(&mut tx)));
        kept.is_ok_and(|kept| kept || !tx.is_touched())
    })
}

/// Runs each job in a savepoint of its own.
fn run_carefully(
    connection: &mut Connection,
    batch: &mut [Box<dyn Unit>],
    clock: &Clock,
    ids: &mut Ids,
) -> Answer<()> {
    for work in batch {
        connection.run("savepoint job", &[])?;
        let mut tx = Tx::new(connection, ids, clock.now());
        let keep = catch_unwind(AssertUnwindSafe(|| work.run(&mut tx))).unwrap_or_else(|_| {
            work.panicked();
            false
        });
        if !keep {
            connection.run("rollback to savepoint job", &[])?;
        }
        connection.run("release savepoint job", &[])?;
    }
    Ok(())
}
