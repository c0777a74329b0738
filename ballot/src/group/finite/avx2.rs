//! Four products modulo p at once with AVX2, which nearly every x86-64 processor since 2013 has.
//!
//! No step depends on a value. Where [`super::digits`] has 40 digits of 52 bits, a number is here 80
//! digits of 26: the instruction multiplies 32 bits and keeps 64, so the columns of a product are
//! added up without carries. Each gets at most 160 products of 52 bits, less than 2⁶⁰. Numbers stay
//! below 2p, so no step compares (Montgomery 1985; Gueron and Krasnov 2012).
//!
//! What is done with these products stands in [`super::side_by_side`].

#![expect(clippy::indexing_slicing, reason = "all places are bounded by the lengths of arrays")]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_cmpeq_epi64, _mm256_extract_epi64,
    _mm256_mul_epu32, _mm256_or_si256, _mm256_set_epi64x, _mm256_set1_epi64x, _mm256_setzero_si256,
    _mm256_slli_epi64, _mm256_srli_epi64,
};

use multiversion::multiversion;
use multiversion::target::match_target;

use super::digits::{DIGITS, Digits};
use super::lanes::{Field, Job, Power, nibble};
use super::side_by_side::{self, ENTRIES, TABLES};

/// Numbers that are computed together.
pub(super) const LANES: usize = 4;
/// Digits of a number here: halves of those elsewhere.
const HALVES: usize = 2 * DIGITS;
/// Bits of a digit here.
const BITS: i32 = 26;

/// One digit of four numbers.
type Vector = __m256i;
/// Four numbers.
type Numbers = [Vector; HALVES];
/// The columns of a product.
type Columns = [Vector; 2 * HALVES];

/// p as vectors.
struct Modulus {
    p: Numbers,
    /// −p⁻¹ mod 2²⁶.
    inverse: Vector,
}

#[inline]
#[target_feature(enable = "avx2")]
fn splat(digit: u64) -> Vector {
    _mm256_set1_epi64x(digit.cast_signed())
}

/// The lowest 26 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn low(column: Vector) -> Vector {
    _mm256_and_si256(column, splat((1 << BITS) - 1))
}

/// What is above them.
#[inline]
#[target_feature(enable = "avx2")]
fn carry(column: Vector) -> Vector {
    _mm256_srli_epi64::<BITS>(column)
}

/// sum + a·b for digits.
#[inline]
#[target_feature(enable = "avx2")]
fn madd(sum: Vector, a: Vector, b: Vector) -> Vector {
    _mm256_add_epi64(sum, _mm256_mul_epu32(a, b))
}

/// Four numbers from anywhere, side by side.
#[inline]
#[target_feature(enable = "avx2")]
fn gather(from: [&Digits; LANES]) -> Numbers {
    let mut numbers = [_mm256_setzero_si256(); HALVES];
    for (place, halves) in numbers.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        let n = from.map(|digits| digits[place].cast_signed());
        let digit = _mm256_set_epi64x(n[3], n[2], n[1], n[0]);
        *halves = [low(digit), carry(digit)];
    }
    numbers
}

/// The numbers one by one.
#[inline]
#[target_feature(enable = "avx2")]
fn scatter(numbers: &Numbers) -> [Digits; LANES] {
    let mut out = [[0; DIGITS]; LANES];
    for (place, [low, high]) in numbers.as_chunks().0.iter().enumerate() {
        let digit = _mm256_or_si256(*low, _mm256_slli_epi64::<BITS>(*high));
        let digits = [
            _mm256_extract_epi64::<0>(digit),
            _mm256_extract_epi64::<1>(digit),
            _mm256_extract_epi64::<2>(digit),
            _mm256_extract_epi64::<3>(digit),
        ];
        for (number, digit) in out.iter_mut().zip(digits) {
            number[place] = digit.cast_unsigned();
        }
    }
    out
}

/// sum += a·b, where `sum` has four columns more than b.
#[inline]
#[target_feature(enable = "avx2")]
fn add_rows(a: [Vector; 4], b: &[Vector], sum: &mut [Vector]) {
    let last = b.len();
    let [mut w0, mut w1, mut w2, mut w3] = [sum[0], sum[1], sum[2], sum[3]];
    for (place, y) in b.iter().enumerate() {
        w0 = madd(w0, a[0], *y);
        w1 = madd(w1, a[1], *y);
        w2 = madd(w2, a[2], *y);
        w3 = madd(w3, a[3], *y);
        sum[place] = w0;
        (w0, w1, w2, w3) = (w1, w2, w3, sum[place + 4]);
    }
    for (place, column) in [w0, w1, w2, w3].into_iter().enumerate() {
        sum[last + place] = column;
    }
}

/// Columns/2²⁰⁸⁰ mod p: four digits at a time a multiple of p is added that makes them vanish.
#[inline]
#[target_feature(enable = "avx2")]
fn reduce(columns: &mut Columns, Modulus { p, inverse }: &Modulus) -> Numbers {
    let zero = _mm256_setzero_si256();
    // the instruction looks at 32 bits of a column, of which 26 count
    let factor = |column| low(_mm256_mul_epu32(column, *inverse));
    for place in (0..HALVES).step_by(4) {
        let s = &mut columns[place..(place + HALVES + 4)];
        // the four factors, the lowest first
        let m0 = factor(s[0]);
        let x1 = _mm256_add_epi64(madd(s[1], m0, p[1]), carry(madd(s[0], m0, p[0])));
        let m1 = factor(x1);
        let x2 = madd(madd(s[2], m0, p[2]), m1, p[1]);
        let x2 = _mm256_add_epi64(x2, carry(madd(x1, m1, p[0])));
        let m2 = factor(x2);
        let x3 = madd(madd(madd(s[3], m0, p[3]), m1, p[2]), m2, p[1]);
        let x3 = _mm256_add_epi64(x3, carry(madd(x2, m2, p[0])));
        let m3 = factor(x3);
        add_rows([m0, m1, m2, m3], p, s);
        let lost = (0..4).fold(zero, |lost, digit| carry(_mm256_add_epi64(s[digit], lost)));
        s[4] = _mm256_add_epi64(s[4], lost);
    }
    let (mut out, mut lost) = ([zero; HALVES], zero);
    for (digit, column) in out.iter_mut().zip(&columns[HALVES..]) {
        let column = _mm256_add_epi64(*column, lost);
        *digit = low(column);
        lost = carry(column);
    }
    out
}

/// a·b/2²⁰⁸⁰ mod p, below 2p.
#[inline]
#[target_feature(enable = "avx2")]
fn multiply(a: &Numbers, b: &Numbers, modulus: &Modulus) -> Numbers {
    let mut columns = [_mm256_setzero_si256(); 2 * HALVES];
    for (rows, place) in a.as_chunks().0.iter().zip((0..).step_by(4)) {
        add_rows(*rows, b, &mut columns[place..place + HALVES + 4]);
    }
    reduce(&mut columns, modulus)
}

/// a²/2²⁰⁸⁰ mod p: each mixed product once, then twice these and the squares of the digits.
#[inline]
#[target_feature(enable = "avx2")]
fn square(a: &Numbers, modulus: &Modulus) -> Numbers {
    let mut columns = [_mm256_setzero_si256(); 2 * HALVES];
    for (rows, place) in a.as_chunks::<4>().0.iter().zip((0..).step_by(4)) {
        if place + 4 < HALVES {
            add_rows(*rows, &a[place + 4..], &mut columns[2 * place + 4..place + HALVES + 4]);
        }
        for (first, x) in rows.iter().enumerate() {
            for (second, y) in rows.iter().enumerate().skip(first + 1) {
                let column = 2 * place + first + second;
                columns[column] = madd(columns[column], *x, *y);
            }
        }
    }
    for ([even, odd], digit) in columns.as_chunks_mut().0.iter_mut().zip(a) {
        *even = madd(_mm256_add_epi64(*even, *even), *digit, *digit);
        *odd = _mm256_add_epi64(*odd, *odd);
    }
    reduce(&mut columns, modulus)
}

#[inline]
#[target_feature(enable = "avx2")]
fn modulus(field: &Field) -> Modulus {
    Modulus { p: gather([&field.p; LANES]), inverse: low(splat(field.inverse)) }
}

/// For each place of a table ones in the lanes that want it.
#[inline]
#[target_feature(enable = "avx2")]
fn wanted(n: [u64; LANES]) -> [Vector; ENTRIES] {
    let n = n.map(u64::cast_signed);
    let places = _mm256_set_epi64x(n[3], n[2], n[1], n[0]);
    let mut wanted = [_mm256_setzero_si256(); ENTRIES];
    for (mask, place) in wanted.iter_mut().zip(0..) {
        *mask = _mm256_cmpeq_epi64(places, splat(place));
    }
    wanted
}

/// In each lane the entry of its own table at a secret place: reads all of them.
#[inline]
#[target_feature(enable = "avx2")]
fn pick(table: &[Numbers], places: [u64; LANES]) -> Numbers {
    let wanted = wanted(places);
    let mut out = [_mm256_setzero_si256(); HALVES];
    for (digit, vector) in out.iter_mut().enumerate() {
        for (mask, entry) in wanted.iter().zip(table) {
            *vector = _mm256_or_si256(*vector, _mm256_and_si256(*mask, entry[digit]));
        }
    }
    out
}

/// In each lane the entry of one table at a secret place: reads all of them.
#[inline]
#[target_feature(enable = "avx2")]
fn pick_shared(table: &[Digits], places: [u64; LANES]) -> Numbers {
    let wanted = wanted(places);
    let mut out = [_mm256_setzero_si256(); HALVES];
    for (place, halves) in out.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        let mut digit = _mm256_setzero_si256();
        for (mask, entry) in wanted.iter().zip(table) {
            digit = _mm256_or_si256(digit, _mm256_and_si256(*mask, splat(entry[place])));
        }
        *halves = [low(digit), carry(digit)];
    }
    out
}

side_by_side::functions!("avx2", "x86_64+avx2");
