//! The laws every group keeps, and the encodings that must be refused.

use super::*;
use crate::random::Seeded;

fn laws<G: Group>() {
    let rng = &mut Seeded::new(G::NAME.as_bytes());
    let (x, y) = (G::Scalar::random(rng), G::Scalar::random(rng));
    let (a, b) = (G::pow_g(&x), G::pow_g(&y));
    assert_eq!(G::mul(&a, &b), G::pow_g(&x.plus(&y)));
    assert_eq!(G::pow(&a, &y), G::pow(&b, &x));
    assert_eq!(G::mul(&a, &G::inverse(&a)), G::one());
    assert_eq!(G::pow_fixed(&G::fixed(&a), &y), G::pow(&a, &y));
    assert_eq!(G::pow_g(&x.times(&x.inverse())), G::generator());
    assert_eq!(G::pow_small(&a, 5), G::pow(&a, &G::Scalar::from_u64(5)));
    assert_eq!(
        G::product(&[(&a, y.clone()), (&b, x.clone())]),
        G::pow_g(&x.times(&y).plus(&x.times(&y)))
    );
    assert!(G::is_member(&a) && G::is_base_member(&G::base(&a)));
    many::<G>(&[a.clone(), b.clone(), G::mul(&a, &b)]);
    for m in [0, 1, 3] {
        // gʸ·(a/gᵐ)ˣ, once with the tables of g and once with those of b
        let shifted = G::mul(&a, &G::pow_g(&G::Scalar::from_i64(-m)));
        let expected = G::mul(&G::pow_g(&y), &G::pow(&shifted, &x));
        assert_eq!(G::commitment(G::fixed_g(), &y, &G::base(&a), &x, m), expected);
        let expected = G::mul(&G::pow(&b, &y), &G::pow(&shifted, &x));
        assert_eq!(G::commitment(&G::fixed(&b), &y, &G::base(&a), &x, m), expected);
    }
    together::<G>(&[a.clone(), b.clone(), G::mul(&a, &b)]);
    let text = G::print(&[a.clone(), b]);
    assert_eq!(G::parse(&text[0]), Some(a));
    assert_eq!(G::Scalar::parse(&x.print()), Some(x.clone()));
    assert_eq!(G::Scalar::parse(&format!("0{}", x.print())), None);
    assert_eq!(G::Scalar::parse(""), None);
    let below_zero = G::Scalar::zero().minus(&G::Scalar::from_u64(1)).print();
    let last = below_zero.len() - 1;
    let order = format!("{}{}", &below_zero[..last], below_zero[last..].parse::<u8>().unwrap() + 1);
    assert_eq!(G::Scalar::parse(&order), None, "q itself is no exponent");
    assert_eq!(G::Scalar::from_be_bytes(&[1; 70]), {
        let byte = G::Scalar::from_u64(256);
        (0..70).fold(G::Scalar::zero(), |sum, _| sum.times(&byte).plus(&G::Scalar::from_u64(1)))
    });
}

/// Products and powers of many are what they are one by one, however many there are.
fn many<G: Group>(points: &[G::Point]) {
    let rng = &mut Seeded::new(b"many");
    let q_less_one = G::Scalar::zero().minus(&G::Scalar::from_u64(1));
    let edges = [G::Scalar::zero(), G::Scalar::from_u64(1), q_less_one, G::Scalar::from_u64(77)];
    let fixed = [G::fixed(&points[0]), G::fixed(&points[1])];
    for count in [0, 1, 2, 5, 6, 9, 19] {
        let chosen: Vec<&G::Point> = points.iter().cycle().take(count).collect();
        let exponents: Vec<G::Scalar> = edges
            .iter()
            .cloned()
            .chain(std::iter::repeat_with(|| G::Scalar::random(rng)))
            .take(count)
            .collect();
        let powers: Vec<G::Point> =
            chosen.iter().zip(&exponents).map(|(point, x)| G::pow(point, x)).collect();
        let all = powers.iter().fold(G::one(), |product, power| G::mul(&product, power));
        let secret: Vec<_> = chosen.iter().copied().zip(&exponents).collect();
        assert!(G::product_secret(&secret) == all, "{} {count}", G::NAME);
        let public: Vec<_> = secret.iter().map(|(point, x)| (*point, (*x).clone())).collect();
        assert!(G::product(&public) == all, "{} {count}", G::NAME);
        let inverses: Vec<G::Point> = powers.iter().map(G::inverse).collect();
        assert!(G::inverses(&powers) == inverses, "{} {count}", G::NAME);
        let singly: Vec<Vec<_>> = public.iter().map(|factor| vec![factor.clone()]).collect();
        assert!(G::products(&singly) == powers, "{} {count}", G::NAME);
        // of different lengths, none among them
        let steps: Vec<Vec<_>> = (0..count).map(|n| public[..n].to_vec()).collect();
        let expected: Vec<G::Point> = steps.iter().map(|step| G::product(step)).collect();
        assert!(G::products(&steps) == expected, "{} {count}", G::NAME);
        assert!(G::pow_all(&secret) == powers, "{} {count}", G::NAME);
        let rows: Vec<Vec<G::Scalar>> = exponents
            .iter()
            .zip(exponents.iter().rev())
            .map(|(x, y)| vec![x.clone(), y.clone()])
            .collect();
        let expected: Vec<G::Point> = rows
            .iter()
            .map(|row| G::mul(&G::pow(&points[0], &row[0]), &G::pow(&points[1], &row[1])))
            .collect();
        assert!(G::pow_fixed_all(&[&fixed[0], &fixed[1]], &rows) == expected, "{}", G::NAME);
    }
}

/// Many commitments at once are what they are one by one, however many there are.
fn together<G: Group>(points: &[G::Point]) {
    let rng = &mut Seeded::new(b"together");
    let fixed = G::fixed(&points[0]);
    let q_less_one = G::Scalar::zero().minus(&G::Scalar::from_u64(1));
    let edges = [G::Scalar::zero(), G::Scalar::from_u64(1), q_less_one];
    for count in [0, 1, 7, 8, 9, 21] {
        let chosen: Vec<&G::Point> = points.iter().cycle().take(count).collect();
        let exponents: Vec<(G::Scalar, G::Scalar)> = (0..count)
            .map(|n| match edges.get(n) {
                Some(edge) => (edge.clone(), edge.clone()),
                None => (G::Scalar::random(rng), G::Scalar::random(rng)),
            })
            .collect();
        let bases = G::bases(&chosen);
        assert_eq!(G::members(&bases.iter().collect::<Vec<_>>()), vec![true; count]);
        let all: Vec<Commitment<'_, G>> = bases
            .iter()
            .zip(&exponents)
            .zip([0, 1, 2].into_iter().cycle())
            .map(|((base, (r, c)), m)| Commitment { fixed: &fixed, r, base, c, m })
            .collect();
        let alone: Vec<G::Point> = chosen
            .iter()
            .zip(&all)
            .map(|(point, Commitment { r, c, m, .. })| {
                G::commitment(&fixed, r, &G::base(point), c, *m)
            })
            .collect();
        assert!(G::commitments(&all) == alone, "{} {count}", G::NAME);
    }
}

fn encodings<G: Group>() {
    for values in [vec![], vec![0], vec![1, 2, 3], vec![255; G::CAPACITY - 1], vec![0, 0, 7]] {
        let point = G::of_ints(&values).unwrap();
        assert!(G::is_member(&point));
        assert_eq!(G::to_ints(&point, values.len()), Some(values));
    }
    assert_eq!(G::of_ints(&vec![1; G::CAPACITY + 1]), None);
    let (first, second) =
        (G::independent_generator(0).unwrap(), G::independent_generator(1).unwrap());
    assert!(G::is_member(&first) && first != second);
}

#[test]
fn the_laws_hold() {
    laws::<Ed25519>();
    laws::<Belenios2048>();
    laws::<Rfc3526>();
}

#[test]
fn small_numbers_come_back_from_their_element() {
    encodings::<Ed25519>();
    encodings::<Rfc3526>();
    assert_eq!(Belenios2048::of_ints(&[1]), None);
}

#[test]
fn strangers_are_no_members() {
    assert!(!Belenios2048::is_member(&Belenios2048::parse("0").unwrap()));
    assert!(!Belenios2048::is_member(&Belenios2048::parse("2").unwrap()));
    assert!(!Rfc3526::is_member(&Rfc3526::parse("0").unwrap()));
    // and among members they are found
    let all = ["0", "1", "2", "3"].map(|text| Belenios2048::parse(text).unwrap());
    let bases =
        Belenios2048::bases(&[&all[0], &all[1], &all[2], &all[3], &Belenios2048::generator()]);
    let found = Belenios2048::members(&bases.iter().collect::<Vec<_>>());
    assert_eq!(found, [false, true, false, false, true]);
    let minus_one = |g: &str| format!("{}{}", "0".repeat(64 - g.len()), g);
    assert!(!Ed25519::is_member(&Ed25519::parse(&minus_one("0")).unwrap()), "a point of order 4");
}

#[test]
fn an_element_of_ed25519_has_one_spelling() {
    let p = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
    let one = format!("{}1", "0".repeat(63));
    assert_eq!(Ed25519::parse(&one), Some(Ed25519::one()));
    assert_eq!(Ed25519::parse(&format!("8{}", &one[1..])), None, "x = 0 has no sign");
    assert_eq!(Ed25519::parse(p), None, "y = p");
    assert_eq!(Ed25519::parse(&p.replace("ed", "ee")), None, "y = p + 1");
    assert_eq!(Ed25519::parse(&one.to_uppercase()), Some(Ed25519::one()));
    let g = Ed25519::print(&[Ed25519::generator()]).remove(0);
    assert_eq!(g, format!("{}58", "6".repeat(62)));
    assert_eq!(Ed25519::parse(&"A".repeat(64)), None, "capital digits");
}
