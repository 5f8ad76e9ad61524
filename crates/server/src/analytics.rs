//! Analytics of the application: the engine, what is brought into it, and the questions that are asked. The modules
//! below `/api/analytics` ask the engine about points, and the database about incidents.
//!
//! There are two engines, and one is in use: the embedded one, or a search cluster when one is configured. The embedded
//! one is open in any case, so that segments of before are listed, kept for their time, and there for who goes back.

mod ask;
pub(crate) mod availability;
mod background;
mod change;
pub(crate) mod chart;
mod cluster;
pub(crate) mod distribution;
mod grouping;
pub(crate) mod hour;
pub(crate) mod incident;
pub mod indexer;
pub(crate) mod ranking;
mod rebuild;
mod selection;
mod statistic;

pub(crate) use ask::Answer;
pub use cluster::ClusterError;
pub(crate) use cluster::indexer::ClusterIndexer;
pub(crate) use cluster::{Cluster, span};

use crate::app::{App, Settings};
use crate::http::problem::chain;
use crate::http::query::{MAX_LIMIT, MAX_OFFSET};
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};
use tracely_analytics::elastic::{Elastic, ElasticConfig};
use tracely_analytics::{AnalyticsError, Config, Embedded, Entries, Segment};
use tracely_core::time::{SECOND, Timestamp};
use tracely_store::consumer::{self, Consumer};
use tracely_store::log::{self, Payload};
use tracely_store::segment::{self, SegmentRow};
use tracely_store::{Store, StoreError, installation};

/// The engine, and the order in which the log comes into it.
#[derive(Debug)]
pub(crate) struct Analytics {
    engine: Arc<Embedded>,
    /// The engine in use, when one is configured; the embedded one is otherwise.
    cluster: Option<Cluster>,
    /// Held while entries are brought into the tail, which must happen in order.
    absorbing: Mutex<()>,
    /// So many questions are worked on at a time: each may take a core and the memory of what it reads.
    turns: Semaphore,
}

/// The largest `offset + limit` of a list of points.
const PAGE_DEPTH: usize = (MAX_OFFSET + MAX_LIMIT) as usize;
/// How many questions a cluster is asked at a time.
const CLUSTER_TURNS: usize = 32;

/// What the engine in use lacks of the log.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lag {
    /// How many entries; 0 when none of them has points.
    pub(crate) entries: u64,
    /// How many seconds ago the oldest points among them were accepted, rounded up; 0 when there are none.
    pub(crate) seconds: u64,
}

impl Analytics {
    /// Opens the segments that the database lists.
    pub(crate) async fn open(store: &Store, settings: &Settings) -> Result<Self, crate::app::StartError> {
        // A commit of the process before may still be under way.
        let tx = store.begin().await?;
        segment::hold(&tx).await?;
        let segments = segment::list(&tx).await?.into_iter().map(segment_of).collect();
        let position = consumer::position(&tx, Consumer::Indexer).await?;
        tx.commit().await?;
        let dir = settings.segment_dir.clone();
        let config = Config { page_depth: PAGE_DEPTH, ..Config::default() };
        let open = move || Embedded::open(&dir, segments, position, config);
        let engine = tokio::task::spawn_blocking(open).await.expect("opening segments does not panic")?;
        for broken in engine.broken() {
            tracing::error!(
                file = broken.segment.file,
                error = chain(&broken.error),
                "a segment cannot be read; its points are missing from charts and lists"
            );
        }
        let cluster = match &settings.elastic {
            None => None,
            Some(config) => {
                let engine = Elastic::new(settings_of_cluster(store, config.clone()).await?)?;
                Some(Cluster::open(store, engine, position).await?)
            }
        };
        let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        let turns = Semaphore::new(if cluster.is_some() { CLUSTER_TURNS } else { cores });
        Ok(Self { engine: Arc::new(engine), cluster, absorbing: Mutex::new(()), turns })
    }

    pub(crate) fn engine(&self) -> &Arc<Embedded> {
        &self.engine
    }

    /// Returns the search cluster if it is the engine in use.
    pub(crate) fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    /// Returns the consumer that brings points into the engine in use. The other one stands still, and the log does not
    /// wait for it.
    pub(crate) fn consumer(&self) -> Consumer {
        if self.cluster.is_some() { Consumer::Elastic } else { Consumer::Indexer }
    }

    /// Says whether a consumer works now.
    pub(crate) fn is_in_use(&self, consumer: Consumer) -> bool {
        match consumer {
            Consumer::Evaluator | Consumer::Dispatcher => true,
            Consumer::Indexer | Consumer::Elastic => consumer == self.consumer(),
        }
    }

    /// Says whether points of a span may be missing because a segment cannot be read, or because segments hold some that
    /// the cluster in use does not have.
    pub(crate) fn is_incomplete(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
        match &self.cluster {
            None => self.engine.is_incomplete(from, to),
            Some(cluster) => cluster.lacks_points_of(from, to),
        }
    }

    /// Returns what the engine in use lacks of the log, which ends at `head`.
    pub(crate) async fn lag(&self, app: &App, head: u64) -> Result<Lag, StoreError> {
        let position = match &self.cluster {
            None => self.engine.position(),
            Some(cluster) => cluster.position(),
        };
        if position >= head {
            return Ok(Lag::default());
        }
        let Some(since) = log::points_waiting_since(app.store(), position).await? else {
            return Ok(Lag::default());
        };
        let waited = (app.store().clock().now().0 - since.0).max(1) as u64;
        Ok(Lag { entries: head - position, seconds: waited.div_ceil(SECOND as u64) })
    }

    /// Brings everything that is in the log now into the tail. Returns whether there was anything.
    pub(crate) async fn catch_up(&self, store: &Store) -> Result<bool, StoreError> {
        let head = *store.head().borrow();
        if self.engine.position() >= head {
            return Ok(false);
        }
        let _in_order = self.absorbing.lock().await;
        while self.engine.position() < head {
            let entries = log::after(store, self.engine.position()).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                match &entry.payload {
                    Payload::Points { batch, .. } => self.engine.absorb(entry.position, Arc::clone(batch)),
                    Payload::Event(_) => self.engine.skip_to(entry.position),
                    Payload::Unreadable(error) => {
                        let tx = store.begin().await?;
                        let (consumer, organization_id) = (Consumer::Indexer, entry.organization_id);
                        consumer::park(&tx, consumer, organization_id, entry.position, error).await?;
                        tx.commit().await?;
                        self.engine.skip_to(entry.position);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Sets the segment aside whose damage an error tells of, and says so; returns any other error.
    pub(crate) fn set_aside(&self, error: AnalyticsError) -> Result<(), AnalyticsError> {
        let what = chain(&error);
        match self.engine.set_aside(error) {
            None => {
                tracing::error!(
                    error = what,
                    "a segment cannot be read; its points are missing from charts and lists"
                );
                Ok(())
            }
            Some(other) => Err(other),
        }
    }
}

/// Completes the settings of a search cluster with what follows from the database and the API. They go into the index
/// template, so whoever connects for a database has to have the same.
pub async fn settings_of_cluster(store: &Store, config: ElasticConfig) -> Result<ElasticConfig, StoreError> {
    let owner = Some(installation::name(store).await?);
    Ok(ElasticConfig { page_depth: PAGE_DEPTH, owner, ..config })
}

/// Runs work on the engine away from the threads that serve requests.
pub(crate) async fn run_blocking<T: Send + 'static>(
    engine: &Arc<Embedded>,
    work: impl FnOnce(&Embedded) -> T + Send + 'static,
) -> T {
    let engine = Arc::clone(engine);
    match tokio::task::spawn_blocking(move || work(&engine)).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

pub(crate) fn row_of(segment: &Segment) -> SegmentRow {
    let Segment { file, day, min_instant, max_instant, min_series, max_series, rows, bytes, entries } =
        segment.clone();
    let entries = entries.to_string();
    SegmentRow { file, day, min_instant, max_instant, min_series, max_series, rows, bytes, entries }
}

/// Returns what the analytics engine knows of a segment that the database lists.
pub fn segment_of(row: SegmentRow) -> Segment {
    let SegmentRow { file, day, min_instant, max_instant, min_series, max_series, rows, bytes, entries } =
        row;
    let entries = Entries::parse(&entries);
    Segment { file, day, min_instant, max_instant, min_series, max_series, rows, bytes, entries }
}
