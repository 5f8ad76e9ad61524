//! How long it took until incidents made a step.

use super::group::{in_order, only_hidden};
use super::{ATTEMPT, Grid, Group, Grouped};
use crate::connect::Store;
use crate::error::StoreError;
use crate::incident::spread::{Spread, bin};
use crate::incident::summary::{SummaryFilter, during};
use crate::sql::{self, Clause};
use sea_orm::{ConnectionTrait, DbBackend};
use std::collections::BTreeMap;
use tracely_core::id::OrganizationId;

/// How long the incidents of a bucket and group took.
#[derive(Debug, Clone, PartialEq)]
pub struct Took {
    /// The group; none when nothing is grouped.
    pub group: Option<Group>,
    /// The place of the bucket.
    pub place: usize,
    /// How long they took.
    pub spread: Spread,
}

/// A step of an incident's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody began to work on it.
    Acknowledged,
    /// It was closed, and is closed still.
    Closed,
}

impl Step {
    fn column(self) -> &'static str {
        match self {
            Self::Acknowledged => "in_progress_at",
            Self::Closed => "closed_at",
        }
    }
}

/// Measures how long it took until incidents made a step, of those that made it in the span and from the point that
/// opened them; buckets in which none made it are left out.
pub async fn took(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    grid: Grid,
    grouped: Option<Grouped<'_>>,
    step: Step,
) -> Result<Vec<Took>, StoreError> {
    let instant = step.column();
    let clause = during(organization_id, filter, instant, grid.from, grid.to);
    // A point may be from later than the server's clock; nothing takes less than no time.
    let taken = format!("CASE WHEN {instant} > opened_at THEN {instant} - opened_at ELSE 0 END AS taken");
    if grid.buckets() <= 1 && grouped.is_none() {
        let spread = of_span(store, clause, &taken).await?;
        return Ok(spread.into_iter().map(|spread| Took { group: None, place: 0, spread }).collect());
    }
    of_buckets(store, clause, grid, grouped, (instant, &taken)).await
}

/// Measures a whole span; none when nothing is in it. The database counts the bins, which are few.
async fn of_span(store: &Store, clause: Clause, taken: &str) -> Result<Option<Spread>, StoreError> {
    // SQLite would work out what was taken in each of the ten places that name it, were it not for the limit, which
    // is none.
    let statement = format!(
        "SELECT {} AS low, COUNT(*) AS total, CAST(AVG(taken) AS DOUBLE PRECISION) AS mean \
         FROM (SELECT {taken} FROM incident WHERE {} LIMIT {}) AS measured GROUP BY 1",
        bin("taken"),
        clause.text(),
        i64::MAX,
    );
    let mut spread = Spread::default();
    let rows = sql::all(store.reader(), ATTEMPT, statement, clause.values()).await?;
    for row in &rows {
        spread.add(sql::get(row, "low")?, sql::count(row, "total")?, sql::get(row, "mean")?);
    }
    Ok((!rows.is_empty()).then_some(spread))
}

/// Measures each bucket and group. Every bin of each of them would be a row, nearly as many as there are incidents, and
/// to sort by the bins takes longer than all else. So what was taken is told in one text for each bucket.
async fn of_buckets(
    store: &Store,
    mut clause: Clause,
    grid: Grid,
    grouped: Option<Grouped<'_>>,
    (instant, taken): (&'static str, &str),
) -> Result<Vec<Took>, StoreError> {
    only_hidden(&mut clause, grouped);
    let condition = clause.text().to_owned();
    let place = grid.place(&mut clause, instant);
    let group = in_order(&mut clause, grouped);
    let joined = match store.reader().get_database_backend() {
        DbBackend::Postgres => "string_agg(CAST(told AS TEXT) || ':' || CAST(taken AS TEXT), ',')",
        _ => "group_concat(told || ':' || taken)",
    };
    let statement = format!(
        "SELECT place, {joined} AS all_taken FROM (SELECT {place} AS place, {group} AS told, {taken} FROM incident \
         WHERE {condition} LIMIT {}) AS measured GROUP BY 1",
        i64::MAX,
    );
    let rows = sql::all(store.reader(), ATTEMPT, statement, clause.values()).await?;
    let mut found = Vec::new();
    for row in &rows {
        let place = sql::count(row, "place")? as usize;
        let mut spreads: BTreeMap<Option<Group>, Spread> = BTreeMap::new();
        let all_taken: String = sql::get(row, "all_taken")?;
        for one in all_taken.split(',') {
            let Some((group, taken)) = read(one, grouped) else {
                let text = "what was taken in a bucket cannot be read";
                return Err(StoreError::corrupt("incident", instant, "of a group", text));
            };
            spreads.entry(group).or_default().add_one(taken);
        }
        found.extend(spreads.into_iter().map(|(group, spread)| Took { group, place, spread }));
    }
    found.sort_unstable_by_key(|took| (took.place, took.group));
    Ok(found)
}

/// Reads the group, which is told by its order, and what was taken.
fn read(one: &str, grouped: Option<Grouped<'_>>) -> Option<(Option<Group>, i64)> {
    let (order, taken) = one.split_once(':')?;
    let group = match grouped {
        None => None,
        Some(grouped) => Some(*grouped.groups.get(order.parse::<usize>().ok()?)?),
    };
    Some((group, taken.parse().ok()?))
}
