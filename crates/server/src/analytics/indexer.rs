//! The indexer: brings points from the log into segments.
//!
//! A segment becomes visible and the indexer's position moves in one transaction. Before it, the file has no row and
//! is removed at the next start, and the points are read from the log again; after it, they are in the file.

use super::background::{Pace, in_background};
use super::{rebuild::rebuild, row_of, run_blocking};
use crate::app::App;
use crate::worker::{Progress, Wakes, Worker, WorkerError};
use std::collections::HashSet;
use std::time::Instant;
use tokio::sync::Mutex;
use tracely_analytics::Embedded;
use tracely_store::consumer::{self, Consumer};
use tracely_store::segment;

/// The tail is written to segments when it has this many points.
const FLUSH_POINTS: usize = 1_000_000;

/// The worker.
pub struct Indexer {
    app: App,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Since when the tail has points, in steady time.
    waiting_since: Option<i64>,
    /// When the position was last moved over entries without points, in steady time.
    passed_at: i64,
    /// The files of segments that cannot be written again.
    given_up: HashSet<String>,
    /// How long flushes and their merges take.
    pace: Pace,
}

impl std::fmt::Debug for Indexer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Indexer")
    }
}

impl Indexer {
    /// Makes the worker.
    pub(crate) fn new(app: App) -> Self {
        Self { app, state: Mutex::default() }
    }

    /// Writes the tail to segments and moves the position.
    async fn flush(&self, state: &mut State) -> Result<(), WorkerError> {
        let engine = self.app.analytics().engine();
        let yields = state.pace.begin(Instant::now());
        if let Some(flush) = in_background(engine, yields, Embedded::prepare_flush).await?? {
            let rows: Vec<_> = flush.segments.iter().map(row_of).collect();
            let committed = async {
                let tx = self.app.store().begin().await?;
                let from = consumer::position(&tx, Consumer::Indexer).await?;
                segment::add(&tx, &rows).await?;
                consumer::advance(&tx, Consumer::Indexer, from, flush.position).await?;
                tx.commit().await
            };
            match committed.await {
                Ok(_) => run_blocking(engine, move |engine| engine.adopt(flush)).await,
                Err(error) => {
                    run_blocking(engine, move |engine| engine.abandon(flush)).await;
                    return Err(error.into());
                }
            }
        }
        state.waiting_since = None;
        self.merge(yields).await?;
        state.pace.end(Instant::now());
        Ok(())
    }

    /// Moves the durable position over entries without points, so that the log may be trimmed behind it.
    async fn pass_over(&self) -> Result<(), WorkerError> {
        let engine = self.app.analytics().engine();
        // In this order: whatever is absorbed after the position was read lies behind it.
        let position = engine.position();
        if engine.tail_points() > 0 {
            return Ok(());
        }
        let from = consumer::position(self.app.store(), Consumer::Indexer).await?;
        if from < position {
            let tx = self.app.store().begin().await?;
            consumer::advance(&tx, Consumer::Indexer, from, position).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Merges small segments until there is nothing worth merging.
    async fn merge(&self, yields: bool) -> Result<(), WorkerError> {
        let engine = self.app.analytics().engine();
        loop {
            let merge = match in_background(engine, yields, Embedded::prepare_merge).await? {
                Ok(Some(merge)) => merge,
                Ok(None) => break,
                // The others of its day are merged without it.
                Err(error) => {
                    self.app.analytics().set_aside(error)?;
                    continue;
                }
            };
            let files: Vec<String> = merge.replaced.iter().map(|segment| segment.file.clone()).collect();
            let committed = async {
                let tx = self.app.store().begin().await?;
                segment::remove(&tx, &files).await?;
                segment::add(&tx, &[row_of(&merge.merged)]).await?;
                tx.commit().await
            };
            match committed.await {
                Ok(_) => run_blocking(engine, move |engine| engine.adopt_merge(merge)).await,
                Err(error) => {
                    run_blocking(engine, move |engine| engine.abandon_merge(merge)).await;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Worker for Indexer {
    fn name(&self) -> &'static str {
        Consumer::Indexer.as_str()
    }

    fn wakes(&self) -> Wakes {
        Wakes::Unhurried
    }

    async fn tick(&self) -> Result<Progress, WorkerError> {
        let mut state = self.state.lock().await;
        let store = self.app.store();
        let progress = self.app.analytics().catch_up(store).await?;
        let engine = self.app.analytics().engine();
        let now = store.clock().steady();
        let points = engine.tail_points();
        let flush_every = self.app.settings().flush_every;
        if points > 0 && state.waiting_since.is_none() {
            state.waiting_since = Some(now);
        }
        let waited = state.waiting_since.is_some_and(|since| now - since >= flush_every);
        if points >= FLUSH_POINTS || waited {
            self.flush(&mut state).await?;
        } else if points == 0 && now - state.passed_at >= flush_every {
            self.pass_over().await?;
            state.passed_at = now;
        }
        rebuild(&self.app, &mut state.given_up).await?;
        self.app.telemetry().worked(Consumer::Indexer.as_str(), engine.position());
        self.app.telemetry().series(self.app.registry().series_count());
        Ok(if progress { Progress::Some } else { Progress::Idle })
    }

    async fn settle(&self) -> Result<(), WorkerError> {
        self.pass_over().await
    }
}
