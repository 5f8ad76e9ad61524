//! Answers chart questions.

use crate::{
    aggregate::Aggregate,
    config::Config,
    error::AnalyticsError,
    question::{ChartBucket, ChartQuestion, MAX_BUCKETS},
    scan::{Block, Columns, Need, Snapshot, Task, fold},
};
use std::ops::Range;
use tracely_core::time::Timestamp;

/// The most values that all buckets of a chart keep for exact percentiles, in each thread: 32 MB.
const KEPT_VALUES: usize = 4_000_000;

/// The buckets of a question.
pub(crate) struct Grid {
    /// The first instant.
    pub(crate) from: i64,
    /// The last instant; included.
    pub(crate) last: i64,
    /// The start of the first bucket.
    start: i64,
    width: i64,
    /// How many buckets there are.
    pub(crate) buckets: usize,
    /// Values of a bucket up to which its percentiles are exact.
    pub(crate) exact_limit: usize,
}

/// Answers a chart question from a snapshot.
pub(crate) fn chart(
    snapshot: &Snapshot,
    question: &ChartQuestion,
    config: &Config,
) -> Result<Vec<ChartBucket>, AnalyticsError> {
    let ChartQuestion { from, to, width, offset, .. } = *question;
    let Some(grid) = Grid::new((from, to), width, offset, 1, config)? else { return Ok(Vec::new()) };
    let columns = Columns { series: false, instants: true, values: true };
    let need = Need { series: &question.series, from: grid.from, last: grid.last, columns };
    let tasks = Task::list(snapshot, &need);
    let parts = fold(
        &tasks,
        config.question_threads(),
        || vec![Aggregate::default(); grid.buckets],
        |aggregates, task| task.scan(&need, &mut |block| grid.add(aggregates, block)),
    )?;
    let whole = parts.into_iter().reduce(|whole, part| grid.merge(whole, part)).unwrap_or_default();
    let buckets = whole.into_iter().enumerate();
    Ok(buckets.filter_map(|(place, aggregate)| aggregate.finish(grid.start_of(place))).collect())
}

impl Grid {
    /// Lays the buckets out for so many groups; none if the span is empty.
    pub(crate) fn new(
        (Timestamp(from), Timestamp(to)): (Timestamp, Timestamp),
        width: i64,
        offset: i64,
        groups: usize,
        config: &Config,
    ) -> Result<Option<Self>, AnalyticsError> {
        if width <= 0 {
            return Err(AnalyticsError::BucketWidth);
        }
        if from >= to {
            return Ok(None);
        }
        let offset = offset.rem_euclid(width);
        let start =
            (from.saturating_sub(offset)).div_euclid(width).saturating_mul(width).saturating_add(offset);
        let buckets = (i128::from(to - 1) - i128::from(start)) / i128::from(width) + 1;
        let (limit, groups) = (MAX_BUCKETS, groups.max(1));
        let few_enough = |buckets: &usize| buckets.saturating_mul(groups) <= limit;
        let buckets = usize::try_from(buckets).ok().filter(few_enough);
        let buckets = buckets.ok_or(AnalyticsError::TooManyBuckets { limit })?;
        let exact_limit = config.exact_limit.min(KEPT_VALUES / (buckets * groups));
        Ok(Some(Self { from, last: to - 1, start, width, buckets, exact_limit }))
    }

    fn add(&self, aggregates: &mut [Aggregate], block: Block<'_>) {
        self.runs(block.instants, |place, rows| aggregates[place].add(&block.values[rows], self.exact_limit));
    }

    /// Calls back for each run of points that follow each other in the same bucket, with its place.
    pub(crate) fn runs(&self, instants: &[i64], mut visit: impl FnMut(usize, Range<usize>)) {
        let mut row = 0;
        while row < instants.len() {
            let instant = instants[row];
            if instant < self.from || instant > self.last {
                row += 1;
                continue;
            }
            let place = ((instant - self.start) / self.width) as usize;
            let lower = self.start_of(place).0.max(self.from);
            let upper = self.start_of(place + 1).0.min(self.last.saturating_add(1));
            let run =
                instants[row..].iter().take_while(|instant| **instant >= lower && **instant < upper).count();
            visit(place, row..row + run);
            row += run;
        }
    }

    fn merge(&self, mut whole: Vec<Aggregate>, part: Vec<Aggregate>) -> Vec<Aggregate> {
        for (aggregate, more) in whole.iter_mut().zip(part) {
            aggregate.merge(more, self.exact_limit);
        }
        whole
    }

    /// Returns where a bucket begins.
    pub(crate) fn start_of(&self, place: usize) -> Timestamp {
        Timestamp(self.width.saturating_mul(place as i64).saturating_add(self.start))
    }
}
