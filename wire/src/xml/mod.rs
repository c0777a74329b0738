//! XML 1.0 as XMPP uses it (RFC 6120 §11): strict reading, one canonical way of writing, trees on demand.
//! DTDs, entities, comments and processing instructions do not exist here.

mod canonical;
mod escape;
mod fault;
mod inside;
mod limits;
mod opening;
mod reader;
mod scope;
mod swift;
#[cfg(test)]
mod tests;
mod tree;

pub use escape::{escape_attr, escape_text};
pub(crate) use inside::parse_stanza;
pub use limits::Limits;
pub use opening::Opening;
pub use reader::{Event, Reader};
pub use tree::{Build, attr_name, el, write_element};
pub(crate) use tree::{read_element, text_of, write_attr, write_forwarding};
