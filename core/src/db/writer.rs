//! The one writer of an installation: takes all jobs that wait, commits them together, then answers them in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use super::engine::Connection;
use super::tx::{Ids, Tx};
use super::value::Value;
use super::{CLOSED, JOB_PANICKED};
use crate::clock::Clock;
use crate::refusal::{Answer, Refusal};

/// Jobs that may wait. Whoever comes later waits for a place, so memory stays bounded under a flood.
const QUEUE: usize = 4096;

/// Jobs in one commit: enough to make the sync cheap, few enough that nobody waits long.
const COMMITTED_TOGETHER: usize = 512;

/// A job with its answer and what follows it.
trait Unit: Send {
    /// Does the work. False means: roll back to before it.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// The job panicked; whatever it answered does not count.
    fn panicked(&mut self);
    /// Tells the answer. `failed` means that nothing of it is on disk.
    fn finish(self: Box<Self>, failed: Option<Refusal>);
}

struct Work<T, J, D> {
    job: Option<J>,
    answer: Answer<T>,
    then: D,
}

impl<T, J, D> Unit for Work<T, J, D>
where
    T: Send,
    J: FnOnce(&mut Tx<'_>) -> Answer<T> + Send,
    D: FnOnce(Answer<T>) + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        if let Some(job) = self.job.take() {
            self.answer = job(tx);
        }
        self.answer.is_ok()
    }

    fn panicked(&mut self) {
        self.answer = Err(JOB_PANICKED);
    }

    fn finish(self: Box<Self>, failed: Option<Refusal>) {
        let Self { answer, then, .. } = *self;
        then(match failed {
            // A refusal stands by itself: it did not depend on the commit.
            Some(refusal) if answer.is_ok() => Err(refusal),
            _ => answer,
        });
    }
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Unit>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(mut connection: Connection, clock: Clock) -> Answer<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let mut reserved = 0;
        connection.each("select value from storage_mark where name = 'ids'", &[], &mut |row| {
            reserved = row.get(0)?;
            Ok(())
        })?;
        let thread = std::thread::Builder::new()
            .name("storage-writer".to_owned())
            .spawn(move || write_on(connection, waiting, &clock, Ids::after(reserved)))
            .map_err(|error| Refusal::broken("storage.no-thread", error))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn submit<T, J, D>(&self, job: J, then: D)
    where
        T: Send + 'static,
        J: FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
        D: FnOnce(Answer<T>) + Send + 'static,
    {
        let work: Box<dyn Unit> = Box::new(Work { job: Some(job), answer: Err(CLOSED), then });
        let Some(queue) = &self.queue else { return work.finish(Some(CLOSED)) };
        if let Err(mpsc::error::SendError(work)) = queue.send(work).await {
            work.finish(Some(CLOSED));
        }
    }

    pub(super) fn submit_blocking<T, J, D>(&self, job: J, then: D)
    where
        T: Send + 'static,
        J: FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
        D: FnOnce(Answer<T>) + Send + 'static,
    {
        let work: Box<dyn Unit> = Box::new(Work { job: Some(job), answer: Err(CLOSED), then });
        let Some(queue) = &self.queue else { return work.finish(Some(CLOSED)) };
        if let Err(mpsc::error::SendError(work)) = queue.blocking_send(work) {
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
    clock: &Clock,
    mut ids: Ids,
) {
    let mut batch = Vec::with_capacity(COMMITTED_TOGETHER);
    while waiting.blocking_recv_many(&mut batch, COMMITTED_TOGETHER) > 0 {
        let failed = commit_together(&mut connection, &mut batch, clock, &mut ids).err();
        if let Some(refusal) = &failed {
            tracing::error!(target: "storage", jobs = batch.len(), cause = refusal.chain(), "a commit failed");
            let _ = connection.script("rollback"); // fails when the engine has already rolled back
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
    connection.script(match connection {
        Connection::Sqlite(_) => "begin immediate",
        Connection::Postgres(_) => "begin",
    })?;
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
    if let Some(mark) = ids.mark_to_store() {
        connection.run(
            "insert into storage_mark (name, value) values ('ids', $1)
             on conflict (name) do update set value = excluded.value",
            &[Value::Int(mark)],
        )?;
    }
    connection.script("commit")
}
