//! Frames of a WebSocket that are larger than any may be: the client is told before the line ends (RFC 7395 §3.5).

use std::time::Duration;

use konvent_core::Random;
use konvent_people::accounts;
use konvent_wire::Stanza;
use konvent_wire::client::{Client, Happening, Secret, Setup};
use konvent_wire::jid::BareJid;
use konvent_wire::sasl::Mechanism;
use konvent_wire::stream::Transport;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::files::stage::{Stage, play};

const DEADLINE: Duration = Duration::from_secs(20);

/// What RFC 6455 §5.2 calls text and close.
const TEXT: u8 = 1;
const CLOSE: u8 = 8;

/// What members may send at once, and the largest frame.
const STANZA_MAX: usize = 256 * 1024;
const FRAME_MAX: usize = 300 * 1024;

/// A browser's socket, frame by frame.
struct Socket(TcpStream);

impl Socket {
    async fn open(stage: &Stage) -> Self {
        let head = [
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol: xmpp",
        ];
        let mut line = stage.begin_alone("GET", "/xmpp-websocket", &head).await;
        let mut said = Vec::new();
        while !said.ends_with(b"\r\n\r\n") {
            said.push(tokio::time::timeout(DEADLINE, line.read_u8()).await.unwrap().unwrap());
        }
        assert!(said.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&said));
        Self(line)
    }

    /// The head of a text frame of this length, masked with nothing but zeros (RFC 6455 §5.3).
    fn head(length: usize) -> Vec<u8> {
        let mut head = vec![0x80 | TEXT];
        match u16::try_from(length) {
            Ok(short @ 0..126) => head.push(0x80 | u8::try_from(short).unwrap()),
            Ok(longer) => {
                head.push(0xfe);
                head.extend(longer.to_be_bytes());
            }
            Err(_) => {
                head.push(0xff);
                head.extend(u64::try_from(length).unwrap().to_be_bytes());
            }
        }
        head.extend([0; 4]);
        head
    }

    async fn say(&mut self, text: &[u8]) {
        self.0.write_all(&[Self::head(text.len()), text.to_vec()].concat()).await.unwrap();
    }

    /// The next frame: its kind and what it holds.
    async fn hear(&mut self) -> (u8, Vec<u8>) {
        let read = async {
            let kind = self.0.read_u8().await? & 0x0f;
            let length = match self.0.read_u8().await? {
                126 => usize::from(self.0.read_u16().await?),
                127 => usize::try_from(self.0.read_u64().await?).unwrap(),
                short => usize::from(short),
            };
            let mut payload = vec![0; length];
            self.0.read_exact(&mut payload).await?;
            std::io::Result::Ok((kind, payload))
        };
        tokio::time::timeout(DEADLINE, read).await.expect("a frame in time").unwrap()
    }

    async fn hear_text(&mut self) -> String {
        let (kind, payload) = self.hear().await;
        let text = String::from_utf8_lossy(&payload).into_owned();
        assert_eq!(kind, TEXT, "{text}");
        text
    }

    /// The stream ends because somebody did not keep to the rules, and so does the socket.
    async fn hears_the_end(&mut self) {
        let error = self.hear_text().await;
        assert!(
            error.starts_with("<stream:error ") && error.contains("<policy-violation "),
            "{error}"
        );
        // RFC 7395 §3.6.
        let close = self.hear_text().await;
        assert!(
            close.starts_with("<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\""),
            "{close}"
        );
        assert_eq!(self.hear().await.0, CLOSE);
    }
}

/// Romeo's client, signed in over a socket.
async fn member(stage: &Stage) -> (Socket, Client) {
    let account = stage.romeo.id;
    let now = stage.clock.now();
    let devices =
        stage.house.db().read(move |reader| accounts::devices(reader, account, now)).await;
    let device = devices.unwrap().remove(0);
    let token = accounts::device_token(stage.house.key(), device.id, device.generation, "fast");
    let jid = BareJid::new(&format!("{}@verona.example", stage.romeo.localpart)).unwrap();
    let mut setup = Setup::new(jid, "");
    let mechanism = Mechanism::Ht(None);
    setup.secret = Secret::Token { token, mechanism, count: None, invalidate: false };
    setup.transport = Transport::WebSocket;
    setup.wants_sm = false;
    let mut client = Client::new(setup, Random::system().bytes());
    let mut socket = Socket::open(stage).await;
    loop {
        while let Some(said) = client.take_output() {
            socket.say(&said).await;
        }
        client.receive(socket.hear_text().await.as_bytes());
        match client.next() {
            Some(Happening::Ready(_)) => return (socket, client),
            Some(other) => panic!("{other:?}"),
            None => {}
        }
    }
}

#[test]
fn a_member_whose_frame_is_too_large_is_told() {
    play(|stage| async move {
        let (mut socket, mut client) = member(&stage).await;
        while let Some(said) = client.take_output() {
            socket.say(&said).await;
        }
        // As large as it may be: it is answered.
        let ping = |filling: usize| {
            let around = "<iq xmlns='jabber:client' type='get' id='p' to='verona.example'>\
                          <ping xmlns='urn:xmpp:ping'></ping></iq>";
            around.replace("></ping>", &format!(">{}</ping>", "x".repeat(filling)))
        };
        let largest = ping(STANZA_MAX - ping(0).len());
        assert_eq!(largest.len(), STANZA_MAX);
        socket.say(largest.as_bytes()).await;
        loop {
            let heard = socket.hear_text().await;
            if Stanza::parse(heard.as_bytes()).is_ok_and(|iq| iq.id.as_deref() == Some("p")) {
                break;
            }
        }
        // The frame says what it will hold, and that is enough.
        let head = Socket::head(FRAME_MAX + 1);
        socket
            .0
            .write_all(&[head, b"<message xmlns='jabber:client'>".to_vec()].concat())
            .await
            .unwrap();
        socket.hears_the_end().await;
    });
}

#[test]
fn a_stranger_whose_frame_goes_on_and_on_is_told() {
    play(|stage| async move {
        let mut socket = Socket::open(&stage).await;
        let open =
            "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='verona.example' version='1.0'/>";
        socket.say(open.as_bytes()).await;
        assert!(socket.hear_text().await.starts_with("<open "));
        assert!(socket.hear_text().await.starts_with("<stream:features "));
        // More than a stranger may, and less than a frame may hold.
        let mut bytes = Socket::head(200 * 1024);
        bytes.extend(vec![b' '; 20 * 1024]);
        socket.0.write_all(&bytes).await.unwrap();
        socket.hears_the_end().await;
    });
}
