//! Services: the monitored things.

mod overview;

pub use overview::{OverviewFilter, Standing, overview};

use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::page::{Direction, Listed, Page};
use crate::schema::{self, service};
use crate::search::folded;
use crate::sql::{self, contains_pattern};
use crate::tx::{Reads, Tx};
use sea_orm::sea_query::LikeExpr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryTrait,
};
use tracely_core::event::Event;
use tracely_core::id::{OrganizationId, ServiceId};
use tracely_core::time::Timestamp;
use uuid::Uuid;

/// A monitored thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its identifier.
    pub id: ServiceId,
    /// A short name for machines, unique among the organization's services.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What it is; may be empty.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a list of services may be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    Name,
    /// By key.
    Key,
    /// By the instant it was made.
    CreatedAt,
    /// By the instant it was last changed.
    UpdatedAt,
}

/// Adds a service.
pub async fn create(
    tx: &Tx,
    organization_id: OrganizationId,
    key: &str,
    name: &str,
    description: &str,
) -> Result<Service, StoreError> {
    let service = Service {
        id: tx.id(),
        key: key.into(),
        name: name.into(),
        description: description.into(),
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let row = row_of(organization_id, &service).into_active_model().reset_all();
    service::Entity::insert(row).exec_without_returning(tx.connection()).await.doing("add a service")?;
    tx.emit(organization_id, Event::ServiceChanged { service_id: service.id });
    Ok(service)
}

/// Stores a changed service.
pub async fn update(
    tx: &Tx,
    organization_id: OrganizationId,
    service: &Service,
) -> Result<Service, StoreError> {
    let service = Service { updated_at: tx.now(), ..service.clone() };
    let row = row_of(organization_id, &service).into_active_model().reset_all();
    service::Entity::update(row).exec(tx.connection()).await.doing("change a service")?;
    tx.emit(organization_id, Event::ServiceChanged { service_id: service.id });
    Ok(service)
}

/// Deletes a service: it is listed no more and takes no more points. Its incidents stay.
pub async fn delete(tx: &Tx, organization_id: OrganizationId, id: ServiceId) -> Result<(), StoreError> {
    let statement = "UPDATE service SET deleted_at = $1 WHERE id = $2 AND organization_id = $3";
    let values = [tx.now().0.into(), id.0.into(), organization_id.0.into()];
    sql::execute(tx.connection(), "delete a service", statement, values).await?;
    tx.emit(organization_id, Event::ServiceDeleted { service_id: id });
    Ok(())
}

/// Finds a service that is not deleted. In a transaction it is locked until the end.
pub async fn get(
    from: &impl Reads,
    organization_id: OrganizationId,
    id: ServiceId,
) -> Result<Option<Service>, StoreError> {
    let query = from.locking(kept(organization_id).filter(service::Column::Id.eq(id.0)));
    let found = query.one(from.reading()).await;
    Ok(found.doing("read a service")?.map(of_row))
}

/// Finds a service that is not deleted by its key. In a transaction it is locked until the end.
pub async fn by_key(
    from: &impl Reads,
    organization_id: OrganizationId,
    key: &str,
) -> Result<Option<Service>, StoreError> {
    let query = from.locking(kept(organization_id).filter(service::Column::Key.eq(key)));
    let found = query.one(from.reading()).await;
    Ok(found.doing("read a service")?.map(of_row))
}

/// Lists services that are not deleted, optionally those whose key, name or description holds a text.
pub async fn list(
    store: &Store,
    organization_id: OrganizationId,
    search: Option<&str>,
    sort: (Sort, Direction),
    page: Page,
) -> Result<Listed<Service>, StoreError> {
    let filtered = kept(organization_id).apply_if(search, |query, text| {
        query.filter(service::Column::SearchText.like(LikeExpr::new(contains_pattern(text)).escape('\\')))
    });
    let column = match sort.0 {
        Sort::Name => service::Column::Name,
        Sort::Key => service::Column::Key,
        Sort::CreatedAt => service::Column::CreatedAt,
        Sort::UpdatedAt => service::Column::UpdatedAt,
    };
    let order = |query: sea_orm::Select<service::Entity>| {
        query.order_by(column, sort.1.into()).order_by(service::Column::Id, sort.1.into())
    };
    let listed = schema::listed(store.reader(), "list services", filtered, order, page).await?;
    listed.try_map(|row| Ok(of_row(row)))
}

/// Finds which of these services exist and are not deleted, in order of their ids.
pub async fn existing(
    from: &impl Reads,
    organization_id: OrganizationId,
    ids: &[ServiceId],
) -> Result<Vec<ServiceId>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = kept(organization_id)
        .filter(service::Column::Id.is_in(ids))
        .order_by_asc(service::Column::Id)
        .all(from.reading())
        .await
        .doing("look up services")?;
    Ok(rows.into_iter().map(|row| ServiceId(row.id)).collect())
}

/// Reads all services that are not deleted, for a cache.
pub async fn all(from: &impl Reads, organization_id: OrganizationId) -> Result<Vec<Service>, StoreError> {
    let rows = kept(organization_id).all(from.reading()).await.doing("read all services")?;
    Ok(rows.into_iter().map(of_row).collect())
}

/// Returns the names of deleted services, whose points and incidents are still there.
pub async fn names_of_deleted(
    from: &impl Reads,
    organization_id: OrganizationId,
) -> Result<Vec<(ServiceId, String)>, StoreError> {
    let rows = service::Entity::find()
        .filter(service::Column::OrganizationId.eq(organization_id.0))
        .filter(service::Column::DeletedAt.is_not_null())
        .all(from.reading())
        .await
        .doing("look up the names of deleted services")?;
    Ok(rows.into_iter().map(|row| (ServiceId(row.id), row.name)).collect())
}

fn kept(organization_id: OrganizationId) -> sea_orm::Select<service::Entity> {
    service::Entity::find()
        .filter(service::Column::OrganizationId.eq(organization_id.0))
        .filter(service::Column::DeletedAt.is_null())
}

fn row_of(organization_id: OrganizationId, service: &Service) -> service::Model {
    service::Model {
        id: service.id.0,
        organization_id: organization_id.0,
        key: service.key.clone(),
        name: service.name.clone(),
        description: service.description.clone(),
        search_text: folded(&format!("{} {} {}", service.key, service.name, service.description)),
        created_at: service.created_at.0,
        updated_at: service.updated_at.0,
        deleted_at: None,
    }
}

fn of_row(row: service::Model) -> Service {
    Service {
        id: ServiceId(row.id),
        key: row.key,
        name: row.name,
        description: row.description,
        created_at: Timestamp(row.created_at),
        updated_at: Timestamp(row.updated_at),
    }
}
