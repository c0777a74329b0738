//! Secret, verifiable ballots: the Belenios protocol without a server.
//!
//! Written from the Belenios specification 3.3.0 (wire format "version 1"); § numbers in this crate
//! are sections of that paper, so that it and the code can be laid side by side. Pure: randomness,
//! time stamp and identifiers are handed in; nothing here opens a file or a socket.

pub mod answer;
pub mod archive;
pub mod ballot;
mod check;
pub mod credential;
pub mod election;
pub mod finding;
pub mod group;
pub mod hash;
pub mod json;
pub mod method;
#[cfg(test)]
mod paper;
pub mod proof;
pub mod random;
pub mod rehearsal;
pub mod shuffle;
pub mod tally;
pub mod trustee;
#[cfg(test)]
mod vectors;
pub mod verify;
