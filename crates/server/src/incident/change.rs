//! `PATCH /api/incidents/{id}`: what people change about an incident.

use super::{IncidentBody, resolve, unknown, with_version};
use crate::app::App;
use crate::http::body::Fields;
use crate::http::caller::Caller;
use crate::http::envelope::One;
use crate::http::path::Path;
use crate::http::problem::{Failures, FieldError, Problem};
use crate::http::query::NoParams;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde_json::Value;
use tracely_core::id::DepartmentId;
use tracely_core::incident::{Amendment, Incident, Status, amend};
use tracely_core::rule::Severity;
use tracely_store::{Tx, department, incident};
use utoipa::ToSchema;

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
