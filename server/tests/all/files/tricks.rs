//! Every trick that an upload can be: pages that call themselves pictures, paths, false sizes, false secrets, twice, dripping.

use konvent_files::upload::{ARRIVAL_SECS, File};
use konvent_server::arrivals::UPLOADS_OF_ONE_MAX;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::stage::{Answer, Stage, play};

const PAGE: &[u8] = b"<!doctype html><script>alert(document.cookie)</script>";
const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";

/// What every answer below `/files` must carry.
fn is_sandboxed(answer: &Answer) {
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("sandbox;") && policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("allow-scripts") && !policy.contains("script-src"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    assert_eq!(answer.header("set-cookie"), None);
}

async fn stored(stage: &Stage, name: &str, kind: Option<&str>, bytes: &[u8]) -> Answer {
    let file = stage.promise_as(name, bytes.len() as u64, kind).await;
    assert_eq!(stage.put(&file, bytes).await.status, 201);
    stage.get(&file.path(), &[]).await
}

#[test]
fn a_page_with_a_script_is_saved_and_never_shown() {
    play(|stage| async move {
        for (name, kind, bytes) in [
            ("a.html", Some("text/html"), PAGE),
            ("a.svg", Some("image/svg+xml"), SVG),
            ("a.png", Some("image/png"), PAGE),
            ("a.js", Some("text/javascript"), b"alert(1)".as_slice()),
            ("a.xml", None, b"<?xml-stylesheet href='x'?><a/>".as_slice()),
            ("a.pdf", Some("application/pdf"), b"%PDF-1.4 /JavaScript".as_slice()),
        ] {
            let got = stored(&stage, name, kind, bytes).await;
            is_sandboxed(&got);
            let kind = got.header("content-type").unwrap();
            assert!(
                matches!(kind, "application/octet-stream" | "application/pdf"),
                "{name}: {kind}"
            );
            assert!(
                got.header("content-disposition").unwrap().starts_with("attachment;"),
                "{name}"
            );
        }
        is_sandboxed(&stored(&stage, "a.gif", None, b"GIF89a<script>alert(1)</script>").await);
        is_sandboxed(&stage.get("/files/unknown/a.html", &[]).await);
        is_sandboxed(&stage.ask("OPTIONS", "/files/unknown/a.html", &[], b"").await);
    });
}

#[test]
fn no_path_leads_out() {
    play(|stage| async move {
        let file = stage.promise("../../../etc/passwd", 4).await;
        assert_eq!(file.name, "passwd");
        assert_eq!(stage.put(&file, b"root").await.status, 201);
        for path in [
            "/files/../../etc/passwd".to_owned(),
            "/files/..%2f..%2fkonvent.db/x".to_owned(),
            "/files/%2e%2e/konvent.lock".to_owned(),
            format!("/files/{}/..%2f..%2f..%2fetc%2fpasswd", file.key),
            format!("/files/{}/other-name.pdf", file.key),
            format!("/files/{}/%00", file.key),
            format!("/files/{}", file.key),
        ] {
            let got = stage.get(&path, &[]).await;
            // The router may answer with the client's start page for what is no address of a file.
            assert!(
                got.status == 404 || got.header("content-type") != Some("application/octet-stream"),
                "{path}"
            );
            assert!(!got.body.starts_with(b"root"), "{path}");
        }
    });
}

#[test]
fn only_who_holds_the_secret_puts() {
    play(|stage| async move {
        let file = stage.promise("a.txt", 3).await;
        let other = stage.promise("b.txt", 3).await;
        let cookie = stage.cookie.clone();
        for headers in [
            vec![],
            vec!["Authorization: Bearer x".to_owned()],
            vec!["Authorization: Basic eDp4".to_owned()],
            vec![stage.secret(&other)],
            vec![cookie],
        ] {
            let mut headers: Vec<&str> = headers.iter().map(String::as_str).collect();
            headers.push("Content-Length: 3");
            let put = stage.ask("PUT", &file.path(), &headers, b"abc").await;
            assert_eq!(
                (put.status, put.code().as_str()),
                (403, "upload.wrong-secret"),
                "{headers:?}"
            );
        }
        let unknown =
            stage.ask("PUT", "/files/unknown/a.txt", &["Content-Length: 3"], b"abc").await;
        assert_eq!(unknown.status, 403, "the same for what does not exist");
        assert_eq!(stage.files(), 0);
    });
}

#[test]
fn more_and_fewer_bytes_than_promised_leave_nothing() {
    play(|stage| async move {
        let file = stage.promise("a.bin", 10).await;
        let secret = stage.secret(&file);
        for length in ["9", "11", "99999999999999999", "18446744073709551616", "-1", "0x0a"] {
            let length = format!("Content-Length: {length}");
            let put = stage.ask("PUT", &file.path(), &[&secret, &length], b"").await;
            assert!(matches!(put.status, 400 | 413), "{length}: {}", put.status);
        }
        for body in ["5\r\nabcde\r\n0\r\n\r\n", "5\r\nabcde\r\n6\r\nabcdef\r\n0\r\n\r\n"] {
            let chunked = [secret.as_str(), "Transfer-Encoding: chunked"];
            let put = stage.ask("PUT", &file.path(), &chunked, body.as_bytes()).await;
            assert_eq!((put.status, put.code().as_str()), (413, "upload.wrong-size"), "{body}");
        }
        assert_eq!(stage.files(), 0);
        assert_eq!(stage.put(&file, b"0123456789").await.status, 201, "the promise still stands");
    });
}

#[test]
fn a_connection_that_breaks_leaves_nothing() {
    play(|stage| async move {
        let file = stage.promise("a.bin", 1_000_000).await;
        let secret = stage.secret(&file);
        let mut line =
            stage.begin("PUT", &file.path(), &[&secret, "Content-Length: 1000000"]).await;
        line.write_all(&vec![7; 500_000]).await.unwrap();
        stage.wait_for_files(1).await;
        drop(line);
        stage.wait_for_files(0).await;
        assert_eq!(stage.put(&file, &vec![7; 1_000_000]).await.status, 201);
    });
}

#[test]
fn put_twice_is_put_once() {
    play(|stage| async move {
        let file = stage.promise("a.bin", 3).await;
        let other = stage.put(&file, b"abc");
        let (one, two) = tokio::join!(stage.put(&file, b"abc"), other);
        let mut both = [one.status, two.status];
        both.sort_unstable();
        assert_eq!(both, [201, 409]);
        assert_eq!(stage.put(&file, b"xyz").await.status, 409);
        assert_eq!(stage.get(&file.path(), &[]).await.body, b"abc");
        assert_eq!(stage.files(), 1);
    });
}

/// A PUT that has begun and goes no further.
async fn dripping(stage: &Stage, file: &File) -> TcpStream {
    let mut line =
        stage.begin("PUT", &file.path(), &[&stage.secret(file), "Content-Length: 1000"]).await;
    line.write_all(b"a drop").await.unwrap();
    line
}

#[test]
fn one_promise_is_written_once_at_a_time() {
    play(|stage| async move {
        let file = stage.promise("a.bin", 1000).await;
        let line = dripping(&stage, &file).await;
        stage.wait_for_files(1).await;
        for _ in 0..3 {
            let again = stage.put(&file, &[7; 1000]).await;
            assert_eq!((again.status, again.code().as_str()), (409, "upload.busy"));
        }
        assert_eq!(stage.files(), 1, "one draft for one promise");
        drop(line);
        stage.wait_for_files(0).await;
        assert_eq!(stage.put(&file, &[7; 1000]).await.status, 201, "the promise still stands");
    });
}

#[test]
fn one_account_leaves_places_for_others() {
    play(|stage| async move {
        let mut lines = Vec::new();
        for number in 1..=UPLOADS_OF_ONE_MAX {
            let file = stage.promise("a.bin", 1000).await;
            lines.push(dripping(&stage, &file).await);
            stage.wait_for_files(number).await;
        }
        let one_more = stage.promise("b.bin", 3).await;
        let put = stage.put(&one_more, b"abc").await;
        assert_eq!((put.status, put.code().as_str()), (429, "upload.too-many-under-way"));
        let of_another = stage.promise_of_tybalt("c.bin", 3).await;
        assert_eq!(stage.put(&of_another, b"abc").await.status, 201);
        drop(lines);
        stage.wait_for_files(1).await;
        assert_eq!(stage.put(&one_more, b"abc").await.status, 201);
    });
}

#[test]
fn another_type_than_promised_is_refused() {
    play(|stage| async move {
        let file = stage.promise_as("a.png", 3, Some("image/png")).await;
        let secret = stage.secret(&file);
        let html = [secret.as_str(), "Content-Length: 3", "Content-Type: text/html"];
        let put = stage.ask("PUT", &file.path(), &html, b"abc").await;
        assert_eq!((put.status, put.code().as_str()), (400, "upload.wrong-type"));
        let same = [secret.as_str(), "Content-Length: 3", "Content-Type: Image/PNG; charset=x"];
        assert_eq!(stage.ask("PUT", &file.path(), &same, b"abc").await.status, 201);
    });
}

/// Runs a statement that no feature would.
async fn meddle(stage: &Stage, sql: &'static str) {
    stage.house.db().write(move |tx| tx.run(sql, &[]).map(drop)).await.unwrap();
}

#[test]
fn bytes_stay_while_it_is_not_known_whether_their_row_is_kept() {
    play(|stage| async move {
        let file = stage.promise("a.bin", 3).await;
        // To the flow the same as a connection that broke at the commit: an error, whatever became of the row.
        meddle(
            &stage,
            "create trigger breaks before update on upload_file when new.state = 2
             begin select raise(abort, 'the connection is gone'); end",
        )
        .await;
        assert_ne!(stage.put(&file, b"abc").await.status, 201);
        assert_eq!(stage.files(), 1, "the row may say that they are there");
        meddle(&stage, "drop trigger breaks").await;
        stage.clock.advance((ARRIVAL_SECS + 60) * 1000);
        stage.house.tick().await;
        stage.wait_for_files(0).await; // it did not
    });
}
