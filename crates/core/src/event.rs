//! Domain events: what happened, as written to the log. The set is closed; a reader handles every kind.

use crate::id::{CommentId, DepartmentId, NotificationId, OrganizationId, RuleId, ServiceId};
use crate::incident::{Actor, Incident, TimelineEntry};
use crate::routing::NotificationKind;
use crate::rule::Rule;
use serde::{Deserialize, Serialize};

/// Something that happened in an organization. Facts are carried whole, so that a replay needs no table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A service was made or changed.
    ServiceChanged {
        /// Which.
        service_id: ServiceId,
    },
    /// A service was deleted.
    ServiceDeleted {
        /// Which.
        service_id: ServiceId,
    },
    /// A department was made or changed.
    DepartmentChanged {
        /// Which.
        department_id: DepartmentId,
    },
    /// A department was deleted.
    DepartmentDeleted {
        /// Which.
        department_id: DepartmentId,
    },
    /// A metric type was made, changed or deleted.
    MetricTypeChanged {
        /// Its key.
        key: String,
    },
    /// A rule was made or changed.
    RuleChanged {
        /// The rule as it is now.
        rule: Box<Rule>,
    },
    /// A rule was deleted; its incidents stay.
    RuleDeleted {
        /// Which.
        rule_id: RuleId,
    },
    /// A rule opened an incident.
    IncidentOpened {
        /// The incident as it opened.
        incident: Box<Incident>,
    },
    /// Somebody changed an incident.
    IncidentUpdated {
        /// The incident as it is now.
        incident: Box<Incident>,
        /// What was changed.
        changes: Vec<TimelineEntry>,
        /// Who did it.
        actor: Actor,
    },
    /// The condition cleared.
    IncidentRecovered {
        /// The incident as it is now.
        incident: Box<Incident>,
    },
    /// The condition was met again after it had cleared.
    IncidentViolatedAgain {
        /// The incident as it is now.
        incident: Box<Incident>,
    },
    /// Somebody commented on an incident.
    CommentAdded {
        /// The incident as it is now.
        incident: Box<Incident>,
        /// Which comment.
        comment_id: CommentId,
        /// Who did it.
        actor: Actor,
    },
    /// A comment was removed.
    CommentDeleted {
        /// The incident as it is now.
        incident: Box<Incident>,
        /// Which comment.
        comment_id: CommentId,
        /// Who did it.
        actor: Actor,
    },
    /// A department's inbox has a new entry.
    NotificationCreated {
        /// Which.
        notification_id: NotificationId,
        /// Whose inbox.
        department_id: DepartmentId,
        /// What it tells.
        kind_of: NotificationKind,
    },
    /// A department's inbox was read, marked unread, or both.
    NotificationsMarked {
        /// The tenant whose inbox changed.
        organization_id: OrganizationId,
    },
}

impl Event {
    /// Returns the name under which the event is written to the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ServiceChanged { .. } => "service.changed",
            Self::ServiceDeleted { .. } => "service.deleted",
            Self::DepartmentChanged { .. } => "department.changed",
            Self::DepartmentDeleted { .. } => "department.deleted",
            Self::MetricTypeChanged { .. } => "metric_type.changed",
            Self::RuleChanged { .. } => "rule.changed",
            Self::RuleDeleted { .. } => "rule.deleted",
            Self::IncidentOpened { .. } => "incident.opened",
            Self::IncidentUpdated { .. } => "incident.updated",
            Self::IncidentRecovered { .. } => "incident.recovered",
            Self::IncidentViolatedAgain { .. } => "incident.violated_again",
            Self::CommentAdded { .. } => "comment.added",
            Self::CommentDeleted { .. } => "comment.deleted",
            Self::NotificationCreated { .. } => "notification.created",
            Self::NotificationsMarked { .. } => "notification.marked",
        }
    }
}
