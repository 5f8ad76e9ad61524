//! `GET /api/system`: the state of this installation, for the people who run it.

mod cluster;
pub(crate) mod parked;

pub use cluster::ClusterBody;

use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::{One, one};
use crate::http::problem::{Failures, Problem, chain};
use crate::http::query::NoParams;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tracely_core::time::Timestamp;
use tracely_store::consumer::{self, Consumer};
use tracely_store::log;
use utoipa::ToSchema;

/// The state of this installation.
#[derive(Debug, Serialize, ToSchema)]
pub struct SystemBody {
    /// The version of Tracely.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The kind of database.
    #[schema(example = "SQLite")]
    database: &'static str,
    /// The log.
    log: LogBody,
    /// How far each worker has got.
    consumers: Vec<ConsumerBody>,
    /// Where points are kept.
    analytics: AnalyticsBody,
    /// Entries of the log that a worker could not read and left behind, newest first.
    parked: Vec<ParkedBody>,
    /// Who fails at every attempt now, and tries again.
    failing: Vec<FailingBody>,
}

/// Somebody whose attempts fail now.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailingBody {
    /// A worker; or `points`: nothing that is sent can be stored; `snapshots`: the state of the rules cannot be stored,
    /// and a restart would take longer; `clock`: it is not believed.
    #[schema(example = "points")]
    who: &'static str,
    /// Since when.
    since: Timestamp,
    /// Why the newest attempt failed.
    error: String,
}

/// The log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogBody {
    /// The position of the newest entry.
    head: u64,
    /// How many entries are kept.
    entries: u64,
}

/// How far a worker has got.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsumerBody {
    /// Its name.
    name: &'static str,
    /// Up to where its work is durable. A restart goes on from there; entries that cause nothing, and points that are
    /// not in a segment yet, lie behind it for a while.
    position: u64,
    /// How many entries it has not worked on yet.
    lag: u64,
}

/// Where points are kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnalyticsBody {
    /// The engine in use: `segments`, or `cluster`, a search cluster.
    #[schema(example = "segments")]
    engine: &'static str,
    /// How many entries of the log the engine in use does not have yet; 0 when none of them has points.
    lag: u64,
    /// How many seconds ago the oldest points among them were accepted; 0 when it has all.
    lag_seconds: u64,
    /// How many series are known.
    series: usize,
    /// How many points are in memory and not yet in a segment. They are in the log too.
    tail_points: usize,
    /// How many segments there are.
    segments: usize,
    /// How many points they hold.
    segment_points: u64,
    /// How large they are, in bytes.
    segment_bytes: u64,
    /// Segments that cannot be read, with why.
    broken: Vec<String>,
    /// The search cluster; null when points are kept in segments.
    cluster: Option<ClusterBody>,
}

/// An entry of the log that a worker could not read.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedBody {
    /// Which worker.
    consumer: String,
    /// Which entry.
    position: u64,
    /// What is wrong with it.
    error: String,
    /// When it was left behind.
    created_at: Timestamp,
}

/// Describes the state of this installation.
#[utoipa::path(
    get,
    path = "/system",
    tag = "system",
    responses(
        (status = 200, description = "The state", body = One<SystemBody>),
        Failures,
    )
)]
pub(crate) async fn get_system(
    State(app): State<App>,
    caller: Caller,
    _: NoParams,
) -> Result<Json<One<SystemBody>>, Problem> {
    let store = app.store();
    let head = store.refresh_head().await?;
    let mut consumers = Vec::new();
    for consumer in Consumer::ALL.into_iter().filter(|one| app.analytics().is_in_use(*one)) {
        let position = consumer::position(store, consumer).await?;
        consumers.push(ConsumerBody {
            name: consumer.as_str(),
            position,
            lag: head.saturating_sub(app.telemetry().worked_up_to(consumer.as_str()).unwrap_or(position)),
        });
    }
    let parked = consumer::parked(store, caller.organization_id).await?.into_iter().map(|entry| ParkedBody {
        consumer: entry.consumer,
        position: entry.position,
        error: entry.error,
        created_at: entry.created_at,
    });
    let failing = app.failures().list().into_iter();
    let failing =
        failing.map(|(who, failure)| FailingBody { who, since: failure.since, error: failure.error });
    let lag = app.analytics().lag(&app, head).await?;
    let engine = app.analytics().engine();
    let segments = engine.segments();
    let broken = engine.broken();
    let analytics = AnalyticsBody {
        engine: cluster::engine(&app),
        lag: lag.entries,
        lag_seconds: lag.seconds,
        series: app.registry().series_count(),
        tail_points: engine.tail_points(),
        segments: segments.len(),
        segment_points: segments.iter().map(|segment| segment.rows).sum(),
        segment_bytes: segments.iter().map(|segment| segment.bytes).sum(),
        broken: broken
            .iter()
            .map(|broken| format!("{}: {}", broken.segment.file, chain(&broken.error)))
            .collect(),
        cluster: cluster::describe(&app).await?,
    };
    Ok(one(SystemBody {
        version: env!("CARGO_PKG_VERSION"),
        database: store.kind(),
        log: LogBody { head, entries: log::extent(store).await?.entries },
        consumers,
        analytics,
        parked: parked.collect(),
        failing: failing.collect(),
    }))
}
