//! The foundation under all features: ids, time, randomness, refusals, the outbox, storage, settings, audit notes.
//!
//! It knows no feature. Whatever two areas need and no standard library offers stands here.

pub mod about;
pub mod audit;
pub mod clock;
pub mod config;
pub mod db;
pub mod ids;
pub mod outbox;
pub mod personal;
pub mod random;
pub mod refusal;
#[cfg(feature = "testing")]
#[expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "only built for tests")]
pub mod testing;

pub use about::{About, Migration};
pub use clock::{Clock, Millis};
pub use db::{Args, Db, Reader, Row, Storage, Tx, Value};
pub use ids::{AccountId, BodyId, OfficeId, PersonId, RoomId, SessionId, TermId, UnitId};
pub use outbox::{Outbox, Post, Reach};
pub use personal::Personal;
pub use random::Random;
pub use refusal::{Answer, Kind, Refusal};
