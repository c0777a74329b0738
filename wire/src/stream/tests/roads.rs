//! Every road in: each mechanism, each profile, each transport; and back in after a lost connection.

use super::*;

#[test]
fn every_road_leads_in() {
    for transport in [Transport::Tcp, Transport::DirectTls, Transport::WebSocket] {
        for road in [Road::Sasl2, Road::Classic] {
            for (hash, is_plus) in [
                (Hash::Sha1, false),
                (Hash::Sha1, true),
                (Hash::Sha256, false),
                (Hash::Sha256, true),
            ] {
                if is_plus && transport == Transport::WebSocket {
                    continue;
                }
                let mechanism = Mechanism::Scram { hash, is_plus };
                let secret = Secret::Password("Romeo!".into(), Some(mechanism));
                let (mut client, mut house, ready) = sign_in(Setup {
                    secret,
                    resource: Some("balcony".into()),
                    wants_carbons: true,
                    ..setup(road, transport)
                });
                assert!(ready.jid.as_str().starts_with("juliet@capulet.example/balcony"));
                assert!(house.stream.sm().is_some(), "{transport:?} {road:?} {mechanism:?}");
                assert!(house.stream.sign_in.is_none(), "nothing of the sign-in is kept");
                assert_eq!(house.seen.contains(&"carbons".into()), road == Road::Sasl2);
                assert_eq!(house.asked_for_token, Some(By::Password(mechanism)));

                client.send(&Stanza::message("chat").with_body("O Romeo")).unwrap();
                client.ask_ack();
                let happenings = meet(&mut client, &mut house);
                assert!(matches!(happenings[..], [Happening::Acked(1)]), "{happenings:?}");
                let heard = &house.stanzas[0];
                assert_eq!(heard.text_of("body", ns::CLIENT).as_deref(), Some("O Romeo"));
                assert_eq!(heard.from.as_ref(), Some(&ready.jid.clone().into()));

                house.stream.send(Stanza::message("chat").with_body("Juliet"));
                house.stream.ask_ack();
                let happenings = meet(&mut client, &mut house);
                assert!(matches!(happenings[..], [Happening::Stanza(_)]));
                assert!(house.seen.contains(&"acked:1".into()));

                client.close();
                meet(&mut client, &mut house);
                assert_eq!(house.closed, Some(Closed::ByPeer));
            }
        }
    }
}

#[test]
fn wrong_passwords_and_unknown_names_look_the_same() {
    let says = |name: &str| {
        let setup = Setup {
            jid: BareJid::new(&format!("{name}@capulet.example")).unwrap(),
            ..Setup::new(juliet(), "Wrong!")
        };
        let mut house = House::new(Transport::DirectTls);
        let mut client = Client::new(setup, [8; 32]);
        client.tls_done(binding());
        let happenings = meet(&mut client, &mut house);
        assert!(
            matches!(happenings[..], [Happening::Refused(SaslCondition::NotAuthorized)]),
            "{happenings:?}"
        );
        house.seen
    };
    assert_eq!(says("juliet"), ["wrong"], "the driver learns that it was tried");
    assert_eq!(says("juliet"), says("nobody"));
}

#[test]
fn guessing_ends_the_stream() {
    let mut house = House::new(Transport::DirectTls);
    house.hears(OPEN.as_bytes());
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>";
    for _ in 0..4 {
        assert!(house.hears(auth.as_bytes()).contains("<invalid-mechanism/>"));
    }
    let said = house.hears(auth.as_bytes());
    assert!(said.contains("<policy-violation"), "{said}");
    assert_eq!(house.closed, Some(Closed::Error(StreamCondition::PolicyViolation)));
}

/// The connection is lost, both sides sent something the other never saw.
fn lose(road: Road) -> (Client, House, Box<Sm>) {
    let (mut client, mut house, _) = sign_in(setup(road, Transport::DirectTls));
    client.send(&Stanza::message("chat").with_body("one")).unwrap();
    meet(&mut client, &mut house);
    client.send(&Stanza::message("chat").with_body("two")).unwrap();
    house.stream.send(Stanza::message("chat").with_body("three"));
    while client.take_output().is_some() {}
    let sm = client.take_sm().unwrap();
    assert_eq!(sm.unacked_count(), 2);
    let theirs = house.stream.take_sm().unwrap();
    house.sessions.insert(theirs.id.to_string(), theirs);
    (client, house, sm)
}

#[test]
fn what_many_share_is_addressed_to_each_also_when_it_is_sent_again() {
    let (mut client, mut house, _) = sign_in(setup(Road::Sasl2, Transport::DirectTls));
    house.stream.share(Arc::new(Stanza::message("groupchat").with_body("one")));
    let own = crate::Jid::from(client.jid().unwrap().clone());
    let addressed = |happenings: &[Happening], body: &str| {
        happenings.iter().any(|happening| {
            matches!(happening, Happening::Stanza(stanza)
                if stanza.text_of("body", ns::CLIENT).as_deref() == Some(body) && stanza.to.as_ref() == Some(&own))
        })
    };
    assert!(addressed(&meet(&mut client, &mut house), "one"));
    house.stream.share(Arc::new(Stanza::message("groupchat").with_body("two")));
    let sm = client.take_sm().unwrap();
    let theirs = house.stream.take_sm().unwrap();
    house.sessions.insert(theirs.id.to_string(), theirs);
    let mut house = house.again(Transport::DirectTls);
    let setup = Setup { resume: Some(sm), ..setup(Road::Sasl2, Transport::DirectTls) };
    let mut client = Client::new(setup, [9; 32]);
    client.tls_done(binding());
    assert!(addressed(&meet(&mut client, &mut house), "two"));
}

#[test]
fn a_lost_connection_is_taken_up_again_without_loss() {
    for road in [Road::Sasl2, Road::Classic] {
        let (_, house, sm) = lose(road);
        let mut house = house.again(Transport::DirectTls);
        let setup = Setup { resume: Some(sm.clone()), ..setup(road, Transport::DirectTls) };
        let mut client = Client::new(setup, [9; 32]);
        client.tls_done(binding());
        let happenings = meet(&mut client, &mut house);
        assert!(ready(&happenings).is_resumed, "{road:?}");
        assert_eq!(ready(&happenings).jid, sm.jid);
        let bodies: Vec<_> =
            house.stanzas.iter().filter_map(|s| s.text_of("body", ns::CLIENT)).collect();
        assert_eq!(bodies, ["two"], "what was durable is not sent again");
        let heard = happenings.iter().any(|happening| {
            matches!(happening, Happening::Stanza(s)
                if s.text_of("body", ns::CLIENT).as_deref() == Some("three"))
        });
        assert!(heard, "{road:?}: {happenings:?}");
        assert_eq!(house.stream.sm().unwrap().unacked_count(), 0);
    }
}

#[test]
fn a_session_is_resumed_once_and_by_its_owner_alone() {
    for road in [Road::Sasl2, Road::Classic] {
        let (_, mut house, sm) = lose(road);
        // Someone else's session under the same name: the stream itself refuses, whatever the driver does.
        let stolen = house.sessions.get_mut(&*sm.id).unwrap();
        stolen.jid = FullJid::new("nurse@capulet.example/x").unwrap();
        let mut house = house.again(Transport::DirectTls);
        let setup = Setup { resume: Some(sm), ..setup(road, Transport::DirectTls) };
        let mut client = Client::new(setup, [9; 32]);
        client.tls_done(binding());
        let happenings = meet(&mut client, &mut house);
        assert!(!ready(&happenings).is_resumed);
        assert!(house.sessions.is_empty());
        assert_eq!(house.stream.jid(), Some(&ready(&happenings).jid));
    }
}

#[test]
fn the_stream_itself_refuses_a_foreign_session() {
    let (_, mut house, sm) = lose(Road::Classic);
    let mut theirs = house.sessions.remove(&*sm.id).unwrap();
    theirs.jid = FullJid::new("nurse@capulet.example/x").unwrap();
    house.stream.state = State::Waiting(Wait::Resume);
    let mut sign_in = SignIn::new(Transport::DirectTls);
    sign_in.username = Some("juliet".into());
    sign_in.resume = Some((sm.id.to_string(), 0));
    house.stream.sign_in = Some(Box::new(sign_in));
    house.stream.take_output();
    house.stream.resumed(theirs);
    let said = String::from_utf8(house.stream.take_output().unwrap()).unwrap();
    assert!(said.contains("item-not-found"), "{said}");
}

#[test]
fn tokens_sign_in_with_one_request() {
    for mechanism in Mechanism::TOKENS {
        let (_, house, first) = sign_in(Setup {
            wants_token: Some(mechanism),
            device: Some("d4565fa7".into()),
            ..setup(Road::Sasl2, Transport::DirectTls)
        });
        let token = first.token.unwrap().token;
        let with = |mechanism, count, token: &str| Setup {
            secret: Secret::Token { token: token.into(), mechanism, count, invalidate: true },
            ..setup(Road::Sasl2, Transport::DirectTls)
        };
        let tokens = house.tokens.clone();
        let try_in = |setup: Setup, seen: Option<u32>| {
            let mut house = House::new(Transport::DirectTls);
            house.tokens = tokens.clone();
            house.tokens[0].count = seen;
            let mut client = Client::new(setup, [9; 32]);
            client.tls_done(binding());
            let happenings = meet(&mut client, &mut house);
            let is_in = happenings.iter().any(|happening| matches!(happening, Happening::Ready(_)));
            (is_in, house.asked_for_token)
        };
        let by = By::Token { id: "t1".into(), count: Some(7), invalidate: true };
        assert_eq!(try_in(with(mechanism, Some(7), &token), Some(6)), (true, Some(by)));
        assert_eq!(try_in(with(mechanism, Some(7), &token), Some(7)), (false, None), "a replay");
        assert_eq!(try_in(with(mechanism, None, "wrong"), None), (false, None));
        let other = Mechanism::TOKENS.into_iter().find(|other| *other != mechanism).unwrap();
        assert_eq!(try_in(with(other, None, &token), None), (false, None), "another mechanism");
    }
}

const AUTHENTICATE: &str =
    "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='HT-SHA-256-NONE'><initial-response>";

/// Signs in with a token and asks for a resource along with it, by hand.
fn signs_in_by_hand(house: &mut House, lang: &str) -> String {
    signs_in_with(house, lang, "<bind xmlns='urn:xmpp:bind:0'/>")
}

/// The same with another wish along with it.
fn signs_in_with(house: &mut House, lang: &str, wish: &str) -> String {
    let token = Token {
        id: "t1".into(),
        secret: "token".to_owned().into(),
        mechanism: Mechanism::Ht(None),
        count: None,
    };
    house.tokens.push(token);
    let proof = crate::sasl::encode(&crate::sasl::ht::initiator("juliet", "token", b""));
    house.hears(
        format!(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
             to='capulet.example.' version='1.0' xml:lang='{lang}'>{AUTHENTICATE}{proof}</initial-response>\
             {wish}</authenticate>"
        )
        .as_bytes(),
    )
}

#[test]
fn who_gets_no_resource_is_in_and_may_ask_again() {
    let mut house = House::new(Transport::DirectTls);
    house.is_full = true;
    let said = signs_in_by_hand(&mut house, "de");
    assert!(said.contains("<success") && !said.contains("<bound"), "{said}");
    assert_eq!(house.closed, None);
    house.is_full = false;
    let bind = b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
    let said = house.hears(bind);
    assert!(said.contains("<jid>juliet@capulet.example/"), "{said}");
}

#[test]
fn after_a_resumption_no_features_follow() {
    // XEP-0198 §9.2.
    let mut house = House::new(Transport::DirectTls);
    let jid = juliet().with_resource_str("x").unwrap();
    let sm = Sm::new(jid, "s1".into(), true, crate::sm::SmLimits::default(), 0);
    house.sessions.insert("s1".into(), sm);
    let by_hand =
        signs_in_with(&mut house, "de", "<resume xmlns='urn:xmpp:sm:3' previd='s1' h='0'/>");
    let (_, after) = by_hand.split_once("<resumed").unwrap();
    assert!(!after.contains("features"), "{after}");
}

#[test]
fn a_resumption_that_says_too_little_fails_and_the_stream_goes_on() {
    // XEP-0198 §6 and §9.2.1.
    for resume in [
        "<resume xmlns='urn:xmpp:sm:3'/>",
        "<resume xmlns='urn:xmpp:sm:3' previd='s1'/>",
        "<resume xmlns='urn:xmpp:sm:3' previd='s1' h='-1'/>",
    ] {
        let mut house = House::new(Transport::DirectTls);
        let wish = format!("{resume}<bind xmlns='urn:xmpp:bind:0'/>");
        let said = signs_in_with(&mut house, "de", &wish);
        let (before, _) = said.split_once("<bound").unwrap();
        assert!(before.contains("<failed") && before.contains("bad-request"), "{said}");

        let mut house = House::new(Transport::DirectTls);
        house.is_full = true;
        signs_in_by_hand(&mut house, "de");
        let said = house.hears(resume.as_bytes());
        assert!(said.contains("<failed") && said.contains("bad-request"), "{said}");
        assert_eq!(house.closed, None);
    }
}

#[test]
fn a_wish_that_can_be_in_no_address_gets_a_resource_that_can() {
    // RFC 6120 §7.7.2.1.
    let mut house = House::new(Transport::DirectTls);
    house.is_full = true;
    signs_in_by_hand(&mut house, "de");
    house.is_full = false;
    let said = house.hears(
        "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <resource>a\u{202e}b</resource></bind></iq>"
            .as_bytes(),
    );
    let resource = said.split("juliet@capulet.example/").nth(1).unwrap();
    assert_eq!(resource.find('<'), Some(16), "{said}");
}

#[test]
fn whoever_is_refused_a_resource_tries_again_but_not_for_ever() {
    // RFC 6120 §7.7.3.
    let mut house = House::new(Transport::DirectTls);
    house.is_full = true;
    signs_in_by_hand(&mut house, "de");
    let bind = b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
    for _ in 0..5 {
        assert!(house.hears(bind).contains("resource-constraint"));
        assert_eq!(house.closed, None);
    }
    assert!(house.hears(bind).contains("policy-violation"));
}

#[test]
fn the_language_of_a_stream_goes_with_its_stanzas() {
    let words = |house: &mut House| {
        house.hears(b"<message type='chat' to='romeo@capulet.example'><body>Ach</body></message>");
        house.hears(b"<message type='chat' xml:lang='it'><body>Ahi</body></message>");
        let lang = |stanza: &Stanza| stanza.lang.as_deref().map(str::to_owned);
        house.stanzas.iter().map(lang).collect::<Vec<_>>()
    };
    // RFC 6120 §8.1.5.
    let mut house = House::new(Transport::DirectTls);
    signs_in_by_hand(&mut house, "de-AT");
    assert_eq!(words(&mut house), [Some("de-AT".to_owned()), Some("it".to_owned())]);
    let mut house = House::new(Transport::DirectTls);
    signs_in_by_hand(&mut house, "no language at all &lt;");
    assert_eq!(words(&mut house), [None, Some("it".to_owned())]);
}

#[test]
fn the_root_dot_of_a_domain_is_no_part_of_it() {
    // RFC 7622 §3.2; the opening above says `to='capulet.example.'`.
    let dotted = crate::stanza::address("juliet@capulet.example./balcony").unwrap();
    assert_eq!(dotted.as_str(), "juliet@capulet.example/balcony");
    assert_eq!(
        crate::stanza::address("a@capulet.example/x.").unwrap().as_str(),
        "a@capulet.example/x."
    );
    assert_eq!(crate::stanza::address("."), None);
}
