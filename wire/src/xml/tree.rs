//! Trees for what the server itself answers: a short builder, canonical writing, reading of checked bytes.
//! Anything that came from outside was measured by the reader before it becomes a tree here.

use minidom::tree_builder::TreeBuilder;
use minidom::{Element, Node};
use rxml::{Namespace, NcName, Parse as _, RawEvent, RawParser, WithOptions as _};

use super::escape::{escape_attr, escape_text};
use crate::ns;
use crate::stanza::Stanza;

/// The name of an attribute for [`minidom::Element::builder`].
///
/// Names are written down in our code; one that is no `NCName` becomes `_`, which no standard uses.
pub fn attr_name(name: &str) -> NcName {
    #[expect(clippy::expect_used, reason = "an underscore is a name")]
    NcName::try_from(name).unwrap_or_else(|_| NcName::try_from("_").expect("a name"))
}

/// Begins an element: `el("ping", "urn:xmpp:ping").build()`.
pub fn el(name: &str, namespace: &str) -> Build {
    Build { root: Element::bare(name, namespace) }
}

/// An element under construction.
#[derive(Clone, Debug)]
#[must_use]
pub struct Build {
    root: Element,
}

impl Build {
    /// Sets an attribute without namespace.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and texts read alike at the call")]
    pub fn attr(mut self, name: &str, value: impl ToString) -> Self {
        self.root.set_attr(Namespace::NONE, attr_name(name), value.to_string());
        self
    }

    /// Sets an attribute if there is a value.
    pub fn maybe(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Sets `xml:lang`.
    pub fn lang(mut self, lang: &str) -> Self {
        self.root.set_attr(Namespace::xml().clone(), attr_name("lang"), lang);
        self
    }

    /// Appends text.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.root.append_text(text.into());
        self
    }

    /// Appends a child.
    pub fn child(mut self, child: impl Into<Element>) -> Self {
        self.root.append_child(child.into());
        self
    }

    /// Appends children.
    pub fn children<E: Into<Element>>(mut self, children: impl IntoIterator<Item = E>) -> Self {
        for child in children {
            self.root.append_child(child.into());
        }
        self
    }

    /// The finished element.
    pub fn build(self) -> Element {
        self.root
    }
}

impl From<Build> for Element {
    fn from(build: Build) -> Self {
        build.root
    }
}

/// Writes a tree canonically into a place whose default namespace is `around`.
///
/// Canonical: no prefixes, `xmlns` exactly where the namespace changes, attributes double-quoted.
pub fn write_element(element: &Element, around: &str, out: &mut Vec<u8>) {
    let namespace = element.ns();
    out.push(b'<');
    out.extend_from_slice(element.name().as_bytes());
    if namespace != around {
        write_attr("xmlns", &namespace, out);
    }
    let mut foreign = 0;
    for ((attr_ns, name), value) in element.attrs() {
        write_qualified(attr_ns.as_str(), name.as_str(), value, &mut foreign, out);
    }
    if element.nodes().next().is_none() {
        out.extend_from_slice(b"/>");
        return;
    }
    out.push(b'>');
    for node in element.nodes() {
        match node {
            Node::Element(child) => write_element(child, &namespace, out),
            Node::Text(text) => escape_text(text, out),
        }
    }
    out.extend_from_slice(b"</");
    out.extend_from_slice(element.name().as_bytes());
    out.push(b'>');
}

/// As [`write_element`], with a stanza as the last child of the first `<forwarded/>` (XEP-0297) in it.
pub(crate) fn write_forwarding(
    element: &Element,
    around: &str,
    inner: &mut Option<&Stanza>,
    out: &mut Vec<u8>,
) {
    let mut shell = Element::bare(element.name(), element.ns());
    for ((namespace, name), value) in element.attrs() {
        shell.set_attr(namespace.clone(), name.clone(), value.clone());
    }
    write_element(&shell, around, out);
    // The shell is empty, so it ends in "/>".
    out.truncate(out.len().saturating_sub(2));
    out.push(b'>');
    let namespace = element.ns();
    for node in element.nodes() {
        match node {
            Node::Element(child) => write_forwarding(child, &namespace, inner, out),
            Node::Text(text) => escape_text(text, out),
        }
    }
    if element.is("forwarded", ns::FORWARD)
        && let Some(stanza) = inner.take()
    {
        stanza.write_standalone(out);
    }
    out.extend_from_slice(b"</");
    out.extend_from_slice(element.name().as_bytes());
    out.push(b'>');
}

/// Writes ` name="value"`.
pub(crate) fn write_attr(name: &str, value: &str, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    escape_attr(value, out);
    out.push(b'"');
}

/// Writes an attribute of any namespace; `foreign` numbers the prefixes of one element.
pub(crate) fn write_qualified(
    namespace: &str,
    name: &str,
    value: &str,
    foreign: &mut u16,
    out: &mut Vec<u8>,
) {
    match namespace {
        "" => write_attr(name, value, out),
        ns::XML => write_attr(&format!("xml:{name}"), value, out),
        _ => {
            write_attr(&format!("xmlns:n{foreign}"), namespace, out);
            write_attr(&format!("n{foreign}:{name}"), value, out);
            *foreign = foreign.saturating_add(1);
        }
    }
}

/// Reads canonical bytes of ours as a tree; the default namespace around them is `jabber:client`.
pub(crate) fn read_element(bytes: &[u8]) -> Option<Element> {
    let mut parser = parser_for(bytes.len());
    let around = vec![ns::CLIENT.to_owned().into()];
    let mut builder = TreeBuilder::new().with_prefixes_stack(around);
    let mut rest = bytes;
    while let Ok(Some(event)) = parser.parse(&mut rest, true) {
        builder.process_event(event).ok()?;
        if let Some(root) = builder.root.take() {
            return Some(root);
        }
    }
    None
}

/// The direct text of the first element in canonical bytes of ours.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let mut parser = parser_for(bytes.len());
    let (mut rest, mut depth, mut text) = (bytes, 0_u32, String::new());
    while let Ok(Some(event)) = parser.parse(&mut rest, true) {
        match event {
            RawEvent::ElementHeadOpen(..) => depth += 1,
            RawEvent::ElementFoot(_) => depth = depth.saturating_sub(1),
            RawEvent::Text(_, part) if depth == 1 => text.push_str(&part),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    text
}

/// A parser whose longest token is `bytes`.
pub(crate) fn parser_for(bytes: usize) -> RawParser {
    RawParser::with_options(rxml::Options {
        max_token_length: bytes.max(64),
        ..rxml::Options::default()
    })
}
