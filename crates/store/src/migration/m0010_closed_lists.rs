//! Lists of closed incidents that are sorted by violations find what they filter by in the index that they are sorted by.
//! Looked up by the rule or department, ten thousand incidents and more had to be read and sorted for one page.
//!
//! No point touches a closed incident, so the wider index costs nothing but its place.

use super::run;
use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0010_closed_lists"
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
DROP INDEX incident_closed_last_violation;
CREATE INDEX incident_closed_last_violation ON incident (organization_id, last_violation_at, id, rule_id,
    department_id, service_id, severity_rank, metric_type, assignee, opened_at) WHERE status = 'CLOSED';
DROP INDEX incident_closed_violations;
CREATE INDEX incident_closed_violations ON incident (organization_id, violation_count, id, rule_id,
    department_id, service_id, severity_rank, metric_type, assignee, opened_at) WHERE status = 'CLOSED';
";

const DOWN: &str = "
DROP INDEX incident_closed_violations;
CREATE INDEX incident_closed_violations ON incident (organization_id, violation_count, id) WHERE status = 'CLOSED';
DROP INDEX incident_closed_last_violation;
CREATE INDEX incident_closed_last_violation ON incident (organization_id, last_violation_at, id)
    WHERE status = 'CLOSED';
";
