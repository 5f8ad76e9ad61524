//! The worker that makes digests of the log.
//!
//! It has no position in the database: after a start it begins a ring's length before the end of the log, and what
//! is before that is answered with `reset`.

use super::{Digest, KEPT};
use crate::app::App;
use crate::worker::{Progress, Wakes, Worker, WorkerError};
use std::sync::Arc;
use tracely_store::StoreError;
use tracely_store::log::{self, Entry, Payload};

/// So few entries are read from the database with their points; of more, only the events.
const NEAR: u64 = 64;
/// No more entries are looked at in a tick that has seen this many points.
const POINTS_PER_TICK: usize = 200_000;

/// The worker.
pub(crate) struct Digester {
    app: App,
}

impl Digester {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    /// Returns up to where the ring covers the log, after beginning a new ring when it is too far behind.
    fn begin(&self, head: u64) -> u64 {
        let ring = &self.app.live().ring;
        let furthest_back = head.saturating_sub(KEPT);
        match ring.end() {
            Some(end) if end >= furthest_back => end,
            Some(_) | None => {
                ring.restart(furthest_back);
                furthest_back
            }
        }
    }

    /// Reads on from the database.
    async fn read_behind(&self, position: u64, head: u64) -> Result<(), StoreError> {
        let store = self.app.store();
        let (entries, seen) = if head - position <= NEAR {
            let entries = log::after(store, position).await?;
            let seen = entries.last().map_or(head, |last| last.position);
            (entries, seen)
        } else {
            log::events_after(store, position).await?
        };
        // Looked at after reading, so that what was cut from the log in between is noticed.
        let first = log::extent(store).await?.first;
        if first == 0 || first > position + 1 {
            self.app.live().ring.restart(first.checked_sub(1).unwrap_or(head));
            return Ok(());
        }
        let mut digests = self.digests(&entries);
        let left_out = first_left_out(&entries, position);
        if left_out <= seen {
            let place = digests.partition_point(|digest| digest.position < left_out);
            digests.insert(place, Digest::of_unread_points(left_out));
        }
        self.app.live().ring.add(digests, seen);
        Ok(())
    }

    fn digests(&self, entries: &[Arc<Entry>]) -> Vec<Digest> {
        let service_of = |series| self.app.registry().series(series).map(|series| series.service_id);
        entries.iter().filter_map(|entry| Digest::of(entry, service_of)).collect()
    }
}

#[async_trait::async_trait]
impl Worker for Digester {
    fn name(&self) -> &'static str {
        "live"
    }

    fn wakes(&self) -> Wakes {
        Wakes::ByEvents
    }

    async fn tick(&self) -> Result<Progress, WorkerError> {
        let store = self.app.store();
        let head = *store.head().borrow();
        let position = self.begin(head);
        if position >= head {
            return Ok(Progress::Idle);
        }
        let recent = up_to_enough_points(log::recent_after(store, position));
        match recent.last() {
            Some(last) => self.app.live().ring.add(self.digests(&recent), last.position),
            None => self.read_behind(position, head).await?,
        }
        Ok(Progress::Some)
    }

    async fn settle(&self) -> Result<(), WorkerError> {
        Ok(())
    }
}

/// Returns the first position after `position` that none of the entries has.
fn first_left_out(entries: &[Arc<Entry>], position: u64) -> u64 {
    let follows = entries.iter().zip(position + 1..).take_while(|(entry, next)| entry.position == *next);
    position + 1 + follows.count() as u64
}

fn up_to_enough_points(mut entries: Vec<Arc<Entry>>) -> Vec<Arc<Entry>> {
    let mut points = 0;
    let enough = entries.iter().position(|entry| {
        if let Payload::Points { batch, .. } = &entry.payload {
            points += batch.len();
        }
        points > POINTS_PER_TICK
    });
    entries.truncate(enough.map_or(entries.len(), |place| place + 1));
    entries
}
