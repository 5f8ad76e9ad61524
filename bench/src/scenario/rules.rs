//! A4: what rules cost a point.

use super::setup::{Cpu, PATIENCE, Prepared, in_turn, workload};
use crate::api::Api;
use crate::bench::{Bench, Figures};
use crate::home::{Database, Durability, Running};
use crate::load::{Plan, drive};
use crate::record::Run;
use crate::row::Row;
use crate::workload::Template;
use std::time::Duration;

/// How often the two servers take turns.
const TURNS: u32 = 4;
const CONNECTIONS: usize = 4;

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let (workload, templates) = workload(bench);
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let size = (workload.services, 0);
        let without = Prepared::fresh(bench, database, Durability::Durable, size).await?;
        let with = Prepared::fresh(bench, database, Durability::Durable, size).await?;
        with.population.add_rules_of_one_series(with.server.address, workload.series()).await?;
        let (mut cpu_without, mut cpu_with) = (Cost::default(), Cost::default());
        // The first turn makes series and is not counted.
        for turn in 0..=TURNS {
            for (server, cost) in [(&without.server, &mut cpu_without), (&with.server, &mut cpu_with)] {
                let measured = take(bench, server, &templates).await?;
                if turn > 0 {
                    cost.add(&measured);
                }
            }
        }
        let mut figures = Figures::default();
        figures.add("without_us", cpu_without.per_point());
        figures.add("with_us", cpu_with.per_point());
        figures.add("above_us", cpu_with.per_point() - cpu_without.per_point());
        runs.push(bench.finish(Row::A4, database, number, without.circumstances, figures)?);
        without.remove().await?;
        with.remove().await?;
    }
    Ok(runs)
}

#[derive(Debug, Default)]
struct Cost {
    cpu: Duration,
    points: u64,
}

impl Cost {
    fn add(&mut self, other: &Self) {
        self.cpu += other.cpu;
        self.points += other.points;
    }

    /// CPU time of a point in microseconds.
    fn per_point(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.points as f64
    }
}

async fn take(bench: &Bench, server: &Running, templates: &[Template]) -> anyhow::Result<Cost> {
    let cpu = Cpu::start(server)?;
    let duration = bench.scale.duration / (2 * TURNS);
    let connections = bench.connections.unwrap_or(CONNECTIONS);
    let outcome = drive(server.address, connections, Plan::Closed, duration, in_turn(templates)).await?;
    Api::open(server.address).await?.until_followed(PATIENCE).await?;
    Ok(Cost { cpu: cpu.server()?, points: outcome.points })
}
