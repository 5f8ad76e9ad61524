//! What was done about the engine's decisions, compared with the decisions.
//!
//! Each decision that was carried out left an event in the log, after the entry that caused it. Events of one
//! identity come in the order of its decisions. A decision that left none is due (the evaluator had not come so far),
//! parked with its entry, or was overtaken by a person: who closes an incident before its recovery was written leaves
//! nothing to recover. Everything else is a difference.
//!
//! Notifications are compared with what the events before the dispatcher's position have to tell.

use super::Report;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use tracely_core::event::Event;
use tracely_core::id::IncidentId;
use tracely_core::incident::{Identity, Incident, TimelineKind};
use tracely_core::routing;
use tracely_core::rule::engine::{Snapshot, Transition};
use tracely_core::time::Timestamp;
use tracely_store::consumer::{self, Consumer};
use tracely_store::incident::timeline;
use tracely_store::log::{Entry, Payload};
use tracely_store::notification::{self, Cause};
use tracely_store::{Store, StoreError, organization};

/// A decision that has left no event yet.
#[derive(Debug)]
struct Wish {
    position: u64,
    transition: Transition,
    /// A person has changed what is live meanwhile.
    is_overtaken: bool,
}

/// What was decided, done and told so far.
#[derive(Debug)]
pub(super) struct Deeds {
    wishes: HashMap<Identity, VecDeque<Wish>>,
    /// Where the fold started, and when that was: events of decisions before it may follow it in the log.
    start: u64,
    started_at: Option<Timestamp>,
    evaluated: u64,
    dispatched: u64,
    parked: HashSet<(String, u64)>,
    due: BTreeSet<Cause>,
    done: u64,
    overtaken: HashSet<Identity>,
    differences: Vec<String>,
}

impl Deeds {
    /// Compares from an entry on; `started_at` is when the snapshot was stored that the fold starts from.
    pub(super) async fn after(
        store: &Store,
        start: u64,
        started_at: Option<Timestamp>,
    ) -> Result<Self, StoreError> {
        let mut parked = HashSet::new();
        for entry in consumer::parked(store, organization::DEFAULT).await? {
            parked.insert((entry.consumer, entry.position));
        }
        Ok(Self {
            wishes: HashMap::new(),
            start,
            started_at,
            evaluated: consumer::position(store, Consumer::Evaluator).await?,
            dispatched: consumer::position(store, Consumer::Dispatcher).await?,
            parked,
            due: BTreeSet::new(),
            done: 0,
            overtaken: HashSet::new(),
            differences: Vec::new(),
        })
    }

    /// Takes note of an entry and of what was decided about it.
    pub(super) fn read(&mut self, entry: &Entry, decided: Vec<Transition>) {
        for transition in decided {
            let wish = Wish { position: entry.position, is_overtaken: false, transition };
            self.wishes.entry(identity_of(&wish.transition).clone()).or_default().push_back(wish);
        }
        let Payload::Event(event) = &entry.payload else { return };
        if let Event::IncidentUpdated { incident, changes, .. } = &**event
            && changes.iter().any(|change| change.kind == TimelineKind::StatusChanged)
        {
            for wish in self.wishes.get_mut(&incident.identity).into_iter().flatten() {
                wish.is_overtaken = true;
            }
        }
        if let Some(incident) = deed(event) {
            self.carried_out(entry, event, incident);
        }
        if entry.position <= self.dispatched && !self.is_parked(Consumer::Dispatcher, entry.position) {
            let told = routing::notifications(event);
            self.due.extend(told.iter().map(|draft| Cause {
                position: entry.position,
                department_id: draft.department_id,
                kind: draft.kind,
            }));
        }
    }

    fn carried_out(&mut self, entry: &Entry, event: &Event, incident: &Incident) {
        // It belongs to a decision before the snapshot, whose transaction came before that of the snapshot.
        if self.started_at.is_some_and(|at| entry.created_at <= at) {
            return;
        }
        let wishes = self.wishes.entry(incident.identity.clone()).or_default();
        let Some(place) = wishes.iter().position(|wish| is_of(event, incident, &wish.transition)) else {
            let difference = format!("{} at {} of INC-{}", event.kind(), entry.position, incident.number);
            self.differences.push(format!("{difference} was not decided"));
            return;
        };
        let passed: Vec<Wish> = wishes.drain(..=place).collect();
        self.done += 1;
        for wish in &passed[..place] {
            self.left_undone(wish);
        }
    }

    fn left_undone(&mut self, wish: &Wish) {
        if wish.is_overtaken {
            self.overtaken.insert(identity_of(&wish.transition).clone());
        } else if !self.is_parked(Consumer::Evaluator, wish.position) {
            let (rule, service) =
                (identity_of(&wish.transition).rule_id, identity_of(&wish.transition).service_id);
            let what = kind_of(&wish.transition);
            self.differences.push(format!(
                "rule {rule} for service {service}: {what} was decided at {} and not done",
                wish.position
            ));
        }
    }

    fn is_parked(&self, consumer: Consumer, position: u64) -> bool {
        self.parked.contains(&(consumer.as_str().to_owned(), position))
    }

    /// Compares what is left with the tables.
    pub(super) async fn finish(
        mut self,
        store: &Store,
        state: &Snapshot,
        live: &[Incident],
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let mut unsettled = HashSet::new();
        let mut not_yet = 0;
        for (identity, wishes) in std::mem::take(&mut self.wishes) {
            for wish in wishes {
                unsettled.insert(identity.clone());
                if wish.position > self.evaluated {
                    not_yet += 1;
                } else {
                    self.left_undone(&wish);
                }
            }
        }
        unsettled.extend(self.overtaken.iter().cloned());
        self.compare_live(state, live, &unsettled);
        let told: BTreeSet<Cause> =
            notification::causes(store, self.start, self.dispatched).await?.into_iter().collect();
        for (difference, causes) in
            [("missing", self.due.difference(&told)), ("not due", told.difference(&self.due))]
        {
            for Cause { position, department_id, kind } in causes {
                let notification =
                    format!("{kind} for department {department_id} because of entry {position}");
                self.differences.push(format!("notification {notification} is {difference}"));
            }
        }
        for incident in timeline::gaps(store).await? {
            self.differences.push(format!("the history of incident {incident} has gaps"));
        }
        report.lines.push(format!(
            "carried out {}, overtaken by people {}, not yet carried out {not_yet}",
            self.done,
            self.overtaken.len()
        ));
        report.lines.push(format!("live       {} incidents", live.len()));
        report.lines.push(format!("told       {} notifications", told.len()));
        report.differences.append(&mut self.differences);
        Ok(())
    }

    /// The incidents that the engine takes to be live are live, and recovered as it says.
    fn compare_live(&mut self, state: &Snapshot, live: &[Incident], unsettled: &HashSet<Identity>) {
        let mut stored: HashMap<&Identity, (IncidentId, bool)> = live
            .iter()
            .map(|incident| (&incident.identity, (incident.id, incident.recovered_at.is_some())))
            .collect();
        for (identity, incident_id, has_recovered) in state.live() {
            let found = stored.remove(identity);
            let expected = incident_id.map(|id| (id, has_recovered));
            if found != expected && !unsettled.contains(identity) {
                let (rule, service) = (identity.rule_id, identity.service_id);
                self.differences.push(format!(
                    "rule {rule} for service {service} has {found:?} live, and the log gives {expected:?}"
                ));
            }
        }
        for (identity, (incident_id, _)) in stored {
            if !unsettled.contains(identity) {
                self.differences
                    .push(format!("incident {incident_id} is live, and the log does not know it"));
            }
        }
    }
}

/// Returns the incident of an event that carries out a decision.
fn deed(event: &Event) -> Option<&Incident> {
    match event {
        Event::IncidentOpened { incident }
        | Event::IncidentRecovered { incident }
        | Event::IncidentViolatedAgain { incident } => Some(incident),
        Event::ServiceChanged { .. }
        | Event::ServiceDeleted { .. }
        | Event::DepartmentChanged { .. }
        | Event::DepartmentDeleted { .. }
        | Event::MetricTypeChanged { .. }
        | Event::RuleChanged { .. }
        | Event::RuleDeleted { .. }
        | Event::IncidentUpdated { .. }
        | Event::CommentAdded { .. }
        | Event::CommentDeleted { .. }
        | Event::NotificationCreated { .. }
        | Event::NotificationsMarked { .. } => None,
    }
}

/// Says whether an event is what became of a decision.
fn is_of(event: &Event, incident: &Incident, transition: &Transition) -> bool {
    match transition {
        Transition::Opened { point, .. } => {
            let opened = (incident.opened_at, incident.opening_value);
            matches!(event, Event::IncidentOpened { .. }) && opened == (point.instant, point.value)
        }
        Transition::Recovered { point, .. } => {
            matches!(event, Event::IncidentRecovered { .. }) && incident.recovered_at == Some(point.instant)
        }
        Transition::ViolatedAgain { .. } => matches!(event, Event::IncidentViolatedAgain { .. }),
    }
}

fn identity_of(transition: &Transition) -> &Identity {
    match transition {
        Transition::Opened { identity, .. }
        | Transition::ViolatedAgain { identity, .. }
        | Transition::Recovered { identity, .. } => identity,
    }
}

fn kind_of(transition: &Transition) -> &'static str {
    match transition {
        Transition::Opened { .. } => "an incident",
        Transition::ViolatedAgain { .. } => "a new violation",
        Transition::Recovered { .. } => "a recovery",
    }
}
