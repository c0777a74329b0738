//! What a job holds: [`Reader`] to look, [`Tx`] to look and change.

use std::ops::{Deref, DerefMut};

use super::barred;
use super::engine::Connection;
use super::nodes::Node;
use super::value::{Args, Row};
use crate::clock::Millis;
use crate::refusal::Answer;

/// Looks into the storage. Everything read within one job is of one moment.
#[derive(Debug)]
pub struct Reader<'c> {
    connection: &'c mut Connection,
    /// Whether a statement may have changed something, or failed: then a refusal needs a rollback.
    is_touched: bool,
}

impl<'c> Reader<'c> {
    pub(super) fn new(connection: &'c mut Connection) -> Self {
        Self { connection, is_touched: false }
    }

    /// Shows each row as it comes, without keeping all in memory.
    pub fn each(
        &mut self,
        sql: &'static str,
        args: Args<'_>,
        mut see: impl FnMut(&Row<'_>) -> Answer<()>,
    ) -> Answer<()> {
        barred::assert_open();
        let done = self.connection.each(sql, args, &mut see);
        // `insert … returning` comes this way, too.
        self.is_touched |= done.is_err() || !sql.trim_start().starts_with("select");
        done
    }

    /// All rows, each turned into a value.
    pub fn rows<T>(
        &mut self,
        sql: &'static str,
        args: Args<'_>,
        mut read: impl FnMut(&Row<'_>) -> Answer<T>,
    ) -> Answer<Vec<T>> {
        let mut all = Vec::new();
        self.each(sql, args, |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The first row, if there is one.
    pub fn one<T>(
        &mut self,
        sql: &'static str,
        args: Args<'_>,
        mut read: impl FnMut(&Row<'_>) -> Answer<T>,
    ) -> Answer<Option<T>> {
        let mut first = None;
        self.each(sql, args, |row| {
            if first.is_none() {
                first = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(first)
    }

    /// Prepares a statement without running it.
    pub(super) fn prepare(&mut self, sql: &'static str) -> Answer<()> {
        self.connection.prepare(sql)
    }
}

/// Looks into the storage and changes it. Everything is kept together or not at all.
#[derive(Debug)]
pub struct Tx<'c> {
    reader: Reader<'c>,
    ids: &'c mut Ids,
    now: Millis,
    attempt: u64,
    /// What the other nodes hear; none while there are no others.
    shared: Option<&'c mut Vec<Vec<u8>>>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(
        connection: &'c mut Connection,
        ids: &'c mut Ids,
        (now, attempt): (Millis, u64),
        node: Option<&'c mut Node>,
    ) -> Self {
        let shared = node.filter(|node| node.has_company).map(|node| &mut node.shared);
        Self { reader: Reader::new(connection), ids, now, attempt, shared }
    }

    /// Whether other nodes are there, so that they must hear what happens ([`Self::share`]).
    pub fn has_company(&self) -> bool {
        self.shared.is_some()
    }

    /// Tells the other nodes: they hear it in the order of the commits, and only if this job is committed.
    pub fn share(&mut self, said: Vec<u8>) {
        if let Some(shared) = &mut self.shared {
            shared.push(said);
        }
    }

    /// Runs a statement without result rows and says how many rows it changed. For `returning` use [`Reader::one`].
    pub fn run(&mut self, sql: &'static str, args: Args<'_>) -> Answer<u64> {
        barred::assert_open();
        self.reader.is_touched = true;
        self.reader.connection.run(sql, args)
    }

    /// A number that nothing else has and that is greater than all before it.
    ///
    /// Numbers are drawn in the order of the commits, so whoever has read up to one misses nothing below it.
    pub fn fresh_id(&mut self) -> i64 {
        self.ids.draw(self.now)
    }

    /// Whether a refusal now would leave something behind without a rollback.
    pub fn is_touched(&self) -> bool {
        self.reader.is_touched
    }

    /// The number of the attempt at a commit that this job belongs to, unlike all others of this process. What jobs left beside
    /// the storage under another number was taken back with that attempt, or is on disk and known from there.
    pub fn attempt(&self) -> u64 {
        self.attempt
    }

    /// The time of this job.
    pub fn now(&self) -> Millis {
        self.now
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = Reader<'c>;

    fn deref(&self) -> &Self::Target {
        &self.reader
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.reader
    }
}

/// How many low bits of an id count within one millisecond.
const COUNTER_BITS: u32 = 20;

/// How far ahead ids are reserved in the storage, so that the mark is written about once a minute.
const RESERVED_AHEAD: i64 = 60_000 << COUNTER_BITS;

/// The source of ids: milliseconds and a counter, never falling, also across restarts and clock jumps.
#[derive(Debug)]
pub(super) struct Ids {
    last: i64,
    reserved: i64,
    /// The mark that the commit under way stores.
    storing: Option<i64>,
}

impl Ids {
    /// Goes on after everything that was ever reserved.
    pub(super) fn after(reserved: i64) -> Self {
        Self { last: reserved, reserved, storing: None }
    }

    /// The next one, whatever time it is: for the storage's own entries.
    pub(super) fn draw_next(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    /// Other nodes have used ids up to this one.
    pub(super) fn go_past(&mut self, used: i64) {
        self.last = self.last.max(used);
        self.reserved = used;
    }

    /// The last id drawn, if the storage does not know it yet. Several nodes reserve nothing ahead: each commit says where
    /// the next one goes on.
    pub(super) fn newest(&self) -> Option<i64> {
        (self.last > self.reserved).then_some(self.last)
    }

    fn draw(&mut self, now: Millis) -> i64 {
        self.last = (self.last + 1).max(now.0 << COUNTER_BITS);
        self.last
    }

    /// The mark to store with this commit, if ids went past the one that is stored.
    pub(super) fn mark_to_store(&mut self) -> Option<i64> {
        self.storing = (self.last > self.reserved).then_some(self.last + RESERVED_AHEAD);
        self.storing
    }

    /// The commit with the mark is on disk.
    pub(super) fn stored(&mut self) {
        self.reserved = self.storing.take().unwrap_or(self.reserved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_jumps_back() {
        let mut ids = Ids::after(0);
        let first = ids.draw(Millis(1_000_000));
        let second = ids.draw(Millis(1_000_000));
        let third = ids.draw(Millis(5));
        assert!(first < second && second < third);
        let mark = ids.mark_to_store().unwrap();
        assert_eq!(ids.mark_to_store(), Some(mark), "stored again until a commit holds it");
        ids.stored();
        assert_eq!(ids.mark_to_store(), None);
        assert!(Ids::after(mark).draw(Millis(5)) > third);
    }
}
