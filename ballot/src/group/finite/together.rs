//! Many powers of a finite field at once, side by side where the processor can ([`super::lanes`]).
//!
//! Each function answers `None` where they must be computed one by one.

use super::lanes::{Factors, Job};
use super::tables::{Base, Fixed};
use super::{Finite, Numbers, P, Parameters, Point, Zq};
use crate::group::{Commitment, Group, Scalar};

/// Factors of one product from which on a run side by side is cheaper than one after the other:
/// each lane has its own squarings.
const FACTORS: usize = 6;
/// The same for results that are independent of each other.
const RESULTS: usize = 3;

/// Windows of four bits of the longest of these public exponents.
fn windows<'a>(factors: impl Iterator<Item = &'a (&'a [u64; P], &'a [u64])>) -> usize {
    let length = |x: &[u64]| {
        let top = x.iter().rposition(|limb| *limb != 0);
        let bits = |top: usize| x.get(top).map_or(0, |limb| 64 - limb.leading_zeros());
        top.map_or(0, |top| 16 * top + usize::try_from(bits(top).div_ceil(4)).unwrap_or(16))
    };
    factors.map(|(_, x)| length(x)).max().unwrap_or(0)
}

impl<T: Parameters<Q>, const Q: usize> Finite<T, Q> {
    /// [`Group::commitments`]; none where the processor cannot.
    pub(super) fn commitments_together(all: &[Commitment<'_, Self>]) -> Option<Vec<Point>> {
        Self::side_by_side(all.iter().map(Self::job))
    }

    /// [`Group::members`], by powers; none where the processor cannot or where squares say it.
    pub(super) fn members_together(bases: &[&Base]) -> Option<Vec<bool>> {
        let Numbers { p, q, .. } = T::numbers();
        if T::SAFE_PRIME {
            return None;
        }
        let jobs = bases.iter().map(|base| {
            let chain = base.chain(&q.n)?;
            Some(Job { chain, factors: Vec::new() })
        });
        let powers = Self::side_by_side(jobs)?;
        let is_member = |(power, base): (&Point, &&Base)| base.point != [0; P] && power.0 == p.one;
        Some(powers.iter().zip(bases).map(is_member).collect())
    }

    /// [`Group::pow_fixed_all`]; none where the processor cannot or where it would not pay.
    pub(super) fn fixed_together(bases: &[&Fixed], rows: &[Vec<Zq<T, Q>>]) -> Option<Vec<Point>> {
        let Numbers { p, lanes, .. } = T::numbers();
        if rows.len() < RESULTS {
            return None;
        }
        let tables: Option<Vec<_>> =
            bases.iter().map(|base| base.narrow_digits::<Q>(p, lanes)).collect();
        let rows: Vec<Vec<&[u64]>> =
            rows.iter().map(|row| row.iter().map(|x| &x.0[..]).collect()).collect();
        Some(lanes.fixed(p, &tables?, &rows)?.into_iter().map(Point).collect())
    }

    /// [`Group::product`]; none where the processor cannot or where it would not pay.
    pub(super) fn product_together(factors: &[(&Point, Zq<T, Q>)]) -> Option<Point> {
        let Numbers { p, lanes, .. } = T::numbers();
        if factors.len() < FACTORS {
            return None;
        }
        let factors: Factors<'_> = factors.iter().map(|(point, x)| (&point.0, &x.0[..])).collect();
        lanes.product(p, windows(factors.iter()), &factors).map(Point)
    }

    /// [`Group::products`]; none where the processor cannot or where it would not pay.
    pub(super) fn products_together(all: &[Vec<(&Point, Zq<T, Q>)>]) -> Option<Vec<Point>> {
        let Numbers { p, lanes, .. } = T::numbers();
        if all.len() < RESULTS {
            return None;
        }
        let all: Vec<Factors<'_>> = all
            .iter()
            .map(|factors| factors.iter().map(|(point, x)| (&point.0, &x.0[..])).collect())
            .collect();
        let products = lanes.products(p, windows(all.iter().flatten()), &all)?;
        Some(products.into_iter().map(Point).collect())
    }

    /// [`Group::product_secret`]; none where the processor cannot or where it would not pay.
    pub(super) fn secret_together(factors: &[(&Point, &Zq<T, Q>)]) -> Option<Point> {
        let Numbers { p, lanes, .. } = T::numbers();
        if factors.len() < FACTORS {
            return None;
        }
        let factors: Factors<'_> = factors.iter().map(|(point, x)| (&point.0, &x.0[..])).collect();
        lanes.product(p, 16 * Q, &factors).map(Point)
    }

    /// [`Group::pow_all`]; none where the processor cannot or where it would not pay.
    pub(super) fn pow_together(powers: &[(&Point, &Zq<T, Q>)]) -> Option<Vec<Point>> {
        let Numbers { p, lanes, .. } = T::numbers();
        if powers.len() < RESULTS {
            return None;
        }
        let all: Vec<Factors<'_>> =
            powers.iter().map(|(point, x)| vec![(&point.0, &x.0[..])]).collect();
        Some(lanes.products(p, 16 * Q, &all)?.into_iter().map(Point).collect())
    }

    /// A commitment as a product of entries of tables; none where they are missing.
    fn job<'a>(commitment: &Commitment<'a, Self>) -> Option<Job<'a>> {
        let Commitment { fixed, r, base, c, m } = *commitment;
        let Numbers { p, lanes, .. } = T::numbers();
        let chain = base.chain(&c.0)?;
        let mut factors = fixed.factors(p, lanes, &r.0)?;
        if m != 0 {
            let exponent = Zq::from_i64(-m).times(c);
            factors.extend(Self::fixed_g().factors(p, lanes, &exponent.0)?);
        }
        Some(Job { chain, factors })
    }

    /// What the jobs come to, in their order; none where the processor cannot.
    fn side_by_side<'a>(jobs: impl Iterator<Item = Option<Job<'a>>>) -> Option<Vec<Point>> {
        let Numbers { p, lanes, .. } = T::numbers();
        let mut jobs =
            jobs.enumerate().map(|(n, job)| Some((n, job?))).collect::<Option<Vec<_>>>()?;
        // those that run together should be equally long
        jobs.sort_by_key(|(_, job)| job.factors.len());
        let (places, jobs): (Vec<usize>, Vec<Job<'_>>) = jobs.into_iter().unzip();
        let mut results: Vec<_> = places.into_iter().zip(lanes.run(p, &jobs)?).collect();
        results.sort_by_key(|(place, _)| *place);
        Some(results.into_iter().map(|(_, result)| Point(result)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_reach_to_the_highest_bit() {
        let one = [0; P];
        let of = |x: &[u64]| windows([(&one, x)].iter());
        assert_eq!(of(&[0, 0]), 0);
        assert_eq!(of(&[1, 0]), 1);
        assert_eq!(of(&[16, 0]), 2);
        assert_eq!(of(&[u64::MAX, 0]), 16);
        assert_eq!(of(&[0, 1]), 17);
        assert_eq!(of(&[0, u64::MAX]), 32);
    }
}
