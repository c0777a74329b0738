//! Multiplicative subgroups of finite fields (Belenios specification 3.3.0 §5.1).
//!
//! BELENIOS-2048 is the audit profile that Debian 12's tool reads; RFC-3526-2048 carries ranked
//! questions for the same tool. Both are below the 3,000 bits that BSI TR-02102-1 asks for since
//! 2023: the default group is Ed25519. Elements and exponents are written in base 10.

use std::cmp::Ordering;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::{LazyLock, OnceLock};

use crypto_bigint::{JacobiSymbol, Odd, U2048};
use zeroize::Zeroize as _;

use super::montgomery::{Modulus, select};
use super::{Group, Scalar, decimal};
use crate::hash::sha256;

/// Limbs of a 2,048-bit field element.
const P: usize = 32;
/// Rows of the comb of [`Base`]: six powers share one run of squarings.
const ROWS: usize = 6;
/// Bits of a window of the constant-time table of [`Fixed`].
const NARROW: usize = 4;
/// Bits of a window of its table for public exponents: 2 MB for BELENIOS-2048, 4 MB for RFC-3526-2048.
const fn wide(exponent_limbs: usize) -> usize {
    if exponent_limbs <= 4 { 8 } else { 6 }
}
/// Bits of zeros below the values of an encoded answer, and bits of a value (§5.1.2, *embedding*).
const PADDING: usize = 8;

/// BELENIOS-2048 (§5.1.1): for homomorphic questions only; q has 256 bits.
pub type Belenios2048 = Finite<BeleniosParameters, 4>;
/// RFC-3526-2048 (§5.1.2): a safe prime, so that ranks can be encoded.
pub type Rfc3526 = Finite<Rfc3526Parameters, 32>;

/// A group of this family, by its parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finite<T, const Q: usize>(PhantomData<T>);

/// What tells one group of this family from another.
pub trait Parameters<const Q: usize>: Copy + Debug + Default + Eq + Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Whether p = 2q + 1: then members are the squares, and answers can be encoded.
    const SAFE_PRIME: bool;
    /// The prepared parameters.
    fn numbers() -> &'static Numbers<Q>;
}

/// p, q and g, prepared.
#[derive(Debug)]
pub struct Numbers<const Q: usize> {
    p: Modulus<P>,
    q: Modulus<Q>,
    g: [u64; P],
}

impl<const Q: usize> Numbers<Q> {
    fn new(p: &str, g: &str, q: &str) -> Self {
        let p = Modulus::new(decimal::parse(p).unwrap_or([1; P]));
        let g = p.enter(&decimal::parse(g).unwrap_or([1; P]));
        Self { p, q: Modulus::new(decimal::parse(q).unwrap_or([1; Q])), g }
    }
}

macro_rules! parameters {
    ($type:ident, $q:literal, $name:literal, $safe:literal, $p_:expr, $g_:expr, $q_:expr) => {
        #[doc = concat!("The numbers of ", $name, ".")]
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $type;
        impl Parameters<$q> for $type {
            const NAME: &'static str = $name;
            const SAFE_PRIME: bool = $safe;
            fn numbers() -> &'static Numbers<$q> {
                static NUMBERS: LazyLock<Numbers<$q>> =
                    LazyLock::new(|| Numbers::new($p_, $g_, $q_));
                &NUMBERS
            }
        }
    };
}

parameters!(
    BeleniosParameters,
    4,
    "BELENIOS-2048",
    false,
    "2069478569142254640101364365750500806492298929575110409710088478705737421924\
     2717401922237254497684338129066633138078958404960054389636289796393038773905\
     7228036059737494276713767776188985898727358650490811670993105358677809800307\
     9049165406377717376419867852727347447634183560003569830519314428456170191100\
     0786737307333564123971732897913240474578834468260652327974647951137672658693\
     5821800463179220736688600526271863633860887968821207694323661494910029234443\
     4637322214588410058642105024212036543356120132048111885240873107701415166620\
     0162313177169372189248078507711827842317498073276598828825169183103125680162\
     072880719",
    "2402352677501852209227687703532399932712287657378364916510075318787663274146\
     3532193202856761552696787996946682987493890950838965734256019006010684771644\
     9173547413728310461045868131451178164675540052740288984613986453266121505579\
     7097162016168270312886432456663834863635782106154918419982534315189740658186\
     8686511513585764101388822153960160432288436039309893336627728484065931384060\
     1023167509576377798266510360682240663507669776402534625377308513317349519424\
     8967754052573659049492477631475991575198775177711481490920456600205478127054\
     7282381409725186398583341157005683536955534237814755824918960502966800377453\
     08460627",
    "7857173325107188507992765981267145012182142125840879461151008191980562322344\
     1"
);
parameters!(
    Rfc3526Parameters,
    32,
    "RFC-3526-2048",
    true,
    "3231700607131100730033891392642382824881794124114023911284200975140074170663\
     4354222619689417363569347117901737909704191754605873209195028853758986185622\
     1532121754125149017745202702357960782362488842461894775876411059286460994117\
     2324542662252219323054091903768052423551912567971587011700105805587765103886\
     1847280257976054903569732561526167081339361799541336476559160368317896729073\
     1783845896806396719009772021941686472258710314113364293195361934716365332097\
     1707744822798858856536920864529663607725026895550592836275112117409697299806\
     8410554359584866583291642136218231078990999448652468262416972035911852507045\
     361090559",
    "2",
    "1615850303565550365016945696321191412440897062057011955642100487570037085331\
     7177111309844708681784673558950868954852095877302936604597514426879493092811\
     0766060877062574508872601351178980391181244421230947387938205529643230497058\
     6162271331126109661527045951884026211775956283985793505850052902793882551943\
     0923640128988027451784866280763083540669680899770668238279580184158948364536\
     5891922948403198359504886010970843236129355157056682146597680967358182666048\
     5853872411399429428268460432264831803862513447775296418137556058704848649903\
     4205277179792433291645821068109115539495499724326234131208486017955926253522\
     680545279"
);

/// An exponent modulo q, not in Montgomery form.
#[derive(Clone, PartialEq)]
pub struct Zq<T, const Q: usize>([u64; Q], PhantomData<T>);

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

/// An element of the field's multiplicative group, in Montgomery form.
#[derive(Debug, Clone, PartialEq)]
pub struct Point([u64; P]);

/// An element with tables for thousands of powers.
#[derive(Debug)]
pub struct Fixed {
    point: [u64; P],
    narrow: Vec<[[u64; P]; 1 << NARROW]>,
    wide: OnceLock<Vec<Vec<[u64; P]>>>,
}

/// A comb (Lim and Lee 1994): entry k is the product of base^(2^(row·columns)) over the bits of k.
#[derive(Debug)]
pub struct Base {
    comb: Vec<[u64; P]>,
    columns: usize,
}

impl Base {
    fn pow<const Q: usize>(&self, p: &Modulus<P>, x: &[u64; Q]) -> [u64; P] {
        let mut result: Option<[u64; P]> = None;
        for column in (0..self.columns).rev() {
            if let Some(value) = &mut result {
                *value = p.square(value);
            }
            let place = (0..ROWS)
                .fold(0, |place, row| place | bits(x, row * self.columns + column, 1) << row);
            if place != 0
                && let Some(entry) = self.comb.get(place)
            {
                result = Some(result.map_or(*entry, |value| p.mul(&value, entry)));
            }
        }
        result.unwrap_or(p.one)
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
    fn pow_vartime<const Q: usize>(&self, p: &Modulus<P>, x: &[u64; Q]) -> Option<[u64; P]> {
        let width = const { wide(Q) };
        let wide =
            self.wide.get_or_init(|| windows(p, &self.point, width, (64 * Q).div_ceil(width)));
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
}

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
    fn pow(base: &Point, x: &Self::Scalar) -> Point {
        Point(T::numbers().p.pow(&base.0, &x.0))
    }
    fn pow_fixed(base: &Fixed, x: &Self::Scalar) -> Point {
        let p = &T::numbers().p;
        let digits = x.0.iter().flat_map(|limb| (0..16).map(move |i| limb >> (4 * i) & 15));
        Point(
            base.narrow
                .iter()
                .zip(digits)
                .fold(p.one, |product, (row, digit)| p.mul(&product, &select(row, digit))),
        )
    }
    fn fixed(base: &Point) -> Fixed {
        let p = &T::numbers().p;
        let narrow = windows(p, &base.0, NARROW, 64 * Q / NARROW)
            .into_iter()
            .map(|row| row.try_into().unwrap_or([p.one; 1 << NARROW]))
            .collect();
        Fixed { point: base.0, narrow, wide: OnceLock::new() }
    }
    fn base(base: &Point) -> Base {
        let p = &T::numbers().p;
        let columns = (64 * Q).div_ceil(ROWS);
        let mut comb = vec![p.one];
        let mut power = base.0;
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
        Base { comb, columns }
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
    fn product(factors: &[(&Point, Self::Scalar)]) -> Point {
        let p = &T::numbers().p;
        // tables for at most 64 elements at a time keep the working set small
        Point(factors.chunks(64).fold(p.one, |product, chunk| {
            let chunk: Vec<_> = chunk.iter().map(|(point, x)| (&point.0, &x.0)).collect();
            p.mul(&product, &p.product_vartime(&chunk))
        }))
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
            return base.comb.get(1).is_some_and(|point| Self::is_member(&Point(*point)));
        }
        base.comb.get(1).is_some_and(|point| *point != [0; P]) && base.pow(p, &q.n) == p.one
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
