//! What is measured: metric types, labels, series and points.

use crate::id::{OrganizationId, SeriesId, ServiceId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is measured, with its unit and valid range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricType {
    /// Unique within the organization: upper-case letters, digits and `_`, such as `LATENCY_MS`.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The unit that values are in, such as `ms` or `%`; may be empty.
    pub unit: String,
    /// The lowest valid value, inclusive; none means any.
    pub min: Option<f64>,
    /// The highest valid value, inclusive; none means any.
    pub max: Option<f64>,
    /// Came with the product and cannot be deleted.
    pub built_in: bool,
}

/// Says why a value cannot be a point's value.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ValueError {
    /// NaN or an infinity.
    #[error("must be a finite number")]
    NotFinite,
    /// Below the metric type's range.
    #[error("must be at least {}", plainly(*.0))]
    TooLow(f64),
    /// Above the metric type's range.
    #[error("must be at most {}", plainly(*.0))]
    TooHigh(f64),
}

impl MetricType {
    /// The metric types that every organization starts with.
    pub fn built_in() -> Vec<Self> {
        let of = |key: &str, name: &str, unit: &str, max: Option<f64>| Self {
            key: key.into(),
            name: name.into(),
            unit: unit.into(),
            min: Some(0.0),
            max,
            built_in: true,
        };
        vec![
            of("LATENCY_MS", "Latency", "ms", None),
            of("PACKET_LOSS", "Packet loss", "%", Some(100.0)),
            of("ERROR_RATE", "Error rate", "%", Some(100.0)),
            of("BUFFER_RATIO", "Buffer ratio", "%", Some(100.0)),
        ]
    }

    /// Checks that a value is finite and in the range.
    pub fn check(&self, value: f64) -> Result<(), ValueError> {
        check_range(value, self.min, self.max)
    }
}

/// Writes a bound as people do: 100, and 1e100 rather than a hundred zeros.
fn plainly(bound: f64) -> String {
    if bound.abs() < 1e15 { bound.to_string() } else { format!("{bound:e}") }
}

/// The greatest magnitude of a value: sums of any number of points stay finite.
pub const MAX_MAGNITUDE: f64 = 1e100;

/// Checks that a value is finite and within the bounds, both inclusive.
pub fn check_range(value: f64, min: Option<f64>, max: Option<f64>) -> Result<(), ValueError> {
    if !value.is_finite() {
        return Err(ValueError::NotFinite);
    }
    let min = min.unwrap_or(-MAX_MAGNITUDE).max(-MAX_MAGNITUDE);
    let max = max.unwrap_or(MAX_MAGNITUDE).min(MAX_MAGNITUDE);
    if value < min {
        return Err(ValueError::TooLow(min));
    }
    if value > max {
        return Err(ValueError::TooHigh(max));
    }
    Ok(())
}

/// Says whether a text can be a metric type's key: 1 to 64 of `A-Z 0-9 _`, beginning with a letter.
pub fn is_metric_type_key(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The most labels a series may have.
pub const MAX_LABELS: usize = 16;
/// The longest label name, in bytes.
pub const MAX_LABEL_NAME: usize = 64;
/// The longest label value, in bytes.
pub const MAX_LABEL_VALUE: usize = 256;

/// Label names with their values, sorted by name, each name once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(
    into = "std::collections::BTreeMap<String, String>",
    from = "std::collections::BTreeMap<String, String>"
)]
pub struct Labels(Vec<(String, String)>);

/// Says why a set of labels is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// More labels than a series may have.
    #[error("must have at most {MAX_LABELS} labels")]
    TooMany,
    /// A name with other characters than letters, digits and `_`, or too long.
    #[error(
        "label name {0:?} must be 1 to {MAX_LABEL_NAME} letters, digits or '_', not beginning with a digit"
    )]
    Name(String),
    /// A value that is empty, too long, or has control characters.
    #[error("label {0:?} must have a value of 1 to {MAX_LABEL_VALUE} bytes without control characters")]
    Value(String),
    /// The same name twice.
    #[error("label name {0:?} appears twice")]
    Twice(String),
}

impl Labels {
    /// Checks and sorts label pairs. Names follow the Prometheus data model; a value is never empty.
    pub fn new(mut pairs: Vec<(String, String)>) -> Result<Self, LabelError> {
        if pairs.len() > MAX_LABELS {
            return Err(LabelError::TooMany);
        }
        for (name, value) in &pairs {
            if !is_label_name(name) {
                return Err(LabelError::Name(name.chars().take(MAX_LABEL_NAME).collect()));
            }
            if value.is_empty() || value.len() > MAX_LABEL_VALUE || value.chars().any(char::is_control) {
                return Err(LabelError::Value(name.clone()));
            }
        }
        pairs.sort_unstable();
        if let Some(pair) = pairs.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(LabelError::Twice(pair[0].0.clone()));
        }
        Ok(Self(pairs))
    }

    /// Returns the value of a label; an absent label is the empty text.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// Returns the pairs, sorted by name.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Says whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Says whether a text can be a label name: `[a-zA-Z_][a-zA-Z0-9_]*`, at most 64 bytes.
pub fn is_label_name(text: &str) -> bool {
    text.len() <= MAX_LABEL_NAME
        && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl From<Labels> for std::collections::BTreeMap<String, String> {
    fn from(labels: Labels) -> Self {
        labels.0.into_iter().collect()
    }
}

impl From<std::collections::BTreeMap<String, String>> for Labels {
    fn from(map: std::collections::BTreeMap<String, String>) -> Self {
        Self(map.into_iter().collect())
    }
}

/// A series: the points of one service, one metric type and one set of labels. Never changes once made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its number.
    pub id: SeriesId,
    /// The tenant it belongs to.
    pub organization_id: OrganizationId,
    /// The service that is measured.
    pub service_id: ServiceId,
    /// The key of the metric type.
    pub metric_type: Arc<str>,
    /// Further distinctions.
    pub labels: Labels,
}

/// One measured value at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The series it belongs to.
    pub series: SeriesId,
    /// When it was measured.
    pub instant: Timestamp,
    /// The value, in the metric type's unit.
    pub value: f64,
}

/// Accepted points of one organization, as columns of equal length, in the order they were accepted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PointBatch {
    /// Series numbers.
    pub series: Vec<u32>,
    /// Instants, microseconds since the epoch.
    pub instants: Vec<i64>,
    /// Values.
    pub values: Vec<f64>,
}

impl PointBatch {
    /// Makes an empty batch with room for some points.
    pub fn with_capacity(points: usize) -> Self {
        Self {
            series: Vec::with_capacity(points),
            instants: Vec::with_capacity(points),
            values: Vec::with_capacity(points),
        }
    }

    /// Adds a point at the end.
    pub fn push(&mut self, point: Point) {
        self.push_row(point.series.0, point.instant.0, point.value);
    }

    /// Adds a point at the end, given as plain numbers.
    pub fn push_row(&mut self, series: u32, instant: i64, value: f64) {
        self.series.push(series);
        self.instants.push(instant);
        self.values.push(value);
    }

    /// Removes all points and keeps the room.
    pub fn clear(&mut self) {
        self.series.clear();
        self.instants.clear();
        self.values.clear();
    }

    /// Adds all points of another batch at the end.
    pub fn append(&mut self, other: &Self) {
        self.series.extend_from_slice(&other.series);
        self.instants.extend_from_slice(&other.instants);
        self.values.extend_from_slice(&other.values);
    }

    /// Returns the number of points.
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Says whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Goes through the points in order.
    pub fn iter(&self) -> impl Iterator<Item = Point> + '_ {
        self.series.iter().zip(&self.instants).zip(&self.values).map(|((series, instant), value)| Point {
            series: SeriesId(*series),
            instant: Timestamp(*instant),
            value: *value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{LabelError, Labels, MetricType, ValueError};

    fn labels(pairs: &[(&str, &str)]) -> Result<Labels, LabelError> {
        Labels::new(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn label_order_does_not_matter() {
        assert_eq!(labels(&[("b", "2"), ("a", "1")]), labels(&[("a", "1"), ("b", "2")]));
    }

    #[test]
    fn odd_labels_are_refused_by_name() {
        assert_eq!(labels(&[("a", "1"), ("a", "2")]), Err(LabelError::Twice("a".into())));
        assert_eq!(labels(&[("1a", "1")]), Err(LabelError::Name("1a".into())));
        assert_eq!(labels(&[("a", "")]), Err(LabelError::Value("a".into())));
    }

    #[test]
    fn a_percentage_is_between_0_and_100() {
        let loss = &MetricType::built_in()[1];
        assert_eq!(loss.check(100.0), Ok(()));
        assert_eq!(loss.check(100.1), Err(ValueError::TooHigh(100.0)));
        assert_eq!(loss.check(-0.1), Err(ValueError::TooLow(0.0)));
        assert_eq!(loss.check(f64::NAN), Err(ValueError::NotFinite));
        assert_eq!(MetricType::built_in()[0].check(1e300), Err(ValueError::TooHigh(1e100)));
    }
}
