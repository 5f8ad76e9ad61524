//! `/api/incidents/{id}/comments`: what people wrote under an incident.

use super::{resolve, unknown};
use crate::app::App;
use crate::http::body::Fields;
use crate::http::caller::Caller;
use crate::http::envelope::{Many, One, created};
use crate::http::openapi::{PageParams, SortDirection};
use crate::http::path::Path;
use crate::http::problem::{Failures, FieldError, Problem};
use crate::http::query::{NoParams, Params};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tracely_core::id::{CommentId, IncidentId};
use tracely_core::time::Timestamp;
use tracely_store::incident::{self, comment};
use tracely_store::page::Direction;
use utoipa::ToSchema;

/// What a person wrote under an incident.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub struct CommentBody {
    /// Its identifier.
    id: CommentId,
    /// The incident.
    incident_id: IncidentId,
    /// Who wrote it.
    author: String,
    /// What was written, as Markdown.
    body: String,
    /// When it was written.
    created_at: Timestamp,
}

/// A comment to add.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentRequest {
    /// What to write, as Markdown.
    #[schema(
        min_length = 1,
        max_length = 10_000,
        pattern = r"\S",
        example = "The upstream router was restarted."
    )]
    pub body: String,
}

/// Lists the comments of an incident, oldest first by default.
#[utoipa::path(
    get,
    path = "/incidents/{id}/comments",
    tag = "incidents",
    params(
        ("id" = String, Path, description = "The identifier, or the name such as INC-42", pattern = "^(INC-[0-9]{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"),
        SortDirection,
        PageParams,
    ),
    responses(
        (status = 200, description = "A page of comments", body = Many<CommentBody>),
        Failures,
    )
)]
pub(crate) async fn list_comments(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Many<CommentBody>>, Problem> {
    let direction = params.direction(Direction::Ascending);
    let page = params.page();
    params.finish()?;
    let id = resolve(app.store(), &caller, &id).await?;
    incident::get(app.store(), caller.organization_id, id).await?.ok_or_else(unknown)?;
    let listed = comment::list(app.store(), caller.organization_id, id, direction, page).await?;
    Ok(Many::of(listed, page, body_of))
}

/// Adds a comment to an incident.
#[utoipa::path(
    post,
    path = "/incidents/{id}/comments",
    tag = "incidents",
    params(("id" = String, Path, description = "The identifier, or the name such as INC-42", pattern = "^(INC-[0-9]{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")),
    request_body = CommentRequest,
    responses(
        (status = 201, description = "The comment is added", body = One<CommentBody>),
        Failures,
    )
)]
pub(crate) async fn create_comment(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let body = fields.required("body", |fields, field| fields.text(field, 1, 10_000));
    fields.finish()?;
    let tx = app.store().begin().await?;
    let id = resolve(&tx, &caller, &id).await?;
    let of = incident::lock(&tx, caller.organization_id, id).await?.ok_or_else(unknown)?;
    let made = comment::create(&tx, &of, caller.actor(), &body.unwrap_or_default()).await?;
    tx.commit().await?;
    let location = format!("/api/incidents/{id}/comments/{}", made.id);
    Ok(created(body_of(made), &location))
}

/// Removes a comment. The history keeps that it was there.
#[utoipa::path(
    delete,
    path = "/incidents/{id}/comments/{comment_id}",
    tag = "incidents",
    params(
        ("id" = String, Path, description = "The identifier, or the name such as INC-42", pattern = "^(INC-[0-9]{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"),
        ("comment_id" = CommentId, Path, description = "The comment's identifier"),
    ),
    responses(
        (status = 204, description = "The comment is removed"),
        Failures,
    )
)]
pub(crate) async fn delete_comment(
    State(app): State<App>,
    caller: Caller,
    Path((id, comment_id)): Path<(String, String)>,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    let wrong = |_| Problem::parameters(vec![FieldError::parameter("comment_id", "must be a UUID")]);
    let comment_id: CommentId = comment_id.parse().map_err(wrong)?;
    let tx = app.store().begin().await?;
    let id = resolve(&tx, &caller, &id).await?;
    let of = incident::lock(&tx, caller.organization_id, id).await?.ok_or_else(unknown)?;
    let found = comment::get(&tx, caller.organization_id, id, comment_id).await?;
    found.ok_or_else(|| Problem::not_found("this incident has no comment with this identifier"))?;
    comment::delete(&tx, &of, comment_id, caller.actor()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn body_of(comment: comment::Comment) -> CommentBody {
    let comment::Comment { id, incident_id, author, body, created_at } = comment;
    CommentBody { id, incident_id, author, body, created_at }
}
