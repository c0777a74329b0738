//! Many powers at once on processors that can: eight or four numbers side by side ([`super::ifma`],
//! [`super::avx2`]).
//!
//! Everything here answers `None` where the processor lacks the instructions; the callers then
//! compute one power after the other, with the same results. [`Field::product`],
//! [`Field::products`] and [`Field::fixed`] take secret exponents too; the others public ones only.

use std::sync::OnceLock;

use super::P;
use super::digits::{BITS, DIGITS, Digits, join, split};
use crate::group::montgomery::Modulus;

#[cfg(target_arch = "x86_64")]
use super::{avx2, ifma};

/// Instructions of processors that the arithmetic of these groups knows, the best last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instructions {
    /// What every processor has.
    Plain,
    /// AVX2: four numbers side by side.
    Avx2,
    /// AVX-512 IFMA: eight.
    Ifma,
}

/// The best that [`Instructions::at_most`] allows.
static ALLOWED: OnceLock<Instructions> = OnceLock::new();

impl Instructions {
    /// Forbids what is better, to measure and to test what older processors do. Only before the
    /// first use of a group; false when it comes too late.
    pub fn at_most(best: Self) -> bool {
        ALLOWED.set(best).is_ok()
    }

    /// The best of this processor that is allowed.
    pub fn here() -> Self {
        Self::able(*ALLOWED.get_or_init(|| Self::Ifma))
    }

    /// The best of this processor up to `best`.
    fn able(best: Self) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if best >= Self::Ifma && ifma::able() {
                return Self::Ifma;
            }
            if best >= Self::Avx2 && avx2::able() {
                return Self::Avx2;
            }
        }
        best.min(Self::Plain) // there is nothing less
    }
}

/// p and what its arithmetic needs.
#[derive(Debug)]
pub(super) struct Field {
    /// How it is done here.
    instructions: Instructions,
    /// p.
    pub p: Digits,
    /// −p⁻¹ mod 2⁵².
    pub inverse: u64,
    /// One.
    pub one: Digits,
    /// What a number of [`Modulus`] is multiplied with: 2²¹¹² mod p.
    pub enter: Digits,
    /// And what it is multiplied with to become one again: 2²⁰⁴⁸ mod p.
    pub leave: Digits,
}

/// A product to compute: in a chain everything before an entry is squared; the factors follow.
#[derive(Debug)]
pub(super) struct Job<'a> {
    /// The entries of a comb, the highest first.
    pub chain: Vec<&'a Digits>,
    /// Entries of fixed tables.
    pub factors: Vec<&'a Digits>,
}

/// A number of [`Modulus`] and its exponent, the lowest limb first.
#[derive(Debug)]
pub(super) struct Power<'a> {
    /// The number.
    pub base: Digits,
    /// The exponent.
    pub exponent: &'a [u64],
}

/// Powers whose product is asked for: numbers in Montgomery form and exponents.
pub(super) type Factors<'a> = Vec<(&'a [u64; P], &'a [u64])>;

/// The window of four bits of an exponent; which one is no secret.
pub(super) fn nibble(exponent: &[u64], window: usize) -> u64 {
    exponent.get(window / 16).unwrap_or(&0) >> (4 * (window % 16)) & 15
}

/// Calls a function of the module that knows the field's instructions.
macro_rules! call {
    ($field:ident.$function:ident($($argument:expr),*)) => {
        match $field.instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Ifma => ifma::$function($field, $($argument),*),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => avx2::$function($field, $($argument),*),
            _ => None,
        }
    };
}

impl Field {
    /// Prepares a modulus.
    pub fn new(p: &Modulus<P>, instructions: Instructions) -> Self {
        let twice = |times: u32| {
            let power = (0..times).fold(p.one, |x, _| p.add(&x, &x));
            split(&power)
        };
        Self {
            instructions,
            p: split(&p.n),
            inverse: p.inverse() & ((1 << BITS) - 1),
            leave: twice(0),
            one: twice(32),
            enter: twice(64),
        }
    }

    /// How many numbers are computed together.
    fn width(&self) -> Option<usize> {
        match self.instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Ifma => Some(ifma::LANES),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => Some(avx2::LANES),
            _ => None,
        }
    }

    /// For each point its comb with so many rows of so many columns.
    pub fn combs(
        &self,
        rows: u32,
        columns: usize,
        points: &[&[u64; P]],
    ) -> Option<Vec<Vec<Digits>>> {
        let points: Vec<Digits> = points.iter().map(|point| split(point)).collect();
        call!(self.combs(rows, columns, &points))
    }

    /// For each point its powers from 0 to below `count`.
    pub fn multiples(&self, count: usize, points: &[[u64; P]]) -> Option<Vec<Vec<Digits>>> {
        let points: Vec<Digits> = points.iter().map(split).collect();
        call!(self.multiples(count, &points))
    }

    /// What the jobs come to, in Montgomery form of `p`. All chains have the same length.
    pub fn run(&self, p: &Modulus<P>, jobs: &[Job<'_>]) -> Option<Vec<[u64; P]>> {
        Some(leave(p, &call!(self.run(jobs))?))
    }

    /// The product of powers, of which `windows` times four bits count. Time depends on how many
    /// there are and on `windows`, on nothing else.
    pub fn product(
        &self,
        p: &Modulus<P>,
        windows: usize,
        factors: &Factors<'_>,
    ) -> Option<[u64; P]> {
        let columns: Vec<Vec<Power<'_>>> = factors
            .chunks(self.width()?)
            .map(|column| column.iter().map(|factor| power(Some(factor))).collect())
            .collect();
        let lanes = leave(p, &call!(self.powers(windows, &columns))?);
        Some(lanes.iter().fold(p.one, |product, lane| p.mul(&product, lane)))
    }

    /// [`Field::product`] for several, best of the same length.
    pub fn products(
        &self,
        p: &Modulus<P>,
        windows: usize,
        all: &[Factors<'_>],
    ) -> Option<Vec<[u64; P]>> {
        let mut out = Vec::with_capacity(all.len());
        for group in all.chunks(self.width()?) {
            let longest = group.iter().map(Vec::len).max().unwrap_or(0);
            let columns: Vec<Vec<Power<'_>>> = (0..longest)
                .map(|place| group.iter().map(|factors| power(factors.get(place))).collect())
                .collect();
            let lanes = leave(p, &call!(self.powers(windows, &columns))?);
            out.extend(lanes.into_iter().take(group.len()));
        }
        Some(out)
    }

    /// For each row of exponents the product of these powers of prepared elements; time depends on
    /// no exponent.
    pub fn fixed(
        &self,
        p: &Modulus<P>,
        tables: &[&[Vec<Digits>]],
        rows: &[Vec<&[u64]>],
    ) -> Option<Vec<[u64; P]>> {
        Some(leave(p, &call!(self.fixed(tables, rows))?))
    }
}

/// A power for a lane; one where there is none.
fn power<'a>(factor: Option<&(&'a [u64; P], &'a [u64])>) -> Power<'a> {
    match factor {
        Some(&(base, exponent)) => Power { base: split(base), exponent },
        None => Power { base: [0; DIGITS], exponent: &[] },
    }
}

/// Digits back into Montgomery form of `p`.
fn leave(p: &Modulus<P>, all: &[Digits]) -> Vec<[u64; P]> {
    all.iter()
        .map(|digits| {
            let (limbs, above) = join(digits);
            p.reduce_once(&limbs, above)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An odd number just below 2²⁰⁴⁸, and numbers below it.
    fn numbers(count: usize) -> (Modulus<P>, Vec<[u64; P]>) {
        let mut n = [u64::MAX; P];
        n[0] -= 1_942_288;
        let p = Modulus::new(n);
        let mut seed = 11_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed ^ seed >> 31
        };
        let mut all = vec![
            [0; P],
            p.one,
            p.sub(&[0; P], &p.one),
            p.sub(&[0; P], &{
                let mut one = [0; P];
                one[0] = 1;
                one
            }),
        ];
        while all.len() < count {
            all.push(p.enter(&std::array::from_fn(|_| next())));
        }
        (p, all)
    }

    #[test]
    fn every_kind_of_processor_computes_the_same() {
        let (p, numbers) = numbers(23);
        let x: Vec<[u64; 4]> = (0..numbers.len() as u64)
            .map(|n| match n {
                0 => [0; 4],
                1 => [u64::MAX; 4],
                2 => [1, 0, 0, 0],
                n => [n.wrapping_mul(0x9E37_79B9_7F4A_7C15), n << 40, !n, n.rotate_right(9)],
            })
            .collect();
        let factors: Factors<'_> = numbers.iter().zip(&x).map(|(a, x)| (a, &x[..])).collect();
        let plain = |factors: &[(&[u64; P], &[u64])]| {
            factors.iter().fold(p.one, |product, (a, x)| {
                let x: [u64; 4] = (*x).try_into().unwrap();
                p.mul(&product, &p.pow(a, &x))
            })
        };
        let rows: Vec<Factors<'_>> = factors.chunks(3).map(<[_]>::to_vec).collect();
        let mut tried = vec![];
        for best in [Instructions::Avx2, Instructions::Ifma] {
            let field = Field::new(&p, Instructions::able(best));
            if field.instructions != best {
                continue; // this processor cannot
            }
            tried.push(best);
            for count in [0, 1, 3, 4, 5, 8, 9, 23] {
                let some = factors[factors.len() - count..].to_vec();
                assert!(field.product(&p, 64, &some) == Some(plain(&some)), "{best:?} {count}");
            }
            let short: Vec<_> = numbers[3..].iter().map(|a| (a, &[13_u64][..])).collect();
            let long: Vec<_> = numbers[3..].iter().map(|a| (a, &[13_u64, 0, 0, 0][..])).collect();
            assert!(field.product(&p, 1, &short) == Some(plain(&long)), "{best:?} one window");
            let expected: Vec<_> = rows.iter().map(|row| plain(row)).collect();
            assert!(field.products(&p, 64, &rows) == Some(expected), "{best:?} several");
            // tables of two elements, one window each
            let tables = field.multiples(16, &numbers[4..6]).unwrap();
            let tables: Vec<&[Vec<Digits>]> = tables.chunks(1).collect();
            let asked: Vec<[[u64; 1]; 2]> = (0..11).map(|n| [[n], [15 - n]]).collect();
            let refs = asked.iter().map(|row| row.iter().map(|x| &x[..]).collect()).collect();
            let asked: Vec<Vec<&[u64]>> = refs;
            let found = field.fixed(&p, &tables, &asked).unwrap();
            for (n, found) in (0..11).zip(found) {
                let a = p.pow(&numbers[4], &[n]);
                assert!(found == p.mul(&a, &p.pow(&numbers[5], &[15 - n])), "{best:?} {n}");
            }
        }
        println!("compared: {tried:?}");
    }
}
