//! `GET /api/me`: who calls.

use crate::http::caller::Caller;
use crate::http::envelope::{One, one};
use crate::http::problem::Failures;
use crate::http::query::NoParams;
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The name they are shown by.
    #[schema(example = "operator")]
    person: String,
    /// The name of their organization.
    #[schema(example = "default")]
    organization: &'static str,
}

/// Tells who calls.
#[utoipa::path(
    get,
    path = "/me",
    tag = "people",
    responses(
        (status = 200, description = "The caller", body = One<Me>),
        Failures,
    )
)]
pub(crate) async fn get_me(caller: Caller, _: NoParams) -> Json<One<Me>> {
    one(Me { person: caller.name, organization: caller.organization })
}
