//! What attackers have done to others, row by row: each test is named after the deed. More of them stand in `misuse`.

use super::*;

fn managed() -> House {
    let (_, house, _) = sign_in(setup(Road::Sasl2, Transport::DirectTls));
    house
}

#[test]
fn an_acknowledgement_that_falls_back_ends_the_stream() {
    // XEP-0198 §4.
    let mut house = managed();
    for word in ["one", "two"] {
        house.stream.send(Stanza::message("chat").with_body(word));
    }
    house.hears(b"<a xmlns='urn:xmpp:sm:3' h='2'/>");
    assert_eq!((&house.closed, house.stream.sm().unwrap().unacked_count()), (&None, 0));
    let said = house.hears(b"<a xmlns='urn:xmpp:sm:3' h='1'/>");
    assert!(said.contains("handled-count-too-high"), "{said}");
    assert_eq!(house.closed, Some(Closed::Error(StreamCondition::UndefinedCondition)));
}

#[test]
fn an_acknowledgement_that_is_no_number_ends_the_stream() {
    for h in ["", "-1", "4294967296", "two"] {
        let mut house = managed();
        house.hears(format!("<a xmlns='urn:xmpp:sm:3' h='{h}'/>").as_bytes());
        assert_eq!(house.closed, Some(Closed::Error(StreamCondition::BadFormat)), "{h}");
    }
}

#[test]
fn compression_is_neither_offered_nor_begun() {
    // XEP-0138: a bomb for the server and an oracle for those who listen.
    let compress =
        b"<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>";
    let mut house = managed();
    house.hears(compress);
    assert_eq!(house.closed, Some(Closed::Error(StreamCondition::UnsupportedStanzaType)));
    let mut stranger = House::new(Transport::DirectTls);
    let said = stranger.hears(
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
          to='capulet.example' version='1.0'>",
    );
    assert!(said.contains("stream:features") && !said.contains("compress"), "{said}");
    stranger.hears(compress);
    assert_eq!(stranger.closed, Some(Closed::Error(StreamCondition::UnsupportedStanzaType)));
}

#[test]
fn a_stranger_holds_no_more_than_he_may_even_in_pieces() {
    let mut house = House::new(Transport::DirectTls);
    house.hears(
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
          to='capulet.example' version='1.0'><auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='",
    );
    let mut sent = 0;
    while house.closed.is_none() {
        house.hears(&[b'x'; 100]);
        sent += 100;
        assert!(sent < 11_000, "a stanza that never ends goes on for ever");
    }
    assert_eq!(house.closed, Some(Closed::Error(StreamCondition::PolicyViolation)));
}

/// Lets somebody between the two rewrite what the house says; how it ends for the client. The rewriting must find something.
fn with_a_middleman(road: Road, rewrite: impl Fn(&str) -> String) -> Vec<Happening> {
    let mut house = House::new(Transport::DirectTls);
    let mut client = Client::new(setup(road, Transport::DirectTls), [8; 32]);
    client.tls_done(binding());
    let (mut happenings, mut has_rewritten, mut is_quiet) = (Vec::new(), false, false);
    while !is_quiet {
        is_quiet = true;
        while let Some(bytes) = client.take_output() {
            is_quiet = false;
            let said = house.hears(&bytes);
            let heard = rewrite(&said);
            has_rewritten |= heard != said;
            client.receive(heard.as_bytes());
            while let Some(happening) = client.next() {
                happenings.push(happening);
            }
        }
    }
    assert!(has_rewritten, "nothing was there to take away");
    happenings
}

fn mechanism(name: &str) -> String {
    format!("<mechanism>{name}</mechanism>")
}

#[test]
fn who_takes_mechanisms_out_of_the_list_is_found_out() {
    // XEP-0474 §5.2. Without the strongest the client would take the next one and never know.
    for road in [Road::Sasl2, Road::Classic] {
        let is_deceived = |taken: &[&str]| {
            let end = with_a_middleman(road, |said| {
                taken.iter().fold(said.to_owned(), |said, name| said.replace(&mechanism(name), ""))
            });
            assert!(
                !end.iter().any(|happening| matches!(happening, Happening::Ready(_))),
                "{end:?}"
            );
            end.iter().any(|happening| matches!(happening, Happening::Deceived(_)))
        };
        assert!(is_deceived(&["SCRAM-SHA-256-PLUS"]));
        assert!(
            is_deceived(&["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]),
            "nothing left to bind by"
        );
        assert!(is_deceived(&["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]), "nothing but the old hash");
        // One is put in its place instead: as many as before, and others.
        let end = with_a_middleman(road, |said| {
            said.replace(&mechanism("SCRAM-SHA-256-PLUS"), &mechanism("SCRAM-SHA-512-PLUS"))
        });
        assert!(end.iter().any(|happening| matches!(happening, Happening::Deceived(_))), "{end:?}");
    }
}

/// The hash of what was offered, as the house tells it along with a challenge.
fn told_hash(settings: Settings) -> String {
    let mut house = House::with(settings, Transport::DirectTls);
    let features = house.hears(OPEN.as_bytes());
    let first = crate::sasl::encode(b"n,,n=juliet,r=abc");
    let said = house.hears(
        format!(
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-256'>\
             <initial-response>{first}</initial-response></authenticate>"
        )
        .as_bytes(),
    );
    let challenge = said.split(['<', '>']).nth(2).unwrap();
    let challenge = String::from_utf8(crate::sasl::decode(challenge).unwrap()).unwrap();
    let hash = challenge.split(',').find_map(|part| part.strip_prefix("h=")).unwrap().to_owned();
    // What any client computes from the features it has seen (XEP-0474 §5.1), tokens left aside.
    let between = |text: &str, start: &str, end: char| -> Vec<String> {
        let pieces = text.split(start).skip(1);
        pieces.map(|piece| piece.split(end).next().unwrap().to_owned()).collect()
    };
    let (_, list) = features.split_once("<authentication xmlns=\"urn:xmpp:sasl:2\">").unwrap();
    let outside = list.split("<inline").next().unwrap();
    let mechanisms = between(outside, "<mechanism>", '<');
    let bindings = between(&features, "<channel-binding type=\"", '"');
    let names = |all: &[String]| all.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    assert!(mechanisms.len() == 4 && !bindings.is_empty(), "{features}");
    assert!(!names(&mechanisms).contains("HT-"), "tokens are offered beside, not among them");
    let (mechanisms, bindings): (Vec<&str>, Vec<&str>) = (
        mechanisms.iter().map(String::as_str).collect(),
        bindings.iter().map(String::as_str).collect(),
    );
    assert_eq!(hash, crate::sasl::scram::offer_hash(Hash::Sha256, &mechanisms, &bindings));
    hash
}

#[test]
fn tokens_on_offer_do_not_disturb_the_hash_of_what_was_offered() {
    // ejabberd 24.12 counted the mechanisms of XEP-0484 as well, and clients that did not were shut out.
    let (with, without) =
        (Settings { fast: true, ..settings() }, Settings { fast: false, ..settings() });
    assert_eq!(told_hash(with), told_hash(without));
}

#[test]
fn the_name_under_which_a_session_is_resumed_cannot_be_guessed() {
    // XEP-0198 §5: whoever knew it could take a session over once he is signed in. At least 128 bits, and never the same.
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..50 {
        let mut house = House::new(Transport::DirectTls);
        house.stream = C2s::new(Arc::new(settings()), Transport::DirectTls, [seed; 32]);
        house.stream.tls_done(binding());
        let mut client = Client::new(setup(Road::Sasl2, Transport::DirectTls), [8; 32]);
        client.tls_done(binding());
        let mut said = String::new();
        while let Some(bytes) = client.take_output() {
            let heard = house.hears(&bytes);
            client.receive(heard.as_bytes());
            while client.next().is_some() {}
            said.push_str(&heard);
        }
        let (_, rest) = said.split_once("<enabled ").unwrap_or_else(|| panic!("{said}"));
        let id = rest.split("id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert!(id.len() * 6 >= 128, "{id}");
        seen.insert(id);
    }
    assert_eq!(seen.len(), 50);
}
