//! Every question, asked of both engines.

use crate::groups;
use crate::spread;
use crate::world::{CROWDED, Point, SPAN, START, World, random, set};
use rand::RngExt;
use tracely_analytics::{
    AveragesQuestion, ChartBucket, ChartQuestion, PointsOrder, PointsQuestion, SeriesSet, TrialAnswer,
    TrialQuestion,
};
use tracely_core::id::SeriesId;
use tracely_core::rule::Operator;
use tracely_core::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

/// How often each kind of question is asked.
pub const TIMES: usize = 40;

/// Says whether two averages agree to 1e-9 of the size of what was averaged.
pub fn agree(left: f64, right: f64, size: f64) -> bool {
    (left - right).abs() <= size * 1e-9
}

#[tokio::test]
async fn both_engines_answer_every_question_alike() {
    let Some(world) = World::new("conformance").await else { return };
    let total = world.embedded.points(&page(&world, PointsOrder::Instant)).unwrap().total;
    assert_eq!(total, world.points.len() as u64);
    charts(&world).await;
    limits(&world).await;
    pages(&world).await;
    newest(&world).await;
    averages(&world).await;
    trials(&world).await;
    groups::rankings(&world).await;
    groups::charts(&world).await;
    spread::distributions(&world).await;
    spread::availabilities(&world).await;
}

async fn charts(world: &World) {
    let mut random = random();
    for round in 0..TIMES {
        let (from, to) = World::some_span(&mut random);
        let widths = [10 * SECOND, MINUTE, 15 * MINUTE, 6 * HOUR, DAY, 7 * DAY + 1];
        let fitting = widths.into_iter().filter(|width| (to.0 - from.0) / width < 20_000);
        let fitting: Vec<i64> = fitting.collect();
        let width = fitting[random.random_range(0..fitting.len())];
        let offset = [0, 3 * HOUR, -5 * HOUR, 1][round % 4];
        let series = if round % 7 == 0 { set([CROWDED]) } else { world.some_series(&mut random) };
        let question = ChartQuestion { series, from, to, width, offset };
        let embedded = world.embedded.chart(&question).unwrap();
        let cluster = world.elastic.chart(&question).await.unwrap();
        let starts =
            |chart: &[ChartBucket]| chart.iter().map(|one| (one.start, one.count)).collect::<Vec<_>>();
        assert_eq!(starts(&cluster), starts(&embedded), "{question:?}");
        for (ours, theirs) in embedded.iter().zip(&cluster) {
            let start = ours.start.0;
            let span = (start.max(question.from.0), (start + question.width).min(question.to.0));
            let values = values_of(&world.points, &question.series, span);
            assert_eq!((theirs.min, theirs.max), (ours.min, ours.max), "{question:?}");
            let size = values.iter().map(|value| value.abs()).sum::<f64>() / values.len() as f64;
            assert!(agree(theirs.avg, ours.avg, size), "{theirs:?} instead of {ours:?}");
            for (share, estimate) in [(0.5, theirs.p50), (0.95, theirs.p95), (0.99, theirs.p99)] {
                check_rank(&values, share, estimate);
            }
        }
    }
}

/// The largest charts are the same for both, whoever is asked about.
async fn limits(world: &World) {
    for series in [set([]), set([1])] {
        for (from, fits) in [(0, true), (-1, false)] {
            let (from, to) = (Timestamp(START + from), Timestamp(START + 50_000 * MINUTE));
            let question = ChartQuestion { series: series.clone(), from, to, width: MINUTE, offset: 0 };
            assert_eq!(world.embedded.chart(&question).is_ok(), fits);
            assert_eq!(world.elastic.chart(&question).await.is_ok(), fits, "{question:?}");
        }
    }
}

/// Returns the values of some series from one instant until before another, ascending.
pub fn values_of(points: &[Point], series: &SeriesSet, (from, to): (i64, i64)) -> Vec<f64> {
    let inside = points
        .iter()
        .filter(|(number, instant, _)| (from..to).contains(instant) && series.contains(SeriesId(*number)));
    let mut values: Vec<f64> = inside.map(|(.., value)| *value).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// Checks that an estimate of a percentile lies between the values whose ranks are one point and one percent of the
/// points away, as is documented.
pub fn check_rank(values: &[f64], share: f64, estimate: f64) {
    let last = (values.len() - 1) as f64;
    let away = 1.0 + 0.01 * last;
    let low = values[(share * last - away).max(0.0).floor() as usize];
    let high = values[(share * last + away).min(last).ceil() as usize];
    assert!(
        (low..=high).contains(&estimate),
        "{share}: {estimate} is not in {low}..={high} of {}",
        values.len()
    );
}

fn page(world: &World, order: PointsOrder) -> PointsQuestion {
    PointsQuestion {
        series: world.all(),
        from: None,
        to: None,
        min_value: None,
        max_value: None,
        order,
        descending: false,
        offset: 0,
        limit: 0,
    }
}

async fn pages(world: &World) {
    let mut random = random();
    for round in 0..TIMES {
        let order = [PointsOrder::Instant, PointsOrder::Value][round % 2];
        let (from, to) = World::some_span(&mut random);
        let question = PointsQuestion {
            series: world.some_series(&mut random),
            from: random.random_bool(0.5).then_some(from),
            to: random.random_bool(0.5).then_some(to),
            min_value: random.random_bool(0.3).then(|| random.random_range(-50.0..50.0_f64).round()),
            max_value: random.random_bool(0.3).then(|| random.random_range(0.0..200.0_f64).round()),
            descending: random.random_bool(0.5),
            offset: [0, 3, 500, 12_000][random.random_range(0..4)],
            limit: random.random_range(0..120),
            ..page(world, order)
        };
        let embedded = world.embedded.points(&question).unwrap();
        let cluster = world.elastic.points(&question).await.unwrap();
        assert_eq!(cluster, embedded, "{question:?}");
    }
}

async fn newest(world: &World) {
    let mut random = random();
    for _ in 0..TIMES {
        let series = world.some_series(&mut random);
        let embedded = world.embedded.latest(&series).unwrap();
        assert_eq!(world.elastic.latest(&series).await.unwrap(), embedded, "{series:?}");
    }
}

async fn averages(world: &World) {
    let mut random = random();
    for _ in 0..TIMES {
        let (from, to) = World::some_span(&mut random);
        let mut groups: Vec<_> = world.services.iter().map(|series| set(series.iter().copied())).collect();
        groups.push(set([]));
        let buckets = random.random_range(1..60);
        let question = AveragesQuestion { groups, from, to, buckets };
        let embedded = world.embedded.averages(&question).unwrap();
        let cluster = world.elastic.averages(&question).await.unwrap();
        assert_eq!(cluster.len(), embedded.len());
        for (ours, theirs) in embedded.iter().flatten().zip(cluster.iter().flatten()) {
            let same = match (ours, theirs) {
                (None, None) => true,
                // The largest values are about 1e12; what is lost to rounding is a share of them.
                (Some(ours), Some(theirs)) => agree(*ours, *theirs, ours.abs().max(1e3)),
                _ => false,
            };
            assert!(same, "{theirs:?} instead of {ours:?}: {question:?}");
        }
    }
}

async fn trials(world: &World) {
    let mut random = random();
    for round in 0..TIMES {
        let (from, to) = World::some_span(&mut random);
        let (from, to) =
            if round % 5 == 0 { (Timestamp(START), Timestamp(START + SPAN)) } else { (from, to) };
        // The order of different values at one instant of one series is not part of the answer.
        let services = world.services.iter().filter(|series| **series != [CROWDED]);
        let question = TrialQuestion {
            groups: services.map(|series| set(series.iter().copied())).collect(),
            from,
            to,
            width: [MINUTE, HOUR][round % 2],
            operator: Operator::ALL[random.random_range(0..Operator::ALL.len())],
            threshold: f64::from(random.random_range(0..30_u32)),
            limit: [5, 10_000][round % 2],
        };
        let embedded = world.embedded.trial(&question).unwrap();
        let cluster = world.elastic.trial(&question).await.unwrap();
        for (ours, theirs) in embedded.buckets.iter().zip(&cluster.buckets) {
            let size = ours.max.abs().max(ours.min.abs());
            assert!(agree(ours.avg, theirs.avg, size), "{theirs:?} instead of {ours:?}");
        }
        assert_eq!(without_averages(cluster), without_averages(embedded), "{question:?}");
    }
}

fn without_averages(answer: TrialAnswer) -> TrialAnswer {
    let mut answer = answer;
    answer.buckets.iter_mut().for_each(|bucket| bucket.avg = 0.0);
    answer
}
