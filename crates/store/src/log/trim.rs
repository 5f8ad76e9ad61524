//! Cutting the log at its beginning.
//!
//! The log may have gigabytes, and only positions are indexed: so who looks for what is old reads the oldest entries and
//! a few that lie ever further behind them, and never the whole. What precedes an entry that is old enough is older
//! still, whatever the clock said when it was written, so the further ones let the log be cut although its oldest
//! entries were written while the clock was ahead.

use super::{Extent, extent};
use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;
use crate::tx::sealed::Reads as _;
use tracely_core::time::Timestamp;

/// Deletes the oldest entries that are not after `position` and either older than an instant or more than `max_bytes` of
/// payloads behind the end, but no more than `limit` of them: small steps keep the write lock short.
/// Returns how many were deleted. Nothing is locked when there is nothing to delete.
pub async fn trim(
    store: &Store,
    older_than: Timestamp,
    max_bytes: u64,
    position: u64,
    limit: u64,
) -> Result<u64, StoreError> {
    let extent = extent(store).await?;
    if extent.entries == 0 || extent.first > position || limit == 0 {
        return Ok(0);
    }
    let Some(old) = last_old(store, extent, older_than, max_bytes, limit).await? else { return Ok(0) };
    let last = old.min(position).min(extent.first.saturating_add(limit - 1));
    let tx = store.begin().await?;
    let statement = "DELETE FROM log WHERE position <= $1";
    let values = [(last as i64).into()];
    let deleted = sql::execute(tx.connection(), "delete old entries of the log", statement, values).await?;
    tx.commit().await?;
    Ok(deleted)
}

/// Finds the last of the entries that are looked at which is old enough or too far behind the end.
async fn last_old(
    store: &Store,
    Extent { entries, first }: Extent,
    older_than: Timestamp,
    max_bytes: u64,
    limit: u64,
) -> Result<Option<u64>, StoreError> {
    let further = std::iter::successors(Some(limit), |distance| distance.checked_mul(2))
        .take_while(|distance| *distance < entries)
        .map(|distance| (first + distance).to_string());
    let further = further.chain([(first + entries - 1).to_string()]).collect::<Vec<_>>().join(", ");
    let statement = format!(
        "SELECT MAX(position) AS last FROM ( \
         SELECT * FROM (SELECT position, created_at, end_offset FROM log ORDER BY position LIMIT $3) AS oldest \
         UNION ALL SELECT position, created_at, end_offset FROM log WHERE position IN ({further})) AS entry \
         WHERE created_at < $1 OR end_offset <= (SELECT bytes - $2 FROM counter WHERE name = 'log')"
    );
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX).into();
    let values = [older_than.0.into(), number(max_bytes), number(limit)];
    let row = sql::one(store.reading(), "look for old entries of the log", statement, values).await?;
    let last: Option<i64> = row.map_or(Ok(None), |row| sql::get(&row, "last"))?;
    Ok(last.map(|last| last as u64))
}
