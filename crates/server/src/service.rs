//! `/api/services`: the monitored things.

pub(crate) mod overview;

use crate::app::App;
use crate::http::body::Fields;
use crate::http::caller::Caller;
use crate::http::envelope::{Many, One, created, one};
use crate::http::openapi::{PageParams, SearchParam, SortDirection};
use crate::http::path::Path;
use crate::http::problem::{Failures, FieldError, Problem};
use crate::http::query::{NoParams, Params};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tracely_core::id::ServiceId;
use tracely_core::time::Timestamp;
use tracely_store::page::Direction;
use tracely_store::service::{self, Service, Sort};
use tracely_store::{Reads, StoreError, incident};
use utoipa::ToSchema;

/// A monitored thing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Service)]
pub struct ServiceBody {
    /// Its identifier.
    id: ServiceId,
    /// A short name for machines, unique among the organization's services.
    #[schema(example = "superonline")]
    key: String,
    /// What people call it.
    #[schema(example = "Superonline")]
    name: String,
    /// What it is; may be empty.
    description: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// A service to make.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceRequest {
    /// A short name for machines; made from the name when absent.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[a-z0-9][a-z0-9._-]*$",
        example = "superonline",
        nullable = false
    )]
    pub key: Option<String>,
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "Superonline")]
    pub name: String,
    /// What it is.
    #[schema(max_length = 2000, nullable = false)]
    pub description: Option<String>,
}

/// What to change about a service.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServicePatch {
    /// The new key. Whoever sends points by the old key must change too.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9._-]*$", nullable = false)]
    pub key: Option<String>,
    /// The new name.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// The new description.
    #[schema(max_length = 2000, nullable = false)]
    pub description: Option<String>,
}

/// What services may be sorted by.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ServiceSort {
    /// By name.
    Name,
    /// By key.
    Key,
    /// By the instant it was made.
    CreatedAt,
    /// By the instant it was last changed.
    UpdatedAt,
}

const MAX_NAME: usize = 200;
const MAX_DESCRIPTION: usize = 2_000;

/// Lists services.
#[utoipa::path(
    get,
    path = "/services",
    tag = "services",
    params(
        SearchParam,
        ("sort_by" = inline(Option<ServiceSort>), Query, description = "What to sort by; name by default"),
        SortDirection,
        PageParams,
    ),
    responses(
        (status = 200, description = "A page of services", body = Many<ServiceBody>),
        Failures,
    )
)]
pub(crate) async fn list_services(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Many<ServiceBody>>, Problem> {
    let search = params.search();
    let keys = [
        ("name", Sort::Name),
        ("key", Sort::Key),
        ("created_at", Sort::CreatedAt),
        ("updated_at", Sort::UpdatedAt),
    ];
    let sort = params.sort(&keys, Direction::Ascending);
    let page = params.page();
    params.finish()?;
    let listed = service::list(app.store(), caller.organization_id, search.as_deref(), sort, page).await?;
    Ok(Many::of(listed, page, body_of))
}

/// Makes a service.
#[utoipa::path(
    post,
    path = "/services",
    tag = "services",
    request_body = ServiceRequest,
    responses(
        (status = 201, description = "The service is made", body = One<ServiceBody>),
        Failures,
    )
)]
pub(crate) async fn create_service(
    State(app): State<App>,
    caller: Caller,
    _: NoParams,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let name = fields.required("name", |fields, field| fields.text(field, 1, MAX_NAME));
    let key = take_key(&mut fields);
    let description = fields.text("description", 0, MAX_DESCRIPTION).unwrap_or_default();
    fields.finish()?;
    let name = name.unwrap_or_default();

    let made = loop {
        let tx = app.store().begin().await?;
        let own = match &key {
            Some(key) => key.clone(),
            None => free_key(&tx, &caller, &slug(&name)).await?,
        };
        match service::create(&tx, caller.organization_id, &own, &name, &description).await {
            Ok(made) => {
                tx.commit().await?;
                break made;
            }
            // Somebody else took the free key in between; the next one is another.
            Err(StoreError::Taken { .. }) if key.is_none() => (),
            Err(error) => return Err(taken(error, &own)),
        }
    };
    app.registry().forget_catalog(caller.organization_id);
    let location = format!("/api/services/{}", made.id);
    Ok(created(body_of(made), &location))
}

/// Reads a service, by its identifier or key.
#[utoipa::path(
    get,
    path = "/services/{id}",
    tag = "services",
    params(("id" = String, Path, description = "The identifier or the key")),
    responses(
        (status = 200, description = "The service", body = One<ServiceBody>),
        Failures,
    )
)]
pub(crate) async fn get_service(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<Json<One<ServiceBody>>, Problem> {
    Ok(one(body_of(find(app.store(), &caller, &id).await?)))
}

/// Changes a service, found by its identifier or key.
#[utoipa::path(
    patch,
    path = "/services/{id}",
    tag = "services",
    params(("id" = String, Path, description = "The identifier or the key")),
    request_body = ServicePatch,
    responses(
        (status = 200, description = "The service as it is now", body = One<ServiceBody>),
        Failures,
    )
)]
pub(crate) async fn update_service(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
    mut fields: Fields,
) -> Result<Json<One<ServiceBody>>, Problem> {
    let key = take_key(&mut fields);
    let name = fields.text("name", 1, MAX_NAME);
    let description = fields.text("description", 0, MAX_DESCRIPTION);
    fields.finish()?;

    let tx = app.store().begin().await?;
    let before = find(&tx, &caller, &id).await?;
    let after = Service {
        key: key.unwrap_or_else(|| before.key.clone()),
        name: name.unwrap_or_else(|| before.name.clone()),
        description: description.unwrap_or_else(|| before.description.clone()),
        ..before.clone()
    };
    if after == before {
        return Ok(one(body_of(before)));
    }
    let changed = service::update(&tx, caller.organization_id, &after).await;
    let changed = changed.map_err(|error| taken(error, &after.key))?;
    tx.commit().await?;
    app.registry().forget_catalog(caller.organization_id);
    Ok(one(body_of(changed)))
}

/// Deletes a service that has no live incident. Its closed incidents and its points stay.
#[utoipa::path(
    delete,
    path = "/services/{id}",
    tag = "services",
    params(("id" = String, Path, description = "The identifier or the key")),
    responses(
        (status = 204, description = "The service is deleted"),
        Failures,
    )
)]
pub(crate) async fn delete_service(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    let tx = app.store().begin().await?;
    let found = find(&tx, &caller, &id).await?;
    let live = incident::live_of_service(&tx, caller.organization_id, found.id).await?;
    if live > 0 {
        let detail = format!("{} has {live} live incident(s); close them first", found.name);
        return Err(Problem::conflict(detail));
    }
    service::delete(&tx, caller.organization_id, found.id).await?;
    tx.commit().await?;
    app.registry().forget_catalog(caller.organization_id);
    Ok(StatusCode::NO_CONTENT)
}

async fn find(from: &impl Reads, caller: &Caller, id: &str) -> Result<Service, Problem> {
    let found = match id.parse::<ServiceId>() {
        Ok(id) => service::get(from, caller.organization_id, id).await?,
        Err(_) if is_key(id) => service::by_key(from, caller.organization_id, id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| Problem::not_found("there is no service with this identifier or key"))
}

fn take_key(fields: &mut Fields) -> Option<String> {
    let key = fields.text("key", 1, 64)?;
    if is_key(&key) {
        return Some(key);
    }
    let detail =
        "must be lower-case letters, digits, '.', '_' or '-', beginning with a letter or digit, and no UUID";
    fields.fail("key", detail);
    None
}

fn is_key(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
        })
        && text.parse::<ServiceId>().is_err()
}

/// Makes a key from a name: "TV+ Canlı" becomes `tv-canli`.
fn slug(name: &str) -> String {
    let mut key = String::new();
    for character in name.to_lowercase().chars() {
        let plain = match character {
            'ç' => 'c',
            'ğ' => 'g',
            'ı' | 'î' => 'i',
            'ö' => 'o',
            'ş' => 's',
            'ü' | 'û' => 'u',
            'â' => 'a',
            // Lower-case İ is an i and a dot above it.
            '\u{307}' => continue,
            other => other,
        };
        if plain.is_ascii_alphanumeric() {
            key.push(plain);
        } else if !key.is_empty() && !key.ends_with('-') {
            key.push('-');
        }
        if key.len() >= 50 {
            break;
        }
    }
    let key = key.trim_end_matches('-');
    if key.is_empty() { "service".into() } else { key.into() }
}

/// Finds a key that is not taken: `tv`, `tv-2`, `tv-3`, …
async fn free_key(from: &impl Reads, caller: &Caller, base: &str) -> Result<String, Problem> {
    for number in 1..1_000 {
        let key = if number == 1 { base.to_owned() } else { format!("{base}-{number}") };
        if service::by_key(from, caller.organization_id, &key).await?.is_none() {
            return Ok(key);
        }
    }
    Err(Problem::content(vec![FieldError::body("/key", "is required: too many services have this name")]))
}

fn taken(error: StoreError, key: &str) -> Problem {
    match error {
        StoreError::Taken { .. } => Problem::conflict(format!("another service has the key {key}")),
        other => other.into(),
    }
}

fn body_of(service: Service) -> ServiceBody {
    let Service { id, key, name, description, created_at, updated_at } = service;
    ServiceBody { id, key, name, description, created_at, updated_at }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_key_is_made_from_a_name() {
        assert_eq!(slug("Superonline"), "superonline");
        assert_eq!(slug("TV+ Canlı Yayın"), "tv-canli-yayin");
        assert_eq!(slug("İŞ  ÇÖZÜM"), "is-cozum");
        assert_eq!(slug("日本"), "service");
    }
}
