//! Sends the points of a file.

use super::table::{BadLine, Row};
use crate::client::api::{NewPoint, PointsBody};
use crate::client::{Client, ClientError};
use crate::progress::Progress;
use anyhow::Context;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a replay gathers points before it sends them.
const TICK: Duration = Duration::from_millis(250);

/// What the points of a file belong to, and how they are sent.
#[derive(Debug, Clone)]
pub struct Target {
    /// The key of the service.
    pub service: String,
    /// The key of the metric type.
    pub metric_type: String,
    /// The labels of all points.
    pub labels: BTreeMap<String, String>,
    /// No rule judges the points.
    pub backfill: bool,
    /// How many points go in one request.
    pub batch_size: usize,
}

/// What became of the points.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many were stored.
    pub accepted: u64,
    /// How many were not.
    pub rejected: u64,
    /// Why not, by line.
    pub bad: Vec<BadLine>,
}

/// Sends all points, batch after batch.
pub async fn send_all(client: &Client, target: &Target, rows: &[Row]) -> anyhow::Result<Outcome> {
    let mut progress = Progress::of(rows.len() as u64, "points");
    let mut outcome = Outcome::default();
    let mut done = 0_u64;
    for batch in rows.chunks(target.batch_size) {
        send(client, target, batch, &mut outcome).await.with_context(|| after(done))?;
        done += batch.len() as u64;
        progress.reach(done);
    }
    progress.finish();
    Ok(outcome)
}

/// Sends each point when its instant has come.
pub async fn send_when_due(client: &Client, target: &Target, rows: &[Row]) -> anyhow::Result<Outcome> {
    let mut progress = Progress::of(rows.len() as u64, "points");
    let mut outcome = Outcome::default();
    let mut left = rows;
    while let Some(first) = left.first() {
        let until = u64::try_from(first.instant.0 - client.now().0).unwrap_or(0);
        client.pause().wait(Duration::from_micros(until).max(TICK)).await;
        let now = client.now();
        let due = left.partition_point(|row| row.instant <= now).min(target.batch_size);
        let (batch, rest) = left.split_at(due);
        let done = rows.len() - left.len();
        send(client, target, batch, &mut outcome).await.with_context(|| after(done as u64))?;
        left = rest;
        progress.reach((rows.len() - left.len()) as u64);
    }
    progress.finish();
    Ok(outcome)
}

fn after(done: u64) -> String {
    format!("stopped after {done} points were sent")
}

async fn send(
    client: &Client,
    target: &Target,
    rows: &[Row],
    outcome: &mut Outcome,
) -> Result<(), ClientError> {
    if rows.is_empty() {
        return Ok(());
    }
    let labels = (!target.labels.is_empty()).then_some(&target.labels);
    let points = rows.iter().map(|row| NewPoint {
        service: &target.service,
        metric_type: &target.metric_type,
        value: row.value,
        recorded_at: row.instant,
        labels,
    });
    let body = PointsBody { points: points.collect(), backfill: target.backfill };
    let answer = client.send_points(&body).await?;
    outcome.accepted += answer.accepted;
    outcome.rejected += answer.rejected;
    for error in answer.errors {
        let line = rows.get(error.index).map_or(0, |row| row.line);
        let problem = match error.pointer.rsplit('/').next().filter(|field| !field.is_empty()) {
            Some(field) => format!("the server rejected it: {field}: {}", error.detail),
            None => format!("the server rejected it: {}", error.detail),
        };
        outcome.bad.push(BadLine { line, problem });
    }
    Ok(())
}
