//! A7: memory, disk, and the start.

use super::setup::{Cpu, PATIENCE, Prepared};
use crate::api::Api;
use crate::bench::{Bench, Figures};
use crate::home::{Database, Durability, Home};
use crate::load::{Plan, drive};
use crate::record::Run;
use crate::row::Row;
use crate::workload::{Purpose, Workload};
use crate::{disk, process};
use anyhow::Context;
use std::cell::Cell;
use std::time::{Duration, Instant};
use tracely_store::Clock;

const CONNECTIONS: usize = 8;
/// How often memory is looked at.
const SAMPLE_EVERY: Duration = Duration::from_secs(1);
/// How long after the load the rest of its points may take to get into segments: they wait a minute at most.
const FLUSHED_AFTER: Duration = Duration::from_secs(70);

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let scale = &bench.scale;
    let workload = Workload {
        services: scale.services_with_hosts,
        hosts: scale.hosts,
        points_per_request: scale.points_per_request,
    };
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let mut figures = Figures::default();
        let binary = std::fs::metadata(&bench.binary).context("the binary is not there")?.len();
        figures.add("binary_mb", binary as f64 / 1e6);
        start(bench, database, &mut figures).await?;

        let size = (workload.services, scale.rules);
        let prepared = Prepared::fresh(bench, database, Durability::Durable, size).await?;
        let (address, id) = (prepared.server.address, prepared.server.id());
        let encode = |number: u64, buffer: &mut Vec<u8>| {
            workload.encode(number, Clock::System.now(), Purpose::Judged, buffer)
        };
        let connections = bench.connections.unwrap_or(CONNECTIONS);
        let known = workload.series().div_ceil(workload.points_per_request) as u64;
        let learned = drive(address, 1, Plan::Exactly(known), PATIENCE, encode).await?;
        let cpu = Cpu::start(&prepared.server)?;
        let plan = Plan::Open(scale.steady_rate / workload.points_per_request as f64);
        let most = Cell::new(0);
        let watch = async {
            loop {
                most.set(most.get().max(process::resident(id)?));
                tokio::time::sleep(SAMPLE_EVERY).await;
            }
            #[expect(unreachable_code, reason = "says what the block's type is")]
            anyhow::Ok(())
        };
        let outcome = tokio::select! {
            outcome = drive(address, connections, plan, scale.duration, encode) => outcome?,
            stopped = watch => return Err(stopped.expect_err("watching never ends by itself")),
        };
        let (server_cores, _) = cpu.cores()?;
        let mut api = Api::open(address).await?;
        api.until_followed(PATIENCE).await?;
        figures.add("rss_mb", most.get() as f64 / 1e6);
        figures.add("points_per_second", outcome.points_per_second());
        figures.add("p99_ms", outcome.latency_ms(0.99));
        figures.add("server_cores", server_cores);
        let points = (learned.points + outcome.points) as f64;
        if database == Database::Sqlite {
            let data = prepared.home.data_dir();
            let of_log = disk::size_of(&data) - disk::size_of(&data.join("segments"));
            figures.add("log_bytes_per_point", of_log as f64 / points);
        }
        if let Some(bytes_per_point) = segments(&mut api, points as u64).await? {
            figures.add("bytes_per_point", bytes_per_point);
        }
        runs.push(bench.finish(Row::A7, database, number, prepared.circumstances, figures)?);
        prepared.remove().await?;
    }
    Ok(runs)
}

/// Starts a server on nothing, and looks at it when it has been left alone.
async fn start(bench: &Bench, database: Database, figures: &mut Figures) -> anyhow::Result<()> {
    let home = Home::fresh(bench, database, Durability::Durable).await?;
    let started = Instant::now();
    let server = home.serve()?;
    Api::open(server.address).await?.ready().await?;
    figures.add("ready_s", started.elapsed().as_secs_f64());
    tokio::time::sleep(bench.scale.idle).await;
    figures.add("idle_rss_mb", process::resident(server.id())? as f64 / 1e6);
    server.stop()?;
    home.remove().await
}

/// Waits until the points are in segments, if they are worth it, and returns the bytes of one.
async fn segments(api: &mut Api, points: u64) -> anyhow::Result<Option<f64>> {
    let started = Instant::now();
    loop {
        let system = api.get("/api/system").await?;
        let analytics = &system["data"]["analytics"];
        let of = |name: &str| analytics[name].as_u64().with_context(|| format!("no {name}"));
        let (in_segments, bytes) = (of("segment_points")?, of("segment_bytes")?);
        if in_segments >= points || points < 1_000_000 || started.elapsed() > FLUSHED_AFTER {
            return Ok((in_segments > 0).then(|| bytes as f64 / in_segments as f64));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
