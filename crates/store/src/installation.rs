//! What tells this database from every other one, such as those that use the same search cluster.

use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;
use crate::tx::{Reads, Tx};

/// The row of the table of counters in which it is kept.
const NAME: &str = "installation";
/// Keeps a number positive.
const POSITIVE: u64 = (1 << 63) - 1;

/// Returns the name of the database, 16 hexadecimal digits. It is made when it is first asked for, and a database that is
/// restored from a backup gets another one.
pub async fn name(store: &Store) -> Result<String, StoreError> {
    if let Some(name) = read(store).await? {
        return Ok(name);
    }
    let tx = store.begin().await?;
    let number = (store.ids().apart() & POSITIVE) as i64;
    let statement = "INSERT INTO counter (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    sql::execute(tx.connection(), "name the database", statement, [NAME.into(), number.into()]).await?;
    // Another process may have been first.
    let name = read(&tx).await?;
    tx.commit().await?;
    name.ok_or_else(|| StoreError::corrupt("counter", "name", NAME, "the row is missing"))
}

/// Forgets the name of the database, because it is a copy of another one.
pub async fn forget(tx: &Tx) -> Result<(), StoreError> {
    let statement = "DELETE FROM counter WHERE name = $1";
    sql::execute(tx.connection(), "forget the name of the database", statement, [NAME.into()]).await?;
    Ok(())
}

async fn read(from: &impl Reads) -> Result<Option<String>, StoreError> {
    let statement = "SELECT value FROM counter WHERE name = $1";
    let row = sql::one(from.reading(), "read the name of the database", statement, [NAME.into()]).await?;
    row.map(|row| sql::get::<i64>(&row, "value").map(|value| format!("{value:016x}"))).transpose()
}
