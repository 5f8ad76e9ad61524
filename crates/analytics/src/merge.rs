//! Merges small segments of a day into larger ones.
//!
//! Segments are merged by size: the smallest ones of a day together, once enough have gathered, and only with others
//! that make the largest of them grow several times over.
//! So a point is rewritten a few times in all, and a day keeps a few segments of each size.
//! A day before the newest one gathers little more; it is merged already when two segments allow it and the largest
//! doubles.

use crate::{
    config::Config,
    error::AnalyticsError,
    flush::{NewSegment, write_segment},
    segment::{Entries, Segment, SegmentFile, SegmentName, SegmentRows},
    sorted_merge::Cursor,
};
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// The most segments merged at once; each takes a packed row group of memory.
const SOURCES: usize = 32;

/// A segment that holds the points of others, but that nobody sees yet.
///
/// The caller replaces the rows in one transaction, then hands it to `Embedded::adopt_merge`; when it is certain that the
/// transaction neither was nor will be committed, to `Embedded::abandon_merge`.
#[derive(Debug)]
pub struct Merge {
    /// The segments whose points were merged; all of one day.
    pub replaced: Vec<Segment>,
    /// The segment that takes their place.
    pub merged: Segment,
    pub(crate) file: Arc<SegmentFile>,
    /// Keeps others from merging while it lives.
    pub(crate) _claim: Arc<()>,
}

/// When segments of a day are worth merging.
#[derive(Debug, Clone, Copy)]
struct Policy {
    /// The fewest segments.
    fan_in: usize,
    /// How many times the others outweigh the largest.
    growth: u64,
    /// The most rows together.
    rows: u64,
}

/// Chooses segments of one day that are worth merging; empty if there are none.
pub(crate) fn choose(segments: &[Arc<SegmentFile>], config: &Config) -> Vec<Arc<SegmentFile>> {
    let mut days: BTreeMap<i64, Vec<Arc<SegmentFile>>> = BTreeMap::new();
    for segment in segments {
        days.entry(segment.segment().day).or_default().push(Arc::clone(segment));
    }
    let newest = days.keys().next_back().copied();
    for (day, mut segments) in days.into_iter().rev() {
        let settled = Some(day) != newest;
        let (fan_in, growth) = if settled { (2, 1) } else { (config.merge_fan_in.max(2), 3) };
        segments.sort_by_key(|segment| (segment.segment().rows, segment.name()));
        let rows: Vec<u64> = segments.iter().map(|segment| segment.segment().rows).collect();
        let count = worth_merging(&rows, Policy { fan_in, growth, rows: config.segment_rows });
        if count > 0 {
            segments.truncate(count);
            return segments;
        }
    }
    Vec::new()
}

/// Returns how many of the smallest segments to merge, given the rows of all, ascending.
fn worth_merging(rows: &[u64], policy: Policy) -> usize {
    let mut count = rows.len().min(SOURCES);
    let mut sum: u64 = rows[..count].iter().sum();
    while count > 0 {
        let largest = rows[count - 1];
        if sum <= policy.rows && largest.saturating_mul(policy.growth) <= sum - largest {
            break;
        }
        count -= 1;
        sum -= largest;
    }
    // What fills most of a final segment need not wait for more.
    let enough = count >= policy.fan_in || count >= 2 && sum * 2 > policy.rows;
    if enough { count } else { 0 }
}

/// Writes the points of segments of one day to one segment; the segments are given in any order.
pub(crate) fn write_merged(
    directory: &Path,
    segments: &[Arc<SegmentFile>],
    config: &Config,
) -> Result<Option<Arc<SegmentFile>>, AnalyticsError> {
    let mut sources: Vec<&Arc<SegmentFile>> = segments.iter().collect();
    sources.sort_by_key(|segment| segment.name());
    let Some(newest) = sources.last() else { return Ok(None) };
    let generation = sources.iter().map(|segment| segment.name().generation).max().unwrap_or(0) + 1;
    let name = SegmentName { position: newest.name().position, generation };
    let day = newest.segment().day;
    let entries = Entries::joined(sources.iter().map(|source| &source.segment().entries));
    let cursors = sources.iter().map(|segment| Cursor::of_segment(SegmentRows::new(segment))).collect();
    write_segment(directory, NewSegment { day, name, entries }, cursors, config)
}

#[cfg(test)]
mod tests {
    use super::{Policy, worth_merging};

    /// Flushes and merges as long as it is worth it; returns the remaining segments and how often a row was written.
    fn simulate(flushes: usize, rows: u64, policy: Policy) -> (Vec<u64>, f64) {
        let (mut segments, mut written) = (Vec::new(), 0);
        for _ in 0..flushes {
            segments.push(rows);
            written += rows;
            segments.sort_unstable();
            loop {
                let count = worth_merging(&segments, policy);
                if count == 0 {
                    break;
                }
                let sum: u64 = segments.drain(..count).sum();
                written += sum;
                segments.push(sum);
                segments.sort_unstable();
            }
        }
        (segments, written as f64 / (flushes as u64 * rows) as f64)
    }

    #[test]
    fn a_day_keeps_few_segments_and_rewrites_rows_a_few_times() {
        let policy = Policy { fan_in: 8, growth: 3, rows: 20_000_000 };
        for (flushes, rows) in [(1_440, 100), (1_440, 60_000), (1_440, 600_000), (4_320, 4_000_000)] {
            let (segments, written) = simulate(flushes, rows, policy);
            let full = flushes as u64 * rows / 10_000_000;
            assert!(segments.len() as u64 <= 30 + full, "{} segments of {rows}", segments.len());
            assert!(written <= 5.0, "rows of {rows} are written {written} times");
        }
    }

    #[test]
    fn a_settled_day_ends_in_full_segments() {
        let policy = Policy { fan_in: 2, growth: 1, rows: 20_000_000 };
        assert_eq!(worth_merging(&[9_000_000, 9_000_000], policy), 2);
        assert_eq!(worth_merging(&[1, 2, 18_000_000], policy), 0);
        assert_eq!(worth_merging(&[1, 1, 18_000_000], policy), 2);
        assert_eq!(worth_merging(&[], policy), 0);
        let (segments, _) = simulate(64, 1_000, policy);
        assert_eq!(segments, [64_000]);
    }
}
