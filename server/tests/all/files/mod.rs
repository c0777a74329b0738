//! Files by HTTP on a real door: put and fetched, sent in pieces, every trick that an upload can be, and the
//! way from one place to another.

pub(crate) mod bucket;
mod kept;
mod places;
pub(crate) mod resumable;
pub(crate) mod stage;
mod tricks;
