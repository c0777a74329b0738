//! One test binary for the whole house: tidy, every statement on both engines, and the plays.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only tests: a helper that fails is a test that fails"
)]

mod duties;
mod examples;
mod federation;
mod figures;
mod files;
mod guesses;
mod moving;
mod my_data;
mod nodes;
mod pages;
mod passing;
mod password;
mod plays;
mod portable;
mod push;
mod reports;
mod retention;
mod statements;
mod tidy;
mod tokens;
mod websocket;
