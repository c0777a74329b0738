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
