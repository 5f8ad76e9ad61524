//! A point as a document.

use super::mapping::index_of;
use std::collections::HashMap;
use std::fmt::{self, Write as _};
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

/// Points that segments hold, of which it is not known which entries of the log they came with.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// An instant at which all of them were accepted already.
    pub accepted_at: Timestamp,
    /// Whose points they are.
    pub organization_id: OrganizationId,
    /// The points.
    pub points: &'a PointBatch,
    /// Which of the points with the same series, instant and value each is, from 0.
    pub copies: &'a [u32],
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
        let (accepted, position) = (batch.accepted_at.0, batch.position);
        let (index, point) = self.point(batch.organization_id, batch.points, row);
        // Writing to a text cannot fail.
        let _ = write!(
            into,
            "{{\"create\":{{\"_index\":\"{index}\",\"_id\":\"{accepted:x}-{position:x}-{row:x}\"}}}}\n\
             {{\"accepted_at\":{},\"position\":{position},\"row\":{row},{point}}}\n",
            accepted.div_euclid(1_000),
        );
        index
    }

    /// Appends one point of a segment as two lines of a bulk request, and returns the index that it goes to.
    ///
    /// The document's id says which point it is, and which of several equal ones, as does its `row`; it has no `position`.
    pub(super) fn write_stored(&mut self, into: &mut String, stored: &Stored<'_>, row: usize) -> &str {
        let Stored { accepted_at, organization_id, points, copies } = *stored;
        let (series, instant) = (points.series[row], points.instants[row].cast_unsigned());
        let (value, copy) = (normal(points.values[row]).to_bits(), copies[row]);
        let (index, point) = self.point(organization_id, points, row);
        let _ = write!(
            into,
            "{{\"create\":{{\"_index\":\"{index}\",\"_id\":\"s-{series:x}-{instant:x}-{value:x}-{copy:x}\"}}}}\n\
             {{\"accepted_at\":{},\"row\":{copy},{point}}}\n",
            accepted_at.0.div_euclid(1_000),
        );
        index
    }

    /// Returns the index of a point, and what every document says of it.
    fn point(
        &mut self,
        organization_id: OrganizationId,
        points: &PointBatch,
        row: usize,
    ) -> (&str, Point<'_>) {
        let instant = points.instants[row];
        let series = points.series[row];
        let value = normal(points.values[row]);
        let day = instant.div_euclid(DAY);
        if self.index.0 != day {
            self.index = (day, index_of(self.prefix, Timestamp(instant)));
        }
        let subject = self
            .subjects
            .entry(series)
            .or_insert_with(|| describe(series, organization_id, (self.describe)(SeriesId(series))));
        (&self.index.1, Point { instant, value, subject })
    }
}

/// What every document says of a point, without braces.
struct Point<'a> {
    instant: i64,
    value: f64,
    subject: &'a str,
}

impl fmt::Display for Point<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instant, value, subject } = self;
        let timestamp = Timestamp(*instant);
        write!(f, "\"@timestamp\":\"{timestamp}\",\"instant\":{instant},\"value\":{value:?},{subject}")
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
