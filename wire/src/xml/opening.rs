//! The opening of a stream: `<stream:stream …>` (RFC 6120 §4.7) or `<open …/>` (RFC 7395 §3.4).

use std::sync::Arc;

use rxml::{NcName, Parse as _, RawEvent, RawParser};

use super::fault::condition;
use super::limits::Limits;
use super::scope::{Declaration, Head, Ns, Scope};
use super::tree::parser_for;
use crate::errors::StreamCondition;
use crate::ns;

/// What the opening says. Addresses are not parsed yet: a wrong one has its own stream error.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Opening {
    /// The host (or, towards a client, the client) addressed.
    pub to: Option<String>,
    /// Who opens the stream.
    pub from: Option<String>,
    /// `xml:lang`, the language of what follows.
    pub lang: Option<String>,
    /// `version`; XMPP needs `1.0`.
    pub version: Option<String>,
    /// `id`, given by the server.
    pub id: Option<String>,
}

impl Opening {
    /// Takes an attribute of the opening by namespace and name.
    pub(super) fn set(&mut self, namespace: &str, name: &str, value: String) {
        match (namespace, name) {
            ("", "to") => self.to = Some(value),
            ("", "from") => self.from = Some(value),
            ("", "version") => self.version = Some(value),
            ("", "id") => self.id = Some(value),
            (ns::XML, "lang") => self.lang = Some(value),
            _ => {}
        }
    }
}

/// The declarations of an opening tag that are in force for all stanzas, and the name its end must have.
#[derive(Clone, Debug)]
pub(super) struct Root {
    pub(super) declarations: Arc<[Declaration]>,
    pub(super) name: Box<str>,
    /// The namespace of the stanzas in it.
    content: &'static str,
}

impl Root {
    /// The name of the closing tag when all is as everybody writes it.
    pub(super) const USUAL: &'static str = "stream:stream";

    fn is_usual(&self) -> bool {
        let usual = |(prefix, namespace): &Declaration| match prefix.as_ref().map(NcName::as_str) {
            None => namespace == ns::CLIENT,
            Some("stream") => namespace == ns::STREAM,
            Some(_) => false,
        };
        &*self.name == Self::USUAL
            && self.declarations.len() == 2
            && self.declarations.iter().all(usual)
    }

    /// The declarations as every stanza starts with them.
    pub(super) fn scope(root: Option<&Self>, limits: &Limits) -> Result<Scope, StreamCondition> {
        let mut scope = Scope::default();
        let Some(root) = root else {
            scope.declare((None, ns::CLIENT.to_owned()), limits)?;
            let stream = NcName::try_from("stream").map_err(|_| StreamCondition::BadFormat)?;
            scope.declare((Some(stream), ns::STREAM.to_owned()), limits)?;
            return Ok(scope);
        };
        scope = Scope::of(root.content);
        for declaration in root.declarations.iter() {
            scope.declare(declaration.clone(), limits)?;
        }
        Ok(scope)
    }
}

/// What came of an opening tag.
pub(super) struct Opened {
    pub(super) opening: Opening,
    /// None when it declares what everybody declares: then nothing needs to be kept.
    pub(super) root: Option<Root>,
    /// `<stream:stream/>`: opened and closed in one.
    pub(super) is_closed: bool,
}

/// Reads one opening tag over TCP.
pub(super) struct OpeningReader {
    parser: RawParser,
    limits: Limits,
    content: &'static str,
    scope: Scope,
    head: Head,
    name: String,
    declarations: Vec<Declaration>,
    used: usize,
}

impl OpeningReader {
    pub(super) fn new(limits: Limits, content: &'static str) -> Self {
        Self {
            content,
            parser: parser_for(usize::try_from(limits.stanza_bytes).unwrap_or(usize::MAX)),
            limits,
            scope: Scope::of(content),
            head: Head::default(),
            name: String::new(),
            declarations: Vec::new(),
            used: 0,
        }
    }

    /// Reads on; nothing yet when the tag goes on beyond these bytes.
    pub(super) fn read(&mut self, bytes: &mut &[u8]) -> Result<Option<Opened>, StreamCondition> {
        loop {
            let before = bytes.len();
            let event = self.parser.parse(bytes, false);
            self.used += before - bytes.len();
            if self.used > usize::try_from(self.limits.stanza_bytes).unwrap_or(usize::MAX) {
                return Err(StreamCondition::PolicyViolation);
            }
            match event {
                Ok(Some(event)) => {
                    if let Some(opened) = self.take(event)? {
                        return Ok(Some(opened));
                    }
                }
                Ok(None) | Err(rxml::error::EndOrError::NeedMoreData) => return Ok(None),
                Err(rxml::error::EndOrError::Error(error)) => return Err(condition(error)),
            }
        }
    }

    fn take(&mut self, event: RawEvent) -> Result<Option<Opened>, StreamCondition> {
        match event {
            RawEvent::XmlDeclaration(..) => Ok(None),
            RawEvent::ElementHeadOpen(_, (prefix, name)) => {
                self.name = match &prefix {
                    Some(prefix) => format!("{}:{}", prefix.as_str(), name.as_str()),
                    None => name.as_str().to_owned(),
                };
                self.head.begin(prefix, name, &self.scope);
                Ok(None)
            }
            RawEvent::Attribute(_, (prefix, name), value) => {
                match prefix.as_ref().map(NcName::as_str) {
                    Some("xmlns") => self.declarations.push((Some(name.clone()), value.clone())),
                    None if name.as_str() == "xmlns" => {
                        self.declarations.push((None, value.clone()));
                    }
                    _ => {}
                }
                let name = (prefix, name);
                self.head.attribute(name, value, &mut self.scope, &self.limits)?;
                Ok(None)
            }
            RawEvent::ElementHeadClose(_) => self.finish().map(Some),
            RawEvent::Text(..) | RawEvent::ElementFoot(_) => Err(StreamCondition::NotWellFormed),
        }
    }

    fn finish(&mut self) -> Result<Opened, StreamCondition> {
        let (namespace, name) = self.head.finish(&self.scope)?;
        // RFC 6120 §4.9.3.10 and §4.9.3.1.
        if namespace != Ns::STREAM {
            return Err(StreamCondition::InvalidNamespace);
        }
        if name.as_str() != "stream" {
            return Err(StreamCondition::BadFormat);
        }
        // RFC 6120 §4.8.2: the content namespace is the default one; §4.8.3 says it must be declared.
        let mut declared = self.declarations.iter().filter(|(prefix, _)| prefix.is_none());
        if declared.next_back().is_none_or(|(_, namespace)| namespace != self.content) {
            return Err(StreamCondition::InvalidNamespace);
        }
        let mut opening = Opening::default();
        for (of, name, value) in self.head.attributes.drain(..) {
            opening.set(self.scope.name(of), name.as_str(), value);
        }
        let declarations = std::mem::take(&mut self.declarations).into();
        let root = Root { declarations, name: self.name.as_str().into(), content: self.content };
        // The parser has the end of an empty element in store, without any further byte.
        let is_closed = matches!(self.parser.parse(&mut &[][..], false), Ok(Some(_)));
        Ok(Opened { opening, root: (!root.is_usual()).then_some(root), is_closed })
    }
}
