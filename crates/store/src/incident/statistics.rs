//! What happened to incidents, by buckets of time and by groups, counted by the database.
//!
//! Every question has a span, and reads the index of the instants it is about; an index that has the groups would be
//! read from end to end. A question about groups looks up the row of each incident of the span besides, since no
//! index of the instants has them.

mod grid;
mod group;
mod took;

pub use grid::Grid;
pub use group::{Group, GroupBy, Grouped, names};
pub use took::{Step, Took, took};

use super::summary::{SummaryFilter, condition, counts, during};
use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;
use group::{group_of, only};
use tracely_core::id::OrganizationId;
use tracely_core::time::Timestamp;

const ATTEMPT: &str = "count what happened to incidents";
/// Up to so many buckets are counted one by one in the index, which takes three values of the statement each.
const COUNTED_ALONE: usize = 1_000;

/// The groups in which most happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Top {
    /// The groups, those with most incidents opened and closed first.
    pub groups: Vec<Group>,
    /// How many groups there are in all.
    pub count: u64,
    /// How many incidents opened in all of them.
    pub opened: u64,
    /// How many were closed in all of them.
    pub closed: u64,
}

/// How many incidents of a bucket and group there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The group; none when nothing is grouped.
    pub group: Option<Group>,
    /// The place of the bucket.
    pub place: usize,
    /// How many there are, at least one.
    pub count: u64,
}

/// Finds the groups of which most incidents opened and closed in a span.
pub async fn top(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    by: GroupBy,
    (from, to): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Top, StoreError> {
    let mut clause = condition(organization_id, filter, "TRUE");
    let (condition, column) = (clause.text().to_owned(), by.column());
    let width = to.0.saturating_sub(from.0).max(1);
    let [from, to, width] =
        [from.0, to.0, width].map(|value| format!("CAST({} AS BIGINT)", clause.value(value)));
    let limit = clause.value(limit as i64);
    // Grouped by the span first, which is the same for all, so that no index of the groups seems to help.
    let part = |instant: &str, opened: &str, closed: &str| {
        format!(
            "SELECT ({instant} - {from}) / {width} AS place, {column} AS grouped, {opened} AS opened, {closed} AS \
             closed FROM incident WHERE {condition} AND {instant} IS NOT NULL AND {instant} >= {from} AND \
             {instant} < {to} GROUP BY 1, 2"
        )
    };
    let sum = |column: &str| format!("CAST(SUM({column}) AS BIGINT) AS {column}");
    let over = |column: &str| format!("CAST(SUM({column}) OVER () AS BIGINT) AS all_{column}");
    let statement = format!(
        "SELECT grouped, opened + closed AS total, COUNT(*) OVER () AS group_count, {}, {} \
         FROM (SELECT grouped, {}, {} FROM ({} UNION ALL {}) AS part GROUP BY grouped) AS counted \
         ORDER BY total DESC, grouped LIMIT {limit}",
        over("opened"),
        over("closed"),
        sum("opened"),
        sum("closed"),
        part("opened_at", "COUNT(*)", "0"),
        part("closed_at", "0", "COUNT(*)"),
    );
    let rows = sql::all(store.reader(), ATTEMPT, statement, clause.values()).await?;
    let of_all = |column| rows.first().map_or(Ok(0), |row| sql::count(row, column));
    Ok(Top {
        groups: rows.iter().map(|row| by.read(row)).collect::<Result<_, _>>()?,
        count: of_all("group_count")?,
        opened: of_all("all_opened")?,
        closed: of_all("all_closed")?,
    })
}

/// Counts what opened, in the time of the points; buckets in which nothing opened are left out.
pub async fn opened(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    grid: Grid,
    grouped: Option<Grouped<'_>>,
) -> Result<Vec<Count>, StoreError> {
    if grouped.is_none() && grid.buckets() <= COUNTED_ALONE {
        let counted = counts(store, organization_id, filter, &grid.parts(), "opened_at").await?;
        let found = counted.into_iter().enumerate().filter(|(_, count)| *count > 0);
        return Ok(found.map(|(place, count)| Count { group: None, place, count }).collect());
    }
    let mut clause = during(organization_id, filter, "opened_at", grid.from, grid.to);
    let column = only(&mut clause, grouped);
    let condition = clause.text().to_owned();
    let place = grid.place(&mut clause, "opened_at");
    let statement = format!(
        "SELECT {place} AS place, {column} AS grouped, COUNT(*) AS total FROM incident WHERE {condition} \
         GROUP BY 1, 2"
    );
    let rows = sql::all(store.reader(), ATTEMPT, statement, clause.values()).await?;
    let count_of = |row| {
        Ok(Count {
            group: group_of(row, grouped)?,
            place: sql::count(row, "place")? as usize,
            count: sql::count(row, "total")?,
        })
    };
    rows.iter().map(count_of).collect()
}

/// Counts what opened in each quarter of an hour, UTC; told by its number since the epoch. Quarters in which nothing
/// opened may be left out.
///
/// The offset of every time zone is a multiple of a quarter of an hour nowadays, so the hours of any of them are made
/// of these.
pub async fn quarters(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    (from, to): (Timestamp, Timestamp),
    width: i64,
) -> Result<Vec<(i64, u64)>, StoreError> {
    let grid = Grid::of_width(from, to, width);
    let first = grid.start.0.div_euclid(width);
    if *filter != SummaryFilter::default() {
        let counts = opened_by_place(store, organization_id, filter, grid).await?;
        return Ok(counts.into_iter().map(|(place, count)| (first + place, count)).collect());
    }
    let mut clause = condition(organization_id, filter, "opened_at IS NOT NULL");
    let condition = clause.text().to_owned();
    let mut number = |value: i64| format!("CAST({} AS BIGINT)", clause.value(value));
    let (low, high, width) = (number(from.0), number(grid.start.plus(width).min(to).0), number(width));
    let to = number(to.0);
    // Each part is looked up in the index, as the summary does, which is faster than to sort what is in all of them.
    let statement = format!(
        "WITH RECURSIVE part (place, low, high) AS (SELECT CAST(0 AS BIGINT), {low}, {high} UNION ALL \
         SELECT place + 1, high, CASE WHEN high + {width} < {to} THEN high + {width} ELSE {to} END FROM part \
         WHERE high < {to}) \
         SELECT place, (SELECT COUNT(*) FROM incident WHERE {condition} AND opened_at >= low AND opened_at < high) \
         AS total FROM part"
    );
    let rows = sql::all(store.reader(), ATTEMPT, statement, clause.values()).await?;
    let count_of = |row| Ok((first + sql::get::<i64>(row, "place")?, sql::count(row, "total")?));
    rows.iter().map(count_of).collect()
}

async fn opened_by_place(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    grid: Grid,
) -> Result<Vec<(i64, u64)>, StoreError> {
    let mut clause = during(organization_id, filter, "opened_at", grid.from, grid.to);
    let condition = clause.text().to_owned();
    let place = grid.place(&mut clause, "opened_at");
    let statement =
        format!("SELECT {place} AS place, COUNT(*) AS total FROM incident WHERE {condition} GROUP BY 1");
    let rows = sql::all(store.reader(), ATTEMPT, statement, clause.values()).await?;
    rows.iter().map(|row| Ok((sql::get(row, "place")?, sql::count(row, "total")?))).collect()
}
