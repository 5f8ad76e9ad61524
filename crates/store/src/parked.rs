//! Parked entries one by one: taking them up again by hand.

use crate::connect::Store;
use crate::consumer::Consumer;
use crate::error::StoreError;
use crate::log::{self, Entry, batch};
use crate::sql;
use crate::tx::Tx;
use sea_orm::QueryResult;
use std::sync::Arc;
use tracely_core::id::OrganizationId;
use tracely_core::metric::PointBatch;

/// Lists who has parked an entry, and locks that until the transaction ends, so that it is taken up again once.
pub async fn who(
    tx: &Tx,
    organization_id: OrganizationId,
    position: u64,
) -> Result<Vec<Consumer>, StoreError> {
    let statement = "UPDATE parked_entry SET error = error WHERE organization_id = $1 AND position = $2 \
         RETURNING consumer";
    let values = [organization_id.0.into(), (position as i64).into()];
    let rows = sql::all(tx.connection(), "find a parked entry", statement, values).await?;
    known(&rows)
}

fn known(rows: &[QueryResult]) -> Result<Vec<Consumer>, StoreError> {
    let names = rows.iter().map(|row| sql::get::<String>(row, "consumer"));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    Ok(Consumer::ALL.into_iter().filter(|one| names.iter().any(|name| name == one.as_str())).collect())
}

/// Lists who has parked an entry, without locking anything.
pub async fn parked_by(
    store: &Store,
    organization_id: OrganizationId,
    position: u64,
) -> Result<Vec<Consumer>, StoreError> {
    let statement = "SELECT consumer FROM parked_entry WHERE organization_id = $1 AND position = $2";
    let values = [organization_id.0.into(), (position as i64).into()];
    let rows = sql::all(store.reader(), "find a parked entry", statement, values).await?;
    known(&rows)
}

/// Forgets that a consumer has parked an entry.
pub async fn forget(tx: &Tx, consumer: Consumer, position: u64) -> Result<(), StoreError> {
    let statement = "DELETE FROM parked_entry WHERE consumer = $1 AND position = $2";
    let values = [consumer.as_str().into(), (position as i64).into()];
    sql::execute(tx.connection(), "forget a parked entry", statement, values).await?;
    Ok(())
}

/// Reads an entry of the log; none when it is no longer kept.
pub async fn entry(store: &Store, position: u64) -> Result<Option<Arc<Entry>>, StoreError> {
    let found = log::after(store, position.saturating_sub(1)).await?;
    Ok(found.into_iter().next().filter(|entry| entry.position == position))
}

/// Leaves no points in an entry whose points go to the end of the log in the same transaction. Whoever reads the log
/// again, after a restart, meets them once.
pub async fn empty(tx: &Tx, position: u64) -> Result<(), StoreError> {
    let statement = "UPDATE log SET payload = $1 WHERE position = $2";
    let values = [batch::encode(&PointBatch::default()).into(), (position as i64).into()];
    sql::execute(tx.connection(), "empty an entry of the log", statement, values).await?;
    Ok(())
}
