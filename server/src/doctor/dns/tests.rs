//! What is made of what DNS says, and what is asked of a name server on loopback.

use hickory_resolver::proto::op::ResponseCode;

use super::*;
use crate::net::name_server::{NameServer, Records};

const SERVICES: [&str; 3] =
    ["gruppen.verona.example", "upload.verona.example", "pubsub.verona.example"];

fn config(text: &str) -> Config {
    Config::parse(&format!("domain = 'verona.example'\n{text}")).unwrap()
}

fn judged(config: &Config, said: &Said) -> BTreeMap<&'static str, (State, String)> {
    let services = SERVICES.map(str::to_owned);
    let found = judge(config, &services, said).into_iter();
    found.map(|one| (one.what, (one.state, one.sentence))).collect()
}

/// A house that everybody finds.
fn healthy() -> Said {
    let names = SERVICES.into_iter().chain(["verona.example"]).map(str::to_owned);
    let records = [(5222, 0), (5223, 1), (5269, 2), (5270, 3)].map(|(port, at)| {
        let service = FOR_CLIENTS.iter().chain(&FOR_SERVERS).nth(at).unwrap();
        (format!("{service}.verona.example"), vec![Srv { port, is_none: false }])
    });
    Said {
        known: names.collect(),
        services: Some(BTreeMap::from(records)),
        signers: Some(vec!["letsencrypt.org".to_owned()]),
    }
}

#[test]
fn a_house_that_everybody_finds_is_well() {
    let config = config("[federation]\nwith = 'everybody'\n[acme]\naccept_terms = true");
    let found = judged(&config, &healthy());
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["CAA", "DNS", "SRV", "SRV (Server)"]);
    assert!(found.values().all(|(state, _)| *state == State::Well), "{found:?}");
}

#[test]
fn what_other_servers_need_is_asked_for_only_where_they_are_let_in() {
    let mut said = healthy();
    said.known.retain(|name| name == "verona.example");
    let closed = judged(&config(""), &said);
    assert_eq!(closed["DNS"].0, State::Well);
    assert!(!closed.contains_key("SRV (Server)"));
    let open = config("[federation]\nwith = 'everybody'");
    let found = judged(&open, &said);
    assert_eq!(found["DNS"].0, State::Odd);
    assert!(SERVICES.iter().all(|name| found["DNS"].1.contains(name)), "{found:?}");
    // A record of its own serves as well as an address.
    let records = said.services.as_mut().unwrap();
    for name in SERVICES {
        records
            .insert(format!("_xmpp-server._tcp.{name}"), vec![Srv { port: 5269, is_none: false }]);
    }
    assert_eq!(judged(&open, &said)["DNS"].0, State::Well);
    said.known.clear();
    assert_eq!(judged(&open, &said)["DNS"].0, State::Unwell);
}

#[test]
fn records_that_lead_nowhere_are_named() {
    let open = config("[federation]\nwith = 'everybody'");
    let with = |service: &str, srv: Option<Srv>| {
        let mut said = healthy();
        let records = said.services.as_mut().unwrap();
        let name = format!("{service}.verona.example");
        match srv {
            Some(srv) => records.insert(name, vec![srv]),
            None => records.remove(&name),
        };
        judged(&open, &said)["SRV (Server)"].clone()
    };
    let (state, sentence) = with("_xmpps-server._tcp", None);
    assert_eq!((state, sentence.contains("fehlt: _xmpps-server._tcp")), (State::Odd, true));
    let (state, sentence) = with("_xmpp-server._tcp", Some(Srv { port: 5299, is_none: false }));
    assert_eq!((state, sentence.contains("5299")), (State::Odd, true));
    let declined = with("_xmpp-server._tcp", Some(Srv { port: 0, is_none: true }));
    assert_eq!(declined.0, State::Unwell);
    // Without such a door no record is missed.
    let open = config("[federation]\nwith = 'everybody'\nlisten_tls = []");
    let mut said = healthy();
    said.services.as_mut().unwrap().remove("_xmpps-server._tcp.verona.example");
    assert_eq!(judged(&open, &said)["SRV (Server)"].0, State::Well);
}

#[test]
fn clients_miss_only_records_of_doors_that_exist() {
    let mut said = healthy();
    said.services.as_mut().unwrap().remove("_xmpps-client._tcp.verona.example");
    assert_eq!(judged(&config(""), &said)["SRV"].0, State::Odd);
    assert_eq!(judged(&config("xmpps = []"), &said)["SRV"].0, State::Well);
    said.services = None;
    assert_eq!(judged(&config(""), &said)["SRV"].0, State::Odd, "nobody to ask");
}

#[test]
fn who_may_sign_must_be_who_signs() {
    let acme = config("[acme]\naccept_terms = true");
    let with = |config: &Config, signers: &[&str]| {
        let signers: Vec<String> = signers.iter().map(|name| (*name).to_owned()).collect();
        caa(config, &signers).state
    };
    assert_eq!(with(&acme, &["letsencrypt.org", "sectigo.com"]), State::Well);
    assert_eq!(with(&acme, &["sectigo.com"]), State::Odd);
    assert_eq!(with(&acme, &["encrypt.org"]), State::Odd, "no part of a name");
    assert_eq!(with(&config(""), &["sectigo.com"]), State::Well, "files come from anywhere");
    assert_eq!(with(&acme, &[]), State::Odd);
    assert_eq!(issuer(b"LetsEncrypt.org; validationmethods=http-01").unwrap(), "letsencrypt.org");
    assert_eq!(issuer(b";").unwrap(), "niemand");
}

/// The records of a house that everybody finds; its services are in the newer network alone.
fn everything() -> Records {
    let mut records =
        Records::default().at("verona.example.", [192, 0, 2, 1]).caa("example.", "letsencrypt.org");
    let ports = [5222, 5223, 5269, 5270];
    for (service, port) in FOR_CLIENTS.iter().chain(&FOR_SERVERS).zip(ports) {
        records =
            records.srv(&format!("{service}.verona.example."), (1, 0, port), "verona.example.");
    }
    for service in SERVICES {
        let ip: std::net::Ipv6Addr = "2001:db8::1".parse().unwrap();
        records = records.at(&format!("{service}."), ip);
    }
    records
}

/// What is found when this name server is asked, and what it was asked.
async fn asked(records: Records) -> (BTreeMap<&'static str, (State, String)>, Vec<String>) {
    let server = NameServer::open(records).await;
    let mut config = config("[federation]\nwith = 'everybody'\n[acme]\naccept_terms = true");
    config.federation.name_servers = vec![server.address];
    let found = look_with(&config, &SERVICES.map(str::to_owned)).await.into_iter();
    (found.map(|one| (one.what, (one.state, one.sentence))).collect(), server.asked())
}

#[tokio::test]
async fn a_name_server_is_asked_for_everything_that_matters() {
    let (found, asked) = asked(everything()).await;
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["CAA", "DNS", "SRV", "SRV (Server)"]);
    assert!(found.values().all(|(state, _)| *state == State::Well), "{found:?}");
    let own = FOR_CLIENTS.iter().chain(&FOR_SERVERS).map(|one| format!("{one}.verona.example."));
    let own = own.chain(SERVICES.map(|name| format!("{name}.")));
    for name in own.chain(["verona.example.".to_owned(), "example.".to_owned()]) {
        assert!(asked.contains(&name), "{name} in {asked:?}");
    }
}

#[tokio::test]
async fn an_empty_name_server_leaves_nothing_well() {
    let (found, _) = asked(Records::default()).await;
    let states: BTreeMap<&str, State> =
        found.iter().map(|(what, (state, _))| (*what, *state)).collect();
    let expected = [
        ("CAA", State::Odd),
        ("DNS", State::Unwell),
        ("SRV", State::Odd),
        ("SRV (Server)", State::Odd),
    ];
    assert_eq!(states, BTreeMap::from(expected), "{found:?}");
}

#[tokio::test]
async fn what_a_name_server_says_is_judged_as_others_read_it() {
    // A dot says that there is no such server (RFC 2782), whatever else stands there.
    let records = Records::default()
        .at("verona.example.", [192, 0, 2, 1])
        .srv("_xmpp-server._tcp.verona.example.", (0, 0, 0), ".")
        .srv("_xmpps-server._tcp.verona.example.", (1, 0, 443), "verona.example.")
        .caa("verona.example.", "sectigo.com");
    let (found, _) = asked(records).await;
    assert_eq!(found["SRV (Server)"].0, State::Unwell, "{found:?}");
    assert_eq!(found["CAA"].0, State::Odd, "the nearest name counts, and names another authority");
    assert!(found["DNS"].1.contains("gruppen.verona.example"), "{found:?}");
    // What does not fit into a datagram is asked for again by TCP; a name server that fails is no record that is missing.
    let records = everything()
        .overflows("_xmpps-client._tcp.verona.example.")
        .fails("verona.example.", ResponseCode::ServFail);
    let (found, _) = asked(records).await;
    assert_eq!(found["SRV"].0, State::Well, "{found:?}");
    assert!(!found.contains_key("CAA"), "nobody knows who may sign: {found:?}");
}
