//! Lots that everybody can check: commit, reveal, draw.
//!
//! Each member of the commission chooses a secret and first publishes its hash. When all hashes are
//! in the minutes the secrets are revealed; the lot is drawn from all of them together. As long as
//! one member chose honestly nobody could know or steer the outcome, and anybody can draw again from
//! the minutes. A member who does not reveal is named; the draw is then repeated without them.

use serde::{Deserialize, Serialize};

use crate::hash::{Hash, hex};
use crate::random::{Randomness as _, Seeded};

/// A member's published hash: H("konvent|lot|" ‖ occasion ‖ "|" ‖ member ‖ "|" ‖ secret).
pub fn commit(occasion: &str, member: &str, secret: &[u8; 32]) -> Hash {
    Hash::of(format!("konvent|lot|{occasion}|{member}|{}", hex(secret)).as_bytes())
}

/// A member's part in a draw, as it stands in the minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Who.
    pub member: String,
    /// Published before anybody revealed.
    pub commitment: Hash,
    /// Revealed after all had committed.
    pub secret: [u8; 32],
}

/// Why there is no draw.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nobody took part.
    #[error("nobody took part in the draw")]
    Nobody,
    /// The revealed secret is not the one that was committed to.
    #[error("{0} revealed another secret than committed to")]
    Different(String),
    /// A member appears twice.
    #[error("{0} takes part twice")]
    Twice(String),
}

/// Puts `names` into the order of the lot: the first is drawn first. The order in which names and
/// shares are given does not matter.
pub fn draw(occasion: &str, shares: &[Share], names: &[String]) -> Result<Vec<String>, Fault> {
    let mut shares: Vec<&Share> = shares.iter().collect();
    shares.sort_by(|a, b| a.member.cmp(&b.member));
    if shares.is_empty() {
        return Err(Fault::Nobody);
    }
    for pair in shares.windows(2) {
        if let [a, b] = pair
            && a.member == b.member
        {
            return Err(Fault::Twice(a.member.clone()));
        }
    }
    let mut seed = format!("konvent|draw|{occasion}");
    for share in shares {
        if commit(occasion, &share.member, &share.secret) != share.commitment {
            return Err(Fault::Different(share.member.clone()));
        }
        seed.push('|');
        seed.push_str(&share.commitment.to_string());
        seed.push('|');
        seed.push_str(&hex(&share.secret));
    }
    let mut urn = names.to_vec();
    urn.sort();
    let mut rng = Seeded::new(&Hash::of(seed.as_bytes()).0);
    for place in 0..urn.len() {
        let other = place + rng.below(urn.len() - place);
        urn.swap(place, other);
    }
    Ok(urn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(member: &str, secret: u8) -> Share {
        let secret = [secret; 32];
        let commitment = commit("Platz 3", member, &secret);
        Share { member: member.to_owned(), commitment, secret }
    }

    #[test]
    fn everybody_draws_the_same_lot_from_the_minutes() {
        let names = ["Ada", "Berta", "Cleo"].map(str::to_owned);
        let (a, b) = (share("a", 1), share("b", 2));
        let first = draw("Platz 3", &[a.clone(), b.clone()], &names).unwrap();
        let mut reversed = names.clone();
        reversed.reverse();
        assert_eq!(draw("Platz 3", &[b.clone(), a.clone()], &reversed), Ok(first));
        let cheat = Share { secret: [9; 32], ..b };
        assert_eq!(draw("Platz 3", &[a.clone(), cheat], &names), Err(Fault::Different("b".into())));
        assert_eq!(draw("Platz 3", &[a.clone(), a], &names), Err(Fault::Twice("a".into())));
        assert_eq!(draw("Platz 3", &[], &names), Err(Fault::Nobody));
    }

    #[test]
    fn everybody_is_drawn_first_about_equally_often() {
        let names = ["Ada", "Berta", "Cleo"].map(str::to_owned);
        let mut first = std::collections::BTreeMap::<String, u32>::new();
        for round in 0..=255 {
            let order = draw("Platz 3", &[share("a", round), share("b", 7)], &names).unwrap();
            *first.entry(order[0].clone()).or_default() += 1;
        }
        assert!(first.len() == 3 && first.values().all(|n| (60..111).contains(n)), "{first:?}");
    }
}
