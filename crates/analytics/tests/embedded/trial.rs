//! A trial finds what the rule engine would have opened, however the points are spread over tail and segments.

use crate::harness::{Harness, Point, START, set, small_config};
use proptest::prelude::*;
use std::{collections::BTreeMap, fmt::Debug, str::FromStr, sync::Arc};
use tracely_analytics::{AnalyticsError, Config, TrialAnswer, TrialQuestion};
use tracely_core::event::Event;
use tracely_core::id::{OrganizationId, SeriesId, ServiceId};
use tracely_core::metric::{Labels, PointBatch, Series};
use tracely_core::rule::engine::{Config as EngineConfig, Engine, Transition};
use tracely_core::rule::{Operator, Rule, Severity};
use tracely_core::time::{DAY, MINUTE, SECOND, Timestamp};

/// Series 0 to 2 are of the first service, 3 and 4 of the second.
const SERVICES: [std::ops::Range<u32>; 2] = [0..3, 3..5];

fn question(operator: Operator, threshold: f64) -> TrialQuestion {
    TrialQuestion {
        groups: SERVICES.map(set).into(),
        from: Timestamp(START),
        to: Timestamp(START + DAY),
        width: MINUTE,
        operator,
        threshold,
        limit: 1_000,
    }
}

fn ask(points: &[Point], question: &TrialQuestion) -> TrialAnswer {
    let mut harness = Harness::new(small_config());
    for (place, part) in points.chunks(7).enumerate() {
        harness.absorb(part);
        if place % 3 == 2 {
            harness.flush();
        }
        if place % 11 == 10 {
            harness.merge();
        }
    }
    harness.engine.trial(question).unwrap()
}

fn id<T: FromStr<Err: Debug>>(number: usize) -> T {
    format!("00000000-0000-0000-0000-{number:012}").parse().unwrap()
}

/// Lets the rule engine judge the points in the order of their instants, and returns when episodes began, by service.
fn judged(points: &[Point], operator: Operator, threshold: f64) -> (u64, Vec<(i64, usize)>) {
    let organization_id: OrganizationId = id(1);
    let rule = Rule {
        id: id(2),
        organization_id,
        name: "Rule".into(),
        description: String::new(),
        metric_type: "LATENCY_MS".into(),
        operator,
        threshold,
        severity: Severity::High,
        department_id: id(3),
        enabled: true,
        service_ids: Vec::new(),
        labels: Vec::new(),
        version: 1,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    };
    let services: [ServiceId; 2] = [id(10), id(11)];
    let mut engine = Engine::new(EngineConfig::default());
    engine.apply(&Event::RuleChanged { rule: Box::new(rule) });
    for (service, series) in SERVICES.into_iter().enumerate() {
        for number in series {
            engine.learn(Arc::new(Series {
                id: SeriesId(number),
                organization_id,
                service_id: services[service],
                metric_type: "LATENCY_MS".into(),
                labels: Labels::default(),
            }));
        }
    }
    let mut batch = PointBatch::default();
    let ordered: BTreeMap<(i64, u32), f64> =
        points.iter().map(|(series, instant, value)| ((*instant, *series), *value)).collect();
    for ((instant, series), value) in ordered {
        batch.push_row(series, instant, value);
    }
    let mut transitions = Vec::new();
    engine.judge(&batch, Timestamp(START + DAY), &mut transitions);
    let began = transitions.into_iter().filter_map(|transition| match transition {
        Transition::Opened { identity, point, .. } | Transition::ViolatedAgain { identity, point } => {
            Some((point.instant.0, usize::from(identity.service_id == services[1])))
        }
        Transition::Recovered { .. } => None,
    });
    (engine.tally().violations, began.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_trial_finds_what_the_engine_would_open(
        rows in prop::collection::btree_map((0_u32..5, 0_i64..60), 0_i32..10, 0..120),
        shuffle in any::<u64>(),
        operator in prop::sample::select(Operator::ALL),
    ) {
        let mut points: Vec<Point> = rows
            .into_iter()
            .map(|((series, second), value)| (series, START + second * 20 * SECOND, f64::from(value)))
            .collect();
        points.sort_by_key(|(series, instant, _)| (*instant ^ i64::from(*series)).wrapping_mul(shuffle as i64 | 1));
        let answer = ask(&points, &question(operator, 5.0));
        let (violations, mut began) = judged(&points, operator, 5.0);

        prop_assert_eq!(answer.points, points.len() as u64);
        prop_assert_eq!(answer.violations, violations);
        prop_assert_eq!(answer.episode_count, began.len() as u64);
        began.sort_by_key(|(instant, service)| (std::cmp::Reverse(*instant), *service));
        let found: Vec<_> =
            answer.episodes.iter().map(|episode| (episode.from.0, episode.group)).collect();
        prop_assert_eq!(found, began);
        let violating = answer.episodes.iter().map(|episode| episode.points).sum::<u64>();
        prop_assert_eq!(violating, violations, "every violation is in an episode");
    }
}

#[test]
fn an_episode_tells_its_worst_value_and_ends_with_its_last_violation() {
    let at = |second: i64| START + second * SECOND;
    let points = [(0, at(0), 1.0), (0, at(1), 7.0), (1, at(2), 9.0), (0, at(3), 2.0), (1, at(4), 6.0)];
    let more = [(1, at(5), 1.0), (0, at(6), 8.0), (3, at(70), 9.0)];
    let answer = ask(&[&points[..], &more].concat(), &question(Operator::Greater, 5.0));

    let told: Vec<_> = answer
        .episodes
        .iter()
        .map(|one| {
            (one.group, (one.from.0 - START) / SECOND, (one.to.0 - START) / SECOND, one.points, one.peak)
        })
        .collect();
    assert_eq!(told, [(1, 70, 70, 1, 9.0), (0, 6, 6, 1, 8.0), (0, 1, 4, 3, 9.0)]);
    let buckets: Vec<_> =
        answer.buckets.iter().map(|one| (one.count, one.min, one.max, one.violations)).collect();
    assert_eq!(buckets, [(7, 1.0, 9.0, 4), (1, 9.0, 9.0, 1)]);
    assert!((answer.buckets[0].avg - 34.0 / 7.0).abs() < 1e-9);
}

#[test]
fn a_trial_is_bounded() {
    let points: Vec<Point> =
        (0..60).map(|second| (0, START + second * 2 * SECOND, (second % 2) as f64)).collect();
    let alternating = TrialQuestion { limit: 3, ..question(Operator::Greater, 0.5) };
    let answer = ask(&points, &alternating);
    assert_eq!((answer.episode_count, answer.episodes.len()), (30, 3));
    assert_eq!(answer.episodes[0].from.0, START + 118 * SECOND, "the newest are kept");

    let mut harness = Harness::new(Config { trial_points: 59, ..small_config() });
    harness.absorb(&points);
    let refused = harness.engine.trial(&alternating).unwrap_err();
    assert!(matches!(refused, AnalyticsError::TooManyPoints { limit: 59 }));
    let shorter = TrialQuestion { to: Timestamp(START + 118 * SECOND), ..alternating.clone() };
    assert_eq!(harness.engine.trial(&shorter).unwrap().points, 59);

    let narrow = TrialQuestion { width: 1, ..alternating };
    assert!(matches!(harness.engine.trial(&narrow), Err(AnalyticsError::TooManyBuckets { .. })));
}
