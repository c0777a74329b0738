//! Ed25519, the default group (Belenios specification 3.3.0 §5.2.1): about 126 bits of security.
//!
//! Elements are written as 64 hexadecimal digits, big-endian: the bytes of RFC 8032 §5.1.2 in
//! reverse. Encodings that RFC 8032 §5.1.3 refuses are refused here: y not below p, x = 0 with the
//! sign bit. The cofactor is 8, so a point with torsion is no member. Arithmetic is
//! curve25519-dalek's.

use std::cmp::Ordering;
use std::fmt::Debug;
use std::sync::{LazyLock, OnceLock};

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{
    CompressedEdwardsY, EdwardsBasepointTable, EdwardsPoint, VartimeEdwardsPrecomputation,
};
use curve25519_dalek::scalar::Scalar as Exponent;
use curve25519_dalek::traits::{
    BasepointTable as _, Identity as _, IsIdentity as _, MultiscalarMul as _,
    VartimeMultiscalarMul as _, VartimePrecomputedMultiscalarMul as _,
};
use zeroize::Zeroize as _;

use super::{Group, Scalar, decimal};
use crate::hash::{from_hex, hex, sha256};

/// The group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ed25519;

/// p = 2²⁵⁵ − 19, big-endian.
const P: [u8; 32] = {
    let mut p = [0xff; 32];
    p[0] = 0x7f;
    p[31] = 0xed;
    p
};
/// Bits below the values of an encoded answer (§5.2.1).
const PADDING: usize = 14;
/// The bit of a compressed point that carries the sign of x.
const SIGN: u8 = 0x80;

impl Scalar for Exponent {
    const RANDOM_BYTES: usize = 48;

    fn from_u64(value: u64) -> Self {
        Self::from(value)
    }
    fn from_be_bytes(bytes: &[u8]) -> Self {
        // chunks of 32 bytes, Horner with base 2²⁵⁶
        let shift = Self::from_bytes_mod_order([0xff; 32]) + Self::ONE;
        bytes.rchunks(32).rev().fold(Self::ZERO, |sum, chunk| {
            let mut little = [0; 32];
            for (to, from) in little.iter_mut().zip(chunk.iter().rev()) {
                *to = *from;
            }
            sum * shift + Self::from_bytes_mod_order(little)
        })
    }
    fn plus(&self, other: &Self) -> Self {
        self + other
    }
    fn minus(&self, other: &Self) -> Self {
        self - other
    }
    fn times(&self, other: &Self) -> Self {
        self * other
    }
    fn inverse(&self) -> Self {
        if *self == Self::ZERO { Self::ZERO } else { self.invert() }
    }
    fn parse(text: &str) -> Option<Self> {
        let limbs: [u64; 4] = decimal::parse(text)?;
        let mut bytes = [0; 32];
        for (to, limb) in bytes.chunks_mut(8).zip(limbs) {
            to.copy_from_slice(&limb.to_le_bytes());
        }
        Self::from_canonical_bytes(bytes).into_option()
    }
    fn print(&self) -> String {
        let mut limbs = [0_u64; 4];
        for (limb, part) in limbs.iter_mut().zip(self.as_bytes().rchunks(8).rev()) {
            *limb = part.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        }
        decimal::print(&limbs)
    }
    fn wipe(&mut self) {
        self.zeroize();
    }
}

/// A point with tables for thousands of powers; g uses those that dalek ships.
pub struct Fixed {
    point: EdwardsPoint,
    secret: OnceLock<Box<EdwardsBasepointTable>>,
    public: Option<VartimeEdwardsPrecomputation>,
}

impl Debug for Fixed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Fixed").field(&self.point).finish() // its tables say nothing more
    }
}

/// `uncompress` (§5.2.1) of 32 big-endian bytes; refuses every spelling but the canonical one.
fn uncompress(big_endian: &[u8; 32]) -> Option<EdwardsPoint> {
    let mut bytes = *big_endian;
    let sign = bytes.first().is_some_and(|first| first & SIGN != 0);
    if let Some(first) = bytes.first_mut() {
        *first &= !SIGN;
    }
    let mut one = [0; 32];
    one[31] = 1;
    let mut minus_one = P;
    minus_one[31] -= 1;
    // x = 0 belongs to y = ±1 and has no sign
    if bytes >= P || (sign && (bytes == one || bytes == minus_one)) {
        return None;
    }
    let mut little = *big_endian;
    little.reverse();
    CompressedEdwardsY(little).decompress()
}

/// `compress` (§5.2.1) as 32 big-endian bytes.
fn compress(point: &EdwardsPoint) -> [u8; 32] {
    let mut bytes = point.compress().0;
    bytes.reverse();
    bytes
}

/// Adds one to a big-endian number.
fn increment(bytes: &mut [u8; 32]) {
    for byte in bytes.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
}

impl Group for Ed25519 {
    const NAME: &'static str = "Ed25519";
    const CAPACITY: usize = (255 - PADDING) / 8;

    type Point = EdwardsPoint;
    type Scalar = Exponent;
    type Fixed = Fixed;
    type Base = EdwardsPoint;

    fn one() -> EdwardsPoint {
        EdwardsPoint::identity()
    }
    fn generator() -> EdwardsPoint {
        ED25519_BASEPOINT_POINT
    }
    fn fixed_g() -> &'static Fixed {
        static G: LazyLock<Fixed> = LazyLock::new(|| Fixed {
            point: ED25519_BASEPOINT_POINT,
            secret: OnceLock::new(),
            public: None,
        });
        &G
    }
    fn mul(a: &EdwardsPoint, b: &EdwardsPoint) -> EdwardsPoint {
        a + b
    }
    fn inverse(a: &EdwardsPoint) -> EdwardsPoint {
        -a
    }
    fn pow(base: &EdwardsPoint, x: &Exponent) -> EdwardsPoint {
        base * x
    }
    fn pow_g(x: &Exponent) -> EdwardsPoint {
        EdwardsPoint::mul_base(x)
    }
    fn pow_fixed(base: &Fixed, x: &Exponent) -> EdwardsPoint {
        base.secret.get_or_init(|| Box::new(EdwardsBasepointTable::create(&base.point))).mul_base(x)
    }
    fn product_secret(factors: &[(&EdwardsPoint, &Exponent)]) -> EdwardsPoint {
        EdwardsPoint::multiscalar_mul(
            factors.iter().map(|(_, x)| *x),
            factors.iter().map(|(point, _)| *point),
        )
    }
    fn fixed(base: &EdwardsPoint) -> Fixed {
        Fixed {
            point: *base,
            secret: OnceLock::new(),
            public: Some(VartimeEdwardsPrecomputation::new([base])),
        }
    }
    fn base(base: &EdwardsPoint) -> EdwardsPoint {
        *base
    }
    fn commitment(
        fixed: &Fixed,
        r: &Exponent,
        base: &EdwardsPoint,
        c: &Exponent,
        m: i64,
    ) -> EdwardsPoint {
        let base = match m {
            0 => *base,
            1 => base - ED25519_BASEPOINT_POINT,
            m => base - EdwardsPoint::mul_base(&Exponent::from_i64(m)),
        };
        match &fixed.public {
            None => EdwardsPoint::vartime_double_scalar_mul_basepoint(c, &base, r),
            Some(table) => table.vartime_mixed_multiscalar_mul([r], [c], [base]),
        }
    }
    fn product(factors: &[(&EdwardsPoint, Exponent)]) -> EdwardsPoint {
        EdwardsPoint::vartime_multiscalar_mul(
            factors.iter().map(|(_, x)| x),
            factors.iter().map(|(point, _)| *point),
        )
    }
    fn is_member(point: &EdwardsPoint) -> bool {
        // q·P = 0, written as (q − 1)·P + P because q itself is no exponent
        let minus_one = Exponent::ZERO - Exponent::ONE;
        let rest =
            EdwardsPoint::vartime_double_scalar_mul_basepoint(&minus_one, point, &Exponent::ZERO);
        (rest + point).is_identity()
    }
    fn is_base_member(base: &EdwardsPoint) -> bool {
        Self::is_member(base)
    }

    fn parse(text: &str) -> Option<EdwardsPoint> {
        uncompress(&from_hex(text)?.try_into().ok()?)
    }
    fn print(points: &[EdwardsPoint]) -> Vec<String> {
        EdwardsPoint::compress_batch_alloc(points)
            .into_iter()
            .map(|compressed| {
                let mut bytes = compressed.0;
                bytes.reverse();
                hex(&bytes)
            })
            .collect()
    }
    fn order(a: &EdwardsPoint, b: &EdwardsPoint) -> Ordering {
        // by the bytes of RFC 8032, as tools 3.0 and 3.3.0 were seen to sort
        a.compress().0.cmp(&b.compress().0)
    }

    fn of_ints(values: &[u8]) -> Option<EdwardsPoint> {
        if values.len() > Self::CAPACITY {
            return None;
        }
        // the number (v₁ … vₙ)·2¹⁴: the last value ends two bits into the second byte from the right
        let mut bytes = [0; 32];
        for (place, value) in values.iter().rev().enumerate() {
            let wide = u16::from(*value) << (PADDING % 8);
            let [high, low] = wide.to_be_bytes();
            for (place, part) in [(30 - place, low), (29_usize.wrapping_sub(place), high)] {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte |= part;
                }
            }
        }
        for _ in 0..1 << PADDING {
            if let Some(point) = uncompress(&bytes).filter(Self::is_member) {
                return Some(point);
            }
            increment(&mut bytes);
        }
        None
    }
    fn to_ints(point: &EdwardsPoint, count: usize) -> Option<Vec<u8>> {
        let bytes = compress(point);
        // drop the fourteen low bits, then read bytes from the right
        let values: Vec<u8> = (0..31)
            .rev()
            .filter_map(|place| {
                let low = bytes.get(place)? >> (PADDING % 8);
                let high = place.checked_sub(1).and_then(|p| bytes.get(p)).unwrap_or(&0);
                Some(high << (8 - PADDING % 8) | low)
            })
            .collect();
        let (values, zeros) = values.split_at_checked(count)?;
        zeros.iter().all(|byte| *byte == 0).then(|| values.iter().rev().copied().collect())
    }
    fn independent_generator(i: i64) -> Option<EdwardsPoint> {
        // §6, GetGenerator for Ed25519: uncompress(hash >> 2, counted upwards)⁸
        let mut bytes = sha256(format!("ggen|{i}").as_bytes());
        for _ in 0..2 {
            let mut carry = 0;
            for byte in &mut bytes {
                let next = *byte << 7;
                *byte = *byte >> 1 | carry;
                carry = next;
            }
        }
        loop {
            if let Some(point) = uncompress(&bytes) {
                return Some(point.mul_by_cofactor());
            }
            increment(&mut bytes);
        }
    }
}
