//! Files by HTTP on a real door: put and fetched, sent in pieces, and every trick that an upload can be.

mod kept;
pub(crate) mod resumable;
pub(crate) mod stage;
mod tricks;
