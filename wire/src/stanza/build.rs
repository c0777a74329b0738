//! New stanzas, and new stanzas from old ones. Nothing here changes a stanza in place.

use std::sync::Arc;

use crate::jid::Jid;
use minidom::Element;

use super::{Body, ChildRef, Name, Span, Stanza, is_client};
use crate::errors::StanzaError;
use crate::{ns, xml};

/// So many bytes a child that we add usually has: a mark of the archive, for instance.
const ROOM_FOR_A_CHILD: usize = 128;

impl Stanza {
    pub(crate) fn empty(name: Name) -> Self {
        Self::new(name, None)
    }

    fn new(name: Name, kind: Option<&str>) -> Self {
        Self {
            name,
            to: None,
            from: None,
            id: None,
            kind: kind.map(Into::into),
            lang: None,
            others: None,
            body: Arc::default(),
        }
    }

    /// A message; `kind` is `chat`, `groupchat`, `headline`, `error` or empty for `normal`.
    pub fn message(kind: &str) -> Self {
        Self::new(Name::Message, (!kind.is_empty()).then_some(kind))
    }

    /// A presence; `kind` is empty for "I am here".
    pub fn presence(kind: &str) -> Self {
        Self::new(Name::Presence, (!kind.is_empty()).then_some(kind))
    }

    /// An iq; `kind` is `get`, `set`, `result` or `error`.
    pub fn iq(kind: &str, id: &str) -> Self {
        Self { id: Some(id.into()), ..Self::new(Name::Iq, Some(kind)) }
    }

    /// With this recipient.
    #[must_use]
    pub fn with_to(self, to: impl Into<Jid>) -> Self {
        Self { to: Some(to.into()), ..self }
    }

    /// With this sender.
    #[must_use]
    pub fn with_from(self, from: impl Into<Jid>) -> Self {
        Self { from: Some(from.into()), ..self }
    }

    /// With this id.
    #[must_use]
    pub fn with_id(self, id: &str) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// With this child after the others.
    #[must_use]
    pub fn with_child(mut self, child: &Element) -> Self {
        self.append(|out| xml::write_element(child, ns::CLIENT, out));
        self
    }

    /// With these children of another stanza after its own.
    #[must_use]
    pub fn with_raw(mut self, child: ChildRef<'_>) -> Self {
        self.append(|out| out.extend_from_slice(child.bytes()));
        self
    }

    /// With a child of which the bytes are canonical for sure: what [`Self::to_bytes`] wrote once, and what our own code writes
    /// around it. They are not read again, so bytes of strangers never come this way.
    #[must_use]
    pub fn with_canonical(mut self, child: &[u8]) -> Self {
        self.append(|out| out.extend_from_slice(child));
        self
    }

    /// With a child that forwards another stanza: `outer` is, or contains, an empty or delay-stamped
    /// `<forwarded/>` (XEP-0297), into which `inner` is copied as bytes. For carbons and archives.
    #[must_use]
    pub fn with_forwarded(mut self, outer: &Element, inner: &Self) -> Self {
        self.append(|out| xml::write_forwarding(outer, ns::CLIENT, &mut Some(inner), out));
        self
    }

    /// The same stanza with one child more.
    #[must_use]
    pub fn and_child(&self, child: &Element) -> Self {
        self.clone().with_child(child)
    }

    /// A child `<body/>` with this text (RFC 6121 §5.2.3).
    #[must_use]
    pub fn with_body(self, text: &str) -> Self {
        self.with_child(&xml::el("body", ns::CLIENT).text(text).build())
    }

    /// The same children under other addresses; nothing is copied.
    #[must_use]
    pub fn addressed(&self, from: Option<Jid>, to: Option<Jid>) -> Self {
        Self {
            to,
            from,
            name: self.name,
            id: self.id.clone(),
            kind: self.kind.clone(),
            lang: self.lang.clone(),
            others: self.others.clone(),
            body: Arc::clone(&self.body),
        }
    }

    /// Without the children that `strike` picks: forged marks of ours, for instance (XEP-0359 §3).
    #[must_use]
    pub fn without(&self, strike: impl Fn(ChildRef<'_>) -> bool) -> Self {
        if !self.children().any(&strike) {
            return self.clone();
        }
        let mut kept = Self { body: Arc::default(), ..self.clone() };
        for child in self.children().filter(|child| !strike(*child)) {
            kept.append(|out| out.extend_from_slice(child.bytes()));
        }
        kept
    }

    /// The answer to this iq, addresses swapped (RFC 6120 §8.2.3).
    #[must_use]
    pub fn result(&self, payload: Option<&Element>) -> Self {
        let mut answer = self.answer("result");
        if let Some(payload) = payload {
            answer = answer.with_child(payload);
        }
        answer
    }

    /// The refusal of this stanza, addresses swapped (RFC 6120 §8.3.1). Never answer an error with an error.
    #[must_use]
    pub fn error_reply(&self, error: &StanzaError) -> Self {
        self.answer("error").with_child(&error.element())
    }

    /// The error this stanza reports, if it does.
    pub fn error(&self) -> Option<StanzaError> {
        let error = self.child("error", ns::CLIENT).filter(|_| self.is_error())?;
        error.element().map(|error| StanzaError::from_element(&error))
    }

    fn answer(&self, kind: &str) -> Self {
        Self {
            to: self.from.clone(),
            from: self.to.clone(),
            id: self.id.clone(),
            ..Self::new(self.name, Some(kind))
        }
    }

    /// Appends what `write` writes as one child more.
    fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if Arc::get_mut(&mut self.body).is_none() {
            let shared = &self.body;
            let mut bytes = Vec::with_capacity(shared.bytes.len() + ROOM_FOR_A_CHILD);
            bytes.extend_from_slice(&shared.bytes);
            let mut children = Vec::with_capacity(shared.children.len() + 1);
            children.extend_from_slice(&shared.children);
            self.body = Arc::new(Body { bytes, children });
        }
        let Some(body) = Arc::get_mut(&mut self.body) else { return };
        let start = body.bytes.len();
        write(&mut body.bytes);
        let span = u32::try_from(start).ok().zip(u32::try_from(body.bytes.len()).ok());
        if let Some((start, end)) = span {
            body.children.push(Span { start, end });
        }
    }

    /// A stanza from a tree, if it is one and its addresses are.
    pub fn from_element(element: &Element) -> Option<Self> {
        if !is_client(&element.ns()) {
            return None;
        }
        let mut bytes = Vec::new();
        xml::write_element(element, "", &mut bytes);
        Self::parse(&bytes).ok()
    }
}
