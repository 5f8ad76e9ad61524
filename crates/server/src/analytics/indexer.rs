//! The indexer: brings points from the log into segments.
//!
//! A segment becomes visible and the indexer's position moves in one transaction. Before it, the file has no row and
//! is removed at the next start, and the points are read from the log again; after it, they are in the file. While it is
//! not known whether it was committed, the file stays, and nothing else is begun (`change`).

use super::background::{Pace, in_background};
use super::change::{Change, Outcome, UnderWay};
use super::rebuild::rebuild;
use crate::app::App;
use crate::worker::{Progress, Wakes, Worker, WorkerError};
use std::collections::HashSet;
use std::time::Instant;
use tokio::sync::Mutex;
use tracely_analytics::Embedded;
use tracely_store::consumer::{self, Consumer};

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
    /// The change of segments of which it is not known whether it was committed.
    under_way: UnderWay,
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
            state.under_way.carry_out(&self.app, Change::Flush(flush)).await?;
        }
        state.waiting_since = None;
        self.merge(&mut state.under_way, yields).await?;
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
    async fn merge(&self, under_way: &mut UnderWay, yields: bool) -> Result<(), WorkerError> {
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
            // A segment was dropped meanwhile; the next time, the others are merged without it.
            if under_way.carry_out(&self.app, Change::Merge(merge)).await? == Outcome::Overtaken {
                break;
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
        state.under_way.go_on(&self.app).await?;
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
        let State { under_way, given_up, .. } = &mut *state;
        rebuild(&self.app, under_way, given_up).await?;
        self.app.telemetry().worked(Consumer::Indexer.as_str(), engine.position());
        self.app.telemetry().series(self.app.registry().series_count());
        Ok(if progress { Progress::Some } else { Progress::Idle })
    }

    async fn settle(&self) -> Result<(), WorkerError> {
        self.state.lock().await.under_way.go_on(&self.app).await?;
        self.pass_over().await
    }
}
