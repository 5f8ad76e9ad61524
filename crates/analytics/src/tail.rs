//! The tail: points that no segment holds yet.
//!
//! Points arrive as the entries of the log and are first kept as they came.
//! Once enough of them have gathered they are sorted into a **run**, where one series is found by binary search;
//! so a question looks at a bounded number of unsorted points.

use crate::scan::{Block, Need, matching_ranges};
use std::{ops::Range, sync::Arc};
use tracely_core::{metric::PointBatch, time::DAY};

fn block_of(batch: &PointBatch, rows: Range<usize>) -> Block<'_> {
    Block {
        series: &batch.series[rows.clone()],
        instants: &batch.instants[rows.clone()],
        values: &batch.values[rows],
    }
}

/// The smallest and largest series and instant of some points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) min_series: u32,
    pub(crate) max_series: u32,
    pub(crate) min_instant: i64,
    pub(crate) max_instant: i64,
}

impl Span {
    /// Measures points; none if there are none.
    pub(crate) fn of(series: &[u32], instants: &[i64]) -> Option<Self> {
        Some(Self {
            min_series: *series.iter().min()?,
            max_series: *series.iter().max()?,
            min_instant: *instants.iter().min()?,
            max_instant: *instants.iter().max()?,
        })
    }

    /// Returns the bounds of both.
    pub(crate) fn joined(self, other: Self) -> Self {
        Self {
            min_series: self.min_series.min(other.min_series),
            max_series: self.max_series.max(other.max_series),
            min_instant: self.min_instant.min(other.min_instant),
            max_instant: self.max_instant.max(other.max_instant),
        }
    }
}

/// One log entry as it arrived.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) span: Span,
    pub(crate) columns: Arc<PointBatch>,
}

impl Entry {
    /// Shows the entry's needed points to the visitor, in arrival order.
    pub(crate) fn scan(&self, need: &Need<'_>, visit: &mut dyn FnMut(Block<'_>)) {
        if !need.meets(&self.span) {
            return;
        }
        if need.covers(&self.span) {
            visit(block_of(&self.columns, 0..self.columns.len()));
            return;
        }
        let series = &self.columns.series;
        let mut row = 0;
        while row < series.len() {
            let start = row;
            while row < series.len() && need.series.holds(series[row]) {
                row += 1;
            }
            if start < row {
                visit(block_of(&self.columns, start..row));
            } else {
                row += 1;
            }
        }
    }
}

/// Points sorted by series and instant; those equal in both keep the order in which they arrived.
#[derive(Debug)]
pub(crate) struct Run {
    /// Counts up, so that a flush can say which runs it wrote.
    pub(crate) id: u64,
    pub(crate) span: Span,
    pub(crate) columns: PointBatch,
}

impl Run {
    /// Sorts entries, given in the order of the log, into a run; none if they hold no point.
    pub(crate) fn sort(id: u64, entries: &[Arc<Entry>]) -> Option<Self> {
        let points = entries.iter().map(|entry| entry.columns.len()).sum();
        let mut arrived = PointBatch::with_capacity(points);
        for entry in entries {
            arrived.series.extend_from_slice(&entry.columns.series);
            arrived.instants.extend_from_slice(&entry.columns.instants);
            arrived.values.extend_from_slice(&entry.columns.values);
        }
        let span = Span::of(&arrived.series, &arrived.instants)?;
        let keys = arrived.series.iter().zip(&arrived.instants).enumerate();
        let mut order: Vec<(u32, i64, usize)> =
            keys.map(|(place, (series, instant))| (*series, *instant, place)).collect();
        order.sort_unstable();
        let mut columns = PointBatch::with_capacity(points);
        for (series, instant, place) in order {
            columns.push_row(series, instant, arrived.values[place]);
        }
        Some(Self { id, span, columns })
    }

    /// Shows the run's needed points to the visitor, in order.
    pub(crate) fn scan(&self, need: &Need<'_>, visit: &mut dyn FnMut(Block<'_>)) {
        if !need.meets(&self.span) {
            return;
        }
        if need.covers(&self.span) {
            visit(block_of(&self.columns, 0..self.columns.len()));
            return;
        }
        for rows in matching_ranges(&self.columns.series, need.series) {
            visit(block_of(&self.columns, rows));
        }
    }

    /// Returns the days since the epoch on which the run has points, ascending, with those points in order.
    pub(crate) fn days(&self) -> Vec<(i64, PointBatch)> {
        let mut days: std::collections::BTreeMap<i64, PointBatch> = std::collections::BTreeMap::new();
        let PointBatch { series, instants, values } = &self.columns;
        for ((series, instant), value) in series.iter().zip(instants).zip(values) {
            days.entry(instant.div_euclid(DAY)).or_default().push_row(*series, *instant, *value);
        }
        days.into_iter().collect()
    }

    /// Says on which day all points lie; none if they lie on several.
    pub(crate) fn single_day(&self) -> Option<i64> {
        let first = self.span.min_instant.div_euclid(DAY);
        (first == self.span.max_instant.div_euclid(DAY)).then_some(first)
    }
}
