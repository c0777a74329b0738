//! How it goes when both mean well.

use super::*;
use crate::errors::Condition;

#[test]
fn a_certificate_opens_the_way() {
    let mut visit = Visit::usual();
    assert!(visit.happened.contains(&Happening::Ready { both_ways: true, is_managed: true }));
    assert_eq!(
        visit.out.send(&words("juliet@mantua.example/crypt", "romeo@verona.example")),
        Sent::Off
    );
    visit.go_on();
    let heard = visit.stanzas();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].text_of("body", crate::ns::CLIENT).as_deref(), Some("Farewell!"));
    // RFC 6120 §4.8.3: words between servers are those of `jabber:server`, which is declared once.
    assert!(
        visit.said.contains("xmlns=\"jabber:server\"") && !visit.said.contains("jabber:client")
    );
}

#[test]
fn forwarded_words_keep_their_namespace() {
    let mut visit = Visit::usual();
    let inner = Stanza::message("chat").with_body("inner");
    let outer = crate::xml::el("forwarded", crate::ns::FORWARD).build();
    let sent =
        words("juliet@mantua.example/crypt", "romeo@verona.example").with_forwarded(&outer, &inner);
    assert_eq!(visit.out.send(&sent), Sent::Off);
    visit.go_on();
    assert_eq!(visit.stanzas(), [sent]);
    assert!(visit.said.contains("<message xmlns=\"jabber:client\""));
}

#[test]
fn one_connection_serves_both_directions() {
    let mut visit = Visit::usual();
    assert_eq!(
        visit.inn.send(&words("romeo@verona.example/garden", "juliet@mantua.example")),
        Sent::Off
    );
    assert_eq!(
        visit.inn.send(&words("rooms.verona.example", "juliet@mantua.example")),
        Sent::Refused,
        "another host"
    );
    assert_eq!(
        visit.inn.send(&words("romeo@verona.example", "x@padua.example")),
        Sent::Refused,
        "another domain"
    );
    visit.go_on();
    let came = visit.happened.iter().filter(|it| matches!(it, Happening::Stanza(_))).count();
    assert_eq!(came, 1);
}

#[test]
fn acknowledged_is_what_is_settled() {
    let mut visit = Visit::usual();
    for _ in 0..3 {
        assert_eq!(
            visit.out.send(&words("juliet@mantua.example/crypt", "romeo@verona.example")),
            Sent::Off
        );
    }
    visit.out.ask_ack();
    visit.go_on();
    assert!(!visit.happened.contains(&Happening::Acked(3)), "nothing is settled yet");
    visit.inn.handled(3);
    visit.go_on();
    assert!(visit.happened.contains(&Happening::Acked(3)));
}

#[test]
fn a_key_is_taken_where_the_settings_allow_it() {
    let mut host = ours();
    host.dialback = true;
    let mut visit = Visit::new(theirs(), host);
    visit.visitor = Credentials::default();
    // The authoritative server of Mantua has Mantua's secret.
    visit.verdict = |claim| {
        if dialback::is_right(&[2; 32], claim) { Verdict::Valid } else { Verdict::Invalid }
    };
    visit.go_on();
    assert!(visit.out.is_ready(), "{:?}", visit.happened);
    assert_eq!(
        visit.out.send(&words("juliet@mantua.example/crypt", "romeo@verona.example")),
        Sent::Off
    );
    assert_eq!(
        visit.inn.send(&words("romeo@verona.example", "juliet@mantua.example")),
        Sent::Off,
        "the inverse pair"
    );
    visit.go_on();
    assert_eq!(visit.stanzas().len(), 1);
}

#[test]
fn a_key_of_somebody_with_a_certificate_is_taken_at_once() {
    let key = "<db:result from='mantua.example' to='verona.example'>0</db:result>";
    let bytes = opening(THEIRS, OURS) + key;
    let (inn, demands, said) = alone(certified(THEIRS), ours(), bytes.as_bytes());
    assert!(inn.is_admitted() && said.contains("type=\"valid\""), "{said}");
    assert!(!demands.iter().any(|demand| matches!(demand, Demand::Verify(_))));
}

#[test]
fn whoever_asks_for_our_key_learns_the_truth() {
    for (id, verdict) in [("abc", Verdict::Valid), ("abd", Verdict::Invalid)] {
        let key = dialback::key(&[1; 32], THEIRS, OURS, "abc");
        let claim = Claim { from: OURS.to_owned(), to: THEIRS.to_owned(), id: id.to_owned(), key };
        let mut visit = Visit::new(theirs(), ours());
        visit.out = Outgoing::new(Arc::new(theirs()), Errand::Ask(claim), [7; 32]);
        visit.visitor = Credentials::default();
        visit.go_on();
        assert!(visit.happened.contains(&Happening::Answered(verdict)), "{:?}", visit.happened);
    }
}

#[test]
fn keys_of_hosts_that_are_not_ours_are_unknown() {
    let key = dialback::key(&[1; 32], THEIRS, "padua.example", "abc");
    let (from, to, id) = ("padua.example".to_owned(), THEIRS.to_owned(), "abc".to_owned());
    let mut visit = Visit::new(theirs(), ours());
    let claim = Claim { from, to, id, key };
    visit.out = Outgoing::new(Arc::new(theirs()), Errand::Ask(claim), [7; 32]);
    visit.go_on();
    // Padua does not live here: the stream to it is refused at its opening.
    assert_eq!(
        visit.failure(),
        Some(Failure::Ended(Closed::PeerError(Some(StreamCondition::HostUnknown))))
    );
}

#[test]
fn a_refused_certificate_is_followed_by_a_key() {
    let said = "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' \
        xmlns:db='jabber:server:dialback' id='1' version='1.0'><stream:features>\
        <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>\
        <dialback xmlns='urn:xmpp:features:dialback'/></stream:features>\
        <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>\
        <db:result from='verona.example' to='mantua.example' type='error'><error type='cancel'>\
        <remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>";
    let mut out = Outgoing::new(Arc::new(theirs()), talk(), [7; 32]);
    out.tls_done(certified(OURS));
    out.receive(said.as_bytes());
    assert_eq!(
        out.next(),
        Some(Happening::Failed(Failure::Key(Some(Condition::RemoteServerNotFound))))
    );
    let wrote = String::from_utf8(out.take_output().unwrap()).unwrap();
    assert!(wrote.contains("EXTERNAL") && wrote.contains("<db:result"), "{wrote}");
}
