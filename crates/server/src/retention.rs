//! Retention: deletes what is older than it has to be, in small steps that never hold up ingestion for long.
//!
//! An entry of the log is deleted when it is old enough or the log has grown too large, every consumer has passed it, and the oldest snapshot that
//! is kept does not need it. Points are deleted by whole segments, when the newest point of one is old enough and the
//! segment was written long enough ago: who imports a year of history today keeps it for the whole retention.

mod doubt;

use crate::analytics::run_blocking;
use crate::app::App;
use crate::http::problem::chain;
use crate::metric::ingest::writer::REMEMBERED_FOR;
use crate::worker::{Progress, Wakes, Worker, WorkerError};
use std::ops::Range;
use tokio::sync::Mutex;
use tracely_core::time::{HOUR, MINUTE, Timestamp};
use tracely_store::consumer::{self, Consumer};
use tracely_store::{StoreError, belief, idempotency, log, segment, snapshot};

/// How often to look for what is old, in microseconds.
const LOOK_EVERY: i64 = MINUTE;
/// The name under which a clock that is not believed is told.
const CLOCK: &str = "clock";
/// An entry of the log that is further ahead than this was written while the clock was wrong. Those that are written while
/// a look is under way are not.
const AHEAD: i64 = HOUR;
/// How many rows to delete in one transaction.
const STEP: u64 = 200;

/// The worker.
pub(crate) struct Retention {
    app: App,
    state: Mutex<State>,
}

/// What it keeps between its ticks; times are steady ones.
#[derive(Debug, Default)]
struct State {
    next_look: i64,
    /// When the look before this one was.
    looked: Option<i64>,
    /// The look that is under way.
    look: Option<Look>,
}

/// A look, which may take several ticks. All of it goes by what the clock said when it was judged: in between it may be put
/// anywhere.
#[derive(Debug, Clone, Copy)]
struct Look {
    now: Timestamp,
    /// Whether `now` may be a reason to delete something.
    believes: bool,
}

impl Retention {
    pub(crate) fn new(app: App) -> Self {
        Self { app, state: Mutex::default() }
    }

    /// Finds out whether what the clock says may be a reason to delete something, unless that is known for the look that
    /// is under way.
    async fn judge(&self, state: &mut State, now: Timestamp, steady: i64) -> Result<Look, StoreError> {
        if let Some(look) = state.look {
            return Ok(look);
        }
        let store = self.app.store();
        let passed = state.looked.map_or(0, |looked| steady - looked);
        let before = belief::read(store).await?;
        let belief = doubt::judge(before, passed, now);
        let tx = store.begin().await?;
        belief::keep(&tx, belief).await?;
        tx.commit().await?;
        state.looked = Some(steady);
        let believes = now >= belief.doubted_until;
        if believes {
            self.app.failures().went_well(CLOCK);
        } else {
            let until = belief.doubted_until;
            if before.is_none_or(|before| before.doubted_until != until) {
                tracing::error!(
                    %until,
                    "the clock has gone further ahead than time has passed; nothing is deleted for its age until then"
                );
            }
            let error = format!(
                "it has gone further ahead than time has passed; nothing is deleted for its age before {until}"
            );
            self.app.failures().failed(CLOCK, error, now);
        }
        Ok(*state.look.insert(Look { now, believes }))
    }

    /// Deletes some of what is old. Says whether there may be more.
    async fn delete(&self, Look { now, believes }: Look) -> Result<Progress, WorkerError> {
        let old = if believes { now.plus(-self.app.settings().log_retention) } else { Timestamp::EPOCH };
        let mut more = self.trim_log(old..now.plus(AHEAD)).await?;
        if believes {
            more |= self.forget_keys(now).await?;
        }
        if more {
            return Ok(Progress::Some);
        }
        if believes {
            self.drop_segments(now).await?;
            self.drop_indices(now).await;
        }
        Ok(Progress::Idle)
    }

    async fn trim_log(&self, young: Range<Timestamp>) -> Result<bool, StoreError> {
        let store = self.app.store();
        let Some(mut passed) = snapshot::oldest_position(store, Consumer::Evaluator).await? else {
            return Ok(false);
        };
        for consumer in Consumer::ALL.into_iter().filter(|one| self.app.analytics().is_in_use(*one)) {
            passed = passed.min(consumer::position(store, consumer).await?);
        }
        let max_bytes = self.app.settings().log_retention_bytes;
        Ok(log::trim(store, young, max_bytes, passed, STEP).await? == STEP)
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
            // One that is not listed any more was removed by a commit of which this process was not told.
            let young = segment::written_since(self.app.store(), old).await?;
            expired.retain(|segment| !young.contains(&segment.file));
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

    /// Deletes old indices of the search cluster. One that cannot be looked at or deleted is tried again with the next look.
    async fn drop_indices(&self, now: Timestamp) {
        let Some(cluster) = self.app.analytics().cluster() else { return };
        let old = now.plus(-self.app.settings().point_retention);
        let (dropped, failure) = cluster.drop_before(old).await;
        if !dropped.is_empty() {
            tracing::info!(indices = ?dropped, "indices older than the retention were deleted");
        }
        if let Some(error) = failure {
            tracing::warn!(error = chain(&error), "an old index could not be looked at or deleted");
        }
    }
}

#[async_trait::async_trait]
impl Worker for Retention {
    fn name(&self) -> &'static str {
        "retention"
    }

    fn wakes(&self) -> Wakes {
        Wakes::Unhurried
    }

    async fn tick(&self) -> Result<Progress, WorkerError> {
        let mut state = self.state.lock().await;
        let clock = self.app.store().clock();
        let (now, steady) = (clock.now(), clock.steady());
        if steady < state.next_look {
            return Ok(Progress::Idle);
        }
        let look = self.judge(&mut state, now, steady).await?;
        let deleted = self.delete(look).await;
        match &deleted {
            Ok(Progress::Some) => (),
            Ok(Progress::Idle) => {
                state.look = None;
                state.next_look = steady + LOOK_EVERY;
            }
            // Nobody knows for how long: the clock is judged anew before anything is deleted.
            Err(_) => state.look = None,
        }
        deleted
    }

    async fn settle(&self) -> Result<(), WorkerError> {
        Ok(())
    }
}
