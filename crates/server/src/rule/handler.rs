//! `/api/rules`: quality checks that open incidents.

use super::request::{self, Given, RulePatch, RuleRequest, Whole};
use crate::app::App;
use crate::http::body::Fields;
use crate::http::caller::Caller;
use crate::http::envelope::{Many, One, created, one};
use crate::http::openapi::{PageParams, SearchParam, SortDirection};
use crate::http::path::Path;
use crate::http::problem::{Failures, Problem};
use crate::http::query::{NoParams, Params, path_id};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeSet;
use tracely_core::id::{DepartmentId, OrganizationId, RuleId, ServiceId};
use tracely_core::rule::matcher::LabelMatcher;
use tracely_core::rule::{Operator, Rule, Severity};
use tracely_core::time::Timestamp;
use tracely_store::Reads;
use tracely_store::page::Direction;
use tracely_store::rule::{self, RuleFilter, Sort};
use utoipa::ToSchema;
use uuid::Uuid;

/// A quality check on one metric type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rule)]
pub struct RuleBody {
    /// Its identifier.
    id: RuleId,
    /// What people call it.
    name: String,
    /// What it is for; may be empty.
    description: String,
    /// The key of the metric type it checks.
    metric_type: String,
    /// How a value is compared with the threshold.
    operator: Operator,
    /// What a value is compared with.
    threshold: f64,
    /// The severity of the incidents it opens.
    severity: Severity,
    /// The department its incidents are routed to.
    department_id: DepartmentId,
    /// Whether it judges points.
    enabled: bool,
    /// The services it checks; all when empty.
    service_ids: Vec<ServiceId>,
    /// Conditions on a series' labels, all of which must hold.
    labels: Vec<LabelMatcher>,
    /// Counts the changes, from 1.
    version: i64,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// What rules may be sorted by.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum RuleSort {
    /// By the instant it was made.
    CreatedAt,
    /// By the instant it was last changed.
    UpdatedAt,
    /// By name.
    Name,
    /// By metric type.
    MetricType,
    /// By threshold.
    Threshold,
    /// By severity.
    Severity,
}

/// Lists rules.
#[utoipa::path(
    get,
    path = "/rules",
    tag = "rules",
    params(
        ("metric_type" = inline(Option<Vec<crate::http::openapi::MetricTypeKey>>), Query, description = "That check these metric types"),
        ("severity" = Option<Vec<Severity>>, Query, description = "Of these severities"),
        ("department_id" = Option<Vec<DepartmentId>>, Query, description = "Routed to these departments"),
        ("service_id" = Option<ServiceId>, Query, description = "That check this service, by name or as one of all"),
        ("enabled" = Option<bool>, Query, description = "That judge points, or that do not"),
        SearchParam,
        ("sort_by" = inline(Option<RuleSort>), Query, description = "What to sort by; created_at by default"),
        SortDirection,
        PageParams,
    ),
    responses(
        (status = 200, description = "A page of rules", body = Many<RuleBody>),
        Failures,
    )
)]
pub(crate) async fn list_rules(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Many<RuleBody>>, Problem> {
    let mut services = params.ids::<ServiceId>("service_id");
    if services.len() > 1 {
        params.fail("service_id", "must be one service");
    }
    let filter = RuleFilter {
        metric_types: params.metric_types(),
        severities: params.words("severity", Severity::NAMES, Severity::parse),
        department_ids: params.ids("department_id"),
        service_id: services.pop(),
        enabled: params.boolean("enabled"),
        search: params.search(),
    };
    let keys = [
        ("created_at", Sort::CreatedAt),
        ("updated_at", Sort::UpdatedAt),
        ("name", Sort::Name),
        ("metric_type", Sort::MetricType),
        ("threshold", Sort::Threshold),
        ("severity", Sort::Severity),
    ];
    let sort = params.sort(&keys, Direction::Descending);
    let page = params.page();
    params.finish()?;
    let listed = rule::list(app.store(), caller.organization_id, &filter, sort, page).await?;
    Ok(Many::of(listed, page, body_of))
}

/// Makes a rule. It judges points that are accepted from now on.
#[utoipa::path(
    post,
    path = "/rules",
    tag = "rules",
    request_body = RuleRequest,
    responses(
        (status = 201, description = "The rule is made", body = One<RuleBody>),
        Failures,
    )
)]
pub(crate) async fn create_rule(
    State(app): State<App>,
    caller: Caller,
    _: NoParams,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    request::require(&mut fields, &request::REQUIRED);
    let given = request::take(&mut fields);
    let tx = app.store().begin().await?;
    let whole = Whole {
        metric_type: given.metric_type.as_deref(),
        threshold: given.threshold,
        department_id: given.department_id,
        service_ids: given.service_ids.as_deref().unwrap_or_default(),
        had_services: &[],
    };
    request::check(&mut fields, &tx, &catalog, caller.organization_id, whole).await?;
    fields.finish()?;
    let blank = blank(tx.id(), caller.organization_id, tx.now());
    let made = rule::create(&tx, changed(blank, given)).await?;
    tx.commit().await?;
    let location = format!("/api/rules/{}", made.id);
    Ok(created(body_of(made), &location))
}

/// Reads a rule.
#[utoipa::path(
    get,
    path = "/rules/{id}",
    tag = "rules",
    params(("id" = RuleId, Path, description = "The identifier")),
    responses(
        (status = 200, description = "The rule", body = One<RuleBody>),
        Failures,
    )
)]
pub(crate) async fn get_rule(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<Json<One<RuleBody>>, Problem> {
    Ok(one(body_of(find(app.store(), &caller, &id).await?)))
}

/// Changes a rule. The change takes effect with the next point.
#[utoipa::path(
    patch,
    path = "/rules/{id}",
    tag = "rules",
    params(("id" = RuleId, Path, description = "The identifier")),
    request_body = RulePatch,
    responses(
        (status = 200, description = "The rule as it is now", body = One<RuleBody>),
        Failures,
    )
)]
pub(crate) async fn update_rule(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
    mut fields: Fields,
) -> Result<Json<One<RuleBody>>, Problem> {
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let given = request::take(&mut fields);
    let tx = app.store().begin().await?;
    let before = find(&tx, &caller, &id).await?;
    let service_ids = given.service_ids.clone().unwrap_or_default();
    let after = changed(before.clone(), given);
    // What stays need not be checked: a rule can be switched off after what it points at has changed.
    let check_of = |rule: &Rule| (rule.metric_type.clone(), rule.threshold);
    let checks_anew = check_of(&after) != check_of(&before);
    let whole = Whole {
        metric_type: Some(after.metric_type.as_str()).filter(|_| checks_anew),
        threshold: Some(after.threshold),
        department_id: Some(after.department_id).filter(|id| *id != before.department_id),
        service_ids: &service_ids,
        had_services: &before.service_ids,
    };
    request::check(&mut fields, &tx, &catalog, caller.organization_id, whole).await?;
    fields.finish()?;
    if after == before {
        return Ok(one(body_of(before)));
    }
    let after = rule::update(&tx, &after).await?;
    tx.commit().await?;
    Ok(one(body_of(after)))
}

/// Deletes a rule. Its incidents stay, with its name on them.
#[utoipa::path(
    delete,
    path = "/rules/{id}",
    tag = "rules",
    params(("id" = RuleId, Path, description = "The identifier")),
    responses(
        (status = 204, description = "The rule is deleted"),
        Failures,
    )
)]
pub(crate) async fn delete_rule(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    let tx = app.store().begin().await?;
    let found = find(&tx, &caller, &id).await?;
    rule::delete(&tx, caller.organization_id, found.id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(from: &impl Reads, caller: &Caller, id: &str) -> Result<Rule, Problem> {
    let found = rule::get(from, caller.organization_id, path_id(id)?).await?;
    found.ok_or_else(|| Problem::not_found("there is no rule with this identifier"))
}

/// Makes a rule of which nothing is said yet.
pub(super) fn blank(id: RuleId, organization_id: OrganizationId, now: Timestamp) -> Rule {
    Rule {
        id,
        organization_id,
        name: String::new(),
        description: String::new(),
        metric_type: String::new(),
        operator: Operator::Greater,
        threshold: 0.0,
        severity: Severity::Low,
        department_id: DepartmentId(Uuid::nil()),
        enabled: true,
        service_ids: Vec::new(),
        labels: Vec::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

pub(super) fn changed(rule: Rule, given: Given) -> Rule {
    let given_services = given.service_ids.map(|ids| {
        let ids: BTreeSet<ServiceId> = ids.into_iter().map(|(_, id)| id).collect();
        ids.into_iter().collect()
    });
    Rule {
        name: given.name.unwrap_or(rule.name),
        description: given.description.unwrap_or(rule.description),
        metric_type: given.metric_type.unwrap_or(rule.metric_type),
        operator: given.operator.unwrap_or(rule.operator),
        threshold: given.threshold.unwrap_or(rule.threshold),
        severity: given.severity.unwrap_or(rule.severity),
        department_id: given.department_id.unwrap_or(rule.department_id),
        enabled: given.enabled.unwrap_or(rule.enabled),
        service_ids: given_services.unwrap_or(rule.service_ids),
        labels: given.labels.unwrap_or(rule.labels),
        ..rule
    }
}

fn body_of(rule: Rule) -> RuleBody {
    RuleBody {
        id: rule.id,
        name: rule.name,
        description: rule.description,
        metric_type: rule.metric_type,
        operator: rule.operator,
        threshold: rule.threshold,
        severity: rule.severity,
        department_id: rule.department_id,
        enabled: rule.enabled,
        service_ids: rule.service_ids,
        labels: rule.labels,
        version: rule.version,
        created_at: rule.created_at,
        updated_at: rule.updated_at,
    }
}
