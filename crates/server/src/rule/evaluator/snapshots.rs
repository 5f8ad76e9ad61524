//! Snapshots of the rules' state.
//!
//! One is taken between two entries of the log, which is a copy in memory. To encode it and to write it takes tens of
//! milliseconds for a hundred thousand series, so both go on beside the work: the next point's incident does not wait
//! for them. A snapshot says what the log says up to its position, so it is right whatever the evaluator does meanwhile.
//!
//! One that cannot be written changes nothing for the rules: their state is right, and only a restart would read more of
//! the log. It is told (`failing` in `/api/system`), and another one is tried soon.

use crate::app::App;
use crate::http::problem::chain;
use tokio::task::{JoinError, JoinSet};
use tracely_core::rule::engine::Snapshot;
use tracely_core::time::SECOND;
use tracely_store::consumer::Consumer;
use tracely_store::{Store, StoreError, snapshot};

/// How often one is taken, in microseconds.
const EVERY: i64 = 30 * SECOND;
/// How soon after one that could not be written.
const AGAIN_AFTER: i64 = 5 * SECOND;
/// The name under which it is told that they cannot be written.
const SNAPSHOTS: &str = "snapshots";

/// The newest of them.
pub(super) struct Snapshots {
    app: App,
    /// The position of the newest that is stored.
    stored: u64,
    /// When the next is to be taken, in steady time.
    due_at: i64,
    /// Writes the newest, and returns its position. It ends with the state that it was taken of.
    writing: JoinSet<Result<u64, StoreError>>,
}

impl Snapshots {
    /// Starts with what is stored: the newest is of a position.
    pub(super) fn new(app: App, stored: u64) -> Self {
        app.failures().went_well(SNAPSHOTS);
        let due_at = app.store().clock().steady() + EVERY;
        Self { app, stored, due_at, writing: JoinSet::new() }
    }

    /// Says whether the newest that is stored is older than a position.
    pub(super) fn lack(&self, position: u64) -> bool {
        self.stored < position
    }

    /// Says whether it is time to take one at a position, and none is being written.
    pub(super) fn are_due(&mut self, position: u64) -> bool {
        if let Some(written) = self.writing.try_join_next() {
            // It is told, and will be tried again.
            let _ = self.end(of(written));
        }
        self.writing.is_empty() && self.lack(position) && self.app.store().clock().steady() >= self.due_at
    }

    /// Begins to write one.
    pub(super) fn begin(&mut self, position: u64, snapshot: Snapshot) {
        let store = self.app.store();
        self.due_at = store.clock().steady() + EVERY;
        self.writing.spawn(write(store.clone(), position, snapshot));
    }

    /// Waits for the one that is being written. Fails when it could not be.
    pub(super) async fn finish(&mut self) -> Result<(), StoreError> {
        match self.writing.join_next().await {
            Some(written) => self.end(of(written)),
            None => Ok(()),
        }
    }

    fn end(&mut self, written: Result<u64, StoreError>) -> Result<(), StoreError> {
        let failures = self.app.failures();
        match written {
            Ok(position) => {
                failures.went_well(SNAPSHOTS);
                self.stored = position;
                Ok(())
            }
            Err(error) => {
                let clock = self.app.store().clock();
                let why = chain(&error);
                if !failures.is_failing(SNAPSHOTS) {
                    tracing::error!(
                        error = why,
                        "the state of the rules cannot be stored, so a restart would read more of the log; it is tried \
                         again every few seconds"
                    );
                }
                failures.failed(SNAPSHOTS, why, clock.now());
                self.due_at = clock.steady() + AGAIN_AFTER;
                Err(error)
            }
        }
    }
}

async fn write(store: Store, position: u64, snapshot: Snapshot) -> Result<u64, StoreError> {
    let encoded = of(tokio::task::spawn_blocking(move || snapshot::encode(position, &snapshot)).await)?;
    let tx = store.begin().await?;
    snapshot::store(&tx, Consumer::Evaluator, encoded).await?;
    tx.commit().await?;
    Ok(position)
}

/// Returns what a task has returned; nobody cancels these.
fn of<T>(done: Result<T, JoinError>) -> T {
    done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
