//! From sums and ballots to decisions: majorities, seats, ranks, lots.
//!
//! Rules are data: a statute names a rule, and the same code explains it step by step. Nothing here
//! knows about cryptography; what is counted comes from a verified result.

pub mod apportion;
pub mod grades;
pub mod lot;
pub mod majority;
pub mod persons;
pub mod ranks;
pub mod stv;
