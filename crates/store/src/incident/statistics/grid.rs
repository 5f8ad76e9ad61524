//! Buckets of time.

use crate::sql::Clause;
use tracely_core::time::Timestamp;

/// A span, and the equally wide buckets that it is parted into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// The first instant included.
    pub from: Timestamp,
    /// The first instant excluded; later than `from`.
    pub to: Timestamp,
    /// Where the first bucket begins: at `from`, or before.
    pub start: Timestamp,
    /// How wide a bucket is, in microseconds; positive.
    pub width: i64,
}

impl Grid {
    /// Makes a grid of one bucket.
    pub fn whole(from: Timestamp, to: Timestamp) -> Self {
        Self { from, to, start: from, width: to.0.saturating_sub(from.0).max(1) }
    }

    /// Makes a grid of buckets that begin at multiples of their width since the epoch.
    pub fn of_width(from: Timestamp, to: Timestamp, width: i64) -> Self {
        Self { from, to, start: from.floor(width), width }
    }

    /// Returns how many buckets there are.
    pub fn buckets(self) -> usize {
        let last = i128::from(self.to.0) - 1 - i128::from(self.start.0);
        usize::try_from(last / i128::from(self.width) + 1).unwrap_or(0)
    }

    /// Returns where a bucket begins.
    pub fn start_of(self, place: usize) -> Timestamp {
        self.start.plus(self.width.saturating_mul(place as i64))
    }

    /// Writes the place of the bucket that an instant belongs to.
    pub(super) fn place(self, clause: &mut Clause, column: &str) -> String {
        let (start, width) = (clause.value(self.start.0), clause.value(self.width));
        format!("({column} - CAST({start} AS BIGINT)) / CAST({width} AS BIGINT)")
    }

    /// Returns from when to when each bucket is, within the span.
    pub(super) fn parts(self) -> Vec<(Timestamp, Timestamp)> {
        let part = |place| {
            let start = self.start_of(place);
            (start.max(self.from), start.plus(self.width).min(self.to))
        };
        (0..self.buckets()).map(part).collect()
    }
}
