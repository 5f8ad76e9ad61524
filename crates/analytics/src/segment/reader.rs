//! Reads the points of a segment.

use super::{SegmentFile, column::Column, footer::RowGroup, schema};
use crate::{
    error::AnalyticsError,
    scan::{Block, Need, matching_ranges},
};
use parquet::data_type::{DoubleType, Int32Type, Int64Type};
use std::{fs::File, iter, ops::Range, slice, sync::Arc};
use tracely_core::metric::PointBatch;

/// The columns of one row group, read side by side.
struct GroupColumns<'a> {
    series: Column<'a, Int32Type>,
    instants: Column<'a, Int64Type>,
    values: Column<'a, DoubleType>,
}

impl SegmentFile {
    fn columns(&self, group: &RowGroup) -> Result<GroupColumns<'_>, AnalyticsError> {
        let name = self.segment.file.as_str();
        let opened = File::open(&self.path);
        let file = opened.map_err(|source| AnalyticsError::Read { file: name.to_owned(), source })?;
        let file = Arc::new(file);
        let [series, instants, values] = group.chunks;
        Ok(GroupColumns {
            series: Column::new(name, Arc::clone(&file), schema::SERIES, series, group.rows),
            instants: Column::new(name, Arc::clone(&file), schema::INSTANT, instants, group.rows),
            values: Column::new(name, file, schema::VALUE, values, group.rows),
        })
    }

    /// Shows the needed points of a row group to the visitor, in order, decoding some thousands at a time.
    pub(crate) fn scan(
        &self,
        group: &RowGroup,
        need: &Need<'_>,
        visit: &mut dyn FnMut(Block<'_>),
    ) -> Result<(), AnalyticsError> {
        if !need.meets(&group.span) {
            return Ok(());
        }
        let mut columns = self.columns(group)?;
        let covered = need.covers(&group.span);
        let enclosed = need.encloses(&group.span);
        let Need { columns: wanted, .. } = need;
        let (mut signed, mut series, mut instants, mut values) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for rows in pages(group.rows) {
            let count = rows.len();
            if wanted.series || !covered {
                columns.series.read(count, &mut signed)?;
                unsigned(&signed, &mut series);
            }
            let ranges =
                if covered { iter::once(0..count).collect() } else { matching_ranges(&series, need.series) };
            if ranges.is_empty() {
                columns.instants.skip(count);
                columns.values.skip(count);
                continue;
            }
            if wanted.instants || !enclosed {
                columns.instants.read(count, &mut instants)?;
            }
            if wanted.values && (enclosed || any_inside(&instants, &ranges, need)) {
                columns.values.read(count, &mut values)?;
            } else if wanted.values {
                columns.values.skip(count);
                continue;
            }
            for range in ranges {
                visit(Block {
                    series: part(&series, &range),
                    instants: part(&instants, &range),
                    values: part(&values, &range),
                });
            }
        }
        Ok(())
    }
}

/// Returns the rows of each page, in order; the pages of all columns hold the same rows.
fn pages(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(schema::PAGE_ROWS).map(move |start| start..rows.min(start + schema::PAGE_ROWS))
}

fn unsigned(signed: &[i32], series: &mut Vec<u32>) {
    series.clear();
    series.extend(signed.iter().map(|number| number.cast_unsigned()));
}

fn any_inside(instants: &[i64], ranges: &[Range<usize>], need: &Need<'_>) -> bool {
    let inside = |instant: &i64| *instant >= need.from && *instant <= need.last;
    ranges.iter().any(|range| instants[range.clone()].iter().any(inside))
}

/// Returns a part of a column; nothing of a column that was not read.
fn part<'a, T>(column: &'a [T], range: &Range<usize>) -> &'a [T] {
    column.get(range.clone()).unwrap_or_default()
}

/// All points of a segment in order, page by page; at most one row group is in memory, packed.
pub(crate) struct SegmentRows<'a> {
    segment: &'a SegmentFile,
    /// The row groups not yet begun.
    groups: slice::Iter<'a, RowGroup>,
    /// The row group being read, and its rows left.
    current: Option<(GroupColumns<'a>, usize)>,
}

impl<'a> SegmentRows<'a> {
    /// Starts at the first point.
    pub(crate) fn new(segment: &'a SegmentFile) -> Self {
        Self { segment, groups: segment.groups.iter(), current: None }
    }

    /// Returns the next points; none at the end.
    pub(crate) fn next_points(&mut self) -> Result<Option<PointBatch>, AnalyticsError> {
        let (mut columns, left) = match self.current.take() {
            Some(current) => current,
            None => match self.groups.next() {
                Some(group) => (self.segment.columns(group)?, group.rows),
                None => return Ok(None),
            },
        };
        let count = schema::PAGE_ROWS.min(left);
        let (mut signed, mut points) = (Vec::new(), PointBatch::default());
        columns.series.read(count, &mut signed)?;
        columns.instants.read(count, &mut points.instants)?;
        columns.values.read(count, &mut points.values)?;
        unsigned(&signed, &mut points.series);
        self.current = Some((columns, left - count)).filter(|_| left > count);
        Ok(Some(points))
    }
}
