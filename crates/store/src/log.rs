//! The log: the ordered, durable record of everything that happened.
//!
//! **Order.** An entry's position is taken from a counter row at the end of the transaction that writes it. The row
//! stays locked until the commit is visible, so positions are given in commit order and without gaps: whoever has
//! read up to a position has missed nothing before it, on `PostgreSQL` with concurrent writers as on `SQLite` with
//! its single one. The price is that commits that write to the log follow one another; ingestion pays it once for
//! a whole batch. Taking positions and writing entries is one statement (`append`), so that the row is locked for as
//! short as can be, and ingestion needs no other.
//!
//! **Points** are in the log as compressed columns, one entry for each group commit and organization, never a row
//! for each point.
//!
//! **Size.** Each entry has the offset of its end: the bytes of all payloads ever written, up to and with its own. So the
//! size of what is kept is a difference of two numbers, and the log can be cut by size as well as by age.
//!
//! **Recent entries** stay in memory (bounded), so that a consumer that keeps up reads no table. Because positions
//! have no gaps, a reader can tell when an entry is missing there and asks the database instead.

mod append;
pub mod batch;
mod recent;
mod trim;

pub(crate) use append::{NewEntry, append};
pub use append::{NewPoints, append_points};
pub(crate) use recent::RecentLog;
pub use trim::trim;

use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;
use crate::tx::sealed::Reads as _;
use sea_orm::QueryResult;
use std::sync::Arc;
use tracely_core::event::Event;
use tracely_core::id::OrganizationId;
use tracely_core::metric::PointBatch;
use tracely_core::time::Timestamp;
use uuid::Uuid;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place in the order, from 1, without gaps.
    pub position: u64,
    /// The tenant it belongs to.
    pub organization_id: OrganizationId,
    /// What it says.
    pub payload: Payload,
    /// When it was written.
    pub created_at: Timestamp,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// Points were accepted.
    Points {
        /// They are stored without being judged.
        backfill: bool,
        /// The points, in the order they were accepted.
        batch: Arc<PointBatch>,
    },
    /// Something happened.
    Event(Arc<Event>),
    /// The entry cannot be read: damaged, or written by a newer version. Consumers park it and go on.
    Unreadable(String),
}

const POINTS: &str = "points";
const BACKFILL: &str = "points.backfill";
/// Entries read from the database at a time. An entry may have 100 000 points, two megabytes in memory.
const READ_AT_ONCE: u64 = 16;
/// Events read from the database at a time; they are small.
const EVENTS_AT_ONCE: u64 = 256;

/// Reads where the log ends; 0 means that it is empty.
pub(crate) async fn head(store: &Store) -> Result<u64, StoreError> {
    let statement = "SELECT value FROM counter WHERE name = 'log'";
    let row = sql::one(store.reading(), "read where the log ends", statement, []).await?;
    row.map_or(Ok(0), |row| Ok(sql::get::<i64>(&row, "value")?.max(0) as u64))
}

/// Reads the entries after a position, in order; an empty answer means that there is none, as far as this process
/// knows ([`Store::refresh_head`] looks for those of other processes).
pub async fn after(store: &Store, position: u64) -> Result<Vec<Arc<Entry>>, StoreError> {
    if position >= *store.head().borrow() {
        return Ok(Vec::new());
    }
    let recent = store.recent_log().after(position);
    if !recent.is_empty() {
        return Ok(recent);
    }
    read(store, position, "", READ_AT_ONCE).await
}

/// Returns the entries that directly follow a position and are still in memory, without asking the database.
/// An empty answer says nothing: there may be none, or they have to be read.
pub fn recent_after(store: &Store, position: u64) -> Vec<Arc<Entry>> {
    store.recent_log().after(position)
}

/// Like [`after`], but leaves out points. The second part of the answer is the position up to which nothing was
/// left unread, which may lie beyond the last entry.
pub async fn events_after(store: &Store, position: u64) -> Result<(Vec<Arc<Entry>>, u64), StoreError> {
    let head = *store.head().borrow();
    if position >= head {
        return Ok((Vec::new(), position));
    }
    let recent = store.recent_log().after(position);
    if let Some(last) = recent.last() {
        let seen = last.position;
        let is_event = |entry: &Arc<Entry>| !matches!(entry.payload, Payload::Points { .. });
        return Ok((recent.into_iter().filter(is_event).collect(), seen));
    }
    let events =
        read(store, position, "AND kind NOT IN ('points', 'points.backfill')", EVENTS_AT_ONCE).await?;
    let complete = (events.len() as u64) < EVENTS_AT_ONCE;
    let seen = if complete { head } else { position };
    let seen = events.last().map_or(seen, |last| seen.max(last.position));
    Ok((events, seen))
}

async fn read(
    store: &Store,
    position: u64,
    condition: &str,
    limit: u64,
) -> Result<Vec<Arc<Entry>>, StoreError> {
    let statement = format!(
        "SELECT position, organization_id, kind, payload, created_at FROM log \
         WHERE position > $1 {condition} ORDER BY position LIMIT {limit}"
    );
    let rows = sql::all(store.reading(), "read the log", statement, [(position as i64).into()]).await?;
    rows.iter().map(decode).collect()
}

fn decode(row: &QueryResult) -> Result<Arc<Entry>, StoreError> {
    let position: i64 = sql::get(row, "position")?;
    let organization_id: Uuid = sql::get(row, "organization_id")?;
    let kind: String = sql::get(row, "kind")?;
    let payload: Vec<u8> = sql::get(row, "payload")?;
    let created_at: i64 = sql::get(row, "created_at")?;
    let payload = match kind.as_str() {
        POINTS | BACKFILL => match batch::decode(&payload) {
            Ok(batch) => Payload::Points { backfill: kind == BACKFILL, batch: Arc::new(batch) },
            Err(error) => Payload::Unreadable(error.to_string()),
        },
        _ => match serde_json::from_slice(&payload) {
            Ok(event) => Payload::Event(Arc::new(event)),
            Err(error) => Payload::Unreadable(format!("event {kind}: {error}")),
        },
    };
    Ok(Arc::new(Entry {
        position: position as u64,
        organization_id: OrganizationId(organization_id),
        payload,
        created_at: Timestamp(created_at),
    }))
}

/// Reads when the first entry of points after a position was written; none when there is none.
pub async fn points_waiting_since(store: &Store, position: u64) -> Result<Option<Timestamp>, StoreError> {
    let statement = "SELECT created_at FROM log WHERE position > $1 AND kind IN ('points', 'points.backfill') \
         ORDER BY position LIMIT 1";
    let attempt = "look how long points have been waiting";
    let row = sql::one(store.reading(), attempt, statement, [(position as i64).into()]).await?;
    row.map(|row| sql::get(&row, "created_at").map(Timestamp)).transpose()
}

/// The extent of the log as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// The number of entries.
    pub entries: u64,
    /// The position of the oldest entry; 0 when there is none.
    pub first: u64,
}

/// Reads how much of the log is kept, from the database: also in a store that was opened and not prepared.
pub async fn extent(store: &Store) -> Result<Extent, StoreError> {
    // Each is one look into the index; both in one would read it all on SQLite.
    let statement = "SELECT CAST(COALESCE((SELECT MIN(position) FROM log), 0) AS BIGINT) AS first, \
         CAST(COALESCE((SELECT MAX(position) FROM log), 0) AS BIGINT) AS last";
    let row = sql::one(store.reading(), "read the extent of the log", statement, []).await?;
    let Some(row) = row else { return Ok(Extent::default()) };
    let (first, last) = (sql::get::<i64>(&row, "first")? as u64, sql::get::<i64>(&row, "last")? as u64);
    let entries = if first == 0 { 0 } else { (last + 1).saturating_sub(first) };
    Ok(Extent { entries, first })
}
