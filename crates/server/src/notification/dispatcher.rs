//! The dispatcher: reads what happened to incidents and puts notifications into inboxes.
//!
//! Notifications are made in the transaction that moves the dispatcher's position, so each event notifies once.
//! An entry whose notifications cannot be stored whatever the number of tries is found (see
//! [`Kept`]) and parked with its error.
//! Entries that notify nobody move the position in memory only, and in the database now and then.

use crate::app::App;
use crate::http::problem::chain;
use crate::worker::{Follower, Kept, Progress, Wakes};
use std::sync::Arc;
use tracely_core::event::Event;
use tracely_core::incident::Incident;
use tracely_core::routing;
use tracely_core::time::SECOND;
use tracely_store::consumer::{self, Consumer};
use tracely_store::log::{self, Entry, Payload};
use tracely_store::notification::{self, NewNotification};
use tracely_store::{Store, StoreError, Task, Tx};

/// How often the position is written when nobody is notified, in microseconds.
const FLUSH_EVERY: i64 = 10 * SECOND;

/// The worker.
pub(crate) struct Dispatcher {
    app: App,
    store: Store,
    kept: Kept<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    seen: u64,
    committed: u64,
    /// In steady time.
    flushed_at: i64,
}

impl Dispatcher {
    pub(crate) fn new(app: App) -> Self {
        Self { store: app.store().of(Task::Dispatcher), app, kept: Kept::default() }
    }

    async fn follow(&self, state: &mut State) -> Result<Progress, StoreError> {
        let store = &self.store;
        let (mut entries, mut seen) = log::events_after(store, state.seen).await?;
        let one_by_one = self.kept.is_one_by_one();
        if one_by_one && let Some(first) = entries.iter().position(|entry| notifies(entry)) {
            entries.truncate(first + 1);
            seen = entries[first].position;
        }
        if seen == state.seen {
            if store.clock().steady() - state.flushed_at >= FLUSH_EVERY {
                self.flush(state).await?;
            }
            return Ok(Progress::Idle);
        }
        if entries.iter().any(|entry| notifies(entry)) {
            match self.commit(state, &entries, seen).await {
                Err(error) if one_by_one && !error.is_transient() => {
                    self.park_last(state, &entries, &error).await?;
                    self.kept.blame_found();
                }
                done => done?,
            }
        }
        state.seen = seen;
        self.app.telemetry().worked(Consumer::Dispatcher.as_str(), seen);
        Ok(Progress::Some)
    }

    /// Writes notifications and moves the position, in one transaction.
    async fn commit(&self, state: &mut State, entries: &[Arc<Entry>], seen: u64) -> Result<(), StoreError> {
        let tx = self.store.begin().await?;
        carry_out(&tx, entries.iter().map(AsRef::as_ref)).await?;
        consumer::advance(&tx, Consumer::Dispatcher, state.committed, seen).await?;
        state.flushed_at = self.store.clock().steady();
        tx.commit().await?;
        state.committed = seen;
        Ok(())
    }

    /// Leaves behind the entry that was found to be poison.
    async fn park_last(
        &self,
        state: &mut State,
        entries: &[Arc<Entry>],
        error: &StoreError,
    ) -> Result<(), StoreError> {
        let Some(entry) = entries.last() else { return Ok(()) };
        let (organization_id, position, error) = (entry.organization_id, entry.position, chain(error));
        tracing::error!(position, error, "entry of the log parked");
        let tx = self.store.begin().await?;
        consumer::park(&tx, Consumer::Dispatcher, organization_id, position, &error).await?;
        consumer::advance(&tx, Consumer::Dispatcher, state.committed, position).await?;
        tx.commit().await?;
        state.committed = position;
        Ok(())
    }

    async fn flush(&self, state: &mut State) -> Result<(), StoreError> {
        if state.committed < state.seen {
            let tx = self.store.begin().await?;
            consumer::advance(&tx, Consumer::Dispatcher, state.committed, state.seen).await?;
            tx.commit().await?;
            state.committed = state.seen;
        }
        state.flushed_at = self.store.clock().steady();
        Ok(())
    }
}

#[async_trait::async_trait]
impl Follower for Dispatcher {
    type State = State;

    fn consumer(&self) -> Consumer {
        Consumer::Dispatcher
    }

    fn wakes(&self) -> Wakes {
        Wakes::ByEvents
    }

    fn kept(&self) -> &Kept<State> {
        &self.kept
    }

    async fn load(&self) -> Result<State, StoreError> {
        let committed = consumer::position(&self.store, Consumer::Dispatcher).await?;
        let flushed_at = self.store.clock().steady();
        Ok(State { seen: committed, committed, flushed_at })
    }

    async fn work(&self, state: &mut State) -> Result<Progress, StoreError> {
        self.follow(state).await
    }

    async fn write(&self, state: &mut State) -> Result<(), StoreError> {
        self.flush(state).await
    }
}

fn notifies(entry: &Entry) -> bool {
    match &entry.payload {
        Payload::Event(event) => !routing::notifications(event).is_empty(),
        Payload::Unreadable(_) => true,
        Payload::Points { .. } => false,
    }
}

/// Writes the notifications that entries cause.
pub(crate) async fn carry_out(tx: &Tx, entries: impl IntoIterator<Item = &Entry>) -> Result<(), StoreError> {
    let mut causes = Vec::new();
    for entry in entries {
        match &entry.payload {
            Payload::Event(event) => {
                let Some(incident) = incident_of(event) else { continue };
                let drafts = routing::notifications(event).into_iter();
                causes.extend(drafts.map(|draft| NewNotification {
                    position: entry.position,
                    incident,
                    draft,
                }));
            }
            Payload::Unreadable(error) => {
                let (organization_id, position) = (entry.organization_id, entry.position);
                consumer::park(tx, Consumer::Dispatcher, organization_id, position, error).await?;
            }
            Payload::Points { .. } => (),
        }
    }
    notification::create(tx, &causes).await
}

fn incident_of(event: &Event) -> Option<&Incident> {
    match event {
        Event::IncidentOpened { incident }
        | Event::IncidentUpdated { incident, .. }
        | Event::IncidentRecovered { incident }
        | Event::IncidentViolatedAgain { incident }
        | Event::CommentAdded { incident, .. }
        | Event::CommentDeleted { incident, .. } => Some(incident),
        Event::ServiceChanged { .. }
        | Event::ServiceDeleted { .. }
        | Event::DepartmentChanged { .. }
        | Event::DepartmentDeleted { .. }
        | Event::MetricTypeChanged { .. }
        | Event::RuleChanged { .. }
        | Event::RuleDeleted { .. }
        | Event::NotificationCreated { .. }
        | Event::NotificationsMarked { .. } => None,
    }
}
