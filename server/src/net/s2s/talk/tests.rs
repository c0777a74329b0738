//! How long a silent stream stands, without waiting for it.

use konvent_core::config::Config;
use konvent_core::{Clock, Random};
use konvent_wire::s2s::{CertName, Credentials, Incoming};
use tokio::io::AsyncReadExt as _;

use super::*;

const PROVEN: &str = "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' \
                      from='mantua.example' to='verona.example' version='1.0'>\
                      <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>\
                      <stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' \
                      from='mantua.example' to='verona.example' version='1.0'>";

/// What a server is told on a stream on which nothing was said for so long, until it ends or all is said.
async fn told_after(silence: Duration) -> (String, bool) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::parse("domain = 'verona.example'\nadmin = '1'").unwrap();
    config.data = folder.path().to_owned();
    config.federation.with = konvent_core::config::With::Everybody;
    let house = House::open(config, Clock::System, Random::system()).unwrap();
    let mut incoming = Incoming::new(house.abroad().settings(), [1; 32]);
    let names = vec![CertName::Dns("mantua.example".to_owned())];
    incoming.tls_done(Credentials { is_trusted: true, names });
    incoming.receive(PROVEN.as_bytes());
    let mut talk = Talk::new(&house, Side::Coming(incoming), None);
    assert!(talk.work_off().await.is_none());
    assert!(talk.is_admitted);
    tokio::time::advance(silence).await;
    // What is said first is written before anybody looks at the time.
    let mut said = talk.side.take_output().unwrap();
    let is_due = Instant::now() >= talk.looks_again(Instant::now());
    if is_due {
        let (mut near, far) = tokio::io::duplex(64 * 1024);
        let ends = tokio::spawn(async move {
            let mut far = far;
            matches!(talk.go_on(&mut far).await, Next::Over)
        });
        tokio::time::timeout(Duration::from_secs(20), near.read_to_end(&mut said))
            .await
            .expect("an end")
            .unwrap();
        assert!(ends.await.unwrap());
    }
    (String::from_utf8(said).unwrap(), is_due)
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_ends_when_it_was_said_and_not_before() {
    // XEP-0478 §3.1.
    let (said, ends) = told_after(Duration::from_secs(30)).await;
    assert!(said.contains(&format!("<idle-seconds>{IDLE_SECS}</idle-seconds>")), "{said}");
    assert!(!ends);
    let (said, ends) = told_after(IDLE + Duration::from_secs(1)).await;
    assert!(ends && said.ends_with("</stream:stream>"), "{said}");
    assert!(!said.contains("<stream:error>"), "kindly (RFC 6120 §4.6.3): {said}");
}
