//! Connections for reading, opened when needed and kept for the next job.

use std::sync::{Mutex, PoisonError};

use super::Storage;
use super::engine::Connection;
use super::tx::Reader;
use crate::refusal::Answer;

/// Idle connections kept. More jobs at once open further ones, which are closed afterwards.
const IDLE_KEPT: usize = 8;

#[derive(Debug)]
pub(super) struct Pool {
    storage: Storage,
    idle: Mutex<Vec<Connection>>,
}

/// The driver of PostgreSQL says goodbye by blocking, which a thread that drives tasks must not; the last handle may be dropped
/// there.
impl Drop for Pool {
    fn drop(&mut self) {
        let idle = std::mem::take(self.idle.get_mut().unwrap_or_else(PoisonError::into_inner));
        if matches!(self.storage, Storage::Postgres { .. }) && !idle.is_empty() {
            // Fails when there are no threads left; then the process is about to end anyway.
            let _ = std::thread::Builder::new().spawn(move || drop(idle));
        }
    }
}

impl Pool {
    pub(super) fn new(storage: Storage) -> Self {
        Self { storage, idle: Mutex::new(Vec::new()) }
    }

    /// Whether reading waits for nobody else: no server and no network, only memory and, at worst, the disk.
    pub(super) fn is_at_hand(&self) -> bool {
        matches!(self.storage, Storage::Sqlite(_))
    }

    /// Where the connections lead.
    pub(super) const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Runs a job that sees the storage as it is at one moment.
    pub(super) fn read<T>(&self, job: impl FnOnce(&mut Reader<'_>) -> Answer<T>) -> Answer<T> {
        let mut connection = self.begun()?;
        let answer = job(&mut Reader::new(&mut connection));
        if connection.control("rollback").is_ok() && !connection.is_lost() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE_KEPT {
                idle.push(connection);
            }
        }
        answer
    }

    /// A connection in a transaction of its own. One that died while it lay here (the database server was restarted) shows it
    /// only when it is used: nothing has run on it yet, so a fresh one takes its place.
    fn begun(&self) -> Answer<Connection> {
        let begin = match self.storage {
            Storage::Sqlite(_) => "begin",
            Storage::Postgres { .. } => "begin isolation level repeatable read read only",
        };
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(mut connection) = kept
            && !connection.is_lost()
            && connection.control(begin).is_ok()
        {
            return Ok(connection);
        }
        let mut connection = Connection::open_reading(&self.storage)?;
        connection.control(begin)?;
        Ok(connection)
    }
}
