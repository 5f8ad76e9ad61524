//! `/api/views`: lists as a person keeps them, with filters and order.

use crate::app::App;
use crate::http::body::Fields;
use crate::http::caller::Caller;
use crate::http::envelope::{Many, One, created, one};
use crate::http::openapi::LongPageParams;
use crate::http::path::Path;
use crate::http::problem::{Failures, Problem};
use crate::http::query::{MAX_LIMIT, NoParams, Params, path_id};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tracely_core::id::SavedViewId;
use tracely_core::time::Timestamp;
use tracely_store::StoreError;
use tracely_store::saved_view::{self, SavedView};
use utoipa::ToSchema;

/// The most views that a person keeps, on all pages together.
const MAX_VIEWS: u64 = 100;
const MAX_NAME: usize = 100;
const MAX_QUERY: usize = 2_000;
/// The pages that have views.
const PAGES: [&str; 4] = ["incidents", "explore", "rules", "services"];

/// A list as a person keeps it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedView)]
pub struct SavedViewBody {
    /// Its identifier.
    id: SavedViewId,
    /// The page that it is a view of.
    #[schema(value_type = ViewPage)]
    page: String,
    /// What the person calls it.
    #[schema(example = "My live ones")]
    name: String,
    /// The query of the page's address.
    #[schema(example = "status=OPEN&assignee=ayse")]
    query: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// A page that has views.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ViewPage {
    /// The list of incidents.
    Incidents,
    /// Charts and points.
    Explore,
    /// The list of rules.
    Rules,
    /// The services.
    Services,
}

/// A view to keep.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedViewRequest {
    /// The page that it is a view of.
    pub page: ViewPage,
    /// What the person calls it; unique among their views of the page.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", example = "My live ones")]
    pub name: String,
    /// The query of the page's address; may be empty.
    #[schema(max_length = 2000, example = "status=OPEN&assignee=ayse")]
    pub query: String,
}

/// What to change about a view.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedViewPatch {
    /// The new name.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// The new query.
    #[schema(max_length = 2000, nullable = false)]
    pub query: Option<String>,
}

/// Lists the caller's views by name.
#[utoipa::path(
    get,
    path = "/views",
    tag = "people",
    params(
        ("page" = inline(Option<ViewPage>), Query, description = "Of this page"),
        LongPageParams,
    ),
    responses(
        (status = 200, description = "The views", body = Many<SavedViewBody>),
        Failures,
    )
)]
pub(crate) async fn list_views(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Many<SavedViewBody>>, Problem> {
    let of_page = params.text("page");
    if of_page.as_deref().is_some_and(|name| !PAGES.contains(&name)) {
        params.fail("page", format!("must be one of {}", PAGES.join(", ")));
    }
    let page = params.page_of(MAX_LIMIT);
    params.finish()?;
    let of_page = of_page.as_deref();
    let listed = saved_view::list(app.store(), caller.organization_id, &caller.name, of_page, page).await?;
    Ok(Many::of(listed, page, body_of))
}

/// Keeps a view for the caller. A person keeps at most 100.
#[utoipa::path(
    post,
    path = "/views",
    tag = "people",
    request_body = SavedViewRequest,
    responses(
        (status = 201, description = "The view is kept", body = One<SavedViewBody>),
        Failures,
    )
)]
pub(crate) async fn create_view(
    State(app): State<App>,
    caller: Caller,
    _: NoParams,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let page_of = |name: &str| PAGES.into_iter().find(|page| *page == name);
    let page = fields.required("page", |fields, field| fields.word(field, &PAGES, page_of));
    let name = fields.required("name", |fields, field| fields.text(field, 1, MAX_NAME));
    let query = fields.required("query", |fields, field| fields.text(field, 0, MAX_QUERY));
    fields.finish()?;
    let (page, name, query) = (page.unwrap_or_default(), name.unwrap_or_default(), query.unwrap_or_default());

    let (organization_id, person) = (caller.organization_id, caller.name.as_str());
    let tx = app.store().begin().await?;
    if saved_view::count(&tx, organization_id, person).await? >= MAX_VIEWS {
        let detail = format!("you keep {MAX_VIEWS} views, which is the limit; delete one first");
        return Err(Problem::conflict(detail));
    }
    let made = saved_view::create(&tx, organization_id, person, page, &name, &query).await;
    let made = made.map_err(|error| taken(error, &name))?;
    tx.commit().await?;
    let location = format!("/api/views/{}", made.id);
    Ok(created(body_of(made), &location))
}

/// Changes the name or the query of a view of the caller.
#[utoipa::path(
    patch,
    path = "/views/{id}",
    tag = "people",
    params(("id" = SavedViewId, Path, description = "The identifier")),
    request_body = SavedViewPatch,
    responses(
        (status = 200, description = "The view as it is now", body = One<SavedViewBody>),
        Failures,
    )
)]
pub(crate) async fn update_view(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
    mut fields: Fields,
) -> Result<Json<One<SavedViewBody>>, Problem> {
    let (name, query) = (fields.text("name", 1, MAX_NAME), fields.text("query", 0, MAX_QUERY));
    fields.finish()?;
    let (organization_id, person) = (caller.organization_id, caller.name.as_str());
    let tx = app.store().begin().await?;
    let before = saved_view::get(&tx, organization_id, person, path_id(&id)?).await?;
    let before = before.ok_or_else(unknown)?;
    let after = SavedView {
        name: name.unwrap_or_else(|| before.name.clone()),
        query: query.unwrap_or_else(|| before.query.clone()),
        ..before.clone()
    };
    if after == before {
        return Ok(one(body_of(before)));
    }
    let changed = saved_view::update(&tx, organization_id, person, &after).await;
    let changed = changed.map_err(|error| taken(error, &after.name))?.ok_or_else(unknown)?;
    tx.commit().await?;
    Ok(one(body_of(changed)))
}

/// Deletes a view of the caller.
#[utoipa::path(
    delete,
    path = "/views/{id}",
    tag = "people",
    params(("id" = SavedViewId, Path, description = "The identifier")),
    responses(
        (status = 204, description = "The view is deleted"),
        Failures,
    )
)]
pub(crate) async fn delete_view(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    let tx = app.store().begin().await?;
    if !saved_view::delete(&tx, caller.organization_id, &caller.name, path_id(&id)?).await? {
        return Err(unknown());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn unknown() -> Problem {
    Problem::not_found("you have no view with this identifier")
}

fn taken(error: StoreError, name: &str) -> Problem {
    match error {
        StoreError::Taken { .. } => Problem::conflict(format!("another of your views is called {name}")),
        other => other.into(),
    }
}

fn body_of(view: SavedView) -> SavedViewBody {
    let SavedView { id, page, name, query, created_at, updated_at } = view;
    SavedViewBody { id, page, name, query, created_at, updated_at }
}
