//! A point as a document.

use super::mapping::index_of;
use std::collections::HashMap;
use std::fmt::Write as _;
use tracely_core::id::{OrganizationId, SeriesId};
use tracely_core::metric::{PointBatch, Series};
use tracely_core::time::{DAY, Timestamp};

/// The points of one entry of the log.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The entry's place in the log.
    pub position: u64,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Whose points they are.
    pub organization_id: OrganizationId,
    /// The points.
    pub points: &'a PointBatch,
}

/// What a series measures, for people who look into the cluster.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The series.
    pub series: Series,
    /// The key of its service, if that is still there.
    pub service: Option<String>,
}

/// Writes documents; remembers what is the same for the points of a series and of a day.
pub(super) struct Documents<'a, D> {
    prefix: &'a str,
    describe: D,
    subjects: HashMap<u32, String>,
    /// The newest index: its day and name.
    index: (i64, String),
}

impl<'a, D: Fn(SeriesId) -> Option<Subject>> Documents<'a, D> {
    pub(super) fn new(prefix: &'a str, describe: D) -> Self {
        Self { prefix, describe, subjects: HashMap::new(), index: (i64::MIN, String::new()) }
    }

    /// Appends one point of a batch as two lines of a bulk request, and returns the index that it goes to.
    pub(super) fn write(&mut self, into: &mut String, batch: &Batch<'_>, row: usize) -> &str {
        let instant = batch.points.instants[row];
        let series = batch.points.series[row];
        let value = normal(batch.points.values[row]);
        let day = instant.div_euclid(DAY);
        if self.index.0 != day {
            self.index = (day, index_of(self.prefix, Timestamp(instant)));
        }
        let subject = self
            .subjects
            .entry(series)
            .or_insert_with(|| describe(series, batch.organization_id, (self.describe)(SeriesId(series))));
        let (accepted, position) = (batch.accepted_at.0, batch.position);
        // Writing to a text cannot fail.
        let _ = write!(
            into,
            "{{\"create\":{{\"_index\":\"{}\",\"_id\":\"{accepted:x}-{position:x}-{row:x}\"}}}}\n\
             {{\"@timestamp\":\"{}\",\"instant\":{instant},\"accepted_at\":{},\"position\":{position},\"row\":{row},\
             \"value\":{value:?},{subject}}}\n",
            self.index.1,
            Timestamp(instant),
            accepted.div_euclid(1_000),
        );
        &self.index.1
    }
}

/// Writes what all documents of a series have in common, without braces.
fn describe(number: u32, organization_id: OrganizationId, subject: Option<Subject>) -> String {
    let mut text = format!("\"series\":{number},\"organization_id\":\"{organization_id}\"");
    let Some(Subject { series, service }) = subject else { return text };
    let _ = write!(text, ",\"service_id\":\"{}\"", series.service_id);
    let _ = write!(text, ",\"metric_type\":{}", serde_json::Value::from(&*series.metric_type));
    if let Some(service) = service {
        let _ = write!(text, ",\"service\":{}", serde_json::Value::from(service));
    }
    if !series.labels.is_empty() {
        let labels: serde_json::Map<_, _> =
            series.labels.pairs().iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let _ = write!(text, ",\"labels\":{}", serde_json::Value::from(labels));
    }
    text
}

/// Returns the same number without the sign of zero, which orders before zero in an index.
pub(super) fn normal(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::{Batch, Documents, Subject};
    use std::sync::Arc;
    use tracely_core::id::{OrganizationId, SeriesId, ServiceId};
    use tracely_core::metric::{Labels, PointBatch, Series};
    use tracely_core::time::Timestamp;
    use uuid::Uuid;

    #[test]
    fn a_document_is_json_and_its_numbers_are_exact() {
        let labels = Labels::new(vec![("region".into(), "a\"b\\ç".into())]).unwrap();
        let series = Series {
            id: SeriesId(7),
            organization_id: OrganizationId(Uuid::nil()),
            service_id: ServiceId(Uuid::nil()),
            metric_type: Arc::from("LATENCY_MS"),
            labels,
        };
        let describe =
            |_| Some(Subject { series: series.clone(), service: Some("super\"online".to_owned()) });
        let mut documents = Documents::new("metrics", describe);
        let values = [0.1, -0.0, 1e100, 5e-324, -123_456_789.123_456_78];
        let mut points = PointBatch::default();
        for (row, value) in values.iter().enumerate() {
            points.push_row(7, 1_700_000_000_123_456 + row as i64, *value);
        }
        let (accepted_at, organization_id) = (Timestamp(1_700_000_001_999_999), OrganizationId(Uuid::nil()));
        let batch = Batch { position: 12, accepted_at, organization_id, points: &points };
        let mut text = String::new();
        for row in 0..values.len() {
            assert_eq!(documents.write(&mut text, &batch, row), "metrics-2023.11.14");
        }
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 10);
        let action: serde_json::Value = serde_json::from_str(lines[2]).unwrap();
        assert_eq!(action["create"]["_id"], format!("{:x}-c-1", accepted_at.0));
        for (row, value) in values.iter().enumerate() {
            let document: serde_json::Value = serde_json::from_str(lines[2 * row + 1]).unwrap();
            assert_eq!(document["labels"]["region"], "a\"b\\ç");
            assert_eq!(document["instant"], 1_700_000_000_123_456_i64 + row as i64);
            let written = lines[2 * row + 1].split("\"value\":").nth(1).unwrap().split(',').next().unwrap();
            let written: f64 = written.parse().unwrap();
            assert_eq!(written.to_bits(), if row == 1 { 0 } else { value.to_bits() });
        }
        let first: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
        assert_eq!(first["@timestamp"], "2023-11-14T22:13:20.123456Z");
    }
}
