//! The store for bytes before a foreign S3 server: put whole and in parts, read, read in part, strike, ask for what is gone.
//!
//! Use: bucket ENDPOINT BUCKET. `cargo xtask foreign` starts moto for it; any other store that speaks S3 will do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that is a program"
)]

use futures_util::StreamExt as _;
use konvent_core::Random;
use konvent_core::config::{Files, S3};
use konvent_files::blobs::{BlobName, Blobs, Incoming, MISSING};

fn main() {
    let mut said = std::env::args().skip(1);
    let (endpoint, bucket) = (said.next().unwrap(), said.next().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(meet(endpoint, bucket));
}

async fn meet(endpoint: String, bucket: String) {
    let s3 = S3 {
        bucket,
        endpoint: Some(endpoint),
        region: "us-east-1".to_owned(),
        access_key: "key".to_owned(),
        secret_key: "secret".to_owned(),
    };
    let data = std::env::temp_dir().join(format!("konvent-bucket-{}", std::process::id()));
    let blobs = Blobs::open(&Files { s3: Some(s3), ..Files::default() }, &data).unwrap();
    // One goes up whole, one in three parts of which the last is short.
    for size in [1_000_usize, 40_000_000] {
        let words: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let name = BlobName::draw(&Random::system());
        let mut incoming = Incoming::begin(&blobs.arrivals(), name.as_str()).await.unwrap();
        incoming.write(&words).await.unwrap();
        blobs.keep(incoming.finish().await.unwrap(), &name).await.unwrap();
        let end = words.len() as u64;
        for range in [0..end, 5..9, end - 3..end] {
            let stream = blobs.read(&name, range.clone()).await.unwrap();
            let read: Vec<u8> =
                stream.map(|b| b.unwrap().to_vec()).collect::<Vec<_>>().await.concat();
            let (from, to) =
                (usize::try_from(range.start).unwrap(), usize::try_from(range.end).unwrap());
            assert_eq!(read, words[from..to], "{size} bytes, {range:?}");
        }
        blobs.remove(&name).await.unwrap();
        blobs.remove(&name).await.unwrap();
        assert_eq!(blobs.read(&name, 0..end).await.err(), Some(MISSING));
        assert_eq!(std::fs::read_dir(blobs.arrivals()).unwrap().count(), 0);
        println!("ok   {size} bytes in an S3 store");
    }
    std::fs::remove_dir_all(data).unwrap();
}
