//! What a feature wants to have delivered once its work is on disk.
//!
//! A feature never sends. It returns an outbox; the flow commits, and only then the outbox is posted, in the order
//! of the commits. So nobody ever sees what a crash could take back.

use serde::{Deserialize, Serialize};

use konvent_wire::Stanza;

use crate::ids::{AccountId, RoomId, SessionId};
use crate::refusal::Answer;

/// Stanzas on their way, in the order in which they leave.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Outbox {
    posts: Vec<Post>,
}

/// One stanza and whom it reaches.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Post {
    /// Exactly one connection, if it is still there.
    Session {
        /// Which one.
        session: SessionId,
        /// The stanza, with its `to` already written.
        stanza: Stanza,
    },
    /// Connections of one account.
    Account {
        /// Whose.
        account: AccountId,
        /// Which of them.
        reach: Reach,
        /// A connection that must not get it: usually the one it came from.
        except: Option<SessionId>,
        /// The stanza. If it has no `to`, that is written for each connection; if it has one, it stays as it is.
        stanza: Stanza,
    },
    /// Everybody who is in a room at the moment of posting; `to` is written for each.
    Occupants {
        /// Which room.
        room: RoomId,
        /// The stanza, from the room or one of its occupants.
        stanza: Stanza,
    },
    /// Somebody on another server, with `from` and `to` written.
    Abroad {
        /// The stanza.
        stanza: Stanza,
        /// The row in which it waits until the other server has it; none when it may be lost.
        row: Option<i64>,
    },
}

/// Which connections of an account a stanza reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Available with a priority that is not negative (RFC 6121 §8.5.2).
    Available,
    /// Available, whatever the priority (RFC 6121 §3.1.3).
    Present,
    /// Those that asked for the block list (XEP-0191).
    Blocklist,
    /// Those that have enabled carbons (XEP-0280).
    Carbons,
    /// Those that asked for the roster (RFC 6121 §2.1.6).
    Interested,
    /// Every bound connection.
    Every,
}

impl Outbox {
    /// To exactly one connection.
    pub fn to_session(&mut self, session: SessionId, stanza: Stanza) {
        self.posts.push(Post::Session { session, stanza });
    }

    /// To connections of one account.
    pub fn to_account(
        &mut self,
        account: AccountId,
        reach: Reach,
        except: Option<SessionId>,
        stanza: Stanza,
    ) {
        self.posts.push(Post::Account { account, reach, except, stanza });
    }

    /// To everybody in a room.
    pub fn to_occupants(&mut self, room: RoomId, stanza: Stanza) {
        self.posts.push(Post::Occupants { room, stanza });
    }

    /// To somebody on another server.
    pub fn abroad(&mut self, stanza: Stanza) {
        self.posts.push(Post::Abroad { stanza, row: None });
    }

    /// Lets `keep` write down what goes abroad, within the transaction, before anything is posted.
    pub fn keep_abroad(
        &mut self,
        mut keep: impl FnMut(&Stanza) -> Answer<Option<i64>>,
    ) -> Answer<()> {
        for post in &mut self.posts {
            if let Post::Abroad { stanza, row } = post
                && row.is_none()
            {
                *row = keep(stanza)?;
            }
        }
        Ok(())
    }

    /// Appends another outbox.
    pub fn append(&mut self, mut other: Self) {
        self.posts.append(&mut other.posts);
    }

    /// The posts in order.
    pub fn posts(&self) -> &[Post] {
        &self.posts
    }

    /// The posts in order, for whoever delivers them.
    pub fn into_posts(self) -> Vec<Post> {
        self.posts
    }

    /// Whether there is nothing to post.
    pub fn is_empty(&self) -> bool {
        self.posts.is_empty()
    }
}
