//! Consumers: workers that follow the log, and how far each has got.

use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;
use crate::tx::write::Write;
use crate::tx::{Reads, Tx};
use sea_orm::QueryResult;
use tracely_core::id::OrganizationId;
use tracely_core::time::Timestamp;
use uuid::Uuid;

/// A worker that follows the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consumer {
    /// Judges points by rules and opens incidents.
    Evaluator,
    /// Writes notifications.
    Dispatcher,
    /// Brings points into the embedded analytics engine.
    Indexer,
    /// Brings points into a search cluster.
    Elastic,
}

impl Consumer {
    /// Every consumer.
    pub const ALL: [Self; 4] = [Self::Evaluator, Self::Dispatcher, Self::Indexer, Self::Elastic];

    /// Returns its name, as in the database and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evaluator => "evaluator",
            Self::Dispatcher => "dispatcher",
            Self::Indexer => "indexer",
            Self::Elastic => "elastic",
        }
    }
}

/// How far a consumer has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    /// The last entry whose effects are all done.
    pub position: u64,
    /// How many effects of the entry after it are done: one entry may cause more than one transaction should hold.
    pub effects: u64,
}

impl From<u64> for Reached {
    fn from(position: u64) -> Self {
        Self { position, effects: 0 }
    }
}

/// Reads up to which entry all effects of a consumer are done.
pub async fn position(from: &impl Reads, consumer: Consumer) -> Result<u64, StoreError> {
    let statement = "SELECT position FROM consumer WHERE name = $1";
    Ok(sql::get::<i64>(&row(from, consumer, statement).await?, "position")?.max(0) as u64)
}

/// Reads how far a consumer has got, to the effect.
pub async fn reached(from: &impl Reads, consumer: Consumer) -> Result<Reached, StoreError> {
    let row = row(from, consumer, "SELECT position, effects FROM consumer WHERE name = $1").await?;
    let number = |column| Ok::<_, StoreError>(sql::get::<i64>(&row, column)?.max(0) as u64);
    Ok(Reached { position: number("position")?, effects: number("effects")? })
}

async fn row(from: &impl Reads, consumer: Consumer, statement: &str) -> Result<QueryResult, StoreError> {
    let name = consumer.as_str();
    let row = sql::one(from.reading(), "read a consumer's position", statement, [name.into()]).await?;
    row.ok_or_else(|| StoreError::corrupt("consumer", "name", name, "the row is missing"))
}

/// Moves a consumer on, in the transaction that holds the effects in between.
/// The commit fails when the consumer is not where the caller thinks it is: then somebody else has worked on the same
/// entries, and nothing of this transaction may stay.
pub async fn advance(
    tx: &Tx,
    consumer: Consumer,
    from: impl Into<Reached>,
    to: impl Into<Reached>,
) -> Result<(), StoreError> {
    let (from, to) = (from.into(), to.into());
    let statement = "UPDATE consumer SET position = $1, effects = $2, updated_at = $3 \
         WHERE name = $4 AND position = $5 AND effects = $6";
    let values = [
        (to.position as i64).into(),
        (to.effects as i64).into(),
        tx.now().0.into(),
        consumer.as_str().into(),
        (from.position as i64).into(),
        (from.effects as i64).into(),
    ];
    tx.later(Write::new("move a consumer's position", statement, values).moving(consumer.as_str())).await
}

/// An entry that a consumer could not work on and left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedEntry {
    /// Which consumer.
    pub consumer: String,
    /// Which entry.
    pub position: u64,
    /// What was wrong with it.
    pub error: String,
    /// When it was parked.
    pub created_at: Timestamp,
}

/// Parks an entry with its error, so that it does not stop the log. Parking it again changes nothing.
pub async fn park(
    tx: &Tx,
    consumer: Consumer,
    organization_id: OrganizationId,
    position: u64,
    error: &str,
) -> Result<(), StoreError> {
    let statement = "INSERT INTO parked_entry (consumer, position, organization_id, error, created_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let values = [
        consumer.as_str().into(),
        (position as i64).into(),
        organization_id.0.into(),
        error.into(),
        tx.now().0.into(),
    ];
    sql::execute(tx.connection(), "park an entry", statement, values).await?;
    Ok(())
}

/// Lists parked entries of an organization, newest first, at most 100.
pub async fn parked(store: &Store, organization_id: OrganizationId) -> Result<Vec<ParkedEntry>, StoreError> {
    let statement = "SELECT consumer, position, error, created_at FROM parked_entry WHERE organization_id = $1 \
         ORDER BY position DESC, consumer LIMIT 100";
    let rows =
        sql::all(store.reader(), "list parked entries", statement, [Uuid::into(organization_id.0)]).await?;
    rows.iter().map(parked_entry).collect()
}

/// Lists every entry of an organization that a consumer has parked, oldest first.
pub async fn all_parked_by(
    store: &Store,
    organization_id: OrganizationId,
    consumer: Consumer,
) -> Result<Vec<ParkedEntry>, StoreError> {
    let statement = "SELECT consumer, position, error, created_at FROM parked_entry \
         WHERE consumer = $1 AND organization_id = $2 ORDER BY position";
    let values = [consumer.as_str().into(), organization_id.0.into()];
    let rows = sql::all(store.reader(), "list parked entries of a consumer", statement, values).await?;
    rows.iter().map(parked_entry).collect()
}

fn parked_entry(row: &QueryResult) -> Result<ParkedEntry, StoreError> {
    Ok(ParkedEntry {
        consumer: sql::get(row, "consumer")?,
        position: sql::get::<i64>(row, "position")? as u64,
        error: sql::get(row, "error")?,
        created_at: Timestamp(sql::get(row, "created_at")?),
    })
}
