//! One XMPP connection from its first byte to its last: the driver around the pure stream of `konvent-wire`.
//!
//! The connection reads, lets the stream judge, gives stanzas to the flows and writes what its mailbox holds. Messages are
//! handed to the storage one after the other without waiting; anything else waits until those before it are settled, so
//! that a client's stanzas take effect in the order in which it sent them (RFC 6120 §10.1). A stanza counts as handled
//! (XEP-0198 §4) only when the commit that holds it is on disk.

mod channel;
mod counting;
mod demands;
mod ending;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocket;
use konvent_people::invitations::Invitation;
use konvent_wire::sasl::ChannelBinding;
use konvent_wire::stream::{C2s, Demand, Transport};
use konvent_wire::{Name, Stanza, StreamCondition};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::counters::Way;
use crate::flows;
use crate::hall::{Seat, SignedInBy};
use crate::house::House;
use crate::mailbox::{Delivery, Ending};
use crate::net::line::Meter;
use crate::net::places::Place;
use channel::{Bytes, Came, Channel, Frames};
use demands::Known;

/// How long a stranger may take to sign in, from the first packet to a bound resource, in seconds.
const SIGN_IN_SECS: u64 = 30;

/// What is written to one connection at once: bounds its buffer.
const ROUND_STANZAS: usize = 1_000;
/// And in bytes: more than the largest stanza.
const ROUND_BYTES: usize = 512 * 1024;

/// How long a peer that does not read may hold up a write, in seconds. Then the connection counts as lost.
const WRITE_SECS: u64 = 30;

/// The same for a stranger: nothing that is said before sign-in fills a socket's buffer.
const FAREWELL_SECS: u64 = 5;

/// How long a connection whose client goes on elsewhere may take to hear so, in milliseconds.
const HAND_OVER_MS: u64 = 500;

/// Stanzas of one connection under way at once. Then its socket is not read until some are settled.
const IN_FLIGHT_MAX: usize = 256;

/// Serves one plain connection, which may become TLS.
pub async fn serve_tcp(
    house: Arc<House>,
    stream: TcpStream,
    transport: Transport,
    source: String,
    place: Place,
) {
    let mut conversation = Conversation::new(&house, transport, source, Some(place));
    let mut channel = Bytes(stream);
    if let Some(Next::StartTls) = conversation.go_on(&mut channel).await {
        let acceptor = TlsAcceptor::from(Arc::clone(&house.tls().config));
        let handshake = tokio::time::timeout_at(conversation.deadline, acceptor.accept(channel.0));
        let shaken = tokio::select! {
            shaken = Box::pin(handshake) => shaken,
            () = dismissed(conversation.place.as_ref()) => return,
        };
        let Ok(Ok(stream)) = shaken else { return };
        conversation.stream.tls_done(binding(&house, &stream));
        Box::pin(conversation.go_on(&mut Bytes(stream))).await;
    }
    Box::pin(conversation.end()).await;
}

/// Serves one connection whose TLS handshake is done.
pub async fn serve_tls(
    house: Arc<House>,
    stream: TlsStream<TcpStream>,
    transport: Transport,
    source: String,
    place: Place,
) {
    let mut conversation = Conversation::new(&house, transport, source, Some(place));
    conversation.stream.tls_done(binding(&house, &stream));
    conversation.go_on(&mut Bytes(stream)).await;
    Box::pin(conversation.end()).await;
}

/// Serves one connection over a WebSocket.
pub async fn serve_websocket(
    house: Arc<House>,
    socket: WebSocket,
    meter: Arc<Meter>,
    source: String,
    place: Place,
) {
    let mut conversation = Conversation::new(&house, Transport::WebSocket, source, Some(place));
    conversation.go_on(&mut Frames(socket, meter)).await;
    Box::pin(conversation.end()).await;
}

/// Serves one connection over a pipe: the theatre's stage door. No TLS.
pub async fn serve(
    house: Arc<House>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    transport: Transport,
    source: String,
) {
    let mut conversation = Conversation::new(&house, transport, source, None);
    conversation.go_on(&mut Bytes(stream)).await;
    Box::pin(conversation.end()).await;
}

/// Waits until a stranger has to make room for others.
async fn dismissed(place: Option<&Place>) {
    match place {
        Some(place) => place.dismissed().await,
        None => std::future::pending().await,
    }
}

/// What this TLS connection can be bound to (RFC 9266, RFC 5929).
fn binding(house: &House, stream: &TlsStream<TcpStream>) -> ChannelBinding {
    let (_, session) = stream.get_ref();
    // RFC 9266 §4.2: without the extended master secret, TLS 1.2 gives no safe exporter.
    let exporter = (session.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3))
        .then(|| {
            session.export_keying_material([0u8; 32], b"EXPORTER-Channel-Binding", Some(b"")).ok()
        })
        .flatten();
    ChannelBinding {
        exporter: exporter.map(|secret| secret.to_vec()),
        end_point: Some(house.tls().end_point.to_vec()),
    }
}

/// Why the conversation pauses.
enum Next {
    StartTls,
    /// Nothing more can be read or written.
    Over,
}

/// One client and what we know of it.
struct Conversation {
    house: Arc<House>,
    stream: C2s,
    source: String,
    /// Where it stands; pipes within the process need none.
    place: Option<Place>,
    /// Until when somebody must be signed in and bound, TLS included.
    deadline: Instant,
    signed_in_by: Option<SignedInBy>,
    /// Who says so, from the moment somebody is named until a resource is bound.
    known: Option<Box<Known>>,
    /// Once a resource is bound.
    seat: Option<Arc<Seat>>,
    /// Stanzas that wait for those before them, with their places in the count of stream management.
    waiting: VecDeque<(Stanza, Option<u32>)>,
    /// Stanzas given to the storage and not yet settled.
    in_flight: usize,
    /// Among several nodes: the place in the count of a presence or an iq under way, which the others must hear of before it counts.
    claim: Option<u32>,
    /// A password that is being tried: a proof was asked for and has not come yet.
    guess: Option<Box<flows::guess::Attempt>>,
    /// The invitation that a stranger has shown (XEP-0445 §4); good for the rest of this stream.
    invitation: Option<Box<Invitation>>,
    /// The client said goodbye, or was sent away: there is nothing to resume.
    is_final: bool,
    /// The client resumes on another connection.
    is_handed_over: bool,
    /// This node closes; the client goes on at another one.
    is_drained: bool,
}

impl Conversation {
    fn new(house: &Arc<House>, transport: Transport, source: String, place: Option<Place>) -> Self {
        let since = place.as_ref().map_or_else(Instant::now, Place::since);
        Self {
            deadline: since + Duration::from_secs(SIGN_IN_SECS),
            place,
            house: Arc::clone(house),
            stream: C2s::new(house.stream_settings(), transport, house.random().bytes()),
            source,
            signed_in_by: None,
            known: None,
            seat: None,
            waiting: VecDeque::new(),
            in_flight: 0,
            claim: None,
            guess: None,
            invitation: None,
            is_final: false,
            is_handed_over: false,
            is_drained: false,
        }
    }

    /// Talks until the connection changes or ends.
    async fn go_on(&mut self, channel: &mut impl Channel) -> Option<Next> {
        let next = self.talk(channel).await;
        if matches!(next, Ok(Next::StartTls)) {
            return Some(Next::StartTls);
        }
        let patience = if self.seat.is_some() { WRITE_SECS } else { FAREWELL_SECS };
        let _ = tokio::time::timeout(Duration::from_secs(patience), channel.close()).await; // it may be dead
        None
    }

    async fn talk(&mut self, channel: &mut impl Channel) -> io::Result<Next> {
        loop {
            let next = self.work_off().await;
            channel.trust(self.signed_in_by.is_some());
            while let Some(bytes) = self.stream.take_output() {
                let write = channel.write(bytes);
                let patience = if self.seat.is_some() { WRITE_SECS } else { FAREWELL_SECS };
                tokio::time::timeout(Duration::from_secs(patience), write).await??;
            }
            if let Some(next) = next {
                return Ok(next);
            }
            if self.is_handed_over {
                self.say_handed_over(channel).await;
                return Ok(Next::Over);
            }
            match self.seat.clone() {
                None => {
                    let asked = self.guess.as_ref().map(|guess| guess.until());
                    let deadline = asked.map_or(self.deadline, |until| until.min(self.deadline));
                    let read = channel.read(|bytes| self.stream.receive(bytes));
                    let read = tokio::select! {
                        read = tokio::time::timeout_at(deadline, read) => Some(read),
                        () = dismissed(self.place.as_ref()) => None,
                    };
                    match read {
                        Some(Ok(Ok(Came::Something))) => {}
                        Some(Ok(Ok(Came::TooMuch))) => self.too_much(),
                        Some(Ok(Ok(Came::End))) => return Ok(Next::Over),
                        Some(Ok(Err(error))) => return Err(error),
                        Some(Err(_)) => self.stream.close(StreamCondition::ConnectionTimeout),
                        None => self.stream.close(StreamCondition::ResourceConstraint),
                    }
                }
                Some(seat) => {
                    let may_read = self.in_flight + self.waiting.len() < IN_FLIGHT_MAX;
                    seat.mailbox.await_settled(self.awaited(may_read));
                    tokio::select! {
                        () = seat.mailbox.rung() => self.take_mail(&seat),
                        read = channel.read(|bytes| self.stream.receive(bytes)), if may_read => {
                            match read? {
                                Came::Something => {}
                                Came::TooMuch => self.too_much(),
                                Came::End => return Ok(Next::Over),
                            }
                            self.note_settled(seat.mailbox.take_settled());
                        }
                    }
                }
            }
        }
    }

    /// A frame that is larger than any may be ends the stream as too large a stanza does (RFC 7395 §3.5, RFC 6120 §4.9.3.14).
    fn too_much(&mut self) {
        self.stream.close(StreamCondition::PolicyViolation);
    }

    /// The client goes on elsewhere: this stream ends with a conflict (XEP-0198 §5). Whoever is still here hears it; the new
    /// connection does not wait for one that is dead.
    async fn say_handed_over(&mut self, channel: &mut impl Channel) {
        self.stream.hand_over();
        let patience = Duration::from_millis(HAND_OVER_MS);
        while let Some(bytes) = self.stream.take_output() {
            if !matches!(tokio::time::timeout(patience, channel.write(bytes)).await, Ok(Ok(()))) {
                return;
            }
        }
    }

    /// Does what can be done without waiting for the network.
    async fn work_off(&mut self) -> Option<Next> {
        loop {
            while let Some(demand) = self.next_demand() {
                match demand {
                    Demand::Stanza(stanza) => self.came(stanza),
                    Demand::Acked(_) => self.acked(),
                    // Boxed, like the flows below: what runs rarely takes room only while it runs, so that an idle
                    // connection stays small.
                    demand => {
                        if let Some(next) = Box::pin(self.meet(demand)).await {
                            return Some(next);
                        }
                    }
                }
            }
            if !self.give_to_flows().await {
                return None;
            }
        }
    }

    /// Gives waiting stanzas to the flows. True when it did, so that there may be more demands.
    async fn give_to_flows(&mut self) -> bool {
        let Some(seat) = self.seat.clone() else { return false };
        let mut did = false;
        while let Some((stanza, _)) = self.waiting.front() {
            let is_message = stanza.name == Name::Message;
            if (!is_message || self.claim.is_some()) && self.in_flight > 0 {
                break;
            }
            if !is_message && let Some((_, number)) = self.waiting.front() {
                self.claim = number.filter(|_| seat.kept().is_some());
            }
            let Some((stanza, number)) = self.waiting.pop_front() else { break };
            did = true;
            self.in_flight += 1;
            match stanza.name {
                // Nothing of this connection is under way that could be overtaken.
                Name::Message
                    if self.in_flight == 1 && flows::message::pass(&self.house, &seat, &stanza) =>
                {
                    self.note_settled(1);
                }
                Name::Message => {
                    Box::pin(flows::message::submit(&self.house, &seat, stanza, number)).await;
                }
                Name::Presence => {
                    Box::pin(flows::presence::receive(&self.house, &seat, stanza)).await;
                }
                Name::Iq => Box::pin(flows::iq::receive(&self.house, &seat, stanza)).await,
            }
        }
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new(); // an idle connection holds no buffer
        }
        did
    }

    /// Takes what the mailbox holds, as far as the client can take it.
    fn take_mail(&mut self, seat: &Arc<Seat>) {
        let (stanzas, bytes) = self.allowance();
        self.take_up_to(seat, stanzas, bytes);
        self.stream.ask_ack();
        if seat.mailbox.is_waiting() && self.allowance().0 > 0 {
            seat.mailbox.ring(); // the next round, after this one is written
        }
    }

    fn take_up_to(&mut self, seat: &Arc<Seat>, stanzas: usize, bytes: usize) {
        let taken = seat.mailbox.take_up_to(stanzas, bytes);
        for delivery in taken.deliveries {
            self.house.counters().stanza(Way::ToClient, delivery.stanza().name);
            match delivery {
                Delivery::Stanza(stanza) => self.stream.send(stanza),
                Delivery::Shared(stanza) => self.stream.share(stanza),
            }
        }
        self.is_final |= matches!(taken.ending, Some(Ending::Stream(_)));
        self.note_settled(taken.settled);
        match taken.ending {
            None => {}
            Some(Ending::Stream(condition)) => self.stream.close(condition),
            Some(Ending::HandOver) => self.is_handed_over = true,
            Some(Ending::Drain) => {
                self.is_drained = true;
                self.stream.close(StreamCondition::SystemShutdown);
            }
        }
    }
}
