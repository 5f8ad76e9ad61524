//! Writing at the end of the log, in one statement: it takes the positions from the counter row and inserts the entries.
//!
//! `PostgreSQL` updates the counter in the statement itself. `SQLite` has no such statements; there a trigger (m0006)
//! moves the counter to each entry that is inserted, which belongs to the statement as well.

use super::{BACKFILL, Entry, POINTS, Payload, batch};
use crate::connect::Store;
use crate::error::StoreError;
use crate::tx::write::{self, Write};
use sea_orm::{ConnectionTrait, DbBackend, Value};
use std::sync::Arc;
use tracely_core::event::Event;
use tracely_core::id::OrganizationId;
use tracely_core::metric::PointBatch;
use tracely_core::time::Timestamp;

#[derive(Debug)]
pub(crate) struct NewEntry {
    organization_id: OrganizationId,
    payload: Payload,
}

/// Entries of one statement; five values each stay far below both databases' limits.
const ENTRIES_PER_STATEMENT: usize = 500;

impl NewEntry {
    pub(crate) fn event(organization_id: OrganizationId, event: Event) -> Self {
        Self { organization_id, payload: Payload::Event(Arc::new(event)) }
    }

    pub(crate) fn points(organization_id: OrganizationId, backfill: bool, batch: PointBatch) -> Self {
        Self { organization_id, payload: Payload::Points { backfill, batch: Arc::new(batch) } }
    }

    fn kind(&self) -> &'static str {
        match &self.payload {
            Payload::Points { backfill: false, .. } => POINTS,
            Payload::Points { backfill: true, .. } => BACKFILL,
            Payload::Event(event) => event.kind(),
            Payload::Unreadable(_) => "unreadable",
        }
    }

    fn encode(&self) -> Vec<u8> {
        match &self.payload {
            Payload::Points { batch, .. } => batch::encode(batch),
            Payload::Event(event) => {
                serde_json::to_vec(event).expect("an event has only text keys and plain values")
            }
            Payload::Unreadable(why) => why.clone().into_bytes(),
        }
    }
}

/// Accepted points of one organization, and whether they are backfill, which rules do not judge.
pub type NewPoints = (OrganizationId, bool, PointBatch);

/// Stores accepted points and nothing else, durably, and wakes who follows the log. Each batch becomes one entry.
/// Returns the position of the last entry, if there is any.
///
/// This is what a [`crate::Tx`] with nothing but points does, in one statement instead of a transaction of four.
pub async fn append_points(store: &Store, batches: Vec<NewPoints>) -> Result<Option<u64>, StoreError> {
    if batches.len() > ENTRIES_PER_STATEMENT {
        let tx = store.begin().await?;
        for (organization_id, backfill, batch) in batches {
            tx.append_points(organization_id, backfill, batch);
        }
        return tx.commit().await;
    }
    let points = |(organization_id, backfill, batch)| NewEntry::points(organization_id, backfill, batch);
    let entries = batches.into_iter().map(points).collect();
    let written = append(store.writing(), Vec::new(), entries, store.clock().now()).await?;
    Ok(store.recent_log().publish(written))
}

/// Writes entries at the end of the log, together with what waits for that. Must be the last of its transaction, which
/// then holds the lock on the end of the log until it is committed.
pub(crate) async fn append(
    connection: &impl ConnectionTrait,
    mut waiting: Vec<Write>,
    entries: Vec<NewEntry>,
    now: Timestamp,
) -> Result<Vec<Arc<Entry>>, StoreError> {
    let mut written = Vec::with_capacity(entries.len());
    let mut entries = entries.into_iter();
    let backend = connection.get_database_backend();
    loop {
        let part: Vec<NewEntry> = entries.by_ref().take(ENTRIES_PER_STATEMENT).collect();
        let mut writes = std::mem::take(&mut waiting);
        if part.is_empty() {
            write::run(connection, writes).await?;
            return Ok(written);
        }
        // The lock on the end of the log comes last. PostgreSQL may run the parts of a statement in another order.
        if backend == DbBackend::Postgres {
            write::run(connection, std::mem::take(&mut writes)).await?;
        }
        writes.push(insertion(backend, &part, now));
        let positions = write::run(connection, writes).await?;
        let missing = || StoreError::corrupt("counter", "name", "log", "the row is missing");
        let first = positions.last().and_then(|told| told.iter().min().copied()).ok_or_else(missing)?;
        written.extend(part.into_iter().zip(first..).map(|(entry, position)| {
            let NewEntry { organization_id, payload } = entry;
            Arc::new(Entry { position: position as u64, organization_id, payload, created_at: now })
        }));
    }
}

/// Inserts entries, and tells their positions.
fn insertion(backend: DbBackend, entries: &[NewEntry], now: Timestamp) -> Write {
    let mut values: Vec<Value> = vec![now.0.into()];
    let (mut rows, mut ends) = (Vec::with_capacity(entries.len()), 0);
    for (entry, place) in entries.iter().zip(1_i64..) {
        let payload = entry.encode();
        ends += payload.len() as i64;
        let first = values.len() + 1;
        rows.push(format!("(${first}, ${}, ${}, ${}, ${})", first + 1, first + 2, first + 3, first + 4));
        values.push(place.into());
        values.push(entry.organization_id.0.into());
        values.push(entry.kind().into());
        values.push(payload.into());
        values.push(ends.into());
    }
    let rows = rows.join(", ");
    let (taken, from) = match backend {
        DbBackend::Postgres => {
            let (count, bytes) = (values.len() + 1, values.len() + 2);
            values.push((entries.len() as i64).into());
            values.push(ends.into());
            let taken = format!(
                ", taken AS (UPDATE counter SET value = value + ${count}, bytes = bytes + ${bytes} \
                 WHERE name = 'log' RETURNING value - ${count} AS value, bytes - ${bytes} AS bytes)"
            );
            (taken, "taken")
        }
        _ => (String::new(), "counter WHERE counter.name = 'log'"),
    };
    let statement = format!(
        "INSERT INTO log (position, organization_id, shard, kind, payload, end_offset, created_at) \
         SELECT value + place, organization_id, 0, kind, payload, bytes + ends, $1 FROM fresh, {from}"
    );
    let named = format!("fresh (place, organization_id, kind, payload, ends) AS (VALUES {rows}){taken}");
    Write::new("append to the log", statement, values).with(named).telling("position")
}
