//! A server that has brought a day of points into a search cluster.

use super::setup::PATIENCE;
use crate::api::Api;
use crate::bench::{Bench, Circumstances};
use crate::home::{Database, Durability, Home, Running};
use crate::load::{Plan, drive};
use crate::population::Population;
use crate::workload::{METRIC_TYPES, Purpose, Workload};
use anyhow::ensure;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tracely_core::time::{DAY, MINUTE, Timestamp};
use tracely_store::Clock;

const CONNECTIONS: usize = 4;
/// Between two points of a series.
const STEP: i64 = MINUTE;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The server, and what it has sent to the cluster.
#[derive(Debug)]
pub struct Indexed {
    home: Home,
    server: Running,
    /// Alias of its indices, and what their names begin with.
    pub prefix: String,
    /// The beginning of the day.
    pub from: Timestamp,
    /// How many points were sent.
    pub points: u64,
    /// How many of them are measured: not those that made the indices.
    pub timed: u64,
    /// From the first of these until the indexer had followed.
    pub took: Duration,
    /// The disk and the machine before it began.
    pub circumstances: Circumstances,
}

impl Indexed {
    /// Starts a fresh server on a cluster and sends it the points.
    pub async fn fill(bench: &Bench, database: Database, cluster: SocketAddr) -> anyhow::Result<Self> {
        let prefix = format!("bench{}x{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let home = Home::fresh(bench, database, Durability::Durable)
            .await?
            .with("ELASTICSEARCH_URL", &format!("http://{cluster}"))
            .with("ELASTICSEARCH_INDEX", &prefix)
            .with("ELASTICSEARCH_REPLICAS", "0")
            // What it measures itself by would come between.
            .with("TRACELY_SELF_MONITORING", "off");
        let circumstances = Circumstances::of(home.directory())?;
        let server = home.serve()?;
        let steps = (DAY / STEP) as u64;
        let services = bench.scale.documents.div_ceil(steps * METRIC_TYPES.len() as u64) as usize;
        let workload = Workload { services, hosts: 1, points_per_request: services * METRIC_TYPES.len() };
        let rounds = bench.scale.documents.div_ceil(workload.series() as u64).clamp(3, steps);
        Population::create(server.address, services).await?;
        let from = Timestamp(Clock::System.now().floor(MINUTE).0 - DAY);
        let encode = |number: u64, buffer: &mut Vec<u8>| {
            workload.encode(number, from.plus(number as i64 * STEP), Purpose::Backfill, buffer)
        };
        // The indices of both days are made beforehand, as those of the bare loader are.
        let mut api = Api::open(server.address).await?;
        let first = drive(server.address, 1, Plan::Exactly(1), PATIENCE, encode).await?;
        let last = |_: u64, buffer: &mut Vec<u8>| encode(rounds - 1, buffer);
        let last = drive(server.address, 1, Plan::Exactly(1), PATIENCE, last).await?;
        api.until_followed(PATIENCE).await?;
        let rest = |number: u64, buffer: &mut Vec<u8>| encode(number + 1, buffer);
        let started = Instant::now();
        let connections = bench.connections.unwrap_or(CONNECTIONS);
        let sent = drive(server.address, connections, Plan::Exactly(rounds - 2), PATIENCE, rest).await?;
        ensure!(first.refused + last.refused + sent.refused == 0, "requests were refused");
        api.until_followed(PATIENCE).await?;
        let took = started.elapsed();
        let (timed, points) = (sent.points, first.points + last.points + sent.points);
        Ok(Self { home, server, prefix, from, points, timed, took, circumstances })
    }

    /// Returns where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Stops the server and removes its data; the cluster's stay.
    pub async fn remove(self) -> anyhow::Result<()> {
        self.server.kill();
        self.home.remove().await
    }
}
