//! How long something took, as the database counts it: by bins of durations.
//!
//! To sort a million durations for their median takes `SQLite` a second, so nothing is sorted: each falls into a bin
//! that is at most 1/128 as wide as the durations in it, the database counts the bins, and a percentile is read from
//! the counts. A bin is told with the mean of its durations, so that one duration alone is exact and any percentile is
//! off by less than 1 %.
//!
//! For one span the database counts the bins. For each bucket and group they would be nearly as many as the durations,
//! so those are told as they are, and the program counts.
//!
//! Rejected: logarithms, which the `SQLite` that is built in does not have; and an index on durations, which each
//! incident would pay for.

use std::collections::BTreeMap;

/// The width of the narrowest bins, in microseconds.
const UNIT: i64 = 1_000;
/// Bins of the narrowest width; each further power of two has half as many.
const NARROWEST: i64 = 256;
/// Powers of two that have bins of their own; the last one ends after 278 years.
const OCTAVES: u32 = 35;

/// How long something took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Durations {
    /// How often it was measured, at least once.
    pub count: u64,
    /// The mean, in microseconds.
    pub mean: f64,
    /// The median, in microseconds; less than 1 % off.
    pub p50: f64,
    /// What 95 % do not exceed, in microseconds; less than 1 % off.
    pub p95: f64,
}

/// Counts of durations by bin.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spread {
    /// Count and sum, by the least duration of the bin.
    bins: BTreeMap<i64, (u64, f64)>,
}

impl Spread {
    /// Adds durations of one bin, in microseconds.
    pub(super) fn add(&mut self, low: i64, count: u64, mean: f64) {
        let (known, sum) = self.bins.entry(low).or_default();
        *known += count;
        *sum += mean * count as f64;
    }

    /// Adds one duration, in microseconds; not negative.
    pub(super) fn add_one(&mut self, taken: i64) {
        self.add(low(taken), 1, taken as f64);
    }

    /// Adds everything that another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (low, (count, sum)) in &other.bins {
            let (known, total) = self.bins.entry(*low).or_default();
            *known += count;
            *total += sum;
        }
    }

    /// Sums up; none when there is nothing to sum up.
    pub fn durations(&self) -> Option<Durations> {
        let count: u64 = self.bins.values().map(|(count, _)| count).sum();
        if count == 0 {
            return None;
        }
        let sum: f64 = self.bins.values().map(|(_, sum)| sum).sum();
        let [p50, p95] = [0.5, 0.95].map(|quantile| self.quantile(quantile, count));
        Some(Durations { count, mean: sum / count as f64, p50, p95 })
    }

    /// Interpolates linearly between the closest ranks, as percentiles of points do.
    fn quantile(&self, quantile: f64, count: u64) -> f64 {
        let position = quantile * (count - 1) as f64;
        let (low, high) = (self.at_rank(position.floor() as u64), self.at_rank(position.ceil() as u64));
        low * (1.0 - position.fract()) + high * position.fract()
    }

    /// Returns the duration of a rank, counted from 0.
    fn at_rank(&self, rank: u64) -> f64 {
        let mut below = 0;
        for (count, sum) in self.bins.values() {
            below += count;
            if below > rank {
                return sum / *count as f64;
            }
        }
        0.0
    }
}

/// Returns the least duration of the bin that one falls into.
fn low(taken: i64) -> i64 {
    // The bits that are more than those of the narrowest bins.
    let octave = (taken / (UNIT * NARROWEST) + 1).ilog2();
    // Between two powers of two, dividing by the lesser one is off by one at the most.
    let octave = if taken < (UNIT * NARROWEST) << octave { octave } else { octave + 1 };
    taken - taken % (UNIT << octave.min(OCTAVES))
}

/// Writes the least duration of the bin that a duration (an expression, not negative) falls into.
pub(super) fn bin(taken: &str) -> String {
    format!("{taken} - {taken} % ({})", width(taken, 0, OCTAVES))
}

/// Writes how wide the bin of a duration is, when it is of one of these powers of two; asks as seldom as possible.
fn width(taken: &str, first: u32, last: u32) -> String {
    if first == last {
        return (UNIT << first).to_string();
    }
    let middle = first.midpoint(last);
    let end = (UNIT * NARROWEST) << middle;
    let (lower, upper) = (width(taken, first, middle), width(taken, middle + 1, last));
    format!("CASE WHEN {taken} < {end} THEN {lower} ELSE {upper} END")
}

#[cfg(test)]
mod tests {
    use super::{NARROWEST, OCTAVES, Spread, UNIT, low};
    use proptest::prelude::*;

    /// Does what the expression of [`super::bin`] does, step by step.
    fn low_by_steps(taken: i64) -> i64 {
        let octave = (0..OCTAVES).find(|octave| taken < (UNIT * NARROWEST) << octave).unwrap_or(OCTAVES);
        taken - taken % (UNIT << octave)
    }

    proptest! {
        #[test]
        fn percentiles_are_within_one_percent_or_a_millisecond(
            mut taken in prop::collection::vec(prop_oneof![0..2_000_000_i64, 0..400_000_000_000_000_i64], 1..200),
        ) {
            let mut spread = Spread::default();
            for taken in &taken {
                spread.add_one(*taken);
                prop_assert_eq!(low(*taken), low_by_steps(*taken));
            }
            let found = spread.durations().unwrap();
            taken.sort_unstable();
            let exact = |quantile: f64| {
                let position = quantile * (taken.len() - 1) as f64;
                let (low, high) = (taken[position.floor() as usize], taken[position.ceil() as usize]);
                low as f64 * (1.0 - position.fract()) + high as f64 * position.fract()
            };
            for (found, exact) in [(found.p50, exact(0.5)), (found.p95, exact(0.95))] {
                prop_assert!((found - exact).abs() <= exact / 100.0 + 1_000.0, "{found} instead of {exact}");
            }
            let mean = taken.iter().map(|taken| *taken as f64).sum::<f64>() / taken.len() as f64;
            prop_assert!((found.mean - mean).abs() <= mean * 1e-9);
        }
    }

    #[test]
    fn bins_begin_where_the_database_begins_them() {
        for octave in 0..=OCTAVES {
            let edge = (UNIT * NARROWEST) << octave;
            for taken in [edge - 1, edge, edge + 1, edge + edge / 2] {
                assert_eq!(low(taken), low_by_steps(taken), "{taken}");
            }
        }
        assert_eq!((low(0), low(999), low(1_000)), (0, 0, 1_000));
    }

    #[test]
    fn what_took_one_time_only_is_exact() {
        let mut spread = Spread::default();
        assert_eq!(spread.durations(), None);
        let mut other = Spread::default();
        other.add_one(12_345_678_901);
        spread.merge(&other);
        let found = spread.durations().unwrap();
        assert_eq!((found.count, found.p50, found.p95), (1, 12_345_678_901.0, 12_345_678_901.0));
    }
}
