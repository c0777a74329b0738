//! Every target on its seeds and on some thousand inputs that were made from them: the short way of fuzzing, the same each time.

use std::collections::BTreeSet;

use super::{TARGETS, Target};

/// Inputs for each target.
const INPUTS: u32 = 3_000;
/// Inputs are not made longer than this.
const BYTES_MAX: usize = 4_096;

/// Marsaglia's xorshift: the same numbers each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        // Bytes that mean something to one parser or another come up more often.
        let telling = b"<>/='\"&; \n:@,-0129azAZ\0\xfe\xff\x80";
        if self.below(2) == 0 {
            telling[self.below(telling.len())]
        } else {
            u8::try_from(self.below(256)).unwrap()
        }
    }
}

/// Changes an input a little: a byte, a piece left out, said twice, or taken from another.
fn changed(mut input: Vec<u8>, other: &[u8], dice: &mut Dice) -> Vec<u8> {
    for _ in 0..=dice.below(4) {
        let at = dice.below(input.len() + 1);
        let length = dice.below(16).min(input.len() - at);
        match dice.below(5) {
            0 => input.insert(at, dice.byte()),
            1 if at < input.len() => input[at] = dice.byte(),
            2 => drop(input.drain(at..at + length)),
            3 => {
                let piece = input[at..at + length].to_vec();
                input.splice(at..at, piece);
            }
            _ => {
                let from = dice.below(other.len() + 1);
                let to = (from + dice.below(64)).min(other.len());
                input.splice(at..at, other[from..to].to_vec());
            }
        }
    }
    input.truncate(BYTES_MAX);
    input
}

fn target(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).unwrap()
}

fn try_many(target: &Target) {
    let seeds: Vec<&[u8]> = target.seeds.iter().copied().chain([&b""[..]]).collect();
    for seed in &seeds {
        (target.run)(seed);
    }
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..INPUTS {
        let (one, other) = (seeds[dice.below(seeds.len())], seeds[dice.below(seeds.len())]);
        let input = changed(one.to_vec(), other, &mut dice);
        let kept = input.clone();
        let is_sound = std::panic::catch_unwind(|| (target.run)(&input)).is_ok();
        assert!(is_sound, "{} breaks its promise on {}", target.name, kept.escape_ascii());
    }
}

#[test]
fn the_parsers_of_streams_keep_their_promises() {
    for name in ["component", "reader", "scram", "servers", "stanza", "stream"] {
        try_many(target(name));
    }
}

#[test]
fn the_parsers_of_what_members_and_servers_send_keep_their_promises() {
    for name in ["caps", "card", "certificate", "nodes", "picture", "portable", "push", "rooms"] {
        try_many(target(name));
    }
}

#[test]
fn the_parsers_within_the_server_keep_their_promises() {
    for name in ["authority", "settings", "web_push"] {
        try_many(target(name));
    }
}

#[test]
fn the_parsers_of_files_and_papers_keep_their_promises() {
    for name in ["archive", "ballot", "election", "files", "import", "slug"] {
        try_many(target(name));
    }
}

/// `cargo xtask fuzz` goes by the files; the groups above name what is tried here.
#[test]
fn every_file_is_a_target_and_every_target_is_tried() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/targets");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let files = files.map(|name| name.into_string().unwrap());
    let files: BTreeSet<String> = files
        .filter_map(|name| Some(name.strip_suffix(".rs")?.to_owned()))
        .filter(|name| name != "mod")
        .collect();
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(files, targets);
    let own = include_str!("tests.rs");
    for name in targets {
        assert!(own.contains(&format!("\"{name}\"")), "{name} is tried by no test");
    }
}

#[test]
fn a_broken_promise_is_noticed() {
    let broken =
        Target { name: "broken", run: |bytes| assert!(!bytes.contains(&b'<')), seeds: &[b"seed"] };
    assert!(std::panic::catch_unwind(|| try_many(&broken)).is_err());
}
