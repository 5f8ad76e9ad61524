//! What the process counts about itself, for `/metrics` and for watching itself.

pub(crate) mod middleware;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Counters of the process. Cheap to clone; all clones are the same counters.
#[derive(Debug, Clone)]
pub(crate) struct Telemetry(Arc<Counters>);

#[derive(Debug)]
struct Counters {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: Family<RouteLabels, Histogram>,
    points_accepted: Counter,
    points_rejected: Counter,
    commits: Counter,
    commit_latency: Histogram,
    lag: Family<ConsumerLabels, Gauge>,
    indexer_lag: Gauge,
    indexer_lag_seconds: Gauge,
    segments: Extent,
    cluster: Extent,
    series: Gauge,
    live_connections: Gauge,
    recent: Mutex<Recent>,
    /// Up to which entry of the log each consumer has worked, in memory.
    worked: Mutex<BTreeMap<&'static str, u64>>,
}

/// How much an analytics engine keeps.
#[derive(Debug, Default)]
struct Extent {
    files: Gauge,
    points: Gauge,
    bytes: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: String,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConsumerLabels {
    consumer: &'static str,
}

/// Requests since they were last taken, for self-monitoring.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Recent {
    /// Latencies in milliseconds; a sample of at most [`MAX_RECENT`].
    pub(crate) latencies: Vec<f64>,
    /// How many requests were answered.
    pub(crate) count: u64,
    /// How many of them with a status of 500 or above.
    pub(crate) errors: u64,
}

const MAX_RECENT: usize = 100_000;

impl Default for Telemetry {
    fn default() -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        let counters = Counters {
            registry: Registry::with_prefix("tracely"),
            requests: Family::default(),
            latency: Family::new_with_constructor(seconds),
            points_accepted: Counter::default(),
            points_rejected: Counter::default(),
            commits: Counter::default(),
            commit_latency: seconds(),
            lag: Family::default(),
            indexer_lag: Gauge::default(),
            indexer_lag_seconds: Gauge::default(),
            segments: Extent::default(),
            cluster: Extent::default(),
            series: Gauge::default(),
            live_connections: Gauge::default(),
            recent: Mutex::default(),
            worked: Mutex::default(),
        };
        Self(Arc::new(counters.registered()))
    }
}

impl Counters {
    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register("http_request_seconds", "Time to answer a request", self.latency.clone());
        registry.register("points_accepted", "Points that were made durable", self.points_accepted.clone());
        registry.register("points_rejected", "Points that were invalid", self.points_rejected.clone());
        registry.register("ingest_commits", "Group commits of points", self.commits.clone());
        registry.register("ingest_commit_seconds", "Time of a group commit", self.commit_latency.clone());
        registry.register(
            "consumer_lag",
            "Entries of the log that a consumer has yet to read",
            self.lag.clone(),
        );
        let lag = "Entries of the log that are not in the analytics engine in use yet";
        registry.register("indexer_lag", lag, self.indexer_lag.clone());
        let lag = "Age of the oldest points that are not in the analytics engine in use yet";
        registry.register_with_unit("indexer_lag", lag, Unit::Seconds, self.indexer_lag_seconds.clone());
        let Extent { files, points, bytes } = &self.segments;
        registry.register("segments", "Segment files", files.clone());
        registry.register("segment_points", "Points in segments", points.clone());
        registry.register_with_unit("segment", "Size of the segment files", Unit::Bytes, bytes.clone());
        let Extent { files, points, bytes } = &self.cluster;
        registry.register("cluster_indices", "Indices of the search cluster", files.clone());
        registry.register("cluster_points", "Points in the search cluster", points.clone());
        let size = "Size of the search cluster's indices without their copies";
        registry.register_with_unit("cluster_primary", size, Unit::Bytes, bytes.clone());
        registry.register("series", "Known series", self.series.clone());
        let listening = "Connections that listen to live changes";
        registry.register("live_connections", listening, self.live_connections.clone());
        self
    }
}

impl Telemetry {
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        let labels = RequestLabels { method: method.clone(), route: route.clone(), status };
        self.0.requests.get_or_create(&labels).inc();
        self.0.latency.get_or_create(&RouteLabels { method, route }).observe(took.as_secs_f64());
        let mut recent = self.0.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.count += 1;
        recent.errors += u64::from(status >= 500);
        if recent.latencies.len() < MAX_RECENT {
            recent.latencies.push(took.as_secs_f64() * 1_000.0);
        }
    }

    pub(crate) fn accepted(&self, points: usize, rejected: usize) {
        self.0.points_accepted.inc_by(points as u64);
        self.0.points_rejected.inc_by(rejected as u64);
    }

    pub(crate) fn committed(&self, took: Duration) {
        self.0.commits.inc();
        self.0.commit_latency.observe(took.as_secs_f64());
    }

    /// Notes up to which entry of the log a consumer has worked.
    pub(crate) fn worked(&self, consumer: &'static str, position: u64) {
        self.0.worked.lock().unwrap_or_else(PoisonError::into_inner).insert(consumer, position);
    }

    /// Returns up to which entry of the log a consumer has worked; none before its first tick.
    pub(crate) fn worked_up_to(&self, consumer: &'static str) -> Option<u64> {
        self.0.worked.lock().unwrap_or_else(PoisonError::into_inner).get(consumer).copied()
    }

    /// Notes how much the search cluster keeps.
    pub(crate) fn cluster(&self, extent: tracely_analytics::elastic::Extent) {
        let Extent { files, points, bytes } = &self.0.cluster;
        files.set(extent.indices as i64);
        points.set(extent.points as i64);
        bytes.set(extent.primary_bytes as i64);
    }

    /// Notes how many segments there are, how many points they hold, and how large they are in bytes.
    pub(crate) fn segments(&self, count: usize, held: u64, size: u64) {
        let Extent { files, points, bytes } = &self.0.segments;
        files.set(count as i64);
        points.set(held as i64);
        bytes.set(size as i64);
    }

    /// Notes how many entries of the log the analytics engine in use lacks, and how many seconds ago the oldest points
    /// among them were accepted.
    pub(crate) fn indexer_lag(&self, entries: u64, seconds: u64) {
        self.0.indexer_lag.set(entries as i64);
        self.0.indexer_lag_seconds.set(seconds as i64);
    }

    pub(crate) fn series(&self, count: usize) {
        self.0.series.set(count as i64);
    }

    pub(crate) fn live_connections(&self, count: usize) {
        self.0.live_connections.set(count as i64);
    }

    /// Takes what was counted since this was last called.
    pub(crate) fn take_recent(&self) -> Recent {
        std::mem::take(&mut self.0.recent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes everything in the OpenMetrics text format, which Prometheus reads. `head` is where the log ends.
    pub(crate) fn text(&self, head: u64) -> Result<String, std::fmt::Error> {
        for (consumer, worked) in self.0.worked.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let labels = ConsumerLabels { consumer };
            self.0.lag.get_or_create(&labels).set(head.saturating_sub(*worked) as i64);
        }
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}
