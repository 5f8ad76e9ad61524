//! A6: charts over a day of points.

use super::setup::PATIENCE;
use crate::api::Api;
use crate::bench::{Bench, Circumstances, Figures};
use crate::home::{Database, Durability, Home};
use crate::load::{Plan, drive, histogram};
use crate::population::Population;
use crate::record::Run;
use crate::row::Row;
use crate::workload::{METRIC_TYPES, Purpose, ServiceKey, Workload};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::time::{Duration, Instant};
use tracely_core::time::{DAY, MINUTE, SECOND, Timestamp};
use tracely_store::Clock;

/// Between two points of a series.
const STEP: i64 = 10 * SECOND;
const STEPS: i64 = DAY / STEP;
const CONNECTIONS: usize = 4;
/// How many times as many points the larger row has.
pub(super) const LARGER: u64 = 10;

pub(super) async fn run(
    bench: &Bench,
    database: Database,
    row: Row,
    points: u64,
) -> anyhow::Result<Vec<Run>> {
    let home = Home::fresh(bench, database, Durability::Durable).await?;
    let filled = fill(bench, &home, points).await?;
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let circumstances = Circumstances::of(home.directory())?;
        let server = home.serve()?;
        let mut api = Api::open(server.address).await?;
        api.until_followed(PATIENCE).await?;
        let (from, to) = (filled.from, Timestamp(filled.from.0 + DAY));
        let mut one = histogram();
        for question in 0..bench.scale.questions {
            let service = ServiceKey(question * 7 % filled.services);
            let metric_type = METRIC_TYPES[question % METRIC_TYPES.len()];
            let path =
                format!("/api/metrics/chart?service={service}&metric_type={metric_type}&from={from}&to={to}");
            let since = Instant::now();
            let total = total_of(&api.get(&path).await?)?;
            one.saturating_record(since.elapsed().as_micros() as u64);
            ensure!(total == STEPS.min(filled.rounds as i64) as u64, "{path}: {total} points");
        }
        let mut all = histogram();
        let everything = format!("/api/metrics/chart?from={from}&to={to}&bucket=minute");
        for _ in 0..bench.scale.questions.div_ceil(5) {
            let since = Instant::now();
            let total = total_of(&api.get(&everything).await?)?;
            all.saturating_record(since.elapsed().as_micros() as u64);
            ensure!(total >= filled.points, "{total} points of {}", filled.points);
        }
        let ms = |times: &hdrhistogram::Histogram<u64>, q: f64| times.value_at_quantile(q) as f64 / 1_000.0;
        let mut figures = Figures::default();
        figures.add("one_ms", ms(&one, 0.5));
        figures.add("one_p99_ms", ms(&one, 0.99));
        figures.add("all_ms", ms(&all, 0.5));
        figures.add("all_p99_ms", ms(&all, 0.99));
        figures.add("points", filled.points as f64);
        figures.add("fill_per_second", filled.per_second);
        figures.add("bytes_per_point", filled.bytes_per_point);
        runs.push(bench.finish(row, database, number, circumstances, figures)?);
        server.stop()?;
    }
    home.remove().await?;
    Ok(runs)
}

struct Filled {
    from: Timestamp,
    services: usize,
    rounds: u64,
    points: u64,
    per_second: f64,
    bytes_per_point: f64,
}

/// Sends a day of history, oldest first, and waits until it is in segments.
async fn fill(bench: &Bench, home: &Home, points: u64) -> anyhow::Result<Filled> {
    let services = (points as usize).div_ceil(STEPS as usize * METRIC_TYPES.len());
    let workload = Workload { services, hosts: 1, points_per_request: services * METRIC_TYPES.len() };
    let rounds = points.div_ceil(workload.series() as u64).min(STEPS as u64);
    let server = home.serve()?;
    Population::create(server.address, services).await?;
    let from = Timestamp(Clock::System.now().floor(MINUTE).0 - DAY);
    let encode = |number: u64, buffer: &mut Vec<u8>| {
        workload.encode(number, from.plus(number as i64 * STEP), Purpose::Backfill, buffer)
    };
    let connections = bench.connections.unwrap_or(CONNECTIONS);
    let sent = drive(server.address, connections, Plan::Exactly(rounds), PATIENCE, encode).await?;
    ensure!(sent.refused == 0, "{} requests were refused", sent.refused);
    let bytes_per_point = until_in_segments(server.address, sent.points).await?;
    server.stop()?;
    let per_second = sent.points_per_second();
    Ok(Filled { from, services, rounds, points: sent.points, per_second, bytes_per_point })
}

/// Waits until nearly all points are in segments, and returns how many bytes each takes there. Few points stay in
/// memory: the flush comes a minute after the oldest of them, or at the next start.
async fn until_in_segments(address: std::net::SocketAddr, points: u64) -> anyhow::Result<f64> {
    let mut api = Api::open(address).await?;
    let started = Instant::now();
    loop {
        let system = api.get("/api/system").await?;
        let analytics = &system["data"]["analytics"];
        let of = |name: &str| analytics[name].as_u64().with_context(|| format!("no {name}"));
        let (in_segments, bytes) = (of("segment_points")?, of("segment_bytes")?);
        // A tiny amount is not worth a minute's wait: the tail answers as segments do.
        if in_segments >= points || points < 1_000_000 {
            return Ok(bytes as f64 / in_segments.max(1) as f64);
        }
        ensure!(started.elapsed() < PATIENCE, "{in_segments} of {points} points are in segments");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn total_of(chart: &Value) -> anyhow::Result<u64> {
    chart["meta"]["total"].as_u64().context("the chart has no total")
}
