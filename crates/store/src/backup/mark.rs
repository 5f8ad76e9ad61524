//! The mark of a database that is being restored.
//!
//! It is inserted with the first rows and goes when everything is in place: rows, schema and segments. Until then the
//! database holds nothing of value, and nobody may serve it: its segments may be missing, and another data directory does
//! not know that.

use super::load::{begin, tables_of};
use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::sql;
use crate::tx::Tx;
use sea_orm::ConnectionTrait;

/// The row of the table of counters in which it is kept; its value is the number of the restore.
const NAME: &str = "restore.unfinished";
/// Keeps a number positive.
const POSITIVE: u64 = (1 << 63) - 1;
/// Finds it.
pub(super) const COUNT: &str = "SELECT COUNT(*) FROM counter WHERE name = 'restore.unfinished'";
const ATTEMPT: &str = "begin to restore";

/// Makes a number for a restore.
pub fn number(store: &Store) -> u64 {
    store.ids().apart() & POSITIVE
}

/// Returns the number of a restore that was begun and not finished; none when the database is whole or has no tables.
pub async fn unfinished(store: &Store) -> Result<Option<u64>, StoreError> {
    if !store.migrations().await?.iter().any(|migration| migration.applied) {
        return Ok(None);
    }
    let statement = "SELECT value FROM counter WHERE name = $1";
    let row = sql::one(store.reader(), "look for a mark of a restore", statement, [NAME.into()]).await?;
    row.map(|row| Ok(sql::get::<i64>(&row, "value")? as u64)).transpose()
}

/// Refuses a database that holds only a part of a backup.
pub async fn check_whole(store: &Store) -> Result<(), StoreError> {
    if unfinished(store).await?.is_some() { Err(StoreError::HalfRestored) } else { Ok(()) }
}

/// Takes the mark away.
pub async fn remove(tx: &Tx) -> Result<(), StoreError> {
    let statement = "DELETE FROM counter WHERE name = $1";
    sql::execute(tx.connection(), "remove the mark of a restore", statement, [NAME.into()]).await?;
    Ok(())
}

/// Sets the mark.
pub(super) async fn set(connection: &impl ConnectionTrait, number: u64) -> Result<(), StoreError> {
    let statement = "INSERT INTO counter (name, value) VALUES ($1, $2)";
    sql::execute(connection, ATTEMPT, statement, [NAME.into(), (number as i64).into()]).await?;
    Ok(())
}

/// Empties every table of a `PostgreSQL` database that has the mark, and leaves the mark. The file of a `SQLite` database
/// can be removed instead.
pub async fn empty(store: &Store, number: u64) -> Result<(), StoreError> {
    let tables = tables_of(store).await?;
    let names: Vec<String> = tables.iter().map(|table| format!("\"{}\"", table.name)).collect();
    let tx = begin(store).await?;
    sql::execute(&tx, "empty the tables", format!("TRUNCATE TABLE {}", names.join(", ")), []).await?;
    set(&tx, number).await?;
    tx.commit().await.doing("empty the tables")
}
