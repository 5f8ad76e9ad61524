use super::catalog::{CHECKS, Monitored, TEAMS, services};
use super::{Generator, Mix, SeedPoint, history_instant};
use std::collections::{BTreeMap, HashSet};
use tracely_core::metric::MetricType;
use tracely_core::time::{DAY, Timestamp};

const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

fn history(services: &[Monitored], seed: u64, points: u64, violating: f64) -> Vec<SeedPoint> {
    let mix = Mix { violating, lengths: 3..=8 };
    let mut generator = Generator::new(services, seed, points as usize, mix);
    (0..points).map(|number| generator.next(history_instant(NOW, number, points))).collect()
}

fn by_series(points: &[SeedPoint]) -> Vec<Vec<SeedPoint>> {
    let mut series: BTreeMap<_, Vec<SeedPoint>> = BTreeMap::new();
    for point in points {
        series.entry((point.service, point.metric_type)).or_default().push(point.clone());
    }
    series.into_values().collect()
}

/// Returns the lowest threshold of a metric type that all services are checked against.
fn threshold(metric_type: &str) -> f64 {
    let checks = CHECKS.iter().filter(|check| check.metric_type == metric_type && check.service.is_none());
    checks.map(|check| check.threshold).fold(f64::INFINITY, f64::min)
}

#[test]
fn the_same_seed_gives_the_same_points_and_another_gives_others() {
    let services = services(8);
    assert_eq!(history(&services, 7, 500, 0.02), history(&services, 7, 500, 0.02));
    assert_ne!(history(&services, 7, 500, 0.02), history(&services, 8, 500, 0.02));
}

#[test]
fn points_lie_in_the_last_day_in_time_order_up_to_now() {
    let points = history(&services(8), 1, 2_000, 0.02);
    assert!(points.is_sorted_by_key(|point| point.instant));
    assert!(points[0].instant >= NOW.plus(-DAY));
    assert_eq!(points[1_999].instant, NOW);
}

#[test]
fn exactly_the_points_of_episodes_exceed_the_threshold_and_their_share_is_as_asked() {
    for (count, share, expected) in [(100, 0.02, 2), (2_000, 0.02, 40), (20_000, 0.1, 2_000), (500, 0.0, 0)] {
        let points = history(&services(8), 3, count, share);
        let violating = points.iter().filter(|point| point.is_violating).count();
        assert_eq!(violating, expected, "{count}");
        for point in &points {
            let exceeds = point.value > threshold(point.metric_type);
            assert_eq!(exceeds, point.is_violating, "{point:?}");
        }
    }
}

#[test]
fn half_of_the_points_can_violate() {
    let points = history(&services(4), 3, 10_000, 0.5);
    let violating = points.iter().filter(|point| point.is_violating).count();
    assert!((4_900..=5_000).contains(&violating), "{violating}");
}

#[test]
fn every_episode_begins_after_a_normal_point_and_recovers() {
    for series in by_series(&history(&services(8), 5, 5_000, 0.05)) {
        assert!(!series[0].is_violating && !series[series.len() - 1].is_violating);
    }
}

#[test]
fn episodes_are_longer_than_a_point() {
    let points = history(&services(8), 5, 5_000, 0.05);
    let lengths: Vec<usize> = by_series(&points)
        .iter()
        .flat_map(|series| {
            series.chunk_by(|a, b| a.is_violating == b.is_violating).filter(|run| run[0].is_violating)
        })
        .map(<[SeedPoint]>::len)
        .collect();
    let longer = lengths.iter().filter(|length| **length >= 3).count();
    assert!(longer + 1 >= lengths.len(), "{lengths:?}");
    assert!(lengths.iter().all(|length| *length <= 8));
}

#[test]
fn values_are_valid_and_have_two_decimals() {
    let types = MetricType::built_in();
    for point in history(&services(12), 9, 20_000, 0.1) {
        let metric_type = types.iter().find(|metric_type| metric_type.key == point.metric_type).unwrap();
        assert_eq!(metric_type.check(point.value), Ok(()), "{point:?}");
        let hundredths = point.value * 100.0;
        assert!((hundredths - hundredths.round()).abs() < 1e-6, "{point:?}");
    }
}

#[test]
fn latency_is_higher_in_the_evening_than_before_dawn() {
    let points = history(&services(8), 2, 20_000, 0.0);
    let mean_at = |hour: i64| {
        let at = |point: &&SeedPoint| point.instant.0.rem_euclid(DAY) / 3_600_000_000 == hour;
        let values: Vec<_> = points
            .iter()
            .filter(|point| point.metric_type == "LATENCY_MS")
            .filter(at)
            .map(|point| point.value)
            .collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    assert!(mean_at(17) > 1.3 * mean_at(5), "{} {}", mean_at(17), mean_at(5));
}

#[test]
fn episodes_go_on_block_after_block() {
    let services = services(3);
    let mut generator = Generator::new(&services, 1, 10, Mix { violating: 0.0, lengths: 3..=8 });
    let block = generator.series() * 120;
    generator.begin(block, Mix { violating: 0.1, lengths: 8..=20 });
    for _ in 0..3 {
        let violating = (0..block).filter(|_| generator.next(NOW).is_violating).count();
        assert_eq!(violating, (block as f64 * 0.1).round() as usize);
    }
}

#[test]
fn services_have_distinct_keys_and_more_of_them_begin_with_the_same() {
    let many = services(500);
    let keys: HashSet<_> = many.iter().map(|service| &service.key).collect();
    assert_eq!(keys.len(), 500);
    assert_eq!(many[..20], services(20));
    let is_slug =
        |key: &str| key.bytes().all(|byte| byte.is_ascii_lowercase() || b"-0123456789".contains(&byte));
    assert!(many.iter().all(|service| is_slug(&service.key)));
}

#[test]
fn every_rule_is_routed_to_a_department_that_is_made() {
    assert!(CHECKS.iter().all(|check| TEAMS.iter().any(|team| team.name == check.team)));
    let names: HashSet<_> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), CHECKS.len());
}
