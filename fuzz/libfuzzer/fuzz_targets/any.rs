//! The fuzzer's side of every target: which one, `KONVENT_FUZZ` says; its seeds are laid into `KONVENT_FUZZ_SEEDS` first.
#![no_main]

use std::sync::OnceLock;

use konvent_fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static CHOSEN: OnceLock<&Target> = OnceLock::new();

fn chosen() -> &'static Target {
    CHOSEN.get_or_init(|| {
        let name = std::env::var("KONVENT_FUZZ").expect("KONVENT_FUZZ names a target");
        TARGETS.iter().find(|target| target.name == name).expect("there is such a target")
    })
}

fn lay_seeds() {
    let Some(folder) = std::env::var_os("KONVENT_FUZZ_SEEDS").map(std::path::PathBuf::from) else {
        return;
    };
    for (number, seed) in chosen().seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), seed).expect("a seed can be written");
    }
}

fuzz_target!(init: lay_seeds(), |bytes: &[u8]| (chosen().run)(bytes));
