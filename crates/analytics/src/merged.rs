//! Reads the points of several segments of one day in one order.

use crate::{
    error::AnalyticsError,
    segment::{Segment, SegmentFile, SegmentRows},
    sorted_merge::{Cursor, Visit, visit_sorted},
};
use std::path::Path;
use tracely_core::metric::PointBatch;

/// Points shown at a time.
const SHOWN: usize = 8_192;

/// What is shown to the visitor.
struct Shown<V> {
    /// Points up to and with this series and instant are left out.
    after: Option<(u32, i64)>,
    points: PointBatch,
    visit: V,
    stopped: bool,
}

impl<V: FnMut(PointBatch) -> bool> Visit for Shown<V> {
    fn visit(&mut self, series: &[u32], instants: &[i64], values: &[f64]) -> Result<bool, AnalyticsError> {
        let rows = series.iter().zip(instants).zip(values);
        for ((series, instant), value) in rows {
            if self.after.is_some_and(|after| (*series, *instant) <= after) {
                continue;
            }
            self.points.push_row(*series, *instant, *value);
            if self.points.len() == SHOWN {
                self.show();
            }
        }
        Ok(!self.stopped)
    }
}

impl<V: FnMut(PointBatch) -> bool> Shown<V> {
    fn show(&mut self) {
        if !self.stopped && !self.points.is_empty() {
            self.stopped = !(self.visit)(std::mem::take(&mut self.points));
        }
    }
}

/// Shows every point of some segments to the visitor, ordered by series and instant, some thousands at a time, until it
/// returns false. Points up to and with `after` are left out. Of each segment at most one row group is in memory, packed.
///
/// Fails when a segment is not there or not what the caller's database knows of it.
pub fn read_merged(
    directory: &Path,
    segments: &[Segment],
    after: Option<(u32, i64)>,
    visit: impl FnMut(PointBatch) -> bool,
) -> Result<(), AnalyticsError> {
    let open = |segment: &Segment| SegmentFile::open(directory, segment.clone());
    let files = segments.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let cursors = files.iter().map(|file| Cursor::of_segment(SegmentRows::new(file))).collect();
    let mut shown = Shown { after, points: PointBatch::default(), visit, stopped: false };
    visit_sorted(cursors, &mut shown)?;
    shown.show();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::read_merged;
    use crate::{config::Config, embedded::Embedded};
    use std::sync::Arc;
    use tracely_core::metric::PointBatch;

    #[test]
    fn points_of_several_segments_come_in_one_order_and_from_a_place_on() {
        let directory = tempfile::tempdir().unwrap();
        let engine = Embedded::open(directory.path(), Vec::new(), 0, Config::default()).unwrap();
        let mut all = Vec::new();
        for position in 1..=3_u64 {
            let mut points = PointBatch::default();
            for row in 0..9_000_i64 {
                let (series, instant) = ((row % 7) as u32, row * 3 % 1_000);
                points.push_row(series, instant, row as f64);
                all.push((series, instant));
            }
            engine.absorb(position, Arc::new(points));
            let flush = engine.prepare_flush().unwrap().unwrap();
            engine.adopt(flush);
        }
        all.sort_unstable();
        let read = |after| {
            let mut found = Vec::new();
            let show = |points: PointBatch| {
                found.extend(points.series.iter().copied().zip(points.instants.iter().copied()));
                true
            };
            read_merged(directory.path(), &engine.segments(), after, show).unwrap();
            found
        };
        assert_eq!(read(None), all);
        let after = (3, 500);
        assert_eq!(read(Some(after)), all.iter().copied().filter(|key| *key > after).collect::<Vec<_>>());
        let mut shown = 0;
        let stop = |_: PointBatch| {
            shown += 1;
            false
        };
        read_merged(directory.path(), &engine.segments(), None, stop).unwrap();
        assert_eq!(shown, 1);
    }
}
