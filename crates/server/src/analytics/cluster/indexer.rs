//! The worker that brings points from the log into the search cluster.

use super::Cluster;
use crate::app::App;
use crate::http::problem::chain;
use crate::worker::{Progress, Wakes, Worker, WorkerError};
use tokio::sync::Mutex;
use tracely_core::time::{MINUTE, SECOND};
use tracely_store::StoreError;
use tracely_store::consumer::{self, Consumer};

/// How often the position in the database is moved, in microseconds. Points accepted since are sent again after a
/// crash.
const MOVE_EVERY: i64 = 5 * SECOND;

/// How often to look how much the cluster keeps and what segments hold that it does not have, in microseconds.
const LOOK_EVERY: i64 = MINUTE;
/// How often to look when segments hold nothing that it does not have; then only somebody who deletes an index changes that.
const LOOK_SELDOM: i64 = 10 * MINUTE;

/// The worker.
pub(crate) struct ClusterIndexer {
    app: App,
    state: Mutex<State>,
}

/// What it keeps between its ticks; times are steady ones.
#[derive(Debug, Default)]
struct State {
    /// When the position in the database was last moved.
    moved_at: i64,
    /// When to look how much the cluster keeps.
    next_look: i64,
    /// When to compare it with segments.
    next_comparison: i64,
}

impl ClusterIndexer {
    /// Makes the worker.
    pub(crate) fn new(app: App) -> Self {
        Self { app, state: Mutex::default() }
    }

    /// Looks whether the cluster still has the index template and how much it keeps, and whether segments hold points that it
    /// does not have. A cluster that does not answer is asked again later.
    async fn look(&self, cluster: &Cluster, state: &mut State, now: i64) {
        if now >= state.next_look {
            state.next_look = now + LOOK_EVERY;
            match cluster.engine().keep_template().await {
                Ok(false) => (),
                Ok(true) => tracing::error!(
                    "the search cluster had lost the index template, which was put back; an index that was made meanwhile \
                     is in no list and no chart"
                ),
                Err(error) => {
                    tracing::warn!(error = chain(&error), "the index template cannot be looked after");
                }
            }
            match cluster.engine().extent().await {
                Ok(extent) => self.app.telemetry().cluster(extent),
                Err(error) => tracing::debug!(error = chain(&error), "the search cluster cannot be measured"),
            }
        }
        if now >= state.next_comparison {
            let compared = cluster.compare_with_segments(&self.app).await;
            if let Err(error) = &compared {
                tracing::debug!(error = chain(error), "the search cluster cannot be compared with segments");
            }
            let wait = if matches!(compared, Ok(false)) { LOOK_SELDOM } else { LOOK_EVERY };
            state.next_comparison = now + wait;
        }
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
        let mut state = self.state.lock().await;
        let store = self.app.store();
        let head = *store.head().borrow();
        let brought = cluster.bring_in(&self.app, head).await;
        let now = store.clock().steady();
        if now - state.moved_at >= MOVE_EVERY {
            self.move_position().await?;
            state.moved_at = now;
        }
        // What is in segments and in the log as well has to come from the log first.
        if brought.is_ok() {
            self.look(cluster, &mut state, now).await;
        }
        self.app.telemetry().worked(Consumer::Elastic.as_str(), cluster.position());
        self.app.telemetry().series(self.app.registry().series_count());
        Ok(if brought? { Progress::Some } else { Progress::Idle })
    }

    async fn settle(&self) -> Result<(), WorkerError> {
        Ok(self.move_position().await?)
    }
}
