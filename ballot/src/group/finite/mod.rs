//! Multiplicative subgroups of finite fields (Belenios specification 3.3.0 §5.1).
//!
//! BELENIOS-2048 is the audit profile that Debian 12's tool reads; RFC-3526-2048 carries ranked
//! questions for the same tool. Both are below the 3,000 bits that BSI TR-02102-1 asks for since
//! 2023: the default group is Ed25519. Elements and exponents are written in base 10.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod digits;
mod exponent;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod lanes;
mod parameters;
#[cfg(target_arch = "x86_64")]
mod side_by_side;
mod tables;
mod together;

use std::cmp::Ordering;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::OnceLock;

use crypto_bigint::{JacobiSymbol, Odd, U2048};

use super::montgomery::select;
use super::{Commitment, Group, Scalar, decimal, fixed_one_by_one};
use crate::hash::sha256;

pub use exponent::Zq;
pub use lanes::Instructions;
pub use parameters::{BeleniosParameters, Numbers, Parameters, Rfc3526Parameters};
pub use tables::{Base, Fixed};

/// Limbs of a 2,048-bit field element.
const P: usize = 32;
/// Bits of zeros below the values of an encoded answer, and bits of a value (§5.1.2, *embedding*).
const PADDING: usize = 8;

/// BELENIOS-2048 (§5.1.1): for homomorphic questions only; q has 256 bits.
pub type Belenios2048 = Finite<BeleniosParameters, 4>;
/// RFC-3526-2048 (§5.1.2): a safe prime, so that ranks can be encoded.
pub type Rfc3526 = Finite<Rfc3526Parameters, 32>;

/// A group of this family, by its parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finite<T, const Q: usize>(PhantomData<T>);

/// An element of the field's multiplicative group, in Montgomery form.
#[derive(Debug, Clone, PartialEq)]
pub struct Point([u64; P]);

impl<T: Parameters<Q>, const Q: usize> Group for Finite<T, Q> {
    const NAME: &'static str = T::NAME;
    const CAPACITY: usize = if T::SAFE_PRIME { (64 * P - PADDING) / 8 } else { 0 };

    type Point = Point;
    type Scalar = Zq<T, Q>;
    type Fixed = Fixed;
    type Base = Base;

    fn one() -> Point {
        Point(T::numbers().p.one)
    }
    fn generator() -> Point {
        Point(T::numbers().g)
    }
    fn fixed_g() -> &'static Fixed {
        static BELENIOS: OnceLock<Fixed> = OnceLock::new();
        static RFC: OnceLock<Fixed> = OnceLock::new();
        let place = if T::SAFE_PRIME { &RFC } else { &BELENIOS };
        place.get_or_init(|| Self::fixed(&Self::generator()))
    }
    fn mul(a: &Point, b: &Point) -> Point {
        Point(T::numbers().p.mul(&a.0, &b.0))
    }
    fn inverse(a: &Point) -> Point {
        // a^(q−1): the order of a member divides q
        let minus_one = Zq::<T, Q>::zero().minus(&Zq::from_u64(1));
        Point(T::numbers().p.pow_vartime(&a.0, &minus_one.0))
    }
    fn inverses(all: &[Point]) -> Vec<Point> {
        // one inverse for all (Montgomery 1987): of the product of all, then peeled off from behind
        let before: Vec<Point> = all
            .iter()
            .scan(Self::one(), |product, point| {
                let before = product.clone();
                *product = Self::mul(product, point);
                Some(before)
            })
            .collect();
        let product = before.last().zip(all.last()).map(|(a, b)| Self::mul(a, b));
        let mut inverse = product.map_or_else(Self::one, |product| Self::inverse(&product));
        let mut inverses: Vec<Point> = before
            .iter()
            .zip(all)
            .rev()
            .map(|(before, point)| {
                let own = Self::mul(&inverse, before);
                inverse = Self::mul(&inverse, point);
                own
            })
            .collect();
        inverses.reverse();
        inverses
    }
    fn pow(base: &Point, x: &Self::Scalar) -> Point {
        Point(T::numbers().p.pow(&base.0, &x.0))
    }
    fn pow_fixed(base: &Fixed, x: &Self::Scalar) -> Point {
        let p = &T::numbers().p;
        let digits = x.0.iter().flat_map(|limb| (0..16).map(move |i| limb >> (4 * i) & 15));
        Point(
            base.narrow::<Q>(p)
                .iter()
                .zip(digits)
                .fold(p.one, |product, (row, digit)| p.mul(&product, &select(row, digit))),
        )
    }
    fn pow_fixed_all(bases: &[&Fixed], rows: &[Vec<Self::Scalar>]) -> Vec<Point> {
        Self::fixed_together(bases, rows).unwrap_or_else(|| fixed_one_by_one::<Self>(bases, rows))
    }
    fn fixed(base: &Point) -> Fixed {
        Fixed::new(base.0)
    }
    fn base(base: &Point) -> Base {
        Base::new(base.0)
    }
    fn bases(points: &[&Point]) -> Vec<Base> {
        let points: Vec<&[u64; P]> = points.iter().map(|point| &point.0).collect();
        Base::all::<Q>(&T::numbers().lanes, &points)
    }
    fn commitment(fixed: &Fixed, r: &Self::Scalar, base: &Base, c: &Self::Scalar, m: i64) -> Point {
        let p = &T::numbers().p;
        let mut product = base.pow(p, &c.0);
        if let Some(power) = fixed.pow_vartime(p, &r.0) {
            product = p.mul(&product, &power);
        }
        if m != 0 {
            // (base/gᵐ)ᶜ = baseᶜ · g^(−m·c): the table of g is there already
            let exponent = Zq::from_i64(-m).times(c);
            if let Some(power) = Self::fixed_g().pow_vartime(p, &exponent.0) {
                product = p.mul(&product, &power);
            }
        }
        Point(product)
    }
    fn commitments(all: &[Commitment<'_, Self>]) -> Vec<Point> {
        Self::commitments_together(all)
            .unwrap_or_else(|| all.iter().map(Commitment::alone).collect())
    }
    fn product(factors: &[(&Point, Self::Scalar)]) -> Point {
        if let Some(product) = Self::product_together(factors) {
            return product;
        }
        let p = &T::numbers().p;
        // tables for at most 64 elements at a time keep the working set small
        Point(factors.chunks(64).fold(p.one, |product, chunk| {
            let chunk: Vec<_> = chunk.iter().map(|(point, x)| (&point.0, &x.0)).collect();
            p.mul(&product, &p.product_vartime(&chunk))
        }))
    }
    fn products(all: &[Vec<(&Point, Self::Scalar)>]) -> Vec<Point> {
        Self::products_together(all)
            .unwrap_or_else(|| all.iter().map(|factors| Self::product(factors)).collect())
    }
    fn product_secret(factors: &[(&Point, &Self::Scalar)]) -> Point {
        if let Some(product) = Self::secret_together(factors) {
            return product;
        }
        let p = &T::numbers().p;
        Point(factors.chunks(64).fold(p.one, |product, chunk| {
            let chunk: Vec<_> = chunk.iter().map(|(point, x)| (&point.0, &x.0)).collect();
            p.mul(&product, &p.product(&chunk))
        }))
    }
    fn pow_all(powers: &[(&Point, &Self::Scalar)]) -> Vec<Point> {
        Self::pow_together(powers)
            .unwrap_or_else(|| powers.iter().map(|(base, x)| Self::pow(base, x)).collect())
    }
    fn is_member(point: &Point) -> bool {
        let Numbers { p, q, .. } = T::numbers();
        if T::SAFE_PRIME {
            // the members are the squares
            let value = U2048::from_words(p.leave(&point.0));
            let modulus = Odd::new(U2048::from_words(p.n)).into_option();
            return modulus.is_some_and(|n| value.jacobi_symbol_vartime(&n) == JacobiSymbol::One);
        }
        point.0 != [0; P] && p.pow_vartime(&point.0, &q.n) == p.one
    }
    fn is_base_member(base: &Base) -> bool {
        let Numbers { p, q, .. } = T::numbers();
        if T::SAFE_PRIME {
            return Self::is_member(&Point(base.point));
        }
        base.point != [0; P] && base.pow(p, &q.n) == p.one
    }
    fn members(bases: &[&Base]) -> Vec<bool> {
        Self::members_together(bases)
            .unwrap_or_else(|| bases.iter().map(|base| Self::is_base_member(base)).collect())
    }

    fn parse(text: &str) -> Option<Point> {
        let p = &T::numbers().p;
        let limbs = decimal::parse(text)?;
        p.contains(&limbs).then(|| Point(p.enter(&limbs)))
    }
    fn print(points: &[Point]) -> Vec<String> {
        points.iter().map(|point| decimal::print(&T::numbers().p.leave(&point.0))).collect()
    }
    fn order(a: &Point, b: &Point) -> Ordering {
        let p = &T::numbers().p;
        p.leave(&a.0).iter().rev().cmp(p.leave(&b.0).iter().rev())
    }

    fn of_ints(values: &[u8]) -> Option<Point> {
        if values.len() > Self::CAPACITY {
            return None;
        }
        let p = &T::numbers().p;
        (0..=u8::MAX)
            .map(|epsilon| {
                let bytes: Vec<u8> = values.iter().copied().chain([epsilon]).collect();
                Point(p.enter_be_bytes(&bytes))
            })
            .find(Self::is_member)
    }
    fn to_ints(point: &Point, count: usize) -> Option<Vec<u8>> {
        let limbs = T::numbers().p.leave(&point.0);
        let bytes: Vec<u8> = limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
        let (values, _epsilon) = bytes.split_at_checked(bytes.len() - 1)?;
        let (zeros, values) = values.split_at_checked(values.len().checked_sub(count)?)?;
        zeros.iter().all(|byte| *byte == 0).then(|| values.to_vec())
    }
    fn independent_generator(i: i64) -> Option<Point> {
        // §6, GetGenerator: x^((p−1)/q), which is x² for a safe prime
        let p = &T::numbers().p;
        T::SAFE_PRIME
            .then(|| Point(p.square(&p.enter_be_bytes(&sha256(format!("ggen|{i}").as_bytes())))))
    }
}
