//! Bytes come in, get a name, come out in ranges, go; what is not whole leaves nothing.

use futures_util::StreamExt as _;

use super::*;

fn on_runtime<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}

async fn all(stream: Stream) -> Vec<u8> {
    stream.map(|bytes| bytes.unwrap().to_vec()).collect::<Vec<_>>().await.concat()
}

/// Longer than what is written at once, and not a multiple of it.
fn words() -> Vec<u8> {
    (0..CHUNK_BYTES * 2 + 777).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

async fn arrive(blobs: &Blobs, bytes: &[u8], name: &str) -> Arrived {
    let mut incoming = Incoming::begin(&blobs.arrivals(), name).await.unwrap();
    for piece in bytes.chunks(10_000) {
        incoming.write(piece).await.unwrap();
    }
    incoming.finish().await.unwrap()
}

fn files_below(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, |entries| {
        entries
            .flatten()
            .map(|entry| if entry.path().is_dir() { files_below(&entry.path()) } else { 1 })
            .sum()
    })
}

/// What every store must do.
async fn behaves(blobs: &Blobs) {
    use sha2::{Digest as _, Sha256};
    let words = words();
    let name = BlobName::draw(&Random::seeded(1));
    let arrived = arrive(blobs, &words, "a").await;
    assert_eq!(arrived.sha256, <[u8; 32]>::from(Sha256::digest(&words)));
    assert_eq!((arrived.size, &arrived.head[..]), (words.len() as u64, &words[..64]));
    blobs.keep(arrived, &name).await.unwrap();
    let size = words.len() as u64;
    assert_eq!(all(blobs.read(&name, 0..size).await.unwrap()).await, words);
    assert_eq!(all(blobs.read(&name, 5..9).await.unwrap()).await, words[5..9]);
    assert_eq!(
        all(blobs.read(&name, size - 3..size).await.unwrap()).await,
        words[words.len() - 3..]
    );
    blobs.remove(&name).await.unwrap();
    blobs.remove(&name).await.unwrap();
    let Err(refusal) = blobs.read(&name, 0..size).await else { panic!("it was struck") };
    assert_eq!(refusal, MISSING);
    assert_eq!(files_below(&blobs.arrivals()), 0);
}

#[test]
fn a_folder_keeps_what_is_whole_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    on_runtime(async {
        let blobs = Blobs::open(&Files::default(), data.path()).unwrap();
        behaves(&blobs).await;
        let mut broken = Incoming::begin(&blobs.arrivals(), "b").await.unwrap();
        broken.write(&words()).await.unwrap();
        assert_eq!(files_below(data.path()), 1);
        drop(broken);
        drop(arrive(&blobs, b"never named", "c").await);
        assert_eq!(files_below(data.path()), 0);
    });
}

#[test]
fn what_comes_in_pieces_stays_between_them_and_hashes_the_same() {
    let data = tempfile::tempdir().unwrap();
    on_runtime(async {
        let blobs = Blobs::open(&Files::default(), data.path()).unwrap();
        let words = words();
        let (first, rest) = words.split_at(200_001);
        let mut incoming = Incoming::resume(&blobs.arrivals(), "1.parts").await.unwrap();
        incoming.write(first).await.unwrap();
        assert_eq!(incoming.pause().await.unwrap(), first.len() as u64);
        let mut incoming = Incoming::resume(&blobs.arrivals(), "1.parts").await.unwrap();
        assert_eq!(incoming.size(), first.len() as u64);
        incoming.write(rest).await.unwrap();
        let arrived = incoming.finish().await.unwrap();
        let whole = arrive(&blobs, &words, "whole").await;
        assert_eq!((arrived.sha256, &arrived.head), (whole.sha256, &whole.head));
        drop(whole);
        blobs.keep(arrived, &BlobName::draw(&Random::seeded(2))).await.unwrap();
        Incoming::resume(&blobs.arrivals(), "2.parts").await.unwrap().pause().await.unwrap();
        Incoming::resume(&blobs.arrivals(), "3.parts").await.unwrap().pause().await.unwrap();
        clear(&blobs.arrivals(), |name| name == "3.parts").unwrap();
        assert_eq!(files_below(&blobs.arrivals()), 1);
    });
}

#[test]
fn only_our_own_names_name_bytes() {
    for bad in [
        "",
        "../../../../etc/passwd",
        "ABCDEF00112233445566778899aabbcc",
        "0011/2233445566778899aabbccddee",
    ] {
        assert_eq!(BlobName::parse(bad), None, "{bad}");
    }
    let name = BlobName::draw(&Random::seeded(3));
    assert_eq!(BlobName::parse(name.as_str()), Some(name));
}
