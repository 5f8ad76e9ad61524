//! The web app: its files, and the one page that answers every path of it.
//!
//! What is not `/api`, `/healthz`, `/readyz` or `/metrics` belongs to the web app. A path that names a file is
//! answered with it. Any other path is one that the app itself understands, such as `/incidents/INC-42`, so a
//! browser that goes there gets the app's page. Only who names `text/html` in `Accept`, as browsers do when they go
//! somewhere, counts as such: a program that has mistyped a path learns it from a 404.
//!
//! Files under `assets/` have a hash of their content in their names and never change, so a missing one is never
//! answered with the page, and those there are may be kept for ever. All others are asked for again with their
//! `ETag`, so a new version of the app is seen at once.

use crate::app::App;
use crate::http::problem::Problem;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use std::borrow::Cow;
use tracely_web::{Accepted, Encoding, Found};

/// What the pages of the app may do: run its own scripts and styles, show its own pictures, call this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";
const PAGE: &str = "index.html";
const ASSETS: &str = "assets/";

/// What is shown when there is no web app.
const WITHOUT: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tracely</title></head>\
     <body><h1>Tracely</h1><p>This program was built without the web app; <code>make build</code> builds one with it.\
     </p><p>The API is there: <a href=\"/api/docs\">its reference</a>.</p></body></html>\n";

/// Answers `/`.
pub(crate) async fn root(State(app): State<App>, method: Method, headers: HeaderMap) -> Response {
    let found = app.settings().web.find(PAGE, &accepted(&headers));
    found.map_or_else(|| Html(WITHOUT).into_response(), |found| answer(found, PAGE, &method, &headers))
}

/// Answers every path that nothing else answers.
pub(crate) async fn serve(State(app): State<App>, request: Request) -> Response {
    let (method, headers) = (request.method(), request.headers());
    let name = request.uri().path().trim_start_matches('/');
    let is_read = method == Method::GET || method == Method::HEAD;
    if !is_read || is_of_api(name) || leads_elsewhere(name) {
        return not_found();
    }
    let accepted = accepted(headers);
    let files = &app.settings().web;
    if let Some(found) = files.find(name, &accepted) {
        return answer(found, name, method, headers);
    }
    if name.starts_with(ASSETS) || !goes_somewhere(headers) {
        return not_found();
    }
    files.find(PAGE, &accepted).map_or_else(not_found, |page| answer(page, PAGE, method, headers))
}

fn not_found() -> Response {
    Problem::not_found("there is nothing at this path; /api/docs describes what there is").into_response()
}

fn is_of_api(name: &str) -> bool {
    name == "api" || name.starts_with("api/")
}

/// Says whether a path tries to name something else than it seems to.
fn leads_elsewhere(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_disguised = ["%2e", "%2f", "%5c", "%00", "\\"].iter().any(|part| lower.contains(part));
    is_disguised || name.split('/').any(|part| part == "." || part == "..")
}

fn accepted(headers: &HeaderMap) -> Accepted {
    let values: Vec<&str> =
        headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    Accepted::parse(&values.join(","))
}

/// Says whether the request is a browser's that goes to a page.
fn goes_somewhere(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_html = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"));
        is_html && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn answer(found: Found, name: &str, method: &Method, headers: &HeaderMap) -> Response {
    let lasts = name.starts_with(ASSETS);
    let caching = if lasts { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = format!("\"{}\"", found.tag);
    let is_known = knows(headers, &tag);
    let size = found.content.len();
    let content = match found.content {
        _ if is_known || method == Method::HEAD => Body::empty(),
        Cow::Borrowed(content) => Body::from(Bytes::from_static(content)),
        Cow::Owned(content) => Body::from(content),
    };
    let mut response = content.into_response();
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    out.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    // Also on a 304: a browser takes its headers for those of the file it keeps (RFC 9111, section 4.3.4).
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(found.content_type));
    out.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    if found.encoding != Encoding::Identity {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(found.encoding.as_str()));
    }
    response
}

/// Says whether the client has this content already.
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}
