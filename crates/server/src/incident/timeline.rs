//! `GET /api/incidents/{id}/events` and `GET /api/timeline`: the history of one incident, and of all together.

use super::{resolve, unknown};
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::{Long, Many};
use crate::http::openapi::{PageParams, SortDirection, TurnParams};
use crate::http::path::Path;
use crate::http::problem::{Failures, Problem};
use crate::http::query::Params;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tracely_core::id::{IncidentId, ServiceId, TimelineEventId};
use tracely_core::incident::TimelineKind;
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;
use tracely_store::incident::{self, timeline};
use tracely_store::page::Direction;
use utoipa::ToSchema;

/// An entry in an incident's history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineEvent)]
pub struct TimelineEventBody {
    /// Its identifier.
    id: TimelineEventId,
    /// The incident.
    incident_id: IncidentId,
    /// What it tells.
    kind: TimelineKind,
    /// Who did it; null for the system.
    actor: Option<String>,
    /// What was so before.
    old_value: Option<String>,
    /// What is so since: a state, a severity, a name, a comment's identifier, or the value of the point.
    new_value: Option<String>,
    /// When it happened.
    created_at: Timestamp,
}

/// Lists the history of an incident, oldest first by default.
#[utoipa::path(
    get,
    path = "/incidents/{id}/events",
    tag = "incidents",
    params(
        ("id" = String, Path, description = "The identifier, or the name such as INC-42", pattern = "^(INC-[0-9]{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"),
        SortDirection,
        PageParams,
    ),
    responses(
        (status = 200, description = "A page of the history", body = Many<TimelineEventBody>),
        Failures,
    )
)]
pub(crate) async fn list_incident_events(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Many<TimelineEventBody>>, Problem> {
    let direction = params.direction(Direction::Ascending);
    let page = params.page();
    params.finish()?;
    let id = resolve(app.store(), &caller, &id).await?;
    incident::get(app.store(), caller.organization_id, id).await?.ok_or_else(unknown)?;
    let listed = timeline::list(app.store(), caller.organization_id, id, direction, page).await?;
    Ok(Many::of(listed, page, body_of))
}

/// An entry in the history of all incidents.
#[derive(Debug, Serialize, ToSchema)]
pub struct Happening {
    /// What happened.
    #[serde(flatten)]
    event: TimelineEventBody,
    /// The name people call the incident by.
    #[schema(example = "INC-42")]
    incident_key: String,
    /// The incident's title.
    title: String,
    /// How bad it is now.
    severity: Severity,
    /// The service that violated the rule.
    service_id: ServiceId,
    /// The service's name when the incident opened.
    service_name: String,
}

/// Lists the history of all incidents together, newest first.
#[utoipa::path(
    get,
    path = "/timeline",
    tag = "incidents",
    params(
        ("from" = Option<Timestamp>, Query, description = "Happened at this instant or later"),
        ("to" = Option<Timestamp>, Query, description = "Happened before this instant"),
        TurnParams,
    ),
    responses(
        (status = 200, description = "A page of the history", body = Long<Happening>),
        Failures,
    )
)]
pub(crate) async fn list_timeline(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Long<Happening>>, Problem> {
    let (from, to) = params.span();
    let turn = params.turn();
    params.finish()?;
    let listed = timeline::list_all(app.store(), caller.organization_id, from, to, &turn.slice).await?;
    Ok(Long::of(listed, &turn, |happening| {
        let timeline::Happening { event, incident_number, title, severity, service_id, service_name } =
            happening;
        let incident_key = format!("INC-{incident_number}");
        Happening { event: body_of(event), incident_key, title, severity, service_id, service_name }
    }))
}

fn body_of(event: timeline::TimelineEvent) -> TimelineEventBody {
    let timeline::TimelineEvent { id, incident_id, kind, actor, old_value, new_value, created_at } = event;
    TimelineEventBody { id, incident_id, kind, actor, old_value, new_value, created_at }
}
