//! Answers questions for how values are distributed, in two passes over the points: what the edges follow from, then
//! the counts between them.

use crate::{
    config::Config,
    error::AnalyticsError,
    question::{Bin, Bounds, DistributionAnswer, DistributionQuestion, edges},
    scan::{Block, Columns, Need, Snapshot, Task, fold},
};

/// What the first pass finds.
#[derive(Debug, Clone, Copy)]
struct Extent {
    count: u64,
    min: f64,
    max: f64,
    least_positive: f64,
}

impl Extent {
    const NOTHING: Self =
        Self { count: 0, min: f64::INFINITY, max: f64::NEG_INFINITY, least_positive: f64::INFINITY };

    fn add(&mut self, value: f64) {
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if value > 0.0 {
            self.least_positive = self.least_positive.min(value);
        }
    }

    fn merge(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            least_positive: self.least_positive.min(other.least_positive),
        }
    }

    fn bounds(self) -> Option<Bounds> {
        let least_positive = Some(self.least_positive).filter(|least| least.is_finite());
        (self.count > 0).then_some(Bounds { min: self.min, max: self.max, least_positive })
    }
}

/// Counts points by their values.
pub(crate) fn distribution(
    snapshot: &Snapshot,
    question: &DistributionQuestion,
    config: &Config,
) -> Result<DistributionAnswer, AnalyticsError> {
    let DistributionQuestion { series, from, to, scale, bins } = question;
    if from >= to {
        return Ok(DistributionAnswer::default());
    }
    let columns = Columns { series: false, instants: true, values: true };
    let need = Need { series, from: from.0, last: to.0 - 1, columns };
    let tasks = Task::list(snapshot, &need);
    let threads = config.question_threads();

    let extents = fold(
        &tasks,
        threads,
        || Extent::NOTHING,
        |extent, task| task.scan(&need, &mut |block| visit(&need, block, |value| extent.add(value))),
    )?;
    let extent = extents.into_iter().fold(Extent::NOTHING, Extent::merge);
    let Some(bounds) = extent.bounds() else { return Ok(DistributionAnswer::default()) };

    let edges = edges(bounds, *scale, *bins);
    let parts = fold(
        &tasks,
        threads,
        || vec![0_u64; edges.len() - 1],
        |counts, task| {
            task.scan(&need, &mut |block| {
                visit(&need, block, |value| counts[edges.partition_point(|edge| *edge <= value) - 1] += 1);
            })
        },
    )?;
    let bin_of = |(place, pair): (usize, &[f64])| Bin {
        low: pair[0],
        high: pair[1],
        count: parts.iter().map(|counts| counts[place]).sum(),
    };
    Ok(DistributionAnswer {
        count: extent.count,
        bounds: Some((bounds.min, bounds.max)),
        bins: edges.windows(2).enumerate().map(bin_of).collect(),
    })
}

/// Calls back for each value whose instant is needed.
fn visit(need: &Need<'_>, block: Block<'_>, mut visit: impl FnMut(f64)) {
    for (instant, value) in block.instants.iter().zip(block.values) {
        if *instant >= need.from && *instant <= need.last {
            visit(*value);
        }
    }
}
