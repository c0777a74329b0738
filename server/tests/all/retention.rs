//! Whose contents are held: who may say so, what the page tells, and that what is held stays until it is lifted.

use jiff::civil::date;
use konvent_core::Tx;
use konvent_people::accounts::{self, Account};
use konvent_people::people::{self, Leaving, Status};
use konvent_server::flows;
use konvent_talk::{abroad, contacts, ns};
use konvent_wire::xml::el;
use serde_json::Value;

use crate::files::stage::{Answer, Stage, play_with};

const ADMIN: &str = "[accounts]\nadmins = ['romeo']\n[retention]\nheld = ['Escalus']";
const DAY_MILLIS: i64 = 24 * 3_600 * 1_000;

async fn post(stage: &Stage, path: &str, body: &str) -> Answer {
    let length = format!("Content-Length: {}", body.len());
    let headers = [stage.cookie.as_str(), "Content-Type: application/json", &length];
    stage.ask("POST", path, &headers, body.as_bytes()).await
}

async fn page(stage: &Stage) -> Value {
    let answer = stage.get("/api/retention", &[&stage.cookie]).await;
    assert_eq!(answer.status, 200, "{}", answer.head);
    serde_json::from_slice(&answer.body).unwrap()
}

async fn leaves(stage: &Stage, who: &Account) {
    let person = who.person;
    let job = move |tx: &mut Tx<'_>| {
        let leaving =
            Leaving { status: Status::Left, on: date(2026, 11, 21), reason: String::new() };
        people::leave(tx, person, &leaving)?;
        accounts::close(tx, person).map(drop)
    };
    stage.house.db().write(job).await.unwrap();
}

async fn tybalt(stage: &Stage) -> Account {
    let job = |reader: &mut konvent_core::Reader<'_>| accounts::by_localpart(reader, "tybalt");
    stage.house.db().read(job).await.unwrap().unwrap()
}

async fn is_emptied(stage: &Stage, who: &Account) -> bool {
    let person = who.person;
    let left = stage.house.db().read(|reader| accounts::left(reader, 10)).await.unwrap();
    !left.iter().any(|(known, _)| *known == person)
}

#[test]
fn what_is_held_stays_until_the_hold_is_lifted() {
    play_with(ADMIN, |stage| async move {
        let refused = stage.get("/api/retention", &[&stage.other_cookie]).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "http.not-an-admin"));
        let tybalt = tybalt(&stage).await;
        leaves(&stage, &tybalt).await;
        let told = page(&stage).await;
        assert_eq!((&told["left_days"], &told["reports_days"]), (&30.into(), &365.into()));
        assert_eq!(told["left"][0]["number"], "Tybalt");
        let day = |text: &Value| text.as_str().unwrap()[..10].to_owned();
        assert_ne!(day(&told["left"][0]["left_at"]), day(&told["left"][0]["goes_at"]));
        assert_eq!(
            (&told["held"][0]["number"], &told["held"][0]["id"]),
            (&"Escalus".into(), &Value::Null)
        );

        for (body, code) in [
            (r#"{"number":"Niemand","reason":"x"}"#, "people.unknown"),
            (r#"{"number":"Tybalt","reason":" "}"#, "accounts.hold-reason-needed"),
        ] {
            assert_eq!(post(&stage, "/api/retention/holds", body).await.code(), code);
        }
        let body = r#"{"number":" Tybalt ","reason":"Schiedsgericht 4/26"}"#;
        assert_eq!(post(&stage, "/api/retention/holds", body).await.status, 204);
        assert_eq!(
            post(&stage, "/api/retention/holds", body).await.code(),
            "accounts.already-held"
        );
        let told = page(&stage).await;
        assert_eq!(told["left"][0]["goes_at"], Value::Null);
        let held = &told["held"][0];
        assert_eq!((&held["name"], &held["by"]), (&"Tybalt".into(), &"Romeo".into()));
        assert_eq!(held["reason"], "Schiedsgericht 4/26");
        stage.clock.advance(31 * DAY_MILLIS);
        stage.house.tick().await;
        assert!(!is_emptied(&stage, &tybalt).await, "held");

        let path = format!("/api/retention/holds/{}/lift", held["id"].as_str().unwrap());
        assert_eq!(
            post(&stage, &path, r#"{"reason":""}"#).await.code(),
            "accounts.hold-reason-needed"
        );
        assert_eq!(post(&stage, &path, r#"{"reason":"beendet"}"#).await.status, 204);
        assert_eq!(
            post(&stage, &path, r#"{"reason":"beendet"}"#).await.code(),
            "accounts.no-such-hold"
        );
        stage.house.tick().await;
        assert!(is_emptied(&stage, &tybalt).await, "his time was over long ago");
        let person = tybalt.person;
        let kept =
            stage.house.db().read(move |reader| accounts::export(reader, person)).await.unwrap();
        assert_eq!(kept["held"], Value::Array(Vec::new()), "the reason goes with what it held");
        let noted = stage.house.db().read(konvent_core::audit::verify).await.unwrap();
        assert_eq!(noted, None);
    });
}

#[test]
fn a_server_that_takes_nothing_any_more_holds_nobody_back() {
    let settings = "[federation]\nwith = 'everybody'\n[federation.addresses]\n'mantua.example' = '127.0.0.1:9'";
    play_with(settings, |stage| async move {
        let (house, tybalt) = (&stage.house, tybalt(&stage).await);
        let member = flows::contacts::member(house, &tybalt).unwrap();
        let domain = house.domain().clone();
        let has_chosen = move |tx: &mut Tx<'_>| {
            for n in 0..700 {
                let contact = el("item", ns::ROSTER)
                    .attr("jid", format!("montague{n}@mantua.example"))
                    .attr("subscription", "both");
                contacts::moving::take_in(tx, &domain, &member, &contact.build())?;
            }
            Ok(())
        };
        house.db().write(has_chosen).await.unwrap();
        leaves(&stage, &tybalt).await;
        stage.clock.advance(31 * DAY_MILLIS);
        house.tick().await;
        assert!(
            is_emptied(&stage, &tybalt).await,
            "fourteen hundred goodbyes are more than may wait"
        );
        let kept = house.db().read(abroad::waiting).await.unwrap();
        let max = usize::try_from(abroad::WAITING_FOR_DOMAIN_MAX).unwrap();
        assert!((1..=max).contains(&kept.len()), "{}", kept.len());
    });
}
