//! The engine decides as a person would who reads the log.

mod whatever;
mod world;

use super::{Config, Engine};
use crate::event::Event;
use crate::id::{OrganizationId, SeriesId};
use crate::incident::{Status, Violations};
use crate::metric::{Point, PointBatch};
use crate::rule::Rule;
use crate::rule::matcher::{LabelMatcher, MatchOperator};
use crate::time::{MINUTE, Timestamp};
use uuid::Uuid;
use world::{Entry, check, points, rule, series, service};

#[test]
fn a_violation_opens_once_and_recovers_once() {
    let mut world = check(
        &[
            Entry::Rule(rule(1, 150.0)),
            points(&[
                (0, 0, 100.0),
                (0, 1, 151.0),
                (0, 2, 190.0),
                (0, 3, 170.0),
                (0, 4, 150.0),
                (0, 5, 90.0),
            ]),
        ],
        &["1 r1 s0 opened", "4 r1 s0 recovered"],
    );
    let counts = world.engine.take_counts();
    assert_eq!(counts.len(), 1);
    assert_eq!(counts[0].1, Violations { count: 3, last_at: Timestamp(3 * MINUTE), peak: 190.0 });
    assert!(!world.engine.has_counts());
}

#[test]
fn a_recovered_incident_is_violated_again_and_none_is_opened() {
    check(
        &[Entry::Rule(rule(1, 150.0)), points(&[(0, 1, 160.0), (0, 2, 1.0), (0, 3, 160.0), (0, 4, 1.0)])],
        &["1 r1 s0 opened", "2 r1 s0 recovered", "3 r1 s0 violated again", "4 r1 s0 recovered"],
    );
}

#[test]
fn a_service_recovers_when_its_last_violating_series_does() {
    check(
        &[Entry::Rule(rule(1, 150.0)), points(&[(0, 1, 160.0), (1, 1, 160.0), (0, 2, 1.0), (1, 3, 1.0)])],
        &["1 r1 s0 opened", "3 r1 s0 recovered"],
    );
}

#[test]
fn services_have_incidents_of_their_own() {
    check(
        &[Entry::Rule(rule(1, 150.0)), points(&[(0, 1, 160.0), (2, 1, 160.0)])],
        &["1 r1 s0 opened", "1 r1 s1 opened"],
    );
}

#[test]
fn scope_and_labels_limit_a_rule() {
    let of_service = Rule { service_ids: vec![service(1)], ..rule(1, 150.0) };
    let matcher = LabelMatcher { name: "region".into(), operator: MatchOperator::Equal, value: "us".into() };
    let of_region = Rule { labels: vec![matcher], ..rule(2, 150.0) };
    let other_type = Rule { metric_type: "ERROR_RATE".into(), ..rule(3, 150.0) };
    let off = Rule { enabled: false, ..rule(4, 150.0) };
    let foreign = Rule { organization_id: OrganizationId(Uuid::from_u128(2)), ..rule(5, 150.0) };
    let rules = [of_service, of_region, other_type, off, foreign].map(Entry::Rule);
    let all = points(&[(0, 1, 160.0), (1, 2, 160.0), (2, 3, 160.0)]);
    check(&[rules.to_vec(), vec![all]].concat(), &["2 r2 s0 opened", "3 r1 s1 opened"]);
}

#[test]
fn a_person_who_closes_a_violated_incident_is_not_told_again_until_it_cleared() {
    check(
        &[
            Entry::Rule(rule(1, 150.0)),
            points(&[(0, 1, 160.0)]),
            Entry::Person(1, 0, Status::Closed),
            points(&[(0, 2, 160.0), (0, 3, 1.0), (0, 4, 160.0)]),
        ],
        &["1 r1 s0 opened", "4 r1 s0 opened"],
    );
}

#[test]
fn a_closed_incident_that_had_recovered_makes_room_for_the_next() {
    check(
        &[
            Entry::Rule(rule(1, 150.0)),
            points(&[(0, 1, 160.0), (0, 2, 1.0)]),
            Entry::Person(1, 0, Status::Closed),
            points(&[(0, 3, 160.0)]),
        ],
        &["1 r1 s0 opened", "2 r1 s0 recovered", "3 r1 s0 opened"],
    );
}

#[test]
fn a_reopened_incident_takes_the_next_violations() {
    let mut world = check(
        &[
            Entry::Rule(rule(1, 150.0)),
            points(&[(0, 1, 160.0), (0, 2, 1.0)]),
            Entry::Person(1, 0, Status::Closed),
            Entry::Person(1, 0, Status::Open),
            points(&[(0, 3, 170.0)]),
        ],
        &["1 r1 s0 opened", "2 r1 s0 recovered"],
    );
    assert_eq!(world.incidents.len(), 1);
    assert_eq!(world.engine.take_counts()[0].1.count, 2);
}

#[test]
fn a_reopened_incident_goes_on_from_what_was_counted_before_it_was_closed() {
    let mut world = check(
        &[
            Entry::Rule(rule(1, 150.0)),
            points(&[(0, 1, 160.0), (0, 2, 180.0), (0, 3, 170.0), (0, 4, 1.0)]),
            Entry::Person(1, 0, Status::Closed),
        ],
        &["1 r1 s0 opened", "4 r1 s0 recovered"],
    );
    // The counts are stored only after it was read to be reopened, so the event has those of the opening.
    assert_eq!(world.engine.take_counts()[0].1.count, 3);
    world.play(&Entry::Person(1, 0, Status::Open));
    world.play(&points(&[(0, 5, 175.0)]));
    let (_, violations) = world.engine.take_counts()[0];
    assert_eq!((violations.count, violations.peak), (4, 180.0));
}

#[test]
fn a_rule_edit_takes_effect_with_the_next_point() {
    check(
        &[
            Entry::Rule(rule(1, 150.0)),
            points(&[(0, 1, 160.0)]),
            Entry::Rule(Rule { threshold: 200.0, ..rule(1, 150.0) }),
            points(&[(0, 2, 160.0)]),
            Entry::Rule(Rule { threshold: 100.0, ..rule(1, 150.0) }),
            points(&[(2, 3, 110.0)]),
        ],
        &["1 r1 s0 opened", "2 r1 s0 recovered", "3 r1 s1 opened"],
    );
}

#[test]
fn an_incident_outlives_the_switching_off_of_its_rule_and_can_still_recover() {
    check(
        &[
            Entry::Rule(rule(1, 150.0)),
            points(&[(0, 1, 160.0)]),
            Entry::Rule(Rule { enabled: false, ..rule(1, 150.0) }),
            points(&[(0, 2, 1.0)]),
            Entry::Rule(rule(1, 150.0)),
            points(&[(0, 3, 1.0)]),
        ],
        &["1 r1 s0 opened", "3 r1 s0 recovered"],
    );
}

#[test]
fn a_deleted_rule_judges_nothing() {
    check(
        &[
            Entry::Rule(rule(1, 150.0)),
            points(&[(0, 1, 1.0)]),
            Entry::RuleDeleted(1),
            points(&[(0, 2, 160.0)]),
        ],
        &[],
    );
}

#[test]
fn a_late_point_counts_but_does_not_tell_about_now() {
    let world = check(
        &[
            Entry::Rule(rule(1, 150.0)),
            points(&[(0, 10, 160.0), (0, 8, 1.0), (0, 7, 170.0), (0, 4, 999.0)]),
            points(&[(2, 10, 1.0), (2, 9, 160.0)]),
        ],
        &["10 r1 s0 opened", "9 r1 s1 opened", "9 r1 s1 recovered"],
    );
    assert_eq!(world.engine.tally().late, 1);
    assert_eq!(world.engine.tally().judged, 5);
}

#[test]
fn a_point_older_than_the_allowed_age_is_not_judged() {
    let mut engine = Engine::new(Config { max_age: Some(MINUTE), ..Config::default() });
    engine.apply(&Event::RuleChanged { rule: Box::new(rule(1, 150.0)) });
    engine.learn(series(0));
    let mut batch = PointBatch::default();
    batch.push(Point { series: SeriesId(0), instant: Timestamp(0), value: 160.0 });
    let mut transitions = vec![];
    engine.judge(&batch, Timestamp(MINUTE + 1), &mut transitions);
    assert_eq!((transitions.len(), engine.tally().too_old), (0, 1));
    engine.judge(&batch, Timestamp(MINUTE), &mut transitions);
    assert_eq!(transitions.len(), 1);
}
