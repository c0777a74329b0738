//! A program that speaks as a host of a town (XEP-0114), for tests.

use std::net::SocketAddr;

use konvent_wire::Stanza;
use konvent_wire::xml::Event;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::town::DEADLINE;

/// A program that speaks as a host (XEP-0114).
pub struct Program {
    stream: tokio::net::TcpStream,
    reader: konvent_wire::xml::Reader,
}

impl Program {
    pub async fn enter(door: SocketAddr, host: &str, secret: &str) -> Self {
        let stream = tokio::net::TcpStream::connect(door).await.unwrap();
        let limits = konvent_wire::xml::Limits::MEMBER;
        let mut program = Self {
            stream,
            reader: konvent_wire::xml::Reader::of(konvent_wire::ns::COMPONENT, limits),
        };
        let opening = format!(
            "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='{host}'>"
        );
        program.stream.write_all(opening.as_bytes()).await.unwrap();
        let Event::Open(opening) = program.event().await else { panic!("no opening") };
        let digest = konvent_wire::component::digest(&opening.id.unwrap(), secret);
        let proof = format!("<handshake>{digest}</handshake>");
        program.stream.write_all(proof.as_bytes()).await.unwrap();
        let Event::Nonza(welcome) = program.event().await else { panic!("no welcome") };
        assert_eq!(welcome.name(), "handshake");
        program
    }

    async fn event(&mut self) -> Event {
        loop {
            if let Some(event) = self.reader.next().unwrap() {
                return event;
            }
            let mut bytes = vec![0; 4096];
            let read = tokio::time::timeout(DEADLINE, self.stream.read(&mut bytes)).await;
            let count = read.expect("in time").unwrap();
            assert!(count > 0, "the stream ended");
            self.reader.push(&bytes[..count]);
        }
    }

    pub async fn say(&mut self, stanza: &Stanza) {
        let mut bytes = Vec::new();
        stanza.write(&mut bytes);
        self.stream.write_all(&bytes).await.unwrap();
    }

    /// Waits for any stanza.
    pub async fn stanza(&mut self) -> Stanza {
        loop {
            if let Event::Stanza(stanza) = self.event().await {
                return stanza;
            }
        }
    }

    pub async fn hear(&mut self, words: &str) -> Stanza {
        loop {
            if let Event::Stanza(stanza) = self.event().await
                && stanza.text_of("body", konvent_wire::ns::CLIENT).as_deref() == Some(words)
            {
                return stanza;
            }
        }
    }
}
