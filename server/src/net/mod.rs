//! Sockets: everything that waits for the network, and nothing that decides.

pub mod http;
pub mod listen;
pub mod socket;
pub mod xmpp;
