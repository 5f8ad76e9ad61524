//! Which entries of the log the points of a segment come from, so that one that is damaged can be written again. Of
//! segments that were there before it is not known.

use super::run;
use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0007_segment_entries"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, "ALTER TABLE segment ADD COLUMN entries TEXT NOT NULL DEFAULT ''").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, "ALTER TABLE segment DROP COLUMN entries").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
