//! Several processes on one PostgreSQL: whose turn it is to write, who is alive, and what everybody must hear.
//!
//! * Every commit holds a lock of the database, so the commits of all nodes come one after the other. Whatever the
//!   features assume of the one writer (order of the archive, growing ids) stays true.
//! * What a job tells the other nodes ([`super::Tx::share`]) is written into a log in the same commit. A node takes up what
//!   the others have written before its own next job, so all nodes see everything in one order.
//! * A node renews its lease with its commits. Whose lease ran out is declared dead by whoever notices, and can write
//!   nothing from then on: it would have to hold the lock, and looks at its own row once it has it.
//!
//! Left out: PostgreSQL as a bell. Who wants to know at once that there is something new asks
//! [`super::Db::look`], told by a message bus; without it the next commit or beat takes it up.

mod ranks;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::engine::Connection;
use super::tx::Ids;
use super::value::Value;
use crate::refusal::{Answer, Kind, Refusal};
pub(super) use ranks::{lock, prepare, refuse_beside_nodes, refuse_other_version};

/// How long a node may stay silent before the others go on without it, in milliseconds.
pub const LEASE_MS: i64 = 10_000;

/// How many beats there are in a lease: a node renews it as often, and whoever runs a node lets it beat as often.
pub const BEATS: i64 = 10;

/// A node that has missed so many beats has itself not been able to look, and declares nobody dead.
const MISSED_MAX: i64 = 4;

/// How long the rows of nodes that are gone stay for whoever wants to know, in milliseconds.
const REMEMBERED_MS: i64 = 86_400_000;

/// This node was declared dead, or another one has taken its name. It must end and begin anew.
pub const FENCED: Refusal = Refusal::new(Kind::Broken, "nodes.declared-dead");

/// The other nodes work with another server key. Copy theirs (`data/keys/server.key`) here before this node starts.
pub const OTHER_KEY: Refusal = Refusal::new(Kind::Conflict, "nodes.other-key");

/// The other nodes are of another version, and would not understand this one. Stop them all, and start them with the same.
pub const OTHER_VERSION: Refusal = Refusal::new(Kind::Conflict, "nodes.other-version");

/// Several nodes need PostgreSQL.
pub const NEED_POSTGRES: Refusal = Refusal::new(Kind::BadRequest, "nodes.need-postgres");

/// Nodes are working on this database; a server that is none of them (no `[nodes]` in its settings) must not.
pub const NODES_AT_WORK: Refusal = Refusal::new(Kind::Conflict, "nodes.at-work");

pub(super) const TABLES: &str = "
    create table if not exists storage_node (
        number bigint primary key, name text not null, lease_until bigint not null, read_to bigint not null,
        is_dead bigint not null);
    create table if not exists storage_log (number bigint primary key, node bigint not null, kind bigint not null,
        said bytea not null);
    create table if not exists storage_snapshot (node bigint primary key, number bigint not null, said bytea not null);";

/// The lock of all commits. The second number keeps apart what lives in one database under several schemas.
const LOCK: &str = "select pg_advisory_xact_lock(1263488332, hashtext(current_schema()))";

/// What the entries of the log are: something said, a node that joined, a node that is gone.
const SAID: i64 = 0;
const JOINED: i64 = 1;
const GONE: i64 = 2;

/// Who a process is among several on one database.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Its name, the same after every start; a start under the name of a living node takes that one's place.
    pub name: String,
    /// Tells the server key without giving it away: all nodes have the same.
    pub fingerprint: i64,
    /// Tells the version: nodes that do not understand each other must not work together.
    pub version: i64,
    /// How long it may stay silent: [`LEASE_MS`], less in tests.
    pub lease_ms: i64,
}

/// What has happened on the nodes, in the one order that all of them see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News<'a> {
    /// A node has told this. Never heard of oneself, unless a commit succeeded whose answer was lost.
    Said {
        /// Which node.
        node: i64,
        /// What jobs have shared, one after the other ([`super::Tx::share`]).
        said: &'a [u8],
    },
    /// A node has come. Whoever answers with the state of things up to here gives it to the newcomer.
    Joined(i64),
    /// A node is gone.
    Gone(i64),
    /// This node has told the others something.
    Written,
    /// This node was declared dead.
    Fenced,
}

/// A node as the storage knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Whether it has gone or was declared dead.
    pub is_dead: bool,
    /// Until when it counts as alive without a word of it, by the database's clock.
    pub lease_until: i64,
}

/// Hears the news, on the writer's thread. What it returns for [`News::Joined`] is kept for the newcomer.
pub type Listener = Arc<dyn Fn(News<'_>) -> Option<Vec<u8>> + Send + Sync>;

/// This process among the nodes.
pub(super) struct Node {
    number: i64,
    lease_ms: i64,
    /// Up to which entry of the log everything has been heard.
    heard: i64,
    listener: Option<Listener>,
    /// What the jobs of the batch under way share.
    pub(super) shared: Vec<Vec<u8>>,
    /// Whether somebody is there to share it with.
    pub(super) has_company: bool,
    /// Those this batch declares dead.
    dying: Vec<i64>,
    renewed: i64,
    /// When the batch under way renews the lease.
    renewing: Option<i64>,
    /// Since when the lease has been renewed without a gap.
    awake_since: i64,
    is_fenced: bool,
    /// The entry of the batch under way.
    writing: Option<i64>,
    /// What newcomers are to begin with, until it is on disk: the node, the entry with which it joined, the state.
    welcomes: Vec<(i64, i64, Vec<u8>)>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("number", &self.number).finish_non_exhaustive()
    }
}

/// What a node reads when it has the lock.
#[derive(Default)]
struct State {
    ids: i64,
    log: i64,
    is_dead: bool,
    others: i64,
    now: i64,
}

impl Node {
    /// Enters the ranks: from now on this node may write. Call it on a writing connection outside a transaction.
    pub(super) fn join(connection: &mut Connection, membership: &Membership) -> Answer<Self> {
        if matches!(connection, Connection::Sqlite(_)) {
            return Err(NEED_POSTGRES);
        }
        prepare(connection)?;
        connection.script(&format!("begin; {LOCK}"))?;
        let joined = ranks::enter(connection, membership);
        connection.script(if joined.is_ok() { "commit" } else { "rollback" })?;
        joined
    }

    pub(super) const fn number(&self) -> i64 {
        self.number
    }

    /// From now on the listener hears what comes after `heard`.
    pub(super) fn listen(&mut self, listener: Listener, heard: Option<i64>) {
        self.listener = Some(listener);
        self.heard = heard.unwrap_or(self.heard);
    }

    /// Begins a transaction in which this node alone writes, after it has heard everything.
    pub(super) fn begin(&mut self, connection: &mut Connection, ids: &mut Ids) -> Answer<()> {
        if self.is_fenced {
            return Err(FENCED);
        }
        self.shared.clear();
        self.dying.clear();
        self.writing = None;
        self.renewing = None;
        connection.script(&format!("begin; {LOCK}"))?;
        let state = self.state(connection)?;
        if state.is_dead {
            self.is_fenced = true;
            self.tell(News::Fenced);
            return Err(FENCED);
        }
        ids.go_past(state.ids);
        self.has_company = state.others > 0;
        if state.log > self.heard {
            self.hear(connection)?;
        }
        if state.now - self.renewed >= self.lease_ms / BEATS {
            self.renew(connection, ids, state.now)?;
        }
        Ok(())
    }

    fn state(&self, connection: &mut Connection) -> Answer<State> {
        let mut state = State { is_dead: true, ..State::default() };
        connection.each(
            "select coalesce((select value from storage_mark where name = 'ids'), 0),
                 coalesce((select value from storage_mark where name = 'log'), 0), n.is_dead,
                 (select count(*) from storage_node o where o.is_dead = 0 and o.number <> n.number),
                 (extract(epoch from clock_timestamp()) * 1000)::bigint
             from storage_node n where n.number = $1",
            &[Value::Int(self.number)],
            &mut |row| {
                state = State {
                    ids: row.get(0)?,
                    log: row.get(1)?,
                    is_dead: row.get(2)?,
                    others: row.get(3)?,
                    now: row.get(4)?,
                };
                Ok(())
            },
        )?;
        Ok(state)
    }

    /// Takes up what the others have written, outside a transaction.
    pub(super) fn look(&mut self, connection: &mut Connection) -> Answer<()> {
        self.hear(connection)?;
        self.welcome(connection)?;
        self.welcomes.clear();
        Ok(())
    }

    /// Leaves newcomers what they begin with. It is made once, when they are heard of: until it is on disk it is kept.
    fn welcome(&self, connection: &mut Connection) -> Answer<()> {
        for (node, number, state) in &self.welcomes {
            connection.run(
                "insert into storage_snapshot (node, number, said) values ($1, $2, $3)
                 on conflict (node) do nothing",
                &[Value::Int(*node), Value::Int(*number), Value::Bytes(state)],
            )?;
        }
        Ok(())
    }

    /// Needs no transaction: numbers grow in the order of the commits.
    fn hear(&mut self, connection: &mut Connection) -> Answer<()> {
        let Some(listener) = self.listener.clone() else { return Ok(()) };
        let mut entries: Vec<(i64, i64, i64, Vec<u8>)> = Vec::new();
        connection.each(
            "select number, node, kind, said from storage_log where number > $1 order by number",
            &[Value::Int(self.heard)],
            &mut |row| {
                entries.push((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
                Ok(())
            },
        )?;
        for (number, node, kind, said) in entries {
            match kind {
                JOINED if node != self.number => {
                    if let Some(state) = listener(News::Joined(node)) {
                        self.welcomes.push((node, number, state));
                    }
                }
                JOINED => {}
                GONE => drop(listener(News::Gone(node))),
                _ => drop(listener(News::Said { node, said: &said })),
            }
            self.heard = number;
        }
        Ok(())
    }

    /// I am here; who has not been for too long is not.
    fn renew(&mut self, connection: &mut Connection, ids: &mut Ids, now: i64) -> Answer<()> {
        connection.run(
            "update storage_node set lease_until = $2, read_to = $3 where number = $1",
            &[Value::Int(self.number), Value::Int(now + self.lease_ms), Value::Int(self.heard)],
        )?;
        if now - self.renewed > self.lease_ms / BEATS * MISSED_MAX {
            self.awake_since = now;
        }
        self.renewing = Some(now);
        // After a rest of the database all leases have run out at once: everybody gets the time to renew his.
        if now - self.awake_since >= self.lease_ms {
            let mut late = Vec::new();
            connection.each(
                "update storage_node set is_dead = 1 where is_dead = 0 and lease_until < $1 returning number",
                &[Value::Int(now)],
                &mut |row| {
                    late.push(row.get(0)?);
                    Ok(())
                },
            )?;
            for node in late {
                let number = ids.draw_next();
                ranks::write_entry(connection, number, node, GONE, &[])?;
                self.dying.push(node);
                self.writing = Some(number);
            }
        }
        connection.run(
            "delete from storage_log where number <= (select min(read_to) from storage_node where is_dead = 0)",
            &[],
        )?;
        connection.run(
            "delete from storage_node where is_dead = 1 and lease_until < $1",
            &[Value::Int(now - REMEMBERED_MS)],
        )?;
        // What a newcomer began with holds what everybody was sent and whom everybody knows: nobody needs it twice.
        let own = self.listener.as_ref().map(|_| self.number);
        connection.run(
            "delete from storage_snapshot
             where node = $1 or node not in (select number from storage_node where is_dead = 0)",
            &[own.into()],
        )?;
        Ok(())
    }

    /// Writes down what the jobs share and which ids are used. The last thing before the commit.
    pub(super) fn end(&mut self, connection: &mut Connection, ids: &mut Ids) -> Answer<()> {
        self.welcome(connection)?;
        if !self.shared.is_empty() {
            let number = ids.draw_next();
            ranks::write_entry(connection, number, self.number, SAID, &self.shared.concat())?;
            self.writing = Some(number);
        }
        if let Some(last) = ids.newest() {
            connection.run(
                "insert into storage_mark (name, value) values ('ids', $1)
                 on conflict (name) do update set value = excluded.value",
                &[Value::Int(last)],
            )?;
        }
        Ok(())
    }

    /// The commit is on disk. What it says of others is heard here, too.
    pub(super) fn committed(&mut self) {
        for node in std::mem::take(&mut self.dying) {
            self.tell(News::Gone(node));
        }
        self.renewed = self.renewing.take().unwrap_or(self.renewed);
        if let Some(number) = self.writing.take() {
            self.heard = number;
            self.tell(News::Written);
        }
        self.shared.clear();
        self.welcomes.clear();
    }

    fn tell(&self, news: News<'_>) {
        if let Some(listener) = &self.listener {
            drop(listener(news));
        }
    }

    /// Goes, so that nobody has to wait for the lease to run out.
    pub(super) fn retire(&mut self, connection: &mut Connection, ids: &mut Ids) -> Answer<()> {
        self.begin(connection, ids)?;
        ranks::bury(connection, self.number, ids)?;
        self.end(connection, ids)?;
        connection.script("commit")
    }
}
