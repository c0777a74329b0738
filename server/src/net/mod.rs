//! Sockets: everything that waits for the network, and nothing that decides.

mod leaves_out;

pub use leaves_out::LEAVES_OUT;

pub mod http;
pub mod line;
pub mod listen;
#[cfg(test)]
pub(crate) mod name_server;
pub mod places;
pub mod push;
pub mod s2s;
pub mod socket;
pub mod xmpp;
