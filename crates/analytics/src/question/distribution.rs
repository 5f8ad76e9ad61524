//! Questions for how values are distributed.
//!
//! Bins have round edges, which follow from the least and the greatest value that there are and from nothing else. So
//! both engines find the same bins and, since a value is only compared with the edges, the same counts.

use crate::series_set::SeriesSet;
use tracely_core::time::Timestamp;

/// The fewest bins that may be asked for: round edges need some room.
pub const MIN_BINS: usize = 5;
/// The most bins that may be asked for.
pub const MAX_BINS: usize = 200;

/// How wide the bins of a distribution are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// All equally wide.
    Linear,
    /// Each wider than the one before by about the same factor. Values that are not positive are in one bin; when
    /// none is positive, the bins are linear.
    Logarithmic,
}

/// Asks how the values of points are distributed.
///
/// A cluster answers with two requests: `min` and `max`, with `min` under a filter for the least positive value, and then
/// `range` with the edges that [`edges`] finds, from included, to excluded.
#[derive(Debug, Clone)]
pub struct DistributionQuestion {
    /// The series whose points are counted together.
    pub series: SeriesSet,
    /// The first instant included.
    pub from: Timestamp,
    /// The first instant excluded.
    pub to: Timestamp,
    /// How wide the bins are.
    pub scale: Scale,
    /// Bins to return at most, from [`MIN_BINS`] to [`MAX_BINS`].
    pub bins: usize,
}

/// How values are distributed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DistributionAnswer {
    /// How many points there are.
    pub count: u64,
    /// The least and the greatest value; none when there is no point.
    pub bounds: Option<(f64, f64)>,
    /// The bins, ascending and without gaps; those between others may be empty.
    pub bins: Vec<Bin>,
}

/// Some of the values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// The least value that belongs to it.
    pub low: f64,
    /// The least value that is too great for it.
    pub high: f64,
    /// How many points have such a value.
    pub count: u64,
}

/// What the edges of bins follow from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The least value above zero; none when no value is.
    pub least_positive: Option<f64>,
}

/// Edges closer to zero than this lose digits.
const NARROWEST: f64 = 1e-300;
/// Mantissas of logarithmic edges within a decade in tenths, the narrowest first.
const MANTISSAS: [&[i64]; 4] =
    [&[10, 12, 15, 20, 25, 30, 40, 50, 60, 80], &[10, 15, 20, 30, 50, 70], &[10, 20, 50], &[10]];

/// Finds the edges of at most so many bins (at least [`MIN_BINS`]): one more than there are bins, ascending. The first
/// is at most the least value, the last is above the greatest.
pub fn edges(bounds: Bounds, scale: Scale, bins: usize) -> Vec<f64> {
    let bins = bins.clamp(MIN_BINS, MAX_BINS);
    let is_positive = bounds.max >= NARROWEST;
    match (scale, bounds.least_positive.filter(|_| is_positive)) {
        (Scale::Logarithmic, Some(least)) => logarithmic(bounds, least.max(NARROWEST), bins),
        (Scale::Logarithmic, None) | (Scale::Linear, _) => linear(bounds, bins),
    }
}

/// Takes multiples of the narrowest 1, 2 or 5 times a power of ten of which few enough reach from end to end.
fn linear(Bounds { min, max, .. }: Bounds, bins: usize) -> Vec<f64> {
    let magnitude = min.abs().max(max.abs());
    let narrowest = if min < max {
        // Narrower than this, edges could not be told apart.
        (max / bins as f64 - min / bins as f64).max(magnitude * 1e-9)
    } else if magnitude > 0.0 {
        magnitude / 10.0
    } else {
        1.0
    };
    let narrowest = narrowest.max(NARROWEST);
    let mut exponent = narrowest.log10().floor() as i32 - 1;
    loop {
        for mantissa in [1, 2, 5] {
            if decimal(mantissa, exponent) < narrowest / 2.0 {
                continue;
            }
            let multiples = multiples(min, max, mantissa, exponent);
            if multiples.len() <= bins + 1 {
                return multiples;
            }
        }
        exponent += 1;
    }
}

/// Returns the multiples of a width from the last that is at most the least value to the first above the greatest.
fn multiples(min: f64, max: f64, mantissa: i64, exponent: i32) -> Vec<f64> {
    let edge = |place: i64| decimal(place * mantissa, exponent);
    let width = edge(1);
    // A quotient is rounded, an edge is what is compared with.
    let mut first = (min / width).floor() as i64;
    while edge(first) > min {
        first -= 1;
    }
    while edge(first + 1) <= min {
        first += 1;
    }
    let mut end = (max / width).floor() as i64 + 1;
    while edge(end) <= max {
        end += 1;
    }
    while edge(end - 1) > max {
        end -= 1;
    }
    (first..=end).map(edge).collect()
}

/// Takes the narrowest steps within decades of which few enough reach from end to end, else steps of whole decades.
fn logarithmic(Bounds { min, max, .. }: Bounds, smallest: f64, bins: usize) -> Vec<f64> {
    let below = (min < smallest).then_some(min);
    let bins = bins - usize::from(below.is_some());
    let (first, last) = (smallest.log10().floor() as i32 - 1, max.log10().floor() as i32 + 1);
    let within = MANTISSAS.into_iter().map(|mantissas| {
        (first..=last)
            .flat_map(|decade| mantissas.iter().map(move |mantissa| decimal(*mantissa, decade - 1)))
            .collect()
    });
    let across = (1..).map(|power| {
        let step = 1 << power;
        let (first, last) = (first.div_euclid(step), last.div_euclid(step) + 1);
        let mut edges: Vec<f64> =
            (first..=last).map(|place| decimal(1, place * step).max(NARROWEST)).collect();
        edges.dedup();
        edges
    });
    let fitting = |candidates: Vec<f64>| {
        let start = candidates.partition_point(|edge| *edge <= smallest).checked_sub(1)?;
        let end = candidates.partition_point(|edge| *edge <= max);
        let edges = candidates.get(start..=end)?;
        (edges.len() <= bins + 1).then(|| edges.to_vec())
    };
    let positive: Vec<f64> = within.chain(across).find_map(fitting).unwrap_or_default();
    below.into_iter().chain(positive).collect()
}

/// Returns the number nearest to an integer times a power of ten, as people read it.
fn decimal(integer: i64, exponent: i32) -> f64 {
    format!("{integer}e{exponent}").parse().unwrap_or(f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Bounds, MAX_BINS, MIN_BINS, Scale, edges};
    use proptest::prelude::*;

    fn of(min: f64, max: f64, scale: Scale, bins: usize) -> Vec<f64> {
        let least_positive = [min, max].into_iter().find(|value| *value > 0.0);
        edges(Bounds { min, max, least_positive }, scale, bins)
    }

    #[test]
    fn edges_are_round() {
        assert_eq!(of(1.0, 9.9, Scale::Linear, 10), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
        assert_eq!(of(0.31, 0.55, Scale::Linear, 5), [0.3, 0.4, 0.5, 0.6]);
        assert_eq!(of(-12.0, 12.0, Scale::Linear, 5), [-20.0, -10.0, 0.0, 10.0, 20.0]);
        assert_eq!(of(0.0, 0.0, Scale::Linear, 20), [0.0, 0.5]);
        assert_eq!(of(42.0, 42.0, Scale::Linear, 20), [40.0, 45.0]);
        assert_eq!(
            of(1.0, 900.0, Scale::Logarithmic, 10),
            [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]
        );
        assert_eq!(of(0.0, 90.0, Scale::Logarithmic, 5), [0.0, 80.0, 100.0]);
        assert_eq!(of(-5.0, -1.0, Scale::Logarithmic, 5), of(-5.0, -1.0, Scale::Linear, 5));
    }

    proptest! {
        #[test]
        fn edges_hold_every_value_in_few_enough_bins(
            mut values in prop::collection::vec(prop_oneof![
                Just(0.0), -1e3..1e3_f64, 1e-3..1e-2_f64, -1e100..1e100_f64, 1e-320..1e-290_f64, 1e15..1e15 + 3.0,
            ], 1..5),
            bins in MIN_BINS..=MAX_BINS,
            scale in prop::sample::select(vec![Scale::Linear, Scale::Logarithmic]),
        ) {
            values.sort_by(f64::total_cmp);
            let (min, max) = (values[0], values[values.len() - 1]);
            let least_positive = values.iter().copied().find(|value| *value > 0.0);
            let edges = edges(Bounds { min, max, least_positive }, scale, bins);
            prop_assert!(edges.len() >= 2 && edges.len() <= bins + 1, "{edges:?}");
            prop_assert!(edges.is_sorted_by(|left, right| left < right), "{edges:?}");
            prop_assert!(edges[0] <= min && edges[edges.len() - 1] > max, "{edges:?}");
            prop_assert!(edges[1] > min, "the first bin is not empty");
            prop_assert!(edges[edges.len() - 2] <= max, "the last bin is not empty");
        }
    }
}
