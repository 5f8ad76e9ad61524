//! What the API takes and answers, as far as the commands need it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tracely_core::rule::{Operator, Severity};
use tracely_core::time::Timestamp;

/// An answer with one thing.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) data: T,
}

/// An answer with a list.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    pub(super) meta: Option<Meta>,
}

/// What a list says about itself.
#[derive(Debug, Deserialize)]
pub(super) struct Meta {
    pub(super) total: u64,
}

/// A page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// How many rows the whole list has.
    pub total: u64,
}

/// A monitored thing.
#[derive(Debug, Clone, Deserialize)]
pub struct Service {
    /// Its identifier.
    pub id: String,
    /// Its short name, which is unique.
    pub key: String,
    /// What people call it.
    pub name: String,
}

/// A service to be made.
#[derive(Debug, Serialize)]
pub struct NewService<'a> {
    /// Its short name, which is unique.
    pub key: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// What it is.
    pub description: &'a str,
}

/// A team.
#[derive(Debug, Clone, Deserialize)]
pub struct Department {
    /// Its identifier.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// A department to be made.
#[derive(Debug, Serialize)]
pub struct NewDepartment<'a> {
    /// What people call it.
    pub name: &'a str,
    /// What it does.
    pub description: &'a str,
}

/// What is measured.
#[derive(Debug, Clone, Deserialize)]
pub struct MetricType {
    /// Its key, such as `LATENCY_MS`.
    pub key: String,
}

/// A quality check.
#[derive(Debug, Clone, Deserialize)]
pub struct Rule {
    /// What people call it.
    pub name: String,
}

/// A rule to be made.
#[derive(Debug, Serialize)]
pub struct NewRule<'a> {
    /// What people call it.
    pub name: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// The key of the metric type it checks.
    pub metric_type: &'a str,
    /// How a value is compared.
    pub operator: Operator,
    /// What a value is compared with.
    pub threshold: f64,
    /// The severity of its incidents.
    pub severity: Severity,
    /// The department its incidents are routed to.
    pub department_id: &'a str,
    /// Whether it judges.
    pub enabled: bool,
    /// The services it checks; empty means all.
    pub service_ids: Vec<&'a str>,
}

/// Points to be stored together.
#[derive(Debug, Serialize)]
pub struct PointsBody<'a> {
    /// The points.
    pub points: Vec<NewPoint<'a>>,
    /// They are history: no rule judges them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub backfill: bool,
}

/// A point to be stored.
#[derive(Debug, Clone, Serialize)]
pub struct NewPoint<'a> {
    /// The key of the service.
    pub service: &'a str,
    /// The key of the metric type.
    pub metric_type: &'a str,
    /// The value.
    pub value: f64,
    /// When it was measured.
    pub recorded_at: Timestamp,
    /// Further distinctions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<&'a BTreeMap<String, String>>,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct BatchAnswer {
    /// How many points were stored.
    pub accepted: u64,
    /// How many were not.
    pub rejected: u64,
    /// Why not.
    #[serde(default)]
    pub errors: Vec<PointError>,
}

/// Why a point was not stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PointError {
    /// Which point of the batch, from 0.
    pub index: usize,
    /// Which field of it, as a JSON pointer.
    #[serde(default)]
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}
