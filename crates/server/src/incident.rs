//! `/api/incidents`: what people work on.

pub(crate) mod assignee;
pub(crate) mod change;
pub(crate) mod comment;
pub(crate) mod list;
pub(crate) mod summary;
pub(crate) mod timeline;

use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::{One, one, with_header};
use crate::http::path::Path;
use crate::http::problem::{Failures, FieldError, Problem};
use crate::http::query::NoParams;
use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use serde::Serialize;
use tracely_core::id::{DepartmentId, IncidentId, RuleId, ServiceId};
use tracely_core::incident::{Incident, Status};
use tracely_core::rule::{Operator, Severity};
use tracely_core::time::Timestamp;
use tracely_store::{Reads, incident};
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
