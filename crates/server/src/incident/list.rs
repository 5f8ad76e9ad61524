//! `GET /api/incidents`: filters, orders and what is looked for.

use super::{IncidentBody, body_of};
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::Long;
use crate::http::openapi::{MetricTypeKey, PersonName, SortDirection, TurnParams};
use crate::http::problem::{Failures, Problem};
use crate::http::query::Params;
use axum::Json;
use axum::extract::State;
use tracely_core::id::{DepartmentId, RuleId, ServiceId};
use tracely_core::incident::Status;
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;
use tracely_store::incident::{self, IncidentFilter, Sort};
use tracely_store::page::Direction;
use tracely_store::search::{MAX_WORDS, count_words};
use utoipa::ToSchema;

/// What incidents may be sorted by.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum IncidentSort {
    /// By how well it matches `search`, which must be given: the best first when descending, and of equal ones the newest.
    Relevance,
    /// By the instant the system made it.
    CreatedAt,
    /// By the instant of the point that opened it.
    OpenedAt,
    /// By the instant it was last changed.
    UpdatedAt,
    /// By number.
    Number,
    /// By severity.
    Severity,
    /// By state: closed, in progress, open when ascending.
    Status,
    /// By how many points violated the rule.
    ViolationCount,
    /// By the instant of the newest violation.
    LastViolationAt,
    /// By the service's name when it opened.
    Service,
}

/// What to look for in incidents.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct IncidentSearch {
    /// Lists only incidents that have a word for each of these, at most 16: in name, title, the names of rule and
    /// service, or comments. A word is found by its beginning, a number as a whole, whatever the case and the
    /// diacritics. A word of four letters or more with which nothing begins is taken for a typing mistake.
    /// Unless `sort_by` says otherwise the order is that of relevance, which lists the newest 1 000 matches.
    #[param(max_length = 200, pattern = "^[^\\u0000]*$")]
    search: Option<String>,
}

/// Lists incidents.
#[utoipa::path(
    get,
    path = "/incidents",
    tag = "incidents",
    params(
        ("status" = Option<Vec<Status>>, Query, description = "In these states"),
        ("severity" = Option<Vec<Severity>>, Query, description = "Of these severities"),
        ("service_id" = Option<Vec<ServiceId>>, Query, description = "Of these services"),
        ("rule_id" = Option<Vec<RuleId>>, Query, description = "Of these rules"),
        ("department_id" = Option<Vec<DepartmentId>>, Query, description = "Routed to these departments"),
        ("metric_type" = inline(Option<Vec<MetricTypeKey>>), Query, description = "Of these metric types"),
        ("assignee" = inline(Option<Vec<PersonName>>), Query, description = "That these people work on; the empty text means nobody"),
        ("from" = Option<Timestamp>, Query, description = "Opened at this instant (of the point) or later"),
        ("to" = Option<Timestamp>, Query, description = "Opened before this instant (of the point)"),
        IncidentSearch,
        ("sort_by" = inline(Option<IncidentSort>), Query, description = "What to sort by; relevance by default when search is given, created_at otherwise"),
        SortDirection,
        TurnParams,
    ),
    responses(
        (status = 200, description = "A page of incidents", body = Long<IncidentBody>),
        Failures,
    )
)]
pub(crate) async fn list_incidents(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Long<IncidentBody>>, Problem> {
    let (from, to) = params.span();
    let filter = IncidentFilter {
        statuses: params.words("status", Status::NAMES, Status::parse),
        severities: params.words("severity", Severity::NAMES, Severity::parse),
        service_ids: params.ids("service_id"),
        rule_ids: params.ids("rule_id"),
        department_ids: params.ids("department_id"),
        metric_types: params.metric_types(),
        assignees: params.many("assignee", "a name of at most 100 characters", |name| {
            (name.chars().count() <= 100).then(|| name.to_owned())
        }),
        from,
        to,
        search: params.search(),
    };
    let mut keys = vec![
        ("created_at", Sort::CreatedAt),
        ("opened_at", Sort::OpenedAt),
        ("updated_at", Sort::UpdatedAt),
        ("number", Sort::Number),
        ("severity", Sort::Severity),
        ("status", Sort::Status),
        ("violation_count", Sort::ViolationCount),
        ("last_violation_at", Sort::LastViolationAt),
        ("service", Sort::ServiceName),
        ("relevance", Sort::Relevance),
    ];
    if let Some(text) = &filter.search {
        // The first is the default.
        keys.rotate_right(1);
        if count_words(text) > MAX_WORDS {
            params.contradict("search", format!("must have at most {MAX_WORDS} words"));
        }
    }
    let sort = params.sort(&keys, Direction::Descending);
    if sort.0 == Sort::Relevance && filter.search.is_none() {
        params.contradict("sort_by", "may be relevance only together with search");
    }
    let turn = params.turn();
    params.finish()?;
    let listed = incident::list(app.store(), caller.organization_id, &filter, sort, &turn.slice).await?;
    Ok(Long::of(listed, &turn, body_of))
}
