//! Every answer agrees with a naive engine, however the points are spread over tail and segments.

use crate::{
    harness::{Harness, Point, START, set, small_config},
    naive::{check_chart, naive_averages, naive_chart, naive_latest, naive_points},
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tracely_analytics::{AveragesQuestion, ChartQuestion, Config, PointsOrder, PointsQuestion};
use tracely_core::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

#[derive(Debug, Clone)]
pub enum Step {
    Absorb(Vec<Point>),
    Flush,
    AbandonFlush,
    Merge,
    AbandonMerge,
    Crash,
}

fn point() -> impl Strategy<Value = Point> {
    let series = prop_oneof![0_u32..8, Just(3_000_000_000_u32), Just(u32::MAX)];
    // A coarse grid over three days gives points of equal series and instant.
    let instant = prop_oneof![
        (0_i64..20).prop_map(|hour| START + hour * 4 * HOUR),
        (-DAY..3 * DAY).prop_map(|micros| START + micros),
        Just(START + DAY - 1),
    ];
    let value = prop_oneof![(-50_i32..50).prop_map(|tenths| f64::from(tenths) / 10.0), -1e6..1e6_f64];
    (series, instant, value)
}

pub fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(point(), 0..30).prop_map(Step::Absorb),
        3 => Just(Step::Flush),
        1 => Just(Step::AbandonFlush),
        2 => Just(Step::Merge),
        1 => Just(Step::AbandonMerge),
        1 => Just(Step::Crash),
    ]
}

/// Does the steps; says whether any merge was among them.
pub fn run(harness: &mut Harness, steps: Vec<Step>) -> bool {
    let mut merged = false;
    for step in steps {
        match step {
            Step::Absorb(points) => harness.absorb(&points),
            Step::Flush => harness.flush(),
            Step::AbandonFlush => {
                if let Some(flush) = harness.engine.prepare_flush().unwrap() {
                    harness.engine.abandon(flush);
                }
            }
            Step::Merge => merged |= harness.merge(),
            Step::AbandonMerge => {
                if let Some(merge) = harness.engine.prepare_merge().unwrap() {
                    harness.engine.abandon_merge(merge);
                }
            }
            Step::Crash => harness.crash(),
        }
    }
    merged
}

prop_compose! {
    pub fn chart_question()(
        series in prop::collection::vec(prop_oneof![0_u32..9, Just(3_000_000_000), Just(u32::MAX)], 0..10),
        from in -DAY..3 * DAY,
        length in prop_oneof![0..DAY, 0..4 * DAY],
        width in prop_oneof![Just(MINUTE), Just(HOUR), Just(DAY), 10 * MINUTE..2 * DAY],
        offset in prop_oneof![Just(0), -DAY..DAY],
    ) -> ChartQuestion {
        let from = START + from;
        ChartQuestion { series: set(series), from: Timestamp(from), to: Timestamp(from + length), width, offset }
    }
}

prop_compose! {
    fn points_question()(
        series in prop::collection::vec(prop_oneof![0_u32..9, Just(3_000_000_000), Just(u32::MAX)], 0..10),
        from in prop::option::of(-DAY..3 * DAY),
        to in prop::option::of(-DAY..4 * DAY),
        min_value in prop::option::of((-50_i32..50).prop_map(|tenths| f64::from(tenths) / 10.0)),
        max_value in prop::option::of((-50_i32..50).prop_map(|tenths| f64::from(tenths) / 10.0)),
        by_value in any::<bool>(),
        descending in any::<bool>(),
        limit in 0_usize..40,
    ) -> PointsQuestion {
        PointsQuestion {
            series: set(series),
            from: from.map(|micros| Timestamp(START + micros)),
            to: to.map(|micros| Timestamp(START + micros)),
            min_value,
            max_value,
            order: if by_value { PointsOrder::Value } else { PointsOrder::Instant },
            descending,
            offset: 0,
            limit,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_agree_with_a_naive_engine(
        steps in prop::collection::vec(step(), 1..30),
        charts in prop::collection::vec(chart_question(), 1..4),
        pages in prop::collection::vec(points_question(), 1..4),
    ) {
        let mut harness = Harness::new(small_config());
        let merged = run(&mut harness, steps);
        let points = harness.points();
        for question in &charts {
            let chart = harness.engine.chart(question).unwrap();
            let naive = naive_chart(&points, question);
            check_chart(&chart, &naive, harness.config.exact_limit).map_err(TestCaseError::fail)?;
            check_latest(&harness, &points, question, merged)?;
            check_averages(&harness, &points, question)?;
        }
        for question in &pages {
            check_pages(&harness, &points, question)?;
        }
        prop_assert_eq!(harness.files(), harness.listed_files());
    }
}

fn check_latest(
    harness: &Harness,
    points: &[Point],
    question: &ChartQuestion,
    merged: bool,
) -> Result<(), TestCaseError> {
    let latest = harness.engine.latest(&question.series).unwrap();
    let naive = naive_latest(points, &question.series);
    prop_assert_eq!(latest.len(), naive.len());
    for (row, (series, (instant, values))) in latest.iter().zip(naive) {
        prop_assert_eq!((row.series.0, row.instant.0), (series, instant));
        prop_assert!(values.contains(&row.value));
        prop_assert!(
            merged || values.last() == Some(&row.value),
            "{row:?} instead of the last of {values:?}"
        );
    }
    Ok(())
}

fn check_averages(
    harness: &Harness,
    points: &[Point],
    question: &ChartQuestion,
) -> Result<(), TestCaseError> {
    let groups = vec![set([0, 3, u32::MAX]), set([]), set([1, 2, 4, 5]), set([77]), set([6, 3_000_000_000])];
    let question = AveragesQuestion { groups, from: question.from, to: question.to, buckets: 30 };
    let averages = harness.engine.averages(&question).unwrap();
    let naive = naive_averages(points, &question);
    prop_assert_eq!(averages.len(), naive.len());
    for (found, expected) in averages.iter().flatten().zip(naive.iter().flatten()) {
        let close = found.zip(*expected).is_none_or(|(found, expected)| (found - expected).abs() < 1e-6);
        prop_assert!(found.is_some() == expected.is_some() && close, "{found:?} instead of {expected:?}");
    }
    Ok(())
}

fn check_pages(harness: &Harness, points: &[Point], question: &PointsQuestion) -> Result<(), TestCaseError> {
    let naive = naive_points(points, question);
    for offset in (0..=naive.len()).step_by(question.limit.max(1)).take(4) {
        let page = PointsQuestion { offset, ..question.clone() };
        let answer = harness.engine.points(&page).unwrap();
        let end = naive.len().min(offset + question.limit);
        prop_assert_eq!(answer.total, naive.len() as u64);
        prop_assert_eq!(&answer.rows, &naive[offset..end]);
    }
    Ok(())
}

/// Enough points for several pages of a row group, several row groups, and several threads.
#[test]
fn many_points_agree_with_a_naive_engine() {
    let config = Config { threads: 3, merge_fan_in: 2, ..Config::default() };
    let exact_limit = config.exact_limit;
    let mut harness = Harness::new(config);
    let mut random = StdRng::seed_from_u64(1);
    for entry in 0..60 {
        let points: Vec<Point> = (0..10_000)
            .map(|_| {
                let instant = START + random.random_range(0..DAY / SECOND) * SECOND;
                let value = f64::from(random.random_range(-5_000..10_000)) / 100.0;
                (random.random_range(0..500), instant, value)
            })
            .collect();
        harness.absorb(&points);
        if entry % 20 == 19 {
            harness.flush();
            harness.merge();
        }
    }
    harness.absorb(&[(7, START, 1.0)]);
    let points = harness.points();

    for series in [set(0..500), set([250]), set((0..500).step_by(7)), set(490..600)] {
        for (from, to, width) in [(0, DAY, MINUTE), (HOUR, 2 * HOUR, HOUR), (0, 2 * DAY, DAY)] {
            let (from, to) = (Timestamp(START + from), Timestamp(START + to));
            let question = ChartQuestion { series: series.clone(), from, to, width, offset: 0 };
            let naive = naive_chart(&points, &question);
            check_chart(&harness.engine.chart(&question).unwrap(), &naive, exact_limit).unwrap();
        }
        for order in [PointsOrder::Instant, PointsOrder::Value] {
            for (from, min_value) in
                [(None, None), (Some(Timestamp(START + 20 * HOUR)), None), (None, Some(90.0))]
            {
                let question = PointsQuestion {
                    series: series.clone(),
                    from,
                    to: None,
                    min_value,
                    max_value: None,
                    order,
                    descending: true,
                    offset: 100,
                    limit: 1_000,
                };
                let naive = naive_points(&points, &question);
                let answer = harness.engine.points(&question).unwrap();
                assert_eq!(answer.total, naive.len() as u64);
                assert_eq!(answer.rows, naive[naive.len().min(100)..naive.len().min(1_100)]);
            }
        }
        let latest = harness.engine.latest(&series).unwrap();
        let naive = naive_latest(&points, &series);
        assert_eq!(latest.len(), naive.len());
        for (row, (number, (instant, values))) in latest.iter().zip(naive) {
            assert_eq!((row.series.0, row.instant.0), (number, instant));
            assert!(values.contains(&row.value));
        }
    }
}
