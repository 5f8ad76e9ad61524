//! Analytics in a search cluster: what is brought into it, how far that has got, and how questions see it.
//!
//! Entries of the log go into the cluster in order. The position up to which that was done is in memory, and behind it
//! in the database, where the worker moves it now and then; after a crash the entries in between are sent again, which
//! changes nothing, since a document's id says which point it is.
//!
//! **Questions** wait, for a bounded time, until what was acknowledged before them is in the cluster and visible there.
//! Many questions at a time share one refresh. When the time is over, the answer says how far behind it is.
//!
//! **What segments hold.** Points that went into segments before the cluster came into use, and are no longer in the log,
//! are not in the cluster until somebody runs `tracely reindex`. The worker counts them now and then, answers about their
//! days say that they are incomplete, and `/api/system` says what to do (`segments`).
//!
//! **A cluster that fails** is left alone for a second, then two, up to half a minute (`sending`). When it says that it has
//! too much to do, fewer points are sent at a time, so that some get through. Nothing else waits for it: points are
//! accepted and judged, and stay in the log.

pub(crate) mod indexer;
mod old;
mod parking;
mod segments;
mod sending;

pub(crate) use segments::{SegmentsOnly, span};

use crate::app::App;
use crate::http::problem::{Problem, chain};
use sending::Sending;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tracely_analytics::elastic::{Batch, Elastic, ElasticError, Refused, Subject};
use tracely_core::id::SeriesId;
use tracely_core::time::SECOND;
use tracely_store::consumer::{self, Consumer};
use tracely_store::log::{self, Payload};
use tracely_store::{Store, StoreError};

/// How long a question waits for what was acknowledged before it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the cluster makes what it has visible by itself, in seconds; see the engine's index template.
const REFRESHES_EVERY: u64 = 10;

/// Why points could not be brought into the cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The cluster failed.
    #[error("points cannot be brought into the search cluster")]
    Elastic(#[from] ElasticError),
    /// The cluster failed and is left alone for a while.
    #[error("the search cluster is left alone for a while, since it failed: {0}")]
    Paused(String),
}

/// The cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    engine: Elastic,
    /// Up to which entry of the log the cluster has the points.
    position: AtomicU64,
    /// Held while entries are brought in, which happens in order, and while an index is looked at and deleted.
    sending: Mutex<Sending>,
    /// Up to which entry of the log questions see the points; held while that changes.
    visible: Mutex<u64>,
    /// What segments hold and the cluster does not have, as far as it was looked at.
    segments_only: RwLock<Vec<SegmentsOnly>>,
}

impl Cluster {
    /// Makes the cluster's place in the application. A cluster that does not answer is told and asked again later; one
    /// that this version does not know, or whose indices are another database's, is an error. `indexed` is up to which
    /// entry of the log points are in segments.
    pub(super) async fn open(
        store: &Store,
        engine: Elastic,
        indexed: u64,
    ) -> Result<Self, crate::app::StartError> {
        match engine.connect().await {
            Ok(product) => {
                tracing::info!(%product, address = engine.address(), "analytics are in a search cluster");
            }
            Err(error @ (ElasticError::Unsupported { .. } | ElasticError::Taken { .. })) => {
                return Err(error.into());
            }
            Err(error) => tracing::error!(
                error = chain(&error),
                address = engine.address(),
                "the search cluster cannot be used now; points are accepted and judged, and charts come later"
            ),
        }
        let position = consumer::position(store, Consumer::Elastic).await?;
        let first = log::extent(store).await?.first;
        let lost = position.max(indexed) + 1;
        if first > lost {
            tracing::warn!(
                from = lost,
                to = first - 1,
                "entries of the log were deleted before the search cluster or a segment had them; their points are in no \
                 chart of this cluster"
            );
        }
        let position = AtomicU64::new(position);
        let (sending, visible, segments_only) = (Mutex::default(), Mutex::new(0), RwLock::default());
        Ok(Self { engine, position, sending, visible, segments_only })
    }

    pub(crate) fn engine(&self) -> &Elastic {
        &self.engine
    }

    /// Returns up to which entry of the log the cluster has the points.
    pub(crate) fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    /// Brings the points of the log up to an entry into the cluster. Returns whether there was anything.
    pub(crate) async fn bring_in(&self, app: &App, until: u64) -> Result<bool, ClusterError> {
        let mut any = false;
        while self.position() < until {
            let mut sending = self.sending.lock().await;
            let now = app.store().clock().steady();
            sending.check(now)?;
            match self.bring_some_in(app, &sending).await {
                Ok(0) => {
                    // The entries up to there were deleted, and the ones after it are not asked for.
                    self.position.fetch_max(until, Ordering::AcqRel);
                    break;
                }
                Ok(_) => {
                    sending.went_well();
                    any = true;
                }
                Err(error) => {
                    sending.failed(&error, now);
                    return Err(error);
                }
            }
        }
        Ok(any)
    }

    /// Brings the next entries in and returns how many.
    async fn bring_some_in(&self, app: &App, sending: &Sending) -> Result<usize, ClusterError> {
        let store = app.store();
        let (mut entries, mut points) = (Vec::new(), 0);
        while !sending.is_enough(points) {
            let after = entries.last().map_or(self.position(), |entry: &Arc<log::Entry>| entry.position);
            let more = log::after(store, after).await?;
            if more.is_empty() {
                break;
            }
            for entry in more {
                if sending.is_careful() && sending.is_enough(points) {
                    break;
                }
                points += points_in(&entry);
                entries.push(entry);
            }
        }
        let Some(last) = entries.last().map(|entry| entry.position) else { return Ok(0) };
        let refused = self.send(app, &entries).await?;
        parking::park(store, &entries, &refused).await?;
        self.position.store(last, Ordering::Release);
        Ok(entries.len())
    }

    /// Sends the points of some entries, and returns those that the cluster refuses.
    async fn send(&self, app: &App, entries: &[Arc<log::Entry>]) -> Result<Vec<Refused>, ClusterError> {
        let batches: Vec<Batch<'_>> = entries.iter().filter_map(|entry| batch_of(entry)).collect();
        if batches.is_empty() {
            return Ok(Vec::new());
        }
        let registry = app.registry();
        let mut catalogs = HashMap::new();
        for batch in &batches {
            if let Entry::Vacant(unknown) = catalogs.entry(batch.organization_id) {
                unknown.insert(registry.catalog(app.store(), batch.organization_id).await?);
            }
            for series in &batch.points.series {
                registry.series_or_load(app.store(), SeriesId(*series)).await?;
            }
        }
        let describe = |id: SeriesId| {
            let series = registry.series(id)?;
            let service = catalogs.get(&series.organization_id)?.services.get(&series.service_id).cloned();
            Some(Subject { series: (*series).clone(), service })
        };
        Ok(self.engine.index(&batches, describe).await?)
    }

    /// Waits, for a bounded time, until questions see the points of the log up to an entry. Returns how many seconds
    /// the cluster is behind if that was not enough.
    pub(crate) async fn catch_up(&self, app: &App) -> Result<Option<u64>, StoreError> {
        let head = *app.store().head().borrow();
        if self.shows(head) {
            return Ok(None);
        }
        // In a task of its own, since giving up on it must not break it off.
        let showing = tokio::spawn({
            let app = app.clone();
            async move {
                match app.analytics().cluster() {
                    Some(cluster) => cluster.show(&app, head).await,
                    None => Ok(()),
                }
            }
        });
        match tokio::time::timeout(PATIENCE, showing).await {
            Ok(Ok(Ok(()))) => return Ok(None),
            Ok(Ok(Err(error))) => tracing::debug!(error = chain(&error), "the search cluster is behind"),
            Ok(Err(_)) | Err(_) => (),
        }
        Ok(self.behind(app).await?.or(Some(REFRESHES_EVERY)))
    }

    /// Returns how many seconds ago the oldest points were accepted that the cluster does not have; none when it has all.
    pub(crate) async fn behind(&self, app: &App) -> Result<Option<u64>, StoreError> {
        let since = log::points_waiting_since(app.store(), self.position()).await?;
        let now = app.store().clock().now();
        Ok(since.map(|since| ((now.0 - since.0).max(1) as u64).div_ceil(SECOND as u64)))
    }

    /// Says whether questions see the points up to an entry, as far as that can be said at once.
    fn shows(&self, head: u64) -> bool {
        self.position() >= head && self.visible.try_lock().is_ok_and(|visible| *visible >= head)
    }

    async fn show(&self, app: &App, head: u64) -> Result<(), ClusterError> {
        self.bring_in(app, head).await?;
        let mut visible = self.visible.lock().await;
        if *visible < head {
            let position = self.position();
            self.engine.refresh().await?;
            *visible = position;
        }
        Ok(())
    }

    /// Counts the points of one entry that the cluster has.
    pub(crate) async fn count_points_of(&self, entry: &log::Entry) -> Result<u64, Problem> {
        let count = async {
            self.engine.refresh().await?;
            self.engine.count_entries(entry.position, entry.position).await
        };
        count.await.map_err(|error| Problem::unavailable(chain(&error), 5))
    }

    /// Sends the points of one entry again. Returns what the cluster still refuses.
    pub(crate) async fn send_again(
        &self,
        app: &App,
        entry: &Arc<log::Entry>,
    ) -> Result<Vec<Refused>, Problem> {
        let sending = self.sending.lock().await;
        let sent = self.send(app, std::slice::from_ref(entry)).await;
        drop(sending);
        match sent {
            Ok(refused) => {
                *self.visible.lock().await = 0;
                Ok(refused)
            }
            Err(ClusterError::Store(error)) => Err(error.into()),
            Err(error) => Err(Problem::unavailable(chain(&error), 5)),
        }
    }
}

fn batch_of(entry: &log::Entry) -> Option<Batch<'_>> {
    let Payload::Points { batch, .. } = &entry.payload else { return None };
    let log::Entry { position, organization_id, created_at, .. } = *entry;
    Some(Batch { position, accepted_at: created_at, organization_id, points: batch })
}

fn points_in(entry: &log::Entry) -> usize {
    batch_of(entry).map_or(0, |batch| batch.points.len())
}
