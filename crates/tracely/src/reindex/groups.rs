//! The values of one series at one instant, from a source that is ordered by both.

use std::path::PathBuf;
use tokio::sync::mpsc;
use tracely_analytics::elastic::Held;
use tracely_analytics::{AnalyticsError, Segment, read_merged};
use tracely_core::metric::PointBatch;

/// Batches that are read ahead.
const AHEAD: usize = 4;

/// A series and an instant.
pub(super) type Key = (u32, i64);

/// Where points come from.
pub(super) enum Source<'a> {
    /// Segments, which are read on a thread of their own.
    Segments(mpsc::Receiver<Result<PointBatch, AnalyticsError>>),
    /// The cluster.
    Cluster(Held<'a>),
}

impl Source<'_> {
    /// Begins to read segments after a place.
    pub(super) fn segments(directory: PathBuf, segments: Vec<Segment>, after: Option<Key>) -> Self {
        let (send, receive) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            let show = |points| send.blocking_send(Ok(points)).is_ok();
            if let Err(error) = read_merged(&directory, &segments, after, show) {
                // Nobody is there to be told when the receiver is gone.
                drop(send.blocking_send(Err(error)));
            }
        });
        Self::Segments(receive)
    }

    async fn next_points(&mut self) -> anyhow::Result<Option<PointBatch>> {
        match self {
            Self::Segments(receive) => Ok(receive.recv().await.transpose()?),
            Self::Cluster(held) => Ok(held.next_points().await?),
        }
    }
}

/// Values of a source, group by group.
pub(super) struct Groups<'a> {
    source: Source<'a>,
    points: PointBatch,
    row: usize,
}

impl<'a> Groups<'a> {
    pub(super) fn of(source: Source<'a>) -> Self {
        Self { source, points: PointBatch::default(), row: 0 }
    }

    /// Returns the next series and instant with all values, sorted; none at the end.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<(Key, Vec<f64>)>> {
        let mut group: Option<(Key, Vec<f64>)> = None;
        loop {
            if self.row == self.points.len() {
                match self.source.next_points().await? {
                    Some(points) => (self.points, self.row) = (points, 0),
                    None => break,
                }
                continue;
            }
            let key = (self.points.series[self.row], self.points.instants[self.row]);
            // A cluster knows no negative zero.
            let value = self.points.values[self.row] + 0.0;
            match &mut group {
                None => group = Some((key, vec![value])),
                Some((of_group, values)) if *of_group == key => values.push(value),
                Some(_) => break,
            }
            self.row += 1;
        }
        if let Some((_, values)) = &mut group {
            values.sort_unstable_by(f64::total_cmp);
        }
        Ok(group)
    }
}
