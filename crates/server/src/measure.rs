//! Two hot loops that are private, as the micro-benchmarks call them. Only there with the feature `measure`.

use crate::metric::ingest::raw;
use crate::registry::Registry;
use tracely_core::id::{SeriesId, ServiceId};
use tracely_core::metric::{Labels, Series};

/// Reads the body of a batch, and returns how many of its points could be read.
pub fn read_batch(body: &[u8]) -> usize {
    raw::batch(body).map_or(0, |batch| batch.points.iter().filter(|point| point.is_ok()).count())
}

/// The series that a server knows.
#[derive(Debug)]
pub struct KnownSeries(Registry);

impl KnownSeries {
    /// Makes a server's memory of these series.
    pub fn new(series: Vec<Series>) -> Self {
        Self(Registry::of(series))
    }

    /// Finds a series as ingestion does.
    pub fn find(&self, service_id: ServiceId, metric_type: &str, labels: &Labels) -> Option<SeriesId> {
        self.0.find(service_id, metric_type, labels)
    }
}
