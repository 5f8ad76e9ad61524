//! The list of analytics segments. A segment is part of the data once its row is committed, and no longer once the
//! row is gone; files without a row mean nothing.

use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;
use crate::tx::{Reads, Tx};
use sea_orm::{ConnectionTrait as _, DbBackend};
use std::collections::HashSet;
use tracely_core::time::Timestamp;

/// A file of points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRow {
    /// The file's name in the segment directory.
    pub file: String,
    /// The UTC day that its points are of, in days since the epoch.
    pub day: i64,
    /// The instant of the oldest point.
    pub min_instant: Timestamp,
    /// The instant of the newest point.
    pub max_instant: Timestamp,
    /// The lowest series number.
    pub min_series: u32,
    /// The highest series number.
    pub max_series: u32,
    /// How many points it has.
    pub rows: u64,
    /// How large the file is.
    pub bytes: u64,
    /// Which entries of the log its points come from, in the words of the analytics engine; empty when not known.
    pub entries: String,
}

/// Lists all segments.
pub async fn list(from: &impl Reads) -> Result<Vec<SegmentRow>, StoreError> {
    let statement = "SELECT file, day, min_instant, max_instant, min_series, max_series, point_count, byte_count, \
         entries FROM segment ORDER BY file";
    let rows = sql::all(from.reading(), "list segments", statement, []).await?;
    rows.iter()
        .map(|row| {
            Ok(SegmentRow {
                file: sql::get(row, "file")?,
                day: sql::get(row, "day")?,
                min_instant: Timestamp(sql::get(row, "min_instant")?),
                max_instant: Timestamp(sql::get(row, "max_instant")?),
                min_series: sql::get::<i64>(row, "min_series")? as u32,
                max_series: sql::get::<i64>(row, "max_series")? as u32,
                rows: sql::get::<i64>(row, "point_count")? as u64,
                bytes: sql::get::<i64>(row, "byte_count")? as u64,
                entries: sql::get(row, "entries")?,
            })
        })
        .collect()
}

/// Waits until everybody who is changing the list is done, and lets nobody change it until the transaction ends.
///
/// On `PostgreSQL`, a commit of a process that has gone may still be under way; whoever trusts what the list says now
/// must not be overtaken by it. On `SQLite` there is one transaction that writes at a time anyway.
pub async fn hold(tx: &Tx) -> Result<(), StoreError> {
    if tx.connection().get_database_backend() == DbBackend::Postgres {
        sql::execute(tx.connection(), "hold the list of segments", "LOCK TABLE segment IN SHARE MODE", [])
            .await?;
    }
    Ok(())
}

/// Says whether any of these files is a segment.
pub async fn is_any_listed(tx: &Tx, segments: &[SegmentRow]) -> Result<bool, StoreError> {
    for SegmentRow { file, .. } in segments {
        let statement = "SELECT 1 AS found FROM segment WHERE file = $1";
        if sql::one(tx.connection(), "look for a segment", statement, [file.as_str().into()]).await?.is_some()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lists the segments that were written at an instant or after it. A merged segment counts from its merge.
pub async fn written_since(store: &Store, instant: Timestamp) -> Result<HashSet<String>, StoreError> {
    let statement = "SELECT file FROM segment WHERE created_at >= $1";
    let rows = sql::all(store.reader(), "list young segments", statement, [instant.0.into()]).await?;
    rows.iter().map(|row| sql::get(row, "file")).collect()
}

/// Returns when the newest segment of a UTC day was written, in days since the epoch; none when the day has none. All
/// points of the day's segments were accepted by then.
pub async fn newest_written(store: &Store, day: i64) -> Result<Option<Timestamp>, StoreError> {
    let statement = "SELECT created_at FROM segment WHERE day = $1 ORDER BY created_at DESC LIMIT 1";
    let row = sql::one(store.reader(), "look when segments were written", statement, [day.into()]).await?;
    row.map(|row| sql::get(&row, "created_at").map(Timestamp)).transpose()
}

/// Adds segments to the data.
pub async fn add(tx: &Tx, segments: &[SegmentRow]) -> Result<(), StoreError> {
    let insert = "INSERT INTO segment (file, day, min_instant, max_instant, min_series, max_series, point_count, \
         byte_count, created_at, entries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    for segment in segments {
        let values = [
            segment.file.as_str().into(),
            segment.day.into(),
            segment.min_instant.0.into(),
            segment.max_instant.0.into(),
            i64::from(segment.min_series).into(),
            i64::from(segment.max_series).into(),
            (segment.rows as i64).into(),
            (segment.bytes as i64).into(),
            tx.now().0.into(),
            segment.entries.as_str().into(),
        ];
        sql::execute(tx.connection(), "add a segment", insert, values).await?;
    }
    Ok(())
}

/// Takes segments out of the data, and returns how many of them were still in it.
pub async fn remove(tx: &Tx, files: &[String]) -> Result<u64, StoreError> {
    let mut removed = 0;
    for file in files {
        let statement = "DELETE FROM segment WHERE file = $1";
        removed +=
            sql::execute(tx.connection(), "remove a segment", statement, [file.as_str().into()]).await?;
    }
    Ok(removed)
}
