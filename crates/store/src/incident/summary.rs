//! What happened to incidents in a span of time, counted by the database.

use super::spread::Durations;
use super::statistics::{self, Grid, Step};
use crate::connect::Store;
use crate::error::StoreError;
use crate::sql::{self, Clause};
use tracely_core::id::{DepartmentId, OrganizationId, RuleId, ServiceId};
use tracely_core::incident::Status;
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;

const ATTEMPT: &str = "sum up incidents";

/// Which incidents to sum up; an empty list means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SummaryFilter {
    /// Services.
    pub service_ids: Vec<ServiceId>,
    /// Rules.
    pub rule_ids: Vec<RuleId>,
    /// Departments.
    pub department_ids: Vec<DepartmentId>,
    /// Severities, as they are now.
    pub severities: Vec<Severity>,
}

/// Incidents of one state and severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveCount {
    /// The state.
    pub status: Status,
    /// The severity.
    pub severity: Severity,
    /// How many there are.
    pub count: u64,
}

/// How many incidents opened and closed in a part of the span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// Opened, in the time of the points.
    pub opened: u64,
    /// Closed.
    pub closed: u64,
}

/// Counts live incidents by state and severity.
pub async fn live(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
) -> Result<Vec<LiveCount>, StoreError> {
    // In the words of the index of live incidents.
    let clause = condition(organization_id, filter, "status <> 'CLOSED'");
    let statement = format!(
        "SELECT status, severity_rank, COUNT(*) AS total FROM incident WHERE {} GROUP BY status, severity_rank",
        clause.text()
    );
    let rows = sql::all(store.reader(), ATTEMPT, statement, clause.values()).await?;
    let count_of = |row| {
        let (status, rank): (String, i32) = (sql::get(row, "status")?, sql::get(row, "severity_rank")?);
        let corrupt = |column, text: &str| StoreError::corrupt("incident", column, "of a group", text);
        let severity = usize::try_from(rank).ok().and_then(|rank| Severity::ALL.get(rank));
        Ok(LiveCount {
            status: Status::parse(&status).ok_or_else(|| corrupt("status", &status))?,
            severity: *severity.ok_or_else(|| corrupt("severity_rank", &rank.to_string()))?,
            count: sql::count(row, "total")?,
        })
    };
    rows.iter().map(count_of).collect()
}

/// Counts what opened and closed in each of these parts of a span, every one from an instant to before another.
pub async fn flow(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    parts: &[(Timestamp, Timestamp)],
) -> Result<Vec<Flow>, StoreError> {
    let opened = counts(store, organization_id, filter, parts, "opened_at");
    let closed = counts(store, organization_id, filter, parts, "closed_at");
    let (opened, closed) = tokio::try_join!(opened, closed)?;
    Ok(opened.into_iter().zip(closed).map(|(opened, closed)| Flow { opened, closed }).collect())
}

pub(super) async fn counts(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    parts: &[(Timestamp, Timestamp)],
    column: &str,
) -> Result<Vec<u64>, StoreError> {
    if *filter != SummaryFilter::default() {
        return counts_of_some(store, organization_id, filter, parts, column).await;
    }
    let mut clause = condition(organization_id, filter, &format!("{column} IS NOT NULL"));
    let condition = clause.text().to_owned();
    let mut rows = Vec::with_capacity(parts.len());
    for (place, (from, to)) in (0_i64..).zip(parts) {
        let row = [place, from.0, to.0].map(|value| format!("CAST({} AS BIGINT)", clause.value(value)));
        rows.push(format!("({})", row.join(", ")));
    }
    // A count for each part reads the index once from end to end; grouping by a quotient would sort first.
    let statement = format!(
        "WITH part (place, low, high) AS (VALUES {}) \
         SELECT (SELECT COUNT(*) FROM incident WHERE {condition} AND {column} >= low AND {column} < high) AS total \
         FROM part ORDER BY place",
        rows.join(", ")
    );
    let rows = sql::all(store.reader(), ATTEMPT, statement, clause.values()).await?;
    rows.iter().map(|row| sql::count(row, "total")).collect()
}

/// Counts what a filter lets through in one pass: an index of what is filtered by has no instants, and would be read
/// for each part.
async fn counts_of_some(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    parts: &[(Timestamp, Timestamp)],
    column: &str,
) -> Result<Vec<u64>, StoreError> {
    let (Some((from, first_end)), Some((_, to))) = (parts.first(), parts.last()) else {
        return Ok(Vec::new());
    };
    let mut clause = during(organization_id, filter, column, *from, *to);
    // All parts are as wide as the widest, but for the first and the last, which the span cuts.
    let width = parts.iter().map(|(from, to)| to.0 - from.0).max().unwrap_or(1);
    let (origin, width) = (clause.value(first_end.0 - width), clause.value(width));
    let place = format!("({column} - CAST({origin} AS BIGINT)) / CAST({width} AS BIGINT)");
    let statement = format!(
        "SELECT {place} AS place, COUNT(*) AS total FROM incident WHERE {} GROUP BY 1",
        clause.text()
    );
    let mut counts = vec![0; parts.len()];
    for row in sql::all(store.reader(), ATTEMPT, statement, clause.values()).await? {
        let place = sql::get::<i64>(&row, "place")?;
        if let Some(count) = usize::try_from(place).ok().and_then(|place| counts.get_mut(place)) {
            *count = sql::count(&row, "total")?;
        }
    }
    Ok(counts)
}

/// Measures how long it took until incidents were acknowledged, of those acknowledged in the span; none when there
/// are none.
pub async fn until_acknowledged(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    span: (Timestamp, Timestamp),
) -> Result<Option<Durations>, StoreError> {
    durations(store, organization_id, filter, span, Step::Acknowledged).await
}

/// Measures how long it took until incidents were closed, of those closed in the span; none when there are none.
pub async fn until_closed(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    span: (Timestamp, Timestamp),
) -> Result<Option<Durations>, StoreError> {
    durations(store, organization_id, filter, span, Step::Closed).await
}

async fn durations(
    store: &Store,
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    (from, to): (Timestamp, Timestamp),
    step: Step,
) -> Result<Option<Durations>, StoreError> {
    let grid = Grid::whole(from, to);
    let took = statistics::took(store, organization_id, filter, grid, None, step).await?;
    Ok(took.first().and_then(|took| took.spread.durations()))
}

pub(super) fn during(
    organization_id: OrganizationId,
    filter: &SummaryFilter,
    column: &str,
    from: Timestamp,
    to: Timestamp,
) -> Clause {
    let mut clause = condition(organization_id, filter, &format!("{column} IS NOT NULL"));
    clause.and(&format!("{column} >= ?"), from.0);
    clause.and(&format!("{column} < ?"), to.0);
    clause
}

pub(super) fn condition(organization_id: OrganizationId, filter: &SummaryFilter, first: &str) -> Clause {
    let mut clause = Clause::new(&format!("organization_id = $1 AND {first}"), [organization_id.0.into()]);
    clause.any_of("service_id", filter.service_ids.iter().map(|id| id.0));
    clause.any_of("rule_id", filter.rule_ids.iter().map(|id| id.0));
    clause.any_of("department_id", filter.department_ids.iter().map(|id| id.0));
    clause.any_of("severity_rank", filter.severities.iter().map(|severity| i32::from(severity.rank())));
    clause
}
