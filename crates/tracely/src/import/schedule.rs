//! Moves points in time.

use super::table::Row;
use tracely_core::time::Timestamp;

/// Moves all points by the same time, so that the last one is now.
pub fn shift_to_now(rows: &mut [Row], now: Timestamp) {
    let Some(last) = rows.last().map(|row| row.instant) else { return };
    for row in rows {
        row.instant = now.plus(row.instant.0 - last.0);
    }
}

/// Moves the first point to `start` and squeezes the time between the points: what took `speed` hours takes one.
pub fn replay_from(rows: &mut [Row], start: Timestamp, speed: f64) {
    let Some(first) = rows.first().map(|row| row.instant) else { return };
    for row in rows {
        row.instant = start.plus(((row.instant.0 - first.0) as f64 / speed).round() as i64);
    }
}
