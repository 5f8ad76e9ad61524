use super::{Config, Engine, Transition};
use crate::event::Event;
use crate::id::{DepartmentId, IncidentId, OrganizationId, RuleId, SeriesId, ServiceId};
use crate::incident::{Actor, Amendment, Identity, Incident, Status, Violations, amend};
use crate::metric::{Labels, Point, PointBatch, Series};
use crate::rule::matcher::{LabelMatcher, MatchOperator};
use crate::rule::{Operator, Rule, Severity};
use crate::time::{MINUTE, Timestamp};
use proptest::prelude::*;
use std::sync::Arc;
use uuid::Uuid;

const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));

fn service(number: u32) -> ServiceId {
    ServiceId(Uuid::from_u128(1000 + u128::from(number)))
}

/// Series 0 and 1 belong to service 0, series 2 to service 1, all of one metric type.
fn series(number: u32) -> Arc<Series> {
    let region = if number == 1 { "us" } else { "eu" };
    Arc::new(Series {
        id: SeriesId(number),
        organization_id: ORGANIZATION,
        service_id: service(number / 2),
        metric_type: "LATENCY_MS".into(),
        labels: Labels::new(vec![("region".into(), region.into())]).unwrap(),
    })
}

fn rule(number: u128, threshold: f64) -> Rule {
    Rule {
        id: RuleId(Uuid::from_u128(number)),
        organization_id: ORGANIZATION,
        name: format!("rule {number}"),
        description: String::new(),
        metric_type: "LATENCY_MS".into(),
        operator: Operator::Greater,
        threshold,
        severity: Severity::High,
        department_id: DepartmentId(Uuid::from_u128(7)),
        enabled: true,
        service_ids: vec![],
        labels: vec![],
        version: 1,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

/// An entry of a log, in the words of a test.
#[derive(Debug, Clone)]
enum Entry {
    /// Points as (series, minute, value).
    Points(Vec<(u32, i64, f64)>),
    Rule(Rule),
    RuleDeleted(u128),
    /// A person moves the newest incident of (rule, service) to a state.
    Person(u128, u32, Status),
}

fn points(points: &[(u32, i64, f64)]) -> Entry {
    Entry::Points(points.to_vec())
}

/// Plays the parts around the engine: gives incidents their identifiers, keeps them, and feeds back what happened.
struct World {
    engine: Engine,
    incidents: Vec<Incident>,
    told: Vec<String>,
}

impl World {
    fn new() -> Self {
        Self { engine: Engine::new(Config::default()), incidents: vec![], told: vec![] }
    }

    fn play(&mut self, entry: &Entry) {
        match entry {
            Entry::Points(points) => self.play_points(points),
            Entry::Rule(rule) => self.engine.apply(&Event::RuleChanged { rule: Box::new(rule.clone()) }),
            Entry::RuleDeleted(number) => {
                self.engine.apply(&Event::RuleDeleted { rule_id: RuleId(Uuid::from_u128(*number)) });
            }
            Entry::Person(rule, service_number, status) => {
                self.play_person(*rule, service(*service_number), *status);
            }
        }
        assert!(self.engine.violating_is_consistent());
    }

    fn play_points(&mut self, points: &[(u32, i64, f64)]) {
        let mut batch = PointBatch::default();
        for (number, minute, value) in points {
            self.engine.learn(series(*number));
            let instant = Timestamp(minute * MINUTE);
            batch.push(Point { series: SeriesId(*number), instant, value: *value });
        }
        let mut transitions = Vec::new();
        self.engine.judge(&batch, Timestamp(0), &mut transitions);
        let events: Vec<Event> =
            transitions.into_iter().filter_map(|transition| self.carry_out(transition)).collect();
        for event in events {
            self.engine.apply(&event);
        }
    }

    fn carry_out(&mut self, transition: Transition) -> Option<Event> {
        let (word, identity, point) = match &transition {
            Transition::Opened { identity, point, .. } => ("opened", identity.clone(), *point),
            Transition::ViolatedAgain { identity, point } => ("violated again", identity.clone(), *point),
            Transition::Recovered { identity, point } => ("recovered", identity.clone(), *point),
        };
        let rule_number = identity.rule_id.0.as_u128();
        let service_number = identity.service_id.0.as_u128() - 1000;
        self.told.push(format!("{} r{rule_number} s{service_number} {word}", point.instant.0 / MINUTE));
        let Transition::Opened { rule, .. } = transition else { return None };
        let live = |incident: &&Incident| incident.identity == identity && incident.status.is_live();
        assert!(self.incidents.iter().find(live).is_none(), "a second live incident of {identity:?}");
        let incident = opened(&rule, identity, point, self.incidents.len() as u128);
        self.incidents.push(incident.clone());
        Some(Event::IncidentOpened { incident: Box::new(incident) })
    }

    fn play_person(&mut self, rule: u128, service: ServiceId, status: Status) {
        let wanted = |incident: &&mut Incident| {
            incident.identity.rule_id.0.as_u128() == rule && incident.identity.service_id == service
        };
        let Some(incident) = self.incidents.iter_mut().rev().find(wanted) else { return };
        let actor = Actor::Person { name: "Ayşe".into() };
        let amendment = Amendment { status: Some(status), ..Amendment::default() };
        let Ok((next, changes)) = amend(incident, &amendment, &actor, Timestamp(0)) else { return };
        *incident = next.clone();
        self.engine.apply(&Event::IncidentUpdated { incident: Box::new(next), changes, actor });
    }
}

fn opened(rule: &Rule, identity: Identity, point: Point, number: u128) -> Incident {
    Incident {
        id: IncidentId(Uuid::from_u128(number + 1)),
        organization_id: ORGANIZATION,
        number: 1,
        identity,
        title: String::new(),
        rule_name: rule.name.clone(),
        service_name: String::new(),
        metric_type: rule.metric_type.clone(),
        operator: rule.operator,
        threshold: rule.threshold,
        opening_value: point.value,
        department_id: rule.department_id,
        severity: rule.severity,
        status: Status::Open,
        assignee: None,
        violations: Violations { count: 1, last_at: point.instant, peak: point.value },
        opened_at: point.instant,
        in_progress_at: None,
        recovered_at: None,
        closed_at: None,
        version: 1,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

fn check(timeline: &[Entry], expected: &[&str]) -> World {
    let mut world = World::new();
    for entry in timeline {
        world.play(entry);
    }
    assert_eq!(world.told, expected, "{timeline:#?}");
    world
}

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

fn any_entry() -> impl Strategy<Value = Entry> {
    let point = (0..4_u32, 0..12_i64, prop::sample::select(vec![1.0, 120.0, 160.0, 300.0]));
    let any_rule = (1..4_u128, prop::sample::select(vec![100.0, 150.0, 250.0]), any::<bool>(), 0..3_u32)
        .prop_map(|(number, threshold, enabled, scope)| {
            let service_ids = if scope == 2 { vec![] } else { vec![service(scope)] };
            Entry::Rule(Rule { enabled, service_ids, ..rule(number, threshold) })
        });
    let person = (1..4_u128, 0..2_u32, prop::sample::select(Status::ALL))
        .prop_map(|(rule, service, status)| Entry::Person(rule, service, status));
    prop_oneof![
        6 => prop::collection::vec(point, 1..6).prop_map(Entry::Points),
        2 => any_rule,
        2 => person,
        1 => (1..4_u128).prop_map(Entry::RuleDeleted),
    ]
}

proptest! {
    /// A world never has two live incidents of one identity (asserted while playing), whatever happens, and an
    /// engine that was stored and restored anywhere decides like one that ran through.
    #[test]
    fn a_restart_anywhere_changes_no_decision(
        entries in prop::collection::vec(any_entry(), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut through = World::new();
        let mut restarted = World::new();
        let cut = cut.index(entries.len());
        for (place, entry) in entries.iter().enumerate() {
            if place == cut {
                let snapshot = restarted.engine.snapshot();
                let known = |id: SeriesId| Some(series(id.0));
                restarted.engine = Engine::restore(Config::default(), snapshot, known);
            }
            through.play(entry);
            restarted.play(entry);
        }
        prop_assert_eq!(&through.told, &restarted.told);
        through.engine.take_counts();
        restarted.engine.take_counts();
        prop_assert_eq!(through.engine.snapshot(), restarted.engine.snapshot());
    }

    /// How points are split into batches decides nothing.
    #[test]
    fn batch_boundaries_change_no_decision(
        values in prop::collection::vec((0..4_u32, 0..12_i64, prop::sample::select(vec![1.0, 160.0])), 1..60),
        sizes in prop::collection::vec(1..7_usize, 1..20),
    ) {
        let judge = |sizes: &[usize]| {
            let mut engine = Engine::new(Config::default());
            engine.apply(&Event::RuleChanged { rule: Box::new(rule(1, 150.0)) });
            (0..4).for_each(|number| engine.learn(series(number)));
            let mut transitions = vec![];
            let mut rest = &values[..];
            for size in sizes.iter().cycle() {
                let (head, tail) = rest.split_at((*size).min(rest.len()));
                let mut batch = PointBatch::default();
                for (number, minute, value) in head {
                    let instant = Timestamp(minute * MINUTE);
                    batch.push(Point { series: SeriesId(*number), instant, value: *value });
                }
                engine.judge(&batch, Timestamp(0), &mut transitions);
                rest = tail;
                if rest.is_empty() {
                    break;
                }
            }
            (transitions, engine.snapshot())
        };
        prop_assert_eq!(judge(&sizes), judge(&[values.len()]));
    }
}
