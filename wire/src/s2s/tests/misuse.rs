//! What a dishonest or broken server may try.

use super::*;
use proptest::prelude::*;

fn message(from: &str, to: &str) -> String {
    format!("<message from='{from}' to='{to}'><body>x</body></message>")
}

#[test]
fn nobody_speaks_before_the_proof() {
    let bytes = opening(THEIRS, OURS) + &message("juliet@mantua.example", "romeo@verona.example");
    let (_, demands, _) = alone(Credentials::default(), ours(), bytes.as_bytes());
    assert_eq!(ended_with(&demands), Some(StreamCondition::NotAuthorized));
}

#[test]
fn nobody_speaks_for_another_domain() {
    for (stanza, condition) in [
        (message("paris@padua.example", "romeo@verona.example"), StreamCondition::InvalidFrom),
        (message("juliet@verona.example", "romeo@verona.example"), StreamCondition::InvalidFrom),
        (message("x@sub.mantua.example", "romeo@verona.example"), StreamCondition::InvalidFrom),
        (message("juliet@mantua.example", "x@padua.example"), StreamCondition::HostUnknown),
        ("<message to='romeo@verona.example'/>".to_owned(), StreamCondition::ImproperAddressing),
        ("<message from='juliet@mantua.example'/>".to_owned(), StreamCondition::ImproperAddressing),
        ("<message from='@' to='romeo@verona.example'/>".to_owned(), StreamCondition::InvalidFrom),
    ] {
        let bytes = proven(THEIRS, OURS) + &stanza;
        let (inn, demands, _) = alone(certified(THEIRS), ours(), bytes.as_bytes());
        assert!(inn.is_admitted());
        assert_eq!(ended_with(&demands), Some(condition), "{stanza}");
        assert!(!demands.iter().any(|demand| matches!(demand, Demand::Stanza(_))));
    }
}

#[test]
fn a_wrong_certificate_proves_nothing() {
    let untrusted = Credentials { is_trusted: false, ..certified(THEIRS) };
    for credentials in [certified("padua.example"), untrusted, Credentials::default()] {
        let bytes = proven(THEIRS, OURS);
        let (inn, demands, said) = alone(credentials, ours(), bytes.as_bytes());
        assert!(!inn.is_admitted() && !said.contains("EXTERNAL"), "{said}");
        assert_eq!(ended_with(&demands), Some(StreamCondition::NotAuthorized));
    }
}

#[test]
fn a_certificate_of_one_domain_is_no_certificate_of_another() {
    let bytes = opening(THEIRS, OURS)
        + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>cGFkdWEuZXhhbXBsZQ==</auth>";
    let (inn, _, said) = alone(certified(THEIRS), ours(), bytes.as_bytes());
    assert!(!inn.is_admitted() && said.contains("invalid-authzid"), "{said}");
    // And after the proof the stream stays that of the domain that gave it.
    let bytes = opening(THEIRS, OURS)
        + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"
        + &opening("padua.example", OURS);
    let (_, demands, _) = alone(certified(THEIRS), ours(), bytes.as_bytes());
    assert_eq!(ended_with(&demands), Some(StreamCondition::InvalidFrom));
}

#[test]
fn a_visited_server_with_a_wrong_certificate_hears_nothing() {
    let mut visit = Visit::new(theirs(), ours());
    visit.host = certified("padua.example");
    visit.go_on();
    assert_eq!(visit.failure(), Some(Failure::Certificate));
    assert_eq!(
        visit.out.send(&words("juliet@mantua.example", "romeo@verona.example")),
        Sent::Refused
    );
    assert!(!visit.inn.is_admitted());
}

#[test]
fn a_wrong_key_ends_the_stream() {
    let mut host = ours();
    host.dialback = true;
    let mut visit = Visit::new(theirs(), host);
    visit.visitor = Credentials::default();
    visit.verdict = |_| Verdict::Invalid;
    visit.go_on();
    assert_eq!(visit.failure(), Some(Failure::Key(None)));
    assert_eq!(visit.end_of_host(), Some(Closed::Error(StreamCondition::NotAuthorized)));
}

#[test]
fn keys_are_not_taken_where_only_certificates_are() {
    let mut visit = Visit::new(theirs(), ours());
    visit.visitor = Credentials::default();
    visit.verdict = |_| Verdict::Valid;
    visit.go_on();
    assert_eq!(visit.failure(), Some(Failure::Key(Some(crate::errors::Condition::NotAuthorized))));
    assert!(!visit.demanded.iter().any(|demand| matches!(demand, Demand::Verify(_))));
}

#[test]
fn nobody_claims_our_own_names_or_hosts_we_do_not_have() {
    let mut host = ours();
    host.dialback = true;
    for (from, to, condition) in [
        ("rooms.verona.example", OURS, "policy-violation"),
        (THEIRS, "padua.example", "item-not-found"),
    ] {
        let bytes =
            opening(THEIRS, OURS) + &format!("<db:result from='{from}' to='{to}'>0</db:result>");
        let (inn, demands, said) = alone(Credentials::default(), host.clone(), bytes.as_bytes());
        assert!(!inn.is_admitted() && said.contains(condition), "{said}");
        assert!(!demands.iter().any(|demand| matches!(demand, Demand::Verify(_))));
    }
    let (_, demands, _) = alone(certified(OURS), ours(), opening(OURS, OURS).as_bytes());
    assert_eq!(ended_with(&demands), Some(StreamCondition::PolicyViolation));
}

#[test]
fn a_flood_of_claims_is_bounded() {
    let mut host = ours();
    host.dialback = true;
    let claim =
        |count: u8| format!("<db:result from='d{count}.example' to='verona.example'>0</db:result>");
    let bytes = opening(THEIRS, OURS) + &(0..100).map(claim).collect::<Vec<_>>().concat();
    let (_, demands, said) = alone(Credentials::default(), host, bytes.as_bytes());
    assert_eq!(demands.iter().filter(|demand| matches!(demand, Demand::Verify(_))).count(), 8);
    assert!(said.contains("resource-constraint"));
}

#[test]
fn verdicts_nobody_asked_for_are_no_proof() {
    for said in [
        "<db:result from='mantua.example' to='verona.example' type='valid'/>",
        "<db:verify from='mantua.example' to='verona.example' id='1' type='valid'/>",
    ] {
        let bytes = opening(THEIRS, OURS) + said;
        let (inn, demands, _) = alone(Credentials::default(), ours(), bytes.as_bytes());
        assert!(!inn.is_admitted());
        assert_eq!(ended_with(&demands), Some(StreamCondition::NotAuthorized));
    }
}

#[test]
fn who_is_not_welcome_does_not_come_in() {
    let mut host = ours();
    host.welcome = Arc::new(|domain| domain == "padua.example");
    let (_, demands, _) = alone(certified(THEIRS), host, proven(THEIRS, OURS).as_bytes());
    assert_eq!(ended_with(&demands), Some(StreamCondition::PolicyViolation));
}

#[test]
fn no_word_before_tls() {
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>";
    let key = "<db:result from='mantua.example' to='verona.example'>0</db:result>";
    for said in [auth, key] {
        let mut inn = Incoming::new(Arc::new(ours()), [9; 32]);
        inn.receive((opening(THEIRS, OURS) + said).as_bytes());
        let demands: Vec<Demand> = std::iter::from_fn(|| inn.next()).collect();
        assert_eq!(ended_with(&demands), Some(StreamCondition::NotAuthorized));
    }
}

#[test]
fn what_is_slipped_in_before_tls_does_not_count_as_encrypted() {
    let starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    let mut inn = Incoming::new(Arc::new(ours()), [9; 32]);
    inn.receive((opening(THEIRS, OURS) + starttls + "<db:result").as_bytes());
    let demands: Vec<Demand> = std::iter::from_fn(|| inn.next()).collect();
    assert_eq!(ended_with(&demands), Some(StreamCondition::PolicyViolation));
    let features = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>\
        <proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><stream:features/>";
    let mut out = Outgoing::new(Arc::new(theirs()), talk(), [7; 32]);
    out.receive((opening(OURS, THEIRS) + features).as_bytes());
    assert!(matches!(out.next(), Some(Happening::Failed(Failure::Ended(_)))));
}

#[test]
fn without_encryption_there_is_no_talk() {
    let mut out = Outgoing::new(Arc::new(theirs()), talk(), [7; 32]);
    out.take_output();
    out.receive((opening(OURS, THEIRS) + "<stream:features/>").as_bytes());
    assert_eq!(out.next(), None);
    let said = String::from_utf8(out.take_output().unwrap()).unwrap();
    assert!(said.contains("<starttls"), "RFC 7590 §3.1: {said}");
    out.receive(b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    assert_eq!(out.next(), Some(Happening::Failed(Failure::NoTls)));
}

#[test]
fn who_is_answered_hears_from_whom() {
    // RFC 6120 §4.9.1.3, §4.7.5.
    for bytes in [opening(THEIRS, "padua.example"), "nonsense".to_owned()] {
        let (_, _, said) = alone(certified(THEIRS), ours(), bytes.as_bytes());
        assert!(said.contains(" from=\"verona.example\""), "{said}");
    }
    let old = opening(THEIRS, OURS).replace(" version='1.0'", "");
    let (_, demands, said) = alone(certified(THEIRS), ours(), old.as_bytes());
    assert_eq!(ended_with(&demands), Some(StreamCondition::UnsupportedVersion));
    assert_eq!(said.matches("version=").count(), 1, "only the XML has one: {said}");
}

#[test]
fn acknowledging_too_much_ends_the_stream() {
    let bytes =
        proven(THEIRS, OURS) + "<enable xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='1'/>";
    let (_, _, said) = alone(certified(THEIRS), ours(), bytes.as_bytes());
    assert!(
        said.contains("undefined-condition") && said.contains("handled-count-too-high"),
        "{said}"
    );
}

#[test]
fn on_a_stream_of_ours_the_other_server_keeps_to_the_errand() {
    for (stanza, condition) in [
        (message("romeo@padua.example", "juliet@mantua.example"), StreamCondition::InvalidFrom),
        (message("romeo@verona.example", "x@padua.example"), StreamCondition::HostUnknown),
        ("<message from='romeo@verona.example'/>".to_owned(), StreamCondition::ImproperAddressing),
        ("<message to='juliet@mantua.example'/>".to_owned(), StreamCondition::ImproperAddressing),
    ] {
        let mut visit = Visit::usual();
        visit.out.receive(stanza.as_bytes());
        let happened: Vec<Happening> = std::iter::from_fn(|| visit.out.next()).collect();
        assert_eq!(happened, [Happening::Closed(Closed::Error(condition))], "{stanza}");
    }
    let mut visit = Visit::usual();
    visit
        .out
        .receive(b"<iq type='get' from='romeo@verona.example' to='juliet@mantua.example' id='1'/>");
    assert!(
        matches!(visit.out.next(), Some(Happening::Faulty(..))),
        "answered, the stream goes on"
    );
}

#[test]
fn a_stream_of_clients_is_none_of_servers() {
    let bytes = opening(THEIRS, OURS).replace("jabber:server'", "jabber:client'");
    let (_, demands, _) = alone(certified(THEIRS), ours(), bytes.as_bytes());
    assert_eq!(ended_with(&demands), Some(StreamCondition::InvalidNamespace));
}

#[test]
fn a_stranger_has_little_room() {
    let bytes = opening(THEIRS, OURS) + "<db:result from='" + &"x".repeat(20_000);
    let (_, demands, _) = alone(Credentials::default(), ours(), bytes.as_bytes());
    assert_eq!(ended_with(&demands), Some(StreamCondition::PolicyViolation));
}

proptest! {
    #[test]
    fn no_bytes_bring_either_side_down(bytes in proptest::collection::vec(any::<u8>(), 0..400), is_secured: bool) {
        let mut inn = Incoming::new(Arc::new(ours()), [9; 32]);
        let mut out = Outgoing::new(Arc::new(theirs()), talk(), [7; 32]);
        if is_secured {
            inn.tls_done(certified(THEIRS));
            out.tls_done(certified(OURS));
        }
        inn.receive((opening(THEIRS, OURS)).as_bytes());
        inn.receive(&bytes);
        out.receive(&bytes);
        while inn.next().is_some() {}
        while out.next().is_some() {}
    }

    #[test]
    fn it_does_not_matter_how_bytes_are_cut(cuts in proptest::collection::vec(1_usize..40, 1..60)) {
        let bytes = proven(THEIRS, OURS) + &message("juliet@mantua.example", "romeo@verona.example")
            + "<db:result from='padua.example' to='verona.example'>0</db:result></stream:stream>";
        let (_, whole, _) = alone(certified(THEIRS), ours(), bytes.as_bytes());
        let mut inn = Incoming::new(Arc::new(ours()), [9; 32]);
        inn.tls_done(certified(THEIRS));
        let (mut rest, mut demands) = (bytes.as_bytes(), Vec::new());
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            inn.receive(now);
            while let Some(demand) = inn.next() {
                demands.push(demand);
            }
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(demands, whole);
    }
}
