//! `GET /api/incidents/assignees`: who works on incidents.

use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::Many;
use crate::http::openapi::{LongPageParams, SearchParam};
use crate::http::problem::{Failures, Problem};
use crate::http::query::{MAX_LIMIT, Params};
use axum::Json;
use axum::extract::State;
use tracely_store::incident;

/// Lists everybody who works or worked on an incident, by name.
#[utoipa::path(
    get,
    path = "/incidents/assignees",
    tag = "incidents",
    params(SearchParam, LongPageParams),
    responses(
        (status = 200, description = "A page of names", body = Many<String>),
        Failures,
    )
)]
pub(crate) async fn list_assignees(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Many<String>>, Problem> {
    let search = params.search();
    let page = params.page_of(MAX_LIMIT);
    params.finish()?;
    let listed = incident::assignees(app.store(), caller.organization_id, search.as_deref(), page).await?;
    Ok(Many::of(listed, page, |name| name))
}
