//! A client's connection for load: the machine of `konvent_wire::client` on a socket of tokio, plain or with TLS.
//!
//! It trusts every certificate: the servers measured here run on this machine with self-signed ones.

use std::net::SocketAddr;
use std::sync::Arc;

use konvent_core::Random;
use konvent_wire::client::{Client, Happening, Ready, Road, Setup};
use konvent_wire::jid::BareJid;
use konvent_wire::sasl::ChannelBinding;
use konvent_wire::sm::Sm;
use konvent_wire::stream::Transport;
use konvent_wire::{Element, Stanza};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::{Done, sentence};

/// Who signs in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account.
    pub jid: BareJid,
    /// Its password.
    pub password: String,
}

/// Where, and how.
#[derive(Clone)]
pub struct Target {
    /// The server's door.
    pub address: SocketAddr,
    /// TLS from the first byte (XEP-0368), or none.
    pub tls: Option<TlsConnector>,
    /// The way of signing in.
    pub road: Road,
}

impl Target {
    /// Without TLS, by SASL2 and Bind 2.
    pub fn plain(address: SocketAddr) -> Self {
        Self { address, tls: None, road: Road::Sasl2 }
    }

    /// With a password, stream management and this resource.
    pub fn setup(&self, login: &Login, resource: &str) -> Setup {
        let mut setup = Setup::new(login.jid.clone(), &login.password);
        // Over a plain socket, too: for the machine it means that STARTTLS is not to be begun.
        setup.transport = Transport::DirectTls;
        setup.road = self.road;
        setup.resource = Some(resource.to_owned());
        setup
    }
}

/// A byte stream of either kind.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

/// A signed-in connection.
pub struct Device {
    client: Client,
    socket: Box<dyn Socket>,
    /// Written by the machine and not yet by the socket, with how much of it has gone.
    unsent: (Vec<u8>, usize),
    buffer: Vec<u8>,
    has_written: bool,
    turns: u32,
    /// More was to be sent than the queue for stream management holds: said at the next turn.
    is_overrun: bool,
}

impl Device {
    /// Connects, signs in and binds, with stream management.
    pub async fn sign_in(target: &Target, login: &Login, resource: &str) -> Done<Self> {
        let (device, _) = Self::open(target, target.setup(login, resource)).await?;
        Ok(device)
    }

    /// The same in whatever way, with what the server said to it.
    pub async fn open(target: &Target, setup: Setup) -> Done<(Self, Ready)> {
        let socket = TcpStream::connect(target.address).await.map_err(sentence("no connection"))?;
        socket.set_nodelay(true).map_err(sentence("no connection"))?;
        let jid = setup.jid.clone();
        let socket: Box<dyn Socket> = match &target.tls {
            None => Box::new(socket),
            Some(connector) => {
                let name = ServerName::try_from(jid.domain().as_str().to_owned())
                    .map_err(sentence("no server name"))?;
                Box::new(connector.connect(name, socket).await.map_err(sentence("no TLS"))?)
            }
        };
        let mut client = Client::new(setup, Random::system().bytes());
        client.tls_done(ChannelBinding::default());
        let mut device = Self {
            client,
            socket,
            unsent: (Vec::new(), 0),
            buffer: vec![0; 16 * 1024],
            has_written: false,
            turns: 0,
            is_overrun: false,
        };
        loop {
            match device.next().await? {
                Happening::Ready(ready) => return Ok((device, ready)),
                Happening::Stanza(_) | Happening::Acked(_) => {}
                other => return Err(format!("{jid} could not sign in: {other:?}")),
            }
        }
    }

    /// How often it wrote something and then had to wait.
    pub fn turns(&self) -> u32 {
        self.turns
    }

    /// What a client keeps of a lost connection to go on with its session on another one (XEP-0198 §5).
    pub fn into_sm(mut self) -> Option<Box<Sm>> {
        self.client.take_sm()
    }

    /// The bare connection; whatever comes on it is no longer read by anybody.
    pub fn into_socket(self) -> Box<dyn Socket> {
        self.socket
    }

    /// Hands a stanza over; it leaves with the next [`Self::flush`] or [`Self::next`]. More than a client can keep until it is
    /// acknowledged is not sent, and the next turn is an error: whoever counts must not count too much.
    pub fn send(&mut self, stanza: &Stanza) {
        self.is_overrun |= self.client.send(stanza).is_err();
    }

    /// Asks for an acknowledgement (XEP-0198 §4).
    pub fn ask_ack(&mut self) {
        self.client.ask_ack();
    }

    /// How many stanzas are not acknowledged.
    pub fn unacked(&self) -> usize {
        self.client.sm().map_or(0, |sm| sm.unacked_count() as usize)
    }

    /// Sends what waits. Dropping the future loses nothing.
    pub async fn flush(&mut self) -> Done {
        if self.is_overrun {
            return Err("more was sent than can be kept until it is acknowledged".to_owned());
        }
        loop {
            let (bytes, gone) = &mut self.unsent;
            if let Some(rest) = bytes.get(*gone..).filter(|rest| !rest.is_empty()) {
                *gone += self.socket.write(rest).await.map_err(sentence("connection lost"))?;
                self.has_written = true;
                continue;
            }
            let Some(more) = self.client.take_output() else { break };
            self.unsent = (more, 0);
        }
        self.socket.flush().await.map_err(sentence("connection lost"))
    }

    /// What happens next, after everything that waits is sent. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Done<Happening> {
        loop {
            if let Some(happening) = self.client.next() {
                return Ok(happening);
            }
            self.flush().await?;
            self.turns += u32::from(std::mem::take(&mut self.has_written));
            let read =
                self.socket.read(&mut self.buffer).await.map_err(sentence("connection lost"))?;
            let Some(bytes) = self.buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
                return Err("connection closed".to_owned());
            };
            self.client.receive(bytes);
        }
    }

    /// The next stanza; an end of the stream is an error.
    pub async fn stanza(&mut self) -> Done<Stanza> {
        loop {
            match self.next().await? {
                Happening::Stanza(stanza) => return Ok(stanza),
                Happening::Acked(_) => {}
                other => return Err(format!("the stream ended: {other:?}")),
            }
        }
    }

    /// Says that this device is there, and waits until the server has heard it.
    pub async fn show_up(&mut self) -> Done {
        self.send(&Stanza::presence(""));
        self.barrier().await
    }

    /// Waits until the server has dealt with everything sent so far.
    pub async fn barrier(&mut self) -> Done {
        self.barrier_hearing(|_| false).await.map(drop)
    }

    /// The same, and whether a stanza that was awaited came meanwhile.
    pub async fn barrier_hearing(&mut self, is_awaited: impl Fn(&Stanza) -> bool) -> Done<bool> {
        self.ask_ack();
        let mut came = false;
        while self.unacked() > 0 {
            match self.next().await? {
                Happening::Stanza(stanza) => came |= is_awaited(&stanza),
                Happening::Acked(_) => {}
                other => return Err(format!("the stream ended: {other:?}")),
            }
        }
        Ok(came)
    }

    /// Ends the stream, so that nothing is kept to be resumed, and waits until the server has heard it.
    pub async fn say_goodbye(&mut self) {
        self.client.close();
        while self.next().await.is_ok_and(|happening| !matches!(happening, Happening::Closed(_))) {}
    }

    /// Asks and waits for the answer; other stanzas go to `meanwhile`.
    pub async fn ask(
        &mut self,
        iq: &Stanza,
        mut meanwhile: impl FnMut(&Stanza),
    ) -> Done<Option<Element>> {
        self.send(iq);
        loop {
            let stanza = self.stanza().await?;
            if stanza.name != konvent_wire::Name::Iq || stanza.id != iq.id {
                meanwhile(&stanza);
                continue;
            }
            if stanza.is_error() {
                return Err(format!("refused: {:?}", stanza.error()));
            }
            return Ok(stanza.payload());
        }
    }
}

/// Speaks TLS with whoever answers.
pub fn trusting() -> Done<TlsConnector> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let schemes = provider.signature_verification_algorithms.supported_schemes();
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(sentence("no TLS"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting(schemes)))
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[derive(Debug)]
struct Trusting(Vec<SignatureScheme>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}
