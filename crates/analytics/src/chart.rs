//! Answers chart questions.

use crate::{
    aggregate::Aggregate,
    config::Config,
    error::AnalyticsError,
    question::{ChartBucket, ChartQuestion},
    scan::{Block, Columns, Need, Snapshot, Task, fold},
};
use tracely_core::time::Timestamp;

/// The most buckets of a chart.
const BUCKETS: usize = 50_000;
/// The most values that all buckets of a chart keep for exact percentiles, in each thread: 32 MB.
const KEPT_VALUES: usize = 4_000_000;

/// The buckets of a question.
struct Grid {
    from: i64,
    last: i64,
    /// The start of the first bucket.
    start: i64,
    width: i64,
    buckets: usize,
    exact_limit: usize,
}

/// Answers a chart question from a snapshot.
pub(crate) fn chart(
    snapshot: &Snapshot,
    question: &ChartQuestion,
    config: &Config,
) -> Result<Vec<ChartBucket>, AnalyticsError> {
    let Some(grid) = Grid::new(question, config)? else { return Ok(Vec::new()) };
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
    /// Lays the buckets out; none if the span is empty.
    fn new(question: &ChartQuestion, config: &Config) -> Result<Option<Self>, AnalyticsError> {
        let ChartQuestion { from: Timestamp(from), to: Timestamp(to), width, offset, .. } = *question;
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
        let buckets = usize::try_from(buckets).ok().filter(|buckets| *buckets <= BUCKETS);
        let buckets = buckets.ok_or(AnalyticsError::TooManyBuckets { limit: BUCKETS })?;
        let exact_limit = config.exact_limit.min(KEPT_VALUES / buckets);
        Ok(Some(Self { from, last: to - 1, start, width, buckets, exact_limit }))
    }

    /// Adds points, run by run of those that follow each other in the same bucket.
    fn add(&self, aggregates: &mut [Aggregate], block: Block<'_>) {
        let Block { instants, values, .. } = block;
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
            aggregates[place].add(&values[row..row + run], self.exact_limit);
            row += run;
        }
    }

    fn merge(&self, mut whole: Vec<Aggregate>, part: Vec<Aggregate>) -> Vec<Aggregate> {
        for (aggregate, more) in whole.iter_mut().zip(part) {
            aggregate.merge(more, self.exact_limit);
        }
        whole
    }

    fn start_of(&self, place: usize) -> Timestamp {
        Timestamp(self.width.saturating_mul(place as i64).saturating_add(self.start))
    }
}
