//! Incidents: how they are opened, changed and read. The timeline and comments are in modules of their own.

pub mod comment;
mod list;
mod live;
mod row;
mod spread;
pub mod statistics;
pub mod summary;
pub(crate) mod text;
pub mod timeline;
mod transition;

pub use list::{IncidentFilter, Sort, assignees, list};
pub use live::{all_live, live, live_of_service};
pub use spread::{Durations, Spread};
pub use transition::{Names, Openings, carry_out};

use crate::error::{Doing, StoreError};
use crate::schema::incident;
use crate::sql;
use crate::tx::{Reads, Tx};
use row::{of_row, row_of};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Value};
use tracely_core::event::Event;
use tracely_core::id::{IncidentId, OrganizationId};
use tracely_core::incident::{Actor, Incident, TimelineEntry, Violations};

/// Counts of one statement, four values each.
const COUNTS_PER_STATEMENT: usize = 500;

/// Stores what somebody changed, with its timeline entries. No entries means that nothing changed.
pub async fn amend(
    tx: &Tx,
    incident: &Incident,
    changes: Vec<TimelineEntry>,
    actor: Actor,
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    save(tx, incident).await?;
    for change in &changes {
        timeline::add(tx, incident, change, &actor).await?;
    }
    let incident = Box::new(incident.clone());
    tx.emit(incident.organization_id, Event::IncidentUpdated { incident, changes, actor });
    Ok(())
}

/// Stores violation counts, and returns how many rows that changed. They are absolute, so storing them again changes none:
/// after a restart those of every live incident come, and to write a row anew is to write its entry in each index.
pub async fn store_counts(tx: &Tx, counts: &[(IncidentId, Violations)]) -> Result<u64, StoreError> {
    let mut changed = 0;
    for chunk in counts.chunks(COUNTS_PER_STATEMENT) {
        let statement = format!(
            "WITH counted (id, violation_count, last_violation_at, peak_value) AS (VALUES {}) \
             UPDATE incident SET violation_count = counted.violation_count, \
             last_violation_at = counted.last_violation_at, peak_value = counted.peak_value \
             FROM counted WHERE incident.id = counted.id AND (incident.violation_count <> counted.violation_count \
             OR incident.last_violation_at <> counted.last_violation_at OR incident.peak_value <> counted.peak_value)",
            sql::placeholders(chunk.len(), 4)
        );
        let values = chunk.iter().flat_map(|(id, violations)| -> [Value; 4] {
            [id.0.into(), violations.count.into(), violations.last_at.0.into(), violations.peak.into()]
        });
        changed += sql::execute(tx.connection(), "store violation counts", statement, values).await?;
    }
    Ok(changed)
}

/// Finds an incident.
pub async fn get(
    from: &impl Reads,
    organization_id: OrganizationId,
    id: IncidentId,
) -> Result<Option<Incident>, StoreError> {
    let found = of(organization_id).filter(incident::Column::Id.eq(id.0)).one(from.reading()).await;
    found.doing("read an incident")?.map(of_row).transpose()
}

/// Finds an incident and locks it until the end of the transaction.
pub async fn lock(
    tx: &Tx,
    organization_id: OrganizationId,
    id: IncidentId,
) -> Result<Option<Incident>, StoreError> {
    let found =
        of(organization_id).filter(incident::Column::Id.eq(id.0)).lock_exclusive().one(tx.connection()).await;
    found.doing("lock an incident")?.map(of_row).transpose()
}

/// Finds an incident's identifier by its number, the 42 of `INC-42`.
pub async fn id_of_number(
    from: &impl Reads,
    organization_id: OrganizationId,
    number: i64,
) -> Result<Option<IncidentId>, StoreError> {
    let found = of(organization_id).filter(incident::Column::Number.eq(number)).one(from.reading()).await;
    Ok(found.doing("find an incident by its number")?.map(|row| IncidentId(row.id)))
}

fn of(organization_id: OrganizationId) -> sea_orm::Select<incident::Entity> {
    incident::Entity::find().filter(incident::Column::OrganizationId.eq(organization_id.0))
}

async fn save(tx: &Tx, incident: &Incident) -> Result<(), StoreError> {
    let row = row_of(incident).into_active_model().reset_all();
    let of_organization = incident::Column::OrganizationId.eq(incident.organization_id.0);
    let update = incident::Entity::update(row).validate().doing("change an incident")?;
    update.filter(of_organization).exec(tx.connection()).await.doing("change an incident")?;
    Ok(())
}
