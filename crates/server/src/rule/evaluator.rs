//! The evaluator: folds the log through the rule engine and carries out what it decides.
//!
//! **Exactly once.** The engine's state in memory belongs to a position in the log. Transitions are carried out in
//! the transaction that moves the evaluator's position to the same place; when that fails, the state in memory is
//! dropped and built again from the snapshot and the log. Entries that cause nothing move the position in memory
//! only: reading them again after a restart causes nothing again.
//!
//! **Restart.** The newest snapshot gives a state at a position S, the database says that effects are done up to P.
//! Entries up to P are folded without effects, those after it with them. Should no snapshot be readable when the log
//! was already cut, the state is rebuilt from the tables.
//!
//! **Poison.** When the effects of some entries cannot be stored whatever the number of tries, the one to
//! blame is found (see [`Kept`]) and parked with its error, and the log goes on.
//!
//! **Counts.** How often an open incident was violated is absolute in the engine's state, so it is written when there
//! is time (four times a second, with every snapshot), not with every point.

use crate::app::App;
use crate::http::problem::chain;
use crate::worker::{Follower, Kept, Progress};
use tracely_core::event::Event;
use tracely_core::id::{OrganizationId, SeriesId};
use tracely_core::metric::PointBatch;
use tracely_core::rule::engine::{Engine, Snapshot, Transition};
use tracely_core::time::{SECOND, Timestamp};
use tracely_store::consumer::{self, Consumer};
use tracely_store::incident::{self, Opening};
use tracely_store::log::{self, Entry, Payload};
use tracely_store::{StoreError, Tx, metric_type, rule, service, snapshot};

/// How often violation counts and the position are written, in microseconds.
const FLUSH_EVERY: i64 = SECOND / 4;
/// How often a snapshot is stored, in microseconds.
const SNAPSHOT_EVERY: i64 = 30 * SECOND;
/// No more entries are folded into a transaction that has this many effects to carry out.
const EFFECTS_PER_COMMIT: usize = 200;

/// The worker.
pub(crate) struct Evaluator {
    app: App,
    kept: Kept<State>,
}

pub(crate) struct State {
    engine: Engine,
    /// Up to where the log is folded.
    folded: u64,
    /// The position in the database: up to where effects are done.
    committed: u64,
    /// The position of the newest snapshot.
    stored: u64,
    flushed_at: Timestamp,
    stored_at: Timestamp,
}

/// What follows from an entry of the log.
#[derive(Debug)]
enum Effect {
    Transition { organization_id: OrganizationId, transition: Transition },
    Park { organization_id: OrganizationId, position: u64, error: String },
}

impl Evaluator {
    pub(crate) fn new(app: App) -> Self {
        Self { app, kept: Kept::default() }
    }

    async fn read_state(&self) -> Result<State, StoreError> {
        let store = self.app.store();
        let config = self.app.settings().rules;
        let committed = consumer::position(store, Consumer::Evaluator).await?;
        let now = store.clock().now();
        let (engine, folded) = match snapshot::load::<Snapshot>(store, Consumer::Evaluator).await? {
            Some((position, snapshot)) => {
                for id in snapshot.series() {
                    self.app.registry().series_or_load(store, id).await?;
                }
                let known = |id: SeriesId| self.app.registry().series(id);
                (Engine::restore(config, snapshot, known), position)
            }
            None if log::extent(store).await?.first > 1 => (self.rebuild().await?, committed),
            None => (Engine::new(config), 0),
        };
        let mut state = State {
            engine,
            folded,
            committed: committed.max(folded),
            stored: folded,
            flushed_at: now,
            stored_at: now,
        };
        // A snapshot beyond the position holds no effect that is not done, or the position would have moved.
        if folded > committed {
            let tx = store.begin().await?;
            consumer::advance(&tx, Consumer::Evaluator, committed, folded).await?;
            tx.commit().await?;
        }
        store.refresh_head().await?;
        while state.folded < state.committed {
            let entries = log::after(store, state.folded).await?;
            if entries.is_empty() {
                break;
            }
            let committed = state.committed;
            for entry in entries.iter().take_while(|entry| entry.position <= committed) {
                self.fold(&mut state, entry, &mut Vec::new()).await?;
            }
        }
        tracing::info!(snapshot = folded, position = state.folded, "rules are ready");
        Ok(state)
    }

    /// Makes a state from the tables, when no snapshot can be read and the log was cut. Rules and live incidents are
    /// whole; which points came last is not known, so an incident that has not recovered counts as still violated
    /// until the next point of its service tells.
    async fn rebuild(&self) -> Result<Engine, StoreError> {
        let store = self.app.store();
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

    /// Folds one entry into the state and adds what follows from it.
    async fn fold(
        &self,
        state: &mut State,
        entry: &Entry,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        let organization_id = entry.organization_id;
        match &entry.payload {
            Payload::Event(event) => state.engine.apply(event),
            Payload::Points { backfill: true, .. } => (),
            Payload::Points { backfill: false, batch } => match self.learn(&mut state.engine, batch).await {
                Ok(()) => {
                    let mut transitions = Vec::new();
                    state.engine.judge(batch, entry.created_at, &mut transitions);
                    effects.extend(
                        transitions
                            .into_iter()
                            .map(|transition| Effect::Transition { organization_id, transition }),
                    );
                }
                Err(error @ StoreError::Corrupt { .. }) => {
                    let (position, error) = (entry.position, error.to_string());
                    effects.push(Effect::Park { organization_id, position, error });
                }
                Err(error) => return Err(error),
            },
            Payload::Unreadable(error) => {
                let (position, error) = (entry.position, error.clone());
                effects.push(Effect::Park { organization_id, position, error });
            }
        }
        state.folded = entry.position;
        Ok(())
    }

    async fn learn(&self, engine: &mut Engine, batch: &PointBatch) -> Result<(), StoreError> {
        for id in batch.series.iter().map(|number| SeriesId(*number)) {
            if engine.knows(id) {
                continue;
            }
            let Some(series) = self.app.registry().series_or_load(self.app.store(), id).await? else {
                return Err(unknown_series(id));
            };
            engine.learn(series);
        }
        Ok(())
    }

    async fn follow(&self, state: &mut State) -> Result<Progress, StoreError> {
        let store = self.app.store();
        let entries = log::after(store, state.folded).await?;
        if entries.is_empty() {
            let now = store.clock().now();
            if now.0 - state.stored_at.0 >= SNAPSHOT_EVERY && state.folded > state.stored {
                self.store_snapshot(state).await?;
            } else if now.0 - state.flushed_at.0 >= FLUSH_EVERY && state.is_dirty() {
                self.flush(state).await?;
            }
            return Ok(Progress::Idle);
        }
        let one_by_one = self.kept.is_one_by_one();
        let mut effects = Vec::new();
        for entry in &entries {
            self.fold(state, entry, &mut effects).await?;
            if effects.len() >= EFFECTS_PER_COMMIT || one_by_one {
                break;
            }
        }
        if !effects.is_empty() {
            match self.commit(state, &effects).await {
                Err(error) if one_by_one && !error.is_transient() => {
                    let (organization_id, position) = (entries[0].organization_id, entries[0].position);
                    let park = Effect::Park { organization_id, position, error: chain(&error) };
                    self.commit(state, &[park]).await?;
                    self.kept.blame_found();
                }
                done => done?,
            }
        }
        let now = store.clock().now();
        if now.0 - state.stored_at.0 >= SNAPSHOT_EVERY {
            self.store_snapshot(state).await?;
        } else if now.0 - state.flushed_at.0 >= FLUSH_EVERY {
            self.flush(state).await?;
        }
        self.app.telemetry().worked(Consumer::Evaluator.as_str(), state.folded);
        Ok(Progress::Some)
    }

    /// Carries effects out and moves the position, in one transaction.
    async fn commit(&self, state: &mut State, effects: &[Effect]) -> Result<(), StoreError> {
        let tx = self.app.store().begin().await?;
        for effect in effects {
            carry_out(&tx, effect).await?;
        }
        consumer::advance(&tx, Consumer::Evaluator, state.committed, state.folded).await?;
        tx.commit().await?;
        state.committed = state.folded;
        Ok(())
    }

    /// Writes violation counts and the position.
    async fn flush(&self, state: &mut State) -> Result<(), StoreError> {
        let tx = self.app.store().begin().await?;
        self.flush_in(&tx, state).await?;
        state.flushed_at = tx.now();
        tx.commit().await?;
        state.committed = state.folded;
        Ok(())
    }

    async fn flush_in(&self, tx: &Tx, state: &mut State) -> Result<(), StoreError> {
        incident::store_counts(tx, &state.engine.take_counts()).await?;
        if state.committed < state.folded {
            consumer::advance(tx, Consumer::Evaluator, state.committed, state.folded).await?;
        }
        Ok(())
    }

    async fn store_snapshot(&self, state: &mut State) -> Result<(), StoreError> {
        let tx = self.app.store().begin().await?;
        self.flush_in(&tx, state).await?;
        snapshot::store(&tx, Consumer::Evaluator, state.folded, &state.engine.snapshot()).await?;
        let now = tx.now();
        tx.commit().await?;
        (state.flushed_at, state.stored_at) = (now, now);
        (state.committed, state.stored) = (state.folded, state.folded);
        Ok(())
    }
}

impl State {
    fn is_dirty(&self) -> bool {
        self.engine.has_counts() || self.committed < self.folded
    }
}

#[async_trait::async_trait]
impl Follower for Evaluator {
    type State = State;

    fn consumer(&self) -> Consumer {
        Consumer::Evaluator
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
        if state.is_dirty() || state.folded > state.stored {
            self.store_snapshot(state).await?;
        }
        Ok(())
    }
}

async fn carry_out(tx: &Tx, effect: &Effect) -> Result<(), StoreError> {
    let (organization_id, transition) = match effect {
        Effect::Transition { organization_id, transition } => (*organization_id, transition),
        Effect::Park { organization_id, position, error } => {
            tracing::error!(position, error, "entry of the log parked");
            return consumer::park(tx, Consumer::Evaluator, *organization_id, *position, error).await;
        }
    };
    match transition {
        Transition::Opened { identity, rule, point } => {
            let names = service::names(tx, organization_id, &[identity.service_id]).await?;
            let service_name = names.first().map_or("a deleted service", |(_, name)| name.as_str());
            let metric_type = metric_type::get(tx, organization_id, &rule.metric_type).await?;
            let opening =
                Opening { identity, rule, metric_type: metric_type.as_ref(), service_name, point: *point };
            let opened = incident::open(tx, opening).await?;
            if let Some(incident) = opened {
                tracing::info!(incident.id = %incident.id, rule.id = %rule.id, "INC-{} opened", incident.number);
            }
            Ok(())
        }
        Transition::ViolatedAgain { identity, point } => {
            incident::violate_again(tx, organization_id, identity, *point).await
        }
        Transition::Recovered { identity, point } => {
            incident::recover(tx, organization_id, identity, *point).await
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
