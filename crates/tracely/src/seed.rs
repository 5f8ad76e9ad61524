//! Demonstration data: departments, services, rules and points that look like those of a running business.
//!
//! Points follow a daily pattern with noise and stay below the thresholds of the rules, except in *episodes*:
//! several consecutive points of a series above its threshold, then back to normal, so that incidents open and
//! recover. Everything follows from one number, the seed, and the instant it starts at.

pub mod catalog;
mod episode;
mod generator;
pub mod live;
mod profile;
mod setup;
#[cfg(test)]
mod tests;

pub use generator::{Generator, Mix, SeedPoint};
pub use setup::{Made, make_missing};

use crate::client::Client;
use crate::client::api::{BatchAnswer, NewPoint, PointsBody};
use crate::progress::Progress;
use anyhow::bail;
use catalog::Monitored;
use tracely_core::time::{DAY, Timestamp};

/// How many points go in one request.
const BATCH: usize = 1_000;

/// Sends points that lie in the last 24 hours, in time order.
pub async fn send_history(
    client: &Client,
    services: &[Monitored],
    generator: &mut Generator,
    points: u64,
) -> anyhow::Result<()> {
    let now = client.now();
    let mut progress = Progress::of(points, "points");
    let mut sent = 0;
    while sent < points {
        let until = points.min(sent + BATCH as u64);
        let batch: Vec<_> =
            (sent..until).map(|number| generator.next(history_instant(now, number, points))).collect();
        send(client, services, &batch).await?;
        sent = until;
        progress.reach(sent);
    }
    progress.finish();
    Ok(())
}

/// Returns the instant of one of `points` points that are spread evenly over the day before `now`.
pub fn history_instant(now: Timestamp, number: u64, points: u64) -> Timestamp {
    let done = (number + 1) as f64 / points as f64;
    now.plus((DAY as f64 * (done - 1.0)).round() as i64)
}

/// Sends points in one request; none may be rejected.
async fn send(client: &Client, services: &[Monitored], points: &[SeedPoint]) -> anyhow::Result<()> {
    let points = points.iter().map(|point| NewPoint {
        service: &services[point.service].key,
        metric_type: point.metric_type,
        value: point.value,
        recorded_at: point.instant,
        labels: None,
    });
    let body = PointsBody { points: points.collect(), backfill: false };
    let BatchAnswer { rejected, errors, .. } = client.send_points(&body).await?;
    if rejected > 0 {
        let first = errors.first().map_or("no reason given", |error| error.detail.as_str());
        bail!("the server rejected {rejected} of {} points: {first}", body.points.len());
    }
    Ok(())
}
