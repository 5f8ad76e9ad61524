//! The indexes of the instants of incidents have what statistics filter and group by, so that no row is looked up for
//! each incident of a span: with a million of them, a year by service took a minute.
//!
//! Only the department and the severity may change later, which people do.

use super::run;
use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0011_incident_statistics"
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
DROP INDEX incident_opened;
CREATE INDEX incident_opened ON incident
    (organization_id, opened_at, id, service_id, rule_id, department_id, severity_rank);
DROP INDEX incident_acknowledged;
CREATE INDEX incident_acknowledged ON incident
    (organization_id, in_progress_at, opened_at, service_id, rule_id, department_id, severity_rank)
    WHERE in_progress_at IS NOT NULL;
DROP INDEX incident_closed;
CREATE INDEX incident_closed ON incident
    (organization_id, closed_at, opened_at, service_id, rule_id, department_id, severity_rank)
    WHERE closed_at IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX incident_closed;
CREATE INDEX incident_closed ON incident (organization_id, closed_at, opened_at) WHERE closed_at IS NOT NULL;
DROP INDEX incident_acknowledged;
CREATE INDEX incident_acknowledged ON incident (organization_id, in_progress_at, opened_at)
    WHERE in_progress_at IS NOT NULL;
DROP INDEX incident_opened;
CREATE INDEX incident_opened ON incident (organization_id, opened_at, id);
";
