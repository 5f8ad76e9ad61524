//! Questions about groups, values and gaps: each answer agrees with one that is found naively from all points.

use crate::harness::{Harness, Point, START, set, small_config};
use crate::model::{chart_question, run, step};
use proptest::prelude::*;
use std::collections::BTreeMap;
use tracely_analytics::question::{Bounds, edges, inferred_interval};
use tracely_analytics::{
    AnalyticsError, Availability, AvailabilityQuestion, ChartQuestion, DistributionQuestion, Gap,
    GroupedChartQuestion, MAX_GROUPS, RankedGroup, RankingQuestion, Scale, SeriesSet, Statistic, Statistics,
};
use tracely_core::id::SeriesId;
use tracely_core::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

const STATISTICS: [Statistic; 10] = [
    Statistic::Count,
    Statistic::Min,
    Statistic::Max,
    Statistic::Avg,
    Statistic::Sum,
    Statistic::P50,
    Statistic::P90,
    Statistic::P95,
    Statistic::P99,
    Statistic::Last,
];

fn groups() -> Vec<SeriesSet> {
    vec![set([0, 3, u32::MAX]), set([]), set([1, 2, 4, 5]), set([77]), set([6, 3_000_000_000]), set([7])]
}

/// Returns the points of a group within a span, in the order of the log.
fn within(points: &[Point], group: &SeriesSet, from: Timestamp, to: Timestamp) -> Vec<(i64, f64)> {
    let wanted = points
        .iter()
        .filter(|(series, instant, _)| group.contains(SeriesId(*series)) && (from.0..to.0).contains(instant));
    wanted.map(|(_, instant, value)| (*instant, *value)).collect()
}

/// Says how a summary differs from that of the points. Percentiles are exact up to so many points.
fn differs(found: &Statistics, points: &[(i64, f64)], exact_limit: usize) -> Option<String> {
    let mut values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    values.sort_by(f64::total_cmp);
    let (count, sum) = (values.len(), values.iter().sum::<f64>());
    let size: f64 = values.iter().map(|value| value.abs()).sum();
    let newest = points.iter().map(|(instant, _)| *instant).max()?;
    let at_newest = points.iter().filter(|(instant, _)| *instant == newest);
    let last = at_newest.map(|(_, value)| *value).max_by(f64::total_cmp)?;
    let same = found.count == count as u64
        && found.min.to_bits() == values[0].to_bits()
        && found.max.to_bits() == values[count - 1].to_bits()
        && found.last.to_bits() == last.to_bits()
        && (found.sum - sum).abs() <= size * 1e-9
        && (found.avg - sum / count as f64).abs() <= size * 1e-9;
    let percentiles = [(0.5, found.p50), (0.9, found.p90), (0.95, found.p95), (0.99, found.p99)];
    let close = percentiles.into_iter().all(|(quantile, estimate)| {
        let position = quantile * (count - 1) as f64;
        let (low, high) = (values[position.floor() as usize], values[position.ceil() as usize]);
        let exact = low + (high - low) * position.fract();
        let allowed = if count <= exact_limit { 1e-9 } else { 0.01 };
        (estimate - exact).abs() <= low.abs().max(high.abs()) * allowed
    });
    (!same || !close).then(|| format!("{found:?} instead of {points:?}"))
}

fn check_ranking(
    harness: &Harness,
    points: &[Point],
    question: &RankingQuestion,
) -> Result<(), TestCaseError> {
    let answer = harness.engine.ranking(question).unwrap();
    let of_group = |group: &SeriesSet| within(points, group, question.from, question.to);
    let all: Vec<Vec<(i64, f64)>> = question.groups.iter().map(of_group).collect();
    let with_points = all.iter().filter(|points| !points.is_empty()).count();
    prop_assert_eq!(answer.groups, with_points as u64);
    prop_assert_eq!(answer.points, all.iter().map(Vec::len).sum::<usize>() as u64);
    prop_assert_eq!(answer.rows.len(), with_points.min(question.limit));
    for RankedGroup { group, statistics } in &answer.rows {
        prop_assert_eq!(differs(statistics, &all[*group], harness.config.exact_limit), None);
    }
    // Every group that is left out comes after the last one that is not.
    let rest = RankingQuestion { limit: usize::MAX, ..question.clone() };
    let whole = harness.engine.ranking(&rest).unwrap();
    let keys: Vec<(f64, usize)> =
        whole.rows.iter().map(|row| (row.statistics.get(question.by), row.group)).collect();
    let in_order = keys.is_sorted_by(|left, right| {
        let order = left.0.total_cmp(&right.0);
        let order = if question.descending { order.reverse() } else { order };
        order.then(left.1.cmp(&right.1)).is_le()
    });
    prop_assert!(in_order, "{keys:?}");
    let first: Vec<usize> = whole.rows.iter().take(question.limit).map(|row| row.group).collect();
    prop_assert_eq!(answer.rows.iter().map(|row| row.group).collect::<Vec<_>>(), first);
    Ok(())
}

fn check_grouped_chart(
    harness: &Harness,
    points: &[Point],
    question: &GroupedChartQuestion,
) -> Result<(), TestCaseError> {
    let answer = harness.engine.grouped_chart(question).unwrap();
    let GroupedChartQuestion { ranking, width, offset } = question;
    prop_assert_eq!(&answer.ranking, &harness.engine.ranking(ranking).unwrap());
    prop_assert_eq!(answer.charts.len(), answer.ranking.rows.len());
    for (row, chart) in answer.ranking.rows.iter().zip(&answer.charts) {
        let mut buckets: BTreeMap<i64, Vec<(i64, f64)>> = BTreeMap::new();
        for (instant, value) in within(points, &ranking.groups[row.group], ranking.from, ranking.to) {
            let start = (instant - offset).div_euclid(*width) * width + offset;
            buckets.entry(start).or_default().push((instant, value));
        }
        let starts: Vec<i64> = chart.iter().map(|bucket| bucket.start.0).collect();
        prop_assert_eq!(starts, buckets.keys().copied().collect::<Vec<_>>());
        for (bucket, points) in chart.iter().zip(buckets.values()) {
            prop_assert_eq!(differs(&bucket.statistics, points, harness.config.exact_limit), None);
        }
    }
    Ok(())
}

fn check_distribution(
    harness: &Harness,
    points: &[Point],
    question: &DistributionQuestion,
) -> Result<(), TestCaseError> {
    let answer = harness.engine.distribution(question).unwrap();
    let values: Vec<f64> = within(points, &question.series, question.from, question.to)
        .into_iter()
        .map(|(_, value)| value)
        .collect();
    prop_assert_eq!(answer.count, values.len() as u64);
    prop_assert_eq!(answer.bins.is_empty(), values.is_empty());
    let Some((min, max)) = answer.bounds else { return Ok(()) };
    prop_assert_eq!(values.iter().copied().reduce(f64::min), Some(min));
    prop_assert_eq!(values.iter().copied().reduce(f64::max), Some(max));
    let least_positive = values.iter().copied().filter(|value| *value > 0.0).reduce(f64::min);
    let expected = edges(Bounds { min, max, least_positive }, question.scale, question.bins);
    let lows: Vec<f64> = answer.bins.iter().map(|bin| bin.low).collect();
    let highs: Vec<f64> = answer.bins.iter().map(|bin| bin.high).collect();
    prop_assert_eq!((&lows[..], &highs[..]), (&expected[..expected.len() - 1], &expected[1..]));
    for bin in &answer.bins {
        let inside = values.iter().filter(|value| (bin.low..bin.high).contains(*value)).count();
        prop_assert_eq!(bin.count, inside as u64);
    }
    Ok(())
}

/// Answers slot by slot.
fn naive_availability(points: &[Point], question: &AvailabilityQuestion, group: &SeriesSet) -> Availability {
    let points = within(points, group, question.from, question.to);
    let mut instants: Vec<i64> = points.iter().map(|(instant, _)| *instant).collect();
    instants.sort_unstable();
    let bounds =
        instants.first().zip(instants.last()).map(|(first, last)| (Timestamp(*first), Timestamp(*last)));
    instants.dedup();
    let interval = question.interval.or_else(|| inferred_interval(instants.clone()));
    let mut gaps: Vec<Gap> = Vec::new();
    let (mut slots, mut covered) = (0, 0);
    if let Some(interval) = interval {
        let mut start = question.from.0;
        while start + interval <= question.to.0 {
            slots += 1;
            if instants.iter().any(|instant| (start..start + interval).contains(instant)) {
                covered += 1;
            } else {
                match gaps.last_mut() {
                    Some(gap) if gap.to.0 == start => gap.to = Timestamp(start + interval),
                    _ => gaps.push(Gap { from: Timestamp(start), to: Timestamp(start + interval) }),
                }
            }
            start += interval;
        }
    } else if points.is_empty() && question.from < question.to {
        gaps.push(Gap { from: question.from, to: question.to });
    }
    let longest = gaps.iter().map(|gap| gap.to.0 - gap.from.0).max().unwrap_or(0);
    let gap_count = gaps.len() as u64;
    gaps.reverse();
    gaps.truncate(question.gaps);
    Availability { points: points.len() as u64, bounds, interval, slots, covered, gap_count, longest, gaps }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_agree_with_naive_ones(
        steps in prop::collection::vec(step(), 1..20),
        chart in chart_question(),
        by in prop::sample::select(STATISTICS.to_vec()),
        descending in any::<bool>(),
        limit in 0_usize..7,
        scale in prop::sample::select(vec![Scale::Linear, Scale::Logarithmic]),
        bins in 5_usize..40,
        interval in prop::option::of(prop_oneof![Just(HOUR), 10 * MINUTE..3 * DAY]),
    ) {
        let mut harness = Harness::new(small_config());
        run(&mut harness, steps);
        let points = harness.points();
        let ChartQuestion { series, from, to, width, offset } = chart;
        let ranking = RankingQuestion { groups: groups(), from, to, by, descending, limit };
        if from < to {
            check_ranking(&harness, &points, &ranking)?;
            check_grouped_chart(&harness, &points, &GroupedChartQuestion { ranking, width, offset })?;
        }
        check_distribution(&harness, &points, &DistributionQuestion { series, from, to, scale, bins })?;
        let question = AvailabilityQuestion { groups: groups(), from, to, interval, gaps: 3 };
        if from < to {
            let answer = harness.engine.availability(&question).unwrap();
            for (found, group) in answer.iter().zip(&question.groups) {
                prop_assert_eq!(found, &naive_availability(&points, &question, group));
            }
        }
    }
}

fn ranking_of(groups: Vec<SeriesSet>) -> RankingQuestion {
    let (from, to) = (Timestamp(START), Timestamp(START + DAY));
    RankingQuestion { groups, from, to, by: Statistic::Avg, descending: true, limit: 10 }
}

/// Two series of one group: one each 10 seconds but for two outages, one once.
fn with_outages() -> Harness {
    let mut harness = Harness::new(small_config());
    let regular = (0..360).filter(|place| !(60..120).contains(place) && !(200..203).contains(place));
    let mut points: Vec<Point> = regular.map(|place| (0, START + place * 10 * SECOND, 1.0)).collect();
    points.push((1, START + 800 * SECOND, 5.0));
    harness.absorb(&points);
    harness
}

#[test]
fn gaps_are_where_an_expected_point_is_missing() {
    let harness = with_outages();
    let question = AvailabilityQuestion {
        groups: vec![set([0, 1]), set([2])],
        from: Timestamp(START),
        to: Timestamp(START + HOUR),
        interval: None,
        gaps: 10,
    };
    let answer = harness.engine.availability(&question).unwrap();
    let gap = |from: i64, to: i64| Gap {
        from: Timestamp(START + from * SECOND),
        to: Timestamp(START + to * SECOND),
    };
    let found = &answer[0];
    assert_eq!((found.points, found.interval, found.slots), (298, Some(20 * SECOND), 180));
    // Twice the usual distance: an interval with one of the two points it should have is no gap.
    assert_eq!(found.gaps, [gap(2_000, 2_020), gap(820, 1_200), gap(600, 800)]);
    assert_eq!((found.covered, found.gap_count, found.longest), (150, 3, 380 * SECOND));
    let silent = &answer[1];
    assert_eq!((silent.points, silent.interval, silent.slots, silent.bounds), (0, None, 0, None));
    assert_eq!(silent.gaps, [gap(0, 3_600)], "the whole span, whatever the interval");
}

#[test]
fn impossible_questions_about_groups_are_refused() {
    let harness = with_outages();
    let many = (0..=MAX_GROUPS as u32).map(|series| set([series])).collect();
    let refused = harness.engine.ranking(&ranking_of(many)).unwrap_err();
    assert!(matches!(refused, AnalyticsError::TooManyGroups { limit: MAX_GROUPS }), "{refused}");

    let chart = |limit, width| GroupedChartQuestion {
        ranking: RankingQuestion { limit, ..ranking_of(vec![set([0]), set([1])]) },
        width,
        offset: 0,
    };
    assert_eq!(harness.engine.grouped_chart(&chart(1, DAY / 50_000)).unwrap().charts.len(), 1);
    for refused in [chart(2, DAY / 50_000), chart(9, DAY / 50_000), chart(1, DAY / 50_001)] {
        let refused = harness.engine.grouped_chart(&refused).unwrap_err();
        assert!(matches!(refused, AnalyticsError::TooManyBuckets { limit: 50_000 }), "{refused}");
    }
    assert!(matches!(harness.engine.grouped_chart(&chart(1, 0)), Err(AnalyticsError::BucketWidth)));

    let slots = |interval, days| AvailabilityQuestion {
        groups: vec![set([0]), set([1])],
        from: Timestamp(START),
        to: Timestamp(START + days * DAY),
        interval: Some(interval),
        gaps: 1,
    };
    assert!(matches!(harness.engine.availability(&slots(0, 1)), Err(AnalyticsError::BucketWidth)));
    let refused = harness.engine.availability(&slots(SECOND, 1_200)).unwrap_err();
    assert!(matches!(refused, AnalyticsError::TooManySlots { limit: 200_000_000 }), "{refused}");
    let few = harness.engine.availability(&slots(SECOND, 12)).unwrap();
    assert_eq!((few[0].slots, few[0].covered), (12 * 86_400, 297));
    let empty = AvailabilityQuestion { to: Timestamp(START), ..slots(SECOND, 1) };
    assert_eq!(harness.engine.availability(&empty).unwrap(), vec![Availability::default(); 2]);
}
