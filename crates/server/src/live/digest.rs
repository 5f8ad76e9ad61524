//! What is kept of an entry of the log: as much as listeners are told.

use super::message::{self, LiveChange};
use bytes::Bytes;
use hashbrown::HashSet;
use tracely_core::event::Event;
use tracely_core::id::{OrganizationId, SeriesId, ServiceId};
use tracely_core::incident::Incident;
use tracely_core::metric::PointBatch;
use tracely_core::time::Timestamp;
use tracely_store::log::{Entry, Payload};

/// The most services that a hint names.
pub(crate) const MAX_SERVICES: usize = 100;

/// An entry of the log, made small.
#[derive(Debug, Clone)]
pub(crate) struct Digest {
    /// Its place in the order.
    pub(crate) position: u64,
    /// Whom it may be told.
    pub(crate) audience: Audience,
    /// What it tells.
    pub(crate) content: Content,
}

/// Whom a digest may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Those of an organization.
    Organization(OrganizationId),
    /// Everybody; it says nothing of anybody.
    Everybody,
}

impl Audience {
    /// Says whether listeners of an organization belong to it.
    pub(crate) fn includes(self, organization_id: OrganizationId) -> bool {
        match self {
            Self::Organization(own) => own == organization_id,
            Self::Everybody => true,
        }
    }
}

/// What a digest tells.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// A message that is sent as it is.
    Change(Bytes),
    /// A hint that is gathered with others.
    Points(PointsHint),
}

/// Which services got points.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PointsHint {
    /// At most [`MAX_SERVICES`] of them.
    pub(crate) services: HashSet<ServiceId>,
    /// There are others.
    pub(crate) truncated: bool,
    /// How many points were seen.
    pub(crate) count: u64,
    /// The latest instant of them.
    pub(crate) to: Option<Timestamp>,
}

impl PointsHint {
    /// Says that any service may have got points.
    pub(crate) fn of_any_service() -> Self {
        Self { truncated: true, ..Self::default() }
    }

    /// Adds what another hint says.
    pub(crate) fn add(&mut self, other: &Self) {
        self.truncated |= other.truncated;
        self.count += other.count;
        self.to = self.to.max(other.to);
        for service_id in &other.services {
            self.add_service(*service_id);
        }
    }

    fn add_service(&mut self, service_id: ServiceId) {
        if self.services.len() < MAX_SERVICES {
            self.services.insert(service_id);
        } else if !self.services.contains(&service_id) {
            self.truncated = true;
        }
    }
}

impl Digest {
    /// Stands for entries with points that were not looked at, the last of them at a position.
    pub(crate) fn of_unread_points(position: u64) -> Self {
        let content = Content::Points(PointsHint::of_any_service());
        Self { position, audience: Audience::Everybody, content }
    }

    /// Makes a digest of an entry; none when there is nothing to tell. `service_of` knows whose a series is.
    pub(crate) fn of(entry: &Entry, service_of: impl Fn(SeriesId) -> Option<ServiceId>) -> Option<Self> {
        let content = match &entry.payload {
            Payload::Event(event) => {
                Content::Change(message::change(entry.position, &change_of(event, entry.created_at)))
            }
            Payload::Points { batch, .. } => Content::Points(hint_of(batch, service_of)),
            Payload::Unreadable(_) => return None,
        };
        let audience = Audience::Organization(entry.organization_id);
        Some(Self { position: entry.position, audience, content })
    }
}

/// Looks at series until it is known which services there are, or that they are too many.
fn hint_of(batch: &PointBatch, service_of: impl Fn(SeriesId) -> Option<ServiceId>) -> PointsHint {
    let to = batch.instants.iter().max().copied().map(Timestamp);
    let mut hint = PointsHint { count: batch.len() as u64, to, ..PointsHint::default() };
    let mut seen = HashSet::new();
    for series in &batch.series {
        if hint.truncated {
            break;
        }
        if !seen.insert(*series) {
            continue;
        }
        match service_of(SeriesId(*series)) {
            Some(service_id) => hint.add_service(service_id),
            None => hint.truncated = true,
        }
    }
    hint
}

fn change_of(event: &Event, at: Timestamp) -> LiveChange {
    let change = LiveChange::new(event.kind(), at);
    match event {
        Event::ServiceChanged { service_id } | Event::ServiceDeleted { service_id } => {
            LiveChange { service_id: Some(*service_id), ..change }
        }
        Event::DepartmentChanged { department_id } | Event::DepartmentDeleted { department_id } => {
            LiveChange { department_id: Some(*department_id), ..change }
        }
        Event::MetricTypeChanged { key } => LiveChange { metric_type: Some(key.clone()), ..change },
        Event::RuleChanged { rule } => LiveChange {
            rule_id: Some(rule.id),
            department_id: Some(rule.department_id),
            severity: Some(rule.severity),
            metric_type: Some(rule.metric_type.clone()),
            ..change
        },
        Event::RuleDeleted { rule_id } => LiveChange { rule_id: Some(*rule_id), ..change },
        Event::IncidentOpened { incident }
        | Event::IncidentRecovered { incident }
        | Event::IncidentViolatedAgain { incident } => of_incident(change, incident),
        Event::IncidentUpdated { incident, actor, .. } => {
            LiveChange { actor: Some(actor.name().to_owned()), ..of_incident(change, incident) }
        }
        Event::CommentAdded { incident, comment_id, actor }
        | Event::CommentDeleted { incident, comment_id, actor } => LiveChange {
            comment_id: Some(*comment_id),
            actor: Some(actor.name().to_owned()),
            ..of_incident(change, incident)
        },
        Event::NotificationCreated { notification_id, department_id, .. } => LiveChange {
            notification_id: Some(*notification_id),
            department_id: Some(*department_id),
            ..change
        },
        Event::NotificationsMarked { .. } => change,
    }
}

fn of_incident(change: LiveChange, incident: &Incident) -> LiveChange {
    LiveChange {
        incident_id: Some(incident.id),
        incident_key: Some(format!("INC-{}", incident.number)),
        service_id: Some(incident.identity.service_id),
        rule_id: Some(incident.identity.rule_id),
        department_id: Some(incident.department_id),
        severity: Some(incident.severity),
        status: Some(incident.status),
        title: Some(incident.title.clone()),
        metric_type: Some(incident.metric_type.clone()),
        ..change
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_SERVICES, PointsHint, hint_of};
    use tracely_core::id::{SeriesId, ServiceId};
    use tracely_core::metric::PointBatch;
    use tracely_core::time::Timestamp;
    use uuid::Uuid;

    fn batch(series: u32) -> PointBatch {
        let mut batch = PointBatch::default();
        for series in 0..series {
            batch.push_row(series, 1_000 - i64::from(series), 1.0);
        }
        batch
    }

    fn service_of(series: SeriesId) -> Option<ServiceId> {
        let is_known = series.0 != u32::MAX;
        is_known.then(|| ServiceId(Uuid::from_u128(u128::from(series.0))))
    }

    #[test]
    fn a_hint_names_each_service_once_and_says_when_there_are_more() {
        let of_one = |series: SeriesId| service_of(SeriesId(series.0 / 2));
        let hint = hint_of(&batch(5), of_one);
        assert_eq!((hint.services.len(), hint.truncated, hint.count), (3, false, 5));
        assert_eq!(hint.to, Some(Timestamp(1_000)));
        let full = hint_of(&batch(MAX_SERVICES as u32), service_of);
        assert_eq!((full.services.len(), full.truncated), (MAX_SERVICES, false));
        let more = hint_of(&batch(MAX_SERVICES as u32 + 1), service_of);
        assert_eq!((more.services.len(), more.truncated, more.count), (MAX_SERVICES, true, 101));
    }

    #[test]
    fn a_series_that_is_not_known_may_be_of_any_service() {
        let mut batch = batch(2);
        batch.push_row(u32::MAX, 5, 1.0);
        let hint = hint_of(&batch, service_of);
        assert_eq!((hint.services.len(), hint.truncated, hint.count), (2, true, 3));
    }

    #[test]
    fn hints_add_up() {
        let mut hint = PointsHint::default();
        hint.add(&hint_of(&batch(3), service_of));
        hint.add(&hint_of(&batch(2), service_of));
        assert_eq!((hint.services.len(), hint.truncated, hint.count), (3, false, 5));
        hint.add(&PointsHint::of_any_service());
        assert_eq!((hint.services.len(), hint.truncated, hint.count), (3, true, 5));
    }
}
