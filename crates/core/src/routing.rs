//! Routing: which department hears of an event, and what it is told.

use crate::event::Event;
use crate::id::DepartmentId;
use crate::incident::{Incident, Status, TimelineEntry, TimelineKind};
use crate::text_enum::text_enum;

text_enum! {
    /// What a notification tells.
    NotificationKind {
        /// A rule opened an incident.
        Opened = "OPENED",
        /// Somebody took the incident on.
        Acknowledged = "ACKNOWLEDGED",
        /// The condition cleared.
        Recovered = "RECOVERED",
        /// The incident was closed.
        Closed = "CLOSED",
        /// A closed incident was opened again.
        Reopened = "REOPENED",
        /// The incident was routed to this department.
        Transferred = "TRANSFERRED",
    }
}

/// A notification before it has an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Whose inbox it goes to.
    pub department_id: DepartmentId,
    /// What it tells.
    pub kind: NotificationKind,
    /// The sentence to show.
    pub message: String,
}

/// Returns what the incident's department is told of an event, in order. Most events tell nobody.
pub fn notifications(event: &Event) -> Vec<Draft> {
    match event {
        Event::IncidentOpened { incident } => vec![draft(incident, NotificationKind::Opened, None)],
        Event::IncidentRecovered { incident } => vec![draft(incident, NotificationKind::Recovered, None)],
        Event::IncidentUpdated { incident, changes, actor } => {
            changes.iter().filter_map(kind_of).map(|kind| draft(incident, kind, Some(actor.name()))).collect()
        }
        Event::ServiceChanged { .. }
        | Event::ServiceDeleted { .. }
        | Event::DepartmentChanged { .. }
        | Event::DepartmentDeleted { .. }
        | Event::MetricTypeChanged { .. }
        | Event::RuleChanged { .. }
        | Event::RuleDeleted { .. }
        | Event::IncidentViolatedAgain { .. }
        | Event::CommentAdded { .. }
        | Event::CommentDeleted { .. }
        | Event::NotificationCreated { .. }
        | Event::NotificationsMarked { .. } => vec![],
    }
}

fn kind_of(change: &TimelineEntry) -> Option<NotificationKind> {
    if change.kind == TimelineKind::DepartmentChanged {
        return Some(NotificationKind::Transferred);
    }
    if change.kind != TimelineKind::StatusChanged {
        return None;
    }
    let step = (Status::parse(change.old_value.as_deref()?)?, Status::parse(change.new_value.as_deref()?)?);
    match step {
        (_, Status::InProgress) => Some(NotificationKind::Acknowledged),
        (_, Status::Closed) => Some(NotificationKind::Closed),
        (Status::Closed, Status::Open) => Some(NotificationKind::Reopened),
        (Status::Open | Status::InProgress, Status::Open) => None,
    }
}

fn draft(incident: &Incident, kind: NotificationKind, actor: Option<&str>) -> Draft {
    let number = format!("INC-{}", incident.number);
    let by = actor.map(|name| format!(" by {name}")).unwrap_or_default();
    let message = match kind {
        NotificationKind::Opened => format!("{number} opened: {}", incident.title),
        NotificationKind::Acknowledged => format!("{number} acknowledged{by}: {}", incident.title),
        NotificationKind::Recovered => format!("{number} recovered: {}", incident.title),
        NotificationKind::Closed => format!("{number} closed{by}: {}", incident.title),
        NotificationKind::Reopened => format!("{number} reopened{by}: {}", incident.title),
        NotificationKind::Transferred => format!("{number} transferred to you{by}: {}", incident.title),
    };
    Draft { department_id: incident.department_id, kind, message }
}
