//! What clients are told they may send is what they may send (XEP-0478).

use super::*;

fn told(said: &str) -> Vec<usize> {
    let limits = said.split("<max-bytes>").skip(1);
    limits.filter_map(|rest| rest.split('<').next()?.parse().ok()).collect()
}

/// A message of exactly so many bytes.
fn of_bytes(bytes: usize) -> String {
    let frame = "<message type='chat'><body></body></message>".len();
    format!("<message type='chat'><body>{}</body></message>", "x".repeat(bytes - frame))
}

const TOO_MUCH: Option<Closed> = Some(Closed::Error(StreamCondition::PolicyViolation));

#[test]
fn strangers_are_told_less_and_held_to_it() {
    for transport in [Transport::Tcp, Transport::DirectTls] {
        let said = House::new(transport).hears(OPEN.as_bytes());
        let most = usize::try_from(settings().stranger.stanza_bytes).unwrap();
        assert_eq!(told(&said), [most], "{said}");
        // No idle time is announced, because none is enforced.
        assert!(!said.contains("idle-seconds"), "{said}");
        let wish = |bytes: usize| {
            let frame = "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'></abort>".len();
            let filling = "x".repeat(bytes - frame);
            format!("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{filling}</abort>")
        };
        let mut house = House::new(transport);
        house.hears(OPEN.as_bytes());
        house.hears(wish(most).as_bytes());
        assert_ne!(house.closed, TOO_MUCH, "{transport:?}");
        let mut house = House::new(transport);
        house.hears(OPEN.as_bytes());
        house.hears(wish(most + 1).as_bytes());
        assert_eq!(house.closed, TOO_MUCH, "{transport:?}");
    }
}

#[test]
fn members_are_told_what_they_may_send_and_held_to_it() {
    let most = usize::try_from(settings().member.stanza_bytes).unwrap();
    for transport in [Transport::DirectTls, Transport::WebSocket] {
        for road in [Road::Classic, Road::Sasl2] {
            let bound = || {
                let mut house = House::new(transport);
                let setup = Setup { wants_sm: false, ..setup(road, transport) };
                let mut client = Client::new(setup, [8; 32]);
                client.tls_done(binding());
                let said = heard(&mut client, &mut house);
                (house, said)
            };
            let (mut house, said) = bound();
            assert_eq!(told(&said).last(), Some(&most), "{said}");
            // In a frame the namespace is said again, and counts (RFC 7395 §3.3.3).
            let framed = |message: String| match transport {
                Transport::WebSocket => message.replacen('>', " xmlns='jabber:client'>", 1),
                _ => message,
            };
            let declared = framed(String::from(">")).len() - 1;
            house.hears(framed(of_bytes(most - declared)).as_bytes());
            assert_eq!((house.stanzas.len(), house.closed), (1, None), "{transport:?}");
            let said = house.hears(framed(of_bytes(most + 1 - declared)).as_bytes());
            assert_eq!((house.stanzas.len(), house.closed), (1, TOO_MUCH), "{transport:?}");
            assert!(said.contains("<policy-violation "), "{said}");
        }
    }
}

/// As [`meet`], and what the house said meanwhile.
fn heard(client: &mut Client, house: &mut House) -> String {
    let mut all = String::new();
    while let Some(bytes) = client.take_output() {
        house.stream.receive(&bytes);
        while let Some(demand) = house.stream.next() {
            house.answer(demand);
        }
        while let Some(bytes) = house.stream.take_output() {
            all.push_str(std::str::from_utf8(&bytes).unwrap());
            client.receive(&bytes);
            while client.next().is_some() {}
        }
    }
    assert!(house.stream.jid().is_some(), "{all}");
    all
}
