//! Reports (XEP-0377): who looks into them, what of it is shown to whom, and that each look is noted.

use konvent_core::{AccountId, Answer as Job, PersonId, SessionId, audit};
use konvent_people::accounts::Account;
use konvent_people::{offices, units};
use konvent_talk::{Session, archive, blocking};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};
use serde_json::Value;

use crate::files::stage::{Answer, Stage, play_with, sign_in};

const ADMIN: &str = "[accounts]\nadmins = ['romeo']";

fn json(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.head);
    serde_json::from_slice(&answer.body).unwrap()
}

async fn post(stage: &Stage, path: &str, cookie: &str, body: &str) -> Answer {
    let length = format!("Content-Length: {}", body.len());
    let headers = [cookie, "Content-Type: application/json", &length];
    stage.ask("POST", path, &headers, body.as_bytes()).await
}

fn address(account: &Account) -> String {
    format!("{}@verona.example", account.localpart)
}

/// What somebody says to somebody, as the archive of the one who hears it keeps it; the id there.
async fn hears(stage: &Stage, who: AccountId, from: &str, words: &str) -> i64 {
    let (from, stanza) = (BareJid::new(from).unwrap(), Stanza::message("chat").with_body(words));
    stage.house.db().write(move |tx| archive::keep_for(tx, who, &from, &stanza)).await.unwrap()
}

/// What somebody says, as her own archive keeps it.
async fn says(stage: &Stage, who: &Account, to: &str, words: &str) -> i64 {
    let (account, own) = (who.id, BareJid::new(&address(who)).unwrap());
    let (to, stanza) = (BareJid::new(to).unwrap(), Stanza::message("chat").with_body(words));
    let job = move |tx: &mut konvent_core::Tx<'_>| {
        archive::keep_sent(tx, archive::Party { account, address: &own }, &to, &stanza)
    };
    match stage.house.db().write(job).await.unwrap() {
        archive::Kept::New { mine, .. } => mine,
        other => panic!("{other:?}"),
    }
}

async fn report(stage: &Stage, by: &Account, whom: &str, behind: Option<&str>, ids: &[i64]) {
    report_from(stage, &address(by), by, (whom, behind), ids).await;
}

/// With messages out of the archive of `archive`.
async fn report_from(
    stage: &Stage,
    archive: &str,
    by: &Account,
    (whom, behind): (&str, Option<&str>),
    ids: &[i64],
) {
    let session = Session {
        id: SessionId(1),
        account: by.id,
        person: by.person,
        address: Jid::new(&format!("{}/x", address(by))).unwrap(),
        name: by.name.clone(),
    };
    let ids: Vec<String> = ids
        .iter()
        .map(|id| format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{archive}' id='{id}'/>"))
        .collect();
    let xml = format!(
        "<iq xmlns='jabber:client' type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='{whom}'>\
         <report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:abuse'>\
         <text>Er droht mir</text>{}</report></item></block></iq>",
        ids.concat()
    );
    let iq = Stanza::parse(xml.as_bytes()).unwrap();
    let behind = behind.map(|jid| Jid::new(jid).unwrap().to_bare());
    let domain = stage.house.domain().clone();
    let job = move |tx: &mut konvent_core::Tx<'_>| {
        blocking::change(tx, &domain, &session, &iq, &|_| behind.clone()).map(drop)
    };
    stage.house.db().write(job).await.unwrap();
}

async fn says_in_room(stage: &Stage, who: &Account, words: &str) -> i64 {
    let (account, own) = (who.id, BareJid::new(&address(who)).unwrap());
    let stanza = Stanza::message("groupchat").with_body(words);
    let job = move |tx: &mut konvent_core::Tx<'_>| {
        let room = units::by_key(tx, "01")?.unwrap().id.into();
        archive::keep_in_room(tx, room, Some(account), &own, &stanza, &stanza)
    };
    match stage.house.db().write(job).await.unwrap() {
        archive::Kept::New { mine, .. } => mine,
        other => panic!("{other:?}"),
    }
}

async fn elect(stage: &Stage, person: PersonId, title: &'static str) {
    let job = move |tx: &mut konvent_core::Tx<'_>| -> Job<()> {
        let root = units::by_key(tx, "01")?.unwrap().id;
        let body = offices::establish(tx, root, "board", "Vorstand")?;
        let office = offices::office(tx, body, title)?;
        let now = tx.now();
        offices::begin(tx, person, office, now, None, "elected").map(drop)
    };
    stage.house.db().write(job).await.unwrap();
}

async fn waiting(stage: &Stage, cookie: &str) -> Vec<Value> {
    let all = json(&stage.get("/api/reports", &[cookie]).await);
    all["waiting"].as_array().unwrap().clone()
}

async fn duty(stage: &Stage, cookie: &str) -> Value {
    json(&stage.get("/api/session", &[cookie]).await)["reports_waiting"].clone()
}

#[test]
fn offices_look_into_reports_and_nobody_into_his_own_matter() {
    play_with(ADMIN, |stage| async move {
        let (juliet, juliets) = sign_in(&stage.house, "Juliet").await;
        let (nurse, nurses) = sign_in(&stage.house, "Nurse").await;
        let tybalt = "tybalt@verona.example";
        let threat = hears(&stage, juliet.id, tybalt, "Warte nur").await;
        let other = hears(&stage, juliet.id, "romeo@verona.example", "Liebste").await;
        let own = says(&stage, &juliet, tybalt, "Komm nur").await;
        let foreign = hears(&stage, nurse.id, tybalt, "Guten Tag, Amme").await;
        report(&stage, &juliet, tybalt, None, &[threat, other, foreign, own]).await;

        // Nobody holds an office: the technical admin steps in. Members have no such page and learn nothing.
        assert_eq!(duty(&stage, &stage.cookie).await, 1);
        assert_eq!(waiting(&stage, &stage.cookie).await.len(), 1);
        assert_eq!(duty(&stage, &nurses).await, Value::Null);
        assert!(waiting(&stage, &nurses).await.is_empty());

        // From now on it is the office's matter, and the admin's no more.
        elect(&stage, nurse.person, "Vorsitzende").await;
        assert!(waiting(&stage, &stage.cookie).await.is_empty());
        assert_eq!(duty(&stage, &nurses).await, 1);
        let case = waiting(&stage, &nurses).await.remove(0);
        assert_eq!(case["by"]["name"], "Juliet");
        assert_eq!(
            (&case["about"]["name"], &case["about"]["unit"]),
            (&"Tybalt".into(), &"Verona".into())
        );
        assert_eq!(case["words"], "Er droht mir");
        assert_eq!(case["named"], 4);
        // Of the four that were named, one was Juliet's to hear and Tybalt's to say.
        let said = case["said"].as_array().unwrap();
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0]["words"], "Warte nur");

        // Whoever is the matter of a report does not see it, even in office; then the other office does.
        elect(&stage, juliet.person, "Ombudsfrau").await;
        assert!(waiting(&stage, &juliets).await.is_empty());
        report(&stage, &juliet, "ov@gruppen.verona.example/Sie", Some("nurse@verona.example"), &[])
            .await;
        assert_eq!(waiting(&stage, &nurses).await.len(), 1, "not what is said about her");
        assert_eq!(duty(&stage, &nurses).await, 1);
        // Both who could are part of it: never nobody.
        let masked = waiting(&stage, &stage.cookie).await.remove(0);
        assert_eq!(
            (&masked["about"]["name"], &masked["address"]),
            (&"Nurse".into(), &"ov@gruppen.verona.example/Sie".into())
        );
        assert_eq!(stage.house.db().read(audit::verify).await.unwrap(), None);
        let looks = stage
            .house
            .db()
            .read(|reader| {
                reader.rows(
                    "select actor from audit_note where act = 'blocking.reports-read' order by id",
                    &[],
                    |row| row.get::<i64>(0),
                )
            })
            .await
            .unwrap();
        let (romeo, nurse) = (stage.romeo.person.0, nurse.person.0);
        assert_eq!(looks, [romeo, nurse, nurse, romeo], "each look at something is noted");
    });
}

#[test]
fn a_decision_is_made_once_and_the_member_sees_that_it_was_made() {
    play_with(ADMIN, |stage| async move {
        let (juliet, juliets) = sign_in(&stage.house, "Juliet").await;
        let tybalt = "tybalt@verona.example";
        report(&stage, &juliet, tybalt, None, &[]).await;
        let own = json(&stage.get("/api/my-reports", &[&juliets]).await);
        assert_eq!(own[0]["address"], tybalt);
        assert_eq!(own[0]["dealt_at"], Value::Null);
        let id = own[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/reports/{id}");
        let decide = r#"{"decision":"acted","note":"verwarnt"}"#;
        // Neither the one who reported, nor the one reported, nor with words that mean nothing.
        for cookie in [&juliets, &stage.other_cookie] {
            assert_eq!(post(&stage, &path, cookie, decide).await.code(), "blocking.no-such-report");
        }
        let bad = post(&stage, &path, &stage.cookie, r#"{"decision":"x"}"#).await;
        assert_eq!(bad.code(), "blocking.bad-decision");
        let none = post(&stage, "/api/reports/1", &stage.cookie, decide).await;
        assert_eq!((none.status, none.code().as_str()), (404, "blocking.no-such-report"));
        assert_eq!(post(&stage, &path, &stage.cookie, decide).await.status, 204);
        let again = post(&stage, &path, &stage.cookie, decide).await;
        assert_eq!((again.status, again.code().as_str()), (409, "blocking.already-dealt"));
        let all = json(&stage.get("/api/reports", &[&stage.cookie]).await);
        assert!(all["waiting"].as_array().unwrap().is_empty());
        let dealt = &all["dealt"][0]["dealt"];
        assert_eq!(
            (&dealt["decision"], &dealt["note"], &dealt["by"]),
            (&"acted".into(), &"verwarnt".into(), &"Romeo".into())
        );
        let own = json(&stage.get("/api/my-reports", &[&juliets]).await);
        assert!(own[0]["dealt_at"].is_string());
        assert!(!own.to_string().contains("verwarnt"), "what was decided stays there");

        // A year later its purpose is done.
        stage.clock.advance(366 * 24 * 3_600 * 1_000);
        stage.house.tick().await;
        let kept = stage.house.db().read(|reader| blocking::dealt(reader, 9)).await.unwrap();
        assert!(kept.is_empty());
    });
}

#[test]
fn words_in_a_room_are_shown_when_he_who_is_reported_said_them() {
    play_with(ADMIN, |stage| async move {
        let (juliet, _) = sign_in(&stage.house, "Juliet").await;
        let tybalt = stage
            .house
            .db()
            .read(|reader| konvent_people::accounts::by_localpart(reader, "tybalt"));
        let tybalt = tybalt.await.unwrap().unwrap();
        let said = says_in_room(&stage, &tybalt, "Feigling").await;
        let of_another = says_in_room(&stage, &juliet, "Friede").await;
        let unit =
            stage.house.db().read(|reader| units::by_key(reader, "01")).await.unwrap().unwrap();
        let room = stage.house.domain().room(&unit.address).unwrap().to_string();
        let nick = format!("{room}/Tybalt");
        let masked = (nick.as_str(), Some("tybalt@verona.example"));
        report_from(&stage, &room, &juliet, masked, &[said, of_another]).await;
        let elsewhere = "nirgends@gruppen.verona.example";
        report_from(&stage, elsewhere, &juliet, masked, &[said]).await;
        let cases = waiting(&stage, &stage.cookie).await;
        let words = |case: &Value| -> Vec<String> {
            let said = case["said"].as_array().unwrap();
            said.iter().map(|one| one["words"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(cases[0]["room"], unit.name.as_str(), "by its name, not by its address");
        assert_eq!(words(&cases[0]), ["Feigling"]);
        assert!(words(&cases[1]).is_empty(), "no such room, no words");
    });
}
