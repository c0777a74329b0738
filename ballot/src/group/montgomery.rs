//! Arithmetic modulo a fixed odd number of L limbs in Montgomery form, little-endian limbs.
//!
//! Products and sums run in constant time: no branch and no table index depends on a value. The
//! powers say in their names whether they do. (Montgomery 1985.)

use super::long::{self, WIDEST};

/// A modulus with what its arithmetic needs.
#[derive(Debug)]
pub(super) struct Modulus<const L: usize> {
    /// The modulus n.
    pub n: [u64; L],
    /// −n⁻¹ mod 2⁶⁴.
    n0: u64,
    /// R = 2^(64·L) mod n: one in Montgomery form.
    pub one: [u64; L],
    /// R² mod n.
    r2: [u64; L],
}

impl<const L: usize> Modulus<L> {
    /// Prepares an odd modulus.
    pub fn new(n: [u64; L]) -> Self {
        let first = n.first().copied().unwrap_or(1);
        let mut inverse = 1_u64; // Newton: each step doubles the correct bits
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(first.wrapping_mul(inverse)));
        }
        let mut modulus = Self { n, n0: inverse.wrapping_neg(), one: [0; L], r2: [0; L] };
        let mut x = [0; L];
        if let Some(lowest) = x.first_mut() {
            *lowest = 1;
        }
        for bit in 0..128 * L {
            if bit == 64 * L {
                modulus.one = x;
            }
            x = modulus.add(&x, &x);
        }
        modulus.r2 = x;
        modulus
    }

    /// a + b mod n.
    pub fn add(&self, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
        let (mut sum, mut carry) = ([0; L], false);
        for ((out, x), y) in sum.iter_mut().zip(a).zip(b) {
            (*out, carry) = x.carrying_add(*y, carry);
        }
        self.reduce_once(&sum, u64::from(carry))
    }

    /// a − b mod n.
    pub fn sub(&self, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
        let (mut difference, mut borrow) = ([0; L], false);
        for ((out, x), y) in difference.iter_mut().zip(a).zip(b) {
            (*out, borrow) = x.borrowing_sub(*y, borrow);
        }
        let mask = u64::from(borrow).wrapping_neg();
        let mut carry = false;
        for (out, n) in difference.iter_mut().zip(&self.n) {
            (*out, carry) = out.carrying_add(n & mask, carry);
        }
        difference
    }

    /// −n⁻¹ mod 2⁶⁴.
    pub fn inverse(&self) -> u64 {
        self.n0
    }

    /// Brings a number below 2n (its top bit in `high`) below n.
    pub fn reduce_once(&self, value: &[u64; L], high: u64) -> [u64; L] {
        let (mut less, mut borrow) = ([0; L], false);
        for ((out, x), n) in less.iter_mut().zip(value).zip(&self.n) {
            (*out, borrow) = x.borrowing_sub(*n, borrow);
        }
        let keep = (u64::from(borrow) & !high & 1).wrapping_neg();
        let mut out = [0; L];
        for ((out, small), large) in out.iter_mut().zip(&less).zip(value) {
            *out = (small & !keep) | (large & keep);
        }
        out
    }

    /// a·b/R mod n: the product in Montgomery form.
    pub fn mul(&self, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
        let mut product = [0; WIDEST];
        long::multiply(a, b, &mut product);
        self.reduce(&mut product)
    }

    /// a²/R mod n, in three quarters of the time.
    pub fn square(&self, a: &[u64; L]) -> [u64; L] {
        let mut product = [0; WIDEST];
        long::square(a, &mut product);
        self.reduce(&mut product)
    }

    /// x/R mod n for x below R·n (Montgomery 1985).
    fn reduce(&self, product: &mut [u64; WIDEST]) -> [u64; L] {
        let high = long::cancel(product, &self.n, self.n0);
        let mut quotient = [0; L];
        for (to, limb) in quotient.iter_mut().zip(product.iter().skip(L)) {
            *to = *limb;
        }
        self.reduce_once(&quotient, high)
    }

    /// Into Montgomery form; accepts any number of L limbs.
    pub fn enter(&self, a: &[u64; L]) -> [u64; L] {
        self.mul(a, &self.r2)
    }

    /// Out of Montgomery form.
    pub fn leave(&self, a: &[u64; L]) -> [u64; L] {
        let mut one = [0; L];
        if let Some(lowest) = one.first_mut() {
            *lowest = 1;
        }
        self.mul(a, &one)
    }

    /// A big-endian number of any length mod n, in Montgomery form.
    pub fn enter_be_bytes(&self, bytes: &[u8]) -> [u64; L] {
        let mut sum = [0; L];
        for chunk in bytes.rchunks(8 * L).rev() {
            let mut limbs = [0; L];
            for (limb, part) in limbs.iter_mut().zip(chunk.rchunks(8)) {
                *limb = part.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
            }
            // Horner with base R; the Montgomery form of R is R²
            sum = self.add(&self.mul(&sum, &self.r2), &self.enter(&limbs));
        }
        sum
    }

    /// Whether a < n.
    pub fn contains(&self, a: &[u64; L]) -> bool {
        a.iter().rev().lt(self.n.iter().rev())
    }

    /// aˣ in constant time, four bits of x at a time, every table entry read each time.
    pub fn pow<const X: usize>(&self, a: &[u64; L], x: &[u64; X]) -> [u64; L] {
        self.product(&[(a, x)])
    }

    /// Π aᵢ^xᵢ in constant time, with one run of squarings for all (Straus 1964).
    pub fn product<const X: usize>(&self, factors: &[(&[u64; L], &[u64; X])]) -> [u64; L] {
        let mut tables = Vec::with_capacity(factors.len());
        for (a, _) in factors {
            let mut table = [self.one; 16];
            let mut power = self.one;
            for entry in table.iter_mut().skip(1) {
                power = self.mul(&power, a);
                *entry = power;
            }
            tables.push(table);
        }
        let mut result = self.one;
        for place in (0..X).rev() {
            for shift in (0..16).rev() {
                for _ in 0..4 {
                    result = self.square(&result);
                }
                for ((_, x), table) in factors.iter().zip(&tables) {
                    let digit = x.get(place).unwrap_or(&0) >> (4 * shift) & 15;
                    result = self.mul(&result, &select(table, digit));
                }
            }
        }
        result
    }

    /// aˣ for public a and x.
    pub fn pow_vartime<const X: usize>(&self, a: &[u64; L], x: &[u64; X]) -> [u64; L] {
        self.product_vartime(&[(a, x)])
    }

    /// Π aᵢ^xᵢ for public values: one run of squarings for all (Straus 1964), four bits at a time.
    pub fn product_vartime<const X: usize>(&self, factors: &[(&[u64; L], &[u64; X])]) -> [u64; L] {
        let tables: Vec<Vec<[u64; L]>> = factors
            .iter()
            .map(|(a, _)| {
                let mut table = vec![**a];
                for _ in 0..14 {
                    let next = self.mul(table.last().unwrap_or(&self.one), a);
                    table.push(next);
                }
                table
            })
            .collect();
        let mut result: Option<[u64; L]> = None;
        for place in (0..X * 16).rev() {
            if let Some(value) = &mut result {
                for _ in 0..4 {
                    *value = self.square(value);
                }
            }
            for ((_, x), table) in factors.iter().zip(&tables) {
                let nibble = x.get(place / 16).unwrap_or(&0) >> (4 * (place % 16)) & 15;
                let Some(entry) =
                    usize::try_from(nibble).ok().and_then(|n| table.get(n.wrapping_sub(1)))
                else {
                    continue;
                };
                result = Some(result.map_or(*entry, |value| self.mul(&value, entry)));
            }
        }
        result.unwrap_or(self.one)
    }
}

/// The entry at a secret place: reads all of them.
pub(super) fn select<const L: usize>(table: &[[u64; L]], place: u64) -> [u64; L] {
    let mut out = [0; L];
    for (index, entry) in (0_u64..).zip(table) {
        let difference = index ^ place;
        // all ones when equal: the top bit of (d | −d) tells whether d is not zero
        let mask = ((difference | difference.wrapping_neg()) >> 63).wrapping_sub(1);
        for (out, limb) in out.iter_mut().zip(entry) {
            *out |= limb & mask;
        }
    }
    out
}
