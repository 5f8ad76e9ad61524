//! Indexes for lists of a million incidents: what a list filters by is in the index that it is sorted by, so that only
//! the rows of the page are read.
//!
//! Violation counts change with every point. They are in indexes of their own for live incidents, which are few, and
//! for closed ones, which no point touches, so that an index costs a count next to nothing.

use super::run;
use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_large_lists"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// An index that another one with the same first columns replaces goes: each costs every incident that opens.
const UP: &str = "
DROP INDEX incident_created;
CREATE INDEX incident_created ON incident
    (organization_id, created_at, id, opened_at, status, severity_rank, department_id, metric_type, assignee);
DROP INDEX incident_service;
CREATE INDEX incident_service ON incident (organization_id, service_id, created_at, id, status, severity_rank);
DROP INDEX incident_department;
CREATE INDEX incident_department ON incident
    (organization_id, department_id, created_at, id, status, severity_rank);
DROP INDEX incident_rule;
CREATE INDEX incident_rule ON incident (organization_id, rule_id, created_at, id, status, severity_rank);
DROP INDEX incident_assignee;
CREATE INDEX incident_assignee ON incident (organization_id, assignee, created_at, id, status, severity_rank)
    WHERE assignee IS NOT NULL;
CREATE INDEX incident_live_created ON incident
    (organization_id, created_at, id, status, severity_rank, department_id, service_id, rule_id, metric_type,
    assignee, opened_at, updated_at) WHERE status <> 'CLOSED';
CREATE INDEX incident_live_violations ON incident (organization_id, violation_count, id) WHERE status <> 'CLOSED';
CREATE INDEX incident_closed_violations ON incident (organization_id, violation_count, id) WHERE status = 'CLOSED';
CREATE INDEX incident_live_last_violation ON incident (organization_id, last_violation_at, id)
    WHERE status <> 'CLOSED';
CREATE INDEX incident_closed_last_violation ON incident (organization_id, last_violation_at, id)
    WHERE status = 'CLOSED';
CREATE INDEX incident_live_triggered ON incident (rule_id, opened_at, violation_count) WHERE status <> 'CLOSED';
CREATE INDEX incident_closed_triggered ON incident (rule_id, opened_at, violation_count) WHERE status = 'CLOSED';
DROP INDEX notification_position;
CREATE INDEX notification_position ON notification
    (organization_id, log_position, id, kind, severity, department_id);
DROP INDEX notification_department;
CREATE INDEX notification_department ON notification
    (department_id, log_position, id, kind, severity, organization_id);
DROP INDEX notification_incident;
CREATE INDEX notification_incident ON notification (organization_id, incident_id, log_position, id);
CREATE INDEX notification_mark_person ON notification_mark (person, notification_id, is_read);
";

const DOWN: &str = "
DROP INDEX notification_mark_person;
DROP INDEX notification_incident;
CREATE INDEX notification_incident ON notification (incident_id, id);
DROP INDEX notification_department;
CREATE INDEX notification_department ON notification (department_id, log_position, id);
DROP INDEX notification_position;
CREATE INDEX notification_position ON notification (organization_id, log_position, id);
DROP INDEX incident_closed_triggered;
DROP INDEX incident_live_triggered;
DROP INDEX incident_closed_last_violation;
DROP INDEX incident_live_last_violation;
DROP INDEX incident_closed_violations;
DROP INDEX incident_live_violations;
DROP INDEX incident_live_created;
DROP INDEX incident_assignee;
CREATE INDEX incident_assignee ON incident (organization_id, assignee) WHERE assignee IS NOT NULL;
DROP INDEX incident_rule;
CREATE INDEX incident_rule ON incident (rule_id, created_at, id);
DROP INDEX incident_department;
CREATE INDEX incident_department ON incident (department_id, created_at, id);
DROP INDEX incident_service;
CREATE INDEX incident_service ON incident (service_id, created_at, id);
DROP INDEX incident_created;
CREATE INDEX incident_created ON incident (organization_id, created_at, id);
";
