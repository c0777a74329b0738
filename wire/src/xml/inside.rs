//! One top-level element: the parser's events go straight into canonical bytes, within a number of bytes.

use rxml::error::EndOrError;
use rxml::{Parse as _, RawEvent, RawParser};

use super::canonical::{Canonical, Finished};
use super::fault::condition;
use super::limits::Limits;
use super::opening::Root;
use super::reader::Event;
use super::swift;
use super::tree::{parser_for, read_element};
use crate::errors::{Condition, ErrorKind, ParseError, StanzaError, StreamCondition};
use crate::ns;
use crate::stanza::Stanza;

/// A top-level element under way.
pub(super) struct Inside {
    pub(super) parser: RawParser,
    pub(super) canonical: Canonical,
    /// Whether an XML declaration may come first: in frames only (RFC 7395 §3.3.3).
    pub(super) may_be_declared: bool,
    /// How many bytes may still come.
    pub(super) left: usize,
}

impl Inside {
    /// Reads on until the element is finished or the bytes are. Never looks further than one byte beyond
    /// the limit, so that the verdict does not depend on how the bytes were cut.
    pub(super) fn read(&mut self, bytes: &mut &[u8]) -> Result<Option<Finished>, StreamCondition> {
        loop {
            let allowed = bytes.len().min(self.left.saturating_add(1));
            let mut window = bytes.get(..allowed).unwrap_or_default();
            let event = self.parser.parse(&mut window, false);
            let used = allowed - window.len();
            *bytes = bytes.get(used..).unwrap_or_default();
            self.left = self.left.checked_sub(used).ok_or(StreamCondition::PolicyViolation)?;
            match event {
                Ok(Some(RawEvent::XmlDeclaration(..))) if !self.may_be_declared => {
                    return Err(StreamCondition::NotWellFormed);
                }
                Ok(Some(event)) => {
                    if let Some(finished) = self.canonical.take(event)? {
                        return Ok(Some(finished));
                    }
                }
                Ok(None) | Err(EndOrError::NeedMoreData) => return Ok(None),
                Err(EndOrError::Error(error)) => return Err(condition(error)),
            }
        }
    }
}

/// What a finished top-level element is.
pub(super) fn event(finished: Finished) -> Result<Event, StreamCondition> {
    match finished {
        Finished::Stanza { from_is_sound: false, .. } => Ok(Event::Unsigned),
        // RFC 6120 §8.3.3.8.
        Finished::Stanza { stanza, to_is_sound: false, .. } => {
            let error = StanzaError::new(ErrorKind::Modify, Condition::JidMalformed);
            Ok(Event::Faulty(stanza, error))
        }
        Finished::Stanza { stanza, .. } => Ok(Event::Stanza(stanza)),
        Finished::Lone(element) => Ok(Event::Nonza(element)),
        Finished::Element(bytes) => {
            read_element(&bytes).map(Event::Nonza).ok_or(StreamCondition::NotWellFormed)
        }
    }
}

/// Reads one stanza that stands alone.
pub(crate) fn parse_stanza(bytes: &[u8]) -> Result<Stanza, ParseError> {
    // What we added to a stanza that was just within the limits must not make it unreadable.
    let limits = Limits {
        stanza_bytes: u32::MAX,
        depth: Limits::MEMBER.depth + 8,
        children: Limits::MEMBER.children + 64,
        elements: Limits::MEMBER.elements + 1024,
        declarations: Limits::MEMBER.declarations + 32,
        ..Limits::MEMBER
    };
    let usual = swift::read(bytes, Some(ns::CLIENT), &limits);
    let (finished, rest) = if let Some((finished, used)) = usual {
        (Some(finished), bytes.get(used..).unwrap_or_default())
    } else {
        let scope = Root::scope(None, &limits).map_err(ParseError::Stream)?;
        let parser = parser_for(bytes.len());
        let canonical = Canonical::new(scope, limits);
        let mut inside = Inside { parser, canonical, may_be_declared: true, left: bytes.len() };
        let mut rest = bytes;
        (inside.read(&mut rest).map_err(ParseError::Stream)?, rest)
    };
    if !rest.trim_ascii().is_empty() {
        return Err(ParseError::Stream(StreamCondition::BadFormat));
    }
    match finished.ok_or(ParseError::Incomplete)? {
        Finished::Stanza { stanza, to_is_sound: true, from_is_sound: true } => Ok(stanza),
        Finished::Stanza { .. } => Err(ParseError::Address),
        Finished::Element(_) | Finished::Lone(_) => Err(ParseError::NotAStanza),
    }
}
