//! Several sets of series that one scan visits together.

use crate::{error::AnalyticsError, question::MAX_GROUPS, scan::Block, series_set::SeriesSet};
use std::ops::Range;
use tracely_core::id::SeriesId;

/// The union of some groups of series, and to which group each series belongs.
pub(crate) struct Groups {
    pub(crate) series: SeriesSet,
    /// The group of each series, in the order of the series.
    group_of: Vec<usize>,
}

impl Groups {
    /// Joins groups that have no series in common.
    pub(crate) fn new(groups: &[SeriesSet]) -> Self {
        let mut members: Vec<(u32, usize)> = groups
            .iter()
            .enumerate()
            .flat_map(|(group, set)| set.numbers().iter().map(move |series| (*series, group)))
            .collect();
        members.sort_unstable();
        members.dedup_by_key(|(series, _)| *series);
        let series = members.iter().map(|(series, _)| SeriesId(*series)).collect();
        Self { series, group_of: members.into_iter().map(|(_, group)| group).collect() }
    }

    /// Joins groups, unless there are more than a question may have.
    pub(crate) fn few(groups: &[SeriesSet]) -> Result<Self, AnalyticsError> {
        if groups.len() > MAX_GROUPS {
            return Err(AnalyticsError::TooManyGroups { limit: MAX_GROUPS });
        }
        Ok(Self::new(groups))
    }

    /// Returns the group of the series at a place of the union.
    pub(crate) fn group(&self, place: usize) -> usize {
        self.group_of[place]
    }

    /// Calls back for each run of points of one series, with the series' place in the union.
    pub(crate) fn visit(&self, block: Block<'_>, mut visit: impl FnMut(usize, &[i64], &[f64])) {
        self.runs(block, |place, rows| visit(place, &block.instants[rows.clone()], &block.values[rows]));
    }

    /// Does the same where values are not needed.
    pub(crate) fn visit_instants(&self, block: Block<'_>, mut visit: impl FnMut(usize, &[i64])) {
        self.runs(block, |place, rows| visit(place, &block.instants[rows]));
    }

    fn runs(&self, block: Block<'_>, mut visit: impl FnMut(usize, Range<usize>)) {
        let (mut start, mut next) = (0, 0);
        for same in block.series.chunk_by(|left, right| left == right) {
            let end = start + same.len();
            // In sorted blocks the next series is mostly the next of the set.
            let expected = self.series.numbers().get(next) == Some(&same[0]);
            let place = if expected { next } else { self.series.place(same[0]) };
            next = place + 1;
            visit(place, start..end);
            start = end;
        }
    }
}
