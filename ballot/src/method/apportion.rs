//! Seats for votes: divisor methods, largest remainders, and "one for each started n".
//!
//! Divisors in rational arithmetic; ties are reported, never broken silently (a lot decides).

use serde::{Deserialize, Serialize};

/// A method of apportionment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// d'Hondt: divisors 1, 2, 3 …
    DHondt,
    /// Sainte-Laguë: divisors 1, 3, 5 …
    SainteLague,
    /// Adams: divisors 0, 1, 2 …, so everybody with a vote gets the first seat.
    Adams,
    /// Hare and Niemeyer: whole quotas, then the largest remainders.
    HareNiemeyer,
}

/// Seats, or the places between which a lot must decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Apportioned {
    /// Seats by place.
    pub seats: Vec<u64>,
    /// Places that tie for the last seats.
    pub tied: Vec<usize>,
    /// How many seats a lot among them decides.
    pub open: u64,
    /// The arithmetic in German.
    pub steps: Vec<String>,
}

/// Distributes `seats`; everybody gets at least `least` of them first where votes were won.
pub fn apportion(method: Method, votes: &[u64], seats: u64, least: u64) -> Apportioned {
    let mut out = Apportioned {
        seats: votes.iter().map(|votes| if *votes > 0 { least } else { 0 }).collect(),
        tied: Vec::new(),
        open: 0,
        steps: Vec::new(),
    };
    let given: u64 = out.seats.iter().sum();
    if least > 0 {
        out.steps
            .push(format!("Mindestens {least} für jede Gliederung mit Stimmen: {given} Sitze."));
    }
    let Some(rest) = seats.checked_sub(given) else {
        out.steps
            .push("Die Mindestsitze übersteigen die Gesamtzahl; mehr wird nicht verteilt.".into());
        return out;
    };
    match method {
        Method::HareNiemeyer => remainders(&mut out, votes, seats, least),
        _ => divisors(&mut out, method, votes, rest),
    }
    out
}

/// The divisor for the next seat of somebody who has `seats`.
fn divisor(method: Method, seats: u64) -> u64 {
    match method {
        Method::SainteLague => 2 * seats + 1,
        Method::Adams => seats,
        Method::DHondt | Method::HareNiemeyer => seats + 1,
    }
}

/// Which of two quotients is larger; a divisor of zero is larger than everything.
fn compare(a: (u64, u64), b: (u64, u64)) -> std::cmp::Ordering {
    match (a.1, b.1) {
        (0, 0) => a.0.cmp(&b.0),
        _ => (u128::from(a.0) * u128::from(b.1)).cmp(&(u128::from(b.0) * u128::from(a.1))),
    }
}

fn divisors(out: &mut Apportioned, method: Method, votes: &[u64], seats: u64) {
    for seat in 0..seats {
        let quotient = |place: usize| {
            let (votes, seats) = (votes.get(place)?, out.seats.get(place)?);
            (*votes > 0).then_some((*votes, divisor(method, *seats)))
        };
        let quotients: Vec<(usize, (u64, u64))> =
            (0..votes.len()).filter_map(|place| Some((place, quotient(place)?))).collect();
        let Some(best) = quotients.iter().map(|(_, q)| *q).max_by(|a, b| compare(*a, *b)) else {
            return;
        };
        let first: Vec<usize> = quotients
            .iter()
            .filter(|(_, q)| compare(*q, best).is_eq())
            .map(|(place, _)| *place)
            .collect();
        let left = seats - seat;
        if u64::try_from(first.len()).unwrap_or(u64::MAX) > left {
            out.steps.push(format!(
                "Gleiche Höchstzahl für die letzten {left} Sitze: das Los entscheidet."
            ));
            out.tied = first;
            out.open = left;
            return;
        }
        // those that tie all come before the seats run out: their order does not matter
        if let Some(place) = first.first() {
            let number = place + 1;
            out.steps.push(format!("Höchstzahl {}/{}: ein Sitz an Nr. {number}.", best.0, best.1));
            if let Some(seats) = out.seats.get_mut(*place) {
                *seats += 1;
            }
        }
    }
}

fn remainders(out: &mut Apportioned, votes: &[u64], seats: u64, least: u64) {
    let total: u128 = votes.iter().map(|v| u128::from(*v)).sum();
    if total == 0 {
        return;
    }
    let parts: Vec<(u64, u128)> = votes
        .iter()
        .map(|v| {
            let product = u128::from(*v) * u128::from(seats);
            (u64::try_from(product / total).unwrap_or(u64::MAX), product % total)
        })
        .collect();
    for ((seats, (whole, _)), votes) in out.seats.iter_mut().zip(&parts).zip(votes) {
        *seats = if *votes > 0 { (*whole).max(least) } else { 0 };
    }
    let wholes: Vec<String> = parts.iter().map(|(whole, _)| whole.to_string()).collect();
    out.steps.push(format!("Ganze Quoten: {}.", wholes.join(", ")));
    let given: u64 = out.seats.iter().sum();
    let mut left = seats.saturating_sub(given);
    let mut order: Vec<(usize, u128)> =
        parts.iter().enumerate().map(|(place, (_, rest))| (place, *rest)).collect();
    // whoever was lifted to the least has had their remainder
    order.retain(|(place, rest)| {
        *rest > 0 && parts.get(*place).is_some_and(|(whole, _)| *whole >= least)
    });
    order.sort_by_key(|(_, rest)| std::cmp::Reverse(*rest));
    for chunk in order.chunk_by(|a, b| a.1 == b.1) {
        let size = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        if left == 0 {
            break;
        }
        if size > left {
            out.steps
                .push(format!("Gleicher Rest für die letzten {left} Sitze: das Los entscheidet."));
            out.tied = chunk.iter().map(|(place, _)| *place).collect();
            out.open = left;
            break;
        }
        for (place, rest) in chunk {
            out.steps.push(format!("Rest {rest}/{total}: ein Sitz an Nr. {}.", place + 1));
            if let Some(seats) = out.seats.get_mut(*place) {
                *seats += 1;
            }
        }
        left -= size;
    }
}

/// "One delegate for each started n members", at least `least`.
pub fn one_per_started(members: u64, n: u64, least: u64) -> u64 {
    members.div_ceil(n.max(1)).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 10,000, 6,000 and 1,500 votes for eight seats, the textbook example of the German Wikipedia's
    /// article on d'Hondt; the other methods were worked out by hand.
    #[test]
    fn textbook_examples_come_out() {
        let votes = [10_000, 6_000, 1_500];
        assert_eq!(apportion(Method::DHondt, &votes, 8, 0).seats, [5, 3, 0]);
        assert_eq!(apportion(Method::HareNiemeyer, &votes, 8, 0).seats, [4, 3, 1]);
        assert_eq!(apportion(Method::SainteLague, &votes, 8, 0).seats, [4, 3, 1]);
        assert_eq!(apportion(Method::Adams, &votes, 8, 0).seats, [4, 3, 1]);
        // with one for each first, 10,000/5 and 6,000/3 tie for the last seat
        let least = apportion(Method::DHondt, &votes, 8, 1);
        assert_eq!((least.seats, least.tied, least.open), (vec![4, 2, 1], vec![0, 1], 1));
    }

    #[test]
    fn ties_are_left_to_the_lot() {
        let tied = apportion(Method::DHondt, &[100, 100], 3, 0);
        assert_eq!((tied.seats, tied.tied, tied.open), (vec![1, 1], vec![0, 1], 1));
        let tied = apportion(Method::HareNiemeyer, &[1, 1, 1], 1, 0);
        assert_eq!((tied.seats, tied.tied, tied.open), (vec![0, 0, 0], vec![0, 1, 2], 1));
        assert_eq!(apportion(Method::SainteLague, &[0, 0], 3, 0).seats, [0, 0]);
    }

    #[test]
    fn one_for_each_started_hundred() {
        assert_eq!([0, 1, 100, 101, 250].map(|m| one_per_started(m, 100, 1)), [1, 1, 1, 2, 3]);
    }

    proptest! {
        #[test]
        fn all_seats_are_given_or_open(votes in prop::collection::vec(0..10_000_u64, 1..8), seats in 0..60_u64) {
            for method in [Method::DHondt, Method::SainteLague, Method::Adams, Method::HareNiemeyer] {
                let out = apportion(method, &votes, seats, 0);
                let any = votes.iter().any(|v| *v > 0);
                prop_assert_eq!(out.seats.iter().sum::<u64>() + out.open, if any { seats } else { 0 });
                for (a, x) in votes.iter().enumerate() {
                    for (b, y) in votes.iter().enumerate() {
                        // more votes never mean fewer seats
                        if x > y {
                            prop_assert!(out.seats[a] >= out.seats[b]);
                        }
                    }
                }
            }
        }

        #[test]
        fn hare_niemeyer_keeps_the_quota(votes in prop::collection::vec(1..10_000_u64, 1..8), seats in 1..60_u64) {
            let total: u64 = votes.iter().sum();
            let out = apportion(Method::HareNiemeyer, &votes, seats, 0);
            for (votes, got) in votes.iter().zip(out.seats) {
                let quota = votes * seats / total;
                prop_assert!((quota..=quota + 1).contains(&got));
            }
        }
    }
}
