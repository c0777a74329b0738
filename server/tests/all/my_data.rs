//! A member fetches everything that is kept of him: whole, his own, and nobody else's.

use std::io::Read as _;

use konvent_wire::Stanza;

use crate::files::stage::{Answer, Stage, play};

/// The body of an answer that was sent in chunks (RFC 9112 §7.1).
fn whole(answer: &Answer) -> Vec<u8> {
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"), "{}", answer.head);
    let (mut rest, mut all) = (answer.body.as_slice(), Vec::new());
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return all;
        }
        all.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}

fn entry(archive: &mut zip::ZipArchive<std::io::Cursor<Vec<u8>>>, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

async fn plant(stage: &Stage) {
    let (account, person) = (stage.romeo.id, stage.romeo.person);
    let address = stage.house.domain().account(&stage.romeo.localpart).unwrap();
    stage
        .house
        .db()
        .write(move |tx| {
            let piece = konvent_wire::xml::el("prefs", "urn:prefs").text("Merkzeichen").build();
            konvent_talk::private::moving::take_in(tx, account, &piece)?;
            let said = Stanza::message("chat").with_from(address).with_body("Geheime Worte");
            let own = konvent_talk::contacts::Member {
                account,
                person,
                address: konvent_wire::jid::BareJid::new("romeo@verona.example").unwrap(),
            };
            konvent_talk::archive::keep_for(tx, account, &own.address, &said)?;
            Ok(())
        })
        .await
        .unwrap();
}

#[test]
fn it_is_whole_and_for_its_owner_alone() {
    play(|stage| async move {
        assert_eq!(stage.get("/api/my-data", &[]).await.code(), "accounts.signed-out");
        plant(&stage).await;
        let file = stage.promise("Bild ä.txt", 9).await;
        assert_eq!(stage.put(&file, b"nur Text.").await.status, 201);
        let got = stage.get("/api/my-data", &[&stage.cookie]).await;
        assert_eq!(got.status, 200);
        assert_eq!(got.header("content-type"), Some("application/zip"));
        assert_eq!(got.header("cache-control"), Some("no-store"));
        assert!(got.header("content-disposition").unwrap().starts_with("attachment; "));
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(whole(&got))).unwrap();
        let data: serde_json::Value =
            serde_json::from_slice(&entry(&mut archive, "daten.json")).unwrap();
        for feature in ["people", "accounts", "private", "archive", "upload"] {
            assert!(!data["kept"][feature].is_null(), "{feature}: {data}");
        }
        let account = String::from_utf8(entry(&mut archive, "konto.xml")).unwrap();
        assert!(account.contains("Geheime Worte") && account.contains("Merkzeichen"), "{account}");
        assert!(!account.contains("scram-credentials"), "{account}");
        let name = format!("dateien/{}/{}", file.key, file.name);
        assert_eq!(entry(&mut archive, &name), b"nur Text.");
        // Another finds nothing of it, and what he fetches is his own.
        let other = stage.get("/api/my-data", &[&stage.other_cookie]).await;
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(whole(&other))).unwrap();
        let account = String::from_utf8(entry(&mut archive, "konto.xml")).unwrap();
        assert!(!account.contains("Merkzeichen") && account.contains("tybalt"), "{account}");
        let noted = stage.house.db().read(konvent_core::audit::verify).await.unwrap();
        assert_eq!(noted, None);
    });
}

#[test]
fn a_long_archive_is_whole_and_readable() {
    play(|stage| async move {
        let (account, count) = (stage.romeo.id, 3 * konvent_talk::archive::privacy::PAGE + 1);
        let own = konvent_wire::jid::BareJid::new("romeo@verona.example").unwrap();
        let words = |number: i64| format!("Brief {number} mit \"Zeichen\"");
        stage
            .house
            .db()
            .write(move |tx| {
                for number in 0..count {
                    let said = Stanza::message("chat").with_body(&words(number));
                    konvent_talk::archive::keep_for(tx, account, &own, &said)?;
                }
                Ok(())
            })
            .await
            .unwrap();
        let got = stage.get("/api/my-data", &[&stage.cookie]).await;
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(whole(&got))).unwrap();
        let data: serde_json::Value =
            serde_json::from_slice(&entry(&mut archive, "daten.json")).unwrap();
        let kept = data["kept"]["archive"].as_array().unwrap();
        assert_eq!(i64::try_from(kept.len()).unwrap(), count);
        let is_in_order = kept.iter().zip(0..).all(|(kept, number)| {
            let said = kept["stanza"].as_str().unwrap();
            said.contains(&format!("Brief {number} mit"))
        });
        assert!(is_in_order);
    });
}

#[test]
fn who_fetches_already_waits_and_keeps_others_from_nothing() {
    play(|stage| async move {
        let place = stage.house.take_along().place(stage.romeo.id).unwrap();
        let busy = stage.get("/api/my-data", &[&stage.cookie]).await;
        assert_eq!((busy.status, busy.code().as_str()), (429, "take-along.busy"));
        assert_eq!(stage.get("/api/my-data", &[&stage.other_cookie]).await.status, 200);
        drop(place);
        assert_eq!(stage.get("/api/my-data", &[&stage.cookie]).await.status, 200);
    });
}
