//! A2: one point a request.

use super::setup::{Cpu, PATIENCE, Prepared, in_turn, workload};
use crate::api::Api;
use crate::bench::{Bench, Figures};
use crate::home::{Database, Durability};
use crate::load::{Outcome, Plan, drive};
use crate::record::Run;
use crate::row::Row;
use crate::workload::Template;

/// Connections of the row.
const CONNECTIONS: usize = 64;
/// Shares of the saturated rate at which open loops send, and what is told of them.
const OPEN: [(f64, &str); 2] = [(0.5, "half_p99_ms"), (0.8, "open_p99_ms")];

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let (workload, templates) = workload(bench);
    let requests = workload.singles(workload.series() * bench.scale.rounds.min(4));
    let connections = bench.connections.unwrap_or(CONNECTIONS);
    let encode = |number: u64, buffer: &mut Vec<u8>| {
        buffer.extend_from_slice(&requests[(number % requests.len() as u64) as usize]);
        1
    };
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let (prepared, durable, cores) =
            saturate(bench, database, Durability::Durable, &templates, &requests).await?;
        let rate = durable.points_per_second();
        let mut figures = Figures::default();
        for (share, name) in OPEN {
            let (address, plan) = (prepared.server.address, Plan::Open(rate * share));
            let open = drive(address, connections, plan, bench.scale.duration, encode).await?;
            figures.add(name, open.latency_ms(0.99));
        }
        let circumstances = prepared.circumstances;
        prepared.remove().await?;
        let (without, outcome, _) =
            saturate(bench, database, Durability::None, &templates, &requests).await?;
        without.remove().await?;

        figures.add("ratio", rate / outcome.points_per_second());
        figures.add("requests_per_second", rate);
        figures.add("without_per_second", outcome.points_per_second());
        figures.add("p50_ms", durable.latency_ms(0.5));
        figures.add("p99_ms", durable.latency_ms(0.99));
        figures.add("server_cores", cores.0);
        figures.add("client_cores", cores.1);
        runs.push(bench.finish(Row::A2, database, number, circumstances, figures)?);
    }
    Ok(runs)
}

/// Sends as much as a fresh server takes; returns the server, the outcome, and the cores of server and client.
async fn saturate(
    bench: &Bench,
    database: Database,
    durability: Durability,
    templates: &[Template],
    requests: &[Vec<u8>],
) -> anyhow::Result<(Prepared, Outcome, (f64, f64))> {
    let size = (bench.scale.services, bench.scale.rules);
    let prepared = Prepared::fresh(bench, database, durability, size).await?;
    let address = prepared.server.address;
    let connections = bench.connections.unwrap_or(CONNECTIONS);
    let encode = |number: u64, buffer: &mut Vec<u8>| {
        buffer.extend_from_slice(&requests[(number % requests.len() as u64) as usize]);
        1
    };
    // Every series is known before, as on a server that has been running.
    let known = Plan::Exactly(templates.len().div_ceil(bench.scale.rounds) as u64);
    drive(address, 1, known, PATIENCE, in_turn(templates)).await?;
    Api::open(address).await?.until_followed(PATIENCE).await?;
    let cpu = Cpu::start(&prepared.server)?;
    let outcome = drive(address, connections, Plan::Closed, bench.scale.duration, encode).await?;
    let cores = cpu.cores()?;
    Api::open(address).await?.until_followed(PATIENCE).await?;
    Ok((prepared, outcome, cores))
}
