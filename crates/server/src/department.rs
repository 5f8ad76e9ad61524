//! `/api/departments`: the teams that incidents are routed to.

use crate::app::App;
use crate::http::body::Fields;
use crate::http::caller::Caller;
use crate::http::envelope::{Many, One, created, one};
use crate::http::openapi::{PageParams, SearchParam, SortDirection};
use crate::http::path::Path;
use crate::http::problem::{Failures, Problem};
use crate::http::query::{NoParams, Params};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tracely_core::id::DepartmentId;
use tracely_core::time::Timestamp;
use tracely_store::department::{self, Department, Sort, Uses};
use tracely_store::page::Direction;
use tracely_store::{Reads, StoreError};
use utoipa::ToSchema;

/// A team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Department)]
pub struct DepartmentBody {
    /// Its identifier.
    id: DepartmentId,
    /// What people call it.
    #[schema(example = "Network Operations")]
    name: String,
    /// What it does; may be empty.
    description: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// A department as it should be.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentRequest {
    /// What people call it; unique among the organization's departments.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "Network Operations")]
    pub name: String,
    /// What it does; empty when absent.
    #[schema(max_length = 2000, nullable = false)]
    pub description: Option<String>,
}

/// What departments may be sorted by.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum DepartmentSort {
    /// By name.
    Name,
    /// By the instant it was made.
    CreatedAt,
    /// By the instant it was last changed.
    UpdatedAt,
}

/// Lists departments.
#[utoipa::path(
    get,
    path = "/departments",
    tag = "departments",
    params(
        SearchParam,
        ("sort_by" = inline(Option<DepartmentSort>), Query, description = "What to sort by; name by default"),
        SortDirection,
        PageParams,
    ),
    responses(
        (status = 200, description = "A page of departments", body = Many<DepartmentBody>),
        Failures,
    )
)]
pub(crate) async fn list_departments(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Many<DepartmentBody>>, Problem> {
    let search = params.search();
    let keys = [("name", Sort::Name), ("created_at", Sort::CreatedAt), ("updated_at", Sort::UpdatedAt)];
    let sort = params.sort(&keys, Direction::Ascending);
    let page = params.page();
    params.finish()?;
    let listed = department::list(app.store(), caller.organization_id, search.as_deref(), sort, page).await?;
    Ok(Many::of(listed, page, body_of))
}

/// Makes a department.
#[utoipa::path(
    post,
    path = "/departments",
    tag = "departments",
    request_body = DepartmentRequest,
    responses(
        (status = 201, description = "The department is made", body = One<DepartmentBody>),
        Failures,
    )
)]
pub(crate) async fn create_department(
    State(app): State<App>,
    caller: Caller,
    _: NoParams,
    fields: Fields,
) -> Result<Response, Problem> {
    let (name, description) = read(fields)?;
    let tx = app.store().begin().await?;
    let made = department::create(&tx, caller.organization_id, &name, &description).await;
    let made = made.map_err(|error| taken(error, &name))?;
    tx.commit().await?;
    let location = format!("/api/departments/{}", made.id);
    Ok(created(body_of(made), &location))
}

/// Reads a department.
#[utoipa::path(
    get,
    path = "/departments/{id}",
    tag = "departments",
    params(("id" = DepartmentId, Path, description = "The identifier")),
    responses(
        (status = 200, description = "The department", body = One<DepartmentBody>),
        Failures,
    )
)]
pub(crate) async fn get_department(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<Json<One<DepartmentBody>>, Problem> {
    Ok(one(body_of(find(app.store(), &caller, &id).await?)))
}

/// Replaces a department's name and description.
#[utoipa::path(
    put,
    path = "/departments/{id}",
    tag = "departments",
    params(("id" = DepartmentId, Path, description = "The identifier")),
    request_body = DepartmentRequest,
    responses(
        (status = 200, description = "The department as it is now", body = One<DepartmentBody>),
        Failures,
    )
)]
pub(crate) async fn update_department(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
    fields: Fields,
) -> Result<Json<One<DepartmentBody>>, Problem> {
    let (name, description) = read(fields)?;
    let tx = app.store().begin().await?;
    let before = find(&tx, &caller, &id).await?;
    let after = Department { name, description, ..before };
    let changed = department::update(&tx, caller.organization_id, &after).await;
    let changed = changed.map_err(|error| taken(error, &after.name))?;
    tx.commit().await?;
    Ok(one(body_of(changed)))
}

/// Deletes a department that no rule and no live incident points at.
#[utoipa::path(
    delete,
    path = "/departments/{id}",
    tag = "departments",
    params(("id" = DepartmentId, Path, description = "The identifier")),
    responses(
        (status = 204, description = "The department is deleted"),
        Failures,
    )
)]
pub(crate) async fn delete_department(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    let tx = app.store().begin().await?;
    let found = find(&tx, &caller, &id).await?;
    let Uses { rules, live_incidents } = department::uses(&tx, caller.organization_id, found.id).await?;
    if rules > 0 || live_incidents > 0 {
        let name = found.name;
        let detail = format!(
            "{rules} rule(s) and {live_incidents} live incident(s) are routed to {name}; move them first"
        );
        return Err(Problem::conflict(detail));
    }
    department::delete(&tx, caller.organization_id, found.id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(mut fields: Fields) -> Result<(String, String), Problem> {
    let name = fields.required("name", |fields, field| fields.text(field, 1, 200));
    let description = fields.text("description", 0, 2_000);
    fields.finish()?;
    Ok((name.unwrap_or_default(), description.unwrap_or_default()))
}

async fn find(from: &impl Reads, caller: &Caller, id: &str) -> Result<Department, Problem> {
    let id = crate::http::query::path_id(id)?;
    let found = department::get(from, caller.organization_id, id).await?;
    found.ok_or_else(|| Problem::not_found("there is no department with this identifier"))
}

fn taken(error: StoreError, name: &str) -> Problem {
    match error {
        StoreError::Taken { .. } => Problem::conflict(format!("another department is called {name}")),
        other => other.into(),
    }
}

fn body_of(department: Department) -> DepartmentBody {
    let Department { id, name, description, created_at, updated_at } = department;
    DepartmentBody { id, name, description, created_at, updated_at }
}
