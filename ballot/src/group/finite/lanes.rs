//! Many powers at once on processors that can: eight numbers side by side ([`super::ifma`]).
//!
//! For public values only. Everything here answers `None` where the processor lacks the
//! instructions; the callers then compute one power after the other, with the same results.

use super::P;
use crate::group::montgomery::Modulus;

/// Numbers that are computed together.
pub(super) const LANES: usize = 8;
/// Digits of a number: 2,080 bits, so that what is below 2p has room.
pub(super) const DIGITS: usize = 40;
/// Bits of a digit.
const BITS: usize = 52;

/// A number as digits of 52 bits, times 2²⁰⁸⁰ mod p where nothing else is said.
pub(super) type Digits = [u64; DIGITS];

/// p and what its arithmetic needs.
#[derive(Debug)]
pub(super) struct Field {
    /// p.
    pub p: Digits,
    /// −p⁻¹ mod 2⁵².
    pub inverse: u64,
    /// One.
    pub one: Digits,
    /// What a number of [`Modulus`] is multiplied with: 2²¹¹² mod p.
    pub enter: Digits,
    /// And what it is multiplied with to become one again: 2²⁰⁴⁸ mod p.
    pub leave: Digits,
}

/// A product to compute: in a chain everything before an entry is squared; the factors follow.
#[derive(Debug)]
pub(super) struct Job<'a> {
    /// The entries of a comb, the highest first.
    pub chain: Vec<&'a Digits>,
    /// Entries of fixed tables.
    pub factors: Vec<&'a Digits>,
}

#[cfg(target_arch = "x86_64")]
use super::ifma;

/// Other processors have no such instructions.
#[cfg(not(target_arch = "x86_64"))]
mod ifma {
    use super::{Digits, Field, Job};

    pub(super) fn combs(_: &Field, _: u32, _: usize, _: &[Digits]) -> Option<Vec<Vec<Digits>>> {
        None
    }
    pub(super) fn multiples(_: &Field, _: usize, _: &[Digits]) -> Option<Vec<Vec<Digits>>> {
        None
    }
    pub(super) fn run(_: &Field, _: &[Job<'_>]) -> Option<Vec<Digits>> {
        None
    }
}

/// 64-bit limbs as digits.
fn split(limbs: &[u64; P]) -> Digits {
    std::array::from_fn(|digit| {
        let (limb, shift) = (BITS * digit / 64, BITS * digit % 64);
        let at = |limb: usize| limbs.get(limb).copied().unwrap_or(0);
        let low = at(limb) >> shift;
        let high = if shift > 64 - BITS { at(limb + 1) << (64 - shift) } else { 0 };
        (low | high) & ((1 << BITS) - 1)
    })
}

/// Digits as 64-bit limbs, with what lies above them.
fn join(digits: &Digits) -> ([u64; P], u64) {
    let mut limbs = [0; P];
    let mut above = 0;
    for (place, digit) in digits.iter().enumerate() {
        let (limb, shift) = (BITS * place / 64, BITS * place % 64);
        let high = if shift > 64 - BITS { digit >> (64 - shift) } else { 0 };
        for (limb, part) in [(limb, digit << shift), (limb + 1, high)] {
            *limbs.get_mut(limb).unwrap_or(&mut above) |= part;
        }
    }
    (limbs, above)
}

impl Field {
    /// Prepares a modulus.
    pub fn new(p: &Modulus<P>) -> Self {
        let twice = |times: u32| {
            let power = (0..times).fold(p.one, |x, _| p.add(&x, &x));
            split(&power)
        };
        Self {
            p: split(&p.n),
            inverse: p.inverse() & ((1 << BITS) - 1),
            leave: twice(0),
            one: twice(32),
            enter: twice(64),
        }
    }

    /// For each point its comb with so many rows of so many columns.
    pub fn combs(
        &self,
        rows: u32,
        columns: usize,
        points: &[&[u64; P]],
    ) -> Option<Vec<Vec<Digits>>> {
        let points: Vec<Digits> = points.iter().map(|point| split(point)).collect();
        ifma::combs(self, rows, columns, &points)
    }

    /// For each point its powers from 0 to below `count`.
    pub fn multiples(&self, count: usize, points: &[[u64; P]]) -> Option<Vec<Vec<Digits>>> {
        let points: Vec<Digits> = points.iter().map(split).collect();
        ifma::multiples(self, count, &points)
    }

    /// What the jobs come to, in Montgomery form of `p`. All chains have the same length.
    pub fn run(&self, p: &Modulus<P>, jobs: &[Job<'_>]) -> Option<Vec<[u64; P]>> {
        let results = ifma::run(self, jobs)?;
        Some(
            results
                .iter()
                .map(|digits| {
                    let (limbs, above) = join(digits);
                    p.reduce_once(&limbs, above)
                })
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_hold_what_limbs_hold() {
        let mut seed = 5_u64;
        for _ in 0..50 {
            let limbs: [u64; P] = std::array::from_fn(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                seed ^ seed >> 31
            });
            assert_eq!(join(&split(&limbs)), (limbs, 0));
        }
        assert_eq!(join(&split(&[u64::MAX; P])), ([u64::MAX; P], 0));
        let mut digits = [0; DIGITS];
        digits[DIGITS - 1] = 1 << 51;
        assert_eq!(join(&digits).1, 1 << 31, "2²⁰⁷⁹ lies above 2,048 bits");
    }
}
