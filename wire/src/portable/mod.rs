//! Accounts on their way from one server to another (XEP-0227): the format, without files and without a database.
//!
//! [`Reader`] cuts a document of any length into [`Piece`]s, each of which is small; [`Credentials`] are the keys of a
//! password; [`write`] says how a document begins and ends. What a piece means to the one who takes it is not decided here.
//!
//! Left out: multi-user chat (the format has none), `xpointer` and `parse` of `XInclude` (XEP-0227 §5 asks for neither).

mod credentials;
mod reader;
#[cfg(test)]
mod tests;
pub mod write;

pub use credentials::{Credentials, ITERATIONS_MAX, ITERATIONS_MIN};
pub use reader::{DEPTH_MAX, ELEMENT_BYTES_MAX, ELEMENTS_MAX, Fault, Level, Part, Piece, Reader};

/// The elements of the format itself (XEP-0227 §4).
pub const PIE: &str = "urn:xmpp:pie:0";
/// The same before the standard was a draft; ejabberd reads and older servers write it.
pub const PIE_OLD: &str = "http://www.xmpp.org/extensions/xep-0227.html#ns";
/// Keys instead of a password (XEP-0227, version 1.1).
pub const PIE_SCRAM: &str = "urn:xmpp:pie:0#scram";
/// An archive (XEP-0227, version 1.1).
pub const PIE_MAM: &str = "urn:xmpp:pie:0#mam";
/// A part of the document in another file (XEP-0227 §5).
pub const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";
