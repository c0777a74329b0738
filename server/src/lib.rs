//! The server: the flows that tell the lives of things across features, and the net around them.
//!
//! Reading order: [`flows`] (what happens to a message, a presence, a question, a member), [`house`] (what an
//! installation has), [`hall`] (who is connected), [`net`] (sockets), [`command`] and [`demo`] (the command line).

pub mod account;
pub mod acme;
pub mod arrivals;
pub mod cards;
pub mod command;
pub mod control;
pub mod counters;
pub mod demo;
pub mod doctor;
pub mod faces;
pub mod files;
pub mod flows;
pub mod hall;
pub mod house;
pub mod keys;
pub mod mailbox;
pub mod moving;
pub mod net;
pub mod readiness;
pub mod tls;
pub mod words;

pub use house::House;
