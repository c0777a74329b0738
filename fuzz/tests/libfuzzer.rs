//! The fuzzer's side of the targets (`libfuzzer/`, a workspace of its own for a nightly compiler), compiled and called as
//! libFuzzer calls it: what it uses of this crate cannot go away unseen.
#![allow(unused_attributes, reason = "the file is a crate there and a module here")]

extern crate self as libfuzzer_sys;

#[path = "../libfuzzer/fuzz_targets/any.rs"]
#[expect(clippy::expect_used, reason = "the fuzzer says what is wrong with how it was started")]
mod any;

/// As libFuzzer's own: something to do once, and what to do with each input.
#[macro_export]
macro_rules! fuzz_target {
    (init: $init:expr, |$bytes:ident: &[u8]| $each:expr) => {
        pub fn begin() {
            $init
        }

        pub fn try_one($bytes: &[u8]) {
            $each
        }
    };
}

/// What the fuzzer says to the program it has made.
const SAID: &str = "KONVENT_FUZZ";

/// Does nothing unless somebody says which target it is; then it is the fuzzer.
#[test]
fn called_as_the_fuzzer_calls() {
    if std::env::var_os(SAID).is_some() {
        any::begin();
        any::try_one("Ortsverband Köln".as_bytes());
    }
}

#[test]
fn the_fuzzer_finds_its_target_and_lays_its_seeds() {
    let seeds = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("seeds");
    std::fs::create_dir_all(&seeds).unwrap();
    let run = |target: &str| {
        let mut program = std::process::Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", "called_as_the_fuzzer_calls"]);
        let done = program.env(SAID, target).env("KONVENT_FUZZ_SEEDS", &seeds).output().unwrap();
        done.status.success()
    };
    assert!(run("slug"));
    assert_eq!(
        std::fs::read(seeds.join("seed-0")).unwrap(),
        "Ortsverband Köln-Süd (alt)".as_bytes()
    );
    assert!(!run("no-such-target"));
}
