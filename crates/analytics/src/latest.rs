//! Answers questions for the newest point of each series.
//!
//! Goes back in time segment by segment and leaves out row groups all of whose series are known to be newer.

use crate::{
    config::Config,
    error::AnalyticsError,
    question::PointRow,
    scan::{Block, Columns, Need, Snapshot, Task, fold},
    segment::{SegmentFile, SegmentName},
    series_set::SeriesSet,
    tail::Span,
};
use std::{cmp::Reverse, sync::Arc};
use tracely_core::{id::SeriesId, time::Timestamp};

/// Says when a point was accepted, as far as this is known; later is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Accepted {
    /// In the log before this segment was written; by row group.
    Segment(SegmentName, u32),
    /// In the tail; by place.
    Tail(usize),
}

#[derive(Debug, Clone, Copy)]
struct Newest {
    instant: i64,
    accepted: Accepted,
    value: f64,
}

/// Returns the newest point of each series that has one, ordered by series.
pub(crate) fn latest(
    snapshot: &Snapshot,
    series: &SeriesSet,
    config: &Config,
) -> Result<Vec<PointRow>, AnalyticsError> {
    let columns = Columns { series: true, instants: true, values: true };
    let need = Need { series, from: i64::MIN, last: i64::MAX, columns };
    let mut newest = vec![None; series.len()];
    search_tail(snapshot, &need, &mut newest)?;
    let mut segments: Vec<&Arc<SegmentFile>> = snapshot.segments.iter().collect();
    segments.sort_by_key(|segment| Reverse(segment.segment().max_instant));
    for segment in segments {
        search_segment(segment, &need, &mut newest, config.question_threads())?;
    }
    let known = series.numbers().iter().zip(newest);
    Ok(known
        .filter_map(|(series, newest)| {
            let Newest { instant, value, .. } = newest?;
            Some(PointRow { series: SeriesId(*series), instant: Timestamp(instant), value })
        })
        .collect())
}

fn search_tail(
    snapshot: &Snapshot,
    need: &Need<'_>,
    newest: &mut [Option<Newest>],
) -> Result<(), AnalyticsError> {
    let runs = snapshot.runs.iter().map(|run| Task::Run(run));
    let tasks = runs.chain([Task::Fresh(&snapshot.fresh)]);
    for (place, task) in tasks.enumerate() {
        task.scan(need, &mut |block| {
            visit(need.series, block, &mut |place_of_series, instant, value| {
                let found = Newest { instant, accepted: Accepted::Tail(place), value };
                keep(&mut newest[place_of_series], found);
            });
        })?;
    }
    Ok(())
}

fn search_segment(
    segment: &SegmentFile,
    need: &Need<'_>,
    newest: &mut [Option<Newest>],
    threads: usize,
) -> Result<(), AnalyticsError> {
    if !may_improve(need.series, newest, &segment.span()) {
        return Ok(());
    }
    let groups = segment.groups().iter().filter(|group| may_improve(need.series, newest, &group.span));
    let tasks: Vec<Task<'_>> = groups.map(|group| Task::Group(segment, group)).collect();
    let parts = fold(&tasks, threads, Vec::new, |found: &mut Vec<(usize, Newest)>, task| {
        let Task::Group(segment, group) = task else { return Ok(()) };
        let accepted = Accepted::Segment(segment.name(), group.index);
        segment.scan(group, need, &mut |block| {
            visit(need.series, block, &mut |place, instant, value| {
                found.push((place, Newest { instant, accepted, value }));
            });
        })
    })?;
    for (place, found) in parts.into_iter().flatten() {
        keep(&mut newest[place], found);
    }
    Ok(())
}

/// Says whether points within the span may be newer than those known, or as new and accepted later.
fn may_improve(series: &SeriesSet, newest: &[Option<Newest>], span: &Span) -> bool {
    let start = series.place(span.min_series);
    let wanted = series.within(span.min_series, span.max_series).len();
    newest[start..start + wanted]
        .iter()
        .any(|newest| newest.is_none_or(|newest| newest.instant <= span.max_instant))
}

/// Calls back for each series of a block, or several times for a series that comes again in an unsorted block, with
/// its newest instant and the last value there.
fn visit(series: &SeriesSet, block: Block<'_>, found: &mut dyn FnMut(usize, i64, f64)) {
    let (mut start, mut next) = (0, 0);
    for same in block.series.chunk_by(|left, right| left == right) {
        let end = start + same.len();
        // In sorted blocks the next series is mostly the next of the set.
        let place = if series.numbers().get(next) == Some(&same[0]) { next } else { series.place(same[0]) };
        next = place + 1;
        let rows = block.instants[start..end].iter().zip(&block.values[start..end]);
        if let Some((instant, value)) = rows.max_by_key(|(instant, _)| **instant) {
            found(place, *instant, *value);
        }
        start = end;
    }
}

/// Keeps the newer point; of equally new ones the one accepted later, which comes last within one source.
fn keep(known: &mut Option<Newest>, found: Newest) {
    let newer = known.is_none_or(|known| (found.instant, found.accepted) >= (known.instant, known.accepted));
    if newer {
        *known = Some(found);
    }
}
