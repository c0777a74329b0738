//! Elements prepared for many powers: windows for g and y; for the halves of a ciphertext combs side by
//! side, and one run of squarings where powers are computed one by one.

use std::sync::OnceLock;

use super::P;
use super::digits::Digits;
use super::lanes::Field;
use crate::group::montgomery::Modulus;

/// Rows of the comb of [`Base`].
const ROWS: usize = 6;
/// Bits of a sliding window of [`Base::pow`]; windows are odd, so half of the values are buckets.
const SLIDING: usize = 4;
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

/// A window of four bits: the powers from 0 to 15.
type Narrow = [[u64; P]; 1 << NARROW];

/// An element with tables for thousands of powers. Each is made when it is first needed.
#[derive(Debug)]
pub struct Fixed {
    point: [u64; P],
    narrow: OnceLock<Vec<Narrow>>,
    wide: OnceLock<Vec<Vec<[u64; P]>>>,
    narrow_lanes: OnceLock<Option<Vec<Vec<Digits>>>>,
    wide_lanes: OnceLock<Option<Vec<Vec<Digits>>>>,
}

/// An element for a handful of public powers.
#[derive(Debug)]
pub struct Base {
    pub(super) point: [u64; P],
    /// base^(2ⁱ): all powers share this run of squarings (Yao 1976).
    squares: OnceLock<Vec<[u64; P]>>,
    /// A comb (Lim and Lee 1994): entry k is the product of base^(2^(row·columns)) over the bits of k.
    lanes: Option<Vec<Digits>>,
}

impl Base {
    /// A base whose squares are made when they are first needed.
    pub(super) fn new(point: [u64; P]) -> Self {
        Self { point, squares: OnceLock::new(), lanes: None }
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

    /// baseˣ for public x: what is to be raised to the same odd window is multiplied first.
    pub(super) fn pow<const Q: usize>(&self, p: &Modulus<P>, x: &[u64; Q]) -> [u64; P] {
        let square = |last: &[u64; P]| Some(p.square(last));
        let squares = self
            .squares
            .get_or_init(|| std::iter::successors(Some(self.point), square).take(64 * Q).collect());
        let times = |a: Option<[u64; P]>, b: Option<[u64; P]>| match (a, b) {
            (Some(a), Some(b)) => Some(p.mul(&a, &b)),
            (a, b) => a.or(b),
        };
        let mut buckets = [None; 1 << (SLIDING - 1)];
        let mut place = 0;
        while let Some(square) = squares.get(place) {
            let window = bits(x, place, SLIDING);
            if window % 2 == 0 {
                place += 1;
                continue;
            }
            if let Some(bucket) = buckets.get_mut(window / 2) {
                *bucket = times(*bucket, Some(*square));
            }
            place += SLIDING;
        }
        // Π bucketᵢ^(2i+1): the sum of the suffixes counts bucketᵢ i times
        let (mut suffix, mut counted) = (None, None);
        for bucket in buckets.iter().skip(1).rev() {
            suffix = times(suffix, *bucket);
            counted = times(counted, suffix);
        }
        let all = times(suffix, buckets.first().copied().flatten());
        times(counted.map(|counted| p.square(&counted)), all).unwrap_or(p.one)
    }

    /// The entries whose chain is baseˣ; none when this base has no digits.
    pub(super) fn chain<const Q: usize>(&self, x: &[u64; Q]) -> Option<Vec<&Digits>> {
        let comb = self.lanes.as_ref()?;
        (0..columns(Q)).rev().map(|column| comb.get(Self::place(x, column))).collect()
    }
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
    /// An element without tables.
    pub(super) fn new(point: [u64; P]) -> Self {
        Self {
            point,
            narrow: OnceLock::new(),
            wide: OnceLock::new(),
            narrow_lanes: OnceLock::new(),
            wide_lanes: OnceLock::new(),
        }
    }

    /// The windows for constant time: entry d of window w is base^(d·2^(4·w)).
    pub(super) fn narrow<const Q: usize>(&self, p: &Modulus<P>) -> &[Narrow] {
        self.narrow.get_or_init(|| {
            windows(p, &self.point, NARROW, 64 * Q / NARROW)
                .into_iter()
                .map(|row| row.try_into().unwrap_or([p.one; 1 << NARROW]))
                .collect()
        })
    }

    /// The same as digits; none where the processor cannot.
    pub(super) fn narrow_digits<const Q: usize>(
        &self,
        p: &Modulus<P>,
        field: &Field,
    ) -> Option<&[Vec<Digits>]> {
        let lanes = || self.multiples(p, field, NARROW, 64 * Q / NARROW);
        self.narrow_lanes.get_or_init(lanes).as_deref()
    }

    /// `count` windows of `width` bits as digits.
    fn multiples(
        &self,
        p: &Modulus<P>,
        field: &Field,
        width: usize,
        count: usize,
    ) -> Option<Vec<Vec<Digits>>> {
        let mut power = self.point;
        let mut points = Vec::with_capacity(count);
        for _ in 0..count {
            points.push(power);
            for _ in 0..width {
                power = p.square(&power);
            }
        }
        field.multiples(1 << width, &points)
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
        let lanes = self.wide_lanes.get_or_init(|| self.multiples(p, field, width, count));
        let rows = lanes.as_ref()?.iter().enumerate();
        rows.map(|(place, row)| row.get(bits(x, place * width, width))).collect()
    }
}
