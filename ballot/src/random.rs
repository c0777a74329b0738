//! Randomness, handed in by the caller: nothing in this crate asks the operating system for it.

use sha2::{Digest, Sha256};

/// A source of random bytes. Whoever draws from it decides whether they are secret.
pub trait Randomness {
    /// Fills `bytes` with fresh random bytes.
    fn fill(&mut self, bytes: &mut [u8]);

    /// A number below `bound`, uniform up to 2⁻⁶⁴; zero when `bound` is zero.
    fn below(&mut self, bound: usize) -> usize {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        let bound = bound.max(1) as u128;
        usize::try_from(u128::from_be_bytes(bytes) % bound).unwrap_or(0)
    }
}

impl<R: Randomness + ?Sized> Randomness for &mut R {
    fn fill(&mut self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

/// A repeatable stream from a seed: block i is SHA-256(seed ‖ i as eight big-endian bytes).
///
/// For tests, for vectors shared with the web client, and for opening a spoiled ballot. It is only
/// as secret as its seed.
#[derive(Debug, Clone)]
pub struct Seeded {
    seed: Vec<u8>,
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Seeded {
    /// The stream of `seed` from its beginning.
    pub fn new(seed: &[u8]) -> Self {
        Self { seed: seed.to_vec(), counter: 0, block: [0; 32], used: 32 }
    }
}

impl Randomness for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.used == 32 {
                let digest = Sha256::new()
                    .chain_update(&self.seed)
                    .chain_update(self.counter.to_be_bytes())
                    .finalize();
                self.block.copy_from_slice(&digest);
                self.counter += 1;
                self.used = 0;
            }
            *byte = self.block.get(self.used).copied().unwrap_or(0);
            self.used += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_stream_however_it_is_read() {
        let (mut whole, mut parts) = ([0; 70], [0; 70]);
        Seeded::new(b"x").fill(&mut whole);
        let mut stream = Seeded::new(b"x");
        for part in parts.chunks_mut(7) {
            stream.fill(part);
        }
        assert_eq!(whole, parts);
        let mut other = [0; 70];
        Seeded::new(b"y").fill(&mut other);
        assert_ne!(whole, other);
    }
}
