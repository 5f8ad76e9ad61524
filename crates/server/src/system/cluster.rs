//! The search cluster as `GET /api/system` shows it.

use crate::analytics::span;
use crate::app::App;
use crate::http::problem::chain;
use serde::Serialize;
use std::time::Duration;
use tracely_core::time::Timestamp;
use tracely_store::StoreError;
use utoipa::ToSchema;

/// How long the cluster may take to say how much it keeps.
const PATIENCE: Duration = Duration::from_secs(2);

/// The search cluster that has the points.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterBody {
    /// Where it is, without name and password.
    #[schema(example = "http://localhost:9200")]
    address: String,
    /// What it is; null when it was not reached since the start.
    #[schema(example = "OpenSearch 2.19.1")]
    product: Option<String>,
    /// What the names of its indices begin with, and their alias.
    #[schema(example = "metrics")]
    index: String,
    /// Why it does not answer now; null when it does.
    error: Option<String>,
    /// How many indices it has, one for each day; null when it does not answer.
    indices: Option<u64>,
    /// How many points they hold.
    points: Option<u64>,
    /// How large they are without their copies, in bytes.
    primary_bytes: Option<u64>,
    /// How large they are with their copies, in bytes.
    bytes: Option<u64>,
    /// How many seconds ago the oldest points were accepted that it does not have; null when it has all.
    #[schema(minimum = 1)]
    behind_seconds: Option<u64>,
    /// Points that segments hold and the cluster does not have; `tracely reindex` brings them in. Null when there are none.
    segments_only: Option<SegmentsOnlyBody>,
}

/// Points that are in segments only.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentsOnlyBody {
    /// How many.
    #[schema(minimum = 1)]
    points: u64,
    /// The beginning of the oldest day that has some.
    from: Timestamp,
    /// The end of the newest day that has some; not included.
    to: Timestamp,
}

/// Names the engine in use.
pub(super) fn engine(app: &App) -> &'static str {
    if app.analytics().cluster().is_some() { "cluster" } else { "segments" }
}

/// Describes the cluster, and asks it how much it keeps.
pub(super) async fn describe(app: &App) -> Result<Option<ClusterBody>, StoreError> {
    let Some(cluster) = app.analytics().cluster() else { return Ok(None) };
    let engine = cluster.engine();
    let (extent, error) = match tokio::time::timeout(PATIENCE, engine.extent()).await {
        Ok(Ok(extent)) => (Some(extent), None),
        Ok(Err(error)) => (None, Some(chain(&error))),
        Err(_) => (None, Some("it takes longer than two seconds to answer".to_owned())),
    };
    let only = cluster.segments_only();
    Ok(Some(ClusterBody {
        address: engine.address().to_owned(),
        product: engine.product().map(|product| product.to_string()),
        index: engine.prefix().to_owned(),
        error,
        indices: extent.map(|extent| extent.indices),
        points: extent.map(|extent| extent.points),
        primary_bytes: extent.map(|extent| extent.primary_bytes),
        bytes: extent.map(|extent| extent.bytes),
        behind_seconds: cluster.behind(app).await?,
        segments_only: span(&only).map(|(from, to)| SegmentsOnlyBody {
            points: only.iter().map(|only| only.points).sum(),
            from,
            to,
        }),
    }))
}
