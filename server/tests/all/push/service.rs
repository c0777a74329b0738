//! A browser and its push service: TLS on a loopback socket, answers as it is told to, and what it gets is decrypted with the
//! browser's key (RFC 8291 §3.4, from the other side) and its signature checked (RFC 8292 §2).

use std::net::SocketAddr;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use aws_lc_rs::signature::{self, ECDSA_P256_SHA256_FIXED};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::federation::town::{DEADLINE, certificate};

/// One browser's subscription, and the service behind it.
pub struct Service {
    pub at: SocketAddr,
    heard: mpsc::UnboundedReceiver<Heard>,
    answers: mpsc::UnboundedSender<String>,
    key: PrivateKey,
    auth: [u8; 16],
}

/// A request, head and body.
pub struct Heard {
    pub head: String,
    body: Vec<u8>,
}

impl Heard {
    pub fn header(&self, name: &str) -> &str {
        self.head
            .lines()
            .find_map(|line| {
                line.split_once(": ").filter(|(own, _)| own.eq_ignore_ascii_case(name))
            })
            .map_or("", |(_, value)| value)
    }
}

impl Service {
    pub async fn open() -> Self {
        let (chain, key) = certificate(&["127.0.0.1"]);
        let tls = rustls::ServerConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![chain], PrivateKeyDer::try_from(key).unwrap())
        .unwrap();
        let tls = TlsAcceptor::from(Arc::new(tls));
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = door.local_addr().unwrap();
        let (note, heard) = mpsc::unbounded_channel();
        let (answers, mut say) = mpsc::unbounded_channel::<String>();
        tokio::spawn(async move {
            while let Ok((stream, _)) = door.accept().await {
                let Ok(mut stream) = tls.accept(stream).await else { continue };
                let mut all = Vec::new();
                let (top, length) = loop {
                    let mut bytes = [0; 4096];
                    let count = stream.read(&mut bytes).await.unwrap();
                    all.extend_from_slice(&bytes[..count]);
                    let Some(end) = all.windows(4).position(|four| four == b"\r\n\r\n") else {
                        continue;
                    };
                    let top = String::from_utf8(all.drain(..end + 4).collect()).unwrap();
                    let lower = top.to_lowercase();
                    let length = lower.split("content-length: ").nth(1).unwrap();
                    break (top, length.split("\r\n").next().unwrap().parse::<usize>().unwrap());
                };
                while all.len() < length {
                    let mut bytes = [0; 4096];
                    let count = stream.read(&mut bytes).await.unwrap();
                    all.extend_from_slice(&bytes[..count]);
                }
                note.send(Heard { head: top, body: all }).unwrap();
                let Some(answer) = say.recv().await else { return };
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        let auth = [7; 16];
        Self { at, heard, answers, key: PrivateKey::generate(&ECDH_P256).unwrap(), auth }
    }

    /// What the browser tells us.
    pub fn subscription(&self) -> String {
        let public = self.key.compute_public_key().unwrap();
        format!(
            r#"{{"endpoint":"https://{}/send/abc","expirationTime":null,"keys":{{"p256dh":"{}","auth":"{}"}}}}"#,
            self.at,
            URL_SAFE_NO_PAD.encode(public.as_ref()),
            URL_SAFE_NO_PAD.encode(self.auth)
        )
    }

    /// Waits for a request, and answers it with this status line and headers.
    pub async fn answer(&mut self, answer: &str) -> Heard {
        self.answers.send(format!("HTTP/1.1 {answer}\r\n\r\n")).unwrap();
        tokio::time::timeout(DEADLINE, self.heard.recv()).await.expect("a request").unwrap()
    }

    /// Reads what only the browser can read.
    pub fn open_letter(&self, heard: &Heard) -> String {
        let body = &heard.body;
        let (salt, rest) = body.split_at(16);
        assert_eq!(rest[..4], 4096_u32.to_be_bytes());
        let (public, sealed) = rest[5..].split_at(usize::from(rest[4]));
        let own = self.key.compute_public_key().unwrap();
        let mac = |key: &[u8], parts: &[&[u8]]| {
            sign(&Key::new(HMAC_SHA256, key), &parts.concat()).as_ref().to_vec()
        };
        let theirs = UnparsedPublicKey::new(&ECDH_P256, public);
        let shared = agree(&self.key, theirs, (), |shared| Ok(shared.to_vec())).unwrap();
        let secret = mac(&self.auth, &[&shared]);
        let material = mac(&secret, &[b"WebPush: info\0", own.as_ref(), public, &[1]]);
        let secret = mac(salt, &[&material]);
        let key = mac(&secret, &[b"Content-Encoding: aes128gcm\0", &[1]]);
        let nonce = mac(&secret, &[b"Content-Encoding: nonce\0", &[1]]);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key[..16]).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
        let mut opened = sealed.to_vec();
        let plain = key.open_in_place(nonce, Aad::empty(), &mut opened).unwrap();
        let end = plain.iter().rposition(|byte| *byte != 0).unwrap();
        assert_eq!(plain[end], 2, "the last record");
        String::from_utf8(plain[..end].to_vec()).unwrap()
    }

    /// Checks who we say we are, and returns the claims.
    pub fn check_word(heard: &Heard, public_key: &str) -> serde_json::Value {
        let word = heard.header("authorization").strip_prefix("vapid t=").unwrap();
        let (token, key) = word.split_once(", k=").unwrap();
        assert_eq!(key, public_key);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = URL_SAFE_NO_PAD.decode(key).unwrap();
        signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
            .unwrap();
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        serde_json::from_slice(&claims).unwrap()
    }

    /// Whether nothing was asked so far.
    pub fn is_quiet(&mut self) -> bool {
        self.heard.try_recv().is_err()
    }
}
