//! Files in pieces: broken off and gone on with, by the one who began and by nobody else.

use tokio::io::AsyncWriteExt as _;

use super::stage::{Answer, Stage, play};

const TUS: &str = "Tus-Resumable: 1.0.0";
const PIECE: &str = "Content-Type: application/offset+octet-stream";

/// Begins an upload and says where it goes on, and where it will be fetched.
pub async fn begin(stage: &Stage, size: usize) -> (String, String) {
    let length = format!("Upload-Length: {size}");
    let named = "Upload-Metadata: filename RsOkLnBuZw==,filetype aW1hZ2UvcG5n";
    let made = stage.ask("POST", "/api/uploads", &[&stage.cookie, TUS, &length, named], b"").await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(made.header("upload-expires").unwrap().ends_with("GMT"));
    let url = String::from_utf8(made.body.clone()).unwrap();
    let url = url.split('"').nth(3).unwrap().split("/files/").nth(1).unwrap().to_owned();
    let key = url.split('/').next().unwrap().to_owned();
    assert_eq!(made.header("location").unwrap(), format!("/api/uploads/{key}"));
    (format!("/api/uploads/{key}"), format!("/files/{url}"))
}

/// Sends the bytes that begin at this place.
pub async fn piece(stage: &Stage, path: &str, offset: usize, bytes: &[u8]) -> Answer {
    let (offset, length) =
        (format!("Upload-Offset: {offset}"), format!("Content-Length: {}", bytes.len()));
    stage.ask("PATCH", path, &[&stage.cookie, TUS, PIECE, &offset, &length], bytes).await
}

/// How far it has come.
pub async fn offset(stage: &Stage, path: &str) -> usize {
    let head = stage.ask("HEAD", path, &[&stage.cookie, TUS], b"").await;
    assert_eq!(head.header("cache-control"), Some("no-store"));
    head.header("upload-offset").unwrap().parse().unwrap()
}

#[test]
fn broken_off_and_gone_on_with() {
    play(|stage| async move {
        let words: Vec<u8> = (0..700_000_u32).map(|n| n.to_be_bytes()[3]).collect();
        let (path, fetched) = begin(&stage, words.len()).await;
        assert_eq!(offset(&stage, &path).await, 0);
        let first = piece(&stage, &path, 0, &words[..100_000]).await;
        assert_eq!((first.status, first.header("upload-offset")), (204, Some("100000")));
        // A connection that breaks in the middle of a piece.
        let length = format!("Content-Length: {}", words.len() - 100_000);
        let headers = [stage.cookie.as_str(), TUS, PIECE, "Upload-Offset: 100000", &length];
        let mut line = stage.begin("PATCH", &path, &headers).await;
        line.write_all(&words[100_000..400_000]).await.unwrap();
        line.shutdown().await.unwrap();
        drop(Answer::read(line).await);
        let mut at = offset(&stage, &path).await;
        assert!((100_000..=400_000).contains(&at), "{at}");
        assert_eq!(piece(&stage, &path, at + 1, &words[at + 1..]).await.status, 409, "a gap");
        assert_eq!(piece(&stage, &path, 0, &words).await.status, 409, "again from the beginning");
        assert_eq!(stage.get(&fetched, &[]).await.status, 404, "not whole yet");
        loop {
            // The server may still be writing the piece that broke off.
            let rest = piece(&stage, &path, at, &words[at..]).await;
            if rest.status == 204 {
                break;
            }
            assert!(matches!(rest.status, 409 | 423), "{rest:?}");
            at = offset(&stage, &path).await;
        }
        assert_eq!(offset(&stage, &path).await, words.len());
        assert_eq!(stage.get(&fetched, &[]).await.body, words);
        assert_eq!(stage.files(), 1);
    });
}

#[test]
fn nobody_else_goes_on_or_looks() {
    play(|stage| async move {
        let (path, _) = begin(&stage, 10).await;
        let other = stage.other_cookie.clone();
        for method in ["HEAD", "DELETE"] {
            assert_eq!(stage.ask(method, &path, &[&other, TUS], b"").await.status, 404, "{method}");
            assert_eq!(stage.ask(method, &path, &[TUS], b"").await.status, 401, "{method}");
        }
        let headers = [other.as_str(), TUS, PIECE, "Upload-Offset: 0", "Content-Length: 1"];
        assert_eq!(stage.ask("PATCH", &path, &headers, b"x").await.status, 404);
        assert_eq!(stage.files(), 0);
    });
}

#[test]
fn a_foreign_page_sends_nothing() {
    play(|stage| async move {
        let cookie = stage.cookie.clone();
        let foreign = [cookie.as_str(), TUS, "Upload-Length: 5", "Origin: https://mantua.example"];
        let made = stage.ask("POST", "/api/uploads", &foreign, b"").await;
        assert_eq!((made.status, made.code().as_str()), (403, "http.foreign-origin"));
        let form = [cookie.as_str(), "Upload-Length: 5"];
        let made = stage.ask("POST", "/api/uploads", &form, b"").await;
        assert_eq!((made.status, made.header("tus-version")), (412, Some("1.0.0")));
    });
}

#[test]
fn more_than_promised_is_not_taken() {
    play(|stage| async move {
        let (path, _) = begin(&stage, 5).await;
        assert_eq!(piece(&stage, &path, 0, b"123456").await.status, 413);
        assert_eq!(offset(&stage, &path).await, 0);
        let asked = ["Upload-Length: 99999999999999"];
        let cookie = stage.cookie.clone();
        let made = stage.ask("POST", "/api/uploads", &[&cookie, TUS, asked[0]], b"").await;
        assert!(matches!(made.status, 400 | 413), "{made:?}");
    });
}

#[test]
fn given_up_or_forgotten_leaves_nothing() {
    play(|stage| async move {
        let (path, _) = begin(&stage, 10).await;
        piece(&stage, &path, 0, b"12345").await;
        assert_eq!(stage.files(), 1);
        assert_eq!(stage.ask("DELETE", &path, &[&stage.cookie, TUS], b"").await.status, 204);
        assert_eq!(stage.files(), 0);
        let (path, _) = begin(&stage, 10).await;
        piece(&stage, &path, 0, b"12345").await;
        stage.clock.advance(konvent_files::upload::RESUMABLE_SECS * 1000);
        stage.house.tick().await;
        assert_eq!(stage.files(), 0);
    });
}
