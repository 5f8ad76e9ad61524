//! Metric types: what can be measured.

use crate::error::{Doing, StoreError};
use crate::schema::metric_type;
use crate::sql;
use crate::tx::{Reads, Tx};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use tracely_core::event::Event;
use tracely_core::id::OrganizationId;
use tracely_core::metric::MetricType;

/// The most metric types an organization may have.
pub const MAX_METRIC_TYPES: u64 = 500;

/// Lists an organization's metric types by key. There are few, so the list is whole.
pub async fn list(from: &impl Reads, organization_id: OrganizationId) -> Result<Vec<MetricType>, StoreError> {
    let rows = metric_type::Entity::find()
        .filter(metric_type::Column::OrganizationId.eq(organization_id.0))
        .order_by_asc(metric_type::Column::Key)
        .all(from.reading())
        .await
        .doing("list metric types")?;
    Ok(rows.into_iter().map(of_row).collect())
}

/// Finds a metric type. In a transaction it is locked until the end.
pub async fn get(
    from: &impl Reads,
    organization_id: OrganizationId,
    key: &str,
) -> Result<Option<MetricType>, StoreError> {
    let query = from.locking(metric_type::Entity::find_by_id((organization_id.0, key.to_owned())));
    let found = query.one(from.reading()).await;
    Ok(found.doing("read a metric type")?.map(of_row))
}

/// Adds a metric type.
pub async fn create(
    tx: &Tx,
    organization_id: OrganizationId,
    metric_type: &MetricType,
) -> Result<(), StoreError> {
    let row = row_of(tx, organization_id, metric_type).into_active_model().reset_all();
    metric_type::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await
        .doing("add a metric type")?;
    tx.emit(organization_id, Event::MetricTypeChanged { key: metric_type.key.clone() });
    Ok(())
}

/// Stores the changed name, unit and range of a metric type.
pub async fn update(
    tx: &Tx,
    organization_id: OrganizationId,
    metric_type: &MetricType,
) -> Result<(), StoreError> {
    let statement = "UPDATE metric_type SET name = $1, unit = $2, min_value = $3, max_value = $4, updated_at = $5 \
         WHERE organization_id = $6 AND key = $7";
    let MetricType { key, name, unit, min, max, .. } = metric_type.clone();
    let values = [
        name.into(),
        unit.into(),
        min.into(),
        max.into(),
        tx.now().0.into(),
        organization_id.0.into(),
        key.into(),
    ];
    sql::execute(tx.connection(), "change a metric type", statement, values).await?;
    tx.emit(organization_id, Event::MetricTypeChanged { key: metric_type.key.clone() });
    Ok(())
}

/// Says whether a series or a rule has this metric type.
pub async fn is_used(
    from: &impl Reads,
    organization_id: OrganizationId,
    key: &str,
) -> Result<bool, StoreError> {
    let statement = "SELECT CASE WHEN EXISTS (SELECT 1 FROM series WHERE organization_id = $1 AND metric_type = $2) \
         OR EXISTS (SELECT 1 FROM rule WHERE organization_id = $1 AND metric_type = $2) THEN 1 ELSE 0 END AS used";
    let values = [organization_id.0.into(), key.into()];
    let row = sql::one(from.reading(), "look whether a metric type is used", statement, values).await?;
    row.map_or(Ok(false), |row| Ok(sql::get::<i32>(&row, "used")? == 1))
}

/// Deletes a metric type that nothing uses.
pub async fn delete(tx: &Tx, organization_id: OrganizationId, key: &str) -> Result<(), StoreError> {
    let statement = "DELETE FROM metric_type WHERE organization_id = $1 AND key = $2";
    let values = [organization_id.0.into(), key.into()];
    sql::execute(tx.connection(), "delete a metric type", statement, values).await?;
    tx.emit(organization_id, Event::MetricTypeChanged { key: key.into() });
    Ok(())
}

fn row_of(tx: &Tx, organization_id: OrganizationId, metric_type: &MetricType) -> metric_type::Model {
    metric_type::Model {
        organization_id: organization_id.0,
        key: metric_type.key.clone(),
        name: metric_type.name.clone(),
        unit: metric_type.unit.clone(),
        min_value: metric_type.min,
        max_value: metric_type.max,
        built_in: metric_type.built_in,
        created_at: tx.now().0,
        updated_at: tx.now().0,
    }
}

fn of_row(row: metric_type::Model) -> MetricType {
    MetricType {
        key: row.key,
        name: row.name,
        unit: row.unit,
        min: row.min_value,
        max: row.max_value,
        built_in: row.built_in,
    }
}
