//! How many incidents a list has.
//!
//! Incidents are numbered without gaps and never deleted, so the newest number says how many there are, and those that
//! are not live are closed. Whatever else is asked for is counted as far as [`COUNTED`](crate::page::COUNTED).

use super::found::Asked;
use super::part::Part;
use super::{ATTEMPT, IncidentFilter, condition};
use crate::connect::Store;
use crate::error::StoreError;
use crate::page::{Slice, Total};
use crate::sql;
use tracely_core::id::OrganizationId;
use tracely_core::incident::Status;

/// Up to how many live incidents are counted, to tell how many are closed.
const LIVE_COUNTED: u64 = 100_000;

pub(super) async fn of(
    store: &Store,
    organization_id: OrganizationId,
    filter: &IncidentFilter,
    asked: &Asked,
    slice: &Slice,
) -> Result<Total, StoreError> {
    if let Some(total) = slice.known_total() {
        return Ok(total);
    }
    if filter.has_only_statuses()
        && let Some(total) = by_number(store, organization_id, &filter.statuses).await?
    {
        return Ok(Total::Exactly(total));
    }
    let clause = condition(organization_id, filter, asked);
    let states = Part::whole(filter);
    let source = format!("FROM incident WHERE {}{}", clause.text(), states.condition());
    sql::counted(store.reader(), ATTEMPT, &source, clause.values(), slice).await
}

/// Counts by the newest number and the live incidents; none when these are too many.
async fn by_number(
    store: &Store,
    organization_id: OrganizationId,
    statuses: &[Status],
) -> Result<Option<u64>, StoreError> {
    let live: Vec<&Status> = Status::ALL.iter().filter(|status| status.is_live()).collect();
    let wanted = |status: &Status| statuses.is_empty() || statuses.contains(status);
    let closed = wanted(&Status::Closed);
    // Those that are to be counted: wanted ones, or those to take away from all.
    let counted: Vec<&Status> = live.into_iter().filter(|status| wanted(status) != closed).collect();
    let mut columns = vec!["last_incident_number AS made".to_owned()];
    for (place, status) in counted.iter().enumerate() {
        columns.push(format!(
            "(SELECT COUNT(*) FROM (SELECT 1 FROM incident WHERE organization_id = $1 AND status = '{}' \
             LIMIT {}) AS counted_{place}) AS live_{place}",
            status.as_str(),
            LIVE_COUNTED + 1
        ));
    }
    let statement = format!("SELECT {} FROM organization WHERE id = $1", columns.join(", "));
    let Some(row) = sql::one(store.reader(), ATTEMPT, statement, [organization_id.0.into()]).await? else {
        return Ok(Some(0));
    };
    let mut sum = 0;
    for column in ["live_0", "live_1"].iter().take(counted.len()) {
        let count = sql::count(&row, column)?;
        if count > LIVE_COUNTED {
            return Ok(None);
        }
        sum += count;
    }
    let made = sql::count(&row, "made")?;
    Ok(Some(if closed { made.saturating_sub(sum) } else { sum }))
}
