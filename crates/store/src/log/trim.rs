//! Cutting the log at its beginning.
//!
//! The log may have gigabytes, and only positions are indexed: so who looks for what is old reads the oldest entries and
//! a few that lie ever further behind them, and never the whole. The further ones let the log be cut although its oldest
//! entries were written while the clock was ahead: what precedes an old entry is older still.
//!
//! **When the clock was wrong**, an instant and the order contradict each other, and one has to be believed:
//!
//! - An entry that is further ahead than the clock is now was written while it was ahead. Its instant says nothing, so it is
//!   as old as the first one after it that is old. Otherwise one entry of a clock that was years ahead would keep the log
//!   for years.
//! - An entry that is neither old nor ahead may be as young as it says. Nothing at or after it is deleted for its age, even
//!   if it says that it is old: it may have been written while the clock was behind. Was the clock ahead instead, by less
//!   than the time that entries are kept or by so much that its time has come since, the log is kept longer, at most by how
//!   far ahead it was and once more that time. That is the mistake that can be put right.
//!
//! Since each entry that is deleted was looked at, none that may be young ever is. The size of the log follows its order
//! alone.

use super::{Extent, extent};
use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;
use crate::tx::sealed::Reads as _;
use std::ops::Range;
use tracely_core::time::Timestamp;

/// Deletes the oldest entries that are not after `position` and either old or more than `max_bytes` of payloads behind the
/// end, but no more than `limit` of them: small steps keep the write lock short. An entry is old when its instant is
/// before those of young ones, and says nothing when it is after them.
/// Returns how many were deleted. Nothing is locked when there is nothing to delete.
pub async fn trim(
    store: &Store,
    young: Range<Timestamp>,
    max_bytes: u64,
    position: u64,
    limit: u64,
) -> Result<u64, StoreError> {
    let extent = extent(store).await?;
    if extent.entries == 0 || extent.first > position || limit == 0 {
        return Ok(0);
    }
    let Some(old) = last_old(store, extent, young, max_bytes, limit).await? else { return Ok(0) };
    let last = old.min(position).min(extent.first.saturating_add(limit - 1));
    let tx = store.begin().await?;
    let statement = "DELETE FROM log WHERE position <= $1";
    let values = [(last as i64).into()];
    let deleted = sql::execute(tx.connection(), "delete old entries of the log", statement, values).await?;
    tx.commit().await?;
    Ok(deleted)
}

/// Finds the last of the entries that are looked at which is old and precedes every young one, or is too far behind the end.
async fn last_old(
    store: &Store,
    Extent { entries, first }: Extent,
    young: Range<Timestamp>,
    max_bytes: u64,
    limit: u64,
) -> Result<Option<u64>, StoreError> {
    let further = std::iter::successors(Some(limit), |distance| distance.checked_mul(2))
        .take_while(|distance| *distance < entries)
        .map(|distance| (first + distance).to_string());
    let further = further.chain([(first + entries - 1).to_string()]).collect::<Vec<_>>().join(", ");
    let statement = format!(
        "WITH looked AS ( \
         SELECT * FROM (SELECT position, created_at, end_offset FROM log ORDER BY position LIMIT $3) AS oldest \
         UNION ALL SELECT position, created_at, end_offset FROM log WHERE position IN ({further})) \
         SELECT MAX(position) AS last FROM looked \
         WHERE end_offset <= (SELECT bytes - $2 FROM counter WHERE name = 'log') \
         OR (created_at < $1 AND position < COALESCE( \
         (SELECT MIN(position) FROM looked WHERE created_at >= $1 AND created_at < $4), $5))"
    );
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX).into();
    let values =
        [young.start.0.into(), number(max_bytes), number(limit), young.end.0.into(), i64::MAX.into()];
    let row = sql::one(store.reading(), "look for old entries of the log", statement, values).await?;
    let last: Option<i64> = row.map_or(Ok(None), |row| sql::get(&row, "last"))?;
    Ok(last.map(|last| last as u64))
}
