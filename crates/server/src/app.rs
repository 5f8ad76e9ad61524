//! The state that handlers and workers share.

use crate::analytics::Analytics;
use crate::failures::Failures;
use crate::http::room::Room;
use crate::live::Live;
use crate::metric::ingest::writer::Writer;
use crate::registry::Registry;
use crate::telemetry::Telemetry;
use std::path::PathBuf;
use std::sync::Arc;
use tracely_analytics::AnalyticsError;
use tracely_analytics::elastic::{ElasticConfig, ElasticError};
use tracely_core::rule::engine;
use tracely_core::time::{DAY, MINUTE};
use tracely_store::{Store, StoreError, Task};
use tracely_web::Files;

/// What may be set about the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where segments are kept.
    pub segment_dir: PathBuf,
    /// Origins of other pages that may call, such as `http://localhost:3000`.
    pub cors_allowed_origins: Vec<String>,
    /// The largest body of an ingest request, in bytes after decompression.
    pub max_body_bytes: usize,
    /// The most points of one ingest request.
    pub max_points_per_request: usize,
    /// The most series of one organization.
    pub max_series: u64,
    /// How points are judged.
    pub rules: engine::Config,
    /// How long entries of the log are kept at least, in microseconds.
    pub log_retention: i64,
    /// How many bytes of the log are kept at most, once every consumer has passed them.
    pub log_retention_bytes: u64,
    /// How long points are kept for analytics, in microseconds.
    pub point_retention: i64,
    /// How long points stay in memory and in the log before they are written to segments, in microseconds.
    pub flush_every: i64,
    /// The search cluster that points go to and questions are asked of; none for the embedded engine.
    pub elastic: Option<ElasticConfig>,
    /// The files of the web app.
    pub web: Files,
}

impl Settings {
    /// Returns the defaults for a segment directory.
    pub fn new(segment_dir: PathBuf) -> Self {
        Self {
            segment_dir,
            cors_allowed_origins: Vec::new(),
            max_body_bytes: 8 << 20,
            max_points_per_request: 50_000,
            max_series: 1_000_000,
            rules: engine::Config::default(),
            log_retention: DAY,
            log_retention_bytes: 10 << 30,
            point_retention: 90 * DAY,
            flush_every: MINUTE,
            elastic: None,
            web: Files::built(),
        }
    }
}

/// How far ahead of the clock a point's instant may lie, in microseconds.
pub const MAX_AHEAD: i64 = 10 * MINUTE;

/// The state. Cheap to clone; all clones are the same application.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    analytics: Analytics,
    registry: Registry,
    writer: Writer,
    settings: Settings,
    telemetry: Telemetry,
    failures: Failures,
    live: Live,
    room: Room,
}

/// Says why the application could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database failed.
    #[error("the database is not usable")]
    Store(#[from] StoreError),
    /// The segments failed.
    #[error("the segments are not usable")]
    Analytics(#[from] AnalyticsError),
    /// The search cluster cannot be used by this version.
    #[error("the search cluster is not usable")]
    Elastic(#[from] ElasticError),
}

impl App {
    /// Loads what must be in memory and starts the writer of points. The store must be prepared.
    pub async fn start(store: Store, settings: Settings) -> Result<Self, StartError> {
        let registry = Registry::load(&store).await?;
        let analytics = Analytics::open(&store, &settings).await?;
        let telemetry = Telemetry::default();
        let failures = Failures::default();
        let writer = Writer::start(store.of(Task::Points), telemetry.clone(), failures.clone());
        let live = Live::default();
        let room = Room::for_bodies_of(settings.max_body_bytes);
        Ok(Self(Arc::new(Inner {
            store,
            analytics,
            registry,
            writer,
            settings,
            telemetry,
            failures,
            live,
            room,
        })))
    }

    /// Returns the database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn analytics(&self) -> &Analytics {
        &self.0.analytics
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.0.writer
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.0.telemetry
    }

    pub(crate) fn failures(&self) -> &Failures {
        &self.0.failures
    }

    pub(crate) fn live(&self) -> &Live {
        &self.0.live
    }

    pub(crate) fn room(&self) -> &Room {
        &self.0.room
    }

    /// Ends the streams of live changes, which would not end by themselves, and lets no new one begin.
    pub fn end_streams(&self) {
        self.0.live.close();
    }

    /// Waits until accepted points are durable, and takes no more.
    pub async fn drain(&self) {
        self.0.writer.drain().await;
    }
}
