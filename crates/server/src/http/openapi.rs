//! The router and the OpenAPI document, from the same list: the table of contents of the API.

use super::guard;
use super::problem::Problem;
use super::reference;
use crate::app::App;
use crate::{
    analytics, department, health, incident, live, me, metric, metric_type, notification, rule, saved_view,
    service, system, telemetry, web,
};
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Router, middleware};
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::decompression::RequestDecompressionLayer;
use utoipa::{IntoParams, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How long a request may take before it is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tracely",
        description = "Points in, rules decide, incidents open, the right people hear of it.\n\nOne thing is answered as `{\"data\": …}`, a list as `{\"data\": […], \"meta\": {\"total\", \"limit\", \"offset\"}}`. Filters may repeat or list values with commas. Unknown parameters and fields are refused. Instants are RFC 3339 in UTC. Errors are `application/problem+json` (RFC 9457) and name every wrong field at once.",
        license(name = "MIT", identifier = "MIT"),
    ),
    servers((url = "/api")),
    components(schemas(Problem)),
    tags(
        (name = "services", description = "The monitored things"),
        (name = "metrics", description = "Measured values"),
        (name = "metric types", description = "What can be measured"),
        (name = "rules", description = "Quality checks that open incidents"),
        (name = "incidents", description = "What people work on"),
        (name = "analytics", description = "Questions about many points or incidents at once"),
        (name = "notifications", description = "The inbox of each department"),
        (name = "departments", description = "The teams that incidents are routed to"),
        (name = "live", description = "What happens, told while it happens"),
        (name = "people", description = "Who calls, and what they keep"),
        (name = "system", description = "The state of this installation"),
    ),
)]
struct Document;

/// Which part of a list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// How many rows the page has at the most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<u32>,
    /// How many rows to leave out first.
    #[param(minimum = 0, maximum = 1_000_000, default = 0)]
    pub offset: Option<u32>,
}

/// Which part of a list that may be very long.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TurnParams {
    /// How many rows the page has at the most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<u32>,
    /// How many rows to leave out first; not with a cursor.
    #[param(minimum = 0, maximum = 1_000_000, default = 0)]
    pub offset: Option<u32>,
    /// Where to read on: `meta.next_cursor` of the page before, with the same filters and order. As fast at any depth,
    /// and rows that are added or change their place elsewhere move nothing.
    #[param(pattern = "^[0-9a-f]+$", nullable = false)]
    pub cursor: Option<String>,
}

/// Which part of a list that is mostly shown as a whole.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LongPageParams {
    /// How many rows the page has at the most.
    #[param(minimum = 1, maximum = 100, default = 100)]
    pub limit: Option<u32>,
    /// How many rows to leave out first.
    #[param(minimum = 0, maximum = 1_000_000, default = 0)]
    pub offset: Option<u32>,
}

/// In which direction a list is sorted.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SortDirection {
    /// `asc` puts the least first, `desc` the greatest.
    #[param(inline)]
    pub sort_dir: Option<SortDirectionWord>,
}

/// A direction.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum SortDirectionWord {
    /// Least first.
    Asc,
    /// Greatest first.
    Desc,
}

/// The key of a metric type, in the description of a filter.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, pattern = "^[A-Z][A-Z0-9_]{0,63}$")]
pub struct MetricTypeKey(pub String);

/// The key of a service, in the description of a filter.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, pattern = "^[a-z0-9][a-z0-9._-]{0,63}$")]
pub struct ServiceKey(pub String);

/// A label with its value, in the description of a filter.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, pattern = "^[a-zA-Z_][a-zA-Z0-9_]{0,63}=[^\\u0000,]{1,256}$", example = "region=eu-west")]
pub struct LabelPair(pub String);

/// A person's name, in the description of a filter.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, pattern = "^[^\\u0000,]{0,100}$")]
pub struct PersonName(pub String);

/// A text to look for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchParam {
    /// Lists only what holds this text, whatever the case.
    #[param(max_length = 200, pattern = "^[^\\u0000]*$")]
    pub search: Option<String>,
}

fn api() -> OpenApiRouter<App> {
    let ingest = OpenApiRouter::new()
        .routes(routes!(metric::list::list_metrics, metric::ingest::handler::create_metric))
        .routes(routes!(metric::ingest::handler::create_metrics_batch))
        .layer(RequestDecompressionLayer::new().pass_through_unaccepted(true));
    let rest = OpenApiRouter::new()
        .routes(routes!(service::list_services, service::create_service))
        .routes(routes!(service::overview::list_service_overviews))
        .routes(routes!(service::get_service, service::update_service, service::delete_service))
        .routes(routes!(metric::list::list_latest_metrics))
        .routes(routes!(metric::chart::chart_metrics))
        .routes(routes!(metric_type::list_metric_types, metric_type::create_metric_type))
        .routes(routes!(
            metric_type::get_metric_type,
            metric_type::update_metric_type,
            metric_type::delete_metric_type
        ))
        .routes(routes!(rule::handler::list_rules, rule::handler::create_rule))
        .routes(routes!(rule::handler::get_rule, rule::handler::update_rule, rule::handler::delete_rule))
        .routes(routes!(rule::top::top_triggered_rules))
        .routes(routes!(rule::preview::preview_rule))
        .routes(routes!(analytics::chart::chart_groups))
        .routes(routes!(analytics::ranking::rank_groups))
        .routes(routes!(analytics::distribution::distribute_values))
        .routes(routes!(analytics::availability::list_availability))
        .routes(routes!(analytics::incident::count_incidents))
        .routes(routes!(analytics::hour::list_busiest_hours))
        .routes(routes!(incident::list::list_incidents))
        .routes(routes!(incident::summary::summarize_incidents))
        .routes(routes!(incident::assignee::list_assignees))
        .routes(routes!(incident::get_incident, incident::change::update_incident))
        .routes(routes!(incident::comment::list_comments, incident::comment::create_comment))
        .routes(routes!(incident::comment::delete_comment))
        .routes(routes!(incident::timeline::list_incident_events))
        .routes(routes!(incident::timeline::list_timeline))
        .routes(routes!(notification::handler::list_notifications))
        .routes(routes!(notification::handler::get_notification))
        .routes(routes!(notification::handler::read_notification))
        .routes(routes!(notification::handler::unread_notification))
        .routes(routes!(notification::handler::read_all_notifications))
        .routes(routes!(notification::handler::count_unread_notifications))
        .routes(routes!(department::list_departments, department::create_department))
        .routes(routes!(
            department::get_department,
            department::update_department,
            department::delete_department
        ))
        .routes(routes!(live::handler::stream_changes))
        .routes(routes!(saved_view::list_views, saved_view::create_view))
        .routes(routes!(saved_view::update_view, saved_view::delete_view))
        .routes(routes!(me::get_me))
        .routes(routes!(system::get_system))
        .routes(routes!(system::parked::retry_parked));
    OpenApiRouter::with_openapi(Document::openapi()).merge(ingest).merge(rest)
}

/// Returns the OpenAPI 3.1 document of the API, as JSON text that ends with a newline.
pub fn document() -> String {
    let (_, document) = api().split_for_parts();
    let mut text = document.to_pretty_json().expect("the document has only text keys");
    text.push('\n');
    text
}

/// Returns the whole server: the API, its description, what machines ask about health, and the web app.
pub fn router(app: App) -> Router {
    let (api, document) = api().split_for_parts();
    let description = reference::routes(&document);
    let outer = middleware::from_fn_with_state(app.clone(), guard::local_only);
    Router::new()
        .nest("/api", api.merge(description).fallback(not_found).method_not_allowed_fallback(not_allowed))
        .merge(health::routes())
        .route("/", get(web::root))
        .fallback(web::serve)
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::disable())
        .layer(cors(&app.settings().cors_allowed_origins))
        .layer(outer)
        .layer(middleware::from_fn(give_up))
        .layer(CatchPanicLayer::custom(|_| Problem::internal().into_response()))
        .layer(middleware::from_fn_with_state(app.clone(), telemetry::middleware::measure))
        .layer(middleware::from_fn(security_headers))
        .with_state(app)
}

async fn not_found() -> Problem {
    Problem::not_found("there is nothing at this path; /api/docs describes what there is")
}

async fn not_allowed() -> Problem {
    Problem::method_not_allowed()
}

fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::AUTHORIZATION,
            header::CONTENT_ENCODING,
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("idempotency-replayed"),
        ])
        .max_age(Duration::from_mins(10))
}

/// Answers 503 when a request takes too long.
async fn give_up(request: axum::extract::Request, next: middleware::Next) -> axum::response::Response {
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let seconds = REQUEST_TIMEOUT.as_secs();
        let detail =
            format!("the request took longer than {seconds} s; what it asked for may still come to pass");
        Problem::unavailable(detail, 5).into_response()
    })
}

async fn security_headers(
    request: axum::extract::Request,
    next: middleware::Next,
) -> axum::response::Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    set(header::CACHE_CONTROL, "no-store");
    response
}
