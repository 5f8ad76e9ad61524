//! Snapshots of the rules' state.
//!
//! One is taken between two entries of the log, which is a copy in memory. To encode it and to write it takes tens of
//! milliseconds for a hundred thousand series, so both go on beside the work: the next point's incident does not wait
//! for them. A snapshot says what the log says up to its position, so it is right whatever the evaluator does meanwhile.

use tokio::task::{JoinError, JoinSet};
use tracely_core::rule::engine::Snapshot;
use tracely_core::time::SECOND;
use tracely_store::consumer::Consumer;
use tracely_store::{Store, StoreError, snapshot};

/// How often one is taken, in microseconds.
const EVERY: i64 = 30 * SECOND;

/// The newest of them.
pub(super) struct Snapshots {
    store: Store,
    /// The position of the newest that is stored.
    stored: u64,
    /// When the newest was taken, in steady time.
    taken_at: i64,
    /// Writes the newest, and returns its position. It ends with the state that it was taken of.
    writing: JoinSet<Result<u64, StoreError>>,
}

impl Snapshots {
    /// Starts with what is stored: the newest is of a position.
    pub(super) fn new(store: Store, stored: u64) -> Self {
        Self { taken_at: store.clock().steady(), store, stored, writing: JoinSet::new() }
    }

    /// Says whether the newest that is stored is older than a position.
    pub(super) fn lack(&self, position: u64) -> bool {
        self.stored < position
    }

    /// Says whether it is time to take one at a position. Fails when the one before could not be written.
    pub(super) fn are_due(&mut self, position: u64) -> Result<bool, StoreError> {
        if let Some(written) = self.writing.try_join_next() {
            self.stored = of(written)?;
        }
        let is_time = self.store.clock().steady() - self.taken_at >= EVERY;
        Ok(is_time && self.writing.is_empty() && self.lack(position))
    }

    /// Begins to write one.
    pub(super) fn begin(&mut self, position: u64, snapshot: Snapshot) {
        self.taken_at = self.store.clock().steady();
        self.writing.spawn(write(self.store.clone(), position, snapshot));
    }

    /// Waits for the one that is being written.
    pub(super) async fn finish(&mut self) -> Result<(), StoreError> {
        if let Some(written) = self.writing.join_next().await {
            self.stored = of(written)?;
        }
        Ok(())
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
