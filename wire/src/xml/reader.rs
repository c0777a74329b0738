//! Bytes from a stranger become events, strictly (RFC 6120 §11; RFC 7395 for WebSocket frames).
//!
//! Between two stanzas the reader holds no parser and no buffer: each top-level element is a document of its
//! own for the parser, below the declarations of the stream's opening. White space between stanzas is a sign
//! of life and means nothing else (RFC 6120 §4.6.1).

use std::collections::VecDeque;

use minidom::Element;

use super::canonical::{Canonical, Finished};
use super::inside::{Inside, event};
use super::limits::Limits;
use super::opening::{Opened, Opening, OpeningReader, Root};
use super::scope::Scope;
use super::swift;
use super::tree::parser_for;
use crate::errors::{StanzaError, StreamCondition};
use crate::ns;
use crate::stanza::Stanza;

/// What a stream brought.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// The stream begins (or begins anew).
    Open(Opening),
    /// A stanza.
    Stanza(Stanza),
    /// A stanza that cannot be delivered as it is, and the answer it deserves; its `to` is gone.
    Faulty(Stanza, StanzaError),
    /// A stanza with a `from` that is no address (RFC 6120 §8.1.2.1 makes that a stream error).
    Unsigned,
    /// Any other top-level element: `starttls`, `auth`, `r`, `enable`, `features`, `error` …
    Nonza(Element),
    /// The stream ends as it should.
    Close,
}

/// The strict reader of one direction of a stream.
pub struct Reader {
    is_framed: bool,
    /// The namespace of the stanzas, as the opening declares it.
    content: &'static str,
    limits: Limits,
    /// Chunks as they came; over WebSocket each is one frame.
    input: VecDeque<Vec<u8>>,
    /// How much of the first chunk is used.
    at: usize,
    state: State,
    root: Option<Box<Root>>,
}

enum State {
    /// Before the opening.
    Fresh,
    Opening(Box<OpeningReader>),
    /// Between two stanzas.
    Idle,
    /// After `<` between two stanzas.
    Angle,
    /// After `</` between two stanzas, with what came since.
    Closing(Vec<u8>),
    Inside(Box<Inside>),
    /// `<stream:stream/>`: the end is still to be told.
    ClosedAtOnce,
    Closed,
    Failed(StreamCondition),
}

impl Reader {
    /// A reader of `<stream:stream>` and what stands in it.
    pub fn tcp(limits: Limits) -> Self {
        Self::new(false, limits)
    }

    /// The same with stanzas of another namespace: `jabber:server`, `jabber:component:accept` (RFC 6120 §4.8.2).
    /// They come out as stanzas of `jabber:client`, as everywhere in this crate.
    pub fn of(content: &'static str, limits: Limits) -> Self {
        Self { content, ..Self::new(false, limits) }
    }

    /// A reader of frames, each of which is one element.
    pub fn websocket(limits: Limits) -> Self {
        Self::new(true, limits)
    }

    fn new(is_framed: bool, limits: Limits) -> Self {
        let input = VecDeque::new();
        Self {
            is_framed,
            content: ns::CLIENT,
            limits,
            input,
            at: 0,
            state: State::Fresh,
            root: None,
        }
    }

    /// Other limits from the next element on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Expects a new opening, as after STARTTLS and SASL (RFC 6120 §4.3.3). Bytes not yet read stay.
    pub fn restart(&mut self) {
        self.state = State::Fresh;
        self.root = None;
    }

    /// Whether bytes wait that no event was made of: before TLS begins there must be none.
    pub fn has_unread(&self) -> bool {
        !self.input.is_empty()
    }

    /// How many bytes wait that no event was made of.
    pub fn unread_bytes(&self) -> usize {
        self.input.iter().map(Vec::len).sum::<usize>().saturating_sub(self.at)
    }

    /// Whether a stanza has begun and not ended.
    pub fn is_inside(&self) -> bool {
        matches!(
            self.state,
            State::Opening(_) | State::Angle | State::Closing(_) | State::Inside(_)
        )
    }

    /// Takes bytes from the socket, or one frame. They are read by [`Self::next`].
    pub fn push(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() || self.is_framed {
            self.input.push_back(bytes.to_vec());
        }
    }

    /// The next event, or nothing until more bytes come. After an error there is only that error.
    #[expect(clippy::should_implement_trait, reason = "an event is asked for, nothing is iterated")]
    pub fn next(&mut self) -> Result<Option<Event>, StreamCondition> {
        if let State::Failed(condition) = self.state {
            return Err(condition);
        }
        if let State::ClosedAtOnce = self.state {
            self.state = State::Closed;
            return Ok(Some(Event::Close));
        }
        let result = loop {
            let Some(chunk) = self.input.pop_front() else {
                self.input = VecDeque::new();
                break Ok(None);
            };
            let result = if self.is_framed {
                self.frame(&chunk)
            } else {
                let start = std::mem::take(&mut self.at);
                let mut rest = chunk.get(start..).unwrap_or_default();
                let result = self.bytes(&mut rest);
                if !rest.is_empty() && result.is_ok() {
                    self.at = chunk.len() - rest.len();
                    self.input.push_front(chunk);
                }
                result
            };
            match result {
                Ok(None) => {}
                event => break event,
            }
        };
        if let Err(condition) = result {
            self.state = State::Failed(condition);
            self.input = VecDeque::new();
        }
        if self.input.is_empty() {
            self.input = VecDeque::new();
        }
        result
    }

    /// Reads bytes until there is an event or no byte left.
    fn bytes(&mut self, rest: &mut &[u8]) -> Result<Option<Event>, StreamCondition> {
        while let Some(&byte) = rest.first() {
            match &mut self.state {
                State::Fresh => {
                    // What follows a closed stream or a restart may begin with white space.
                    if is_space(byte) {
                        skip(rest);
                    } else if byte != b'<' {
                        // HTTP, TLS or a byte order mark (RFC 6120 §11.6): nothing of ours.
                        return Err(StreamCondition::NotWellFormed);
                    } else {
                        self.state =
                            State::Opening(Box::new(OpeningReader::new(self.limits, self.content)));
                    }
                }
                State::Opening(reader) => {
                    if let Some(opened) = reader.read(rest)? {
                        return Ok(Some(self.opened(opened)));
                    }
                }
                State::Idle => {
                    let usual = if byte == b'<' && self.root.is_none() {
                        swift::read(rest, Some(ns::CLIENT), &self.limits)
                    } else {
                        None
                    };
                    if let Some((finished, used)) = usual {
                        *rest = rest.get(used..).unwrap_or_default();
                        return event(finished).map(Some);
                    }
                    skip(rest);
                    if byte == b'<' {
                        self.state = State::Angle;
                    } else if !is_space(byte) {
                        // Text between stanzas (RFC 6120 §4.9.3.1).
                        return Err(StreamCondition::BadFormat);
                    }
                }
                State::Angle if byte == b'/' => {
                    skip(rest);
                    self.state = State::Closing(Vec::new());
                }
                // RFC 6120 §11.1: a processing instruction, or an XML declaration in the middle of the stream.
                State::Angle if byte == b'?' => return Err(StreamCondition::RestrictedXml),
                State::Angle => {
                    let mut inside =
                        Box::new(self.inside(Root::scope(self.root.as_deref(), &self.limits)?));
                    inside.read(&mut &b"<"[..])?;
                    self.state = State::Inside(inside);
                }
                State::Closing(tag) => {
                    skip(rest);
                    if byte != b'>' {
                        tag.push(byte);
                        let name = self.root.as_ref().map_or(Root::USUAL, |root| &*root.name);
                        if !is_prefix_of_closing(tag, name) {
                            return Err(StreamCondition::NotWellFormed);
                        }
                        continue;
                    }
                    let name = self.root.as_ref().map_or(Root::USUAL, |root| &*root.name);
                    if tag.trim_ascii_end() != name.as_bytes() {
                        return Err(StreamCondition::NotWellFormed);
                    }
                    self.state = State::Closed;
                    return Ok(Some(Event::Close));
                }
                State::Inside(inside) => {
                    if let Some(finished) = inside.read(rest)? {
                        self.state = State::Idle;
                        return event(finished).map(Some);
                    }
                }
                State::Closed | State::ClosedAtOnce => {
                    // Nothing may follow but white space.
                    skip(rest);
                    if !is_space(byte) {
                        return Err(StreamCondition::NotWellFormed);
                    }
                }
                State::Failed(condition) => return Err(*condition),
            }
        }
        Ok(None)
    }

    fn opened(&mut self, opened: Opened) -> Event {
        self.root = opened.root.map(Box::new);
        self.state = State::Idle;
        if opened.is_closed {
            self.state = State::ClosedAtOnce;
        }
        Event::Open(opened.opening)
    }

    fn inside(&self, scope: Scope) -> Inside {
        let limit = usize::try_from(self.limits.stanza_bytes).unwrap_or(usize::MAX);
        Inside {
            parser: parser_for(limit),
            canonical: Canonical::new(scope, self.limits),
            may_be_declared: self.is_framed,
            left: limit,
        }
    }

    /// Reads one frame, which must be one whole element (RFC 7395 §3.3.3).
    fn frame(&mut self, frame: &[u8]) -> Result<Option<Event>, StreamCondition> {
        if frame.first() != Some(&b'<') {
            // "The first character of each message MUST be a '<' character"; an empty frame is idle noise.
            return if frame.is_empty() { Ok(None) } else { Err(StreamCondition::BadFormat) };
        }
        if matches!(self.state, State::Closed) {
            return Err(StreamCondition::NotWellFormed);
        }
        let is_declared =
            matches!(frame, [b'<', b'?', b'x', b'm', b'l', after, ..] if is_space(*after));
        if frame.starts_with(b"<?") && !is_declared {
            return Err(StreamCondition::RestrictedXml);
        }
        let (finished, rest) = match swift::read(frame, None, &self.limits) {
            Some((finished, used)) => (finished, frame.get(used..).unwrap_or_default()),
            None => self.unusual_frame(frame)?,
        };
        if !rest.trim_ascii().is_empty() {
            return Err(StreamCondition::BadFormat);
        }
        let event = event(finished)?;
        let Event::Nonza(element) = event else { return self.after_opening(event) };
        if !element.has_ns(ns::FRAMING) {
            return self.after_opening(Event::Nonza(element));
        }
        match element.name() {
            "open" => {
                let mut opening = Opening::default();
                for ((namespace, name), value) in element.attrs() {
                    opening.set(namespace.as_str(), name.as_str(), value.clone());
                }
                self.state = State::Idle;
                Ok(Some(Event::Open(opening)))
            }
            "close" => {
                self.state = State::Closed;
                Ok(Some(Event::Close))
            }
            _ => Err(StreamCondition::UnsupportedStanzaType),
        }
    }

    /// Reads the element of a frame the strict way; with it comes what follows it.
    fn unusual_frame<'f>(&self, frame: &'f [u8]) -> Result<(Finished, &'f [u8]), StreamCondition> {
        let mut inside = self.inside(Scope::default());
        let mut rest = frame;
        let finished = inside.read(&mut rest).map_err(|condition| match condition {
            // RFC 7395 §3.3.2: an opening in the namespace of stanzas, for instance.
            StreamCondition::UnsupportedStanzaType if !matches!(self.state, State::Idle) => {
                StreamCondition::InvalidNamespace
            }
            condition => condition,
        })?;
        Ok((finished.ok_or(StreamCondition::NotWellFormed)?, rest))
    }

    fn after_opening(&self, event: Event) -> Result<Option<Event>, StreamCondition> {
        match self.state {
            State::Idle => Ok(Some(event)),
            // RFC 7395 §3.3.2: an opening or an end of another namespace.
            _ if matches!(&event, Event::Nonza(nonza) if matches!(nonza.name(), "open" | "close" | "stream")) => {
                Err(StreamCondition::InvalidNamespace)
            }
            // RFC 7395 §3.4: the first frame is <open/>.
            _ => Err(StreamCondition::BadFormat),
        }
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn skip(rest: &mut &[u8]) {
    *rest = rest.get(1..).unwrap_or_default();
}

/// Whether these bytes can still become the closing tag of that name. Bounds what is kept of it.
fn is_prefix_of_closing(tag: &[u8], name: &str) -> bool {
    let name = name.as_bytes();
    match tag.get(..name.len()) {
        None => name.starts_with(tag),
        Some(start) => {
            start == name
                && tag.len() < name.len() + 64
                && tag.iter().skip(name.len()).all(|b| is_space(*b))
        }
    }
}
