//! The rule engine: a pure fold over the log.
//!
//! The log gives points and events in one order; the engine's state after an entry depends on nothing else, so
//! a replay from the start, from any snapshot, and in any split into batches takes the same decisions.
//!
//! **What is judged.** A point is judged when it is the newest of its series, or late by no more than the allowed
//! lateness. A late point that violates a rule counts (and may open an incident, which then has recovered at once
//! when the newest point is fine); a late point that is fine says nothing about now. Older points are only counted.
//!
//! **Identity.** A rule and a service have at most one live incident. An identity is violated while the newest
//! judged point of at least one of its series violates the rule; it recovers when none does any more.
//!
//! **Feedback.** A transition is a wish. What became of it is read back from the log as an event (`incident.opened`
//! carries the identifier that the incident got), like everything that people do. A person who closes an incident
//! whose condition still holds silences the identity until the condition has cleared once.
//!
//! **Violation counts** are part of the state and absolute, so that writing them is idempotent: the caller takes
//! [`Engine::take_counts`] now and then and stores them, in any transaction.
//!
//! **Cost.** Rules are found by (metric type, service) when a series is first met or a rule changes, never when a
//! point comes: a point costs one array access and one comparison for each rule that watches its series.

mod identity;
mod index;
mod snapshot;

pub use snapshot::Snapshot;

use crate::event::Event;
use crate::id::{IncidentId, RuleId, SeriesId};
use crate::incident::{Identity, Incident, Status, TimelineKind, Violations};
use crate::metric::{Point, PointBatch, Series};
use crate::rule::compiled::CompiledRule;
use crate::rule::{Operator, Rule};
use crate::time::{MINUTE, Timestamp};
use identity::{Closed, IdentityState, Live, clear_one, unwatch, violate};
use index::RuleIndex;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What may be set about judging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// How much older than the newest point of its series a point may be and still be judged, in microseconds.
    pub allowed_lateness: i64,
    /// How old a point may be when it is accepted and still be judged, in microseconds; none means any age.
    pub max_age: Option<i64>,
}

impl Default for Config {
    fn default() -> Self {
        Self { allowed_lateness: 5 * MINUTE, max_age: None }
    }
}

/// A decision of the engine, for the caller to carry out.
#[derive(Debug, Clone, PartialEq)]
pub enum Transition {
    /// A rule was violated and no incident of the identity is live: open one.
    Opened {
        /// Which incident it is.
        identity: Identity,
        /// The rule as it was when it was violated.
        rule: Arc<Rule>,
        /// The violating point.
        point: Point,
    },
    /// A rule is violated again whose live incident had recovered.
    ViolatedAgain {
        /// Which incident it is.
        identity: Identity,
        /// The violating point.
        point: Point,
    },
    /// The condition of a live incident has cleared.
    Recovered {
        /// Which incident it is.
        identity: Identity,
        /// The point that cleared it.
        point: Point,
    },
}

/// What the engine counted since it started from nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Points that were judged.
    pub judged: u64,
    /// Points that were later than allowed.
    pub late: u64,
    /// Points that were older than allowed when they were accepted.
    pub too_old: u64,
    /// Judged points that violated a rule, counted once for each rule.
    pub violations: u64,
}

/// The state of all rules over all series.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    index: RuleIndex,
    slots: Vec<Option<Slot>>,
    identities: HashMap<Identity, IdentityState>,
    closed: Closed,
    counts: BTreeMap<IncidentId, Violations>,
    tally: Tally,
}

/// What the engine knows of one series.
#[derive(Debug)]
struct Slot {
    series: Arc<Series>,
    latest: i64,
    watches: Vec<Watch>,
}

/// One rule watching one series. Operator and threshold are kept here so that judging touches one cache line.
#[derive(Debug)]
struct Watch {
    threshold: f64,
    operator: Operator,
    violating: bool,
    rule: Arc<CompiledRule>,
}

impl Engine {
    /// Makes an engine that has seen nothing.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            index: RuleIndex::default(),
            slots: Vec::new(),
            identities: HashMap::new(),
            closed: Closed::default(),
            counts: BTreeMap::new(),
            tally: Tally::default(),
        }
    }

    /// Says whether the engine has met this series.
    pub fn knows(&self, series: SeriesId) -> bool {
        self.slots.get(series.0 as usize).is_some_and(Option::is_some)
    }

    /// Tells the engine what a series is; needed once before its first point. A series never changes.
    pub fn learn(&mut self, series: Arc<Series>) {
        if self.knows(series.id) {
            return;
        }
        let place = series.id.0 as usize;
        if self.slots.len() <= place {
            self.slots.resize_with(place + 1, || None);
        }
        let rules = self.index.add_series(&series);
        let mut slot = Slot { series, latest: i64::MIN, watches: Vec::new() };
        for rule in rules {
            watch(&mut slot, rule, &mut self.identities);
        }
        self.slots[place] = Some(slot);
    }

    /// Judges accepted points in order and adds what follows from them to `transitions`.
    /// `accepted_at` is when the log took them. Every series must have been learned.
    pub fn judge(&mut self, batch: &PointBatch, accepted_at: Timestamp, transitions: &mut Vec<Transition>) {
        for point in batch.iter() {
            self.judge_point(point, accepted_at, transitions);
        }
    }

    fn judge_point(&mut self, point: Point, accepted_at: Timestamp, transitions: &mut Vec<Transition>) {
        let Some(slot) = self.slots.get_mut(point.series.0 as usize).and_then(Option::as_mut) else {
            debug_assert!(false, "series {} was not learned", point.series);
            return;
        };
        let newest = point.instant.0 >= slot.latest;
        if newest {
            slot.latest = point.instant.0;
        } else if point.instant.0 < slot.latest.saturating_sub(self.config.allowed_lateness) {
            self.tally.late += 1;
            return;
        }
        if self.config.max_age.is_some_and(|max_age| accepted_at.0.saturating_sub(point.instant.0) > max_age)
        {
            self.tally.too_old += 1;
            return;
        }
        self.tally.judged += 1;

        for watch in &mut slot.watches {
            if watch.operator.violates(point.value, watch.threshold) {
                self.tally.violations += 1;
                let entered = newest && !watch.violating;
                watch.violating |= newest;
                let identity = identity_of(&watch.rule.rule, &slot.series);
                let state = self.identities.entry(identity.clone()).or_default();
                state.violating += u32::from(entered);
                violate(state, &mut self.counts, identity, &watch.rule.rule, point, transitions);
            } else if newest && watch.violating {
                watch.violating = false;
                let identity = identity_of(&watch.rule.rule, &slot.series);
                clear_one(&mut self.identities, identity, point, transitions);
            }
        }
    }

    /// Applies an event from the log. Events of other features change nothing.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::RuleChanged { rule } => self.set_rule(rule),
            Event::RuleDeleted { rule_id } => self.remove_rule(*rule_id),
            Event::IncidentOpened { incident } => self.attach(incident),
            Event::IncidentUpdated { incident, changes, .. } => {
                let moved = changes.iter().any(|change| change.kind == TimelineKind::StatusChanged);
                match incident.status {
                    Status::Closed if moved => self.close(incident),
                    Status::Open if moved => self.attach(incident),
                    Status::Open | Status::InProgress | Status::Closed => (),
                }
            }
            Event::ServiceChanged { .. }
            | Event::ServiceDeleted { .. }
            | Event::DepartmentChanged { .. }
            | Event::DepartmentDeleted { .. }
            | Event::MetricTypeChanged { .. }
            | Event::IncidentRecovered { .. }
            | Event::IncidentViolatedAgain { .. }
            | Event::CommentAdded { .. }
            | Event::CommentDeleted { .. }
            | Event::NotificationCreated { .. }
            | Event::NotificationsMarked { .. } => (),
        }
    }

    /// Takes the violation counts that changed since they were last taken. They are absolute: storing one twice,
    /// or an older state's again after a restart, does no harm as long as the newest is stored last.
    pub fn take_counts(&mut self) -> Vec<(IncidentId, Violations)> {
        std::mem::take(&mut self.counts).into_iter().collect()
    }

    /// Says whether violation counts wait to be taken.
    pub fn has_counts(&self) -> bool {
        !self.counts.is_empty()
    }

    /// Returns what was counted so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// An incident is live: opened by the rule, or reopened or released by a person.
    fn attach(&mut self, incident: &Incident) {
        let known = self.closed.forget(incident.id).unwrap_or(incident.violations);
        let state = self.identities.entry(incident.identity.clone()).or_default();
        state.silenced = false;
        let live = state.live.get_or_insert_with(|| Live {
            incident_id: None,
            violations: if known.count < incident.violations.count { incident.violations } else { known },
            recovered: incident.recovered_at.is_some(),
        });
        if live.incident_id == Some(incident.id) {
            return;
        }
        live.incident_id = Some(incident.id);
        if live.violations.count < incident.violations.count {
            live.violations = incident.violations;
        }
        if live.violations != incident.violations {
            self.counts.insert(incident.id, live.violations);
        }
    }

    /// A person closed an incident.
    fn close(&mut self, incident: &Incident) {
        let Some(state) = self.identities.get_mut(&incident.identity) else { return };
        if let Some(live) = state.live.take_if(|live| live.incident_id.is_none_or(|id| id == incident.id)) {
            self.closed.remember(incident.id, live.violations);
            state.silenced = state.violating > 0;
        }
        if state.is_forgettable() {
            self.identities.remove(&incident.identity);
        }
    }

    fn set_rule(&mut self, rule: &Rule) {
        let mut affected = self.index.series_of(rule.id);
        // A rule that no longer compiles was valid when it was saved; it then judges nothing rather than wrongly.
        let compiled = if rule.enabled { CompiledRule::of(rule).ok().map(Arc::new) } else { None };
        self.index.set_rule(rule, compiled.clone());
        affected.extend(self.index.series_of(rule.id));
        affected.sort_unstable();
        affected.dedup();
        for series in affected {
            self.rewatch(series, rule.id, compiled.as_ref());
        }
    }

    fn remove_rule(&mut self, rule_id: RuleId) {
        let affected = self.index.series_of(rule_id);
        self.index.remove_rule(rule_id);
        for series in affected {
            self.rewatch(series, rule_id, None);
        }
    }

    /// Replaces a rule's watch on a series. Whether the series violates is kept until its next point says so.
    fn rewatch(&mut self, series: SeriesId, rule_id: RuleId, compiled: Option<&Arc<CompiledRule>>) {
        let Some(slot) = self.slots.get_mut(series.0 as usize).and_then(Option::as_mut) else { return };
        let place = slot.watches.iter().position(|watch| watch.rule.rule.id == rule_id);
        let compiled = compiled.filter(|compiled| compiled.watches(&slot.series));
        match (place, compiled) {
            (Some(place), Some(compiled)) => {
                let violating = slot.watches[place].violating;
                slot.watches[place] = Watch::new(Arc::clone(compiled), violating);
            }
            (Some(place), None) => {
                let gone = slot.watches.remove(place);
                if gone.violating {
                    unwatch(&mut self.identities, &identity_of(&gone.rule.rule, &slot.series));
                }
            }
            (None, Some(compiled)) => watch(slot, Arc::clone(compiled), &mut self.identities),
            (None, None) => (),
        }
    }
}

impl Watch {
    fn new(rule: Arc<CompiledRule>, violating: bool) -> Self {
        Self { threshold: rule.rule.threshold, operator: rule.rule.operator, violating, rule }
    }
}

fn identity_of(rule: &Rule, series: &Series) -> Identity {
    Identity { rule_id: rule.id, service_id: series.service_id, group_key: String::new() }
}

/// Adds a watch, in order of the rules' ids. A live incident that nobody watched for a while (its rule was
/// switched off) is taken as still violated until the next point tells, so that it can recover.
fn watch(slot: &mut Slot, rule: Arc<CompiledRule>, identities: &mut HashMap<Identity, IdentityState>) {
    if !rule.watches(&slot.series) {
        return;
    }
    let mut violating = false;
    if let Some(state) = identities.get_mut(&identity_of(&rule.rule, &slot.series)) {
        violating = state.violating == 0 && state.live.as_ref().is_some_and(|live| !live.recovered);
        state.violating += u32::from(violating);
    }
    let place = slot.watches.partition_point(|other| other.rule.rule.id < rule.rule.id);
    slot.watches.insert(place, Watch::new(rule, violating));
}

#[cfg(test)]
mod tests;
