//! Questions about many groups of series, asked of both engines.

use crate::questions::{TIMES, agree, check_rank, values_of};
use crate::world::{START, World, random, set};
use rand::RngExt;
use rand::rngs::StdRng;
use tracely_analytics::{
    GroupedChartQuestion, MAX_GROUPS, RankedGroup, RankingQuestion, SeriesSet, Statistic, Statistics,
    StatisticsBucket,
};
use tracely_core::time::{DAY, HOUR, MINUTE, Timestamp};

const STATISTICS: [Statistic; 10] = [
    Statistic::Count,
    Statistic::Avg,
    Statistic::Min,
    Statistic::P50,
    Statistic::Max,
    Statistic::P90,
    Statistic::Last,
    Statistic::P95,
    Statistic::Sum,
    Statistic::P99,
];

/// Says whether both engines find the same number to the bit.
fn is_exact(statistic: Statistic) -> bool {
    matches!(statistic, Statistic::Count | Statistic::Min | Statistic::Max | Statistic::Last)
}

/// Returns the services, or all series, as groups, with others between them that have no points or no series.
pub fn some_groups(world: &World, round: usize) -> Vec<SeriesSet> {
    let mut groups: Vec<SeriesSet> = match round % 3 {
        0 => world.services.iter().map(|series| set(series.iter().copied())).collect(),
        1 => world.services.iter().flatten().map(|series| set([*series])).collect(),
        _ => vec![world.all()],
    };
    groups.insert(0, set([]));
    // More than a cluster is asked about at once.
    let absent = if round % 4 == 1 { 50_000..50_250 } else { 50_000..50_001 };
    groups.splice(1..1, absent.map(|series| set([series])));
    groups
}

fn some_ranking(world: &World, round: usize, random: &mut StdRng) -> RankingQuestion {
    let (from, to) = World::some_span(random);
    let groups = some_groups(world, round);
    let (by, descending) = (STATISTICS[round % STATISTICS.len()], random.random_bool(0.5));
    let limit = random.random_range(1..=12);
    RankingQuestion { groups, from, to, by, descending, limit }
}

pub async fn rankings(world: &World) {
    let mut random = random();
    for round in 0..TIMES {
        let question = some_ranking(world, round, &mut random);
        let embedded = world.embedded.ranking(&question).unwrap();
        let cluster = world.elastic.ranking(&question).await.unwrap();
        assert_eq!((cluster.groups, cluster.points), (embedded.groups, embedded.points), "{question:?}");

        let everything = RankingQuestion { limit: question.groups.len(), ..question.clone() };
        let ours = world.embedded.ranking(&everything).unwrap().rows;
        let theirs = world.elastic.ranking(&everything).await.unwrap().rows;
        let first = &theirs[..question.limit.min(theirs.len())];
        assert_eq!(cluster.rows.len(), first.len());
        let by = |row: &RankedGroup| row.statistics.get(question.by);
        let is_ordered = |left: &RankedGroup, right: &RankedGroup| {
            let (first, then) = if question.descending { (right, left) } else { (left, right) };
            let order = by(first).total_cmp(&by(then));
            order.is_lt() || order.is_eq() && left.group < right.group
        };
        assert!(theirs.is_sorted_by(is_ordered), "{theirs:?}");
        let places = |rows: &[RankedGroup]| rows.iter().map(|row| row.group).collect::<Vec<_>>();
        if is_exact(question.by) {
            assert_eq!(places(&theirs), places(&ours), "{question:?}");
            // Estimates are not the same each time.
            assert_eq!(places(&cluster.rows), places(first), "{question:?}");
        }
        assert_eq!(theirs.len(), ours.len());
        for row in &ours {
            let their = theirs.iter().find(|their| their.group == row.group).unwrap();
            let span = (question.from.0, question.to.0);
            let values = values_of(&world.points, &question.groups[row.group], span);
            check_statistics(&values, &row.statistics, &their.statistics);
        }
    }
    let (from, to) = (Timestamp(START), Timestamp(START + DAY));
    for (count, fits) in [(MAX_GROUPS, true), (MAX_GROUPS + 1, false)] {
        let groups = vec![set([]); count];
        let question = RankingQuestion { groups, from, to, by: Statistic::Avg, descending: true, limit: 1 };
        assert_eq!(world.embedded.ranking(&question).is_ok(), fits);
        assert_eq!(world.elastic.ranking(&question).await.is_ok(), fits);
    }
}

pub async fn charts(world: &World) {
    let mut random = random();
    for round in 0..TIMES {
        // By a number that is exact, so that both choose the same groups.
        let by = [Statistic::Count, Statistic::Last, Statistic::Max][round % 3];
        let ranking = RankingQuestion { by, ..some_ranking(world, round, &mut random) };
        let widths = [MINUTE, 15 * MINUTE, 6 * HOUR, DAY, 7 * DAY + 1];
        let fits = |width: &i64| (ranking.to.0 - ranking.from.0) / width < 2_000;
        let fitting: Vec<i64> = widths.into_iter().filter(fits).collect();
        let width = fitting[random.random_range(0..fitting.len())];
        let offset = [0, 3 * HOUR, -5 * HOUR, 1][round % 4];
        let question = GroupedChartQuestion { ranking, width, offset };
        let embedded = world.embedded.grouped_chart(&question).unwrap();
        let cluster = world.elastic.grouped_chart(&question).await.unwrap();
        let places = |rows: &[RankedGroup]| rows.iter().map(|row| row.group).collect::<Vec<_>>();
        assert_eq!(places(&cluster.ranking.rows), places(&embedded.ranking.rows), "{question:?}");
        assert_eq!(cluster.charts.len(), embedded.charts.len());
        let charts = embedded.charts.iter().zip(&cluster.charts);
        for (row, (ours, theirs)) in embedded.ranking.rows.iter().zip(charts) {
            let starts = |chart: &[StatisticsBucket]| chart.iter().map(|one| one.start).collect::<Vec<_>>();
            assert_eq!(starts(theirs), starts(ours), "{question:?}");
            for (our, their) in ours.iter().zip(theirs) {
                let span = (question.ranking.from.0, question.ranking.to.0);
                let span = (our.start.0.max(span.0), (our.start.0 + width).min(span.1));
                let values = values_of(&world.points, &question.ranking.groups[row.group], span);
                check_statistics(&values, &our.statistics, &their.statistics);
            }
        }
    }
    let groups = vec![world.all(), set([1]), set([2])];
    for (minutes, fits) in [(25_000, true), (25_001, false)] {
        let (from, to) = (Timestamp(START), Timestamp(START + minutes * MINUTE));
        let (by, descending, limit) = (Statistic::Count, true, 2);
        let ranking = RankingQuestion { groups: groups.clone(), from, to, by, descending, limit };
        let question = GroupedChartQuestion { ranking, width: MINUTE, offset: 0 };
        assert_eq!(world.embedded.grouped_chart(&question).is_ok(), fits);
        assert_eq!(world.elastic.grouped_chart(&question).await.is_ok(), fits);
    }
}

/// Checks what a cluster sums up to: exactly, or as closely as is documented.
fn check_statistics(values: &[f64], ours: &Statistics, theirs: &Statistics) {
    let exact = |one: &Statistics| (one.count, one.min, one.max, one.last);
    assert_eq!(exact(theirs), exact(ours), "{theirs:?} instead of {ours:?}");
    let size = values.iter().map(|value| value.abs()).sum::<f64>();
    assert!(agree(theirs.sum, ours.sum, size), "{theirs:?} instead of {ours:?}");
    assert!(agree(theirs.avg, ours.avg, size / values.len() as f64), "{theirs:?} instead of {ours:?}");
    for (share, estimate) in [(0.5, theirs.p50), (0.9, theirs.p90), (0.95, theirs.p95), (0.99, theirs.p99)] {
        check_rank(values, share, estimate);
    }
}
