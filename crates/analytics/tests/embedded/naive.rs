//! A naive engine to compare with.

use crate::harness::Point;
use std::collections::BTreeMap;
use tracely_analytics::{
    AveragesQuestion, ChartBucket, ChartQuestion, PointRow, PointsOrder, PointsQuestion, SeriesSet,
};
use tracely_core::{id::SeriesId, time::Timestamp};

/// Answers a chart question from all points, and keeps the sorted values of each bucket.
pub fn naive_chart(points: &[Point], question: &ChartQuestion) -> BTreeMap<i64, Vec<f64>> {
    let mut buckets: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (series, instant, value) in points {
        let inside = *instant >= question.from.0 && *instant < question.to.0;
        if inside && question.series.contains(SeriesId(*series)) {
            let start =
                (instant - question.offset).div_euclid(question.width) * question.width + question.offset;
            buckets.entry(start).or_default().push(*value);
        }
    }
    for values in buckets.values_mut() {
        values.sort_by(f64::total_cmp);
    }
    buckets
}

/// Says what differs between a chart and the naive one.
pub fn check_chart(
    chart: &[ChartBucket],
    naive: &BTreeMap<i64, Vec<f64>>,
    exact_limit: usize,
) -> Result<(), String> {
    let starts: Vec<i64> = chart.iter().map(|bucket| bucket.start.0).collect();
    let expected: Vec<i64> = naive.keys().copied().collect();
    if starts != expected {
        return Err(format!("buckets {starts:?} instead of {expected:?}"));
    }
    chart
        .iter()
        .zip(naive.values())
        .try_for_each(|(bucket, values)| check_bucket(bucket, values, exact_limit))
}

fn check_bucket(bucket: &ChartBucket, values: &[f64], exact_limit: usize) -> Result<(), String> {
    let count = values.len();
    let sum: f64 = values.iter().sum();
    let size = values.iter().map(|value| value.abs()).sum::<f64>() / count as f64;
    let same = bucket.count == count as u64
        && bucket.min.to_bits() == values[0].to_bits()
        && bucket.max.to_bits() == values[count - 1].to_bits()
        && (bucket.avg - sum / count as f64).abs() <= size * 1e-9;
    if !same {
        return Err(format!("{bucket:?} instead of {values:?}"));
    }
    for (quantile, estimate) in [(0.5, bucket.p50), (0.95, bucket.p95), (0.99, bucket.p99)] {
        let position = quantile * (count - 1) as f64;
        let (low, high) = (values[position.floor() as usize], values[position.ceil() as usize]);
        let exact = low + (high - low) * position.fract();
        let allowed = if count <= exact_limit { 1e-9 } else { 0.01 };
        if (estimate - exact).abs() > low.abs().max(high.abs()) * allowed {
            return Err(format!("quantile {quantile} is {estimate} instead of {exact} of {count}"));
        }
    }
    Ok(())
}

/// Returns all points that a question is about, in its order.
pub fn naive_points(points: &[Point], question: &PointsQuestion) -> Vec<PointRow> {
    let chosen = points.iter().filter(|(series, instant, value)| {
        question.series.contains(SeriesId(*series))
            && question.from.is_none_or(|from| *instant >= from.0)
            && question.to.is_none_or(|to| *instant < to.0)
            && question.min_value.is_none_or(|min| *value >= min)
            && question.max_value.is_none_or(|max| *value <= max)
    });
    let mut rows: Vec<PointRow> = chosen
        .map(|(series, instant, value)| PointRow {
            series: SeriesId(*series),
            instant: Timestamp(*instant),
            value: *value,
        })
        .collect();
    rows.sort_by(|left, right| {
        let by_value = left.value.total_cmp(&right.value);
        let by_instant = left.instant.cmp(&right.instant);
        let by_series = left.series.cmp(&right.series);
        match question.order {
            PointsOrder::Instant => by_instant.then(by_series).then(by_value),
            PointsOrder::Value => by_value.then(by_instant).then(by_series),
        }
    });
    if question.descending {
        rows.reverse();
    }
    rows
}

/// Returns each series' newest instant and the values at it, in the order of the log.
pub fn naive_latest(points: &[Point], series: &SeriesSet) -> BTreeMap<u32, (i64, Vec<f64>)> {
    let mut newest: BTreeMap<u32, (i64, Vec<f64>)> = BTreeMap::new();
    for (number, instant, value) in points {
        if !series.contains(SeriesId(*number)) {
            continue;
        }
        let known = newest.entry(*number).or_insert((*instant, Vec::new()));
        if *instant > known.0 {
            *known = (*instant, Vec::new());
        }
        if *instant == known.0 {
            known.1.push(*value);
        }
    }
    newest
}

/// Answers a question for averages from all points, group by group and bucket by bucket.
pub fn naive_averages(points: &[Point], question: &AveragesQuestion) -> Vec<Vec<Option<f64>>> {
    let bucket_of = |group: &SeriesSet, bucket: usize| {
        let start = question.from.0 + question.width() * bucket as i64;
        let end = (start + question.width()).min(question.to.0);
        let values: Vec<f64> = points
            .iter()
            .filter(|(series, instant, _)| {
                group.contains(SeriesId(*series)) && (start..end).contains(instant)
            })
            .map(|(.., value)| *value)
            .collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let of_group = |group| (0..question.buckets).map(|bucket| bucket_of(group, bucket)).collect();
    question.groups.iter().map(of_group).collect()
}
