//! Those who misbehave, and what the stream does about it.

use super::*;

#[test]
fn before_tls_only_tls_is_offered() {
    let mut house = House::new(Transport::Tcp);
    let said = house.hears(OPEN.as_bytes());
    assert!(said.contains("<required/>") && !said.contains("SCRAM"), "{said}");
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'/>";
    assert!(house.hears(auth.as_bytes()).contains("<encryption-required/>"));

    let mut open = settings();
    open.tls_required = false;
    let mut house = House::with(open, Transport::Tcp);
    let said = house.hears(OPEN.as_bytes());
    assert!(!said.contains("required") && said.contains("SCRAM-SHA-256<"), "{said}");
    assert!(!said.contains("PLUS") && !said.contains("HT-SHA-256-EXPR"));
}

#[test]
fn bytes_smuggled_in_front_of_tls_close_the_stream() {
    let starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    let mut house = House::new(Transport::Tcp);
    house.hears(OPEN.as_bytes());
    let said = house.hears(format!("{starttls}<auth/>").as_bytes());
    assert!(!said.contains("proceed"), "{said}");
    assert!(house.closed.is_some());

    let mut house = House::new(Transport::Tcp);
    house.hears(OPEN.as_bytes());
    assert!(house.hears(starttls.as_bytes()).contains("<proceed"));
    house.hears(b"<auth/>");
    assert!(house.closed.is_some());

    let mut house = House::new(Transport::DirectTls);
    house.hears(OPEN.as_bytes());
    assert!(house.hears(starttls.as_bytes()).contains("<failure"));
    assert!(house.closed.is_some());
}

/// What the server says to a client that sends this before sign-in.
fn ends_with(bytes: &str) -> Option<Closed> {
    let mut house = House::new(Transport::DirectTls);
    house.hears(bytes.as_bytes());
    house.closed
}

#[test]
fn streams_end_with_the_right_condition() {
    use StreamCondition::*;
    let after_open = |bytes: &str| ends_with(&format!("{OPEN}{bytes}"));
    for (bytes, condition) in [
        ("<message/>", NotAuthorized),
        (
            "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
            NotAuthorized,
        ),
        ("<enable xmlns='urn:xmpp:sm:3'/>", NotAuthorized),
        ("<inactive xmlns='urn:xmpp:csi:0'/>", NotAuthorized),
        ("<compress xmlns='http://jabber.org/protocol/compress'/>", UnsupportedStanzaType),
        ("<foo/>", UnsupportedStanzaType),
        ("<message xmlns='jabber:server'/>", InvalidNamespace),
        ("<message from='@'/>", InvalidFrom),
        ("hello", BadFormat),
    ] {
        assert_eq!(after_open(bytes), Some(Closed::Error(condition)), "{bytes}");
    }
    for (from, to, condition) in [
        ("to='capulet.example'", "to='verona.example'", HostUnknown),
        ("to='capulet.example'", "", HostUnknown),
        (" version='1.0'>", ">", UnsupportedVersion),
        ("xmlns='jabber:client'", "xmlns='jabber:server'", InvalidNamespace),
        ("xmlns='jabber:client'", "", InvalidNamespace),
        ("etherx.jabber.org", "other.example", InvalidNamespace),
        ("stream:stream xmlns", "stream:steam xmlns", BadFormat),
        ("<?xml version='1.0'?>", "<?xml version='1.0' encoding='latin1'?>", UnsupportedEncoding),
        ("<?xml version='1.0'?>", "<!DOCTYPE x>", RestrictedXml),
    ] {
        assert!(OPEN.contains(from));
        let opening = OPEN.replace(from, to);
        assert_eq!(ends_with(&opening), Some(Closed::Error(condition)), "{opening}");
    }
    assert_eq!(after_open("</stream:stream>"), Some(Closed::ByPeer));
    assert_eq!(after_open("<stream:error/>"), Some(Closed::PeerError));
    // RFC 6120 §4.7.2, §4.7.5: told is the bare address, and no version to whoever names none.
    let opening = OPEN.replace(" version='1.0'>", " from='romeo@capulet.example/orchard'>");
    let said = House::new(Transport::DirectTls).hears(opening.as_bytes());
    let header = said.split("<stream:error>").next().unwrap();
    assert!(header.contains(" to=\"romeo@capulet.example\""), "{header}");
    assert_eq!(header.matches("version=").count(), 1, "only the XML has one: {header}");
    let said = House::new(Transport::DirectTls).hears(b"GET / HTTP/1.1\r\n");
    assert!(said.starts_with("<?xml") && said.contains("<stream:error>"), "{said}");
    assert!(said.ends_with("</stream:stream>"));
}

#[test]
fn websocket_errors_are_frames() {
    let mut house = House::new(Transport::WebSocket);
    house
        .stream
        .receive(b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='x' version='1.0'/>");
    while let Some(demand) = house.stream.next() {
        house.answer(demand);
    }
    let mut frames = Vec::new();
    while let Some(frame) = house.stream.take_output() {
        frames.push(String::from_utf8(frame).unwrap());
    }
    assert_eq!(frames.len(), 3);
    assert!(frames[0].starts_with("<open "));
    assert!(frames[1].starts_with("<stream:error xmlns:stream="));
    assert!(frames[2].starts_with("<close "));
}

/// A bound stream, raw.
fn bound() -> House {
    let (mut client, mut house, _) =
        sign_in(Setup { wants_sm: false, ..setup(Road::Sasl2, Transport::DirectTls) });
    meet(&mut client, &mut house);
    house
}

#[test]
fn faults_in_one_stanza_are_answered_and_the_stream_goes_on() {
    let mut house = bound();
    let said = house.hears(b"<message to='a@b@c' id='m1'><body>x</body></message>");
    assert!(said.contains("jid-malformed") && said.contains("id=\"m1\""), "{said}");
    let said = house.hears(b"<iq type='get'><q xmlns='x'/></iq>");
    assert!(said.contains("bad-request"), "{said}");
    assert!(house.hears(b"<iq type='get' id='1'/>").contains("bad-request"));
    assert!(house.hears(b"<iq type='what' id='1'><q xmlns='x'/></iq>").contains("bad-request"));
    assert_eq!(house.hears(b"<message to='a@b@c' type='error'/>"), "", "errors are not answered");
    let session =
        b"<iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>";
    assert!(house.hears(session).contains("type=\"result\""));
    assert!(house.stanzas.is_empty());
    assert_eq!(house.hears(b" \n<presence/>"), "");
    assert_eq!(house.stanzas.len(), 1);
    assert_eq!(house.closed, None);
    assert!(house.hears(b"<message from='nurse@capulet.example'/>").contains("invalid-from"));
}

#[test]
fn own_addresses_are_accepted_and_replaced_by_the_full_one() {
    let mut house = bound();
    house.hears(b"<message from='juliet@capulet.example'/>");
    assert_eq!(house.stanzas[0].from, house.stream.jid().cloned().map(Into::into));
}

#[test]
fn acknowledgements_wait_for_the_disk() {
    let (mut client, mut house, _) = sign_in(setup(Road::Sasl2, Transport::DirectTls));
    house.is_prompt = false;
    client.send(&Stanza::message("chat").with_body("one")).unwrap();
    client.send(&Stanza::message("chat").with_body("two")).unwrap();
    client.ask_ack();
    assert!(meet(&mut client, &mut house).is_empty(), "nothing is durable yet");
    house.stream.handled(1);
    assert!(house.stream.take_output().is_none());
    house.stream.handled(1);
    assert!(matches!(meet(&mut client, &mut house)[..], [Happening::Acked(2)]));
}

#[test]
fn a_client_that_sends_more_than_it_can_keep_is_told_and_does_not_miscount() {
    let (mut client, mut house, _) = sign_in(setup(Road::Sasl2, Transport::DirectTls));
    let word = Stanza::message("chat").with_body("one");
    let sent = (0..5_000).take_while(|_| client.send(&word).is_ok()).count();
    assert_eq!(sent, crate::sm::SmLimits::default().stanzas as usize);
    client.ask_ack();
    // Before, the rest went out uncounted, and an honest count of the server's looked like a lie.
    let happenings = meet(&mut client, &mut house);
    assert!(matches!(happenings[..], [Happening::Acked(1_000)]), "{happenings:?}");
    assert_eq!(house.stanzas.len(), sent, "what did not fit was not sent");
    client.send(&word).unwrap();
}

#[test]
fn acknowledging_too_much_ends_the_stream() {
    for h in ["1", "4294967295"] {
        let (_, mut house, _) = sign_in(setup(Road::Sasl2, Transport::DirectTls));
        let said = house.hears(format!("<a xmlns='urn:xmpp:sm:3' h='{h}'/>").as_bytes());
        assert!(said.contains("handled-count-too-high") && said.contains("undefined-condition"));
        assert_eq!(house.closed, Some(Closed::Error(StreamCondition::UndefinedCondition)));
    }
}

#[test]
fn a_client_that_never_acknowledges_is_let_go() {
    let mut small = settings();
    small.sm.stanzas = 10;
    let mut house = House::with(small, Transport::DirectTls);
    let mut client = Client::new(setup(Road::Sasl2, Transport::DirectTls), [8; 32]);
    client.tls_done(binding());
    meet(&mut client, &mut house);
    for _ in 0..11 {
        house.stream.send(Stanza::message("chat"));
    }
    house.hears(b"");
    assert_eq!(house.closed, Some(Closed::Error(StreamCondition::ResourceConstraint)));
    assert_eq!(house.stream.take_sm().unwrap().unacked_count(), 10, "nothing is lost");
}

#[test]
fn a_session_that_goes_on_elsewhere_leaves_with_a_conflict_and_loses_nothing() {
    // XEP-0198 §5.
    let (_, mut house, _) = sign_in(setup(Road::Sasl2, Transport::DirectTls));
    house.stream.send(Stanza::message("chat").with_body("one"));
    house.stream.hand_over();
    house.stream.send(Stanza::message("chat").with_body("two"));
    assert!(house.hears(b"").contains("<conflict"));
    assert_eq!(house.stream.take_sm().unwrap().unacked_count(), 2);
}

#[test]
fn management_at_the_wrong_time_fails_and_the_stream_goes_on() {
    let mut house = bound();
    for nonza in ["<r xmlns='urn:xmpp:sm:3'/>", "<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>"]
    {
        assert!(house.hears(nonza.as_bytes()).contains("unexpected-request"));
    }
    assert!(house.hears(b"<enable xmlns='urn:xmpp:sm:3'/>").contains("<enabled"));
    assert_eq!(
        house.hears(b"<presence/><r xmlns='urn:xmpp:sm:3'/>"),
        "<a xmlns=\"urn:xmpp:sm:3\" h=\"1\"/>"
    );
    house.hears(b"<inactive xmlns='urn:xmpp:csi:0'/>");
    assert!(house.seen.contains(&"active:false".into()));
    // XEP-0198 §3: a second time is too often.
    assert!(house.hears(b"<enable xmlns='urn:xmpp:sm:3'/>").contains("policy-violation"));
}

#[test]
fn nobody_acts_as_someone_else() {
    let mut house = House::new(Transport::DirectTls);
    house.hears(OPEN.as_bytes());
    let first = crate::sasl::encode(b"n,a=nurse@capulet.example,n=juliet,r=abc");
    let auth = format!(
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>{first}</auth>"
    );
    assert!(house.hears(auth.as_bytes()).contains("<invalid-authzid/>"));
}

#[test]
fn nobody_signs_in_as_somebody_else_than_the_opening_said() {
    let first = |authzid: &str| {
        let first = crate::sasl::encode(format!("n,{authzid},n=juliet,r=abc").as_bytes());
        format!(
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-1'>\
             <initial-response>{first}</initial-response></authenticate>"
        )
    };
    let own = "a=juliet@capulet.example";
    for (from, authzid, may) in [
        ("nurse@capulet.example", own, false), // XEP-0388 §2.3
        ("juliet@capulet.example/balcony", own, true),
        ("juliet@capulet.example", "", true),
    ] {
        let mut house = House::new(Transport::DirectTls);
        house.hears(OPEN.replace(" to=", &format!(" from='{from}' to=")).as_bytes());
        let said = house.hears(first(authzid).as_bytes());
        assert_eq!(said.contains("<challenge"), may, "{from} {authzid}: {said}");
        assert_eq!(said.contains("<invalid-authzid"), !may, "{from} {authzid}: {said}");
    }
    // XEP-0388 §2.1: nor from another house.
    let opening = OPEN.replace(" to=", " from='juliet@montague.example' to=");
    assert!(House::new(Transport::DirectTls).hears(opening.as_bytes()).contains("<invalid-from"));
    // XEP-0388 §2.4: while a sign-in is under way nothing else may come.
    for other in [
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'/>",
        "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<message/>",
    ] {
        let mut house = House::new(Transport::DirectTls);
        house.hears(OPEN.as_bytes());
        assert!(house.hears(first("").as_bytes()).contains("<challenge"));
        assert!(house.hears(other.as_bytes()).contains("<stream:error"), "{other}");
        assert!(house.closed.is_some());
    }
}

#[test]
fn another_attempt_discards_the_one_under_way_and_counts() {
    let mut house = House::new(Transport::DirectTls);
    house.hears(OPEN.as_bytes());
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'/>";
    for _ in 0..5 {
        assert!(house.hears(auth.as_bytes()).contains("<challenge"), "RFC 6120 §6.4.2");
    }
    assert!(house.hears(auth.as_bytes()).contains("policy-violation"), "but not for ever");
}

#[test]
fn what_is_no_base64_is_refused() {
    for text in ["biws ", "\nbiws", "b iws", "=AAA", "BBBB=CCC", "bj"] {
        let mut house = House::new(Transport::DirectTls);
        house.hears(OPEN.as_bytes());
        let auth = format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>{text}</auth>"
        );
        assert!(house.hears(auth.as_bytes()).contains("incorrect-encoding"), "{text:?}");
    }
}

#[test]
fn aborting_is_no_offence() {
    let mut house = House::new(Transport::DirectTls);
    house.hears(OPEN.as_bytes());
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'/>";
    assert!(house.hears(auth.as_bytes()).contains("<challenge"), "an empty challenge");
    let abort = "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    assert!(house.hears(abort.as_bytes()).contains("<aborted/>"));
    assert_eq!(house.closed, None);
}

#[test]
fn an_idle_session_is_small() {
    let house = bound();
    assert!(size_of::<C2s>() <= 512, "{}", size_of::<C2s>());
    assert!(!house.stream.reader.has_unread());
    assert_eq!(house.stream.output_len(), 0);
    assert!(size_of::<Reader>() <= 200, "{}", size_of::<Reader>());
}

#[test]
fn the_hash_of_what_was_offered_can_be_kept_back() {
    for told in [true, false] {
        let mut house = House::with(
            Settings { downgrade_protection: told, ..settings() },
            Transport::DirectTls,
        );
        house.hears(OPEN.as_bytes());
        let first = crate::sasl::encode(b"n,,n=juliet,r=abc");
        let auth = format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>{first}</auth>"
        );
        let said = house.hears(auth.as_bytes());
        let challenge = said.split(['<', '>']).nth(2).unwrap();
        let challenge = String::from_utf8(crate::sasl::decode(challenge).unwrap()).unwrap();
        assert_eq!(challenge.contains(",h="), told, "{challenge}");
    }
}

#[test]
fn strangers_register_only_where_it_is_offered_and_after_tls() {
    const ASK: &str = "<iq type='get' id='r1' from='romeo@capulet.example/x'><query xmlns='jabber:iq:register'/></iq>";
    let offer = el("register", "http://jabber.org/features/iq-register").build();
    let open = || Settings { stranger_features: vec![offer.clone()], ..settings() };

    let mut closed = House::new(Transport::DirectTls);
    closed.hears(OPEN.as_bytes());
    assert!(closed.hears(ASK.as_bytes()).contains("not-authorized"));

    let mut before_tls = House::with(open(), Transport::Tcp);
    assert!(!before_tls.hears(OPEN.as_bytes()).contains("iq-register"));
    assert!(before_tls.hears(ASK.as_bytes()).contains("not-authorized"));

    let mut house = House::with(open(), Transport::DirectTls);
    assert!(house.hears(OPEN.as_bytes()).contains("iq-register"));
    house.stream.receive(ASK.as_bytes());
    let Some(Demand::Register(asked)) = house.stream.next() else { panic!("no demand") };
    assert_eq!(asked.from, None);
    assert!(house.stream.is_waiting());
    house.stream.register_answered(&asked.result(None));
    let said = String::from_utf8(house.stream.take_output().unwrap()).unwrap();
    assert!(said.contains("id=\"r1\"") && said.contains("result"), "{said}");
    // Anything else of a stranger still ends the stream.
    let said = house.hears(b"<iq type='get' id='r2'><ping xmlns='urn:xmpp:ping'/></iq>");
    assert!(said.contains("not-authorized"), "{said}");
}
