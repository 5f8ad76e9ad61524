//! Merges sorted sources into one segment.

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

    /// Writes the points up to the next key of another source.
    fn write_until(
        &mut self,
        source: usize,
        next: Option<Key>,
        writer: &mut SegmentWriter,
    ) -> Result<(), AnalyticsError> {
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
        writer.push(&series[start..end], &instants[start..end], &values[start..end])
    }
}

/// Writes the points of all sources in order; of points with equal series and instant, those of earlier sources first.
pub(crate) fn write_sorted(
    mut sources: Vec<Cursor<'_>>,
    writer: &mut SegmentWriter,
) -> Result<(), AnalyticsError> {
    let mut heap = BinaryHeap::with_capacity(sources.len());
    for (place, source) in sources.iter_mut().enumerate() {
        heap.extend(source.key(place)?.map(Reverse));
    }
    while let Some(Reverse((_, _, place))) = heap.pop() {
        let next = heap.peek().map(|Reverse(key)| *key);
        sources[place].write_until(place, next, writer)?;
        heap.extend(sources[place].key(place)?.map(Reverse));
    }
    Ok(())
}
