//! On `SQLite`, an entry that is inserted into the log moves the log's counter by itself, so that taking a position and
//! writing the entry is one statement. On `PostgreSQL` one statement can do both.
//!
//! A version before this one moves the counter first; the trigger then finds nothing to do.

use super::run;
use sea_orm::{DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_log_counted"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            DbBackend::Sqlite => run(manager, UP).await,
            _ => Ok(()),
        }
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            DbBackend::Sqlite => run(manager, DOWN).await,
            _ => Ok(()),
        }
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const UP: &str = "
CREATE TRIGGER log_counted AFTER INSERT ON log BEGIN
    UPDATE counter SET value = NEW.position, bytes = NEW.end_offset WHERE name = 'log' AND value < NEW.position; END;
";

const DOWN: &str = "
DROP TRIGGER log_counted;
";
