//! One child of a stanza, read from its canonical bytes without building a tree.

use std::borrow::Cow;

use minidom::Element;

use crate::{ns, xml};

/// A child of a stanza, borrowed from it.
#[derive(Clone, Copy)]
pub struct ChildRef<'a> {
    bytes: &'a [u8],
}

impl<'a> ChildRef<'a> {
    /// `bytes` are canonical: `<name`, then `xmlns` if it is not `jabber:client`, then attributes.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The child as bytes, valid where the default namespace is `jabber:client`.
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Its local name.
    pub fn name(self) -> &'a str {
        let head = self.bytes.get(1..).unwrap_or_default();
        let end = head.iter().position(|byte| matches!(byte, b' ' | b'/' | b'>'));
        text(head.get(..end.unwrap_or(head.len())).unwrap_or_default())
    }

    /// Its namespace.
    pub fn ns(self) -> Cow<'a, str> {
        let after_name = self.bytes.get(1 + self.name().len()..).unwrap_or_default();
        let Some(value) = after_name.strip_prefix(b" xmlns=\"") else { return ns::CLIENT.into() };
        let end = value.iter().position(|&byte| byte == b'"').unwrap_or(value.len());
        let value = text(value.get(..end).unwrap_or_default());
        if value.contains('&') { unescape(value).into() } else { value.into() }
    }

    /// The value of its attribute of this name, unescaped; attributes with a prefix are found with it.
    pub fn attr(self, name: &str) -> Option<Cow<'a, str>> {
        let mut rest = self.bytes.get(1 + self.name().len()..)?;
        // Canonical bytes: ` name="value"` again and again, then `>` or `/>`; no quote is left within a value.
        while let Some(attribute) = rest.strip_prefix(b" ") {
            let mut parts = attribute.splitn(3, |&byte| byte == b'"');
            let (key, value) = (parts.next()?, text(parts.next()?));
            rest = parts.next()?;
            if key.strip_suffix(b"=") == Some(name.as_bytes()) {
                return Some(if value.contains('&') {
                    unescape(value).into()
                } else {
                    value.into()
                });
            }
        }
        None
    }

    /// Whether it has this name and namespace.
    pub fn is(self, name: &str, namespace: &str) -> bool {
        self.name() == name && self.ns() == namespace
    }

    /// Its direct text, unescaped.
    pub fn text(self) -> String {
        xml::text_of(self.bytes)
    }

    /// It as a tree.
    pub fn element(self) -> Option<Element> {
        xml::read_element(self.bytes)
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Undoes [`xml::escape_attr`].
fn unescape(value: &str) -> String {
    value
        .replace("&#13;", "\r")
        .replace("&#10;", "\n")
        .replace("&#9;", "\t")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
