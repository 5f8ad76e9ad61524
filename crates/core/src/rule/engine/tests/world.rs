//! What tests of the engine play with: series, rules, the entries of a log, and the world around the engine.

use super::super::{Config, Engine, Transition};
use crate::event::Event;
use crate::id::{DepartmentId, IncidentId, OrganizationId, RuleId, SeriesId, ServiceId};
use crate::incident::{Actor, Amendment, Identity, Incident, Status, Violations, amend};
use crate::metric::{Labels, Point, PointBatch, Series};
use crate::rule::{Operator, Rule, Severity};
use crate::time::{MINUTE, Timestamp};
use std::sync::Arc;
use uuid::Uuid;

const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));

pub(super) fn service(number: u32) -> ServiceId {
    ServiceId(Uuid::from_u128(1000 + u128::from(number)))
}

/// Series 0 and 1 belong to service 0, series 2 to service 1, all of one metric type.
pub(super) fn series(number: u32) -> Arc<Series> {
    let region = if number == 1 { "us" } else { "eu" };
    Arc::new(Series {
        id: SeriesId(number),
        organization_id: ORGANIZATION,
        service_id: service(number / 2),
        metric_type: "LATENCY_MS".into(),
        labels: Labels::new(vec![("region".into(), region.into())]).unwrap(),
    })
}

pub(super) fn rule(number: u128, threshold: f64) -> Rule {
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
pub(super) enum Entry {
    /// Points as (series, minute, value).
    Points(Vec<(u32, i64, f64)>),
    Rule(Rule),
    RuleDeleted(u128),
    /// A person moves the newest incident of (rule, service) to a state.
    Person(u128, u32, Status),
}

pub(super) fn points(points: &[(u32, i64, f64)]) -> Entry {
    Entry::Points(points.to_vec())
}

/// Plays the parts around the engine: gives incidents their identifiers, keeps them, and feeds back what happened.
pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) incidents: Vec<Incident>,
    pub(super) told: Vec<String>,
}

impl World {
    pub(super) fn new() -> Self {
        Self { engine: Engine::new(Config::default()), incidents: vec![], told: vec![] }
    }

    pub(super) fn play(&mut self, entry: &Entry) {
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

pub(super) fn check(timeline: &[Entry], expected: &[&str]) -> World {
    let mut world = World::new();
    for entry in timeline {
        world.play(entry);
    }
    assert_eq!(world.told, expected, "{timeline:#?}");
    world
}
