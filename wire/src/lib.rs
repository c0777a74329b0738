//! XMPP without sockets: stanzas as bytes, strict reading, stream states, SASL, stream management.
//!
//! Pure: no sockets, no async, no database, no clock; randomness is handed in as a seed.
//! Left out: BOSH (XEP-0206), compression (XEP-0138, never offered).
//!
//! The reading order: [`ns`], [`errors`], [`stanza`], [`xml`] (bytes from a stranger become events),
//! [`sasl`], [`sm`], [`stream`] (the server's side), [`client`] (the other side, for tests and tools),
//! [`s2s`] (between servers), [`portable`] (accounts that move from one server to another).

pub use minidom;
pub use minidom::Element;
pub use rxml;

mod announced;
pub mod errors;
pub mod form;
pub mod jid;
pub mod ns;
pub mod portable;
pub mod rsm;
pub mod stanza;
pub mod xml;

pub mod client;
pub mod component;
mod dice;
mod leaves_out;
pub mod s2s;
pub mod sasl;
pub mod sm;
pub mod stream;

pub use errors::{Condition, ErrorKind, ParseError, StanzaError, StreamCondition};
pub use jid::Jid;
pub use leaves_out::LEAVES_OUT;
pub use stanza::{ChildRef, Name, Stanza};
