//! The shape of every answer: `{"data": …}` for one, `{"data": […], "meta": {…}}` for a list.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracely_store::page::{Listed, Page};
use utoipa::ToSchema;

/// One thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct One<T> {
    /// The thing.
    pub data: T,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Many<T> {
    /// The rows of the page.
    pub data: Vec<T>,
    /// Where the page lies in the list.
    pub meta: Meta,
}

/// Where a page lies in its list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meta {
    /// How many rows the whole list has.
    #[schema(minimum = 0)]
    pub total: u64,
    /// How many rows the page may have.
    #[schema(minimum = 1)]
    pub limit: u64,
    /// How many rows come before the page.
    #[schema(minimum = 0)]
    pub offset: u64,
    /// Points may be missing, since a segment cannot be read; `/api/system` names it. Absent when nothing is missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub incomplete: bool,
}

impl<T> Many<T> {
    /// Makes a page from what the store listed.
    pub fn of<U>(listed: Listed<U>, page: Page, convert: impl Fn(U) -> T) -> Json<Self> {
        let meta = Meta { total: listed.total, limit: page.limit, offset: page.offset, incomplete: false };
        Json(Self { data: listed.rows.into_iter().map(convert).collect(), meta })
    }
}

/// Answers 200 with one thing.
pub fn one<T>(data: T) -> Json<One<T>> {
    Json(One { data })
}

/// Answers 201 with a new thing and where it is.
pub fn created<T: Serialize>(data: T, location: &str) -> Response {
    with_header((StatusCode::CREATED, one(data)), header::LOCATION, location)
}

/// Adds a header to an answer.
pub fn with_header(answer: impl IntoResponse, name: HeaderName, value: &str) -> Response {
    let mut response = answer.into_response();
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
