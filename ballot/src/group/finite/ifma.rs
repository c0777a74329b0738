//! Eight products modulo p at once with the AVX-512 instructions for 52-bit integers (IFMA).
//!
//! No step depends on a value. A number is 40 digits of 52 bits; a vector holds one digit of eight
//! numbers, which never meet. Columns of a product are added up without carries: each gets at most
//! 4·40 halves of 104-bit products, less than 2⁶⁰. Numbers stay below 2p, which the digits have room
//! for, so no step compares (Montgomery 1985; Gueron and Krasnov 2012 for the vectors).
//!
//! What is done with these products stands in [`super::side_by_side`].

#![expect(clippy::indexing_slicing, reason = "all places are bounded by the lengths of arrays")]

use std::arch::x86_64::{
    __m512i, _mm256_extract_epi64, _mm512_add_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask,
    _mm512_extracti64x4_epi64, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_maskz_set1_epi64, _mm512_set_epi64, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_srli_epi64, _mm512_ternarylogic_epi64,
};

use multiversion::multiversion;
use multiversion::target::match_target;

use super::digits::{DIGITS, Digits};
use super::lanes::{Field, Job, Power, nibble};
use super::side_by_side::{self, ENTRIES, TABLES};

/// Numbers that are computed together.
pub(super) const LANES: usize = 8;

/// One digit of eight numbers.
type Vector = __m512i;
/// Eight numbers.
type Numbers = [Vector; DIGITS];
/// The columns of a product.
type Columns = [Vector; 2 * DIGITS];

/// p as vectors.
struct Modulus {
    p: Numbers,
    /// −p⁻¹ mod 2⁵².
    inverse: Vector,
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn splat(digit: u64) -> Vector {
    _mm512_set1_epi64(digit.cast_signed())
}

/// Eight numbers from anywhere, side by side.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn gather(from: [&Digits; LANES]) -> Numbers {
    let mut numbers = [_mm512_setzero_si512(); DIGITS];
    for (place, vector) in numbers.iter_mut().enumerate() {
        let n = from.map(|digits| digits[place].cast_signed());
        *vector = _mm512_set_epi64(n[7], n[6], n[5], n[4], n[3], n[2], n[1], n[0]);
    }
    numbers
}

/// The numbers one by one.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn scatter(numbers: &Numbers) -> [Digits; LANES] {
    let mut out = [[0; DIGITS]; LANES];
    for (place, vector) in numbers.iter().enumerate() {
        let low = _mm512_extracti64x4_epi64::<0>(*vector);
        let high = _mm512_extracti64x4_epi64::<1>(*vector);
        let digits = [
            _mm256_extract_epi64::<0>(low),
            _mm256_extract_epi64::<1>(low),
            _mm256_extract_epi64::<2>(low),
            _mm256_extract_epi64::<3>(low),
            _mm256_extract_epi64::<0>(high),
            _mm256_extract_epi64::<1>(high),
            _mm256_extract_epi64::<2>(high),
            _mm256_extract_epi64::<3>(high),
        ];
        for (number, digit) in out.iter_mut().zip(digits) {
            number[place] = digit.cast_unsigned();
        }
    }
    out
}

/// sum += a·b, where `sum` has four columns more than b.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add_rows(a: [Vector; 4], b: &[Vector], sum: &mut [Vector]) {
    let last = b.len();
    let [mut w0, mut w1, mut w2, mut w3] = [sum[0], sum[1], sum[2], sum[3]];
    for (place, y) in b.iter().enumerate() {
        let mut w4 = sum[place + 4];
        w0 = _mm512_madd52lo_epu64(w0, a[0], *y);
        w1 = _mm512_madd52lo_epu64(w1, a[1], *y);
        w2 = _mm512_madd52lo_epu64(w2, a[2], *y);
        w3 = _mm512_madd52lo_epu64(w3, a[3], *y);
        w1 = _mm512_madd52hi_epu64(w1, a[0], *y);
        w2 = _mm512_madd52hi_epu64(w2, a[1], *y);
        w3 = _mm512_madd52hi_epu64(w3, a[2], *y);
        w4 = _mm512_madd52hi_epu64(w4, a[3], *y);
        sum[place] = w0;
        (w0, w1, w2, w3) = (w1, w2, w3, w4);
    }
    for (place, column) in [w0, w1, w2, w3].into_iter().enumerate() {
        sum[last + place] = column;
    }
}

/// Columns/2²⁰⁸⁰ mod p: four digits at a time a multiple of p is added that makes them vanish.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn reduce(columns: &mut Columns, Modulus { p, inverse }: &Modulus) -> Numbers {
    let low = |sum, a, b| _mm512_madd52lo_epu64(sum, a, b);
    let high = |sum, a, b| _mm512_madd52hi_epu64(sum, a, b);
    let add = |a, b| _mm512_add_epi64(a, b);
    let carry = |column| _mm512_srli_epi64::<52>(column);
    let zero = _mm512_setzero_si512();
    for place in (0..DIGITS).step_by(4) {
        let s = &mut columns[place..(place + DIGITS + 4)];
        // the four factors, the lowest first; the instructions look at 52 bits of a column only
        let m0 = low(zero, s[0], *inverse);
        let x1 = high(low(s[1], m0, p[1]), m0, p[0]);
        let x1 = add(x1, carry(low(s[0], m0, p[0])));
        let m1 = low(zero, x1, *inverse);
        let x2 = high(low(high(low(s[2], m0, p[2]), m0, p[1]), m1, p[1]), m1, p[0]);
        let x2 = add(x2, carry(low(x1, m1, p[0])));
        let m2 = low(zero, x2, *inverse);
        let x3 = high(low(high(low(s[3], m0, p[3]), m0, p[2]), m1, p[2]), m1, p[1]);
        let x3 = add(high(low(x3, m2, p[1]), m2, p[0]), carry(low(x2, m2, p[0])));
        let m3 = low(zero, x3, *inverse);
        add_rows([m0, m1, m2, m3], p, s);
        let lost = (0..4).fold(zero, |lost, digit| carry(add(s[digit], lost)));
        s[4] = add(s[4], lost);
    }
    let mask = splat((1 << 52) - 1);
    let (mut out, mut lost) = ([zero; DIGITS], zero);
    for (digit, column) in out.iter_mut().zip(&columns[DIGITS..]) {
        let column = add(*column, lost);
        *digit = _mm512_and_si512(column, mask);
        lost = carry(column);
    }
    out
}

/// a·b/2²⁰⁸⁰ mod p, below 2p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply(a: &Numbers, b: &Numbers, modulus: &Modulus) -> Numbers {
    let mut columns = [_mm512_setzero_si512(); 2 * DIGITS];
    for (rows, place) in a.as_chunks().0.iter().zip((0..).step_by(4)) {
        add_rows(*rows, b, &mut columns[place..place + DIGITS + 4]);
    }
    reduce(&mut columns, modulus)
}

/// a²/2²⁰⁸⁰ mod p: each mixed product once, then twice these and the squares of the digits.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn square(a: &Numbers, modulus: &Modulus) -> Numbers {
    let mut columns = [_mm512_setzero_si512(); 2 * DIGITS];
    for (rows, place) in a.as_chunks::<4>().0.iter().zip((0..).step_by(4)) {
        if place + 4 < DIGITS {
            add_rows(*rows, &a[place + 4..], &mut columns[2 * place + 4..place + DIGITS + 4]);
        }
        for (first, x) in rows.iter().enumerate() {
            for (second, y) in rows.iter().enumerate().skip(first + 1) {
                let column = 2 * place + first + second;
                columns[column] = _mm512_madd52lo_epu64(columns[column], *x, *y);
                columns[column + 1] = _mm512_madd52hi_epu64(columns[column + 1], *x, *y);
            }
        }
    }
    for ([low, high], digit) in columns.as_chunks_mut().0.iter_mut().zip(a) {
        *low = _mm512_madd52lo_epu64(_mm512_add_epi64(*low, *low), *digit, *digit);
        *high = _mm512_madd52hi_epu64(_mm512_add_epi64(*high, *high), *digit, *digit);
    }
    reduce(&mut columns, modulus)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn modulus(field: &Field) -> Modulus {
    Modulus { p: gather([&field.p; LANES]), inverse: splat(field.inverse) }
}

/// For each place of a table ones in the lanes that want it.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn wanted(n: [u64; LANES]) -> [Vector; ENTRIES] {
    let n = n.map(u64::cast_signed);
    let places = _mm512_set_epi64(n[7], n[6], n[5], n[4], n[3], n[2], n[1], n[0]);
    let mut wanted = [_mm512_setzero_si512(); ENTRIES];
    for (mask, place) in wanted.iter_mut().zip(0..) {
        *mask = _mm512_maskz_set1_epi64(_mm512_cmpeq_epi64_mask(places, splat(place)), -1);
    }
    wanted
}

/// In each lane the entry of its own table at a secret place: reads all of them.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn pick(table: &[Numbers], places: [u64; LANES]) -> Numbers {
    let wanted = wanted(places);
    let mut out = [_mm512_setzero_si512(); DIGITS];
    for (digit, vector) in out.iter_mut().enumerate() {
        for (mask, entry) in wanted.iter().zip(table) {
            // vector | (mask & entry)
            *vector = _mm512_ternarylogic_epi64::<0xF8>(*vector, *mask, entry[digit]);
        }
    }
    out
}

/// In each lane the entry of one table at a secret place: reads all of them.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn pick_shared(table: &[Digits], places: [u64; LANES]) -> Numbers {
    let wanted = wanted(places);
    let mut out = [_mm512_setzero_si512(); DIGITS];
    for (digit, vector) in out.iter_mut().enumerate() {
        for (mask, entry) in wanted.iter().zip(table) {
            *vector = _mm512_ternarylogic_epi64::<0xF8>(*vector, *mask, splat(entry[digit]));
        }
    }
    out
}

side_by_side::functions!("avx512f,avx512ifma", "x86_64+avx512f+avx512ifma");
