//! A consumer of its own for points that go to a search cluster, so that the engine that is not in use keeps its place.

use super::run;
use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_elastic"
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
INSERT INTO consumer (name, position, updated_at) VALUES ('elastic', 0, 0);
";

const DOWN: &str = "
DELETE FROM parked_entry WHERE consumer = 'elastic';
DELETE FROM consumer WHERE name = 'elastic';
";
