//! Products of long numbers, little-endian limbs, in constant time: no branch depends on a limb.
//!
//! Four rows of a product at a time: each limb of the sum is then loaded and stored once for four
//! multiplications, which is what bounds plain schoolbook multiplication.

/// Limbs of the largest product: twice those of a 2,048-bit number.
pub(super) const WIDEST: usize = 64;
/// Rows that are taken together. All our numbers have a multiple of so many limbs.
const ROWS: usize = 4;

/// sum += a·b, where `sum` has four limbs more than b; what is lost above it is returned.
#[inline]
fn add_rows([a0, a1, a2, a3]: [u64; ROWS], b: &[u64], sum: &mut [u64]) -> u64 {
    let (mut c0, mut c1, mut c2, mut c3) = (0, 0, 0, 0);
    let (mut y1, mut y2, mut y3) = (0, 0, 0);
    let mut column = |limb: &mut u64, y: u64| {
        let mut value = *limb;
        (value, c0) = a0.carrying_mul_add(y, value, c0);
        (value, c1) = a1.carrying_mul_add(y1, value, c1);
        (value, c2) = a2.carrying_mul_add(y2, value, c2);
        (value, c3) = a3.carrying_mul_add(y3, value, c3);
        (y3, y2, y1) = (y2, y1, y);
        *limb = value;
    };
    let (columns, above) = sum.split_at_mut(b.len());
    for (limb, y) in columns.iter_mut().zip(b) {
        column(limb, *y);
    }
    // the slower rows have limbs of b left, the faster ones their carries
    let (slower, last) = above.split_at_mut(ROWS - 1);
    for limb in slower {
        column(limb, 0);
    }
    let Some(last) = last.first_mut() else { return 0 };
    let mut over = 0;
    for carry in [c0, c1, c2, c3] {
        let (more, wrapped) = last.overflowing_add(carry);
        *last = more;
        over += u64::from(wrapped);
    }
    over
}

/// product = a·b; `product` is zero before.
pub(super) fn multiply(a: &[u64], b: &[u64], product: &mut [u64; WIDEST]) {
    for (place, rows) in a.as_chunks::<ROWS>().0.iter().enumerate() {
        if let Some(sum) = product.get_mut(ROWS * place..ROWS * (place + 1) + b.len()) {
            add_rows(*rows, b, sum);
        }
    }
}

/// The square of four limbs.
#[inline]
fn square_of_four([a0, a1, a2, a3]: [u64; ROWS]) -> [u64; 2 * ROWS] {
    // each mixed product once
    let (p1, carry) = a0.carrying_mul_add(a1, 0, 0);
    let (p2, carry) = a0.carrying_mul_add(a2, 0, carry);
    let (p3, p4) = a0.carrying_mul_add(a3, 0, carry);
    let (p3, carry) = a1.carrying_mul_add(a2, p3, 0);
    let (p4, p5) = a1.carrying_mul_add(a3, p4, carry);
    let (p5, p6) = a2.carrying_mul_add(a3, p5, 0);
    // twice
    let p7 = p6 >> 63;
    let p6 = p6 << 1 | p5 >> 63;
    let p5 = p5 << 1 | p4 >> 63;
    let p4 = p4 << 1 | p3 >> 63;
    let p3 = p3 << 1 | p2 >> 63;
    let p2 = p2 << 1 | p1 >> 63;
    let p1 = p1 << 1;
    // and the squares
    let (p0, high) = a0.carrying_mul(a0, 0);
    let (p1, carry) = p1.carrying_add(high, false);
    let (low, high) = a1.carrying_mul(a1, 0);
    let (p2, carry) = p2.carrying_add(low, carry);
    let (p3, carry) = p3.carrying_add(high, carry);
    let (low, high) = a2.carrying_mul(a2, 0);
    let (p4, carry) = p4.carrying_add(low, carry);
    let (p5, carry) = p5.carrying_add(high, carry);
    let (low, high) = a3.carrying_mul(a3, 0);
    let (p6, carry) = p6.carrying_add(low, carry);
    let (p7, _) = p7.carrying_add(high, carry);
    [p0, p1, p2, p3, p4, p5, p6, p7]
}

/// product = a²; `product` is zero before.
pub(super) fn square(a: &[u64], product: &mut [u64; WIDEST]) {
    // the products of different groups of four limbs, each once
    let mut rest = a;
    let mut place = 0;
    while let Some((rows, others)) = rest.split_first_chunk::<ROWS>() {
        if let Some(sum) = product.get_mut(place + ROWS..place + 2 * ROWS + others.len())
            && !others.is_empty()
        {
            add_rows(*rows, others, sum);
        }
        rest = others;
        place += 2 * ROWS;
    }
    // twice these, and the squares of the groups
    let (mut top, mut carry) = (0, false);
    for (sum, rows) in product.as_chunks_mut::<{ 2 * ROWS }>().0.iter_mut().zip(a.as_chunks().0) {
        for (limb, square) in sum.iter_mut().zip(square_of_four(*rows)) {
            let doubled = *limb << 1 | top;
            top = *limb >> 63;
            (*limb, carry) = doubled.carrying_add(square, carry);
        }
    }
}

/// Adds a multiple of n so that the lower half of the product vanishes; what is lost above the
/// product is returned (Montgomery 1985). `inverse` is −n⁻¹ mod 2⁶⁴.
pub(super) fn cancel(product: &mut [u64; WIDEST], n: &[u64], inverse: u64) -> u64 {
    let mut over = 0;
    let Some(&[n0, n1, n2, n3]) = n.first_chunk::<ROWS>() else { return 0 };
    for place in (0..n.len()).step_by(ROWS) {
        let Some(sum) = product.get_mut(place..place + ROWS + n.len()) else { return 0 };
        let Some(&[x0, x1, x2, x3]) = sum.first_chunk::<ROWS>() else { return 0 };
        // the four factors that make these four limbs zero, the lowest first
        let m0 = x0.wrapping_mul(inverse);
        let (_, carry) = m0.carrying_mul_add(n0, x0, 0);
        let (x1, carry) = m0.carrying_mul_add(n1, x1, carry);
        let (x2, carry) = m0.carrying_mul_add(n2, x2, carry);
        let x3 = m0.wrapping_mul(n3).wrapping_add(x3).wrapping_add(carry);
        let m1 = x1.wrapping_mul(inverse);
        let (_, carry) = m1.carrying_mul_add(n0, x1, 0);
        let (x2, carry) = m1.carrying_mul_add(n1, x2, carry);
        let x3 = m1.wrapping_mul(n2).wrapping_add(x3).wrapping_add(carry);
        let m2 = x2.wrapping_mul(inverse);
        let (_, carry) = m2.carrying_mul_add(n0, x2, 0);
        let x3 = m2.wrapping_mul(n1).wrapping_add(x3).wrapping_add(carry);
        let m3 = x3.wrapping_mul(inverse);
        // what the group before has lost belongs to the four limbs that this one adds above
        for limb in sum.iter_mut().skip(n.len()) {
            let (more, lost) = limb.overflowing_add(over);
            *limb = more;
            over = u64::from(lost);
        }
        over += add_rows([m0, m1, m2, m3], n, sum);
    }
    over
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain way: one row at a time.
    fn plain(a: &[u64], b: &[u64]) -> Vec<u64> {
        let mut sum = vec![0_u64; a.len() + b.len()];
        for (i, x) in a.iter().enumerate() {
            let mut carry = 0;
            for (j, y) in b.iter().enumerate() {
                (sum[i + j], carry) = x.carrying_mul_add(*y, sum[i + j], carry);
            }
            sum[i + b.len()] = carry;
        }
        sum
    }

    fn numbers() -> Vec<Vec<u64>> {
        let mut seed = 7_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed ^ seed >> 29
        };
        let mut all = Vec::new();
        for limbs in [4, 8, 32] {
            all.push(vec![0; limbs]);
            all.push(vec![u64::MAX; limbs]);
            all.push((0..limbs).map(|i| if i % 2 == 0 { u64::MAX } else { 0 }).collect());
            for _ in 0..20 {
                all.push((0..limbs).map(|_| next()).collect());
            }
        }
        all
    }

    #[test]
    fn four_rows_at_a_time_give_what_one_row_gives() {
        for a in numbers() {
            for b in numbers().into_iter().filter(|b| b.len() == a.len()) {
                let mut product = [0; WIDEST];
                multiply(&a, &b, &mut product);
                assert_eq!(product[..2 * a.len()], plain(&a, &b)[..]);
            }
            let mut product = [0; WIDEST];
            square(&a, &mut product);
            assert_eq!(product[..2 * a.len()], plain(&a, &a)[..]);
        }
    }

    #[test]
    fn what_is_cancelled_is_a_multiple_of_the_modulus() {
        for mut n in numbers() {
            n[0] |= 1;
            let mut inverse = 1_u64;
            for _ in 0..6 {
                inverse = inverse.wrapping_mul(2_u64.wrapping_sub(n[0].wrapping_mul(inverse)));
            }
            for a in numbers().into_iter().filter(|a| a.len() == n.len()) {
                let mut product = [0; WIDEST];
                square(&a, &mut product);
                let before = product;
                let over = cancel(&mut product, &n, inverse.wrapping_neg());
                // row by row, as Montgomery 1985 has it
                let mut expected = before[..2 * n.len()].to_vec();
                expected.push(0);
                for i in 0..n.len() {
                    let m = expected[i].wrapping_mul(inverse.wrapping_neg());
                    let mut carry = 0;
                    for (j, limb) in n.iter().enumerate() {
                        (expected[i + j], carry) =
                            m.carrying_mul_add(*limb, expected[i + j], carry);
                    }
                    for limb in expected.iter_mut().skip(i + n.len()) {
                        let (sum, more) = limb.overflowing_add(carry);
                        (*limb, carry) = (sum, u64::from(more));
                    }
                }
                assert_eq!(product[..2 * n.len()], expected[..2 * n.len()]);
                assert_eq!(over, expected[2 * n.len()]);
            }
        }
    }
}
