//! The shape of every answer: `{"data": …}` for one, `{"data": […], "meta": {…}}` for a list.

use super::cursor::Turn;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracely_store::page::{Listed, Page, Total};
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
    /// Points that were accepted this many seconds ago and later may be missing, since the search cluster does not have
    /// them yet. Absent when nothing is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false)]
    pub behind_seconds: Option<u64>,
}

/// One page of a list that may be very long.
#[derive(Debug, Serialize, ToSchema)]
pub struct Long<T> {
    /// The rows of the page.
    pub data: Vec<T>,
    /// Where the page lies in the list, and where to read on.
    pub meta: LongMeta,
}

/// Where a page lies in a list that may be very long, and where to read on.
#[derive(Debug, Serialize, ToSchema)]
pub struct LongMeta {
    /// How many rows the whole list has; with a cursor, as it was when the first page was read.
    #[schema(minimum = 0)]
    total: u64,
    /// Whether there may be more rows than `total` says: they were not counted further.
    total_is_at_least: bool,
    /// How many rows the page may have.
    #[schema(minimum = 1)]
    limit: u64,
    /// How many rows come before the page; with a cursor, how many the pages before had.
    #[schema(minimum = 0)]
    offset: u64,
    /// The `cursor` of the next page; null when this is the last one.
    next_cursor: Option<String>,
}

impl<T> Long<T> {
    /// Makes a page from what the store listed.
    pub fn of<U>(listed: Listed<U>, turn: &Turn, convert: impl Fn(U) -> T) -> Json<Self> {
        let meta = LongMeta {
            total: listed.total.number(),
            total_is_at_least: matches!(listed.total, Total::AtLeast(_)),
            limit: turn.slice.limit,
            offset: turn.offset,
            next_cursor: turn.next(&listed),
        };
        Json(Self { data: listed.rows.into_iter().map(convert).collect(), meta })
    }
}

impl<T> Many<T> {
    /// Makes a page from what the store listed.
    pub fn of<U>(listed: Listed<U>, page: Page, convert: impl Fn(U) -> T) -> Json<Self> {
        let (total, limit, offset) = (listed.total.number(), page.limit, page.offset);
        let meta = Meta { total, limit, offset, incomplete: false, behind_seconds: None };
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
