//! B1: how fast a search cluster is filled, against a loader that does nothing else.

use super::indexed::Indexed;
use crate::bench::{Bench, Figures};
use crate::home::Database;
use crate::record::Run;
use crate::row::Row;
use crate::search::Cluster;
use anyhow::{Context, ensure};
use std::time::Instant;

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let address = bench.cluster.context("no search cluster: run this under `scripts/with-opensearch`")?;
    let mut cluster = Cluster::open(address).await?;
    let mut runs = Vec::new();
    // The first round warms the node and is not told.
    for number in 0..=bench.runs {
        let indexed = Indexed::fill(bench, database, address).await?;
        let (prefix, circumstances) = (indexed.prefix.clone(), indexed.circumstances);
        let (points, timed, took) = (indexed.points, indexed.timed, indexed.took);
        indexed.remove().await?;
        let documents = cluster.count(&prefix).await?;
        let bytes = cluster.bytes(&prefix).await?;

        let bare = format!("{prefix}bare");
        let bulk = cluster.copied(&prefix, &bare).await?;
        let started = Instant::now();
        cluster.load(&bulk).await?;
        let alone = started.elapsed();
        let loaded = cluster.count(&format!("{bare}-*")).await?;
        ensure!(
            documents == points && loaded == points,
            "{points} points, {documents} documents, {loaded} copies"
        );
        cluster.delete(&format!("{prefix}*")).await?;
        if number == 0 {
            continue;
        }
        let (per_second, bare_per_second) =
            (timed as f64 / took.as_secs_f64(), documents as f64 / alone.as_secs_f64());
        let mut figures = Figures::default();
        figures.add("ratio", per_second / bare_per_second);
        figures.add("per_second", per_second);
        figures.add("bare_per_second", bare_per_second);
        figures.add("documents", documents as f64);
        figures.add("bytes_per_point", bytes as f64 / documents as f64);
        runs.push(bench.finish(Row::B1, database, number, circumstances, figures)?);
    }
    Ok(runs)
}
