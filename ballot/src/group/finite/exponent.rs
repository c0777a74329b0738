//! Exponents modulo q (§5.1), in constant time: they may be secrets.

use std::fmt::Debug;
use std::marker::PhantomData;

use zeroize::Zeroize as _;

use super::Parameters;
use crate::group::{Scalar, decimal};

/// An exponent modulo q, not in Montgomery form.
#[derive(Clone, PartialEq)]
pub struct Zq<T, const Q: usize>(pub(super) [u64; Q], PhantomData<T>);

impl<T, const Q: usize> Debug for Zq<T, Q> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("exponent") // it may be a secret
    }
}

impl<T: Parameters<Q>, const Q: usize> Scalar for Zq<T, Q> {
    const RANDOM_BYTES: usize = 8 * Q + 16;

    fn from_u64(value: u64) -> Self {
        Self::from_be_bytes(&value.to_be_bytes())
    }
    fn from_be_bytes(bytes: &[u8]) -> Self {
        let q = &T::numbers().q;
        Self(q.leave(&q.enter_be_bytes(bytes)), PhantomData)
    }
    fn plus(&self, other: &Self) -> Self {
        Self(T::numbers().q.add(&self.0, &other.0), PhantomData)
    }
    fn minus(&self, other: &Self) -> Self {
        Self(T::numbers().q.sub(&self.0, &other.0), PhantomData)
    }
    fn times(&self, other: &Self) -> Self {
        let q = &T::numbers().q;
        Self(q.mul(&q.enter(&self.0), &other.0), PhantomData)
    }
    fn inverse(&self) -> Self {
        // Fermat: x^(q−2)
        let q = &T::numbers().q;
        let mut two = [0; Q];
        if let Some(lowest) = two.first_mut() {
            *lowest = 2;
        }
        let exponent = q.sub(&[0; Q], &two);
        Self(q.leave(&q.pow(&q.enter(&self.0), &exponent)), PhantomData)
    }
    fn parse(text: &str) -> Option<Self> {
        let limbs = decimal::parse(text)?;
        T::numbers().q.contains(&limbs).then_some(Self(limbs, PhantomData))
    }
    fn print(&self) -> String {
        decimal::print(&self.0)
    }
    fn wipe(&mut self) {
        self.0.zeroize();
    }
}
