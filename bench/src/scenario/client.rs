//! What the load generator itself costs, against a server that does nothing.

use super::setup::{in_turn, workload};
use crate::answer::Answering;
use crate::bench::{Bench, Circumstances, Figures};
use crate::home::Database;
use crate::load::{Plan, drive};
use crate::process::own_cpu_time;
use crate::record::Run;
use crate::row::Row;

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let (workload, templates) = workload(bench);
    let singles = workload.singles(workload.series());
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let circumstances = Circumstances::of(&bench.directory)?;
        let server = Answering::start()?;
        let before = own_cpu_time()?;
        let batches =
            drive(server.address, 8, Plan::Closed, bench.scale.duration, in_turn(&templates)).await?;
        let between = own_cpu_time()?;
        let encode = |number: u64, buffer: &mut Vec<u8>| {
            buffer.extend_from_slice(&singles[(number % singles.len() as u64) as usize]);
            1
        };
        let alone = drive(server.address, 64, Plan::Closed, bench.scale.duration, encode).await?;
        let after = own_cpu_time()?;

        let mut figures = Figures::default();
        let micros = |cpu: std::time::Duration, count: u64| cpu.as_secs_f64() * 1e6 / count as f64;
        figures.add("batch_us_per_point", micros(between.saturating_sub(before), batches.points));
        figures.add("batch_per_second", batches.points_per_second());
        figures.add("single_us_per_request", micros(after.saturating_sub(between), alone.requests));
        figures.add("single_per_second", alone.points_per_second());
        runs.push(bench.finish(Row::Client, database, number, circumstances, figures)?);
    }
    Ok(runs)
}
