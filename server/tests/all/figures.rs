//! The figures for Prometheus: named by its rules, and each moves when what it counts happens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use konvent_server::House;
use konvent_server::net::http::figures::page;
use konvent_wire::Stanza;
use konvent_wire::xml::el;

use crate::federation::town::{EVERYBODY, Town, two};
use crate::push;

/// All lines of the page by their name with labels.
async fn figures(house: &Arc<House>) -> BTreeMap<String, u64> {
    let text = page(house).await;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

fn of(figures: &BTreeMap<String, u64>, name: &str) -> u64 {
    *figures.get(name).unwrap_or_else(|| panic!("{name} is no figure: {figures:?}"))
}

/// Waits until a figure is as wanted.
async fn until(town: &Town, name: &str, wanted: impl Fn(u64) -> bool) {
    let deadline = tokio::time::Instant::now() + crate::federation::town::DEADLINE;
    loop {
        let now = of(&figures(&town.house).await, name);
        if wanted(now) {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{name} stays {now}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_is_named_by_the_rules() {
    let (verona, _mantua) = two(EVERYBODY).await;
    let text = page(&verona.house).await;
    let (mut kind, mut named) = ("", "");
    let mut seen = BTreeSet::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("# HELP ") {
            let (name, help) = head.split_once(' ').unwrap();
            assert!(seen.insert(name) && help.ends_with('.'), "{line}");
            named = name;
        } else if let Some(head) = line.strip_prefix("# TYPE ") {
            let (name, what) = head.split_once(' ').unwrap();
            assert_eq!(name, named);
            kind = what;
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = name.split_once('{').unwrap_or((name, "}"));
            assert_eq!(name, named, "each line stands below its head");
            let is_ours = name.starts_with("konvent_") || name.starts_with("process_");
            let is_plain = name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            assert!(is_ours && is_plain && labels.ends_with('}'), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert!(["counter", "gauge"].contains(&kind) && value.parse::<u64>().is_ok(), "{line}");
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_members_say_to_each_other_moves_the_figures() {
    let (verona, mantua) = two(EVERYBODY).await;
    let before = figures(&verona.house).await;
    let mut romeo = verona.member("100001").await;
    let mut juliet = mantua.member("100002").await;
    romeo.tell(&juliet.bare(), "Soft! what light").await;
    juliet.hear_words(&romeo.bare(), "Soft! what light").await;
    juliet.tell(&romeo.jid(), "Ay me!").await;
    romeo.hear_words(&juliet.bare(), "Ay me!").await;
    let question = el("q", "urn:konvent:test:nonsense").build();
    romeo.say(Stanza::iq("get", "nonsense").with_child(&question)).await;
    romeo.hear("a refusal", |stanza| stanza.id.as_deref() == Some("nonsense")).await;
    let after = figures(&verona.house).await;
    for name in [
        "konvent_sign_ins_total{result=\"accepted\"}",
        "konvent_sessions",
        "konvent_accounts_online",
        "konvent_stanzas_received_total{peer=\"client\",kind=\"message\"}",
        "konvent_stanzas_received_total{peer=\"client\",kind=\"iq\"}",
        "konvent_stanzas_received_total{peer=\"server\",kind=\"message\"}",
        "konvent_stanzas_sent_total{peer=\"client\",kind=\"message\"}",
        "konvent_stanzas_sent_total{peer=\"server\",kind=\"message\"}",
        "konvent_archived_messages_total",
        "konvent_s2s_connected_routes",
    ] {
        assert!(of(&after, name) > of(&before, name), "{name} does not move");
    }
    let refused = |all: &BTreeMap<String, u64>| -> u64 {
        let lines = all.iter().filter(|(name, _)| name.starts_with("konvent_refusals_total"));
        lines.map(|(_, count)| count).sum()
    };
    assert!(refused(&after) > refused(&before));
    assert_eq!(of(&after, "konvent_nodes"), 1);
    assert!(of(&after, "konvent_data_free_bytes") > 0);
    // Rcgen's certificates are good until the year 4096.
    assert!(of(&after, "konvent_certificate_expiry_timestamp_seconds") > 4_102_444_800);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_house_that_is_down_is_seen() {
    let (verona, mantua) = two(EVERYBODY).await;
    let mut romeo = verona.member("100001").await;
    let juliet = mantua.member("100002").await.bare();
    let mantua = mantua.fall().await;
    romeo.tell(&juliet, "Wait for me").await;
    until(&verona, "konvent_s2s_waiting_stanzas", |count| count == 1).await;
    until(&verona, "konvent_s2s_waiting_routes", |count| count == 1).await;
    let _mantua = mantua.rise().await;
    until(&verona, "konvent_s2s_waiting_stanzas", |count| count == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_are_counted_by_what_came_of_them() {
    let (town, mut program) = push::town("").await;
    let phone = push::phone(&town, "100002").await;
    let mut nurse = town.member("100001").await;
    let juliet = phone.bare();
    push::lose(&town, phone).await;
    nurse.tell(&juliet, "Where are you?").await;
    assert_eq!(program.take().await.1, 1);
    town.settled().await;
    until(&town, "konvent_pushes_total{result=\"delivered\"}", |count| count == 1).await;
}
