//! Files from one place to another, and whether all of them are where they should be.

use std::path::{Path, PathBuf};

use konvent_core::config::Config;
use konvent_files::Blobs;
use konvent_server::files::{NOT_ALL_SOUND, Tally, check, move_all};

use super::bucket::Bucket;
use super::stage::{Stage, play};

/// The sizes of what is stored; the largest is read in several pieces.
const SIZES: [usize; 3] = [1, 70_000, 400_000];

async fn store(stage: &Stage) {
    for size in SIZES {
        let words: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let file = stage.promise("Plan.bin", size as u64).await;
        assert_eq!(stage.put(&file, &words).await.status, 201);
    }
    stage.promise("kommt-nie.bin", 10).await;
}

fn settings(stage: &Stage, files: &str) -> Config {
    let mut config = Config::parse(&format!("domain = 'verona.example'\n{files}")).unwrap();
    stage.data.path().clone_into(&mut config.data);
    config
}

async fn carried(from: &Config, to: &Config) -> Tally {
    let (from, to) = (from.clone(), to.clone());
    let moved = tokio::task::spawn_blocking(move || move_all(&from, &to));
    moved.await.unwrap().unwrap_or_else(|refusal| panic!("{}", refusal.chain()))
}

fn all_sound() -> Tally {
    let bytes = SIZES.iter().sum::<usize>() as u64;
    Tally { sound: SIZES.len() as u64, bytes, ..Tally::default() }
}

/// The files below a folder, the smallest first.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect();
    found.sort_by_key(|path| std::fs::metadata(path).unwrap().len());
    found
}

#[test]
fn files_go_to_a_store_and_to_another_folder_and_are_the_same() {
    play(|stage| async move {
        store(&stage).await;
        let bucket = Bucket::open().await;
        let (here, there) = (settings(&stage, ""), settings(&stage, &bucket.settings()));
        let elsewhere = tempfile::tempdir().unwrap();
        let last = format!("[files]\nfolder = '{}'\n", elsewhere.path().display());
        let last = settings(&stage, &last);
        assert_eq!(carried(&here, &there).await, all_sound());
        assert_eq!(bucket.count(), SIZES.len());
        let puts = bucket.puts();
        assert_eq!(carried(&here, &there).await, all_sound(), "again, which brings nothing twice");
        assert_eq!(bucket.puts(), puts);
        assert_eq!(carried(&there, &last).await, all_sound());
        assert_eq!(below(elsewhere.path()).len(), SIZES.len(), "and nothing is left half-way");
        for config in [&here, &there, &last] {
            let place = Blobs::open(&config.files, &config.data).unwrap();
            let tally = check(stage.house.db(), &place).await.unwrap();
            assert_eq!(tally, all_sound());
            assert!(tally.outcome().is_ok());
        }
    });
}

#[test]
fn what_is_not_as_it_was_is_named_and_goes_nowhere() {
    play(|stage| async move {
        store(&stage).await;
        let [gone, turned, cut] = below(&stage.data.path().join("files")).try_into().unwrap();
        std::fs::remove_file(&gone).unwrap();
        let mut bytes = std::fs::read(&turned).unwrap();
        bytes[69_999] ^= 1;
        std::fs::write(&turned, bytes).unwrap();
        std::fs::File::options().write(true).open(&cut).unwrap().set_len(399_999).unwrap();
        let bucket = Bucket::open().await;
        let (here, there) = (settings(&stage, ""), settings(&stage, &bucket.settings()));
        let tally = carried(&here, &there).await;
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut damaged = tally.damaged.clone();
        damaged.sort();
        let mut expected = vec![name(&turned), name(&cut)];
        expected.sort();
        assert_eq!((tally.sound, &tally.missing, &damaged), (0, &vec![name(&gone)], &expected));
        assert_eq!(tally.outcome().unwrap_err(), NOT_ALL_SOUND);
        let words = tally.in_words();
        assert!(words.contains(&name(&gone)) && words.contains("2 sind beschädigt"), "{words}");
        assert_eq!(bucket.count(), 0);
        let looked = check(stage.house.db(), &stage.house.arrivals().blobs).await.unwrap();
        assert_eq!(looked, tally);
    });
}
