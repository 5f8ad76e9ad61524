//! How much of an entry a consumer has done already: one entry may cause more than one transaction should hold.
//!
//! Undone while an entry is done in part, its effects begin again at the first: recoveries of it would be told twice.
//! So undo it when the evaluator has no lag.

use super::run;
use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_effects"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, "ALTER TABLE consumer ADD COLUMN effects BIGINT NOT NULL DEFAULT 0;\n").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, "ALTER TABLE consumer DROP COLUMN effects;\n").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
