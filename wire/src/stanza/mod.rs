//! A stanza as canonical bytes plus the little a server must know of it (RFC 6120 §8).
//!
//! The children are kept as one shared piece of bytes, valid in any place whose default namespace is
//! `jabber:client`; an index says where each begins and ends. A room message is serialised once, only its
//! opening tag differs from recipient to recipient. Trees are built on request, for what we answer ourselves.

mod build;
mod check;
mod child;
#[cfg(test)]
mod tests;
pub mod text;

use std::fmt;
use std::sync::Arc;

use crate::jid::Jid;
use minidom::Element;

pub use child::ChildRef;

use crate::errors::ParseError;
use crate::ns;
use crate::xml::{self, escape_attr};

/// The three kinds of stanza (RFC 6120 §8.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Name {
    /// Push (§8.2.1).
    Message,
    /// Publish and subscribe (§8.2.2).
    Presence,
    /// Question and answer (§8.2.3).
    Iq,
}

impl Name {
    /// The name of the element.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Presence => "presence",
            Self::Iq => "iq",
        }
    }

    /// The kind of stanza with that element name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "message" => Some(Self::Message),
            "presence" => Some(Self::Presence),
            "iq" => Some(Self::Iq),
            _ => None,
        }
    }
}

/// A stanza. Cheap to clone: the children are shared.
///
/// Its namespace is always `jabber:client`; streams between servers rewrite it on their way out.
#[derive(Clone)]
pub struct Stanza {
    /// Message, presence or iq.
    pub name: Name,
    /// Whom it is for; none means the sender's own account (RFC 6120 §8.1.1.1).
    pub to: Option<Jid>,
    /// Who sent it; the server sets this for its clients (RFC 6120 §8.1.2.1).
    pub from: Option<Jid>,
    /// The sender's name for it (RFC 6120 §8.1.3).
    pub id: Option<Arc<str>>,
    /// The attribute `type`, not checked against any list.
    pub kind: Option<Arc<str>>,
    /// `xml:lang`.
    pub lang: Option<Arc<str>>,
    /// All other attributes, as they are written.
    pub(crate) others: Option<Arc<[u8]>>,
    pub(crate) body: Arc<Body>,
}

/// The children of a stanza.
#[derive(Default)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) children: Vec<Span>,
}

/// Where a child stands among the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Stanza {
    /// The children as bytes, valid where the default namespace is `jabber:client`.
    pub fn inner(&self) -> &[u8] {
        &self.body.bytes
    }

    /// The children one by one. Text between them (which no standard knows) is passed over.
    pub fn children(&self) -> impl Iterator<Item = ChildRef<'_>> {
        self.body.children.iter().filter_map(|span| {
            let range = usize::try_from(span.start).ok()?..usize::try_from(span.end).ok()?;
            self.body.bytes.get(range).map(ChildRef::new)
        })
    }

    /// The first child with this name and namespace.
    pub fn child(&self, name: &str, namespace: &str) -> Option<ChildRef<'_>> {
        self.children().find(|child| child.is(name, namespace))
    }

    /// Whether there is such a child.
    pub fn has(&self, name: &str, namespace: &str) -> bool {
        self.child(name, namespace).is_some()
    }

    /// The direct text of the first such child, for instance `body`.
    pub fn text_of(&self, name: &str, namespace: &str) -> Option<String> {
        self.child(name, namespace).map(ChildRef::text)
    }

    /// The first child as a tree: what an iq asks or answers.
    pub fn payload(&self) -> Option<Element> {
        self.children().next().and_then(ChildRef::element)
    }

    /// The whole stanza as a tree, for instance to be forwarded (XEP-0297).
    pub fn element(&self) -> Option<Element> {
        xml::read_element(&self.to_bytes())
    }

    /// Whether the attribute `type` has this value.
    pub fn is_kind(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }

    /// Whether it reports an error (RFC 6120 §8.3).
    pub fn is_error(&self) -> bool {
        self.is_kind("error")
    }

    /// Writes it for a stream whose default namespace is `jabber:client` (TCP).
    pub fn write(&self, out: &mut Vec<u8>) {
        self.write_as(self.to.as_ref(), false, out);
    }

    /// Writes it as a document of its own (WebSocket frames, RFC 7395 §3.3.3; the archive; forwarding).
    pub fn write_standalone(&self, out: &mut Vec<u8>) {
        self.write_as(self.to.as_ref(), true, out);
    }

    /// The same stanza for another recipient, for a TCP stream, without building another stanza.
    pub fn write_to(&self, to: &Jid, out: &mut Vec<u8>) {
        self.write_as(Some(to), false, out);
    }

    /// As [`Self::write_standalone`], in a vector of its own.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size_hint());
        self.write_standalone(&mut out);
        out
    }

    /// About how many bytes writing will take, and keeping does.
    pub fn size_hint(&self) -> usize {
        160 + self.body.bytes.len() + self.others.as_ref().map_or(0, |others| others.len())
    }

    pub(crate) fn write_as(&self, to: Option<&Jid>, standalone: bool, out: &mut Vec<u8>) {
        out.reserve(self.size_hint());
        let name = self.name.as_str().as_bytes();
        out.push(b'<');
        out.extend_from_slice(name);
        if standalone {
            out.extend_from_slice(b" xmlns=\"jabber:client\"");
        }
        attr("to", to.map(Jid::as_str), out);
        attr("from", self.from.as_ref().map(Jid::as_str), out);
        attr("id", self.id.as_deref(), out);
        attr("type", self.kind.as_deref(), out);
        attr("xml:lang", self.lang.as_deref(), out);
        if let Some(others) = &self.others {
            out.extend_from_slice(others);
        }
        if self.body.bytes.is_empty() {
            out.extend_from_slice(b"/>");
            return;
        }
        out.push(b'>');
        out.extend_from_slice(&self.body.bytes);
        out.extend_from_slice(b"</");
        out.extend_from_slice(name);
        out.push(b'>');
    }

    /// Reads a stanza that stands alone, as strictly as a stream would; the namespace `jabber:client` is
    /// understood where none is declared. For rows of the archive, plays and tests.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        xml::parse_stanza(bytes)
    }
}

fn attr(name: &str, value: Option<&str>, out: &mut Vec<u8>) {
    let Some(value) = value else { return };
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    escape_attr(value, out);
    out.push(b'"');
}

impl PartialEq for Stanza {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.to == other.to
            && self.from == other.from
            && self.id == other.id
            && self.kind == other.kind
            && self.lang == other.lang
            && self.others == other.others
            && self.body.bytes == other.body.bytes
    }
}

impl Eq for Stanza {}

/// Prints the shape only: what members write does not belong into logs.
impl fmt::Debug for Stanza {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stanza")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("children", &self.body.children.len())
            .field("bytes", &self.body.bytes.len())
            .finish_non_exhaustive()
    }
}

/// The address of a stanza, no longer than RFC 7622 §3.1 allows (3,071 bytes).
pub(crate) fn address(text: &str) -> Option<Jid> {
    if text.len() > 3071 { None } else { Jid::new(text).ok() }
}

/// Whether a name is a child of `jabber:client`, the namespace canonical bytes do not declare.
pub(crate) fn is_client(namespace: &str) -> bool {
    namespace == ns::CLIENT
}
