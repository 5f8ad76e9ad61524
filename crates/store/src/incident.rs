//! Incidents: how they are opened, changed and read. The timeline and comments are in modules of their own.

pub mod comment;
mod list;
mod row;
pub mod summary;
pub mod timeline;

pub use list::{IncidentFilter, Sort, assignees, list};

use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::schema::incident;
use crate::sql;
use crate::tx::{Reads, Tx};
use row::{of_row, row_of};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use tracely_core::event::Event;
use tracely_core::id::{IncidentId, OrganizationId};
use tracely_core::incident::{
    Actor, Identity, Incident, Status, TimelineEntry, TimelineKind, Violations, sentence,
};
use tracely_core::metric::{MetricType, Point};
use tracely_core::rule::Rule;

/// What opens an incident.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// Which incident it is.
    pub identity: &'a Identity,
    /// The rule that was violated.
    pub rule: &'a Rule,
    /// The metric type of the point; none when it was deleted in between.
    pub metric_type: Option<&'a MetricType>,
    /// The name of the service.
    pub service_name: &'a str,
    /// The violating point.
    pub point: Point,
}

/// Opens an incident, unless one of its identity is live: then nothing happens and the answer is none.
pub async fn open(tx: &Tx, opening: Opening<'_>) -> Result<Option<Incident>, StoreError> {
    let Opening { identity, rule, metric_type, service_name, point } = opening;
    let organization_id = rule.organization_id;
    if live(tx, organization_id, identity).await?.is_some() {
        return Ok(None);
    }
    let number = next_number(tx, organization_id).await?;
    let (metric_name, unit) = metric_type
        .map_or((rule.metric_type.as_str(), ""), |found| (found.name.as_str(), found.unit.as_str()));
    let incident = Incident {
        id: tx.id(),
        organization_id,
        number,
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
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let row = row_of(&incident).into_active_model().reset_all();
    incident::Entity::insert(row).exec_without_returning(tx.connection()).await.doing("open an incident")?;
    let created = TimelineEntry::new(TimelineKind::Created, None, Some(&incident.title));
    timeline::add(tx, &incident, &created, &Actor::System).await?;
    tx.emit(organization_id, Event::IncidentOpened { incident: Box::new(incident.clone()) });
    Ok(Some(incident))
}

/// Notes that the condition of an identity's live incident has cleared. Nothing happens when none is live.
pub async fn recover(
    tx: &Tx,
    organization_id: OrganizationId,
    identity: &Identity,
    point: Point,
) -> Result<(), StoreError> {
    let recovered = |incident: Incident| Incident { recovered_at: Some(point.instant), ..incident };
    let event = |incident| Event::IncidentRecovered { incident };
    turn(tx, organization_id, identity, point, TimelineKind::Recovered, recovered, event).await
}

/// Notes that the condition of an identity's live incident is met again after it had cleared.
pub async fn violate_again(
    tx: &Tx,
    organization_id: OrganizationId,
    identity: &Identity,
    point: Point,
) -> Result<(), StoreError> {
    let violated = |incident: Incident| Incident { recovered_at: None, ..incident };
    let event = |incident| Event::IncidentViolatedAgain { incident };
    turn(tx, organization_id, identity, point, TimelineKind::ViolatedAgain, violated, event).await
}

/// Changes what the points decide, and leaves a timeline entry with the value that did it. The version stays: it
/// counts what people decide, and nobody's edit should be refused because a point came in between.
async fn turn(
    tx: &Tx,
    organization_id: OrganizationId,
    identity: &Identity,
    point: Point,
    kind: TimelineKind,
    change: impl FnOnce(Incident) -> Incident,
    event: impl FnOnce(Box<Incident>) -> Event,
) -> Result<(), StoreError> {
    let Some(incident) = live(tx, organization_id, identity).await? else { return Ok(()) };
    let incident = Incident { updated_at: tx.now(), ..change(incident) };
    save(tx, &incident).await?;
    let entry = TimelineEntry::new(kind, None, Some(&point.value.to_string()));
    timeline::add(tx, &incident, &entry, &Actor::System).await?;
    tx.emit(organization_id, event(Box::new(incident)));
    Ok(())
}

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

/// Stores violation counts. They are absolute, so storing them again does no harm.
pub async fn store_counts(tx: &Tx, counts: &[(IncidentId, Violations)]) -> Result<(), StoreError> {
    let statement =
        "UPDATE incident SET violation_count = $1, last_violation_at = $2, peak_value = $3 WHERE id = $4";
    for (id, violations) in counts {
        let values =
            [violations.count.into(), violations.last_at.0.into(), violations.peak.into(), id.0.into()];
        sql::execute(tx.connection(), "store violation counts", statement, values).await?;
    }
    Ok(())
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

/// Finds the live incident of an identity, and locks it until the end of the transaction.
pub async fn live(
    tx: &Tx,
    organization_id: OrganizationId,
    identity: &Identity,
) -> Result<Option<Incident>, StoreError> {
    let found = of(organization_id)
        .filter(incident::Column::RuleId.eq(identity.rule_id.0))
        .filter(incident::Column::ServiceId.eq(identity.service_id.0))
        .filter(incident::Column::GroupKey.eq(&identity.group_key))
        .filter(incident::Column::Status.ne(Status::Closed.as_str()))
        .lock_exclusive()
        .one(tx.connection())
        .await;
    found.doing("look for a live incident")?.map(of_row).transpose()
}

/// Reads every live incident of the installation, for a state that cannot be read from the log any more.
pub async fn all_live(store: &Store) -> Result<Vec<Incident>, StoreError> {
    let live = incident::Entity::find().filter(incident::Column::Status.ne(Status::Closed.as_str()));
    let rows = live.all(store.reader()).await.doing("read all live incidents")?;
    rows.into_iter().map(of_row).collect()
}

/// Counts the live incidents of a service.
pub async fn live_of_service(
    from: &impl Reads,
    organization_id: OrganizationId,
    service_id: tracely_core::id::ServiceId,
) -> Result<u64, StoreError> {
    let statement = "SELECT COUNT(*) AS live FROM incident \
         WHERE service_id = $1 AND organization_id = $2 AND status <> 'CLOSED'";
    let values = [service_id.0.into(), organization_id.0.into()];
    let row = sql::one(from.reading(), "count the live incidents of a service", statement, values).await?;
    Ok(row.map_or(Ok(0), |row| sql::get::<i64>(&row, "live"))? as u64)
}

fn of(organization_id: OrganizationId) -> sea_orm::Select<incident::Entity> {
    incident::Entity::find().filter(incident::Column::OrganizationId.eq(organization_id.0))
}

async fn save(tx: &Tx, incident: &Incident) -> Result<(), StoreError> {
    let row = row_of(incident).into_active_model().reset_all();
    incident::Entity::update(row).exec(tx.connection()).await.doing("change an incident")?;
    Ok(())
}

async fn next_number(tx: &Tx, organization_id: OrganizationId) -> Result<i64, StoreError> {
    let statement = "UPDATE organization SET last_incident_number = last_incident_number + 1 WHERE id = $1 \
         RETURNING last_incident_number";
    let row = sql::one(tx.connection(), "number an incident", statement, [organization_id.0.into()]).await?;
    let Some(row) = row else {
        return Err(StoreError::corrupt("organization", "id", organization_id, "the row is missing"));
    };
    sql::get(&row, "last_incident_number")
}
