//! Numbers of 2,048 bits as digits of 52, for vectors.

use super::P;

/// Digits of a number: 2,080 bits, so that what is below 2p has room.
pub(super) const DIGITS: usize = 40;
/// Bits of a digit.
pub(super) const BITS: usize = 52;

/// A number as digits of 52 bits, times 2²⁰⁸⁰ mod p where nothing else is said.
pub(super) type Digits = [u64; DIGITS];

/// 64-bit limbs as digits.
pub(super) fn split(limbs: &[u64; P]) -> Digits {
    std::array::from_fn(|digit| {
        let (limb, shift) = (BITS * digit / 64, BITS * digit % 64);
        let at = |limb: usize| limbs.get(limb).copied().unwrap_or(0);
        let low = at(limb) >> shift;
        let high = if shift > 64 - BITS { at(limb + 1) << (64 - shift) } else { 0 };
        (low | high) & ((1 << BITS) - 1)
    })
}

/// Digits as 64-bit limbs, with what lies above them.
pub(super) fn join(digits: &Digits) -> ([u64; P], u64) {
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
