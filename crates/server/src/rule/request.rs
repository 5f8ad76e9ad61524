//! Rules as they are sent.

use crate::http::body::Fields;
use crate::http::problem::Problem;
use crate::registry::Catalog;
use serde_json::Value;
use tracely_core::id::{DepartmentId, ServiceId};
use tracely_core::rule::matcher::{LabelMatcher, MAX_MATCHERS, MatchOperator};
use tracely_core::rule::{Operator, Severity};
use tracely_store::rule::MAX_RULE_SERVICES;
use tracely_store::{Reads, department};
use utoipa::ToSchema;

/// A rule to make.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleRequest {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "High Latency Alert")]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 2000, example = "Alert when latency exceeds 150ms", nullable = false)]
    pub description: Option<String>,
    /// The key of the metric type it checks.
    #[schema(example = "LATENCY_MS")]
    pub metric_type: String,
    /// How a value is compared with the threshold.
    pub operator: Operator,
    /// What a value is compared with; in the metric type's unit and range.
    #[schema(example = 150)]
    pub threshold: f64,
    /// The severity of the incidents it opens.
    pub severity: Severity,
    /// The department its incidents are routed to.
    pub department_id: DepartmentId,
    /// Whether it judges points; true when absent.
    #[schema(default = true, nullable = false)]
    pub enabled: Option<bool>,
    /// The services it checks; all when empty or absent.
    #[schema(max_items = 500, nullable = false)]
    pub service_ids: Option<Vec<ServiceId>>,
    /// Conditions on a series' labels, all of which must hold.
    #[schema(max_items = 16, nullable = false)]
    pub labels: Option<Vec<LabelMatcher>>,
}

/// What to change about a rule.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulePatch {
    /// The new name.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// The new description.
    #[schema(max_length = 2000, nullable = false)]
    pub description: Option<String>,
    /// The key of the metric type it checks.
    #[schema(nullable = false)]
    pub metric_type: Option<String>,
    /// How a value is compared with the threshold.
    #[schema(nullable = false)]
    pub operator: Option<Operator>,
    /// What a value is compared with.
    #[schema(nullable = false)]
    pub threshold: Option<f64>,
    /// The severity of the incidents it opens from now on.
    #[schema(nullable = false)]
    pub severity: Option<Severity>,
    /// The department its incidents are routed to from now on.
    #[schema(nullable = false)]
    pub department_id: Option<DepartmentId>,
    /// Whether it judges points.
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    /// The services it checks; all when empty.
    #[schema(max_items = 500, nullable = false)]
    pub service_ids: Option<Vec<ServiceId>>,
    /// Conditions on a series' labels, all of which must hold.
    #[schema(max_items = 16, nullable = false)]
    pub labels: Option<Vec<LabelMatcher>>,
}

/// The fields of a rule that were sent and can be read.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) metric_type: Option<String>,
    pub(super) operator: Option<Operator>,
    pub(super) threshold: Option<f64>,
    pub(super) severity: Option<Severity>,
    pub(super) department_id: Option<DepartmentId>,
    pub(super) enabled: Option<bool>,
    /// Each with its place, such as `service_ids/0`.
    pub(super) service_ids: Option<Vec<(String, ServiceId)>>,
    pub(super) labels: Option<Vec<LabelMatcher>>,
}

/// What a new rule needs.
pub(super) const REQUIRED: [&str; 6] =
    ["name", "metric_type", "operator", "threshold", "severity", "department_id"];
/// What a rule needs that is only tried.
pub(super) const REQUIRED_FOR_TRIAL: [&str; 3] = ["metric_type", "operator", "threshold"];

/// Notes which of the fields that a rule needs are absent.
pub(super) fn require(fields: &mut Fields, names: &[&str]) {
    for name in names {
        if !fields.has(name) {
            fields.take(name);
            fields.fail(name, "is required");
        }
    }
}

/// Reads the fields and notes what is wrong with each.
pub(super) fn take(fields: &mut Fields) -> Given {
    Given {
        name: fields.text("name", 1, 200),
        description: fields.text("description", 0, 2_000),
        metric_type: fields.text("metric_type", 1, 64),
        operator: fields.word("operator", Operator::NAMES, Operator::parse),
        threshold: fields.number("threshold"),
        severity: fields.word("severity", Severity::NAMES, Severity::parse),
        department_id: fields.id("department_id"),
        enabled: fields.boolean("enabled"),
        service_ids: take_services(fields),
        labels: take_labels(fields),
    }
}

fn take_services(fields: &mut Fields) -> Option<Vec<(String, ServiceId)>> {
    fields.array("service_ids", MAX_RULE_SERVICES, |fields, place, item| {
        let id = item.as_str().and_then(|text| text.parse::<ServiceId>().ok());
        if id.is_none() {
            fields.fail_at(place, "must be a UUID");
        }
        Some((place.to_owned(), id?))
    })
}

fn take_labels(fields: &mut Fields) -> Option<Vec<LabelMatcher>> {
    fields.array("labels", MAX_MATCHERS, |fields, place, item| {
        let Value::Object(map) = item else {
            fields.fail_at(place, "must be an object");
            return None;
        };
        let mut own = Fields::of(format!("{}/{place}", fields.pointer()), map);
        let name = own.required("name", |own, field| own.text(field, 1, 64));
        let operator = own
            .required("operator", |own, field| own.word(field, MatchOperator::NAMES, MatchOperator::parse));
        let value = own.required("value", |own, field| own.text(field, 0, 256));
        let errors = own.into_errors();
        if !errors.is_empty() {
            fields.extend_errors(errors);
            return None;
        }
        let matcher = LabelMatcher { name: name?, operator: operator?, value: value? };
        if let Err(error) = matcher.compile() {
            fields.fail_at(place, error.to_string());
            return None;
        }
        Some(matcher)
    })
}

/// What a rule points at, as far as it is new.
pub(super) struct Whole<'a> {
    pub(super) metric_type: Option<&'a str>,
    pub(super) threshold: Option<f64>,
    pub(super) department_id: Option<DepartmentId>,
    /// Each with its place.
    pub(super) service_ids: &'a [(String, ServiceId)],
    /// Services that the rule had before; they may have been deleted since.
    pub(super) had_services: &'a [ServiceId],
}

/// Checks a rule against what it points at, and notes what is wrong.
pub(super) async fn check(
    fields: &mut Fields,
    from: &impl Reads,
    catalog: &Catalog,
    organization_id: tracely_core::id::OrganizationId,
    whole: Whole<'_>,
) -> Result<(), Problem> {
    match whole.metric_type.map(|key| (key, catalog.metric_types.get(key))) {
        Some((_, None)) => fields.fail("metric_type", "is not a known metric type"),
        Some((key, Some(metric_type))) => {
            if let Some(Err(error)) = whole.threshold.map(|threshold| metric_type.check(threshold)) {
                fields.fail("threshold", format!("{error} for {key}"));
            }
        }
        None => (),
    }
    if let Some(id) = whole.department_id
        && department::get(from, organization_id, id).await?.is_none()
    {
        fields.fail("department_id", "is not a known department");
    }
    for (place, id) in whole.service_ids {
        if !catalog.services.contains_key(id) && !whole.had_services.contains(id) {
            fields.fail_at(place, format!("{id} is not a known service"));
        }
    }
    Ok(())
}
