//! The aggregate of one bucket while it grows.

use crate::{
    question::{ChartBucket, Statistics},
    sketch::Sketch,
};
use tracely_core::time::Timestamp;

/// Values added up plainly before the sum is compensated.
const PLAIN_SUM: usize = 32;
const QUANTILES: [f64; 4] = [0.50, 0.90, 0.95, 0.99];

/// Count, bounds, sum and spread of the values of a bucket; parts of one bucket merge.
#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    count: u64,
    min: f64,
    max: f64,
    sum: f64,
    /// What the sum lost to rounding (Neumaier's summation).
    lost: f64,
    spread: Spread,
}

#[derive(Debug, Clone)]
enum Spread {
    /// All values, unsorted; never more than the exact limit.
    Exact(Vec<f64>),
    Sketched(Sketch),
}

impl Default for Aggregate {
    fn default() -> Self {
        Self {
            count: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: 0.0,
            lost: 0.0,
            spread: Spread::Exact(Vec::new()),
        }
    }
}

impl Aggregate {
    /// Adds values; percentiles stay exact up to `exact_limit` of them.
    pub(crate) fn add(&mut self, values: &[f64], exact_limit: usize) {
        self.count += values.len() as u64;
        for part in values.chunks(PLAIN_SUM) {
            self.add_to_sum(part.iter().sum());
            for value in part {
                self.min = if *value < self.min { *value } else { self.min };
                self.max = if *value > self.max { *value } else { self.max };
            }
        }
        self.add_to_spread(values, exact_limit);
    }

    /// Adds what another part of the bucket gathered.
    pub(crate) fn merge(&mut self, other: Self, exact_limit: usize) {
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.add_to_sum(other.sum);
        self.lost += other.lost;
        match other.spread {
            Spread::Exact(values) => self.add_to_spread(&values, exact_limit),
            Spread::Sketched(sketch) => self.merge_sketch(sketch),
        }
    }

    /// Returns the finished bucket; none if it is empty.
    pub(crate) fn finish(&self, start: Timestamp) -> Option<ChartBucket> {
        let Statistics { count, min, max, avg, p50, p95, p99, .. } = self.statistics(0.0)?;
        Some(ChartBucket { start, count, min, max, avg, p50, p95, p99 })
    }

    /// Returns everything that sums up the values, and the last of them as it is given; none if there are none.
    pub(crate) fn statistics(&self, last: f64) -> Option<Statistics> {
        let Self { count, min, max, .. } = *self;
        if count == 0 {
            return None;
        }
        let [p50, p90, p95, p99] = self.percentiles().map(|value| value.clamp(min, max));
        let sum = self.sum + self.lost;
        Some(Statistics { count, min, max, avg: sum / count as f64, sum, p50, p90, p95, p99, last })
    }

    fn percentiles(&self) -> [f64; 4] {
        let positions = QUANTILES.map(|quantile| quantile * (self.count - 1) as f64);
        let [p50, p90, p95, p99] =
            positions.map(|position| (position.floor() as u64, position.ceil() as u64));
        let ranks = [p50.0, p50.1, p90.0, p90.1, p95.0, p95.1, p99.0, p99.1];
        let found = match &self.spread {
            Spread::Exact(values) => {
                let mut sorted = values.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                ranks.map(|rank| sorted[rank as usize])
            }
            Spread::Sketched(sketch) => sketch.at_ranks(ranks),
        };
        [0, 1, 2, 3].map(|place| {
            let (low, high) = (found[2 * place], found[2 * place + 1]);
            let share = positions[place].fract();
            low * (1.0 - share) + high * share
        })
    }

    fn add_to_spread(&mut self, values: &[f64], exact_limit: usize) {
        match &mut self.spread {
            Spread::Exact(kept) if kept.len() + values.len() <= exact_limit => kept.extend_from_slice(values),
            Spread::Exact(kept) => {
                let mut sketch = Sketch::default();
                kept.iter().chain(values).for_each(|value| sketch.add(*value));
                self.spread = Spread::Sketched(sketch);
            }
            Spread::Sketched(sketch) => values.iter().for_each(|value| sketch.add(*value)),
        }
    }

    fn merge_sketch(&mut self, mut sketch: Sketch) {
        match &self.spread {
            Spread::Exact(kept) => kept.iter().for_each(|value| sketch.add(*value)),
            Spread::Sketched(other) => sketch.merge(other),
        }
        self.spread = Spread::Sketched(sketch);
    }

    fn add_to_sum(&mut self, term: f64) {
        let sum = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() { self.sum - sum + term } else { term - sum + self.sum };
        self.sum = sum;
    }
}
