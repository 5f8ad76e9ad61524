//! Merges sorted sources into one order.

use crate::{
    error::AnalyticsError,
    segment::{SegmentRows, SegmentWriter},
};
use std::{borrow::Cow, cmp::Reverse, collections::BinaryHeap};
use tracely_core::metric::PointBatch;

/// A place in one sorted source.
pub(crate) struct Cursor<'a> {
    points: Cow<'a, PointBatch>,
    row: usize,
    rest: Option<SegmentRows<'a>>,
}

/// Orders points across sources; the last part is the place of the source, so that earlier sources come first.
type Key = (u32, i64, usize);

impl<'a> Cursor<'a> {
    /// Starts at the first of some sorted points.
    pub(crate) fn of_points(points: Cow<'a, PointBatch>) -> Self {
        Self { points, row: 0, rest: None }
    }

    /// Starts at the first point of a segment.
    pub(crate) fn of_segment(rows: SegmentRows<'a>) -> Self {
        Self { points: Cow::Owned(PointBatch::default()), row: 0, rest: Some(rows) }
    }

    /// Returns the key of the current point, loading points as needed; none at the end.
    fn key(&mut self, source: usize) -> Result<Option<Key>, AnalyticsError> {
        if self.row == self.points.len() {
            let next = match &mut self.rest {
                Some(rest) => rest.next_points()?,
                None => None,
            };
            let Some(points) = next else { return Ok(None) };
            self.points = Cow::Owned(points);
            self.row = 0;
        }
        Ok(self.points.series.get(self.row).map(|series| (*series, self.points.instants[self.row], source)))
    }

    /// Shows the points up to the next key of another source.
    fn show_until(
        &mut self,
        source: usize,
        next: Option<Key>,
        visitor: &mut impl Visit,
    ) -> Result<bool, AnalyticsError> {
        let PointBatch { series, instants, values } = self.points.as_ref();
        let start = self.row;
        let end = match next {
            None => series.len(),
            Some(next) => {
                let rows = series[start..].iter().zip(&instants[start..]);
                start + rows.take_while(|(series, instant)| (**series, **instant, source) < next).count()
            }
        };
        self.row = end;
        visitor.visit(&series[start..end], &instants[start..end], &values[start..end])
    }
}

/// Whoever is shown sorted points.
pub(crate) trait Visit {
    /// Takes the next points; says whether there may be more.
    fn visit(&mut self, series: &[u32], instants: &[i64], values: &[f64]) -> Result<bool, AnalyticsError>;
}

impl Visit for SegmentWriter {
    fn visit(&mut self, series: &[u32], instants: &[i64], values: &[f64]) -> Result<bool, AnalyticsError> {
        self.push(series, instants, values).map(|()| true)
    }
}

/// Shows the points of all sources in order; of points with equal series and instant, those of earlier sources first.
pub(crate) fn visit_sorted(
    mut sources: Vec<Cursor<'_>>,
    visitor: &mut impl Visit,
) -> Result<(), AnalyticsError> {
    let mut heap = BinaryHeap::with_capacity(sources.len());
    for (place, source) in sources.iter_mut().enumerate() {
        heap.extend(source.key(place)?.map(Reverse));
    }
    while let Some(Reverse((_, _, place))) = heap.pop() {
        let next = heap.peek().map(|Reverse(key)| *key);
        if !sources[place].show_until(place, next, visitor)? {
            return Ok(());
        }
        heap.extend(sources[place].key(place)?.map(Reverse));
    }
    Ok(())
}
