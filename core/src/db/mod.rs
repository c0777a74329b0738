//! Storage: one small synchronous face over SQLite (embedded) and PostgreSQL, chosen at run time.
//!
//! The invariants that everything else rests on:
//! * A job is a synchronous closure over [`Tx`] (writing) or [`Reader`] (reading); no `await` can sit inside a transaction.
//! * Jobs that wait are committed together. Each runs in its own savepoint: one that refuses is rolled back by itself.
//! * What follows a job (`then`) runs only after the commit that holds it is on disk, in the order of the commits.
//! * SQL is the common part of both dialects with `$1` parameters; integers are `bigint`, flags are 0 or 1, text is
//!   `text`, bytes are `bytea`. It is always a literal, so that a test can prepare every statement on both engines.

mod barred;
mod engine;
pub mod health;
mod migrate;
pub mod moving;
pub mod nodes;
mod pool;
mod postgres;
mod postgres_tls;
mod sqlite;
#[cfg(test)]
mod tests;
mod tx;
mod value;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

pub use barred::StorageBarred;
use tokio::sync::Semaphore;
pub use tx::{Reader, Tx};
pub use value::{Args, Column, Row, Value};

use crate::about::About;
use crate::clock::Clock;
use crate::refusal::{Answer, Kind, Refusal};
use engine::Connection;
use nodes::{Listener, Membership, Node};
use pool::Pool;
use writer::Writer;

/// Where the data lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// One file, made when it is missing.
    Sqlite(PathBuf),
    /// A connection string as `libpq` reads it, and the schema to live in (`public` in service, a fresh one for each test).
    Postgres {
        /// For example `host=/run/postgresql user=konvent dbname=konvent`.
        url: String,
        /// Made when it is missing.
        schema: String,
    },
}

/// The storage of one installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    writer: Arc<Writer>,
    pool: Arc<Pool>,
    readers: Arc<Semaphore>,
}

/// Reading jobs at once; more wait. A database server has a hundred connections for everybody.
const READERS_MAX: usize = 32;

/// The storage is shutting down or its thread has died; nothing was done.
pub const CLOSED: Refusal = Refusal::new(Kind::Broken, "storage.closed");

/// More waits to be written than may wait. Nothing was done.
pub const BUSY: Refusal = Refusal::new(Kind::NotNow, "storage.busy");

/// There is no room on the disk. Nothing was done; it may be asked again once there is.
pub const DISK_FULL: Refusal = Refusal::new(Kind::NotNow, "storage.disk-full");

/// A job panicked. It was rolled back; the others of its commit were not touched.
pub(crate) const JOB_PANICKED: Refusal = Refusal::new(Kind::Broken, "storage.job-panicked");

impl Db {
    /// Opens the storage and brings the tables of all features up to date, in one transaction.
    ///
    /// # Errors
    /// `storage.…` with the engine's message as cause when the file or server cannot be used or a migration fails.
    pub fn open(storage: &Storage, features: &[&About], clock: &Clock) -> Answer<Self> {
        let mut connection = Connection::open_writing(storage)?;
        migrate::bring_up_to_date(&mut connection, features, clock.now())?;
        nodes::refuse_beside_nodes(&mut connection)?;
        Self::start(connection, storage, clock, None)
    }

    /// As [`Self::open`], for one of several processes on one PostgreSQL ([`nodes`]).
    ///
    /// # Errors
    /// As above, and `nodes.need-postgres`, `nodes.other-key`, `nodes.other-version`.
    pub fn join(
        storage: &Storage,
        features: &[&About],
        clock: &Clock,
        membership: &Membership,
    ) -> Answer<Self> {
        let mut connection = Connection::open_writing(storage)?;
        nodes::refuse_other_version(&mut connection, membership)?;
        migrate::bring_up_to_date(&mut connection, features, clock.now())?;
        let node = Node::join(&mut connection, membership)?;
        Self::start(connection, storage, clock, Some(node))
    }

    fn start(
        connection: Connection,
        storage: &Storage,
        clock: &Clock,
        node: Option<Node>,
    ) -> Answer<Self> {
        Ok(Self {
            writer: Arc::new(Writer::start(connection, storage.clone(), clock.clone(), node)?),
            pool: Arc::new(Pool::new(storage.clone())),
            readers: Arc::new(Semaphore::new(READERS_MAX)),
        })
    }

    /// The number of this node among several; none when there is only one process. A new one at every start.
    pub fn node(&self) -> Option<i64> {
        self.writer.node
    }

    /// The state of things that another node has left for this one when it joined, and up to where it reaches.
    pub fn snapshot(&self) -> Answer<Option<(i64, Vec<u8>)>> {
        let Some(node) = self.node() else { return Ok(None) };
        self.read_blocking(|reader| {
            reader.one(
                "select number, said from storage_snapshot where node = $1",
                &[node.into()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
    }

    /// The nodes that are alive, this one too.
    pub fn nodes(&self) -> Answer<Vec<i64>> {
        if self.node().is_none() {
            return Ok(Vec::new());
        }
        self.read_blocking(|reader| {
            reader.rows(
                "select number from storage_node where is_dead = 0 order by number",
                &[],
                |row| row.get(0),
            )
        })
    }

    /// From now on the listener hears what the other nodes write: everything after `heard`, or after this node joined.
    /// Blocks for a moment.
    pub fn listen(&self, listener: Listener, heard: Option<i64>) {
        self.writer.listen_blocking(listener, heard);
    }

    /// Takes up what other nodes have written, without writing anything.
    pub async fn look(&self) {
        self.writer.look().await;
    }

    /// Queues a writing job; `then` gets its answer after the commit, on the writer's thread, in the order of the commits.
    ///
    /// Waits only for a place in the queue. `then` must be short and must not block.
    pub async fn submit<T, J, D>(&self, job: J, then: D)
    where
        T: Send + 'static,
        J: FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
        D: FnOnce(Answer<T>) + Send + 'static,
    {
        self.writer.submit(job, then).await;
    }

    /// As [`Self::submit`], for jobs that only look at what they were given and so can be done twice: cheaper, because
    /// they need no savepoint. A first run that is thrown away leaves no trace but numbers that were never used.
    pub async fn submit_repeatable<T, J, D>(&self, job: J, then: D)
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Answer<T> + Send + 'static,
        D: FnOnce(Answer<T>) + Send + 'static,
    {
        self.writer.submit_repeatable(job, then).await;
    }

    /// As [`Self::submit_repeatable`], where nobody can wait for a place: it is taken at once, or by a task of its own as
    /// soon as there is one.
    pub fn submit_now<T, J, D>(&self, job: J, then: D)
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Answer<T> + Send + 'static,
        D: FnOnce(Answer<T>) + Send + 'static,
    {
        self.writer.submit_now(job, then);
    }

    /// Runs a writing job and waits until it is on disk.
    pub async fn write<T, J>(&self, job: J) -> Answer<T>
    where
        T: Send + 'static,
        J: FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
    {
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.submit(job, move |done| {
            let _ = answer.send(done); // nobody waits any more: the work is done all the same
        })
        .await;
        answered.await.unwrap_or(Err(CLOSED))
    }

    /// Runs a writing job from a thread that may block: the command line, tests, the demo's first start.
    pub fn write_blocking<T, J>(&self, job: J) -> Answer<T>
    where
        T: Send + 'static,
        J: FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
    {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        self.writer.submit_blocking(job, move |done| {
            let _ = answer.send(done); // as above
        });
        answered.recv().unwrap_or(Err(CLOSED))
    }

    /// Runs a reading job on a connection of the pool.
    pub async fn read<T, J>(&self, job: J) -> Answer<T>
    where
        T: Send + 'static,
        J: FnOnce(&mut Reader<'_>) -> Answer<T> + Send + 'static,
    {
        let pool = Arc::clone(&self.pool);
        let Ok(place) = Arc::clone(&self.readers).acquire_owned().await else { return Err(CLOSED) };
        let read = move || {
            let _place = place; // given back when the job is done, also when nobody waits for it any more
            pool.read(job)
        };
        tokio::task::spawn_blocking(read).await.unwrap_or(Err(JOB_PANICKED))
    }

    /// As [`Self::read`], for a few look-ups by key: SQLite answers them where one stands, in less time than the way to another
    /// thread and back takes. Lists and whatever grows with the data belong to [`Self::read`].
    pub async fn glance<T, J>(&self, job: J) -> Answer<T>
    where
        T: Send + 'static,
        J: FnOnce(&mut Reader<'_>) -> Answer<T> + Send + 'static,
    {
        if self.pool.is_at_hand() { self.pool.read(job) } else { self.read(job).await }
    }

    /// Runs a reading job from a thread that may block.
    pub fn read_blocking<T>(&self, job: impl FnOnce(&mut Reader<'_>) -> Answer<T>) -> Answer<T> {
        self.pool.read(job)
    }

    /// Prepares a statement without running it: a test holds every statement of every feature against both engines.
    pub fn check_statement(&self, sql: &'static str) -> Answer<()> {
        self.read_blocking(|reader| reader.prepare(sql))
    }
}
