//! What is put is there, whole and in parts, for as long as it should be.

use super::stage::{play, play_with};
use konvent_files::upload::{PROMISE_SECS, privacy};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and some colours";

#[test]
fn put_and_fetched_whole_in_part_and_by_name() {
    play(|stage| async move {
        let file = stage.promise("Ä Foto.png", PNG.len() as u64).await;
        let path = file.path();
        assert_eq!(stage.get(&path, &[]).await.status, 404, "not before it is there");
        let put = stage.put(&file, PNG).await;
        assert_eq!((put.status, put.body.len()), (201, 0), "{put:?}");
        let got = stage.get(&path, &[]).await;
        assert_eq!((got.status, got.body.as_slice()), (200, PNG));
        assert_eq!(got.header("content-type"), Some("image/png"));
        let saved = "inline; filename=\"_ Foto.png\"; filename*=UTF-8''%C3%84%20Foto.png";
        assert_eq!(got.header("content-disposition"), Some(saved));
        let tag = got.header("etag").unwrap().to_owned();
        let part = stage.get(&path, &["Range: bytes=1-3"]).await;
        assert_eq!((part.status, part.body.as_slice()), (206, &b"PNG"[..]));
        assert_eq!(part.header("content-range").unwrap(), format!("bytes 1-3/{}", PNG.len()));
        assert_eq!(stage.get(&path, &["Range: bytes=1000-"]).await.status, 416);
        let other = stage.get(&path, &["Range: bytes=1-3", "If-Range: \"other\""]).await;
        assert_eq!((other.status, other.body.as_slice()), (200, PNG));
        let known = stage.get(&path, &[&format!("If-None-Match: {tag}")]).await;
        assert_eq!((known.status, known.body.len()), (304, 0));
        let head = stage.ask("HEAD", &path, &[], b"").await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length").unwrap(), PNG.len().to_string());
        assert_eq!(stage.files(), 1);
    });
}

#[test]
fn a_large_file_comes_in_and_goes_out_in_pieces() {
    play(|stage| async move {
        let bytes: Vec<u8> =
            (0..3_000_000_u32).map(|n| n.to_le_bytes()[(n % 3) as usize]).collect();
        let file = stage.promise("film.bin", bytes.len() as u64).await;
        assert_eq!(stage.put(&file, &bytes).await.status, 201);
        assert_eq!(stage.get(&file.path(), &[]).await.body, bytes);
        let end = stage.get(&file.path(), &["Range: bytes=-100000"]).await;
        assert_eq!(end.body, bytes[bytes.len() - 100_000..]);
    });
}

#[test]
fn a_promise_lapses_and_a_file_goes_when_its_time_is_over() {
    play_with("[files]\nkeep_days = 30", |stage| async move {
        let file = stage.promise("a.png", PNG.len() as u64).await;
        let late = stage.promise("b.png", PNG.len() as u64).await;
        assert_eq!(stage.put(&file, PNG).await.status, 201);
        stage.clock.advance(PROMISE_SECS * 1000);
        assert_eq!(stage.put(&late, PNG).await.status, 404);
        stage.clock.advance(30 * 86_400_000);
        assert_eq!(stage.get(&file.path(), &[]).await.status, 404);
        assert_eq!(stage.files(), 1, "its bytes are still there");
        stage.house.tick().await;
        assert_eq!(stage.files(), 0);
    });
}

#[test]
fn erased_is_gone_from_the_disk() {
    play(|stage| async move {
        let file = stage.promise("a.png", PNG.len() as u64).await;
        stage.put(&file, PNG).await;
        let account = stage.romeo.id;
        stage.house.db().write(move |tx| privacy::erase(tx, account)).await.unwrap();
        assert_eq!(stage.get(&file.path(), &[]).await.status, 404);
        stage.house.tick().await;
        assert_eq!(stage.files(), 0);
    });
}
