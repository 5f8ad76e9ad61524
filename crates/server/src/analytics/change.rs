//! A change of the list of segments: a flush, a merge, or a segment that is written again.
//!
//! A change becomes true with one commit, which lists its files and no longer those whose place they take. Of a commit
//! that failed it may not be known whether it happened: the answer of `PostgreSQL` may have been lost, and a commit that
//! `SQLite` refused may be found after a crash. Were the files removed then, the database might list files that are
//! gone; and were the points written once more into others, they might be there twice.
//!
//! So a change that may be committed is neither given up nor followed by another: the same change, with the same names
//! of files, is tried until it is known to be committed, or never will be. Each attempt first takes away the rows that are
//! replaced and looks for those that are added. A commit that arrives meanwhile holds these rows, so the attempt waits
//! for it and then sees what it did, or fails because the names are taken, and the next one sees them.

use super::{row_of, run_blocking};
use crate::app::App;
use crate::worker::WorkerError;
use tracely_analytics::{Embedded, Flush, Merge, Rebuilt};
use tracely_store::consumer::{self, Consumer};
use tracely_store::segment::{self, SegmentRow};
use tracely_store::{Store, StoreError};

/// Files that were written, and what is to become of them.
#[derive(Debug)]
pub(super) enum Change {
    /// The tail as segments.
    Flush(Flush),
    /// Several segments as one.
    Merge(Merge),
    /// A segment that could not be read.
    Rebuilt(Rebuilt),
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is committed, and readers see it.
    Done,
    /// A segment that it replaces is no longer in the data, so it never will be; its files are gone.
    Overtaken,
}

/// The change that was begun last, unless it is known what became of it.
#[derive(Debug, Default)]
pub(super) struct UnderWay(Option<Change>);

impl UnderWay {
    /// Carries out what was begun before, if it is not known what became of it.
    pub(super) async fn go_on(&mut self, app: &App) -> Result<(), WorkerError> {
        if let Some(change) = &self.0 {
            let outcome = change.commit(app.store()).await?;
            self.end(app, outcome).await;
        }
        Ok(())
    }

    /// Carries a change out. Nothing may be under way.
    pub(super) async fn carry_out(&mut self, app: &App, change: Change) -> Result<Outcome, WorkerError> {
        let outcome = self.0.insert(change).commit(app.store()).await?;
        self.end(app, outcome).await;
        Ok(outcome)
    }

    async fn end(&mut self, app: &App, outcome: Outcome) {
        let Some(change) = self.0.take() else { return };
        let ending = move |engine: &Embedded| match outcome {
            Outcome::Done => change.adopt(engine),
            Outcome::Overtaken => change.abandon(engine),
        };
        run_blocking(app.analytics().engine(), ending).await;
    }
}

impl Change {
    async fn commit(&self, store: &Store) -> Result<Outcome, StoreError> {
        let (replaced, added) = (self.replaced(), self.added());
        let tx = store.begin().await?;
        let removed = segment::remove(&tx, &replaced).await?;
        if segment::is_any_listed(&tx, &added).await? {
            return Ok(Outcome::Done);
        }
        if removed < replaced.len() as u64 {
            return Ok(Outcome::Overtaken);
        }
        segment::add(&tx, &added).await?;
        if let Self::Flush(Flush { first, position, .. }) = self {
            let from = consumer::position(&tx, Consumer::Indexer).await?;
            if from >= *first {
                return Err(StoreError::PositionMoved { consumer: Consumer::Indexer.as_str() });
            }
            consumer::advance(&tx, Consumer::Indexer, from, *position).await?;
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    }

    /// Names the files whose place others take.
    fn replaced(&self) -> Vec<String> {
        match self {
            Self::Flush(_) => Vec::new(),
            Self::Merge(merge) => merge.replaced.iter().map(|segment| segment.file.clone()).collect(),
            Self::Rebuilt(rebuilt) => vec![rebuilt.broken.file.clone()],
        }
    }

    fn added(&self) -> Vec<SegmentRow> {
        match self {
            Self::Flush(flush) => flush.segments.iter().map(row_of).collect(),
            Self::Merge(merge) => vec![row_of(&merge.merged)],
            Self::Rebuilt(rebuilt) => rebuilt.segments().iter().map(row_of).collect(),
        }
    }

    fn adopt(self, engine: &Embedded) {
        match self {
            Self::Flush(flush) => engine.adopt(flush),
            Self::Merge(merge) => engine.adopt_merge(merge),
            Self::Rebuilt(rebuilt) => {
                let (file, points) = (rebuilt.broken.file.clone(), rebuilt.broken.rows);
                engine.adopt_rebuild(rebuilt);
                tracing::warn!(file, points, "a segment was written again from the log");
            }
        }
    }

    fn abandon(self, engine: &Embedded) {
        match self {
            Self::Flush(flush) => engine.abandon(flush),
            Self::Merge(merge) => engine.abandon_merge(merge),
            Self::Rebuilt(rebuilt) => engine.abandon_rebuild(rebuilt),
        }
    }
}
