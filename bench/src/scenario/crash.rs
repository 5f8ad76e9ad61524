//! A8: what a start costs after a crash, with many points behind the snapshot.

use super::setup::{PATIENCE, Prepared, in_turn, workload};
use crate::api::Api;
use crate::bench::{Bench, Figures};
use crate::home::{Database, Durability};
use crate::load::{Plan, drive};
use crate::population::Violation;
use crate::record::Run;
use crate::row::Row;
use anyhow::{Context, ensure};
use serde_json::json;
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 8;
const POLL: Duration = Duration::from_millis(2);

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let (workload, templates) = workload(bench);
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let size = (workload.services, bench.scale.rules);
        let prepared = Prepared::fresh(bench, database, Durability::Durable, size).await?;
        let Prepared { home, server, population, circumstances } = prepared;
        let rules = population.add_probe_rules(server.address).await?;
        let requests = Plan::Exactly(bench.scale.points_behind.div_ceil(workload.points_per_request as u64));
        let connections = bench.connections.unwrap_or(CONNECTIONS);
        let filled = drive(server.address, connections, requests, PATIENCE, in_turn(&templates)).await?;
        ensure!(filled.refused == 0, "{} requests were refused", filled.refused);
        server.kill();
        // A snapshot may be up to half a minute old at a crash, and at most rates that is fewer points than these.
        home.execute("DELETE FROM snapshot").await?;

        let started = Instant::now();
        let server = home.serve()?;
        let mut api = Api::open(server.address).await?;
        let violating = json!({
            "service_id": population.services[0], "metric_type": "LATENCY_MS", "value": Violation::Every.value(0),
        });
        api.post("/api/metrics", &violating).await?;
        let accepting = started.elapsed();
        let incidents = format!("/api/incidents?rule_id={}&limit=1", rules[0][Violation::Every as usize]);
        while api.get(&incidents).await?["meta"]["total"].as_u64().context("no total")? == 0 {
            ensure!(started.elapsed() < PATIENCE, "no incident after {PATIENCE:?}");
            tokio::time::sleep(POLL).await;
        }
        let counted = 2 * api.half_of_points().await?;
        let caught_up = started.elapsed();
        ensure!(counted == filled.points, "{} points acknowledged, {counted} in the chart", filled.points);

        let mut figures = Figures::default();
        figures.add("accepting_s", accepting.as_secs_f64());
        figures.add("caught_up_s", caught_up.as_secs_f64());
        figures.add("points", filled.points as f64);
        figures.add("fill_per_second", filled.points_per_second());
        runs.push(bench.finish(Row::A8, database, number, circumstances, figures)?);
        server.kill();
        home.remove().await?;
    }
    Ok(runs)
}
