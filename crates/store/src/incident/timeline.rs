//! The timeline of an incident. Its order is a number of its own, not the clock, which may step back. Whoever adds
//! to it has locked the incident.

use crate::connect::Store;
use crate::error::StoreError;
use crate::page::{Direction, Key, KeyKind, Listed, Mark, Page, Slice};
use crate::schema::{self, timeline_event};
use crate::sql::{self, Clause};
use crate::tx::Tx;
use crate::tx::write::Write;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbBackend, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QueryResult, QueryTrait,
};
use std::collections::{BTreeSet, HashMap};
use tracely_core::id::{IncidentId, OrganizationId, ServiceId, TimelineEventId};
use tracely_core::incident::{Actor, Incident, TimelineEntry, TimelineKind};
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;
use uuid::Uuid;

/// Rows of one statement, nine values each.
const ROWS_PER_STATEMENT: usize = 500;

/// An entry in an incident's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEvent {
    /// Its identifier.
    pub id: TimelineEventId,
    /// The incident.
    pub incident_id: IncidentId,
    /// What it tells.
    pub kind: TimelineKind,
    /// Who did it; none is the system.
    pub actor: Option<String>,
    /// What was so before.
    pub old_value: Option<String>,
    /// What is so since.
    pub new_value: Option<String>,
    /// When it happened.
    pub created_at: Timestamp,
}

/// An entry that is to be added.
#[derive(Debug, Clone)]
pub(super) struct NewEvent {
    organization_id: OrganizationId,
    incident_id: IncidentId,
    entry: TimelineEntry,
}

impl NewEvent {
    pub(super) fn new(incident: &Incident, entry: TimelineEntry) -> Self {
        Self { organization_id: incident.organization_id, incident_id: incident.id, entry }
    }
}

/// Adds an entry at the end, and returns its place, counted from 1.
pub async fn add(
    tx: &Tx,
    incident: &Incident,
    entry: &TimelineEntry,
    actor: &Actor,
) -> Result<i64, StoreError> {
    let added = add_all(tx, actor, &[NewEvent::new(incident, entry.clone())]).await?;
    tx.write_now().await?;
    Ok(added.into_iter().sum())
}

/// Adds entries of any incidents in their order when the transaction commits, and returns the place of each in its
/// timeline.
pub(super) async fn add_all(tx: &Tx, actor: &Actor, events: &[NewEvent]) -> Result<Vec<i64>, StoreError> {
    let mut places = Vec::with_capacity(events.len());
    for chunk in events.chunks(ROWS_PER_STATEMENT) {
        let mut last = last_places(tx, chunk).await?;
        let mut row = |event: &NewEvent| {
            let place = last.entry(event.incident_id.0).or_insert(0);
            *place += 1;
            places.push(*place);
            row_of(tx, event, *place, actor).into_active_model().reset_all()
        };
        let rows: Vec<_> = chunk.iter().map(&mut row).collect();
        let insert = timeline_event::Entity::insert_many(rows).build(DbBackend::Postgres);
        tx.later(Write::built("add to timelines", insert)).await?;
    }
    Ok(places)
}

/// Finds the place of the last entry of each incident that has one. One that these events create has none.
async fn last_places(tx: &Tx, events: &[NewEvent]) -> Result<HashMap<Uuid, i64>, StoreError> {
    let created = |event: &&NewEvent| event.entry.kind == TimelineKind::Created;
    let created: BTreeSet<Uuid> = events.iter().filter(created).map(|event| event.incident_id.0).collect();
    let ids: BTreeSet<Uuid> =
        events.iter().map(|event| event.incident_id.0).filter(|id| !created.contains(id)).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    tx.write_now().await?;
    let statement = format!(
        "WITH wanted (id) AS (VALUES {}) SELECT wanted.id, \
         (SELECT MAX(sequence) FROM timeline_event WHERE timeline_event.incident_id = wanted.id) AS last \
         FROM wanted",
        sql::placeholders(ids.len(), 1)
    );
    let rows =
        sql::all(tx.connection(), "find the end of timelines", statement, ids.into_iter().map(Into::into));
    let mut last = HashMap::new();
    for row in rows.await? {
        if let Some(place) = sql::get::<Option<i64>>(&row, "last")? {
            last.insert(sql::get(&row, "id")?, place);
        }
    }
    Ok(last)
}

fn row_of(tx: &Tx, event: &NewEvent, sequence: i64, actor: &Actor) -> timeline_event::Model {
    let actor = match actor {
        Actor::System => None,
        Actor::Person { name } => Some(name.clone()),
    };
    timeline_event::Model {
        id: tx.id::<TimelineEventId>().0,
        organization_id: event.organization_id.0,
        incident_id: event.incident_id.0,
        kind: event.entry.kind.as_str().into(),
        actor,
        old_value: event.entry.old_value.clone(),
        new_value: event.entry.new_value.clone(),
        sequence,
        created_at: tx.now().0,
    }
}

/// Finds incidents whose history is not numbered 1, 2, 3, … without gaps; at most 100.
pub async fn gaps(store: &Store) -> Result<Vec<IncidentId>, StoreError> {
    let statement = "SELECT incident_id FROM timeline_event GROUP BY incident_id \
         HAVING COUNT(*) <> MAX(sequence) OR MIN(sequence) <> 1 ORDER BY incident_id LIMIT 100";
    let rows = sql::all(store.reader(), "look for gaps in timelines", statement, []).await?;
    rows.iter().map(|row| Ok(IncidentId(sql::get::<Uuid>(row, "incident_id")?))).collect()
}

/// Lists an incident's history.
pub async fn list(
    store: &Store,
    organization_id: OrganizationId,
    incident_id: IncidentId,
    direction: Direction,
    page: Page,
) -> Result<Listed<TimelineEvent>, StoreError> {
    let filtered = timeline_event::Entity::find()
        .filter(timeline_event::Column::OrganizationId.eq(organization_id.0))
        .filter(timeline_event::Column::IncidentId.eq(incident_id.0));
    let order = |query: sea_orm::Select<timeline_event::Entity>| {
        query.order_by(timeline_event::Column::Sequence, direction.into())
    };
    let listed = schema::listed(store.reader(), "list a timeline", filtered, order, page).await?;
    listed.try_map(of_row)
}

/// An entry in the history of all incidents, with what people know its incident by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// What happened.
    pub event: TimelineEvent,
    /// The number of the incident.
    pub incident_number: i64,
    /// Its title.
    pub title: String,
    /// How bad it is now.
    pub severity: Severity,
    /// The service that violated the rule.
    pub service_id: ServiceId,
    /// The service's name when it opened.
    pub service_name: String,
}

/// What the history of all incidents is sorted by.
const ORDER: [&str; 3] = ["created_at", "incident_id", "sequence"];

/// Lists the history of all incidents together, newest first.
pub async fn list_all(
    store: &Store,
    organization_id: OrganizationId,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    slice: &Slice,
) -> Result<Listed<Happening>, StoreError> {
    let attempt = "list all timelines";
    let mark = slice.mark(&[KeyKind::Number, KeyKind::Id, KeyKind::Number])?;
    let mut clause = Clause::new("organization_id = $1", [organization_id.0.into()]);
    for (condition, bound) in [("created_at >= ?", from), ("created_at < ?", to)] {
        if let Some(bound) = bound {
            clause.and(condition, bound.0);
        }
    }
    let source = format!("FROM timeline_event WHERE {}", clause.text());
    let total = sql::counted(store.reader(), attempt, &source, clause.values(), slice).await?;

    if mark.is_some() {
        // What is after a mark is before `to`; told both, SQLite would begin at the wrong one.
        clause = Clause::new("organization_id = $1", [organization_id.0.into()]);
        if let Some(from) = from {
            clause.and("created_at >= ?", from.0);
        }
    }
    clause.after(&ORDER, Direction::Descending, mark);
    let condition = clause.text().to_owned();
    let page = clause.slice(slice);
    // The page is cut in the index, before the rows of its entries and incidents are looked up.
    let order = sql::order_by(&ORDER, Direction::Descending);
    let of_page = ORDER.map(|column| format!("page.{column}"));
    let statement = format!(
        "SELECT event.id, event.incident_id, event.kind, event.actor, event.old_value, event.new_value, \
         event.created_at, event.sequence, incident.number, incident.title, incident.severity, incident.service_id, \
         incident.service_name FROM (SELECT {} FROM timeline_event WHERE {condition} {order} {page}) AS page \
         JOIN timeline_event AS event ON event.incident_id = page.incident_id AND event.sequence = page.sequence \
         JOIN incident ON incident.id = page.incident_id {}",
        ORDER.join(", "),
        sql::order_by(&of_page.each_ref().map(String::as_str), Direction::Descending),
    );
    let rows = sql::all(store.reader(), attempt, statement, clause.values()).await?;
    let marked = |row: &QueryResult| -> Result<(Happening, Mark), StoreError> {
        let happening = happening_of(row)?;
        let keys = vec![
            Key::Number(happening.event.created_at.0),
            Key::Id(happening.event.incident_id.0),
            Key::Number(sql::get(row, "sequence")?),
        ];
        Ok((happening, Mark(keys)))
    };
    let rows = rows.iter().map(marked).collect::<Result<Vec<_>, _>>()?;
    Listed::sliced(rows, slice, total, |(_, mark)| mark.clone()).try_map(|(happening, _)| Ok(happening))
}

fn happening_of(row: &QueryResult) -> Result<Happening, StoreError> {
    let (id, incident_id): (Uuid, Uuid) = (sql::get(row, "id")?, sql::get(row, "incident_id")?);
    let severity: String = sql::get(row, "severity")?;
    let event = TimelineEvent {
        id: TimelineEventId(id),
        incident_id: IncidentId(incident_id),
        kind: kind_of(id, &sql::get::<String>(row, "kind")?)?,
        actor: sql::get(row, "actor")?,
        old_value: sql::get(row, "old_value")?,
        new_value: sql::get(row, "new_value")?,
        created_at: Timestamp(sql::get(row, "created_at")?),
    };
    Ok(Happening {
        event,
        incident_number: sql::get(row, "number")?,
        title: sql::get(row, "title")?,
        severity: Severity::parse(&severity)
            .ok_or_else(|| StoreError::corrupt("incident", "severity", incident_id, &severity))?,
        service_id: ServiceId(sql::get(row, "service_id")?),
        service_name: sql::get(row, "service_name")?,
    })
}

fn kind_of(id: Uuid, text: &str) -> Result<TimelineKind, StoreError> {
    TimelineKind::parse(text).ok_or_else(|| StoreError::corrupt("timeline_event", "kind", id, text))
}

fn of_row(row: timeline_event::Model) -> Result<TimelineEvent, StoreError> {
    Ok(TimelineEvent {
        id: TimelineEventId(row.id),
        incident_id: IncidentId(row.incident_id),
        kind: kind_of(row.id, &row.kind)?,
        actor: row.actor,
        old_value: row.old_value,
        new_value: row.new_value,
        created_at: Timestamp(row.created_at),
    })
}
