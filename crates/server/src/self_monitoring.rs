//! Tracely watches itself: its own request latency and error rate are points of the service `tracely`.
//!
//! Every ten seconds the requests since the last time are summed up: their 95th percentile as `LATENCY_MS`, and the
//! share of answers with a status of 500 or above as `ERROR_RATE`. Without requests there is no latency to tell, and
//! the error rate is zero. The points go the way of everybody's points.

use crate::app::App;
use crate::http::problem::chain;
use crate::telemetry::Recent;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracely_core::id::{OrganizationId, SeriesId, ServiceId};
use tracely_core::metric::{Labels, Point, PointBatch};
use tracely_store::series::SeriesKey;
use tracely_store::{StoreError, organization, service};

/// The key of the service that is this server.
pub const SERVICE_KEY: &str = "tracely";
/// How often points are made.
const EVERY: Duration = Duration::from_secs(10);

/// What makes points of the server's own telemetry.
#[derive(Debug)]
pub struct SelfMonitoring {
    app: App,
    organization_id: OrganizationId,
    /// The service was there once, so that who deleted it does not want it.
    was_there: AtomicBool,
}

impl SelfMonitoring {
    /// Makes it for the default organization.
    pub fn new(app: &App) -> Self {
        Self { app: app.clone(), organization_id: organization::DEFAULT, was_there: AtomicBool::new(false) }
    }

    /// Makes points now and then until the token is cancelled.
    pub async fn run(self, shutdown: CancellationToken) {
        loop {
            if let Err(error) = self.record().await {
                tracing::warn!(error = chain(&error), "the server's own points could not be recorded");
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Makes points of what was counted since this was last called. A service that a person deleted is not made
    /// again while the process runs.
    pub async fn record(&self) -> Result<(), StoreError> {
        let recent = self.app.telemetry().take_recent();
        let now = self.app.store().clock().now();
        let Some(service_id) = self.service().await? else { return Ok(()) };
        let mut batch = PointBatch::default();
        let (latency, error_rate) = sum_up(recent);
        for (metric_type, value) in [("LATENCY_MS", latency), ("ERROR_RATE", Some(error_rate))] {
            if let Some(value) = value {
                let series = self.series(service_id, metric_type).await?;
                batch.push(Point { series, instant: now, value });
            }
        }
        let points = batch.len();
        if self.app.writer().submit(self.organization_id, false, batch, None).await.is_ok() {
            self.app.telemetry().accepted(points, 0);
        }
        Ok(())
    }

    async fn service(&self) -> Result<Option<ServiceId>, StoreError> {
        let store = self.app.store();
        let catalog = self.app.registry().catalog(store, self.organization_id).await?;
        if let Some(id) = catalog.keys.get(SERVICE_KEY) {
            self.was_there.store(true, Ordering::Relaxed);
            return Ok(Some(*id));
        }
        if self.was_there.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let tx = store.begin().await?;
        let about = "This server. It records its own request latency and error rate.";
        let made = service::create(&tx, self.organization_id, SERVICE_KEY, "Tracely", about).await?;
        tx.commit().await?;
        self.app.registry().forget_catalog(self.organization_id);
        self.was_there.store(true, Ordering::Relaxed);
        Ok(Some(made.id))
    }

    async fn series(&self, service_id: ServiceId, metric_type: &str) -> Result<SeriesId, StoreError> {
        let registry = self.app.registry();
        if let Some(known) = registry.find(service_id, metric_type, &Labels::default()) {
            return Ok(known);
        }
        let key = SeriesKey { service_id, metric_type: Arc::from(metric_type), labels: Labels::default() };
        let made = registry
            .find_or_create(self.app.store(), self.organization_id, &[key], self.app.settings().max_series)
            .await?;
        Ok(made[0])
    }
}

/// Returns the 95th percentile of the latencies (nearest rank), rounded to microseconds, and the share of errors in
/// per cent.
fn sum_up(mut recent: Recent) -> (Option<f64>, f64) {
    recent.latencies.sort_unstable_by(f64::total_cmp);
    let rank = (recent.latencies.len() * 95).div_ceil(100);
    let latency = rank.checked_sub(1).map(|place| (recent.latencies[place] * 1_000.0).round() / 1_000.0);
    let share = if recent.count == 0 { 0.0 } else { recent.errors as f64 * 100.0 / recent.count as f64 };
    (latency, share)
}

#[cfg(test)]
mod tests {
    use super::sum_up;
    use crate::telemetry::Recent;

    #[test]
    fn requests_are_summed_up() {
        assert_eq!(sum_up(Recent::default()), (None, 0.0));
        let latencies = (1..=100).rev().map(f64::from).collect();
        assert_eq!(sum_up(Recent { latencies, count: 100, errors: 2 }), (Some(95.0), 2.0));
    }
}
