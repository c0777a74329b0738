//! What is to be sent: one run of bytes over TCP, one frame for each element over WebSocket.

use std::collections::VecDeque;

use minidom::Element;

use crate::stanza::Stanza;
use crate::xml::write_element;
use crate::{Jid, ns};

/// Bytes on their way out. Holds nothing when there is nothing to send.
pub(crate) enum Output {
    Bytes(Vec<u8>),
    Frames(VecDeque<Vec<u8>>),
}

impl Output {
    pub(crate) const fn new(is_framed: bool) -> Self {
        if is_framed { Self::Frames(VecDeque::new()) } else { Self::Bytes(Vec::new()) }
    }

    pub(crate) const fn is_framed(&self) -> bool {
        matches!(self, Self::Frames(_))
    }

    /// Writes one top-level element.
    pub(crate) fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        match self {
            Self::Bytes(bytes) => write(bytes),
            Self::Frames(frames) => {
                let mut frame = Vec::new();
                write(&mut frame);
                frames.push_back(frame);
            }
        }
    }

    pub(crate) fn stanza(&mut self, stanza: &Stanza, to: Option<&Jid>) {
        let is_framed = self.is_framed();
        self.write(|out| stanza.write_as(to.or(stanza.to.as_ref()), is_framed, out));
    }

    pub(crate) fn element(&mut self, element: &Element) {
        let around = if self.is_framed() { "" } else { ns::CLIENT };
        self.write(|out| write_element(element, around, out));
    }

    /// Writes an element of the stream's own namespace, with the prefix everyone expects:
    /// `COMPAT:` old client libraries look for the literal name `stream:features`.
    pub(crate) fn stream_element(&mut self, name: &str, children: &[Element]) {
        let is_framed = self.is_framed();
        self.write(|out| {
            out.extend_from_slice(format!("<stream:{name}").as_bytes());
            if is_framed {
                crate::xml::write_attr("xmlns:stream", ns::STREAM, out);
            }
            out.push(b'>');
            // Without a default namespace in a frame, with that of the stream over TCP.
            let around = if is_framed { "" } else { ns::CLIENT };
            for child in children {
                write_element(child, around, out);
            }
            out.extend_from_slice(format!("</stream:{name}>").as_bytes());
        });
    }

    /// Takes back what was written over TCP beyond so many bytes and is not sent yet.
    pub(crate) fn take_back(&mut self, length: usize) {
        if let Self::Bytes(bytes) = self {
            bytes.truncate(length);
        }
    }

    /// What to send next: all bytes at once, or one frame.
    pub(crate) fn take(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty()),
            Self::Frames(frames) => {
                let frame = frames.pop_front();
                if frames.is_empty() {
                    *frames = VecDeque::new();
                }
                frame
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Frames(frames) => frames.iter().map(Vec::len).sum(),
        }
    }
}
