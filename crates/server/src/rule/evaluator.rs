//! The evaluator: folds the log through the rule engine and carries out what it decides.
//!
//! **Exactly once.** The engine's state in memory belongs to a position in the log. Transitions are carried out in
//! the transaction that moves the evaluator's position to the same place; when that fails, the state in memory is
//! dropped and built again from the snapshot and the log. Entries that cause nothing move the position in memory
//! only: reading them again after a restart causes nothing again.
//!
//! **Bounded.** One entry may cause more than one transaction should hold: a batch of fifty thousand points may open
//! as many incidents. Effects are carried out a few hundred at a time, and the position in the database counts the
//! effects of the next entry that are done. Between two such transactions others may write. After a restart the entry
//! is folded again, which decides the same, and as many effects are passed over.
//!
//! **Restart.** The newest snapshot gives a state at a position S, the database says that effects are done up to P.
//! Entries up to P are folded without effects, those after it with them. Should no snapshot be readable when the log
//! was already cut, the state is rebuilt from the tables. Snapshots are written beside the work (see [`Snapshots`]).
//!
//! **Poison.** When the effects of some entries cannot be stored whatever the number of tries, the one to
//! blame is found (see [`Kept`]) and parked with its error, and the log goes on.
//!
//! **Counts.** How often an open incident was violated is absolute in the engine's state, so it is written when there
//! is time (four times a second, with every snapshot), not with every point.

mod effect;
mod snapshots;

use self::effect::{Effect, What};
use self::snapshots::Snapshots;
use crate::app::App;
use crate::http::problem::chain;
use crate::worker::{Follower, Kept, Progress, Wakes};
use std::collections::VecDeque;
use tracely_core::event::Event;
use tracely_core::id::SeriesId;
use tracely_core::metric::PointBatch;
use tracely_core::rule::engine::{Engine, Snapshot};
use tracely_core::time::SECOND;
use tracely_store::consumer::{self, Consumer, Reached};
use tracely_store::log::{self, Entry, Payload};
use tracely_store::{Store, StoreError, Task, incident, rule, snapshot};

/// How often violation counts and the position are written, in microseconds.
const FLUSH_EVERY: i64 = SECOND / 4;
/// No more effects than this are carried out in one transaction.
const EFFECTS_PER_COMMIT: usize = 200;
/// No more violation counts than this are written in one transaction.
const COUNTS_PER_COMMIT: usize = 2_000;

/// The worker.
pub(crate) struct Evaluator {
    app: App,
    store: Store,
    kept: Kept<State>,
}

pub(crate) struct State {
    engine: Engine,
    /// Up to where the log is folded.
    folded: u64,
    /// How far effects are done, as in the database.
    committed: Reached,
    /// How far effects were done when the state was built.
    resumed: Reached,
    /// What was decided and is not carried out yet, in order.
    pending: VecDeque<Effect>,
    /// In steady time.
    flushed_at: i64,
    snapshots: Snapshots,
}

impl Evaluator {
    pub(crate) fn new(app: App) -> Self {
        Self { store: app.store().of(Task::Evaluator), app, kept: Kept::default() }
    }

    async fn read_state(&self) -> Result<State, StoreError> {
        let store = &self.store;
        let config = self.app.settings().rules;
        let reached = consumer::reached(store, Consumer::Evaluator).await?;
        let now = store.clock().steady();
        let mut resumed = reached;
        let (engine, folded) = match snapshot::load::<Snapshot>(store, Consumer::Evaluator).await? {
            Some((position, snapshot)) => {
                for id in snapshot.series() {
                    self.app.registry().series_or_load(store, id).await?;
                }
                let known = |id: SeriesId| self.app.registry().series(id);
                (Engine::restore(config, snapshot, known), position)
            }
            None if log::extent(store).await?.first > 1 => {
                // The tables have what was done of the next entry; what is decided anew is only the rest.
                resumed.effects = 0;
                (self.rebuild().await?, reached.position)
            }
            None => (Engine::new(config), 0),
        };
        let mut state = State {
            engine,
            folded,
            committed: reached,
            resumed,
            pending: VecDeque::new(),
            flushed_at: now,
            snapshots: Snapshots::new(self.app.clone(), folded),
        };
        // A snapshot beyond the position holds no effect that is not done, or the position would have moved.
        if folded > reached.position {
            let tx = store.begin().await?;
            consumer::advance(&tx, Consumer::Evaluator, reached, folded).await?;
            tx.commit().await?;
            state.committed = folded.into();
        }
        store.refresh_head().await?;
        let committed = state.committed.position;
        while state.folded < committed {
            let entries = log::after(store, state.folded).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries.iter().take_while(|entry| entry.position <= committed) {
                self.fold(&mut state, entry).await?;
                state.pending.clear();
            }
        }
        tracing::info!(snapshot = folded, position = state.folded, "rules are ready");
        Ok(state)
    }

    /// Makes a state from the tables, when no snapshot can be read and the log was cut. Rules and live incidents are
    /// whole; which points came last is not known, so an incident that has not recovered counts as still violated
    /// until the next point of its service tells.
    async fn rebuild(&self) -> Result<Engine, StoreError> {
        let store = &self.store;
        tracing::error!("no snapshot can be read and the log was cut; rules are rebuilt from the database");
        let mut engine = Engine::new(self.app.settings().rules);
        for incident in incident::all_live(store).await? {
            engine.apply(&Event::IncidentOpened { incident: Box::new(incident) });
        }
        for rule in rule::all(store).await? {
            engine.apply(&Event::RuleChanged { rule: Box::new(rule) });
        }
        Ok(engine)
    }

    /// Folds one entry into the state and adds what follows from it to what is pending.
    async fn fold(&self, state: &mut State, entry: &Entry) -> Result<(), StoreError> {
        match &entry.payload {
            Payload::Event(event) => {
                // Whoever changed it has done so too, unless it was told that its commit had failed.
                if is_about_catalog(event) {
                    self.app.registry().forget_catalog(entry.organization_id);
                }
                state.engine.apply(event);
            }
            Payload::Points { backfill: true, .. } => (),
            Payload::Points { backfill: false, batch } => match self.learn(&mut state.engine, batch).await {
                Ok(()) => {
                    let mut transitions = Vec::new();
                    state.engine.judge(batch, entry.created_at, &mut transitions);
                    state.decide(entry, transitions.into_iter().map(What::Transition));
                }
                Err(error @ StoreError::Corrupt { .. }) => {
                    state.decide(entry, [What::Park { error: error.to_string() }]);
                }
                Err(error) => return Err(error),
            },
            Payload::Unreadable(error) => state.decide(entry, [What::Park { error: error.clone() }]),
        }
        state.folded = entry.position;
        Ok(())
    }

    async fn learn(&self, engine: &mut Engine, batch: &PointBatch) -> Result<(), StoreError> {
        for id in batch.series.iter().map(|number| SeriesId(*number)) {
            if engine.knows(id) {
                continue;
            }
            let Some(series) = self.app.registry().series_or_load(&self.store, id).await? else {
                return Err(unknown_series(id));
            };
            engine.learn(series);
        }
        Ok(())
    }

    async fn follow(&self, state: &mut State) -> Result<Progress, StoreError> {
        if !state.pending.is_empty() {
            return self.carry_out_some(state).await;
        }
        let store = &self.store;
        let entries = log::after(store, state.folded).await?;
        if entries.is_empty() {
            if state.snapshots.are_due(state.folded) {
                self.take_snapshot(state).await?;
            } else if store.clock().steady() - state.flushed_at >= FLUSH_EVERY && state.is_dirty() {
                self.flush(state).await?;
            }
            return Ok(Progress::Idle);
        }
        for entry in &entries {
            self.fold(state, entry).await?;
            if state.pending.len() >= EFFECTS_PER_COMMIT {
                break;
            }
        }
        self.carry_out_some(state).await
    }

    /// Carries out the first of what is pending, in one transaction, and writes what is due.
    async fn carry_out_some(&self, state: &mut State) -> Result<Progress, StoreError> {
        let one_by_one = self.kept.is_one_by_one();
        let count = if one_by_one { 1 } else { EFFECTS_PER_COMMIT };
        let effects: Vec<Effect> = state.pending.drain(..count.min(state.pending.len())).collect();
        if let Some(first) = effects.first() {
            match self.commit(state, &effects).await {
                Err(error) if one_by_one && !error.is_transient() => {
                    let what = What::Park { error: chain(&error) };
                    self.commit(state, &[Effect { what, ..*first }]).await?;
                    self.kept.blame_found();
                }
                done => done?,
            }
        }
        if state.pending.is_empty() && state.snapshots.are_due(state.folded) {
            self.take_snapshot(state).await?;
        } else if self.store.clock().steady() - state.flushed_at >= FLUSH_EVERY {
            self.flush(state).await?;
        }
        self.app.telemetry().worked(Consumer::Evaluator.as_str(), state.reached().position);
        Ok(Progress::Some)
    }

    /// Writes violation counts, and the position unless effects are pending, which will move it.
    async fn flush(&self, state: &mut State) -> Result<(), StoreError> {
        for counts in state.engine.take_counts().chunks(COUNTS_PER_COMMIT) {
            let tx = self.store.begin().await?;
            incident::store_counts(&tx, counts).await?;
            tx.commit().await?;
        }
        let reached = state.reached();
        if state.committed < reached {
            let tx = self.store.begin().await?;
            consumer::advance(&tx, Consumer::Evaluator, state.committed, reached).await?;
            tx.commit().await?;
            state.committed = reached;
        }
        state.flushed_at = self.store.clock().steady();
        Ok(())
    }

    /// Takes a snapshot of the state. Nothing may be pending: the state has it as done.
    async fn take_snapshot(&self, state: &mut State) -> Result<(), StoreError> {
        self.flush(state).await?;
        state.snapshots.begin(state.folded, state.engine.snapshot());
        Ok(())
    }
}

/// Says whether services or metric types are no longer as they were.
fn is_about_catalog(event: &Event) -> bool {
    matches!(
        event,
        Event::ServiceChanged { .. } | Event::ServiceDeleted { .. } | Event::MetricTypeChanged { .. }
    )
}

impl State {
    fn is_dirty(&self) -> bool {
        self.engine.has_counts() || self.committed < self.reached()
    }

    /// How far effects are done when nothing of what is pending is.
    fn reached(&self) -> Reached {
        match self.pending.front() {
            Some(next) => Reached { position: next.position - 1, effects: next.index },
            None => self.folded.into(),
        }
    }

    /// Adds what follows from an entry, except for what was done before the state was built.
    fn decide(&mut self, entry: &Entry, effects: impl IntoIterator<Item = What>) {
        let is_resumed = entry.position == self.resumed.position + 1;
        let done_before = if is_resumed { self.resumed.effects } else { 0 };
        let effect = |(index, what)| {
            let (organization_id, position) = (entry.organization_id, entry.position);
            Effect { organization_id, position, index, what }
        };
        let decided = (0..).zip(effects).map(effect).filter(|effect| effect.index >= done_before);
        self.pending.extend(decided);
    }
}

#[async_trait::async_trait]
impl Follower for Evaluator {
    type State = State;

    fn consumer(&self) -> Consumer {
        Consumer::Evaluator
    }

    fn wakes(&self) -> Wakes {
        Wakes::AtOnce
    }

    fn kept(&self) -> &Kept<State> {
        &self.kept
    }

    async fn load(&self) -> Result<State, StoreError> {
        self.read_state().await
    }

    async fn work(&self, state: &mut State) -> Result<Progress, StoreError> {
        self.follow(state).await
    }

    async fn write(&self, state: &mut State) -> Result<(), StoreError> {
        // Whether this one could be written or not, what comes now is newer.
        let _ = state.snapshots.finish().await;
        if !state.pending.is_empty() {
            self.flush(state).await
        } else if state.is_dirty() || state.snapshots.lack(state.folded) {
            self.take_snapshot(state).await?;
            state.snapshots.finish().await
        } else {
            Ok(())
        }
    }
}

fn unknown_series(id: SeriesId) -> StoreError {
    StoreError::Corrupt {
        table: "series",
        column: "id",
        row: id.to_string(),
        why: "a point names this series, and it does not exist".into(),
    }
}
