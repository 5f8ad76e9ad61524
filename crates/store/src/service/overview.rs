//! How services stand: what is live on each, worst first.

use super::Service;
use crate::connect::Store;
use crate::error::StoreError;
use crate::page::{Listed, Page};
use crate::sql::{self, Clause};
use sea_orm::QueryResult;
use tracely_core::id::{OrganizationId, ServiceId};
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;

/// Which services to show; an empty list or none means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OverviewFilter {
    /// Services.
    pub ids: Vec<ServiceId>,
    /// The worst live incident has one of these severities.
    pub severities: Vec<Severity>,
    /// Key, name or description holds this text.
    pub search: Option<String>,
}

/// A service with its live incidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The service.
    pub service: Service,
    /// The severity of its worst live incident; none when none is live.
    pub worst: Option<Severity>,
    /// When the first of its live incidents opened, in the time of the points.
    pub since: Option<Timestamp>,
    /// How many are live of each severity, by rank.
    pub live: [u64; 4],
}

/// Lists services by how bad they are: by the worst live severity, then the longest live, then the name.
pub async fn overview(
    store: &Store,
    organization_id: OrganizationId,
    filter: &OverviewFilter,
    page: Page,
) -> Result<Listed<Standing>, StoreError> {
    let attempt = "list how services stand";
    let mut clause = Clause::new(
        "service.organization_id = $1 AND service.deleted_at IS NULL",
        [organization_id.0.into()],
    );
    clause.any_of("service.id", filter.ids.iter().map(|id| id.0));
    clause.any_of("live.worst", filter.severities.iter().map(|one| i32::from(one.rank())));
    clause.search("service.search_text", filter.search.as_deref());
    let counted = (0..4)
        .map(|rank| format!("COUNT(CASE WHEN severity_rank = {rank} THEN 1 END) AS live_{rank}"))
        .collect::<Vec<_>>()
        .join(", ");
    let condition = clause.text().to_owned();
    let source = format!(
        "FROM service LEFT JOIN (SELECT service_id, MAX(severity_rank) AS worst, MIN(opened_at) AS since, {counted} \
         FROM incident WHERE organization_id = $1 AND status <> 'CLOSED' GROUP BY service_id) AS live \
         ON live.service_id = service.id WHERE {condition}"
    );
    // How bad services are need not be known to count them all.
    let count = if filter.severities.is_empty() {
        format!("SELECT COUNT(*) AS total FROM service WHERE {condition}")
    } else {
        format!("SELECT COUNT(*) AS total {source}")
    };
    let total = sql::total(store.reader(), attempt, count, clause.values()).await?;

    let page = clause.page(page);
    let statement = format!(
        "SELECT service.id, service.key, service.name, service.description, service.created_at, \
         service.updated_at, live.worst, live.since, live.live_0, live.live_1, live.live_2, live.live_3 {source} \
         ORDER BY COALESCE(live.worst, -1) DESC, live.since, service.name, service.id {page}"
    );
    let rows = sql::all(store.reader(), attempt, statement, clause.values()).await?;
    Ok(Listed::counted(rows.iter().map(standing_of).collect::<Result<_, _>>()?, total))
}

fn standing_of(row: &QueryResult) -> Result<Standing, StoreError> {
    let service = Service {
        id: ServiceId(sql::get(row, "id")?),
        key: sql::get(row, "key")?,
        name: sql::get(row, "name")?,
        description: sql::get(row, "description")?,
        created_at: Timestamp(sql::get(row, "created_at")?),
        updated_at: Timestamp(sql::get(row, "updated_at")?),
    };
    let worst: Option<i32> = sql::get(row, "worst")?;
    let worst = worst.and_then(|rank| Severity::ALL.get(usize::try_from(rank).ok()?).copied());
    let since: Option<i64> = sql::get(row, "since")?;
    let mut live = [0; 4];
    for (count, column) in live.iter_mut().zip(["live_0", "live_1", "live_2", "live_3"]) {
        *count = sql::get::<Option<i64>>(row, column)?.unwrap_or(0) as u64;
    }
    Ok(Standing { service, worst, since: since.map(Timestamp), live })
}
