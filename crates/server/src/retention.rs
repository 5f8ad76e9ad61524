//! Retention: deletes what is older than it has to be, in small steps that never hold up ingestion for long.
//!
//! An entry of the log is deleted when it is old enough or the log has grown too large, every consumer has passed it, and the oldest snapshot that
//! is kept does not need it. Points are deleted by whole segments, when the newest point of one is old enough and the
//! segment was written long enough ago: who imports a year of history today keeps it for the whole retention.

use crate::analytics::run_blocking;
use crate::app::App;
use crate::metric::ingest::writer::REMEMBERED_FOR;
use crate::worker::{Progress, Worker, WorkerError};
use tokio::sync::Mutex;
use tracely_core::time::{MINUTE, Timestamp};
use tracely_store::consumer::{self, Consumer};
use tracely_store::{StoreError, idempotency, log, segment, snapshot};

/// How often to look for what is old, in microseconds.
const LOOK_EVERY: i64 = MINUTE;
/// How many rows to delete in one transaction.
const STEP: u64 = 200;

/// The worker.
pub(crate) struct Retention {
    app: App,
    next_look: Mutex<Timestamp>,
}

impl Retention {
    pub(crate) fn new(app: App) -> Self {
        Self { app, next_look: Mutex::new(Timestamp::EPOCH) }
    }

    async fn trim_log(&self, now: Timestamp) -> Result<bool, StoreError> {
        let store = self.app.store();
        let Some(mut passed) = snapshot::oldest_position(store, Consumer::Evaluator).await? else {
            return Ok(false);
        };
        for consumer in Consumer::ALL {
            passed = passed.min(consumer::position(store, consumer).await?);
        }
        let tx = store.begin().await?;
        let old = now.plus(-self.app.settings().log_retention);
        let max_bytes = self.app.settings().log_retention_bytes;
        let deleted = log::trim(&tx, old, max_bytes, passed, STEP).await?;
        tx.commit().await?;
        Ok(deleted == STEP)
    }

    async fn forget_keys(&self, now: Timestamp) -> Result<bool, StoreError> {
        let tx = self.app.store().begin().await?;
        let forgotten = idempotency::forget(&tx, now.plus(-REMEMBERED_FOR), STEP).await?;
        tx.commit().await?;
        Ok(forgotten == STEP)
    }

    async fn drop_segments(&self, now: Timestamp) -> Result<(), WorkerError> {
        let engine = self.app.analytics().engine();
        let old = now.plus(-self.app.settings().point_retention);
        let mut expired = engine.expired(old);
        if !expired.is_empty() {
            let written = segment::written_before(self.app.store(), old).await?;
            expired.retain(|segment| written.contains(&segment.file));
        }
        if expired.is_empty() {
            return Ok(());
        }
        let tx = self.app.store().begin().await?;
        let files: Vec<String> = expired.iter().map(|segment| segment.file.clone()).collect();
        segment::remove(&tx, &files).await?;
        tx.commit().await?;
        tracing::info!(segments = expired.len(), "segments older than the retention were dropped");
        run_blocking(engine, move |engine| engine.drop_segments(&expired)).await;
        Ok(())
    }
}

#[async_trait::async_trait]
impl Worker for Retention {
    fn name(&self) -> &'static str {
        "retention"
    }

    async fn tick(&self) -> Result<Progress, WorkerError> {
        let mut next_look = self.next_look.lock().await;
        let now = self.app.store().clock().now();
        if now < *next_look {
            return Ok(Progress::Idle);
        }
        let more = self.trim_log(now).await? | self.forget_keys(now).await?;
        if more {
            return Ok(Progress::Some);
        }
        self.drop_segments(now).await?;
        *next_look = now.plus(LOOK_EVERY);
        Ok(Progress::Idle)
    }

    async fn settle(&self) -> Result<(), WorkerError> {
        Ok(())
    }
}
