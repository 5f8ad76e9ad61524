//! Schema migrations. Each runs in one transaction, only adds, and works with the version that is running.

mod m0001_initial;
mod m0002_overviews;
mod m0003_saved_views;
mod m0004_effects;
mod m0005_large_lists;
mod m0006_log_counted;
mod m0007_segment_entries;
mod m0008_elastic;
mod m0009_search;
mod m0010_closed_lists;
mod m0011_incident_statistics;

use crate::error::{Doing, StoreError};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use sea_orm_migration::{MigrationStatus, MigrationTrait, MigratorTrait, SchemaManager};

/// A migration and whether it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// Its name, which begins with its number.
    pub name: String,
    /// The database has it.
    pub applied: bool,
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_initial::Migration),
            Box::new(m0002_overviews::Migration),
            Box::new(m0003_saved_views::Migration),
            Box::new(m0004_effects::Migration),
            Box::new(m0005_large_lists::Migration),
            Box::new(m0006_log_counted::Migration),
            Box::new(m0007_segment_entries::Migration),
            Box::new(m0008_elastic::Migration),
            Box::new(m0009_search::Migration),
            Box::new(m0010_closed_lists::Migration),
            Box::new(m0011_incident_statistics::Migration),
        ]
    }
}

/// Lists the names of all migrations that this version knows, in order.
pub(crate) fn names() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

pub(crate) async fn up_by(connection: &DatabaseConnection, steps: Option<u32>) -> Result<(), StoreError> {
    Migrator::up(connection, steps).await.map_err(newer).doing_migration("bring the schema up to date")
}

pub(crate) async fn down(connection: &DatabaseConnection, steps: u32) -> Result<(), StoreError> {
    Migrator::down(connection, Some(steps)).await.map_err(newer).doing_migration("undo migrations")
}

pub(crate) async fn status(connection: &DatabaseConnection) -> Result<Vec<MigrationState>, StoreError> {
    let migrations = Migrator::get_migration_with_status_read_only(connection)
        .await
        .map_err(newer)
        .doing_migration("read which migrations were applied")?;
    let state = |migration: sea_orm_migration::Migration| MigrationState {
        name: migration.name().to_owned(),
        applied: migration.status() == MigrationStatus::Applied,
    };
    Ok(migrations.into_iter().map(state).collect())
}

/// The migrator reports migrations that it does not know as a text.
fn newer(error: DbErr) -> Result<StoreError, DbErr> {
    match error {
        DbErr::Custom(text) => Ok(StoreError::Newer(text)),
        other => Err(other),
    }
}

trait DoingMigration<T> {
    fn doing_migration(self, attempt: &'static str) -> Result<T, StoreError>;
}

impl<T> DoingMigration<T> for Result<T, Result<StoreError, DbErr>> {
    fn doing_migration(self, attempt: &'static str) -> Result<T, StoreError> {
        match self {
            Ok(value) => Ok(value),
            Err(Ok(newer)) => Err(newer),
            Err(Err(source)) => Err(source).doing(attempt),
        }
    }
}

/// Runs statements that are parted by `;` and an empty line, in the words of the dialect: `{bytes}` is the type of
/// binary columns.
async fn run(manager: &SchemaManager<'_>, script: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let bytes = match connection.get_database_backend() {
        DbBackend::Postgres => "BYTEA",
        _ => "BLOB",
    };
    for statement in script.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        connection.execute_unprepared(&statement.replace("{bytes}", bytes)).await?;
    }
    Ok(())
}
