//! Carries out what the rules decided, many decisions at a time.
//!
//! All that is known of the incidents is read first, the decisions are applied to it in memory in their order, and
//! what came out is written at the end: a few statements, however many decisions there are.

use super::live::live_of;
use super::row::row_of;
use super::text;
use super::timeline::{self, NewEvent};
use crate::error::StoreError;
use crate::schema::incident;
use crate::sql;
use crate::tx::Tx;
use crate::tx::write::{self, Write};
use sea_orm::{ActiveModelTrait, DbBackend, EntityTrait, IntoActiveModel, QueryTrait, Value};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use tracely_core::event::Event;
use tracely_core::id::{IncidentId, OrganizationId, ServiceId};
use tracely_core::incident::{
    Actor, Identity, Incident, Status, TimelineEntry, TimelineKind, Violations, sentence,
};
use tracely_core::metric::{MetricType, Point};
use tracely_core::rule::Rule;
use tracely_core::rule::engine::Transition;
use tracely_core::time::Timestamp;

/// Rows of one statement; thirty values each stay below the limits of both databases (32 766 and 65 535).
const ROWS_PER_STATEMENT: usize = 500;

/// What services and metric types are called. Whoever has them in memory need not ask the database for each incident.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The names of services, of deleted ones too.
    pub services: &'a HashMap<ServiceId, String>,
    /// Metric types by key.
    pub metric_types: &'a HashMap<String, Arc<MetricType>>,
}

/// Whether the rules are believed when they say that no incident of an identity is live.
///
/// They follow the log, and what people do is in the tables before it is in the log, so now and then one is live: one
/// that somebody has opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Openings {
    /// They are believed, which saves a look before each incident. When one is live, the transaction fails with
    /// [`StoreError::Taken`], and leaves nothing behind.
    Believed,
    /// It is looked up. An incident is not opened when one of its identity is live.
    LookedUp,
}

/// Carries out decisions of the rules, in their order, when the transaction commits, and returns the incidents that open.
///
/// A recovery or a further violation of an identity of which no incident is live does nothing.
pub async fn carry_out(
    tx: &Tx,
    organization_id: OrganizationId,
    transitions: &[&Transition],
    names: Names<'_>,
    openings: Openings,
) -> Result<Vec<Incident>, StoreError> {
    tx.write_now().await?;
    let known = Known::read(tx, organization_id, transitions, openings).await?;
    let document = known.document;
    let mut work = Work { tx, organization_id, names, known, opened: Vec::new(), turned: BTreeSet::new() };
    let history: Vec<NewEvent> = transitions.iter().filter_map(|transition| work.apply(transition)).collect();
    let Work { known, opened, turned, .. } = work;
    // With what happened to them since: no statement of this transaction may look for rows that others insert.
    let inserted: HashMap<IncidentId, &Incident> = opened
        .iter()
        .map(|incident| (incident.id, known.live.get(&incident.identity).unwrap_or(incident)))
        .collect();
    insert(tx, opened.iter().filter_map(|incident| inserted.get(&incident.id).copied())).await?;
    text::add(tx, document, &opened).await?;
    timeline::add_all(tx, &Actor::System, &history).await?;
    let is_turned =
        |incident: &&Incident| turned.contains(&incident.id) && !inserted.contains_key(&incident.id);
    let turned: Vec<&Incident> = known.live.values().filter(is_turned).collect();
    store_recoveries(tx, &turned).await?;
    Ok(opened)
}

/// What the decisions need to know.
struct Known {
    /// Live incidents by identity.
    live: HashMap<Identity, Incident>,
    /// The number of the newest incident.
    number: i64,
    /// The number of the newest text that is searched.
    document: i64,
}

impl Known {
    async fn read(
        tx: &Tx,
        organization_id: OrganizationId,
        transitions: &[&Transition],
        openings: Openings,
    ) -> Result<Self, StoreError> {
        let opens = |transition: &Transition| matches!(transition, Transition::Opened { .. });
        // Whether the first decision about an identity says that none is live.
        let mut opens_first: HashMap<&Identity, bool> = HashMap::new();
        for transition in transitions {
            opens_first.entry(identity_of(transition)).or_insert(opens(transition));
        }
        let is_believed = |opens_first: bool| opens_first && openings == Openings::Believed;
        let others = opens_first.iter().filter(|(_, opens_first)| !is_believed(**opens_first));
        let live = live_of(tx, organization_id, &others.map(|(id, _)| *id).collect::<Vec<_>>()).await?;
        let opening: HashSet<&Identity> = transitions
            .iter()
            .filter(|transition| opens(transition))
            .map(|transition| identity_of(transition))
            .filter(|identity| !live.contains_key(*identity))
            .collect();
        let (number, document) = match opening.len() {
            0 => (0, 0),
            count => take_numbers(tx, organization_id, count as i64).await?,
        };
        Ok(Self { live, number, document })
    }
}

/// Decisions while they are applied.
struct Work<'a> {
    tx: &'a Tx,
    organization_id: OrganizationId,
    names: Names<'a>,
    known: Known,
    /// As they were when they opened.
    opened: Vec<Incident>,
    /// Which incidents recovered or were violated again.
    turned: BTreeSet<IncidentId>,
}

impl Work<'_> {
    /// Applies a decision and returns what its timeline tells; none when nothing happens.
    fn apply(&mut self, transition: &Transition) -> Option<NewEvent> {
        match transition {
            Transition::Opened { identity, rule, point } => self.open(identity, rule, *point),
            Transition::ViolatedAgain { identity, point } => {
                let event = |incident| Event::IncidentViolatedAgain { incident };
                self.turn(identity, *point, TimelineKind::ViolatedAgain, None, event)
            }
            Transition::Recovered { identity, point } => {
                let event = |incident| Event::IncidentRecovered { incident };
                self.turn(identity, *point, TimelineKind::Recovered, Some(point.instant), event)
            }
        }
    }

    fn open(&mut self, identity: &Identity, rule: &Rule, point: Point) -> Option<NewEvent> {
        if self.known.live.contains_key(identity) {
            return None;
        }
        self.known.number += 1;
        let incident = self.incident(identity, rule, point);
        self.known.live.insert(identity.clone(), incident.clone());
        self.opened.push(incident.clone());
        let entry = TimelineEntry::new(TimelineKind::Created, None, Some(&incident.title));
        let told = NewEvent::new(&incident, entry);
        self.tx.emit(self.organization_id, Event::IncidentOpened { incident: Box::new(incident) });
        Some(told)
    }

    fn incident(&self, identity: &Identity, rule: &Rule, point: Point) -> Incident {
        let (metric_name, unit) = self
            .names
            .metric_types
            .get(&rule.metric_type)
            .map_or((rule.metric_type.as_str(), ""), |found| (found.name.as_str(), found.unit.as_str()));
        let name = self.names.services.get(&identity.service_id);
        let service_name = name.map_or("a deleted service", String::as_str);
        let now = self.tx.now();
        Incident {
            id: self.tx.id(),
            organization_id: self.organization_id,
            number: self.known.number,
            identity: identity.clone(),
            title: sentence(metric_name, service_name, rule.operator, rule.threshold, unit, point.value),
            rule_name: rule.name.clone(),
            service_name: service_name.into(),
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
            created_at: now,
            updated_at: now,
        }
    }

    /// Changes what the points decide. The version stays: it counts what people decide, and nobody's edit should be
    /// refused because a point came in between.
    fn turn(
        &mut self,
        identity: &Identity,
        point: Point,
        kind: TimelineKind,
        recovered_at: Option<Timestamp>,
        event: impl FnOnce(Box<Incident>) -> Event,
    ) -> Option<NewEvent> {
        let incident = self.known.live.get_mut(identity)?;
        incident.recovered_at = recovered_at;
        incident.updated_at = self.tx.now();
        self.turned.insert(incident.id);
        let incident = incident.clone();
        let told = NewEvent::new(&incident, TimelineEntry::new(kind, None, Some(&point.value.to_string())));
        self.tx.emit(self.organization_id, event(Box::new(incident)));
        Some(told)
    }
}

fn identity_of(transition: &Transition) -> &Identity {
    match transition {
        Transition::Opened { identity, .. }
        | Transition::ViolatedAgain { identity, .. }
        | Transition::Recovered { identity, .. } => identity,
    }
}

/// Takes numbers for new incidents and for their texts, and returns the last ones given before them.
async fn take_numbers(
    tx: &Tx,
    organization_id: OrganizationId,
    count: i64,
) -> Result<(i64, i64), StoreError> {
    let number = "UPDATE organization SET last_incident_number = last_incident_number + $1 WHERE id = $2";
    let number = Write::new("number incidents", number, [count.into(), organization_id.0.into()]);
    let numbers = vec![number.telling("last_incident_number"), sql::taking_numbers(text::COUNTER, count)];
    let told = write::run(tx.connection(), numbers).await?;
    match told.as_slice() {
        [number, document] if !number.is_empty() && !document.is_empty() => {
            Ok((number[0] - count, document[0] - count))
        }
        _ => Err(StoreError::corrupt(
            "organization",
            "id",
            organization_id,
            "the row, or a counter, is missing",
        )),
    }
}

async fn insert(tx: &Tx, opened: impl Iterator<Item = &Incident>) -> Result<(), StoreError> {
    for chunk in opened.collect::<Vec<_>>().chunks(ROWS_PER_STATEMENT) {
        let rows = chunk.iter().map(|incident| row_of(incident).into_active_model().reset_all());
        let insert = incident::Entity::insert_many(rows).build(DbBackend::Postgres);
        tx.later(Write::built("open incidents", insert)).await?;
    }
    Ok(())
}

async fn store_recoveries(tx: &Tx, turned: &[&Incident]) -> Result<(), StoreError> {
    for chunk in turned.chunks(ROWS_PER_STATEMENT) {
        let named = format!("turned (id, recovered_at) AS (VALUES {})", sql::placeholders(chunk.len(), 2));
        let statement = format!(
            "UPDATE incident SET recovered_at = turned.recovered_at, updated_at = ${} FROM turned \
             WHERE incident.id = turned.id",
            chunk.len() * 2 + 1
        );
        let pair = |incident: &&Incident| -> [Value; 2] {
            [incident.id.0.into(), incident.recovered_at.map(|at| at.0).into()]
        };
        let values = chunk.iter().flat_map(pair).chain([tx.now().0.into()]);
        tx.later(Write::new("store recoveries", statement, values).with(named)).await?;
    }
    Ok(())
}
