//! What each side says it takes is what it takes, and what the other side says is kept to (XEP-0478).

use super::*;
use crate::ns;

fn limits_in(said: &str) -> Vec<u32> {
    let limits = said.split("<max-bytes>").skip(1);
    limits.filter_map(|rest| rest.split('<').next()?.parse().ok()).collect()
}

/// A message of exactly so many bytes as it stands in a stream between servers.
fn of_bytes(bytes: usize) -> Stanza {
    let with = |body: String| {
        Stanza::message("chat")
            .with_from(Jid::new("juliet@mantua.example/crypt").unwrap())
            .with_to(Jid::new("romeo@verona.example").unwrap())
            .with_body(&body)
    };
    let frame = written(&with("x".to_owned())).len() - 1;
    with("x".repeat(bytes - frame))
}

/// As it stands in a stream.
fn written(stanza: &Stanza) -> Vec<u8> {
    let mut out = Vec::new();
    stanza.write_as(stanza.to.as_ref(), false, &mut out);
    out
}

fn told(around: &str, bytes: usize) -> String {
    format!(
        "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='1' \
         version='1.0'><stream:features>{around}<limits xmlns='urn:xmpp:stream-limits:0'>\
         <max-bytes>{bytes}</max-bytes></limits></stream:features>"
    )
}

#[test]
fn what_is_announced_is_what_is_taken() {
    let host = Settings { idle_secs: Some(600), ..ours() };
    let most = host.peer.stanza_bytes;
    let mut visit = Visit::new(Settings { idle_secs: Some(300), ..theirs() }, host.clone());
    visit.go_on();
    // Before TLS, before the proof, in the wish to talk both ways (§3.2), and after the proof.
    let [stranger, peer] = [host.stranger.stanza_bytes, most];
    assert_eq!(limits_in(&visit.said), [stranger, stranger, peer, peer], "{}", visit.said);
    assert_eq!(visit.said.matches("<idle-seconds>600<").count(), 3);
    assert_eq!(visit.said.matches("<idle-seconds>300<").count(), 1);
    let most = usize::try_from(most).unwrap();
    // Whoever keeps to it is heard; whoever does not is shown out (RFC 6120 §4.9.3.14).
    assert_eq!(visit.out.send(&of_bytes(most)), Sent::Off);
    visit.go_on();
    assert_eq!((visit.stanzas().len(), visit.end_of_host()), (1, None));
    let bytes = proven(THEIRS, OURS).into_bytes();
    let over = [bytes, written(&of_bytes(most + 1))].concat();
    let (_, demands, said) = alone(certified(THEIRS), ours(), &over);
    assert_eq!(ended_with(&demands), Some(StreamCondition::PolicyViolation), "{said}");
}

#[test]
fn where_only_a_key_is_possible_the_limits_after_it_are_told() {
    let host = Settings { dialback: true, ..ours() };
    let (_, _, said) =
        alone(Credentials::default(), host.clone(), opening(THEIRS, OURS).as_bytes());
    assert_eq!(limits_in(&said), [host.peer.stanza_bytes], "{said}");
}

#[test]
fn a_stanza_too_large_for_the_other_server_is_not_sent() {
    const THEIR_MOST: usize = 20_000;
    let mut visit = Visit::usual();
    let (here, there) = (of_bytes(THEIR_MOST), of_bytes(THEIR_MOST + 1));
    assert_eq!(visit.out.send(&there), Sent::Off, "within what was announced");
    visit.go_on();
    // The same server tells of new limits, as after a proof by key.
    let features = told("", THEIR_MOST).split_once("'1.0'>").unwrap().1.to_owned();
    visit.out.receive(features.as_bytes());
    visit.go_on();
    assert_eq!(visit.out.send(&there), Sent::TooLarge);
    assert_eq!(visit.out.send(&here), Sent::Off);
    visit.out.ask_ack();
    visit.go_on();
    assert_eq!(visit.stanzas(), [there, here], "the stream goes on");
    visit.inn.handled(2);
    visit.go_on();
    // What was not sent is not counted (XEP-0198 §4).
    assert!(visit.happened.contains(&Happening::Acked(2)), "{:?}", visit.happened);
}

#[test]
fn who_comes_and_takes_answers_says_how_large_they_may_be() {
    let bidi = "<bidi xmlns='urn:xmpp:bidi'><limits xmlns='urn:xmpp:stream-limits:0'>\
                <max-bytes>12000</max-bytes></limits></bidi>";
    let opening = opening(THEIRS, OURS);
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>";
    let bytes = format!("{opening}{bidi}{auth}{opening}");
    let (mut inn, demands, said) = alone(certified(THEIRS), ours(), bytes.as_bytes());
    assert!(inn.is_admitted(), "{demands:?} {said}");
    let back = |bytes: usize| {
        let there = of_bytes(bytes);
        there.addressed(there.to.clone(), there.from.clone())
    };
    assert_eq!(inn.send(&back(12_000)), Sent::Off);
    assert_eq!(inn.send(&back(12_001)), Sent::TooLarge);
    let heard = String::from_utf8(inn.take_output().unwrap()).unwrap();
    assert_eq!(heard.matches("<message").count(), 1);
    assert!(!heard.contains(ns::STREAM_ERRORS));
}

#[test]
fn nobody_may_announce_less_than_everybody_must_take() {
    // RFC 6120 §13.12.
    let mut out = Outgoing::new(Arc::new(theirs()), talk(), [7; 32]);
    out.tls_done(certified(OURS));
    let key = "<dialback xmlns='urn:xmpp:features:dialback'/>";
    out.receive(told(key, 5).as_bytes());
    let valid = format!(
        "<db:result xmlns:db='jabber:server:dialback' from='{OURS}' to='{THEIRS}' type='valid'/>"
    );
    out.receive(valid.as_bytes());
    while out.next().is_some() {}
    assert!(out.is_ready());
    assert_eq!(out.send(&of_bytes(10_000)), Sent::Off);
    assert_eq!(out.send(&of_bytes(10_001)), Sent::TooLarge);
}
