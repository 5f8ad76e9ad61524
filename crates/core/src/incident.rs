//! Incidents and their life cycle: what people and the system may do to one, and what each act leaves behind.
//!
//! ```text
//!            acknowledge                 close
//!   OPEN ───────────────▶ IN_PROGRESS ─────────▶ CLOSED
//!    ▲ ◀─────────────────     │                    │
//!    │        release         │                    │
//!    └────────────────────────┴────────────────────┘
//!                         reopen
//! ```
//! OPEN may also be closed at once. Every act goes through [`amend`], so a person and the system obey one table.

use crate::id::{DepartmentId, IncidentId, OrganizationId, RuleId, ServiceId};
use crate::rule::{Operator, Severity};
use crate::text_enum::text_enum;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

text_enum! {
    /// Where an incident is in its life.
    Status {
        /// Newly opened; nobody works on it yet.
        Open = "OPEN",
        /// Acknowledged: somebody works on it.
        InProgress = "IN_PROGRESS",
        /// Resolved.
        Closed = "CLOSED",
    }
}

impl Status {
    /// Returns the states that may follow this one.
    pub fn allowed_next(self) -> &'static [Self] {
        match self {
            Self::Open => &[Self::InProgress, Self::Closed],
            Self::InProgress => &[Self::Open, Self::Closed],
            Self::Closed => &[Self::Open],
        }
    }

    /// Says whether the incident still counts as the one of its identity.
    pub fn is_live(self) -> bool {
        self != Self::Closed
    }
}

/// What makes two violations the same incident. At most one incident of an identity is live.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// The rule that was violated.
    pub rule_id: RuleId,
    /// The service that violated it.
    pub service_id: ServiceId,
    /// The values of the labels that the rule groups by; empty without grouping.
    pub group_key: String,
}

/// How often and how badly an incident's rule was violated since it opened.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Violations {
    /// How many points violated the rule.
    pub count: i64,
    /// The instant of the newest of them.
    pub last_at: Timestamp,
    /// The worst of their values.
    pub peak: f64,
}

/// What people work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its identifier.
    pub id: IncidentId,
    /// The tenant it belongs to.
    pub organization_id: OrganizationId,
    /// Its number in the organization, shown as `INC-42`.
    pub number: i64,
    /// What it is about; at most one live incident has it.
    pub identity: Identity,
    /// What happened, in one sentence.
    pub title: String,
    /// The rule's name when the incident opened; stays when the rule is renamed or deleted.
    pub rule_name: String,
    /// The service's name when the incident opened.
    pub service_name: String,
    /// The metric type that was judged.
    pub metric_type: String,
    /// How the value was compared.
    pub operator: Operator,
    /// What the value was compared with.
    pub threshold: f64,
    /// The value that opened it.
    pub opening_value: f64,
    /// The team it is routed to.
    pub department_id: DepartmentId,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is in its life.
    pub status: Status,
    /// Who works on it.
    pub assignee: Option<String>,
    /// The violations since it opened.
    pub violations: Violations,
    /// When the point was measured that opened it.
    pub opened_at: Timestamp,
    /// When it was acknowledged; none while nobody works on it.
    pub in_progress_at: Option<Timestamp>,
    /// When the condition cleared; none while it is violated.
    pub recovered_at: Option<Timestamp>,
    /// When it was closed; none while it is live.
    pub closed_at: Option<Timestamp>,
    /// Counts the changes to what people decide, from 1. New violations do not change it.
    pub version: i64,
    /// When the system made it.
    pub created_at: Timestamp,
    /// When what people decide was last changed, or the condition cleared or was met again.
    pub updated_at: Timestamp,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Actor {
    /// Tracely itself, following a rule.
    System,
    /// A person.
    Person {
        /// The name they are shown by.
        name: String,
    },
}

impl Actor {
    /// Returns the name to show.
    pub fn name(&self) -> &str {
        match self {
            Self::System => "system",
            Self::Person { name } => name,
        }
    }
}

text_enum! {
    /// What an entry of an incident's timeline tells.
    TimelineKind {
        /// The incident opened.
        Created = "CREATED",
        /// It moved on in its life cycle.
        StatusChanged = "STATUS_CHANGED",
        /// It was judged more or less severe.
        SeverityChanged = "SEVERITY_CHANGED",
        /// Somebody took it on or gave it back.
        Assigned = "ASSIGNED",
        /// It was routed to another department.
        DepartmentChanged = "DEPARTMENT_CHANGED",
        /// Somebody commented.
        CommentAdded = "COMMENT_ADDED",
        /// A comment was removed.
        CommentDeleted = "COMMENT_DELETED",
        /// The condition cleared.
        Recovered = "RECOVERED",
        /// The condition was met again after it had cleared.
        ViolatedAgain = "VIOLATED_AGAIN",
    }
}

/// An entry in an incident's history, before it has an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// What it tells.
    pub kind: TimelineKind,
    /// What was so before.
    pub old_value: Option<String>,
    /// What is so now.
    pub new_value: Option<String>,
}

impl TimelineEntry {
    /// Makes an entry from texts.
    pub fn new(kind: TimelineKind, old_value: Option<&str>, new_value: Option<&str>) -> Self {
        Self { kind, old_value: old_value.map(Into::into), new_value: new_value.map(Into::into) }
    }
}

/// What somebody wants to change. An absent field stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Amendment {
    /// The state to move to.
    pub status: Option<Status>,
    /// The new severity.
    pub severity: Option<Severity>,
    /// The new assignee; the inner none means nobody.
    pub assignee: Option<Option<String>>,
    /// The department to route to.
    pub department_id: Option<DepartmentId>,
}

/// Says that the life cycle has no such step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an incident that is {from} cannot become {to}")]
pub struct StepRefused {
    /// The state it is in.
    pub from: Status,
    /// The state that was asked for.
    pub to: Status,
    /// The states it may move to.
    pub allowed: &'static [Status],
}

/// Applies what somebody wants to change and returns the changed incident with its new timeline entries.
/// Asking for what is already so changes nothing and leaves no entry.
pub fn amend(
    incident: &Incident,
    amendment: &Amendment,
    actor: &Actor,
    now: Timestamp,
) -> Result<(Incident, Vec<TimelineEntry>), StepRefused> {
    let mut next = incident.clone();
    let mut entries = Vec::new();

    if let Some(status) = amendment.status.filter(|status| *status != incident.status) {
        step(&mut next, status, now)?;
        entries.push(TimelineEntry::new(
            TimelineKind::StatusChanged,
            Some(incident.status.as_str()),
            Some(status.as_str()),
        ));
        if amendment.assignee.is_none() {
            next.assignee = assignee_after_step(incident, status, actor);
        }
    }
    if let Some(assignee) = &amendment.assignee {
        next.assignee.clone_from(assignee);
    }
    if next.assignee != incident.assignee {
        entries.push(TimelineEntry::new(
            TimelineKind::Assigned,
            incident.assignee.as_deref(),
            next.assignee.as_deref(),
        ));
    }
    if let Some(severity) = amendment.severity.filter(|severity| *severity != incident.severity) {
        next.severity = severity;
        entries.push(TimelineEntry::new(
            TimelineKind::SeverityChanged,
            Some(incident.severity.as_str()),
            Some(severity.as_str()),
        ));
    }
    if let Some(department_id) = amendment.department_id.filter(|id| *id != incident.department_id) {
        next.department_id = department_id;
        entries.push(TimelineEntry::new(
            TimelineKind::DepartmentChanged,
            Some(&incident.department_id.to_string()),
            Some(&department_id.to_string()),
        ));
    }
    if !entries.is_empty() {
        next.version += 1;
        next.updated_at = now;
    }
    Ok((next, entries))
}

fn step(incident: &mut Incident, to: Status, now: Timestamp) -> Result<(), StepRefused> {
    let from = incident.status;
    let allowed = from.allowed_next();
    if !allowed.contains(&to) {
        return Err(StepRefused { from, to, allowed });
    }
    incident.status = to;
    match to {
        Status::Open => {
            incident.in_progress_at = None;
            incident.closed_at = None;
        }
        Status::InProgress => incident.in_progress_at = Some(now),
        Status::Closed => incident.closed_at = Some(now),
    }
    Ok(())
}

/// Who acknowledges takes it on unless somebody has it; who releases gives it back.
fn assignee_after_step(incident: &Incident, to: Status, actor: &Actor) -> Option<String> {
    match (incident.status, to, actor) {
        (Status::Open, Status::InProgress, Actor::Person { name }) => {
            Some(incident.assignee.clone().unwrap_or_else(|| name.clone()))
        }
        (Status::InProgress, Status::Open, _) => None,
        _ => incident.assignee.clone(),
    }
}

/// Says what happened in one sentence, for titles and messages.
pub fn sentence(
    metric_name: &str,
    service_name: &str,
    operator: Operator,
    threshold: f64,
    unit: &str,
    value: f64,
) -> String {
    let space = if unit.is_empty() || unit == "%" { "" } else { " " };
    let (threshold, value) = (rounded(threshold), rounded(value));
    format!(
        "{metric_name} of {service_name} {} {threshold}{space}{unit}: {value}{space}{unit}",
        operator.in_words()
    )
}

/// Rounds to three decimals, as people read numbers; numbers too small for that stay as they are.
fn rounded(value: f64) -> f64 {
    let rounded = (value * 1_000.0).round() / 1_000.0;
    if rounded.is_finite() && rounded != 0.0 { rounded } else { value }
}

#[cfg(test)]
#[path = "incident_tests.rs"]
mod tests;
