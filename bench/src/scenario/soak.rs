//! An hour at half of A1's limit, with everything on.

use super::setup::{PATIENCE, Prepared, in_turn, workload};
use crate::api::{Api, Lag, Live};
use crate::bench::{Bench, Figures};
use crate::home::{Database, Durability};
use crate::load::{Plan, drive_watched, histogram};
use crate::record::{Run, Sample};
use crate::row::Row;
use crate::{disk, process};
use anyhow::Context;
use hdrhistogram::Histogram;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 8;
/// How often memory, disk and lag are looked at.
const SAMPLE_EVERY: Duration = Duration::from_secs(10);
/// Lines of the table.
const LINES: u32 = 12;
/// Between two things that a person asks for.
const QUESTION_EVERY: Duration = Duration::from_millis(500);
/// Between two times that a person closes what is open.
const CLOSE_EVERY: Duration = Duration::from_secs(5);
/// Live streams that listen.
const LISTENERS: usize = 4;

/// What people ask for while points come.
const QUESTIONS: [&str; 6] = [
    "/api/incidents?status=OPEN,IN_PROGRESS&sort_by=severity&limit=50",
    "/api/metrics/chart?service=svc-00001&metric_type=LATENCY_MS",
    "/api/services/overview?limit=20",
    "/api/notifications?limit=50",
    "/api/incidents/summary",
    "/api/metrics?service=svc-00002&limit=50",
];

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let (workload, templates) = workload(bench);
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let size = (workload.services, bench.scale.rules);
        let prepared = Prepared::fresh(bench, database, Durability::Durable, size).await?;
        let address = prepared.server.address;
        let plan = Plan::Open(bench.scale.half_rate / workload.points_per_request as f64);
        let connections = bench.connections.unwrap_or(CONNECTIONS);
        let watcher = Watcher::new(prepared.server.id(), bench.scale.duration);
        let latency = RefCell::new(histogram());
        let note = |micros| latency.borrow_mut().saturating_record(micros);
        let encode = in_turn(&templates);
        let load = drive_watched(address, connections, plan, bench.scale.duration, encode, note);
        let data_dir = prepared.home.data_dir();
        let people = async {
            let listeners = (0..LISTENERS).map(|_| listen(address));
            tokio::try_join!(
                watcher.watch(address, &data_dir, &latency),
                ask(address),
                close(address),
                futures_util::future::try_join_all(listeners)
            )
        };
        let outcome = tokio::select! {
            outcome = load => outcome?,
            stopped = people => {
                stopped?;
                anyhow::bail!("people stopped asking");
            }
        };
        let drain = Api::open(address).await?.until_followed(PATIENCE).await?;
        let (samples, max_lag) = (watcher.lines.take(), watcher.max_lag.get());
        let mut figures = Figures::default();
        figures.add("minutes", outcome.elapsed.as_secs_f64() / 60.0);
        figures.add("points_per_second", outcome.points_per_second());
        figures.add("p50_ms", outcome.latency_ms(0.5));
        figures.add("p99_ms", outcome.latency_ms(0.99));
        figures.add("max_ms", outcome.latency_ms(1.0));
        figures.add("refused", outcome.refused as f64);
        figures.add("unsent", outcome.unsent as f64);
        figures.add("drain_s", drain.as_secs_f64());
        figures.add("max_lag", max_lag as f64);
        figures.add("rss_growth", growth(&samples, |sample| sample.rss_mb));
        figures.add("p99_growth", growth(&samples, |sample| sample.p99_ms));
        figures.samples = samples;
        runs.push(bench.finish(Row::Soak, database, number, prepared.circumstances, figures)?);
        prepared.remove().await?;
    }
    Ok(runs)
}

/// How the mean of the last quarter compares with that of the second: near 1 when something is flat. The first quarter
/// is left out, since caches fill then.
fn growth(samples: &[Sample], of: impl Fn(&Sample) -> f64) -> f64 {
    let mean = |samples: &[Sample]| samples.iter().map(&of).sum::<f64>() / samples.len().max(1) as f64;
    let quarter = samples.len() / 4;
    if quarter == 0 {
        return 1.0;
    }
    mean(&samples[samples.len() - quarter..]) / mean(&samples[quarter..2 * quarter])
}

/// Looks at the server, and gathers lines of the table.
struct Watcher {
    id: u32,
    line: Duration,
    every: Duration,
    lines: RefCell<Vec<Sample>>,
    max_lag: Cell<u64>,
}

impl Watcher {
    fn new(id: u32, duration: Duration) -> Self {
        let line = duration / LINES;
        Self { id, line, every: SAMPLE_EVERY.min(line), lines: RefCell::default(), max_lag: Cell::new(0) }
    }

    async fn watch(
        &self,
        address: SocketAddr,
        data_dir: &Path,
        latency: &RefCell<Histogram<u64>>,
    ) -> anyhow::Result<()> {
        let mut api = Api::open(address).await?;
        let start = Instant::now();
        let (mut rss, mut lag, mut ends) = (0, 0, self.line);
        loop {
            tokio::time::sleep(self.every).await;
            rss = rss.max(process::resident(self.id)?);
            let Lag { evaluator, dispatcher, indexer } = api.lag().await?;
            lag = lag.max(evaluator).max(dispatcher).max(indexer);
            // The last line ends with the load, before the sample that would be after it.
            if start.elapsed() + self.every >= ends {
                let latency = latency.replace(histogram());
                self.max_lag.set(self.max_lag.get().max(lag));
                self.lines.borrow_mut().push(Sample {
                    minute: start.elapsed().as_secs_f64() / 60.0,
                    rss_mb: rss as f64 / 1e6,
                    disk_mb: disk::size_of(data_dir) as f64 / 1e6,
                    lag: lag as f64,
                    p50_ms: latency.value_at_quantile(0.5) as f64 / 1e3,
                    p99_ms: latency.value_at_quantile(0.99) as f64 / 1e3,
                    max_ms: latency.max() as f64 / 1e3,
                });
                (rss, lag, ends) = (0, 0, ends + self.line);
            }
        }
    }
}

async fn ask(address: SocketAddr) -> anyhow::Result<()> {
    let mut api = Api::open(address).await?;
    for question in QUESTIONS.iter().cycle() {
        api.get(question).await?;
        tokio::time::sleep(QUESTION_EVERY).await;
    }
    Ok(())
}

/// Closes the oldest incidents that have recovered, so that they open again.
async fn close(address: SocketAddr) -> anyhow::Result<()> {
    let mut api = Api::open(address).await?;
    loop {
        tokio::time::sleep(CLOSE_EVERY).await;
        let open = api.get("/api/incidents?status=OPEN&sort_dir=asc&limit=20").await?;
        for incident in open["data"].as_array().context("no list")? {
            if incident["recovered_at"].is_string() {
                let id = incident["id"].as_str().context("no id")?;
                api.patch(&format!("/api/incidents/{id}"), &json!({"status": "CLOSED"})).await?;
            }
        }
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<()> {
    let mut live = Live::open(address).await?;
    loop {
        live.change().await?;
    }
}
