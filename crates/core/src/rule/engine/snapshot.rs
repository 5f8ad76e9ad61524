//! The engine's state as a value that can be stored, and an engine made from it.

use super::identity::{Closed, IdentityState};
use super::{Config, Engine, Tally, identity_of};
use crate::id::{IncidentId, RuleId, SeriesId};
use crate::incident::{Identity, Violations};
use crate::metric::Series;
use crate::rule::Rule;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The state of an engine after some entry of the log. Two engines that took the same decisions have equal
/// snapshots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    rules: Vec<Rule>,
    series: Vec<SeriesState>,
    identities: Vec<(Identity, IdentityState)>,
    /// Absent in snapshots of versions that did not remember them.
    #[serde(default)]
    closed: Closed,
    counts: Vec<(IncidentId, Violations)>,
    tally: Tally,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SeriesState {
    id: SeriesId,
    latest: i64,
    violating: Vec<RuleId>,
}

impl Snapshot {
    /// Returns the series that must be known to make an engine from this snapshot.
    pub fn series(&self) -> impl Iterator<Item = SeriesId> + '_ {
        self.series.iter().map(|state| state.id)
    }

    /// Returns the identities with a live incident, with its identifier as far as the log has told it, and whether it
    /// has recovered.
    pub fn live(&self) -> impl Iterator<Item = (&Identity, Option<IncidentId>, bool)> + '_ {
        self.identities.iter().filter_map(|(identity, state)| {
            let live = state.live.as_ref()?;
            Some((identity, live.incident_id, live.recovered))
        })
    }
}

impl Engine {
    /// Copies the state.
    pub fn snapshot(&self) -> Snapshot {
        let series = self
            .slots
            .iter()
            .flatten()
            .map(|slot| SeriesState {
                id: slot.series.id,
                latest: slot.latest,
                violating: slot
                    .watches
                    .iter()
                    .filter(|watch| watch.violating)
                    .map(|watch| watch.rule.rule.id)
                    .collect(),
            })
            .collect();
        let mut identities: Vec<_> =
            self.identities.iter().map(|(identity, state)| (identity.clone(), state.clone())).collect();
        identities.sort_by(|a, b| a.0.cmp(&b.0));
        Snapshot {
            rules: self.index.rules().cloned().collect(),
            series,
            identities,
            closed: self.closed.clone(),
            counts: self.counts.iter().map(|(id, violations)| (*id, *violations)).collect(),
            tally: self.tally,
        }
    }

    /// Makes an engine that goes on from a snapshot. `series` describes a series by its number; one that it does
    /// not know is left out, as if it had never been met.
    ///
    /// The counts of every live incident are due again, because nobody knows which were stored.
    pub fn restore(
        config: Config,
        snapshot: Snapshot,
        series: impl Fn(SeriesId) -> Option<Arc<Series>>,
    ) -> Self {
        let mut engine = Self::new(config);
        for rule in &snapshot.rules {
            engine.set_rule(rule);
        }
        for state in &snapshot.series {
            let Some(known) = series(state.id) else { continue };
            engine.learn(known);
            if let Some(slot) = engine.slots[state.id.0 as usize].as_mut() {
                slot.latest = state.latest;
                for watch in &mut slot.watches {
                    watch.violating = state.violating.contains(&watch.rule.rule.id);
                }
            }
        }
        engine.identities = snapshot.identities.into_iter().collect();
        engine.closed = snapshot.closed;
        engine.counts = snapshot.counts.into_iter().collect();
        let live = engine.identities.values().filter_map(|state| state.live.as_ref());
        engine.counts.extend(live.filter_map(|live| Some((live.incident_id?, live.violations))));
        engine.tally = snapshot.tally;
        debug_assert!(engine.violating_is_consistent());
        engine
    }

    /// Says whether each identity counts exactly its violating series.
    pub(super) fn violating_is_consistent(&self) -> bool {
        let mut counted = std::collections::HashMap::new();
        for slot in self.slots.iter().flatten() {
            for watch in slot.watches.iter().filter(|watch| watch.violating) {
                *counted.entry(identity_of(&watch.rule.rule, &slot.series)).or_insert(0_u32) += 1;
            }
        }
        self.identities
            .iter()
            .all(|(identity, state)| state.violating == counted.remove(identity).unwrap_or(0))
            && counted.is_empty()
    }
}
