//! Where servers are, asked from a name server of the test's own.

use hickory_resolver::proto::op::ResponseCode;

use super::*;
use crate::net::name_server::{NameServer, Records};

fn service(priority: u16, weight: u16, port: u16) -> Service {
    let host = fqdn("xmpp.mantua.example").unwrap();
    Service { priority, weight, host, port, is_direct_tls: false }
}

#[test]
fn records_are_tried_by_priority_and_by_weight() {
    let all = || vec![service(20, 1, 3), service(10, 0, 1), service(10, 60, 2)];
    let ports = |draw: u64| -> Vec<u16> {
        ordered(all(), |bound| draw.min(bound - 1)).iter().map(|s| s.port).collect()
    };
    assert_eq!(ports(0), [1, 2, 3]);
    assert_eq!(ports(1), [2, 1, 3]);
    assert_eq!(ports(60), [2, 1, 3]);
}

#[test]
fn the_dns_does_not_send_us_into_our_own_network() {
    for (ip, public) in [
        ("127.0.0.1", false),
        ("10.1.2.3", false),
        ("169.254.169.254", false),
        ("100.64.1.1", false),
        ("0.0.0.0", false),
        ("::1", false),
        ("fe80::1", false),
        ("fd00::1", false),
        ("::ffff:127.0.0.1", false),
        ("240.0.0.1", false),
        ("255.255.255.255", false),
        ("192.0.0.170", false),
        ("192.88.99.1", false),
        ("198.18.0.1", false),
        ("198.20.0.1", true),
        ("2002:c0a8:101::1", false),
        ("2002:808:808::1", true),
        ("64:ff9b:1::808:808", false),
        ("64:ff9b::808:808", true),
        ("2001:db8::1", false),
        ("2001::1", false),
        ("3fff::1", false),
        ("100::1", false),
        ("fec0::1", false),
        ("::8.8.8.8", false),
        ("8.8.8.8", true),
        ("2001:4860:4860::8888", true),
    ] {
        assert_eq!(is_public(ip.parse().unwrap()), public, "{ip}");
    }
}

#[tokio::test]
async fn the_settings_know_better_than_the_dns() {
    let mut federation = Federation::default();
    federation.addresses.insert("mantua.example".to_owned(), "tls:127.0.0.1:7".to_owned());
    let (resolver, random) = (tokio::sync::OnceCell::new(), Random::seeded(1));
    let found = resolve(&federation, &resolver, &random, "mantua.example").await;
    let address = "127.0.0.1:7".parse().unwrap();
    assert_eq!(found, Ok(vec![Target { address, is_direct_tls: true }]));
    let found = resolve(&federation, &resolver, &random, "127.0.0.1").await;
    assert_eq!(found, Err(Nowhere::Never), "an address is no way around");
}

/// Settings by which this name server is asked, and believed also in addresses of private networks.
fn asking(server: &NameServer) -> Federation {
    Federation {
        name_servers: vec![server.address],
        private_addresses: true,
        ..Federation::default()
    }
}

/// What is found with these records, and what was asked.
async fn found(
    records: Records,
    domain: &str,
    public_only: bool,
) -> (Result<Vec<Target>, Nowhere>, Vec<String>) {
    let server = NameServer::open(records).await;
    let federation = Federation { private_addresses: !public_only, ..asking(&server) };
    let (resolver, random) = (tokio::sync::OnceCell::new(), Random::seeded(1));
    let found = resolve(&federation, &resolver, &random, domain).await;
    (found, server.asked())
}

fn target(ip: [u8; 4], port: u16, is_direct_tls: bool) -> Target {
    Target { address: (ip, port).into(), is_direct_tls }
}

const STARTTLS: &str = "_xmpp-server._tcp.mantua.example.";
const DIRECT: &str = "_xmpps-server._tcp.mantua.example.";

#[tokio::test]
async fn both_kinds_of_records_make_one_list_by_priority() {
    let records = Records::default()
        .srv(STARTTLS, (20, 0, 5269), "last.mantua.example.")
        .srv(DIRECT, (10, 0, 5270), "second.mantua.example.")
        .srv(STARTTLS, (5, 0, 7000), "first.mantua.example.")
        .at("first.mantua.example.", [10, 0, 0, 1])
        .at("second.mantua.example.", [10, 0, 0, 2])
        .at("last.mantua.example.", [10, 0, 0, 3])
        .at("mantua.example.", [10, 0, 0, 4]);
    let (found, asked) = found(records, "mantua.example", false).await;
    let wanted = [
        target([10, 0, 0, 1], 7000, false),
        target([10, 0, 0, 2], 5270, true),
        target([10, 0, 0, 3], 5269, false),
    ];
    assert_eq!(found, Ok(wanted.to_vec()));
    // RFC 6120 §3.2.2: with records its name alone is not tried.
    assert!(!asked.iter().any(|name| name == "mantua.example."), "{asked:?}");
}

#[tokio::test]
async fn among_equals_weight_decides_how_often_one_is_first() {
    let records = || {
        Records::default()
            .srv(STARTTLS, (1, 90, 1), "one.mantua.example.")
            .srv(STARTTLS, (1, 10, 2), "two.mantua.example.")
            .at("one.mantua.example.", [10, 0, 0, 1])
            .at("two.mantua.example.", [10, 0, 0, 2])
    };
    let server = NameServer::open(records()).await;
    let federation = asking(&server);
    let (resolver, random) = (tokio::sync::OnceCell::new(), Random::seeded(7));
    let mut first_is_one = 0;
    for _ in 0..200 {
        let found = resolve(&federation, &resolver, &random, "mantua.example").await.unwrap();
        assert_eq!(found.len(), 2, "the other is tried as well");
        first_is_one += usize::from(found[0].address.port() == 1);
    }
    assert!((160..=198).contains(&first_is_one), "{first_is_one} of 200");
}

#[tokio::test]
async fn a_dot_says_that_there_is_no_such_server() {
    let declined =
        Records::default().srv(STARTTLS, (0, 0, 0), ".").at("mantua.example.", [10, 0, 0, 1]);
    let (found, asked) = found(declined, "mantua.example", false).await;
    assert_eq!(found, Err(Nowhere::Never));
    assert!(!asked.iter().any(|name| name == "mantua.example."), "{asked:?}");
}

#[tokio::test]
async fn a_dot_for_one_kind_leaves_the_other() {
    let records = Records::default()
        .srv(DIRECT, (0, 0, 0), ".")
        .srv(STARTTLS, (0, 0, 5269), "host.mantua.example.")
        .at("host.mantua.example.", [10, 0, 0, 1]);
    let (plain, _) = found(records, "mantua.example", false).await;
    assert_eq!(plain, Ok(vec![target([10, 0, 0, 1], 5269, false)]));
    let records = Records::default()
        .srv(STARTTLS, (0, 0, 0), ".")
        .srv(DIRECT, (0, 0, 5270), "host.mantua.example.")
        .at("host.mantua.example.", [10, 0, 0, 1]);
    let (direct, _) = found(records, "mantua.example", false).await;
    assert_eq!(direct, Ok(vec![target([10, 0, 0, 1], 5270, true)]));
}

#[tokio::test]
async fn without_records_the_name_alone_is_tried() {
    let records = Records::default().at("mantua.example.", [10, 0, 0, 9]);
    let (by_name, _) = found(records, "mantua.example", false).await;
    assert_eq!(by_name, Ok(vec![target([10, 0, 0, 9], 5269, false)]));
    let (nothing, _) = found(Records::default(), "mantua.example", false).await;
    assert_eq!(nothing, Err(Nowhere::Never));
}

#[tokio::test]
async fn who_cannot_be_asked_is_asked_again_later() {
    // The kind that everybody has decides.
    let silent = Records::default()
        .fails(STARTTLS, ResponseCode::ServFail)
        .at("mantua.example.", [10, 0, 0, 1]);
    let (later, asked) = found(silent, "mantua.example", false).await;
    assert_eq!(later, Err(Nowhere::Now));
    assert!(!asked.iter().any(|name| name == "mantua.example."), "{asked:?}");
    let half = Records::default()
        .fails(DIRECT, ResponseCode::ServFail)
        .srv(STARTTLS, (0, 0, 5269), "host.mantua.example.")
        .at("host.mantua.example.", [10, 0, 0, 1]);
    let (plain, _) = found(half, "mantua.example", false).await;
    assert_eq!(plain, Ok(vec![target([10, 0, 0, 1], 5269, false)]));
}

#[tokio::test]
async fn records_that_lead_into_our_own_network_lead_nowhere() {
    let records = || {
        Records::default()
            .srv(STARTTLS, (1, 0, 6379), "inside.mantua.example.")
            .srv(STARTTLS, (2, 0, 5269), "outside.mantua.example.")
            .at("inside.mantua.example.", [10, 0, 0, 1])
            .at("outside.mantua.example.", [203, 0, 114, 1])
    };
    let (outside, _) = found(records(), "mantua.example", true).await;
    assert_eq!(outside, Ok(vec![target([203, 0, 114, 1], 5269, false)]));
    let inside = Records::default()
        .srv(STARTTLS, (1, 0, 6379), "inside.mantua.example.")
        .at("inside.mantua.example.", [127, 0, 0, 1]);
    let (nowhere, _) = found(inside, "mantua.example", true).await;
    assert_eq!(nowhere, Err(Nowhere::Never));
}

#[tokio::test]
async fn many_records_keep_nobody_busy() {
    let mut records = Records::default();
    for number in 0..24_u8 {
        let host = format!("h{number}.mantua.example.");
        records = records
            .srv(STARTTLS, (u16::from(number), 0, 5269), &host)
            .at(&host, [10, 0, 0, number]);
    }
    let (found, asked) = found(records, "mantua.example", false).await;
    let first: Vec<Target> = (0..8).map(|number| target([10, 0, 0, number], 5269, false)).collect();
    assert_eq!(found, Ok(first));
    let hosts: std::collections::HashSet<&String> =
        asked.iter().filter(|name| name.starts_with('h')).collect();
    assert!(hosts.len() <= TARGETS_MAX, "{hosts:?}");
}

#[tokio::test]
async fn names_in_other_letters_are_asked_in_those_of_the_dns() {
    let records = Records::default()
        .srv("_xmpp-server._tcp.xn--mnchen-3ya.example.", (0, 0, 5269), "host.mantua.example.")
        .at("host.mantua.example.", [10, 0, 0, 1]);
    let (found, _) = found(records, "m\u{fc}nchen.example", false).await;
    assert_eq!(found, Ok(vec![target([10, 0, 0, 1], 5269, false)]));
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_asked_for_again_by_tcp() {
    // RFC 7766 §5: dozens of records are more than a datagram holds.
    let mut records = Records::default().overflows(STARTTLS);
    for number in 0..60_u8 {
        let host = format!("h{number}.mantua.example.");
        records = records.srv(STARTTLS, (u16::from(number), 0, 5269), &host);
        records = records.at(&host, [10, 0, 0, number]);
    }
    let server = NameServer::open(records).await;
    let federation = asking(&server);
    let (resolver, random) = (tokio::sync::OnceCell::new(), Random::seeded(1));
    let found = resolve(&federation, &resolver, &random, "mantua.example").await.unwrap();
    assert_eq!(found.first(), Some(&target([10, 0, 0, 0], 5269, false)));
    assert_eq!(found.len(), TARGETS_MAX);
    let by_tcp = server.asked_by_tcp();
    assert_eq!(by_tcp, [STARTTLS], "and only what did not fit");
}

#[tokio::test]
async fn hosts_of_the_newer_network_alone_are_found() {
    let newer: IpAddr = "fd00::1".parse().unwrap();
    let records = || {
        Records::default()
            .srv(STARTTLS, (1, 0, 5269), "newer.mantua.example.")
            .at("newer.mantua.example.", newer)
            .at("padua.example.", newer)
    };
    let wanted = |port| Ok(vec![Target { address: (newer, port).into(), is_direct_tls: false }]);
    assert_eq!(found(records(), "mantua.example", false).await.0, wanted(5269));
    assert_eq!(found(records(), "padua.example", false).await.0, wanted(PORT));
    assert_eq!(found(records(), "mantua.example", true).await.0, Err(Nowhere::Never), "one's own");
    // Where a host is in both networks, both ways are tried.
    let both = records().at("newer.mantua.example.", [10, 0, 0, 1]);
    let (both, _) = found(both, "mantua.example", false).await;
    let mut both: Vec<_> = both.unwrap().iter().map(|target| target.address.ip()).collect();
    both.sort();
    assert_eq!(both, [IpAddr::from([10, 0, 0, 1]), newer]);
}
