//! Guests sign in to the web client with address and password; members have their letter.

use konvent_core::audit::Actor;
use konvent_people::accounts::{self, NewPassword};

use crate::files::stage::{Answer, Stage, play};

const JSON: &str = "Content-Type: application/json";

async fn try_in(stage: &Stage, address: &str, password: &str) -> Answer {
    let body = serde_json::json!({ "address": address, "password": password }).to_string();
    let length = format!("Content-Length: {}", body.len());
    stage.ask("POST", "/api/sign-in/password", &[JSON, &length], body.as_bytes()).await
}

fn keys(stage: &Stage, plain: &str) -> NewPassword {
    NewPassword::derive(stage.house.key(), "paris", plain, 8).unwrap()
}

async fn guest(stage: &Stage, plain: &str) -> konvent_core::AccountId {
    let (keys, key) = (keys(stage, plain), stage.house.key().clone());
    let by = Actor::Operator;
    let opened = stage
        .house
        .db()
        .write(move |tx| accounts::open_outside(tx, &key, by, "paris", &keys).map(|a| a.id));
    opened.await.unwrap()
}

fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap();
    format!("Cookie: {cookie}")
}

#[test]
fn a_guest_signs_in_with_address_and_password_until_it_changes() {
    play(|stage| async move {
        let paris = guest(&stage, "Ein Graf kommt selten allein").await;
        for address in ["paris", " Paris ", "paris@verona.example"] {
            let welcome = try_in(&stage, address, "Ein Graf kommt selten allein").await;
            assert_eq!(welcome.status, 200, "{address}: {welcome:?}");
            let session = stage.get("/api/session", &[&cookie(&welcome)]).await;
            assert_eq!(session.status, 200);
            assert!(String::from_utf8(session.body).unwrap().contains("paris@verona.example"));
        }
        let welcome = try_in(&stage, "paris", "Ein Graf kommt selten allein").await;
        let other = keys(&stage, "Ein Graf kommt doch allein");
        stage
            .house
            .db()
            .write(move |tx| accounts::set_password(tx, Actor::Server, paris, &other))
            .await
            .unwrap();
        let session = stage.get("/api/session", &[&cookie(&welcome)]).await;
        assert_eq!(session.status, 401, "the browser that the old password let in is out");
        let old = try_in(&stage, "paris", "Ein Graf kommt selten allein").await;
        assert_eq!((old.status, old.code().as_str()), (403, "accounts.wrong-password"));
        stage
            .house
            .db()
            .write(move |tx| accounts::lock(tx, Actor::Operator, paris, true))
            .await
            .unwrap();
        let locked = try_in(&stage, "paris", "Ein Graf kommt doch allein").await;
        assert_eq!(locked.code(), "accounts.wrong-password");
    });
}

#[test]
fn nobody_learns_what_was_wrong_and_ten_tries_are_enough() {
    play(|stage| async move {
        guest(&stage, "Ein Graf kommt selten allein").await;
        // A member's app password opens programs, not the pages on which app passwords are made.
        let (random, romeo) = (stage.house.random().clone(), stage.romeo.id);
        let make = move |tx: &mut konvent_core::Tx<'_>| {
            accounts::make_app_password(tx, &random, romeo, "Handy")
        };
        let (_, of_a_program) = stage.house.db().write(make).await.unwrap();
        let long = "x".repeat(2000);
        let romeo = stage.romeo.localpart.clone();
        for (address, password) in [
            ("paris", "falsch"),
            ("paris@mantua.example", "Ein Graf kommt selten allein"),
            ("paris@verona.example/x", "Ein Graf kommt selten allein"),
            ("nobody", "Ein Graf kommt selten allein"),
            ("", ""),
            ("@", "x"),
            ("paris", ""),
            ("paris", &long),
            (&romeo, &of_a_program),
            ("paris", "noch einmal falsch"),
        ] {
            let refused = try_in(&stage, address, password).await;
            let said = (refused.status, refused.code());
            assert_eq!(said, (403, "accounts.wrong-password".to_owned()), "{address}");
            assert_eq!(refused.header("set-cookie"), None);
        }
        let spent = try_in(&stage, "paris", "Ein Graf kommt selten allein").await;
        assert_eq!((spent.status, spent.code().as_str()), (429, "accounts.too-many-tries"));
        stage.clock.advance(16 * 60 * 1000);
        assert_eq!(try_in(&stage, "paris", "Ein Graf kommt selten allein").await.status, 200);
    });
}
