//! What the engine knows of each identity, and how points change it.

use super::Transition;
use crate::id::IncidentId;
use crate::incident::{Identity, Violations};
use crate::metric::Point;
use crate::rule::Rule;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct IdentityState {
    /// How many series violate the rule now.
    pub(super) violating: u32,
    pub(super) live: Option<Live>,
    /// A person closed the incident while the condition held; cleared when the condition clears.
    pub(super) silenced: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Live {
    /// None until the log has told which incident was opened.
    pub(super) incident_id: Option<IncidentId>,
    pub(super) violations: Violations,
    pub(super) recovered: bool,
}

/// The violations of incidents that were closed lately. Whoever reopens one may have read it before its last violations
/// were stored, so what the log tells of it then is not the newest.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Closed(VecDeque<(IncidentId, Violations)>);

/// How many are remembered. Counts wait a quarter of a second until they are stored; only of an incident that is
/// reopened in less time, and after more than this many others were closed, would violations be forgotten.
const REMEMBERED: usize = 1_000;

impl Closed {
    pub(super) fn remember(&mut self, id: IncidentId, violations: Violations) {
        self.forget(id);
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((id, violations));
    }

    /// Returns what is known of an incident that is live again.
    pub(super) fn forget(&mut self, id: IncidentId) -> Option<Violations> {
        let place = self.0.iter().position(|(own, _)| *own == id)?;
        self.0.remove(place).map(|(_, violations)| violations)
    }
}

impl IdentityState {
    pub(super) fn is_forgettable(&self) -> bool {
        self.violating == 0 && self.live.is_none() && !self.silenced
    }
}

/// A series that violated is watched no more: nobody knows whether it recovered, so nothing is told.
pub(super) fn unwatch(identities: &mut HashMap<Identity, IdentityState>, identity: &Identity) {
    let Some(state) = identities.get_mut(identity) else { return };
    state.violating = state.violating.saturating_sub(1);
    state.silenced &= state.violating > 0;
    if state.is_forgettable() {
        identities.remove(identity);
    }
}

pub(super) fn violate(
    state: &mut IdentityState,
    counts: &mut BTreeMap<IncidentId, Violations>,
    identity: Identity,
    rule: &Arc<Rule>,
    point: Point,
    transitions: &mut Vec<Transition>,
) {
    let holds_now = state.violating > 0;
    if let Some(live) = &mut state.live {
        let violations = &mut live.violations;
        violations.count += 1;
        violations.last_at = violations.last_at.max(point.instant);
        violations.peak = rule.operator.worse(violations.peak, point.value, rule.threshold);
        if let Some(incident_id) = live.incident_id {
            counts.insert(incident_id, *violations);
        }
        if live.recovered && holds_now {
            live.recovered = false;
            transitions.push(Transition::ViolatedAgain { identity, point });
        }
    } else if !state.silenced {
        state.live = Some(Live {
            incident_id: None,
            violations: Violations { count: 1, last_at: point.instant, peak: point.value },
            recovered: !holds_now,
        });
        transitions.push(Transition::Opened { identity: identity.clone(), rule: Arc::clone(rule), point });
        if !holds_now {
            transitions.push(Transition::Recovered { identity, point });
        }
    }
}

pub(super) fn clear_one(
    identities: &mut HashMap<Identity, IdentityState>,
    identity: Identity,
    point: Point,
    transitions: &mut Vec<Transition>,
) {
    let Some(state) = identities.get_mut(&identity) else { return };
    state.violating = state.violating.saturating_sub(1);
    if state.violating > 0 {
        return;
    }
    state.silenced = false;
    if let Some(live) = &mut state.live {
        if !live.recovered {
            live.recovered = true;
            transitions.push(Transition::Recovered { identity, point });
        }
    } else {
        identities.remove(&identity);
    }
}
