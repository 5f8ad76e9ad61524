//! The timeline of an incident. Its order is a number of its own, not the clock, which may step back. Whoever adds
//! to it has locked the incident.

use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::page::{Direction, Listed, Page};
use crate::schema::{self, timeline_event};
use crate::sql;
use crate::tx::Tx;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use tracely_core::id::{IncidentId, OrganizationId, TimelineEventId};
use tracely_core::incident::{Actor, Incident, TimelineEntry, TimelineKind};
use tracely_core::time::Timestamp;

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

fn of_row(row: timeline_event::Model) -> Result<TimelineEvent, StoreError> {
    let kind = TimelineKind::parse(&row.kind)
        .ok_or_else(|| StoreError::corrupt("timeline_event", "kind", row.id, &row.kind))?;
    Ok(TimelineEvent {
        id: TimelineEventId(row.id),
        incident_id: IncidentId(row.incident_id),
        kind,
        actor: row.actor,
        old_value: row.old_value,
        new_value: row.new_value,
        created_at: Timestamp(row.created_at),
    })
}
