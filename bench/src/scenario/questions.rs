//! B2: what a question to a search cluster costs beside the bare query.

use super::indexed::Indexed;
use crate::api::Api;
use crate::bench::{Bench, Figures};
use crate::connection::Connection;
use crate::home::Database;
use crate::load::histogram;
use crate::record::Run;
use crate::recorder::Recorder;
use crate::row::Row;
use crate::search::Cluster;
use anyhow::{Context, ensure};
use std::time::{Duration, Instant};
use tracely_core::time::DAY;

/// A question: its figure, the figure of its ratio, and the path it is asked by.
type Question = (&'static str, &'static str, &'static str);
const QUESTIONS: [Question; 7] = [
    ("chart_ms", "chart", "/api/metrics/chart?bucket=minute"),
    ("one_ms", "one", "/api/metrics/chart?service=svc-00000&metric_type=LATENCY_MS&bucket=minute"),
    (
        "groups_ms",
        "groups",
        "/api/analytics/charts?metric_type=LATENCY_MS&group_by=service&statistic=avg,p95&bucket=five_minutes",
    ),
    ("ranking_ms", "ranking", "/api/analytics/rankings?metric_type=LATENCY_MS&sort_by=p95"),
    ("distribution_ms", "distribution", "/api/analytics/distributions?metric_type=LATENCY_MS"),
    (
        "availability_ms",
        "availability",
        "/api/analytics/availability?metric_type=LATENCY_MS&interval_seconds=300",
    ),
    ("list_ms", "list", "/api/metrics?metric_type=LATENCY_MS&limit=50"),
];
/// Askings of each question that only warm the caches of files and the compiler of the node.
const WARM: usize = 5;
/// A question that takes less than this, with what is around it, is asked more often, since its median is less certain.
const QUICK: Duration = Duration::from_millis(60);

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let address = bench.cluster.context("no search cluster: run this under `scripts/with-opensearch`")?;
    let recorder = Recorder::start(address).await?;
    let indexed = Indexed::fill(bench, database, recorder.address).await?;
    let mut cluster = Cluster::open(address).await?;
    let documents = cluster.count(&indexed.prefix).await?;
    ensure!(documents == indexed.points, "{documents} documents of {} points", indexed.points);
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let mut figures = Figures::default();
        let mut worst: f64 = 0.0;
        for (name, ratio_name, path) in QUESTIONS {
            let (ours, bare) = compare(bench, &indexed, &recorder, &mut cluster, path).await?;
            figures.add(name, ours);
            figures.add(ratio_name, ours / bare);
            worst = worst.max(ours / bare);
        }
        figures.add("worst", worst);
        figures.add("documents", documents as f64);
        runs.push(bench.finish(Row::B2, database, number, indexed.circumstances, figures)?);
    }
    cluster.delete(&format!("{}*", indexed.prefix)).await?;
    indexed.remove().await?;
    Ok(runs)
}

/// Asks a question again and again, and as often sends what it sends; returns the medians in milliseconds.
///
/// Before either, the cluster forgets the answers that it keeps; so it has none of them, and keeps both. Each comes first
/// as often as the other, since who asks second finds the data in nearer memory.
async fn compare(
    bench: &Bench,
    indexed: &Indexed,
    recorder: &Recorder,
    cluster: &mut Cluster,
    path: &str,
) -> anyhow::Result<(f64, f64)> {
    let mut api = Api::open(indexed.address()).await?;
    let mut direct = Connection::open(recorder.address).await?;
    let (mut ours, mut bare) = (histogram(), histogram());
    let path = format!("{path}&from={}&to={}", indexed.from, indexed.from.plus(DAY));
    recorder.take();
    api.ask(&path).await?;
    let searches = recorder.take();
    ensure!(!searches.is_empty(), "{path}: nothing was searched");
    let (began, least) = (Instant::now(), QUICK * u32::try_from(bench.scale.questions)?);
    for asking in 0.. {
        if asking >= WARM + bench.scale.questions && began.elapsed() >= least {
            break;
        }
        for by_itself in [asking % 2 == 0, asking % 2 != 0] {
            cluster.forget_answers(&indexed.prefix).await?;
            recorder.take();
            let since = Instant::now();
            if by_itself {
                for search in &searches {
                    let answer = direct.exchange(search).await?;
                    ensure!(answer.status == 200, "{path}, asked again: {}", answer.status);
                }
            } else {
                api.ask(&path).await?;
            }
            let took = since.elapsed();
            ensure!(recorder.take() == searches, "{path}: something else was searched");
            if asking >= WARM {
                let times = if by_itself { &mut bare } else { &mut ours };
                times.saturating_record(took.as_micros() as u64);
            }
        }
    }
    let median = |times: &hdrhistogram::Histogram<u64>| times.value_at_quantile(0.5) as f64 / 1_000.0;
    Ok((median(&ours), median(&bare)))
}
