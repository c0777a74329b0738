//! A server that takes less than we let members send: what is too large for it comes back in words (XEP-0478).

use std::net::SocketAddr;
use std::sync::Arc;

use konvent_wire::s2s::{CertName, Credentials, Demand, Incoming, Settings};
use konvent_wire::{Jid, Stanza};
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::town::{DEADLINE, EVERYBODY, Site, certificate};

/// What Mantua takes, in bytes.
const MOST: u32 = 20_000;

/// Mantua, with TLS from the first byte: what it hears, and how often somebody came.
struct Mantua {
    at: SocketAddr,
    heard: mpsc::UnboundedReceiver<(usize, Stanza)>,
}

impl Mantua {
    async fn open() -> Self {
        let (chain, key) = certificate(&["mantua.example"]);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![chain], PrivateKeyDer::try_from(key).unwrap())
            .unwrap();
        tls.alpn_protocols = vec![b"xmpp-server".to_vec()];
        let tls = TlsAcceptor::from(Arc::new(tls));
        let mut settings = Settings::new(vec!["mantua.example".to_owned()], [3; 32]);
        settings.peer.stanza_bytes = MOST;
        let settings = Arc::new(settings);
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = door.local_addr().unwrap();
        let (note, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for visit in 1.. {
                let Ok((stream, _)) = door.accept().await else { return };
                let (tls, settings, note) = (tls.clone(), Arc::clone(&settings), note.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = tls.accept(stream).await else { return };
                    let mut machine = Incoming::new(settings, [5; 32]);
                    let names = vec![CertName::Dns("verona.example".to_owned())];
                    machine.tls_done(Credentials { is_trusted: true, names });
                    let mut bytes = vec![0; 16 * 1024];
                    loop {
                        while let Some(demand) = machine.next() {
                            if let Demand::Stanza(stanza) = demand {
                                let _ = note.send((visit, stanza)); // the test may be over
                                machine.handled(1);
                            }
                        }
                        while let Some(said) = machine.take_output() {
                            let _ = stream.write_all(&said).await; // noticed when reading
                        }
                        match stream.read(&mut bytes).await {
                            Ok(count) if count > 0 => machine.receive(&bytes[..count]),
                            _ => return,
                        }
                    }
                });
            }
        });
        Self { at, heard }
    }

    /// The next words, and on which connection they came.
    async fn hears(&mut self) -> (usize, String) {
        loop {
            let next = tokio::time::timeout(DEADLINE, self.heard.recv()).await;
            let (visit, stanza) = next.expect("words in time").unwrap();
            if let Some(words) = stanza.text_of("body", konvent_wire::ns::CLIENT) {
                return (visit, words);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_for_another_server_comes_back_and_the_stream_stands() {
    let mut mantua = Mantua::open().await;
    let verona = Site::new("verona.example", "verona.example", EVERYBODY).await;
    let verona = verona.knows_at("mantua.example", &format!("tls:{}", mantua.at)).open().await;
    let mut romeo = verona.member("100001").await;
    let juliet = Jid::new("juliet@mantua.example").unwrap();
    romeo.tell(&juliet, "Before").await;
    let (visit, words) = mantua.hears().await;
    assert_eq!(words, "Before");
    let large = "x".repeat(usize::try_from(MOST).unwrap());
    for (lang, words) in [("de", "senden Sie sie als Datei"), ("en", "send it as a file")] {
        let mut said = Stanza::message("chat").with_to(juliet.clone()).with_id(lang);
        said.lang = Some(lang.into());
        romeo.say(said.with_body(&large)).await;
        let error = romeo.hear_error("policy-violation").await;
        assert_eq!((error.id.as_deref(), error.from.as_ref()), (Some(lang), Some(&juliet)));
        let bytes = String::from_utf8(error.to_bytes()).unwrap();
        assert!(bytes.contains(words), "{bytes}");
        // XEP-0478 §4: it is not our rule that was broken.
        assert!(!bytes.contains(" by="), "{bytes}");
    }
    // A question, too, and what does not arrive does not wait.
    let question = konvent_wire::xml::el("q", "urn:example:q").text(&*large).build();
    romeo.say(Stanza::iq("set", "question").with_to(juliet.clone()).with_child(&question)).await;
    let error = romeo.hear_error("policy-violation").await;
    assert_eq!(error.id.as_deref(), Some("question"));
    romeo.tell(&juliet, "After").await;
    assert_eq!(mantua.hears().await, (visit, "After".to_owned()), "the same connection");
    verona.has_brought_everything().await;
}
