//! Answers questions for pages of points.

use crate::{
    config::Config,
    error::AnalyticsError,
    question::{PointsAnswer, PointsQuestion},
    ranking::{Rank, Ranking},
    scan::{Block, Columns, Need, Snapshot, Task, fold},
    tail::Span,
};
use std::{
    cmp::Reverse,
    sync::atomic::{AtomicU64, Ordering},
};

/// The question with its bounds spelled out.
struct Page<'a> {
    question: &'a PointsQuestion,
    ranking: Ranking,
    min_value: f64,
    max_value: f64,
    /// The number of first points to find: those left out and those returned.
    depth: usize,
    /// No point whose rank begins with more than this can be on the page; falls while threads find points.
    worst: AtomicU64,
}

/// What one thread found.
#[derive(Default)]
struct Found {
    total: u64,
    /// The best ranks so far, unsorted, at most twice the depth.
    ranks: Vec<Rank>,
}

/// Answers a points question from a snapshot.
pub(crate) fn points(
    snapshot: &Snapshot,
    question: &PointsQuestion,
    config: &Config,
) -> Result<PointsAnswer, AnalyticsError> {
    let page = Page::new(question, config.page_depth)?;
    let need = page.need();
    let mut tasks = Task::list(snapshot, &need);
    tasks.sort_by_cached_key(|task| (page.best(task), Reverse(task.rows())));
    let parts = fold(&tasks, config.question_threads(), Found::default, |found, task| {
        page.visit(&need, found, task)
    })?;
    let total = parts.iter().map(|found| found.total).sum();
    let mut ranks: Vec<Rank> = parts.into_iter().flat_map(|found| found.ranks).collect();
    ranks.sort_unstable();
    let rows = ranks.into_iter().skip(question.offset).take(question.limit);
    Ok(PointsAnswer { rows: rows.map(|rank| page.ranking.point(rank)).collect(), total })
}

impl<'a> Page<'a> {
    fn new(question: &'a PointsQuestion, limit: usize) -> Result<Self, AnalyticsError> {
        let depth = if question.limit == 0 { 0 } else { question.offset.saturating_add(question.limit) };
        if depth > limit {
            return Err(AnalyticsError::PageTooDeep { limit });
        }
        Ok(Self {
            question,
            ranking: Ranking { order: question.order, descending: question.descending },
            min_value: question.min_value.unwrap_or(f64::NEG_INFINITY),
            max_value: question.max_value.unwrap_or(f64::INFINITY),
            depth,
            worst: AtomicU64::new(u64::MAX),
        })
    }

    fn need(&self) -> Need<'a> {
        let from = self.question.from.map_or(i64::MIN, |from| from.0);
        // No instant is below the smallest integer, so a bound there leaves nothing, like `from` above `last`.
        let (from, last) = match self.question.to {
            None => (from, i64::MAX),
            Some(to) => to.0.checked_sub(1).map_or((i64::MAX, i64::MIN), |last| (from, last)),
        };
        let columns = Columns { series: true, instants: true, values: true };
        Need { series: &self.question.series, from, last, columns }
    }

    /// Returns the first part of the best rank that a point of the task can have.
    fn best(&self, task: &Task<'_>) -> u64 {
        let unbounded = (f64::NEG_INFINITY, f64::INFINITY);
        let (span, values) = match task {
            Task::Group(_, group) => (Some(group.span), (group.min_value, group.max_value)),
            Task::Run(run) => (Some(run.span), unbounded),
            Task::Fresh(entries) => (entries.iter().map(|entry| entry.span).reduce(Span::joined), unbounded),
        };
        let instants = span.map_or((i64::MIN, i64::MAX), |span| (span.min_instant, span.max_instant));
        self.ranking.best(instants, values)
    }

    fn visit(&self, need: &Need<'_>, found: &mut Found, task: &Task<'_>) -> Result<(), AnalyticsError> {
        if let Task::Group(_, group) = task
            && (group.max_value < self.min_value || group.min_value > self.max_value)
        {
            return Ok(());
        }
        if self.depth == 0 || self.best(task) > self.worst.load(Ordering::Relaxed) {
            return self.count(need, found, task);
        }
        task.scan(need, &mut |block| self.collect(need, found, block))
    }

    /// Counts the points of a task none of which is on the page, with as few columns as possible.
    fn count(&self, need: &Need<'_>, found: &mut Found, task: &Task<'_>) -> Result<(), AnalyticsError> {
        let (enclosed, admitted) = match task {
            Task::Group(_, group) => {
                (need.encloses(&group.span), self.admits(group.min_value, group.max_value))
            }
            Task::Run(run) => (need.encloses(&run.span), self.admits_all()),
            Task::Fresh(_) => (false, self.admits_all()),
        };
        if let Task::Group(_, group) = task
            && enclosed
            && admitted
            && need.covers(&group.span)
        {
            found.total += group.rows as u64;
            return Ok(());
        }
        let columns = Columns { series: enclosed && admitted, instants: !enclosed, values: !admitted };
        let need = Need { columns, ..*need };
        task.scan(&need, &mut |block| {
            let Block { series, instants, values } = block;
            let rows = series.len().max(instants.len()).max(values.len());
            let counted = if enclosed && admitted {
                rows
            } else {
                let inside =
                    |row: &usize| enclosed || instants[*row] >= need.from && instants[*row] <= need.last;
                let chosen = |row: &usize| admitted || self.admits(values[*row], values[*row]);
                (0..rows).filter(|row| inside(row) && chosen(row)).count()
            };
            found.total += counted as u64;
        })
    }

    fn collect(&self, need: &Need<'_>, found: &mut Found, block: Block<'_>) {
        let Block { series, instants, values } = block;
        let mut worst = self.worst.load(Ordering::Relaxed);
        for ((series, instant), value) in series.iter().zip(instants).zip(values) {
            if *instant < need.from || *instant > need.last || !self.admits(*value, *value) {
                continue;
            }
            found.total += 1;
            let rank = self.ranking.rank(*series, *instant, *value);
            if rank[0] > worst {
                continue;
            }
            found.ranks.push(rank);
            if found.ranks.len() >= self.depth.saturating_mul(2).max(1024) {
                found.ranks.select_nth_unstable(self.depth - 1);
                found.ranks.truncate(self.depth);
                let edge = found.ranks[self.depth - 1][0];
                worst = self.worst.fetch_min(edge, Ordering::Relaxed).min(edge);
            }
        }
    }

    /// Says whether all values between these two are asked for.
    fn admits(&self, min: f64, max: f64) -> bool {
        min >= self.min_value && max <= self.max_value
    }

    fn admits_all(&self) -> bool {
        self.admits(f64::NEG_INFINITY, f64::INFINITY)
    }
}
