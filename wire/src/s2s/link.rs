//! What both directions share: reading, writing, openings (RFC 6120 §4.7), ends (§4.4), errors (§4.9).

use minidom::Element;

use super::acks::Acks;
use super::{Closed, Sent};
use crate::dice::Dice;
use crate::errors::StreamCondition;
use crate::ns;
use crate::sm::TooHigh;
use crate::stanza::Stanza;
use crate::stream::Output;
use crate::xml::{Event, Limits, Reader, el, write_attr};

/// One stream between servers, before it is known who talks.
pub(super) struct Link {
    reader: Reader,
    output: Output,
    has_header: bool,
    /// Who answers when nobody knows yet who is meant; none for who opens the stream.
    pub(super) host: Option<String>,
    pub(super) closed: Option<Closed>,
    pub(super) dice: Dice,
    pub(super) acks: Acks,
    /// How large a stanza the other side takes, if it has said so.
    pub(super) taken_bytes: Option<usize>,
}

impl Link {
    pub(super) fn new(limits: Limits, seed: [u8; 32]) -> Self {
        Self {
            reader: Reader::of(ns::SERVER, limits),
            output: Output::new(false),
            has_header: false,
            host: None,
            closed: None,
            dice: Dice::new(seed),
            acks: Acks::default(),
            taken_bytes: None,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.closed.is_none() {
            self.reader.push(bytes);
        }
    }

    pub(super) fn unread_bytes(&self) -> usize {
        self.reader.unread_bytes()
    }

    /// The next event. An error of the XML ends the stream.
    pub(super) fn event(&mut self) -> Option<Event> {
        if self.closed.is_some() {
            return None;
        }
        match self.reader.next() {
            Ok(event) => event,
            Err(condition) => {
                self.close(condition);
                None
            }
        }
    }

    pub(super) fn set_limits(&mut self, limits: Limits) {
        self.reader.set_limits(limits);
    }

    /// The stream begins anew (RFC 6120 §4.3.3).
    pub(super) fn restart(&mut self) {
        self.reader.restart();
        self.has_header = false;
    }

    pub(super) fn take_output(&mut self) -> Option<Vec<u8>> {
        self.output.take()
    }

    pub(super) fn output_len(&self) -> usize {
        self.output.len()
    }

    /// Our side of the opening (RFC 6120 §4.7). `id` is what the answering side gives (§4.7.3); it always says who it is
    /// (§4.7.1, §4.9.1.3), and no version to whoever names none (§4.7.5).
    pub(super) fn write_header(
        &mut self,
        from: Option<&str>,
        to: Option<&str>,
        id: Option<&str>,
        has_version: bool,
    ) {
        self.has_header = true;
        let from = from.or(self.host.as_deref());
        self.output.write(|out| {
            out.extend_from_slice(b"<?xml version='1.0'?><stream:stream xmlns=\"jabber:server\"");
            write_attr("xmlns:db", ns::DIALBACK, out);
            write_attr("xmlns:stream", ns::STREAM, out);
            for (name, value) in [("from", from), ("to", to), ("id", id)] {
                if let Some(value) = value {
                    write_attr(name, value, out);
                }
            }
            if has_version {
                write_attr("version", "1.0", out);
            }
            write_attr("xml:lang", "en", out);
            out.push(b'>');
        });
    }

    pub(super) fn element(&mut self, element: &Element) {
        self.output.element(element);
    }

    pub(super) fn features(&mut self, features: &[Element]) {
        self.output.stream_element("features", features);
    }

    pub(super) fn raw(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.output.write(write);
    }

    /// Sends a stanza. Its bytes are those of `jabber:client` without that name: in this stream they mean
    /// `jabber:server` (RFC 6120 §4.8.3).
    pub(super) fn stanza(&mut self, stanza: &Stanza) -> Sent {
        let before = self.output.len();
        self.output.stanza(stanza, None);
        // XEP-0478 §4: what counts is its size as it would be written.
        if self.taken_bytes.is_some_and(|most| self.output.len() - before > most) {
            self.output.take_back(before);
            return Sent::TooLarge;
        }
        self.acks.send();
        Sent::Off
    }

    pub(super) fn ask_ack(&mut self) {
        if self.closed.is_none() && self.acks.ask() {
            self.element(&el("r", ns::SM).build());
        }
    }

    pub(super) fn write_ack(&mut self, h: u32) {
        if self.closed.is_none() {
            self.element(&el("a", ns::SM).attr("h", h).build());
        }
    }

    /// `<r/>` and `<a/>` (XEP-0198 §4). How many of our stanzas are acknowledged anew.
    pub(super) fn management(&mut self, nonza: &Element) -> Option<u32> {
        match nonza.name() {
            "r" if self.acks.is_on() => {
                if let Some(h) = self.acks.asked() {
                    self.write_ack(h);
                }
                None
            }
            "a" if self.acks.is_on() => {
                let h = nonza.attr("h").and_then(|h| h.parse().ok());
                match h.map(|h| self.acks.acknowledged(h)) {
                    Some(Ok(anew)) => Some(anew).filter(|anew| *anew > 0),
                    // XEP-0198 §6.
                    Some(Err(TooHigh { h, sent })) => {
                        let app = el("handled-count-too-high", ns::SM);
                        let app = app.attr("h", h).attr("send-count", sent).build();
                        self.fail(StreamCondition::UndefinedCondition, Some(app));
                        None
                    }
                    None => {
                        self.close(StreamCondition::BadFormat);
                        None
                    }
                }
            }
            _ => {
                self.close(StreamCondition::UnsupportedStanzaType);
                None
            }
        }
    }

    /// Ends the stream with an error.
    pub(super) fn close(&mut self, condition: StreamCondition) {
        self.fail(condition, None);
    }

    fn fail(&mut self, condition: StreamCondition, app: Option<Element>) {
        if self.closed.is_some() {
            return;
        }
        // RFC 6120 §4.9.1.2: an error before the opening still needs an opening of ours.
        if !self.has_header {
            let id = self.dice.token();
            self.write_header(None, None, Some(&id), true);
        }
        let mut error = vec![el(condition.as_str(), ns::STREAM_ERRORS).build()];
        error.extend(app);
        self.output.stream_element("error", &error);
        self.goodbye(Closed::Error(condition));
    }

    /// Ends the stream without an error.
    pub(super) fn goodbye(&mut self, closed: Closed) {
        if self.closed.is_none() {
            if self.has_header {
                self.output.write(|out| out.extend_from_slice(b"</stream:stream>"));
            }
            self.closed = Some(closed);
        }
    }

    /// The other side ended it with an error (RFC 6120 §4.9.1.1): nothing but a goodbye follows.
    pub(super) fn failed(&mut self, error: &Element) {
        let mut conditions = error.children().filter(|child| child.has_ns(ns::STREAM_ERRORS));
        let condition = conditions.find_map(|child| StreamCondition::from_name(child.name()));
        self.goodbye(Closed::PeerError(condition));
    }
}
