//! A Bloom filter over the triples of letters of many messages: “not here” for sure, or “perhaps here”.

/// Size of a filter. With some 6,000 different triples in a block, four bits each, one look-up in nine is a false yes;
/// a word of six letters asks for four triples, so a block is looked through in vain less than once in a thousand times.
pub(super) const FILTER_BYTES: usize = 4096;

/// Bits that each triple sets.
const BITS: u32 = 4;

/// What a block of messages may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter(Vec<u8>);

impl Default for Filter {
    fn default() -> Self {
        Self(vec![0; FILTER_BYTES])
    }
}

impl Filter {
    /// A stored filter; `None` when it has not the right size, so that a damaged one rules nothing out.
    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == FILTER_BYTES).then_some(Self(bytes))
    }

    /// As it is stored.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Notes the triples of a folded text.
    pub(super) fn note(&mut self, folded: &str) {
        for (byte, bit) in triples(folded).flat_map(places) {
            if let Some(place) = self.0.get_mut(byte) {
                *place |= bit;
            }
        }
    }

    /// Whether a folded word may stand in one of the messages. A word of less than three letters may always.
    pub(super) fn may_hold(&self, folded: &str) -> bool {
        triples(folded)
            .flat_map(places)
            .all(|(byte, bit)| self.0.get(byte).is_none_or(|place| place & bit != 0))
    }
}

fn triples(text: &str) -> impl Iterator<Item = u64> {
    let letters = |skip| text.chars().skip(skip).map(u64::from);
    // A letter has 21 bits, so three fit into one number.
    letters(0).zip(letters(1)).zip(letters(2)).map(|((a, b), c)| (a << 42) | (b << 21) | c)
}

/// Byte and bit of each of a triple's places, from the halves of one well-mixed number.
fn places(triple: u64) -> impl Iterator<Item = (usize, u8)> {
    let mixed = mix(triple);
    let (first, step) = (mixed >> 32, (mixed & 0xffff_ffff) | 1);
    (0..u64::from(BITS)).map(move |n| {
        let place = first.wrapping_add(n.wrapping_mul(step)) % (FILTER_BYTES as u64 * 8);
        (usize::try_from(place / 8).unwrap_or(0), 1 << (place % 8))
    })
}

/// The finaliser of the `SplitMix64` generator: every bit of the input moves every bit of the output. Stored, so it never changes.
const fn mix(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_may_be_here_and_most_else_is_not() {
        let mut filter = Filter::default();
        for n in 0..256 {
            filter.note(&format!("antrag {n} zum haushalt der gemeinde {}", n * 7919));
        }
        assert!(filter.may_hold("haushalt") && filter.may_hold("255") && filter.may_hold("ha"));
        let strangers = (0..1000).filter(|n| filter.may_hold(&format!("x{n}qy{n}z"))).count();
        assert!(strangers < 20, "{strangers}");
    }

    #[test]
    fn a_stored_filter_is_the_same_and_a_damaged_one_is_none() {
        let mut filter = Filter::default();
        filter.note("verona");
        assert_eq!(Filter::read(filter.as_bytes().to_vec()), Some(filter));
        assert_eq!(Filter::read(vec![0; 7]), None);
    }
}
