//! Answers to requests that carried an `Idempotency-Key`, kept so that a repeat gets the same answer.

use crate::error::StoreError;
use crate::sql;
use crate::tx::{Reads, Tx};
use tracely_core::id::OrganizationId;
use tracely_core::time::Timestamp;

/// A request that was carried out before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The hash of the request's content.
    pub fingerprint: Vec<u8>,
    /// The answer that was given, as JSON.
    pub answer: String,
}

/// Finds what was answered to a key, unless it was forgotten.
pub async fn find(
    from: &impl Reads,
    organization_id: OrganizationId,
    key: &str,
    not_before: Timestamp,
) -> Result<Option<Remembered>, StoreError> {
    let statement = "SELECT fingerprint, answer FROM idempotency_key \
         WHERE organization_id = $1 AND key = $2 AND created_at >= $3";
    let values = [organization_id.0.into(), key.into(), not_before.0.into()];
    let row = sql::one(from.reading(), "look up an idempotency key", statement, values).await?;
    row.map(|row| {
        Ok(Remembered { fingerprint: sql::get(&row, "fingerprint")?, answer: sql::get(&row, "answer")? })
    })
    .transpose()
}

/// Remembers an answer, in the transaction that holds what was asked for. A forgotten key may be used again.
pub async fn remember(
    tx: &Tx,
    organization_id: OrganizationId,
    key: &str,
    remembered: &Remembered,
) -> Result<(), StoreError> {
    let statement = "INSERT INTO idempotency_key (organization_id, key, fingerprint, answer, created_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, key) DO UPDATE SET \
         fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at";
    let values = [
        organization_id.0.into(),
        key.into(),
        remembered.fingerprint.clone().into(),
        remembered.answer.as_str().into(),
        tx.now().0.into(),
    ];
    sql::execute(tx.connection(), "remember an idempotency key", statement, values).await?;
    Ok(())
}

/// Forgets up to `limit` keys that are older than an instant, and returns how many.
pub async fn forget(tx: &Tx, older_than: Timestamp, limit: u64) -> Result<u64, StoreError> {
    let statement = "DELETE FROM idempotency_key WHERE (organization_id, key) IN \
         (SELECT organization_id, key FROM idempotency_key WHERE created_at < $1 LIMIT $2)";
    let values = [older_than.0.into(), (limit as i64).into()];
    sql::execute(tx.connection(), "forget old idempotency keys", statement, values).await
}
