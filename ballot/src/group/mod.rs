//! The cyclic groups of the protocol behind one trait (Belenios specification 3.3.0 §5).
//!
//! Notation of the specification: multiplicative, generator g, prime order q. Whatever touches a
//! secret exponent ([`Group::pow`], [`Group::pow_g`], [`Group::pow_fixed`], what ends in `_all`, and
//! [`Group::product_secret`]) runs in constant time; what a verifier computes from public data
//! ([`Group::commitment`], [`Group::product`]) does not and says so. Parsing accepts exactly one spelling of an element and does *not* decide
//! membership: [`Group::is_member`] does, and every verifier asks it.

mod decimal;
pub mod ed25519;
pub mod finite;
mod long;
mod montgomery;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt::Debug;

use crate::random::Randomness;

pub use ed25519::Ed25519;
pub use finite::{Belenios2048, Rfc3526};

/// An exponent: a number modulo the group's order q.
pub trait Scalar: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Bytes drawn for a random exponent: enough for a bias below 2⁻¹²⁸.
    const RANDOM_BYTES: usize;

    /// A small number.
    fn from_u64(value: u64) -> Self;
    /// A big-endian number of any length, reduced modulo q.
    fn from_be_bytes(bytes: &[u8]) -> Self;
    /// The sum.
    #[must_use]
    fn plus(&self, other: &Self) -> Self;
    /// The difference.
    #[must_use]
    fn minus(&self, other: &Self) -> Self;
    /// The product.
    #[must_use]
    fn times(&self, other: &Self) -> Self;
    /// The inverse; zero stays zero.
    #[must_use]
    fn inverse(&self) -> Self;
    /// Reads a canonical decimal number below q.
    fn parse(text: &str) -> Option<Self>;
    /// Writes it in base 10.
    fn print(&self) -> String;
    /// Forgets the value: for secrets that are no longer needed.
    fn wipe(&mut self);

    /// Zero.
    fn zero() -> Self {
        Self::from_u64(0)
    }

    /// A whole number, negative ones included.
    fn from_i64(value: i64) -> Self {
        let size = Self::from_u64(value.unsigned_abs());
        if value < 0 { Self::zero().minus(&size) } else { size }
    }

    /// A fresh random exponent.
    fn random(rng: &mut impl Randomness) -> Self {
        let mut bytes = zeroize::Zeroizing::new(vec![0; Self::RANDOM_BYTES]);
        rng.fill(&mut bytes);
        Self::from_be_bytes(&bytes)
    }
}

/// fixedʳ · (base / gᵐ)ᶜ, the commitment of every proof, from public data only.
#[derive(Debug)]
pub struct Commitment<'a, G: Group> {
    /// g or y.
    pub fixed: &'a G::Fixed,
    /// The proof's response.
    pub r: &'a G::Scalar,
    /// Half of a ciphertext, or a public key.
    pub base: &'a G::Base,
    /// The proof's challenge.
    pub c: &'a G::Scalar,
    /// What the branch claims.
    pub m: i64,
}

impl<G: Group> Commitment<'_, G> {
    /// Its value, not together with others.
    fn alone(&self) -> G::Point {
        G::commitment(self.fixed, self.r, self.base, self.c, self.m)
    }
}

/// [`Group::pow_fixed_all`], one power after the other.
fn fixed_one_by_one<G: Group>(bases: &[&G::Fixed], rows: &[Vec<G::Scalar>]) -> Vec<G::Point> {
    let power = |product, (base, x): (&&G::Fixed, _)| G::mul(&product, &G::pow_fixed(base, x));
    rows.iter().map(|row| bases.iter().zip(row).fold(G::one(), power)).collect()
}

/// A cyclic group of prime order in which discrete logarithms are hard.
pub trait Group: Copy + Debug + Default + PartialEq + Eq + Send + Sync + 'static {
    /// Its name in the election, `group` in §4.10.
    const NAME: &'static str;
    /// How many values of eight bits a non-homomorphic answer may have; none without an encoding.
    const CAPACITY: usize;

    /// An element.
    type Point: Clone + Debug + PartialEq + Send + Sync;
    /// An exponent.
    type Scalar: Scalar;
    /// An element prepared for thousands of powers: g, or an election's y.
    type Fixed: Debug + Send + Sync;
    /// An element prepared for a handful of powers: half of a ciphertext.
    type Base: Debug;

    /// The neutral element.
    fn one() -> Self::Point;
    /// The generator g.
    fn generator() -> Self::Point;
    /// The prepared generator.
    fn fixed_g() -> &'static Self::Fixed;
    /// The product of two elements.
    fn mul(a: &Self::Point, b: &Self::Point) -> Self::Point;
    /// The inverse of a member of the group.
    fn inverse(a: &Self::Point) -> Self::Point;
    /// The inverses of several members.
    fn inverses(all: &[Self::Point]) -> Vec<Self::Point> {
        all.iter().map(Self::inverse).collect()
    }
    /// baseˣ in constant time.
    fn pow(base: &Self::Point, x: &Self::Scalar) -> Self::Point;
    /// gˣ in constant time.
    fn pow_g(x: &Self::Scalar) -> Self::Point {
        Self::pow_fixed(Self::fixed_g(), x)
    }
    /// A prepared element's power in constant time.
    fn pow_fixed(base: &Self::Fixed, x: &Self::Scalar) -> Self::Point;
    /// For each row of exponents the product of these powers of the prepared elements, in constant
    /// time. Many rows at once are cheaper.
    fn pow_fixed_all(bases: &[&Self::Fixed], rows: &[Vec<Self::Scalar>]) -> Vec<Self::Point> {
        fixed_one_by_one::<Self>(bases, rows)
    }
    /// [`Group::pow`] for several.
    fn pow_all(powers: &[(&Self::Point, &Self::Scalar)]) -> Vec<Self::Point> {
        powers.iter().map(|(base, x)| Self::pow(base, x)).collect()
    }
    /// The product of powers with secret exponents in constant time.
    fn product_secret(factors: &[(&Self::Point, &Self::Scalar)]) -> Self::Point;
    /// Prepares an element for thousands of powers.
    fn fixed(base: &Self::Point) -> Self::Fixed;
    /// Prepares an element for a handful of powers.
    fn base(base: &Self::Point) -> Self::Base;
    /// Prepares several elements: cheaper than one by one where powers are computed side by side.
    fn bases(points: &[&Self::Point]) -> Vec<Self::Base> {
        points.iter().map(|point| Self::base(point)).collect()
    }
    /// The value of a [`Commitment`].
    fn commitment(
        fixed: &Self::Fixed,
        r: &Self::Scalar,
        base: &Self::Base,
        c: &Self::Scalar,
        m: i64,
    ) -> Self::Point;
    /// The values of several commitments, best with bases from one call of [`Group::bases`].
    fn commitments(all: &[Commitment<'_, Self>]) -> Vec<Self::Point> {
        all.iter().map(Commitment::alone).collect()
    }
    /// The product of powers of public elements with public exponents.
    fn product(factors: &[(&Self::Point, Self::Scalar)]) -> Self::Point;
    /// [`Group::product`] for several.
    fn products(all: &[Vec<(&Self::Point, Self::Scalar)>]) -> Vec<Self::Point> {
        all.iter().map(|factors| Self::product(factors)).collect()
    }
    /// Whether an element of the surrounding set belongs to the group (§5, *check*).
    fn is_member(point: &Self::Point) -> bool;
    /// Whether a prepared element belongs to the group; shares its table with the proofs.
    fn is_base_member(base: &Self::Base) -> bool;
    /// [`Group::is_base_member`] for several.
    fn members(bases: &[&Self::Base]) -> Vec<bool> {
        bases.iter().map(|base| Self::is_base_member(base)).collect()
    }

    /// Reads the one canonical spelling of an element of the surrounding set.
    fn parse(text: &str) -> Option<Self::Point>;
    /// Writes elements; many at once are much cheaper.
    fn print(points: &[Self::Point]) -> Vec<String>;
    /// The order in which the tally lists non-homomorphic ciphertexts before the first shuffle.
    fn order(a: &Self::Point, b: &Self::Point) -> Ordering;

    /// `of_ints` (§5): small numbers as an element; none when they are too many.
    fn of_ints(values: &[u8]) -> Option<Self::Point>;
    /// `to_ints` (§5): the inverse of [`Group::of_ints`] for `count` numbers.
    fn to_ints(point: &Self::Point, count: usize) -> Option<Vec<u8>>;
    /// `get_generator` (§5, tables of §6): the i-th independent generator,
    /// where answers can be encoded.
    fn independent_generator(i: i64) -> Option<Self::Point>;

    /// gᵐ for a small m from public data.
    fn pow_small(base: &Self::Point, m: u64) -> Self::Point {
        Self::product(&[(base, Self::Scalar::from_u64(m))])
    }
}
