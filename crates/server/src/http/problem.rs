//! Errors as `application/problem+json` (RFC 9457). The status says what the reader should do, `type` is stable, and
//! `errors` names every field that is wrong, all at once.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use tracely_analytics::AnalyticsError;
use tracely_store::{StoreError, Trouble};
use utoipa::ToSchema;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response as Described, ResponseBuilder};

/// An error of the API.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem it is; stable, for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:tracely:problem:invalid-content")]
    kind: &'static str,
    /// The same in words.
    #[schema(example = "The content is invalid")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong this time.
    detail: String,
    /// Everything that is wrong with the request, one entry for each place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The states that the incident may move to, when it may not move to the one asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<String>>,
    #[serde(skip)]
    retry_after: Option<u32>,
}

/// What is wrong in one place of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where in the body, as a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/threshold")]
    pub pointer: Option<String>,
    /// Which parameter of the address or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "limit")]
    pub parameter: Option<String>,
    /// What is wrong there.
    #[schema(example = "must be a number")]
    pub detail: String,
}

impl FieldError {
    /// Names a place in the body.
    pub fn body(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, detail: detail.into() }
    }

    /// Names a parameter.
    pub fn parameter(parameter: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: None, parameter: Some(parameter.into()), detail: detail.into() }
    }
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            allowed: None,
            retry_after: None,
        }
    }

    /// 400: the request cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "urn:tracely:problem:malformed",
            "The request is malformed",
            detail,
        )
    }

    /// 400: parameters are wrong.
    pub fn parameters(errors: Vec<FieldError>) -> Self {
        let problem = Self::new(
            StatusCode::BAD_REQUEST,
            "urn:tracely:problem:invalid-parameters",
            "Parameters are invalid",
            "",
        );
        problem.with_errors(errors)
    }

    /// 422: the content can be read and is invalid.
    pub fn content(errors: Vec<FieldError>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, "urn:tracely:problem:invalid-content", "The content is invalid", "")
            .with_errors(errors)
    }

    /// 403: the request comes from where it must not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "urn:tracely:problem:forbidden", "Not allowed", detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "urn:tracely:problem:not-found", "Not found", detail)
    }

    /// 503: the database stores nothing now, for a reason that somebody has to remove.
    pub fn of_trouble(trouble: Trouble) -> Self {
        let detail = match trouble {
            Trouble::Full => {
                "the disk of the database is full; nothing can be stored until there is room again"
            }
            Trouble::ReadOnly => "the database can only be read now; nothing can be stored",
            Trouble::Disk => "the disk of the database fails; nothing can be stored",
        };
        Self::unavailable(detail, 5)
    }

    /// 405: the path exists, the method does not.
    pub fn method_not_allowed() -> Self {
        let detail = "this path does not take this method; the Allow header lists those it takes";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "urn:tracely:problem:method-not-allowed",
            "Method not allowed",
            detail,
        )
    }

    /// 409: what is asked for contradicts what is so.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "urn:tracely:problem:conflict",
            "It conflicts with the current state",
            detail,
        )
    }

    /// 409 for a step that the life cycle does not have, with those it has.
    pub fn step_refused(refused: &tracely_core::incident::StepRefused) -> Self {
        let allowed = refused.allowed.iter().map(ToString::to_string).collect();
        Self { allowed: Some(allowed), ..Self::conflict(refused.to_string()) }
    }

    /// 412: somebody else changed it first.
    pub fn stale(detail: impl Into<String>) -> Self {
        let status = StatusCode::PRECONDITION_FAILED;
        Self::new(status, "urn:tracely:problem:stale-version", "It was changed in the meantime", detail)
    }

    /// 413: more than a limit allows.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "urn:tracely:problem:too-large",
            "The request is too large",
            detail,
        )
    }

    /// 415: a format that is not understood.
    pub fn unsupported_media(detail: impl Into<String>) -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "urn:tracely:problem:unsupported-media-type", "The format is not supported", detail)
    }

    /// 422: more buckets, of all groups together, than an answer has.
    pub fn too_many_buckets(limit: usize) -> Self {
        let detail = format!(
            "would need more than {limit} buckets, which is max_buckets; choose a wider bucket, a shorter span or \
             fewer groups"
        );
        Self::content(vec![FieldError::parameter("bucket", detail)])
    }

    /// 503: it may work in `seconds`; nothing was stored.
    pub fn unavailable(detail: impl Into<String>, seconds: u32) -> Self {
        let problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "urn:tracely:problem:unavailable",
            "Not possible right now",
            detail,
        );
        Self { retry_after: Some(seconds), ..problem }
    }

    /// 500: a defect. What it is stands in the log of the process, not here.
    pub fn internal() -> Self {
        let detail = "an internal error occurred; it is in the server's log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "urn:tracely:problem:internal", "Internal error", detail)
    }

    fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.detail = errors
            .iter()
            .take(3)
            .map(|error| {
                let place = error.pointer.as_deref().or(error.parameter.as_deref()).unwrap_or_default();
                if place.is_empty() { error.detail.clone() } else { format!("{place} {}", error.detail) }
            })
            .collect::<Vec<_>>()
            .join("; ");
        if errors.len() > 3 {
            self.detail = format!("{}; and {} more", self.detail, errors.len() - 3);
        }
        self.errors = errors;
        self
    }

    /// Returns what is wrong, place by place.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let content_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The failures that every operation may answer with, for the OpenAPI document.
#[derive(Debug)]
pub struct Failures;

impl utoipa::IntoResponses for Failures {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let of = |description: &str| {
            let schema = Ref::from_schema_name("Problem");
            let content = ContentBuilder::new().schema(Some(schema)).build();
            let response =
                ResponseBuilder::new().description(description).content("application/problem+json", content);
            RefOr::T(response.build())
        };
        BTreeMap::from([
            ("4XX".to_owned(), of("The request is wrong; nothing was changed")),
            ("503".to_owned(), of("Not possible right now; try again after Retry-After")),
        ])
    }
}

/// What went wrong with the database is logged here, once, with its causes; the caller learns whether to try again.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Taken { .. } => Self::conflict("the name or key is already taken"),
            StoreError::TooManySeries { limit } => Self::content(vec![FieldError::body(
                "",
                format!("the organization has {limit} series, which is the limit; use fewer distinct labels"),
            )]),
            StoreError::ForeignMark => {
                let detail = "is not a cursor of this list";
                Self::content(vec![FieldError::parameter("cursor", detail)])
            }
            StoreError::Database { .. } | StoreError::PositionMoved { .. } => {
                tracing::error!(error = chain(&error), "the database failed a request");
                if let Some(trouble) = error.trouble() {
                    return Self::of_trouble(trouble);
                }
                Self::unavailable("the database does not answer as it should; try again", 1)
            }
            StoreError::Corrupt { .. }
            | StoreError::Newer(_)
            | StoreError::InUse
            | StoreError::Overtaken
            | StoreError::Absent(_)
            | StoreError::NotEmpty(_)
            | StoreError::HalfRestored
            | StoreError::ForeignBackup(_) => {
                tracing::error!(error = chain(&error), "a request failed");
                Self::internal()
            }
        }
    }
}

impl From<AnalyticsError> for Problem {
    fn from(error: AnalyticsError) -> Self {
        if let AnalyticsError::TooManyBuckets { limit, .. } = &error {
            return Self::too_many_buckets(*limit);
        }
        if let AnalyticsError::TooManyPoints { limit } = &error {
            let detail =
                format!("would need more than {limit} points; choose a shorter span or fewer services");
            return Self::content(vec![FieldError::body("/from", detail)]);
        }
        if let AnalyticsError::TooManyGroups { limit } = &error {
            let detail = format!("would make more than {limit} groups; ask for fewer series");
            return Self::content(vec![FieldError::parameter("group_by", detail)]);
        }
        if let AnalyticsError::TooManySlots { limit } = &error {
            let detail = format!(
                "would need more than {limit} intervals, which is max_slots; choose a longer interval, a shorter span \
                 or fewer series"
            );
            return Self::content(vec![FieldError::parameter("interval_seconds", detail)]);
        }
        tracing::error!(error = chain(&error), "an analytics question failed");
        Self::internal()
    }
}

/// Writes an error with all its causes, for the log of the process.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
