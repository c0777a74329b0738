//! Whole numbers of fixed size in base 10, the spelling of exponents and finite-field elements.
//!
//! There is one spelling per number: no sign, no leading zero, no empty string.

/// The largest power of ten in a limb, and its digits.
const CHUNK: u64 = 10_000_000_000_000_000_000;
const CHUNK_DIGITS: usize = 19;

/// Reads the canonical decimal spelling of a number below 2^(64·L).
pub(super) fn parse<const L: usize>(text: &str) -> Option<[u64; L]> {
    let digits = text.as_bytes();
    let leading_zero = digits.len() > 1 && digits.first() == Some(&b'0');
    if digits.is_empty() || digits.len() > 20 * L || leading_zero {
        return None;
    }
    let mut limbs = [0_u64; L];
    let first = digits.len() % CHUNK_DIGITS;
    let (head, tail) = digits.split_at_checked(first)?;
    for chunk in std::iter::once(head).chain(tail.chunks(CHUNK_DIGITS)).filter(|c| !c.is_empty()) {
        let (mut value, mut scale) = (0_u64, 1_u64);
        for digit in chunk {
            if !digit.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u64::from(digit - b'0');
            scale *= 10;
        }
        let mut carry = u128::from(value);
        for limb in &mut limbs {
            let wide = u128::from(*limb) * u128::from(scale) + carry;
            *limb = low(wide);
            carry = wide >> 64;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(limbs)
}

/// ⌊(2¹²⁸ − 1)/CHUNK⌋ − 2⁶⁴.
const RECIPROCAL: u64 = low(u128::MAX / CHUNK as u128);

/// Quotient and rest of high·2⁶⁴ + limb by [`CHUNK`], for high below it; a division by the machine
/// takes ten times as long (Möller and Granlund 2011, algorithm 4; CHUNK has its top bit set).
fn divide(high: u64, limb: u64) -> (u64, u64) {
    let wide =
        u128::from(RECIPROCAL) * u128::from(high) + (u128::from(high) << 64 | u128::from(limb));
    let mut quotient = low(wide >> 64).wrapping_add(1);
    let mut rest = limb.wrapping_sub(quotient.wrapping_mul(CHUNK));
    if rest > low(wide) {
        quotient = quotient.wrapping_sub(1);
        rest = rest.wrapping_add(CHUNK);
    }
    if rest >= CHUNK {
        quotient = quotient.wrapping_add(1);
        rest -= CHUNK;
    }
    (quotient, rest)
}

/// Writes a number in base 10.
pub(super) fn print<const L: usize>(limbs: &[u64; L]) -> String {
    let mut limbs = *limbs;
    let mut length = L;
    let mut chunks = Vec::with_capacity(L + L / 32 + 1);
    loop {
        while length > 0 && limbs.get(length - 1) == Some(&0) {
            length -= 1;
        }
        let Some(used) = limbs.get_mut(..length).filter(|used| !used.is_empty()) else { break };
        let mut rest = 0;
        for limb in used.iter_mut().rev() {
            (*limb, rest) = divide(rest, *limb);
        }
        chunks.push(rest);
    }
    let mut text = String::with_capacity(20 * L);
    for (place, chunk) in chunks.iter().rev().enumerate() {
        use std::fmt::Write as _;
        let written =
            if place == 0 { write!(text, "{chunk}") } else { write!(text, "{chunk:019}") };
        debug_assert!(written.is_ok(), "a string accepts every character");
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

/// The low limb of a double limb.
#[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
pub(super) const fn low(wide: u128) -> u64 {
    wide as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_without_the_machine_is_the_machine_s() {
        let edges = [0, 1, 2, CHUNK - 1, CHUNK, CHUNK + 1, u64::MAX - 1, u64::MAX, 1 << 63];
        let mut seed = 1_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed
        };
        let random: Vec<u64> = (0..200).map(|_| next()).collect();
        for high in edges.into_iter().chain(random.iter().copied()).filter(|high| *high < CHUNK) {
            for limb in edges.into_iter().chain(random.iter().copied()) {
                let wide = u128::from(high) << 64 | u128::from(limb);
                let expected = (low(wide / u128::from(CHUNK)), low(wide % u128::from(CHUNK)));
                assert_eq!(divide(high, limb), expected, "{high} {limb}");
            }
        }
    }
}
