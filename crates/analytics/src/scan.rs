//! How a question walks over the points: in blocks, in parallel, without a lock.

use crate::{
    error::AnalyticsError,
    segment::{RowGroup, SegmentFile},
    series_set::SeriesSet,
    tail::{Entry, Run, Span},
};
use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// Below this many rows a second thread costs more than it saves.
const ROWS_WORTH_A_THREAD: u64 = 100_000;

/// Some consecutive points; every slice that was needed has the same length, the others are empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(crate) series: &'a [u32],
    pub(crate) instants: &'a [i64],
    pub(crate) values: &'a [f64],
}

/// Which columns a visitor looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    pub(crate) series: bool,
    pub(crate) instants: bool,
    pub(crate) values: bool,
}

/// What a visitor wants to see.
///
/// The blocks hold points of these series only; of the instants outside, only some are left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need<'a> {
    pub(crate) series: &'a SeriesSet,
    /// The first instant.
    pub(crate) from: i64,
    /// The last instant; included, so that no bound can be said.
    pub(crate) last: i64,
    pub(crate) columns: Columns,
}

impl Need<'_> {
    /// Says whether the span may hold a needed point.
    pub(crate) fn meets(&self, span: &Span) -> bool {
        span.min_instant <= self.last
            && span.max_instant >= self.from
            && self.series.meets(span.min_series, span.max_series)
    }

    /// Says whether all instants of the span are needed.
    pub(crate) fn encloses(&self, span: &Span) -> bool {
        span.min_instant >= self.from && span.max_instant <= self.last
    }

    /// Says whether all series of the span are needed.
    pub(crate) fn covers(&self, span: &Span) -> bool {
        self.series.covers(span.min_series, span.max_series)
    }
}

/// Returns the rows of a sorted column whose series are in the set, as ranges in order.
pub(crate) fn matching_ranges(sorted: &[u32], set: &SeriesSet) -> Vec<Range<usize>> {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let wanted = set.within(*first, *last);
    let few = wanted.len() * 32 < sorted.len();
    if few { search_each(sorted, wanted) } else { walk(sorted, set) }
}

fn search_each(sorted: &[u32], wanted: &[u32]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    for series in wanted {
        let start = from + sorted[from..].partition_point(|other| other < series);
        let end = start + sorted[start..].partition_point(|other| other == series);
        push_range(&mut ranges, start..end);
        from = end;
    }
    ranges
}

fn walk(sorted: &[u32], set: &SeriesSet) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for same in sorted.chunk_by(|left, right| left == right) {
        let end = start + same.len();
        if set.holds(same[0]) {
            push_range(&mut ranges, start..end);
        }
        start = end;
    }
    ranges
}

fn push_range(ranges: &mut Vec<Range<usize>>, rows: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end == rows.start => last.end = rows.end,
        _ if rows.is_empty() => {}
        _ => ranges.push(rows),
    }
}

/// What one question sees, whatever happens meanwhile.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// In no particular order.
    pub(crate) segments: Vec<Arc<SegmentFile>>,
    /// In the order of the log.
    pub(crate) runs: Vec<Arc<Run>>,
    /// In the order of the log, after the runs.
    pub(crate) fresh: Vec<Arc<Entry>>,
}

/// A piece of work that one thread does at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task<'a> {
    /// One row group of a segment.
    Group(&'a SegmentFile, &'a RowGroup),
    /// One sorted run of the tail.
    Run(&'a Run),
    /// The unsorted end of the tail.
    Fresh(&'a [Arc<Entry>]),
}

impl<'a> Task<'a> {
    /// Lists the work that a question needs.
    pub(crate) fn list(snapshot: &'a Snapshot, need: &Need<'_>) -> Vec<Self> {
        let segments = snapshot.segments.iter().filter(|segment| need.meets(&segment.span()));
        let groups = segments.flat_map(|segment| {
            let groups = segment.groups().iter().filter(|group| need.meets(&group.span));
            groups.map(|group| Self::Group(segment, group))
        });
        let runs = snapshot.runs.iter().filter(|run| need.meets(&run.span)).map(|run| Self::Run(run));
        let fresh = Some(Self::Fresh(&snapshot.fresh)).filter(|_| !snapshot.fresh.is_empty());
        groups.chain(runs).chain(fresh).collect()
    }

    /// Returns the number of rows to walk over.
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Self::Group(_, group) => group.rows as u64,
            Self::Run(run) => run.columns.len() as u64,
            Self::Fresh(entries) => entries.iter().map(|entry| entry.columns.len() as u64).sum(),
        }
    }

    /// Shows the needed points to the visitor.
    pub(crate) fn scan(
        &self,
        need: &Need<'_>,
        visit: &mut dyn FnMut(Block<'_>),
    ) -> Result<(), AnalyticsError> {
        match self {
            Self::Group(segment, group) => return segment.scan(group, need, visit),
            Self::Run(run) => run.scan(need, visit),
            Self::Fresh(entries) => entries.iter().for_each(|entry| entry.scan(need, visit)),
        }
        Ok(())
    }
}

/// Does the tasks on up to so many threads; each thread folds its share, taken in order, into a part of its own.
/// Stops at the first error.
pub(crate) fn fold<P: Send>(
    tasks: &[Task<'_>],
    threads: usize,
    start: impl Fn() -> P + Sync,
    step: impl Fn(&mut P, &Task<'_>) -> Result<(), AnalyticsError> + Sync,
) -> Result<Vec<P>, AnalyticsError> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let work = || {
        let mut part = start();
        while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            if failed.load(Ordering::Relaxed) {
                break;
            }
            step(&mut part, task).inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
        }
        Ok(part)
    };
    let rows: u64 = tasks.iter().map(Task::rows).sum();
    let worthwhile = usize::try_from(rows / ROWS_WORTH_A_THREAD).unwrap_or(usize::MAX);
    let helpers = threads.min(tasks.len()).min(worthwhile).saturating_sub(1);
    if helpers == 0 {
        return Ok(vec![work()?]);
    }
    let parts = Mutex::new(Vec::with_capacity(helpers + 1));
    let collect = || {
        let part = work();
        parts.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    };
    thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(collect);
        }
        collect();
    });
    parts.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
}
