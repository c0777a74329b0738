//! Randomness, handed in: the system's in service, a seeded stream in plays.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// Where random bytes come from.
#[derive(Debug, Clone)]
pub struct Random(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<Seeded>>),
}

#[derive(Debug)]
struct Seeded {
    seed: u64,
    blocks: u64,
}

impl Random {
    /// The operating system's generator.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The same bytes for the same seed: for plays and samples, never for secrets in service.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(Seeded { seed, blocks: 0 }))))
    }

    /// Fills `bytes`.
    ///
    /// A server without randomness cannot make a single secret, so it stops here rather than going on with weak ones.
    #[expect(clippy::expect_used, reason = "no service is possible without randomness")]
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::System => {
                getrandom::fill(bytes).expect("the operating system gives randomness");
            }
            Source::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                for chunk in bytes.chunks_mut(32) {
                    let mut hash = Sha256::new();
                    hash.update(state.seed.to_be_bytes());
                    hash.update(state.blocks.to_be_bytes());
                    state.blocks += 1;
                    for (byte, random) in chunk.iter_mut().zip(hash.finalize()) {
                        *byte = random;
                    }
                }
            }
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// `N` random bytes as lower-case hexadecimal: a name or a secret that nobody guesses.
    pub fn hex<const N: usize>(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(2 * N);
        for byte in self.bytes::<N>() {
            let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        }
        text
    }

    /// A number below `bound` (which must not be 0; 0 counts as 1), without bias.
    pub fn below(&self, bound: u64) -> u64 {
        let bound = bound.max(1);
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let drawn = u64::from_be_bytes(self.bytes());
            if drawn < limit {
                return drawn % bound;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_play() {
        let (a, b) = (Random::seeded(7), Random::seeded(7));
        assert_eq!(a.bytes::<100>(), b.bytes::<100>());
        assert_ne!(a.bytes::<8>(), Random::seeded(8).bytes::<8>());
        assert!((0..1000).all(|_| a.below(6) < 6));
    }
}
