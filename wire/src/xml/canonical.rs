//! One way of writing: parser events of one top-level element become canonical bytes.
//!
//! Canonical means: equal to the input as a tree of names, namespaces, attributes and text, but without
//! prefixes on elements, with `xmlns` exactly where the namespace changes, nothing inherited except the
//! default namespace `jabber:client`. Reading canonical bytes again yields the same bytes.
//! So whatever is passed on declares all it uses (RFC 6120 §4.8.5).
//! Prefixes in attribute values and text lose their meaning; no protocol of XMPP uses any (RFC 6120 §4.8.5).

use minidom::Element;
use rxml::RawEvent;

use super::escape::escape_text;
use super::limits::Limits;
use super::scope::{Head, Ns, Scope};
use super::tree::{write_attr, write_qualified};
use crate::errors::StreamCondition;
use crate::stanza::{Body, Name, Span, Stanza, address};

/// An element whose end has not come yet.
struct Open {
    namespace: Ns,
    mark: usize,
    /// Where its name stands in the output; nowhere for the stanza itself.
    name: std::ops::Range<usize>,
}

/// What came of one top-level element.
pub(super) enum Finished {
    /// A stanza, and whether its `to` and `from` were addresses.
    Stanza { stanza: Stanza, to_is_sound: bool, from_is_sound: bool },
    /// Something else, canonical from its own opening tag on.
    Element(Vec<u8>),
    /// The same where nothing stands in it.
    Lone(Element),
}

/// A writer of one top-level element.
pub(super) struct Canonical {
    limits: Limits,
    scope: Scope,
    head: Head,
    head_is_open: bool,
    open: Vec<Open>,
    elements: u16,
    stanza: Option<(Stanza, bool, bool)>,
    body: Body,
    child_start: usize,
}

impl Canonical {
    /// Begins below these declarations.
    pub(super) fn new(scope: Scope, limits: Limits) -> Self {
        Self {
            limits,
            scope,
            head: Head::default(),
            head_is_open: false,
            open: Vec::new(),
            elements: 0,
            stanza: None,
            body: Body::default(),
            child_start: 0,
        }
    }

    /// Takes the next event; the last one gives the result.
    pub(super) fn take(&mut self, event: RawEvent) -> Result<Option<Finished>, StreamCondition> {
        match event {
            RawEvent::XmlDeclaration(..) => {}
            RawEvent::ElementHeadOpen(_, (prefix, name)) => {
                self.elements = self.elements.saturating_add(1);
                if self.open.len() >= usize::from(self.limits.depth)
                    || self.elements > self.limits.elements
                {
                    return Err(StreamCondition::PolicyViolation);
                }
                self.end_head();
                self.head.begin(prefix, name, &self.scope);
            }
            RawEvent::Attribute(_, name, value) => {
                self.head.attribute(name, value, &mut self.scope, &self.limits)?;
            }
            RawEvent::ElementHeadClose(_) => self.begin_element()?,
            RawEvent::Text(_, text) => {
                self.end_head();
                escape_text(&text, &mut self.body.bytes);
            }
            RawEvent::ElementFoot(_) => return Ok(self.end_element()),
        }
        Ok(None)
    }

    fn end_head(&mut self) {
        if std::mem::take(&mut self.head_is_open) {
            self.body.bytes.push(b'>');
        }
    }

    fn begin_element(&mut self) -> Result<(), StreamCondition> {
        let (namespace, name) = self.head.finish(&self.scope)?;
        let (name, mark) = (name.as_str(), self.head.mark);
        let is_handshake = name == "handshake" && self.scope.is_of(crate::ns::COMPONENT); // XEP-0114 §3
        if self.open.is_empty() && namespace == Ns::CLIENT && !is_handshake {
            // RFC 6120 §4.9.3.24: nothing else exists in this namespace at this level.
            let name = Name::from_name(name).ok_or(StreamCondition::UnsupportedStanzaType)?;
            self.stanza = Some(self.header(name));
            self.open.push(Open { namespace, mark, name: 0..0 });
            return Ok(());
        }
        // A child of a stanza, or the whole element when it is none.
        if self.open.len() == usize::from(self.stanza.is_some()) {
            self.child_start = self.body.bytes.len();
            if self.body.children.len() >= usize::from(self.limits.children) {
                return Err(StreamCondition::PolicyViolation);
            }
        }
        let around = self.open.last().map_or(Ns::CLIENT, |open| open.namespace);
        let out = &mut self.body.bytes;
        out.push(b'<');
        let start = out.len();
        out.extend_from_slice(name.as_bytes());
        let written = start..out.len();
        if namespace != around {
            write_attr("xmlns", self.scope.name(namespace), out);
        }
        let mut foreign = 0;
        for (of, name, value) in &self.head.attributes {
            write_qualified(self.scope.name(*of), name.as_str(), value, &mut foreign, out);
        }
        self.head_is_open = true;
        self.open.push(Open { namespace, mark, name: written });
        Ok(())
    }

    /// The opening tag of a stanza.
    fn header(&mut self, name: Name) -> (Stanza, bool, bool) {
        let mut stanza = Stanza::empty(name);
        let (mut to_is_sound, mut from_is_sound) = (true, true);
        let (mut others, mut foreign) = (Vec::new(), 0);
        for (of, name, value) in self.head.attributes.drain(..) {
            match (self.scope.name(of), name.as_str()) {
                ("", "to") => {
                    stanza.to = address(&value);
                    to_is_sound = stanza.to.is_some();
                }
                ("", "from") => {
                    stanza.from = address(&value);
                    from_is_sound = stanza.from.is_some();
                }
                ("", "id") => stanza.id = Some(value.into()),
                ("", "type") => stanza.kind = Some(value.into()),
                (crate::ns::XML, "lang") => stanza.lang = Some(value.into()),
                (of, name) => write_qualified(of, name, &value, &mut foreign, &mut others),
            }
        }
        stanza.others = (!others.is_empty()).then(|| others.into());
        (stanza, to_is_sound, from_is_sound)
    }

    fn end_element(&mut self) -> Option<Finished> {
        let ended = self.open.pop()?;
        self.scope.forget(ended.mark);
        let is_root = self.open.is_empty();
        if is_root && let Some((mut stanza, to_is_sound, from_is_sound)) = self.stanza.take() {
            self.body.bytes.shrink_to_fit();
            self.body.children.shrink_to_fit();
            stanza.body = std::mem::take(&mut self.body).into();
            return Some(Finished::Stanza { stanza, to_is_sound, from_is_sound });
        }
        if std::mem::take(&mut self.head_is_open) {
            self.body.bytes.extend_from_slice(b"/>");
        } else {
            self.body.bytes.extend_from_slice(b"</");
            self.body.bytes.extend_from_within(ended.name);
            self.body.bytes.push(b'>');
        }
        if self.open.len() == 1 && self.stanza.is_some() {
            let start = u32::try_from(self.child_start);
            if let (Ok(start), Ok(end)) = (start, u32::try_from(self.body.bytes.len())) {
                self.body.children.push(Span { start, end });
            }
        }
        is_root.then(|| Finished::Element(std::mem::take(&mut self.body.bytes)))
    }
}
