//! What the fuzzer calls: for every parser of foreign bytes a function that takes any bytes and panics when a promise is broken.
//!
//! They are plain functions of the workspace, so that they are compiled with everything else and a few thousand inputs are tried
//! in the tests; `cargo xtask fuzz` lets libFuzzer try for as long as one likes (`libfuzzer/`, a workspace of its own).
//!
//! Left out, because others read those bytes for us and try it themselves: answers of the DNS (hickory hands out typed records),
//! of authorities and of S3 stores (serde and quick-xml behind `instant-acme` and `object_store`), HTTP (hyper), WebSocket (tungstenite).
//! Nothing is read of what push services and web pages say beyond the status; host-meta is written here and never read.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a target says that a promise is broken by panicking"
)]

pub mod targets;
#[cfg(test)]
mod tests;

/// A parser under test.
#[derive(Debug)]
pub struct Target {
    /// As its file is called.
    pub name: &'static str,
    /// Tries one input.
    pub run: fn(&[u8]),
    /// Inputs to begin with: they lead the way to what lies behind the first lines.
    pub seeds: &'static [&'static [u8]],
}

pub use targets::TARGETS;
