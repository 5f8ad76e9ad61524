//! `/api/notifications`: the inbox of each department, as the caller sees it.

use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::{Long, One, one};
use crate::http::openapi::{SearchParam, SortDirection, TurnParams};
use crate::http::path::Path;
use crate::http::problem::{Failures, Problem};
use crate::http::query::{NoParams, Params, path_id};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tracely_core::id::{DepartmentId, IncidentId, NotificationId};
use tracely_core::routing::NotificationKind;
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;
use tracely_store::notification::{self, Notification, NotificationFilter};
use tracely_store::page::{Direction, Total};
use utoipa::ToSchema;

/// An inbox entry of a department.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub struct NotificationBody {
    /// Its identifier.
    id: NotificationId,
    /// Whose inbox it is in.
    department_id: DepartmentId,
    /// The incident that it is about.
    incident_id: IncidentId,
    /// The name of that incident.
    #[schema(example = "INC-42")]
    incident_key: String,
    /// What it tells.
    kind: NotificationKind,
    /// How bad the incident was then.
    severity: Severity,
    /// The sentence to show.
    #[schema(example = "INC-42 opened: Latency of Superonline above 150 ms: 412.5 ms")]
    message: String,
    /// Whether the caller has read it.
    is_read: bool,
    /// When it was made.
    created_at: Timestamp,
}

/// How many notifications are unread.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadCount {
    /// The number.
    count: u64,
    /// Whether there may be more than `count` says: they were not counted further.
    count_is_at_least: bool,
}

/// How many notifications were marked.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarkedCount {
    /// The number of those that were unread before.
    marked: u64,
}

/// Lists notifications, newest first by default.
#[utoipa::path(
    get,
    path = "/notifications",
    tag = "notifications",
    params(
        ("department_id" = Option<Vec<DepartmentId>>, Query, description = "In the inboxes of these departments"),
        ("incident_id" = Option<Vec<IncidentId>>, Query, description = "About these incidents"),
        ("kind" = Option<Vec<NotificationKind>>, Query, description = "Of these kinds"),
        ("severity" = Option<Vec<Severity>>, Query, description = "About incidents that were so severe"),
        ("is_read" = Option<bool>, Query, description = "That the caller has read, or has not"),
        SearchParam,
        ("sort_by" = inline(Option<NotificationSort>), Query, description = "What to sort by; created_at is all there is"),
        SortDirection,
        TurnParams,
    ),
    responses(
        (status = 200, description = "A page of notifications", body = Long<NotificationBody>),
        Failures,
    )
)]
pub(crate) async fn list_notifications(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Long<NotificationBody>>, Problem> {
    let filter = NotificationFilter {
        department_ids: params.ids("department_id"),
        incident_ids: params.ids("incident_id"),
        kinds: params.words("kind", NotificationKind::NAMES, NotificationKind::parse),
        severities: params.words("severity", Severity::NAMES, Severity::parse),
        is_read: params.boolean("is_read"),
        search: params.search(),
    };
    let ((), direction) = params.sort(&[("created_at", ())], Direction::Descending);
    let turn = params.turn();
    params.finish()?;
    let (store, organization_id) = (app.store(), caller.organization_id);
    let listed =
        notification::list(store, organization_id, &caller.name, &filter, direction, &turn.slice).await?;
    Ok(Long::of(listed, &turn, body_of))
}

/// What notifications may be sorted by.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum NotificationSort {
    /// By the instant it was made.
    CreatedAt,
}

/// Reads a notification.
#[utoipa::path(
    get,
    path = "/notifications/{id}",
    tag = "notifications",
    params(("id" = NotificationId, Path, description = "The identifier")),
    responses(
        (status = 200, description = "The notification", body = One<NotificationBody>),
        Failures,
    )
)]
pub(crate) async fn get_notification(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<Json<One<NotificationBody>>, Problem> {
    let found = notification::get(app.store(), caller.organization_id, &caller.name, path_id(&id)?).await?;
    Ok(one(body_of(found.ok_or_else(unknown)?)))
}

/// Marks a notification as read for the caller.
#[utoipa::path(
    post,
    path = "/notifications/{id}/read",
    tag = "notifications",
    params(("id" = NotificationId, Path, description = "The identifier")),
    responses(
        (status = 200, description = "The notification as it is now", body = One<NotificationBody>),
        Failures,
    )
)]
pub(crate) async fn read_notification(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<Json<One<NotificationBody>>, Problem> {
    mark(&app, &caller, path_id(&id)?, true).await
}

/// Marks a notification as unread for the caller.
#[utoipa::path(
    post,
    path = "/notifications/{id}/unread",
    tag = "notifications",
    params(("id" = NotificationId, Path, description = "The identifier")),
    responses(
        (status = 200, description = "The notification as it is now", body = One<NotificationBody>),
        Failures,
    )
)]
pub(crate) async fn unread_notification(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<Json<One<NotificationBody>>, Problem> {
    mark(&app, &caller, path_id(&id)?, false).await
}

/// Marks all notifications as read for the caller, optionally in some departments only.
#[utoipa::path(
    post,
    path = "/notifications/read-all",
    tag = "notifications",
    params(("department_id" = Option<Vec<DepartmentId>>, Query, description = "In the inboxes of these departments only")),
    responses(
        (status = 200, description = "How many were marked", body = One<MarkedCount>),
        Failures,
    )
)]
pub(crate) async fn read_all_notifications(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<One<MarkedCount>>, Problem> {
    let departments = params.ids("department_id");
    params.finish()?;
    let tx = app.store().begin().await?;
    let marked = notification::mark_all_read(&tx, caller.organization_id, &caller.name, &departments).await?;
    tx.commit().await?;
    Ok(one(MarkedCount { marked }))
}

/// Counts what the caller has not read, optionally in some departments only.
#[utoipa::path(
    get,
    path = "/notifications/unread-count",
    tag = "notifications",
    params(("department_id" = Option<Vec<DepartmentId>>, Query, description = "In the inboxes of these departments only")),
    responses(
        (status = 200, description = "How many are unread", body = One<UnreadCount>),
        Failures,
    )
)]
pub(crate) async fn count_unread_notifications(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<One<UnreadCount>>, Problem> {
    let departments = params.ids("department_id");
    params.finish()?;
    let organization_id = caller.organization_id;
    let count = notification::unread_count(app.store(), organization_id, &caller.name, &departments).await?;
    let count_is_at_least = matches!(count, Total::AtLeast(_));
    Ok(one(UnreadCount { count: count.number(), count_is_at_least }))
}

async fn mark(
    app: &App,
    caller: &Caller,
    id: NotificationId,
    is_read: bool,
) -> Result<Json<One<NotificationBody>>, Problem> {
    let tx = app.store().begin().await?;
    let found =
        notification::get(&tx, caller.organization_id, &caller.name, id).await?.ok_or_else(unknown)?;
    if found.is_read != is_read {
        notification::mark(&tx, caller.organization_id, &caller.name, id, is_read).await?;
        tx.commit().await?;
    }
    Ok(one(body_of(Notification { is_read, ..found })))
}

fn unknown() -> Problem {
    Problem::not_found("there is no notification with this identifier")
}

fn body_of(notification: Notification) -> NotificationBody {
    NotificationBody {
        id: notification.id,
        department_id: notification.department_id,
        incident_id: notification.incident_id,
        incident_key: format!("INC-{}", notification.incident_number),
        kind: notification.kind,
        severity: notification.severity,
        message: notification.message,
        is_read: notification.is_read,
        created_at: notification.created_at,
    }
}
