//! Lists of incidents.

use super::{of, of_row};
use crate::connect::Store;
use crate::error::StoreError;
use crate::page::{Direction, Listed, Page};
use crate::schema::{self, incident};
use crate::search::folded;
use crate::sql::{self, contains_pattern};
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QueryTrait};
use tracely_core::id::{DepartmentId, OrganizationId, RuleId, ServiceId};
use tracely_core::incident::{Incident, Status};
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;

/// Which incidents to list; an empty list or none means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// States.
    pub statuses: Vec<Status>,
    /// Severities.
    pub severities: Vec<Severity>,
    /// Services.
    pub service_ids: Vec<ServiceId>,
    /// Rules.
    pub rule_ids: Vec<RuleId>,
    /// Departments.
    pub department_ids: Vec<DepartmentId>,
    /// Keys of metric types.
    pub metric_types: Vec<String>,
    /// Assignees; the empty text means nobody.
    pub assignees: Vec<String>,
    /// Opened at this instant (of the point) or later.
    pub from: Option<Timestamp>,
    /// Opened before this instant (of the point).
    pub to: Option<Timestamp>,
    /// Number, title or rule name holds this text.
    pub search: Option<String>,
}

/// What a list of incidents may be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By the instant it was made.
    CreatedAt,
    /// By the instant of the point that opened it.
    OpenedAt,
    /// By the instant it was last changed.
    UpdatedAt,
    /// By number.
    Number,
    /// By severity, least first when ascending.
    Severity,
    /// By state: closed, in progress, open when ascending.
    Status,
    /// By how many points violated the rule.
    ViolationCount,
    /// By the instant of the newest violation.
    LastViolationAt,
    /// By the service's name when it opened.
    ServiceName,
}

/// Lists incidents.
pub async fn list(
    store: &Store,
    organization_id: OrganizationId,
    filter: &IncidentFilter,
    sort: (Sort, Direction),
    page: Page,
) -> Result<Listed<Incident>, StoreError> {
    let filtered = of(organization_id)
        .filter(condition(filter))
        .apply_if(filter.from, |query, from| query.filter(incident::Column::OpenedAt.gte(from.0)))
        .apply_if(filter.to, |query, to| query.filter(incident::Column::OpenedAt.lt(to.0)))
        .apply_if(filter.search.as_deref(), |query, text| {
            query
                .filter(incident::Column::SearchText.like(LikeExpr::new(contains_pattern(text)).escape('\\')))
        });
    let column = match sort.0 {
        Sort::CreatedAt => incident::Column::CreatedAt,
        Sort::OpenedAt => incident::Column::OpenedAt,
        Sort::UpdatedAt => incident::Column::UpdatedAt,
        Sort::Number => incident::Column::Number,
        Sort::Severity => incident::Column::SeverityRank,
        Sort::Status => incident::Column::Status,
        Sort::ViolationCount => incident::Column::ViolationCount,
        Sort::LastViolationAt => incident::Column::LastViolationAt,
        Sort::ServiceName => incident::Column::ServiceName,
    };
    let order = |query: sea_orm::Select<incident::Entity>| {
        let query = query.order_by(column, sort.1.into());
        let query = match sort.0 {
            Sort::Severity | Sort::Status | Sort::ServiceName => {
                query.order_by(incident::Column::CreatedAt, sort.1.into())
            }
            Sort::CreatedAt
            | Sort::OpenedAt
            | Sort::UpdatedAt
            | Sort::Number
            | Sort::ViolationCount
            | Sort::LastViolationAt => query,
        };
        query.order_by(incident::Column::Id, sort.1.into())
    };
    let listed = schema::listed(store.reader(), "list incidents", filtered, order, page).await?;
    schema::convert(listed, of_row)
}

/// Lists everybody who works or worked on an incident, by name, optionally those whose name holds a text.
pub async fn assignees(
    store: &Store,
    organization_id: OrganizationId,
    search: Option<&str>,
    page: Page,
) -> Result<Listed<String>, StoreError> {
    let statement =
        "SELECT DISTINCT assignee FROM incident WHERE organization_id = $1 AND assignee IS NOT NULL";
    let rows = sql::all(store.reader(), "list assignees", statement, [organization_id.0.into()]).await?;
    let names = rows.iter().map(|row| sql::get::<String>(row, "assignee")).collect::<Result<Vec<_>, _>>()?;
    // They are few, and no database folds the Turkish i.
    let mut found: Vec<(String, String)> = names.into_iter().map(|name| (folded(&name), name)).collect();
    if let Some(text) = search.map(folded) {
        found.retain(|(name, _)| name.contains(&text));
    }
    found.sort_unstable();
    let total = found.len() as u64;
    let names = found.into_iter().map(|(_, name)| name);
    let rows = names.skip(page.offset as usize).take(page.limit as usize).collect();
    Ok(Listed { rows, total })
}

fn condition(filter: &IncidentFilter) -> Condition {
    let mut condition = Condition::all();
    if !filter.statuses.is_empty() {
        condition =
            condition.add(incident::Column::Status.is_in(filter.statuses.iter().map(|one| one.as_str())));
    }
    if !filter.severities.is_empty() {
        let ranks = filter.severities.iter().map(|one| i32::from(one.rank()));
        condition = condition.add(incident::Column::SeverityRank.is_in(ranks));
    }
    if !filter.service_ids.is_empty() {
        condition =
            condition.add(incident::Column::ServiceId.is_in(filter.service_ids.iter().map(|id| id.0)));
    }
    if !filter.rule_ids.is_empty() {
        condition = condition.add(incident::Column::RuleId.is_in(filter.rule_ids.iter().map(|id| id.0)));
    }
    if !filter.department_ids.is_empty() {
        let ids = filter.department_ids.iter().map(|id| id.0);
        condition = condition.add(incident::Column::DepartmentId.is_in(ids));
    }
    if !filter.metric_types.is_empty() {
        condition = condition.add(incident::Column::MetricType.is_in(&filter.metric_types));
    }
    if !filter.assignees.is_empty() {
        let named: Vec<&String> = filter.assignees.iter().filter(|name| !name.is_empty()).collect();
        let mut any = Condition::any();
        if named.len() < filter.assignees.len() {
            any = any.add(incident::Column::Assignee.is_null());
        }
        if !named.is_empty() {
            any = any.add(incident::Column::Assignee.is_in(named));
        }
        condition = condition.add(any);
    }
    condition
}
