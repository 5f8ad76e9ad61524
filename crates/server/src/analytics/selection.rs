//! Which points a question below `/api/analytics` is about.

use crate::http::openapi::{LabelPair, MetricTypeKey, ServiceKey};
use tracely_core::id::ServiceId;
use tracely_core::time::Timestamp;
use utoipa::IntoParams;

/// The parameters that choose points, in the description of a question. They are read by
/// [`SeriesFilter::take`](crate::metric::list::SeriesFilter::take) and [`span_or_last`](crate::http::query::span_or_last).
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SelectionParams {
    /// Of these services
    service_id: Option<Vec<ServiceId>>,
    /// Of the services with these keys
    #[param(inline)]
    service: Option<Vec<ServiceKey>>,
    /// Of these metric types
    #[param(inline)]
    metric_type: Option<Vec<MetricTypeKey>>,
    /// With these labels, each written as name=value
    #[param(inline)]
    label: Option<Vec<LabelPair>>,
    /// The beginning of the span; 24 hours before its end by default
    from: Option<Timestamp>,
    /// The end of the span, which is not part of it; now by default
    to: Option<Timestamp>,
}
