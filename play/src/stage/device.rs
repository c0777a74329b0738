//! One device of an actor: a connection to the server over a pipe, what came in and was not yet looked at, and what
//! the client knows (rooms it is in, how far it has counted for stream management).
//!
//! It answers `<r/>` by itself (XEP-0198 §4) and keeps its own count; everything else is said by the play.

use std::collections::VecDeque;
use std::time::Duration;

use konvent_wire::xml::{Event, Limits, Reader, el};
use konvent_wire::{Element, Stanza, ns};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::rooms::Rooms;
use crate::failure::Wrong;
use crate::pattern::show;

/// A play that waits longer than this has failed. Only a safety net: plays wait for answers, not for time.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// What [`Managed`] keeps between two connections (XEP-0198 §5).
#[derive(Debug, Clone, Default)]
pub struct Managed {
    /// The server's name for the session; empty when it cannot be resumed.
    pub id: String,
    /// Stanzas received.
    pub received: u32,
    /// Stanzas sent and acknowledged.
    pub acknowledged: u32,
    /// Stanzas sent and not yet acknowledged.
    pub waiting: VecDeque<String>,
}

/// The near end of a pipe, and whoever serves the far one.
pub type Connection = (DuplexStream, JoinHandle<()>);

/// A device of an actor.
pub struct Device {
    handle: Handle,
    pipe: Option<DuplexStream>,
    served: Option<JoinHandle<()>>,
    reader: Reader,
    /// Its full address, once bound.
    pub address: Option<String>,
    /// What came in and no sentence has looked at.
    pub unread: VecDeque<Element>,
    /// How the stream ended: a stream error's condition, or `closed`.
    pub ended: Option<String>,
    /// Stream management, when it is on.
    pub managed: Option<Managed>,
    /// The rooms it is in.
    pub rooms: Rooms,
    /// Whether it takes nothing from the pipe for now: words get lost when the connection goes.
    pub is_deaf: bool,
    /// The token for the next sign-in (XEP-0484).
    pub token: Option<String>,
    questions: u32,
}

impl Device {
    /// A device that is switched off.
    pub fn new(handle: &Handle) -> Self {
        Self {
            handle: handle.clone(),
            pipe: None,
            served: None,
            reader: Reader::tcp(Limits::MEMBER),
            address: None,
            unread: VecDeque::new(),
            ended: None,
            managed: None,
            rooms: Rooms::default(),
            is_deaf: false,
            token: None,
            questions: 0,
        }
    }

    /// Takes a connection. Everything of an earlier connection but its session and its
    /// token is forgotten.
    pub fn plug_in(&mut self, (pipe, served): Connection) {
        self.pipe = Some(pipe);
        self.served = Some(served);
        self.reader = Reader::tcp(Limits::MEMBER);
        self.ended = None;
        self.is_deaf = false;
        self.unread.clear();
    }

    /// The connection is gone without a word.
    pub fn unplug(&mut self) {
        self.pipe = None;
    }

    /// Whether the server has ended the stream.
    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The connection is gone, and the server has noticed it and done what follows.
    pub fn unplug_noticed(&mut self) -> Result<(), Wrong> {
        self.unplug();
        let Some(served) = self.served.take() else { return Ok(()) };
        let noticed = self.handle.block_on(async { tokio::time::timeout(DEADLINE, served).await });
        match noticed {
            Ok(_) => Ok(()),
            Err(_) => {
                Err(Wrong::new("the server to notice that a connection is gone", "it did not"))
            }
        }
    }

    /// Whether words can go either way.
    pub fn is_connected(&self) -> bool {
        self.pipe.is_some() && self.ended.is_none()
    }

    /// Whether it is signed in and takes part in [`Self::settle`].
    pub fn is_present(&self) -> bool {
        self.is_connected() && self.address.is_some() && !self.is_deaf
    }

    /// Sends exactly these bytes.
    pub fn send_raw(&mut self, bytes: &str) -> Result<(), Wrong> {
        let gone = || Wrong::new("a connection", "there is none");
        let pipe = self.pipe.as_mut().ok_or_else(gone)?;
        let written = self.handle.block_on(async {
            tokio::time::timeout(DEADLINE, pipe.write_all(bytes.as_bytes())).await
        });
        match written {
            // An error means that the server hung up; what it said before that is still to be read.
            Ok(_) => Ok(()),
            Err(_) => Err(Wrong::new("the server to take what was sent", "it did not")),
        }
    }

    /// Sends an element and counts it when it is a stanza.
    pub fn send(&mut self, element: &Element) -> Result<(), Wrong> {
        let text = show(element);
        if let Some(managed) = &mut self.managed
            && is_stanza(element)
        {
            managed.waiting.push_back(text.clone());
        }
        self.send_raw(&text)
    }

    /// Sends the opening of a stream (RFC 6120 §4.7).
    pub fn open_stream(&mut self, domain: &str) -> Result<(), Wrong> {
        self.reader.restart();
        self.send_raw(&format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{}' to='{domain}' version='1.0'>",
            ns::STREAM
        ))
    }

    /// Asks and waits for the answer; what else came in meanwhile stays unread.
    pub fn ask(
        &mut self,
        kind: &str,
        to: Option<&str>,
        payload: Element,
    ) -> Result<Element, Wrong> {
        self.questions += 1;
        let id = format!("ask-{}", self.questions);
        let iq =
            el("iq", ns::CLIENT).attr("type", kind).attr("id", &id).maybe("to", to).child(payload);
        self.send(&iq.build())?;
        let is_answer = |element: &Element| {
            element.name() == "iq"
                && attr(element, "id") == Some(id.as_str())
                && attr(element, "type") != Some("get")
        };
        self.wait_for("an answer", is_answer)
    }

    /// Waits until the server has settled all that was sent before: it takes a client's stanzas in order, so a ping
    /// (XEP-0199) behind them is a barrier. What the server had posted for this device before is then unread here.
    pub fn settle(&mut self) -> Result<(), Wrong> {
        if self.is_present() {
            let ping = el("ping", "urn:xmpp:ping").build();
            match self.ask("get", None, ping) {
                Err(_) if self.ended.is_some() => {} // it was shown out; the play may have expected that
                answer => drop(answer?),
            }
        }
        Ok(())
    }

    /// The first unread element that fits, waiting for it until the deadline.
    pub fn wait_for(
        &mut self,
        what: &str,
        fits: impl Fn(&Element) -> bool,
    ) -> Result<Element, Wrong> {
        let mut looked_at = 0;
        loop {
            if let Some(at) = self.unread.iter().skip(looked_at).position(&fits) {
                return self
                    .unread
                    .remove(looked_at + at)
                    .ok_or_else(|| Wrong::new(what, "nothing"));
            }
            looked_at = self.unread.len();
            if !self.read_some() {
                return Err(Wrong::new(what, self.left()));
            }
        }
    }

    /// Waits until the server has ended the stream.
    pub fn wait_for_the_end(&mut self) -> Result<String, Wrong> {
        while self.ended.is_none() && self.read_some() {}
        self.ended.clone().ok_or_else(|| Wrong::new("the end of the stream", self.left()))
    }

    /// Takes what comes next from the pipe; `false` when nothing will come any more.
    fn read_some(&mut self) -> bool {
        let Some(pipe) = self.pipe.as_mut() else { return false };
        if self.ended.is_some() {
            return false;
        }
        let mut buffer = vec![0; 16 * 1024];
        let read = self
            .handle
            .block_on(async { tokio::time::timeout(DEADLINE, pipe.read(&mut buffer)).await });
        let Ok(Ok(count)) = read else { return false };
        if count == 0 {
            self.ended.get_or_insert_with(|| "closed".to_owned());
            return true;
        }
        buffer.truncate(count);
        self.reader.push(&buffer);
        loop {
            match self.reader.next() {
                Ok(Some(event)) => self.take(event),
                Ok(None) => return true,
                Err(error) => {
                    self.ended = Some(format!("the server's XML cannot be read: {error:?}"));
                    return true;
                }
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Open(_) => {}
            Event::Close => {
                self.ended.get_or_insert_with(|| "closed".to_owned());
            }
            Event::Stanza(stanza) | Event::Faulty(stanza, _) => self.receive(&stanza),
            Event::Unsigned => self.unread.push_back(el("unsigned", "urn:konvent:play").build()),
            Event::Nonza(element) => self.receive_nonza(element),
        }
    }

    fn receive(&mut self, stanza: &Stanza) {
        if let Some(managed) = &mut self.managed {
            managed.received = managed.received.wrapping_add(1);
        }
        self.rooms.note(stanza);
        if let Some(element) = stanza.element() {
            self.unread.push_back(element);
        }
    }

    fn receive_nonza(&mut self, element: Element) {
        if element.is("error", ns::STREAM) {
            let condition = element.children().find(|child| child.has_ns(ns::STREAM_ERRORS));
            self.ended = condition.map(|condition| condition.name().to_owned());
        }
        if let Some(managed) = &mut self.managed {
            if element.is("r", ns::SM) {
                let answer = el("a", ns::SM).attr("h", managed.received);
                let _ = self.send(&answer.build()); // a server that is gone needs no answer
                return;
            }
            if element.is("a", ns::SM)
                && let Some(handled) = attr(&element, "h").and_then(|h| h.parse().ok())
            {
                managed.acknowledge(handled);
            }
        }
        self.unread.push_back(element);
    }

    /// What lies unread, for a failure.
    pub fn left(&self) -> String {
        let mut lines: Vec<String> = self.unread.iter().map(show).collect();
        if let Some(ended) = &self.ended {
            lines.push(format!("(the stream ended: {ended})"));
        }
        if lines.is_empty() { "nothing".to_owned() } else { lines.join("\n") }
    }
}

impl Managed {
    /// The server has `handled` stanzas of ours.
    pub fn acknowledge(&mut self, handled: u32) {
        let fresh = handled.wrapping_sub(self.acknowledged);
        for _ in 0..fresh {
            self.waiting.pop_front();
        }
        self.acknowledged = handled;
    }
}

/// Whether stream management counts it.
pub fn is_stanza(element: &Element) -> bool {
    element.ns() == ns::CLIENT && matches!(element.name(), "message" | "presence" | "iq")
}

/// An attribute without namespace.
pub fn attr<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element
        .attrs()
        .iter()
        .find(|((namespace, other), _)| namespace.as_str().is_empty() && other.as_str() == name)
        .map(|(_, value)| value.as_str())
}
