//! What segments hold and the cluster does not have.

use super::{Cluster, ClusterError};
use crate::app::App;
use std::collections::BTreeMap;
use std::sync::PoisonError;
use tracely_analytics::Segment;
use tracely_analytics::elastic::Holding;
use tracely_core::time::{DAY, Timestamp};

/// Points of one UTC day that are in segments only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentsOnly {
    /// The day, in days since the epoch.
    pub(crate) day: i64,
    /// How many.
    pub(crate) points: u64,
}

impl Cluster {
    /// Counts the points of each day in segments and in the cluster, and remembers where there are less in the cluster.
    /// The entries of the log that went into segments must have been brought in. Returns whether any are missing.
    pub(crate) async fn compare_with_segments(&self, app: &App) -> Result<bool, ClusterError> {
        let embedded = app.analytics().engine();
        let broken = embedded.broken().into_iter().map(|broken| broken.segment.clone());
        let segments: Vec<Segment> = embedded.segments().into_iter().chain(broken).collect();
        let mut rows: BTreeMap<i64, u64> = BTreeMap::new();
        for segment in &segments {
            *rows.entry(segment.day).or_default() += segment.rows;
        }
        let mut found = Vec::new();
        if !rows.is_empty() {
            let entries = segments.iter().map(|segment| &segment.entries);
            let holding = Holding::of(entries, embedded.position());
            let days: Vec<i64> = rows.keys().copied().collect();
            self.engine.refresh().await?;
            let counts = self.engine.count_held(&holding, &days).await?;
            for ((day, rows), held) in rows.into_iter().zip(counts) {
                if held < rows {
                    found.push(SegmentsOnly { day, points: rows - held });
                }
            }
        }
        let is_missing = !found.is_empty();
        let points: u64 = found.iter().map(|only| only.points).sum();
        let span = span(&found);
        let before = {
            let mut known = self.segments_only.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *known, found)
        };
        if let Some((from, to)) = span
            && before.is_empty()
        {
            tracing::warn!(
                points,
                %from,
                %to,
                "segments hold points that the search cluster does not have; `tracely reindex` brings them in"
            );
        }
        if span.is_none() && !before.is_empty() {
            tracing::info!("the search cluster has what segments hold");
        }
        Ok(is_missing)
    }

    /// Returns the days of which points are in segments only, oldest first, as far as that is known.
    pub(crate) fn segments_only(&self) -> Vec<SegmentsOnly> {
        self.segments_only.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says whether points of a span may be in segments only. None stands for no bound.
    pub(crate) fn lacks_points_of(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
        self.segments_only.read().unwrap_or_else(PoisonError::into_inner).iter().any(|only| {
            let (start, end) = (only.day * DAY, (only.day + 1) * DAY);
            from.is_none_or(|from| end > from.0) && to.is_none_or(|to| start < to.0)
        })
    }
}

/// Returns the span of some days, the end not included; none of none.
pub(crate) fn span(days: &[SegmentsOnly]) -> Option<(Timestamp, Timestamp)> {
    let first = days.iter().map(|only| only.day).min()?;
    let last = days.iter().map(|only| only.day).max()?;
    Some((Timestamp(first * DAY), Timestamp((last + 1) * DAY)))
}
