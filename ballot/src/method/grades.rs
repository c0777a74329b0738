//! Graded ballots by majority judgment (Balinski and Laraki 2011).
//!
//! Grade 1 is the best. Candidates are compared by their median grade; on a tie one ballot with that
//! grade is taken from each and the medians are compared again. Of an even number of grades two are
//! in the middle: the book takes the worse, `belenios-tool method majority-judgment` was seen to take
//! the better, so the rule names which. The output has the members of the tool's.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// The count by majority judgment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgment {
    /// For each choice how often it got each grade.
    pub raw: Vec<Vec<u64>>,
    /// Ballots that count.
    pub valid: u64,
    /// Blank ballots.
    pub blank: u64,
    /// Ballots with a grade that does not exist.
    pub invalid: Vec<Vec<u8>>,
    /// The best, then the next …
    pub winners: Vec<Vec<usize>>,
}

/// Which of two grades in the middle is the median.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Middle {
    /// The worse, as Balinski and Laraki define it.
    Worse,
    /// The better, as the tool counts.
    Better,
}

/// The median grade.
fn median(grades: &[u64], middle: Middle) -> Option<usize> {
    let total: u64 = grades.iter().sum();
    let needed = match middle {
        Middle::Worse => total / 2 + 1,
        Middle::Better => total.div_ceil(2),
    };
    let mut before = 0;
    grades.iter().position(|count| {
        before += count;
        total > 0 && before >= needed
    })
}

/// Compares two candidates with the same number of grades; the better is less.
fn better(a: &[u64], b: &[u64], middle: Middle) -> Ordering {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    loop {
        match (median(&a, middle), median(&b, middle)) {
            (Some(x), Some(y)) if x == y => {
                for grades in [&mut a, &mut b] {
                    if let Some(count) = grades.get_mut(x) {
                        *count -= 1;
                    }
                }
            }
            (x, y) => return x.cmp(&y),
        }
    }
}

/// Counts ballots with grades from 1 to `grades`.
pub fn majority_judgment(
    ballots: &[Vec<u8>],
    choices: usize,
    grades: u8,
    blank_allowed: bool,
    middle: Middle,
) -> Judgment {
    let mut out = Judgment {
        raw: vec![vec![0; usize::from(grades)]; choices],
        valid: 0,
        blank: 0,
        invalid: Vec::new(),
        winners: Vec::new(),
    };
    for ballot in ballots {
        if blank_allowed && ballot.iter().all(|grade| *grade == 0) {
            out.blank += 1;
        } else if ballot.len() != choices || !ballot.iter().all(|g| (1..=grades).contains(g)) {
            out.invalid.push(ballot.clone());
        } else {
            out.valid += 1;
            for (row, grade) in out.raw.iter_mut().zip(ballot) {
                if let Some(count) = row.get_mut(usize::from(*grade) - 1) {
                    *count += 1;
                }
            }
        }
    }
    out.invalid.sort();
    let mut order: Vec<(usize, &Vec<u64>)> = out.raw.iter().enumerate().collect();
    order.sort_by(|a, b| better(a.1, b.1, middle).then(a.0.cmp(&b.0)));
    out.winners = order
        .chunk_by(|a, b| better(a.1, b.1, middle).is_eq())
        .map(|group| group.iter().map(|(place, _)| *place).collect())
        .collect();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_decides_and_then_the_next() {
        // 3 ballots, grades 1 (best) to 3
        let ballots = [vec![1, 2, 2], vec![2, 2, 2], vec![3, 1, 2], vec![0, 0, 0], vec![9, 1, 1]];
        let count = majority_judgment(&ballots, 3, 3, true, Middle::Worse);
        assert_eq!((count.valid, count.blank, count.invalid.len()), (3, 1, 1));
        // all medians are 2; without it B keeps 1 and 2, C 2 and 2, A 1 and 3
        assert_eq!(count.winners, [[1], [2], [0]]);
        assert_eq!(median(&[1, 0, 1], Middle::Worse), Some(2));
        assert_eq!(median(&[1, 0, 1], Middle::Better), Some(0));
    }
}
