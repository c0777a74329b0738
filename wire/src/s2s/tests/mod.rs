//! Two servers in one thread: everything they say to each other, and everything a dishonest one may try.

mod honest;
mod misuse;
mod sizes;

use std::sync::Arc;

use super::*;
use crate::errors::StreamCondition;
use crate::jid::Jid;
use crate::stanza::Stanza;

/// Our side in these tests.
const OURS: &str = "verona.example";
/// The other side.
const THEIRS: &str = "mantua.example";

fn settings(hosts: &[&str], seed: u8) -> Settings {
    Settings::new(hosts.iter().map(|host| (*host).to_owned()).collect(), [seed; 32])
}

fn ours() -> Settings {
    settings(&[OURS, "rooms.verona.example"], 1)
}

fn theirs() -> Settings {
    settings(&[THEIRS], 2)
}

fn certified(name: &str) -> Credentials {
    Credentials { is_trusted: true, names: vec![CertName::Dns(name.to_owned())] }
}

fn talk() -> Errand {
    Errand::Talk { from: THEIRS.to_owned(), to: OURS.to_owned() }
}

fn words(from: &str, to: &str) -> Stanza {
    Stanza::message("chat")
        .with_from(Jid::new(from).unwrap())
        .with_to(Jid::new(to).unwrap())
        .with_body("Farewell!")
}

/// A server of Mantua that visits ours.
struct Visit {
    out: Outgoing,
    inn: Incoming,
    /// What each certificate proves to the other side.
    visitor: Credentials,
    host: Credentials,
    /// What the server of the claimed domain says of a key.
    verdict: fn(&Claim) -> Verdict,
    happened: Vec<Happening>,
    demanded: Vec<Demand>,
    /// Everything that went over the wire, both ways.
    said: String,
}

impl Visit {
    fn new(visitor: Settings, host: Settings) -> Self {
        Self {
            out: Outgoing::new(Arc::new(visitor), talk(), [7; 32]),
            inn: Incoming::new(Arc::new(host), [8; 32]),
            visitor: certified(THEIRS),
            host: certified(OURS),
            verdict: |_| Verdict::Unknown(crate::errors::Condition::RemoteServerNotFound),
            happened: Vec::new(),
            demanded: Vec::new(),
            said: String::new(),
        }
    }

    fn usual() -> Self {
        let mut visit = Self::new(theirs(), ours());
        visit.go_on();
        assert!(visit.out.is_ready(), "{:?}", visit.happened);
        visit
    }

    /// Carries bytes to and fro until nobody says anything more.
    fn go_on(&mut self) {
        loop {
            let mut is_quiet = true;
            while let Some(happening) = self.out.next() {
                is_quiet = false;
                self.happened.push(happening);
            }
            while let Some(demand) = self.inn.next() {
                is_quiet = false;
                if let Demand::Verify(claim) = &demand {
                    self.inn.verified(claim, (self.verdict)(claim));
                }
                self.demanded.push(demand);
            }
            // Bytes first, then TLS: whoever begins it has said all before.
            while let Some(bytes) = self.inn.take_output() {
                is_quiet = false;
                self.said.push_str(std::str::from_utf8(&bytes).unwrap());
                self.out.receive(&bytes);
            }
            if self.demanded.last() == Some(&Demand::StartTls) {
                self.demanded.push(Demand::Acked(0));
                self.inn.tls_done(self.visitor.clone());
            }
            if self.happened.last() == Some(&Happening::StartTls) {
                self.happened.push(Happening::Acked(0));
                self.out.tls_done(self.host.clone());
            }
            while let Some(bytes) = self.out.take_output() {
                is_quiet = false;
                self.said.push_str(std::str::from_utf8(&bytes).unwrap());
                self.inn.receive(&bytes);
            }
            if is_quiet {
                return;
            }
        }
    }

    fn stanzas(&self) -> Vec<Stanza> {
        let stanza = |demand: &Demand| match demand {
            Demand::Stanza(stanza) => Some(stanza.clone()),
            _ => None,
        };
        self.demanded.iter().filter_map(stanza).collect()
    }

    fn end_of_host(&self) -> Option<Closed> {
        self.demanded.iter().find_map(|demand| match demand {
            Demand::Closed(closed) => Some(*closed),
            _ => None,
        })
    }

    fn failure(&self) -> Option<Failure> {
        self.happened.iter().find_map(|happening| match happening {
            Happening::Failed(failure) => Some(*failure),
            _ => None,
        })
    }
}

/// Our server alone with whoever writes these bytes, already encrypted and holding this certificate.
fn alone(
    credentials: Credentials,
    settings: Settings,
    bytes: &[u8],
) -> (Incoming, Vec<Demand>, String) {
    let mut inn = Incoming::new(Arc::new(settings), [9; 32]);
    inn.tls_done(credentials);
    inn.receive(bytes);
    let mut demands = Vec::new();
    let mut said = String::new();
    while let Some(demand) = inn.next() {
        demands.push(demand);
    }
    while let Some(bytes) = inn.take_output() {
        said.push_str(std::str::from_utf8(&bytes).unwrap());
    }
    (inn, demands, said)
}

fn opening(from: &str, to: &str) -> String {
    format!(
        "<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' \
         xmlns:stream='http://etherx.jabber.org/streams' from='{from}' to='{to}' version='1.0'>"
    )
}

/// The opening and the proof by certificate, then the opening again.
fn proven(from: &str, to: &str) -> String {
    let opening = opening(from, to);
    format!(
        "{opening}<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>{opening}"
    )
}

fn ended_with(demands: &[Demand]) -> Option<StreamCondition> {
    demands.iter().find_map(|demand| match demand {
        Demand::Closed(Closed::Error(condition)) => Some(*condition),
        _ => None,
    })
}
