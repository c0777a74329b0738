//! Browsers (Web Push): subscribed with the cookie, told through a service that learns nothing, forgotten when they are gone.

use std::sync::Arc;

use konvent_people::accounts::{self, DeviceKind, device_token};
use konvent_server::net;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use super::service::Service;
use super::{account, lose, tell, town};
use crate::federation::town::{Member, Town};
use crate::files::stage::Answer;

/// A browser that is signed in.
struct Browser {
    door: std::net::SocketAddr,
    cookie: String,
}

impl Browser {
    async fn open(town: &Town, member: &Member) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = door.local_addr().unwrap();
        tokio::spawn(net::http::serve(Arc::clone(&town.house), door));
        let who = account(town, member).await;
        let device = town
            .house
            .db()
            .write(move |tx| accounts::new_device(tx, who, "Browser", DeviceKind::Browser, None))
            .await
            .unwrap();
        let token = device_token(town.house.key(), device.id, device.generation, "cookie");
        Self { door: at, cookie: format!("konvent={token}") }
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut line = TcpStream::connect(self.door).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: verona.example\r\nConnection: close\r\nCookie: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.cookie,
            body.len()
        );
        line.write_all(head.as_bytes()).await.unwrap();
        let answer = Answer::read(line).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    }
}

/// The settings of a house that may tell the service of this test.
async fn house(settings: &str) -> (Town, crate::federation::town::Program) {
    town(&format!("[push]\nprivate_addresses = true\nroots = 'ROOTS'\n{settings}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_learns_how_much_waits_and_its_service_nothing() {
    let mut service = Service::open().await;
    let (town, _app) = house("").await;
    let (romeo, mut juliet) = (town.member("100001").await, town.member("100002").await);
    let browser = Browser::open(&town, &romeo).await;
    let (_, state) = browser.ask("GET", "/api/push", "").await;
    assert_eq!(state["is_on"], false);
    let public_key = state["public_key"].as_str().unwrap().to_owned();
    assert_eq!(browser.ask("POST", "/api/push", &service.subscription()).await.0, 204);
    assert_eq!(browser.ask("GET", "/api/push", "").await.1["is_on"], true);
    let who = romeo.bare();
    lose(&town, romeo).await;
    tell(&mut juliet, &who, "Ay me!").await;
    let heard = service.answer("201 Created").await;
    assert!(heard.head.starts_with("POST /send/abc HTTP/1.1"), "{}", heard.head);
    assert_eq!(service.open_letter(&heard), r#"{"count":1}"#);
    let claims = Service::check_word(&heard, &public_key);
    assert_eq!(claims["aud"], format!("https://{}", service.at));
    assert_eq!(heard.header("content-encoding"), "aes128gcm");
    assert_eq!((heard.header("urgency"), heard.header("ttl")), ("normal", "86400"));
    let topic = heard.header("topic").to_owned();
    assert!(!topic.is_empty() && topic.len() <= 32, "RFC 8030 §5.4: {topic}");
    // What may be shown, it asks us.
    let (_, news) = browser.ask("GET", "/api/push/news", "").await;
    assert_eq!(
        (news["count"].as_i64(), news["with"].as_str()),
        (Some(1), Some(juliet.bare().as_str()))
    );
    assert_eq!(news["name"], Value::Null, "not on a locked screen");
    town.settled().await;
    // Lame for a while: asked again after as long as it said.
    tell(&mut juliet, &who, "O Romeo, Romeo!").await;
    town.later(20).await;
    service.answer("429 Too Many Requests\r\nRetry-After: 90").await;
    town.settled().await;
    town.later(60).await;
    assert!(service.is_quiet());
    town.later(60).await;
    // Gone: never again.
    let heard = service.answer("410 Gone").await;
    assert_eq!(service.open_letter(&heard), r#"{"count":2}"#);
    assert_eq!(heard.header("topic"), topic, "the newer takes the place of the older");
    town.until_told_nothing(&who).await;
    assert_eq!(browser.ask("GET", "/api/push", "").await.1["is_on"], false);
}

/// A service whose answer has no end, and one that never says a word: neither fills memory, and others are told meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_services_hold_up_nobody() {
    let (mut endless, mut honest) = (Service::open().await, Service::open().await);
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (town, _app) = house("").await;
    let (romeo, mut juliet) = (town.member("100001").await, town.member("100002").await);
    let mute = silent.local_addr().unwrap().to_string();
    let mute = honest.subscription().replace(&honest.at.to_string(), &mute);
    let all = [(&romeo, endless.subscription()), (&romeo, mute), (&juliet, honest.subscription())];
    for (member, place) in all {
        let browser = Browser::open(&town, member).await;
        assert_eq!(browser.ask("POST", "/api/push", &place).await.0, 204);
    }
    let (his, hers) = (romeo.bare(), juliet.bare());
    lose(&town, romeo).await;
    let failed = || town.house.counters().of(konvent_server::counters::Deed::FailedPush);
    tell(&mut juliet, &his, "Ay me!").await;
    let line = format!("X-More: {}\r\n", "x".repeat(1000));
    endless.answer(&format!("201 Created\r\n{}", line.repeat(1000))).await;
    town.until("an answer of a megabyte is none", |_| failed() == 1).await;
    // The silent one still holds its place.
    let mut romeo = town.member("100001").await;
    lose(&town, juliet).await;
    tell(&mut romeo, &hers, "And you?").await;
    let heard = honest.answer("201 Created").await;
    assert_eq!(honest.open_letter(&heard), r#"{"count":1}"#);
    assert_eq!(failed(), 1, "nobody waited for the one that says nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dishonest_member_cannot_make_us_knock_inside() {
    let service = Service::open().await;
    let (town, _app) = town("").await;
    let romeo = town.member("100001").await;
    let browser = Browser::open(&town, &romeo).await;
    let fine = service.subscription();
    for url in [
        format!("https://{}/send/abc", service.at),
        "https://localhost/x".into(),
        "https://169.254.169.254/latest/meta-data".into(),
        "http://push.example.net/x".into(),
    ] {
        let wish = fine.replace(&format!("https://{}/send/abc", service.at), &url);
        let (status, problem) = browser.ask("POST", "/api/push", &wish).await;
        assert_eq!((status, problem["code"].as_str()), (400, Some("push.bad-request")), "{url}");
    }
    let public = fine.replace(&service.at.to_string(), "push.example.net");
    let broken = public.replace("\"auth\":\"", "\"auth\":\"x");
    assert_eq!(browser.ask("POST", "/api/push", &broken).await.0, 400);
    assert_eq!(browser.ask("POST", "/api/push", "{}").await.0, 400);
    assert_eq!(browser.ask("POST", "/api/push", &public).await.0, 204);
    assert_eq!(browser.ask("DELETE", "/api/push", "").await.0, 204);
    assert_eq!(browser.ask("GET", "/api/push", "").await.1["is_on"], false);
    let stranger = Browser { cookie: "konvent=1.x".into(), ..browser };
    assert_eq!(stranger.ask("POST", "/api/push", &public).await.0, 401);
    assert_eq!(stranger.ask("GET", "/api/push/news", "").await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_is_not_told_any_more() {
    let service = Service::open().await;
    let (town, _app) = house("content = true\n").await;
    let (romeo, mut juliet) = (town.member("100001").await, town.member("100002").await);
    let browser = Browser::open(&town, &romeo).await;
    assert_eq!(browser.ask("POST", "/api/push", &service.subscription()).await.0, 204);
    let who = romeo.bare();
    lose(&town, romeo).await;
    tell(&mut juliet, &who, "Ay me!").await;
    let (_, news) = browser.ask("GET", "/api/push/news", "").await;
    assert_eq!(news["name"], "Juliet Capulet", "the organisation lets it be named");
    assert_eq!(browser.ask("DELETE", "/api/session", "").await.0, 204);
    town.until_told_nothing(&who).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organisation_may_not_want_it() {
    let service = Service::open().await;
    let (town, _app) = house("web = false\n").await;
    let romeo = town.member("100001").await;
    let browser = Browser::open(&town, &romeo).await;
    assert_eq!(browser.ask("GET", "/api/push", "").await.1["public_key"], Value::Null);
    let (status, problem) = browser.ask("POST", "/api/push", &service.subscription()).await;
    assert_eq!((status, problem["code"].as_str()), (403, Some("push.not-offered")));
}
