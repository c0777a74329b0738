//! Elements prepared for many powers: windows for g and y, combs for the halves of a ciphertext.

use std::sync::OnceLock;

use super::P;
use super::lanes::{Digits, Field};
use crate::group::montgomery::Modulus;

/// Rows of the comb of [`Base`]: six powers share one run of squarings.
const ROWS: usize = 6;
/// Bits of a window of the constant-time table of [`Fixed`].
const NARROW: usize = 4;
/// Bits of a window of its tables for public exponents: 2 MB for BELENIOS-2048, 4 MB for
/// RFC-3526-2048, and a quarter more as digits.
const fn wide(exponent_limbs: usize) -> usize {
    if exponent_limbs <= 4 { 8 } else { 6 }
}
/// Columns of the comb of [`Base`].
pub(super) const fn columns(exponent_limbs: usize) -> usize {
    (64 * exponent_limbs).div_ceil(ROWS)
}

/// An element with tables for thousands of powers.
#[derive(Debug)]
pub struct Fixed {
    point: [u64; P],
    pub(super) narrow: Vec<[[u64; P]; 1 << NARROW]>,
    wide: OnceLock<Vec<Vec<[u64; P]>>>,
    lanes: OnceLock<Option<Vec<Vec<Digits>>>>,
}

/// A comb (Lim and Lee 1994): entry k is the product of base^(2^(row·columns)) over the bits of k.
#[derive(Debug)]
pub struct Base {
    pub(super) point: [u64; P],
    comb: OnceLock<Vec<[u64; P]>>,
    lanes: Option<Vec<Digits>>,
}

impl Base {
    /// A base whose comb is made when it is first needed.
    pub(super) fn new(point: [u64; P]) -> Self {
        Self { point, comb: OnceLock::new(), lanes: None }
    }

    /// Bases with combs for powers side by side, where the processor can.
    pub(super) fn all<const Q: usize>(field: &Field, points: &[&[u64; P]]) -> Vec<Self> {
        let rows = u32::try_from(ROWS).unwrap_or(0);
        let combs = field.combs(rows, columns(Q), points).unwrap_or_default();
        let mut combs = combs.into_iter();
        points.iter().map(|point| Self { lanes: combs.next(), ..Self::new(**point) }).collect()
    }

    /// The place in the comb that a column of x asks for.
    fn place<const Q: usize>(x: &[u64; Q], column: usize) -> usize {
        (0..ROWS).fold(0, |place, row| place | bits(x, row * columns(Q) + column, 1) << row)
    }

    /// baseˣ for public x.
    pub(super) fn pow<const Q: usize>(&self, p: &Modulus<P>, x: &[u64; Q]) -> [u64; P] {
        let comb = self.comb.get_or_init(|| comb(p, &self.point, columns(Q)));
        let mut result: Option<[u64; P]> = None;
        for column in (0..columns(Q)).rev() {
            if let Some(value) = &mut result {
                *value = p.square(value);
            }
            let place = Self::place(x, column);
            if place != 0
                && let Some(entry) = comb.get(place)
            {
                result = Some(result.map_or(*entry, |value| p.mul(&value, entry)));
            }
        }
        result.unwrap_or(p.one)
    }

    /// The entries whose chain is baseˣ; none when this base has no digits.
    pub(super) fn chain<const Q: usize>(&self, x: &[u64; Q]) -> Option<Vec<&Digits>> {
        let comb = self.lanes.as_ref()?;
        (0..columns(Q)).rev().map(|column| comb.get(Self::place(x, column))).collect()
    }
}

fn comb(p: &Modulus<P>, base: &[u64; P], columns: usize) -> Vec<[u64; P]> {
    let mut comb = vec![p.one];
    let mut power = *base;
    for row in 0..ROWS {
        if row > 0 {
            for _ in 0..columns {
                power = p.square(&power);
            }
        }
        for place in 0..1 << row {
            let lower = comb.get(place).unwrap_or(&p.one);
            comb.push(if place == 0 { power } else { p.mul(lower, &power) });
        }
    }
    comb
}

/// `count` bits of x from bit `from` upwards.
fn bits<const Q: usize>(x: &[u64; Q], from: usize, count: usize) -> usize {
    (0..count).fold(0, |value, i| {
        let bit = from + i;
        let limb = x.get(bit / 64).copied().unwrap_or(0);
        value | usize::from(limb >> (bit % 64) & 1 == 1) << i
    })
}

/// Tables of windows: entry d of window w is base^(d·2^(bits·w)).
fn windows(p: &Modulus<P>, base: &[u64; P], width: usize, count: usize) -> Vec<Vec<[u64; P]>> {
    let mut power = *base;
    (0..count)
        .map(|_| {
            let mut row = vec![p.one];
            for _ in 1..1 << width {
                row.push(p.mul(row.last().unwrap_or(&p.one), &power));
            }
            power = p.mul(row.last().unwrap_or(&p.one), &power);
            row
        })
        .collect()
}

impl Fixed {
    /// The tables for constant time; those for public exponents are made when first needed.
    pub(super) fn new<const Q: usize>(p: &Modulus<P>, point: [u64; P]) -> Self {
        let narrow = windows(p, &point, NARROW, 64 * Q / NARROW)
            .into_iter()
            .map(|row| row.try_into().unwrap_or([p.one; 1 << NARROW]))
            .collect();
        Self { point, narrow, wide: OnceLock::new(), lanes: OnceLock::new() }
    }

    /// baseˣ for public x; none when it is one.
    pub(super) fn pow_vartime<const Q: usize>(
        &self,
        p: &Modulus<P>,
        x: &[u64; Q],
    ) -> Option<[u64; P]> {
        let width = const { wide(Q) };
        let count = const { (64 * Q).div_ceil(wide(Q)) };
        let wide = self.wide.get_or_init(|| windows(p, &self.point, width, count));
        let mut result: Option<[u64; P]> = None;
        for (place, row) in wide.iter().enumerate() {
            let digit = bits(x, place * width, width);
            if digit != 0
                && let Some(entry) = row.get(digit)
            {
                result = Some(result.map_or(*entry, |value| p.mul(&value, entry)));
            }
        }
        result
    }

    /// The factors whose product is baseˣ, as digits; none where the processor cannot.
    pub(super) fn factors<const Q: usize>(
        &self,
        p: &Modulus<P>,
        field: &Field,
        x: &[u64; Q],
    ) -> Option<Vec<&Digits>> {
        let width = const { wide(Q) };
        let count = const { (64 * Q).div_ceil(wide(Q)) };
        let lanes = self.lanes.get_or_init(|| {
            let mut power = self.point;
            let mut points = Vec::with_capacity(count);
            for _ in 0..count {
                points.push(power);
                for _ in 0..width {
                    power = p.square(&power);
                }
            }
            field.multiples(1 << width, &points)
        });
        let rows = lanes.as_ref()?.iter().enumerate();
        rows.map(|(place, row)| row.get(bits(x, place * width, width))).collect()
    }
}
