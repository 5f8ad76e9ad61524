//! The worker that brings points from the log into the search cluster.

use crate::app::App;
use crate::worker::{Progress, Wakes, Worker, WorkerError};
use tokio::sync::Mutex;
use tracely_core::time::SECOND;
use tracely_store::StoreError;
use tracely_store::consumer::{self, Consumer};

/// How often the position in the database is moved, in microseconds. Points accepted since are sent again after a
/// crash.
const MOVE_EVERY: i64 = 5 * SECOND;

/// The worker.
pub(crate) struct ClusterIndexer {
    app: App,
    /// When the position in the database was last moved, in steady time.
    moved_at: Mutex<i64>,
}

impl ClusterIndexer {
    /// Makes the worker.
    pub(crate) fn new(app: App) -> Self {
        Self { app, moved_at: Mutex::new(0) }
    }

    /// Moves the position in the database to where the cluster is.
    async fn move_position(&self) -> Result<(), StoreError> {
        let Some(cluster) = self.app.analytics().cluster() else { return Ok(()) };
        let to = cluster.position();
        let from = consumer::position(self.app.store(), Consumer::Elastic).await?;
        if from < to {
            let tx = self.app.store().begin().await?;
            consumer::advance(&tx, Consumer::Elastic, from, to).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Worker for ClusterIndexer {
    fn name(&self) -> &'static str {
        Consumer::Elastic.as_str()
    }

    fn wakes(&self) -> Wakes {
        Wakes::Unhurried
    }

    async fn tick(&self) -> Result<Progress, WorkerError> {
        let Some(cluster) = self.app.analytics().cluster() else { return Ok(Progress::Idle) };
        let mut moved_at = self.moved_at.lock().await;
        let store = self.app.store();
        let head = *store.head().borrow();
        let brought = cluster.bring_in(&self.app, head).await;
        let now = store.clock().steady();
        if now - *moved_at >= MOVE_EVERY {
            self.move_position().await?;
            *moved_at = now;
        }
        self.app.telemetry().worked(Consumer::Elastic.as_str(), cluster.position());
        self.app.telemetry().series(self.app.registry().series_count());
        Ok(if brought? { Progress::Some } else { Progress::Idle })
    }

    async fn settle(&self) -> Result<(), WorkerError> {
        Ok(self.move_position().await?)
    }
}
