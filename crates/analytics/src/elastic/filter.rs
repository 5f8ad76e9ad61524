//! The conditions of questions in the language of a cluster.
//!
//! A set of series may have a hundred thousand members, and a `terms` condition has at most 65 536 values. Long runs of
//! consecutive numbers become ranges, what is left becomes as many `terms` as it takes, and a document has to meet one of
//! them.

use super::document::normal;
use crate::series_set::SeriesSet;
use serde_json::{Value, json};
use tracely_core::id::SeriesId;
use tracely_core::rule::Operator;

/// A run of consecutive numbers of at least this length is worth a range.
const RUN: usize = 16;
/// The most ranges; a condition has at most 1 024 parts.
const RANGES: usize = 200;
/// The most values of one `terms` condition; clusters take 65 536.
const TERMS: usize = 60_000;

/// Returns the condition that a point is of one of some series; there must be one at least.
pub(super) fn of_series(set: &SeriesSet) -> Value {
    let numbers = set.numbers();
    let mut runs: Vec<&[u32]> =
        numbers.chunk_by(|left, right| right - left == 1).filter(|run| run.len() >= RUN).collect();
    runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
    runs.truncate(RANGES);
    runs.sort_by_key(|run| run[0]);
    let mut parts: Vec<Value> = Vec::new();
    let mut left: Vec<u32> = Vec::new();
    let mut rest = numbers;
    for run in runs {
        let before = rest.partition_point(|number| *number < run[0]);
        left.extend(&rest[..before]);
        rest = &rest[before + run.len()..];
        parts.push(json!({"range": {"series": {"gte": run[0], "lte": run[run.len() - 1]}}}));
    }
    left.extend(rest);
    parts.extend(left.chunks(TERMS).map(|some| json!({"terms": {"series": some}})));
    match parts.len() {
        1 => parts.remove(0),
        _ => json!({"bool": {"should": parts, "minimum_should_match": 1}}),
    }
}

/// Returns the condition that a point is of a series of one of some groups; there must be one series at least.
pub(super) fn of_groups(groups: &[&SeriesSet]) -> Value {
    let numbers = groups.iter().flat_map(|group| group.numbers());
    of_series(&numbers.map(|number| SeriesId(*number)).collect())
}

/// Returns the condition that a point lies in a span of instants; either end may be open.
pub(super) fn within(from: Option<i64>, to: Option<i64>) -> Option<Value> {
    let mut bounds = serde_json::Map::new();
    bounds.extend(from.map(|from| ("gte".to_owned(), from.into())));
    bounds.extend(to.map(|to| ("lt".to_owned(), to.into())));
    (!bounds.is_empty()).then(|| json!({"range": {"instant": bounds}}))
}

/// Returns the condition that a value lies between two, both included; either end may be open.
pub(super) fn between(min: Option<f64>, max: Option<f64>) -> Option<Value> {
    let mut bounds = serde_json::Map::new();
    bounds.extend(min.map(|min| ("gte".to_owned(), normal(min).into())));
    bounds.extend(max.map(|max| ("lte".to_owned(), normal(max).into())));
    (!bounds.is_empty()).then(|| json!({"range": {"value": bounds}}))
}

/// Returns the condition that a value violates a threshold.
pub(super) fn violates(operator: Operator, threshold: f64) -> Value {
    let threshold = normal(threshold);
    let range = |bound: &str| json!({"range": {"value": {bound: threshold}}});
    let equal = json!({"range": {"value": {"gte": threshold, "lte": threshold}}});
    match operator {
        Operator::Greater => range("gt"),
        Operator::GreaterOrEqual => range("gte"),
        Operator::Less => range("lt"),
        Operator::LessOrEqual => range("lte"),
        Operator::Equal => equal,
        Operator::NotEqual => json!({"bool": {"must_not": [equal]}}),
    }
}

/// Returns the order by which entry a point came with. Points of segments, which were accepted before the cluster was
/// in use, count as the first.
pub(super) fn by_position(direction: &str) -> Value {
    json!({"position": {"order": direction, "missing": -1}})
}

/// Returns the condition that all of some conditions hold.
pub(super) fn all(conditions: impl IntoIterator<Item = Value>) -> Value {
    let conditions: Vec<Value> = conditions.into_iter().collect();
    json!({"bool": {"filter": conditions}})
}

#[cfg(test)]
mod tests {
    use super::of_series;
    use crate::series_set::SeriesSet;
    use proptest::prelude::*;
    use serde_json::Value;
    use std::collections::BTreeSet;
    use tracely_core::id::SeriesId;

    /// Returns the numbers that a condition lets through.
    fn members(condition: &Value) -> Vec<u32> {
        if let Some(parts) = condition["bool"]["should"].as_array() {
            return parts.iter().flat_map(members).collect();
        }
        if let Some(terms) = condition["terms"]["series"].as_array() {
            assert!(terms.len() <= 65_536);
            return terms.iter().map(|number| number.as_u64().unwrap() as u32).collect();
        }
        let range = &condition["range"]["series"];
        (range["gte"].as_u64().unwrap() as u32..=range["lte"].as_u64().unwrap() as u32).collect()
    }

    fn check(numbers: &BTreeSet<u32>) {
        let condition = of_series(&SeriesSet::new(numbers.iter().map(|number| SeriesId(*number))));
        let parts = condition["bool"]["should"].as_array().map_or(1, Vec::len);
        assert!(parts <= 1_024);
        let mut found = members(&condition);
        found.sort_unstable();
        assert!(found.iter().eq(numbers), "{found:?} instead of {numbers:?}");
    }

    proptest! {
        #[test]
        fn a_condition_lets_exactly_its_series_through(
            starts in proptest::collection::vec((0_u32..4_000, 1_u32..60), 1..40),
        ) {
            check(&starts.iter().flat_map(|(start, length)| *start..start + length).collect());
        }
    }

    #[test]
    fn large_sets_stay_within_what_a_cluster_takes() {
        check(&(0..100_000).collect());
        check(&(0..200_000).step_by(2).collect());
        // More long runs than ranges are allowed.
        check(&(0..100_000).filter(|number| number % 20 != 0).collect());
        check(&BTreeSet::from([u32::MAX]));
    }
}
