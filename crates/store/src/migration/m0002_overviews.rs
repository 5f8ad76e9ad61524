//! Indexes for what shows all incidents at once: the summary, the services with what is live on them, the history of
//! all incidents, and the list of assignees.

use super::run;
use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_overviews"
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

const UP: &str = "
CREATE INDEX incident_live_service ON incident (organization_id, service_id, severity_rank, status, opened_at)
    WHERE status <> 'CLOSED';
CREATE INDEX incident_acknowledged ON incident (organization_id, in_progress_at, opened_at)
    WHERE in_progress_at IS NOT NULL;
CREATE INDEX incident_closed ON incident (organization_id, closed_at, opened_at) WHERE closed_at IS NOT NULL;
CREATE INDEX incident_assignee ON incident (organization_id, assignee) WHERE assignee IS NOT NULL;
CREATE INDEX incident_service_name ON incident (organization_id, service_name, created_at, id);
CREATE INDEX timeline_event_created ON timeline_event (organization_id, created_at, incident_id, sequence);
";

const DOWN: &str = "
DROP INDEX timeline_event_created;
DROP INDEX incident_service_name;
DROP INDEX incident_assignee;
DROP INDEX incident_closed;
DROP INDEX incident_acknowledged;
DROP INDEX incident_live_service;
";
