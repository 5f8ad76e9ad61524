//! The timeline of an incident. Its order is a number of its own, not the clock, which may step back. Whoever adds
//! to it has locked the incident.

use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::page::{Direction, Listed, Page};
use crate::schema::{self, timeline_event};
use crate::sql::{self, Clause};
use crate::tx::Tx;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryResult,
};
use tracely_core::id::{IncidentId, OrganizationId, ServiceId, TimelineEventId};
use tracely_core::incident::{Actor, Incident, TimelineEntry, TimelineKind};
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;
use uuid::Uuid;

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

/// Adds an entry at the end, and returns its place, counted from 1.
pub async fn add(
    tx: &Tx,
    incident: &Incident,
    entry: &TimelineEntry,
    actor: &Actor,
) -> Result<i64, StoreError> {
    let attempt = "add to a timeline";
    let statement = "SELECT CAST(COALESCE(MAX(sequence), 0) AS BIGINT) AS last FROM timeline_event WHERE incident_id = $1";
    let row = sql::one(tx.connection(), attempt, statement, [incident.id.0.into()]).await?;
    let sequence = row.map_or(Ok(0), |row| sql::get::<i64>(&row, "last"))? + 1;
    let actor = match actor {
        Actor::System => None,
        Actor::Person { name } => Some(name.clone()),
    };
    let row = timeline_event::Model {
        id: tx.id::<TimelineEventId>().0,
        organization_id: incident.organization_id.0,
        incident_id: incident.id.0,
        kind: entry.kind.as_str().into(),
        actor,
        old_value: entry.old_value.clone(),
        new_value: entry.new_value.clone(),
        sequence,
        created_at: tx.now().0,
    };
    timeline_event::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await
        .doing(attempt)?;
    Ok(sequence)
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
    schema::convert(listed, of_row)
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

/// Lists the history of all incidents together, newest first.
pub async fn list_all(
    store: &Store,
    organization_id: OrganizationId,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    page: Page,
) -> Result<Listed<Happening>, StoreError> {
    let attempt = "list all timelines";
    let mut clause = Clause::new("organization_id = $1", [organization_id.0.into()]);
    for (condition, bound) in [("created_at >= ?", from), ("created_at < ?", to)] {
        if let Some(bound) = bound {
            clause.and(condition, bound.0);
        }
    }
    let condition = clause.text().to_owned();
    let count = format!("SELECT COUNT(*) AS total FROM timeline_event WHERE {condition}");
    let total = sql::total(store.reader(), attempt, count, clause.values()).await?;

    let page = clause.page(page);
    // The page is cut before its incidents are looked up.
    let order =
        |table: &str| format!("{table}.created_at DESC, {table}.incident_id DESC, {table}.sequence DESC");
    let statement = format!(
        "SELECT event.id, event.incident_id, event.kind, event.actor, event.old_value, event.new_value, \
         event.created_at, incident.number, incident.title, incident.severity, incident.service_id, \
         incident.service_name FROM (SELECT * FROM timeline_event WHERE {condition} ORDER BY {} {page}) AS event \
         JOIN incident ON incident.id = event.incident_id ORDER BY {}",
        order("timeline_event"),
        order("event"),
    );
    let rows = sql::all(store.reader(), attempt, statement, clause.values()).await?;
    Ok(Listed { rows: rows.iter().map(happening_of).collect::<Result<_, _>>()?, total })
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
