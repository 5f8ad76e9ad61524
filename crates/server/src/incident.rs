//! `/api/incidents`: what people work on.

pub(crate) mod assignee;
pub(crate) mod comment;
pub(crate) mod summary;
pub(crate) mod timeline;

use crate::app::App;
use crate::http::body::Fields;
use crate::http::caller::Caller;
use crate::http::envelope::{Long, One, one, with_header};
use crate::http::openapi::{SortDirection, TurnParams};
use crate::http::path::Path;
use crate::http::problem::{Failures, FieldError, Problem};
use crate::http::query::{NoParams, Params};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use tracely_core::id::{DepartmentId, IncidentId, RuleId, ServiceId};
use tracely_core::incident::{Amendment, Incident, Status, amend};
use tracely_core::rule::{Operator, Severity};
use tracely_core::time::Timestamp;
use tracely_store::incident::{self, IncidentFilter, Sort};
use tracely_store::page::Direction;
use tracely_store::search::{MAX_WORDS, count_words};
use tracely_store::{Reads, Tx, department};
use utoipa::ToSchema;

/// What people work on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Incident)]
pub struct IncidentBody {
    /// Its identifier.
    id: IncidentId,
    /// The name people call it by.
    #[schema(example = "INC-42")]
    key: String,
    /// The number in that name.
    #[schema(example = 42)]
    number: i64,
    /// What happened, in one sentence.
    #[schema(example = "Latency of Superonline above 150 ms: 412.5 ms")]
    title: String,
    /// The rule that opened it.
    rule_id: RuleId,
    /// The rule's name when it opened.
    rule_name: String,
    /// The service that violated the rule.
    service_id: ServiceId,
    /// The service's name when it opened.
    service_name: String,
    /// The department it is routed to.
    department_id: DepartmentId,
    /// The key of the metric type that was judged.
    metric_type: String,
    /// How the value was compared.
    operator: Operator,
    /// What the value was compared with.
    threshold: f64,
    /// The value that opened it.
    opening_value: f64,
    /// How bad it is.
    severity: Severity,
    /// Where it is in its life.
    status: Status,
    /// Who works on it.
    assignee: Option<String>,
    /// How many points violated the rule since it opened.
    violation_count: i64,
    /// The instant of the newest of them.
    last_violation_at: Timestamp,
    /// The worst of their values.
    peak_value: f64,
    /// When the point was measured that opened it.
    opened_at: Timestamp,
    /// When it was acknowledged.
    in_progress_at: Option<Timestamp>,
    /// When the point was measured that cleared the condition; null while it is violated.
    recovered_at: Option<Timestamp>,
    /// When it was closed.
    closed_at: Option<Timestamp>,
    /// Counts what people changed, from 1; goes into `If-Match`.
    version: i64,
    /// When the system made it.
    created_at: Timestamp,
    /// When it was last changed, other than by further violations.
    updated_at: Timestamp,
}

/// What to change about an incident.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentPatch {
    /// The state to move to.
    #[schema(nullable = false)]
    pub status: Option<Status>,
    /// The new severity.
    #[schema(nullable = false)]
    pub severity: Option<Severity>,
    /// Who works on it; null for nobody.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", example = "ayse")]
    pub assignee: Option<String>,
    /// The department to route to.
    #[schema(nullable = false)]
    pub department_id: Option<DepartmentId>,
}

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
        ("metric_type" = inline(Option<Vec<crate::http::openapi::MetricTypeKey>>), Query, description = "Of these metric types"),
        ("assignee" = inline(Option<Vec<crate::http::openapi::PersonName>>), Query, description = "That these people work on; the empty text means nobody"),
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

/// Reads an incident, by its identifier or its name such as `INC-42`. The `ETag` header has its version.
#[utoipa::path(
    get,
    path = "/incidents/{id}",
    tag = "incidents",
    params(("id" = String, Path, description = "The identifier, or the name such as INC-42", pattern = "^(INC-[0-9]{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")),
    responses(
        (status = 200, description = "The incident", body = One<IncidentBody>, headers(("ETag" = String, description = "The version"))),
        Failures,
    )
)]
pub(crate) async fn get_incident(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<Response, Problem> {
    let id = resolve(app.store(), &caller, &id).await?;
    let found = incident::get(app.store(), caller.organization_id, id).await?;
    Ok(with_version(found.ok_or_else(unknown)?))
}

/// Changes the status, severity, assignee or department of an incident.
///
/// The life cycle is `OPEN → IN_PROGRESS → CLOSED`; an incident in progress may be released (`OPEN`), an open one
/// closed at once, a closed one reopened (`OPEN`) unless a newer one of the same rule and service is live. With
/// `If-Match`, the change is refused with 412 when somebody else changed the incident first.
#[utoipa::path(
    patch,
    path = "/incidents/{id}",
    tag = "incidents",
    params(
        ("id" = String, Path, description = "The identifier, or the name such as INC-42", pattern = "^(INC-[0-9]{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"),
        ("If-Match" = Option<String>, Header, description = "The version that the change is based on, as in ETag", pattern = "^([0-9]{1,18}|\"[0-9]{1,18}\")$", nullable = false),
    ),
    request_body = IncidentPatch,
    responses(
        (status = 200, description = "The incident as it is now", body = One<IncidentBody>, headers(("ETag" = String, description = "The version"))),
        Failures,
    )
)]
pub(crate) async fn update_incident(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    _: NoParams,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let expected = if_match(&headers)?;
    let amendment = Amendment {
        status: fields.word("status", Status::NAMES, Status::parse),
        severity: fields.word("severity", Severity::NAMES, Severity::parse),
        assignee: take_assignee(&mut fields),
        department_id: fields.id("department_id"),
    };
    let tx = app.store().begin().await?;
    if let Some(id) = amendment.department_id
        && department::get(&tx, caller.organization_id, id).await?.is_none()
    {
        fields.fail("department_id", "is not a known department");
    }
    fields.finish()?;

    let id = resolve(&tx, &caller, &id).await?;
    let before = incident::lock(&tx, caller.organization_id, id).await?.ok_or_else(unknown)?;
    if expected.as_ref().is_some_and(|expected| !expected.contains(&before.version)) {
        let detail = format!("INC-{} has version {} now", before.number, before.version);
        return Err(Problem::stale(detail));
    }
    let actor = caller.actor();
    let (after, changes) =
        amend(&before, &amendment, &actor, tx.now()).map_err(|refused| Problem::step_refused(&refused))?;
    if !before.status.is_live() && after.status.is_live() {
        refuse_second_live(&tx, &before).await?;
        refuse_deleted_department(&tx, &caller, &after).await?;
    }
    incident::amend(&tx, &after, changes, actor).await?;
    tx.commit().await?;
    Ok(with_version(after))
}

async fn refuse_second_live(tx: &Tx, closed: &Incident) -> Result<(), Problem> {
    let live = incident::live(tx, closed.organization_id, &closed.identity).await?;
    let Some(live) = live else { return Ok(()) };
    let detail = format!("INC-{} of the same rule and service is live; work on that one", live.number);
    Err(Problem::conflict(detail))
}

/// Whoever reopens an incident wants somebody to hear of it.
async fn refuse_deleted_department(tx: &Tx, caller: &Caller, reopened: &Incident) -> Result<(), Problem> {
    match department::get(tx, caller.organization_id, reopened.department_id).await? {
        Some(_) => Ok(()),
        None => {
            Err(Problem::conflict("its department was deleted; reopen it with the department_id of another"))
        }
    }
}

#[expect(clippy::option_option, reason = "absent and null are different things in a request")]
fn take_assignee(fields: &mut Fields) -> Option<Option<String>> {
    if fields.has("assignee") {
        return fields.text("assignee", 1, 100).map(Some);
    }
    fields.take("assignee").map(|_null: Value| None)
}

/// Reads `If-Match`: a list of versions in quotes, or `*` for any (RFC 9110, section 13.1.1). Quotes may be left out,
/// because they are hard to type in a shell.
fn if_match(headers: &HeaderMap) -> Result<Option<Vec<i64>>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = |tag: &str| {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
        number.parse().ok()
    };
    let versions: Option<Vec<i64>> = text.split(',').map(version).collect();
    let wrong = || FieldError::parameter("If-Match", "must be a version, as the ETag header gives it");
    versions.map(Some).ok_or_else(|| Problem::parameters(vec![wrong()]))
}

/// Finds an incident's identifier from a path, in which it may be called `INC-42`.
pub(crate) async fn resolve(from: &impl Reads, caller: &Caller, id: &str) -> Result<IncidentId, Problem> {
    if let Ok(id) = id.parse() {
        return Ok(id);
    }
    let number = id.strip_prefix("INC-").or_else(|| id.strip_prefix("inc-"));
    let digits =
        number.filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(digits) = digits else {
        let detail = "must be a UUID or a name such as INC-42";
        return Err(Problem::parameters(vec![FieldError::parameter("id", detail)]));
    };
    let Ok(number) = digits.parse() else { return Err(unknown()) };
    let found = incident::id_of_number(from, caller.organization_id, number).await?;
    found.ok_or_else(unknown)
}

pub(crate) fn unknown() -> Problem {
    Problem::not_found("there is no incident with this identifier or name")
}

fn with_version(incident: Incident) -> Response {
    let tag = format!("\"{}\"", incident.version);
    with_header(one(body_of(incident)), header::ETAG, &tag)
}

fn body_of(incident: Incident) -> IncidentBody {
    IncidentBody {
        id: incident.id,
        key: format!("INC-{}", incident.number),
        number: incident.number,
        title: incident.title,
        rule_id: incident.identity.rule_id,
        rule_name: incident.rule_name,
        service_id: incident.identity.service_id,
        service_name: incident.service_name,
        department_id: incident.department_id,
        metric_type: incident.metric_type,
        operator: incident.operator,
        threshold: incident.threshold,
        opening_value: incident.opening_value,
        severity: incident.severity,
        status: incident.status,
        assignee: incident.assignee,
        violation_count: incident.violations.count,
        last_violation_at: incident.violations.last_at,
        peak_value: incident.violations.peak,
        opened_at: incident.opened_at,
        in_progress_at: incident.in_progress_at,
        recovered_at: incident.recovered_at,
        closed_at: incident.closed_at,
        version: incident.version,
        created_at: incident.created_at,
        updated_at: incident.updated_at,
    }
}
