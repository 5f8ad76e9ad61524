//! A1: batches as fast as the server takes them.

use super::setup::{Cpu, PATIENCE, Prepared, in_turn, watching_lag, workload};
use crate::api::Api;
use crate::bench::{Bench, Figures};
use crate::home::{Database, Durability};
use crate::load::{Plan, drive};
use crate::process;
use crate::record::Run;
use crate::row::Row;
use anyhow::ensure;

/// Connections that send batches, unless told otherwise.
const CONNECTIONS: usize = 8;

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let (workload, templates) = workload(bench);
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let size = (workload.services, bench.scale.rules);
        let prepared = Prepared::fresh(bench, database, Durability::Durable, size).await?;
        let address = prepared.server.address;
        let mut api = Api::open(address).await?;
        // Every series is known before, as on a server that has been running.
        let known = templates.len().div_ceil(bench.scale.rounds) as u64;
        let learned = drive(address, 1, Plan::Exactly(known), PATIENCE, in_turn(&templates)).await?;
        api.until_followed(PATIENCE).await?;

        let cpu = Cpu::start(&prepared.server)?;
        let connections = bench.connections.unwrap_or(CONNECTIONS);
        let load = drive(address, connections, Plan::Closed, bench.scale.duration, in_turn(&templates));
        let (outcome, lag) = watching_lag(address, load).await?;
        let drain = api.until_followed(PATIENCE).await?;
        let (server_cores, client_cores) = cpu.cores()?;
        let counted = 2 * api.half_of_points().await?;
        let sent = learned.points + outcome.points;
        ensure!(counted == sent, "{sent} points were acknowledged, and {counted} are in the chart");

        let mut figures = Figures::default();
        let followed = (outcome.elapsed + drain).as_secs_f64();
        figures.add("points_per_second", outcome.points as f64 / followed);
        figures.add("accepted_per_second", outcome.points_per_second());
        figures.add("p50_ms", outcome.latency_ms(0.5));
        figures.add("p99_ms", outcome.latency_ms(0.99));
        figures.add("drain_s", drain.as_secs_f64());
        figures.add("max_lag_evaluator", lag.evaluator as f64);
        figures.add("max_lag_indexer", lag.indexer as f64);
        figures.add("server_cores", server_cores);
        figures.add("client_cores", client_cores);
        figures.add("rss_mb", process::resident(prepared.server.id())? as f64 / 1e6);
        figures.add("refused", outcome.refused as f64);
        runs.push(bench.finish(Row::A1, database, number, prepared.circumstances, figures)?);
        prepared.remove().await?;
    }
    Ok(runs)
}
