//! Relays are listed, chosen by type, and come with passwords that a relay can check.

use super::*;

fn outside() -> Vec<Relay> {
    let one = |kind: &str, port, secret: Option<&str>| Relay {
        kind: kind.to_owned(),
        host: "relay.verona.example".to_owned(),
        port: Some(port),
        transport: Some("udp".to_owned()),
        secret: secret.map(str::to_owned),
        valid_secs: 3600,
    };
    vec![
        one("stun", 3478, None),
        one("turn", 3478, Some("north")),
        one("turn", 3479, Some("south")),
    ]
}

fn ask(inner: &str, account: i64) -> Answer<Option<Stanza>> {
    let iq = format!("<iq type='get' id='s'>{inner}</iq>");
    let key = ServerKey::new([1; 32]);
    let asker = Asker { account: AccountId(account), key: &key, now: Millis(1_000_000) };
    answer(&Stanza::parse(iq.as_bytes()).unwrap(), &outside(), asker)
}

fn listed(inner: &str, account: i64) -> Vec<Element> {
    let payload = ask(inner, account).unwrap().unwrap().payload().unwrap();
    payload.children().cloned().collect()
}

#[test]
fn all_or_those_of_one_type() {
    let all = listed("<services xmlns='urn:xmpp:extdisco:2'/>", 1);
    assert_eq!(all.len(), 3);
    assert_eq!((all[0].attr("type"), all[0].attr("username")), (Some("stun"), None));
    let turn = listed("<services xmlns='urn:xmpp:extdisco:2' type='turn'/>", 1);
    assert_eq!(turn.len(), 2);
    assert_eq!(turn[0].attr("expires"), Some("1970-01-01T01:16:40.000Z"));
    assert_eq!(listed("<services xmlns='urn:xmpp:extdisco:2' type='ftp'/>", 1).len(), 0);
    assert!(ask("<query xmlns='jabber:iq:version'/>", 1).unwrap().is_none());
}

#[test]
fn passwords_are_what_the_relay_computes_and_names_tell_nobody() {
    let wanted = "<credentials xmlns='urn:xmpp:extdisco:2'><service host='relay.verona.example' type='turn' port='3479'/></credentials>";
    let found = listed(wanted, 1);
    assert_eq!(found.len(), 1);
    let name = found[0].attr("username").unwrap();
    assert!(name.starts_with("4600:"), "{name}");
    assert_eq!(found[0].attr("password").unwrap(), password("south", name));
    assert_eq!(listed(wanted, 1)[0].attr("username"), Some(name), "the relay can count his calls");
    assert_ne!(listed(wanted, 2)[0].attr("username"), Some(name));
    let unknown = wanted.replace("relay", "other");
    assert_eq!(ask(&unknown, 1).unwrap_err(), UNKNOWN);
    assert_eq!(ask("<credentials xmlns='urn:xmpp:extdisco:2'/>", 1).unwrap_err(), UNKNOWN);
}

#[test]
fn a_password_is_the_mac_that_everybody_computes() {
    // The second case of the published test vectors of HMAC-SHA-1.
    assert_eq!(password("Jefe", "what do ya want for nothing?"), "7/zfauXrL6LSdBbV8YTfnCWafHk=");
}
