//! Departments: the teams that incidents are routed to.

use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::page::{Direction, Listed, Page};
use crate::schema::{self, department};
use crate::search::folded;
use crate::sql::{self, contains_pattern};
use crate::tx::{Reads, Tx};
use sea_orm::sea_query::LikeExpr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryTrait,
};
use tracely_core::event::Event;
use tracely_core::id::{DepartmentId, OrganizationId};
use tracely_core::time::Timestamp;

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// Its identifier.
    pub id: DepartmentId,
    /// What people call it; unique among the organization's departments.
    pub name: String,
    /// What it does; may be empty.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a list of departments may be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    Name,
    /// By the instant it was made.
    CreatedAt,
    /// By the instant it was last changed.
    UpdatedAt,
}

/// What still points at a department.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uses {
    /// Rules that route to it.
    pub rules: u64,
    /// Live incidents that are routed to it.
    pub live_incidents: u64,
}

/// Adds a department.
pub async fn create(
    tx: &Tx,
    organization_id: OrganizationId,
    name: &str,
    description: &str,
) -> Result<Department, StoreError> {
    let department = Department {
        id: tx.id(),
        name: name.into(),
        description: description.into(),
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let row = row_of(organization_id, &department).into_active_model().reset_all();
    department::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await
        .doing("add a department")?;
    tx.emit(organization_id, Event::DepartmentChanged { department_id: department.id });
    Ok(department)
}

/// Stores a changed department.
pub async fn update(
    tx: &Tx,
    organization_id: OrganizationId,
    department: &Department,
) -> Result<Department, StoreError> {
    let department = Department { updated_at: tx.now(), ..department.clone() };
    let row = row_of(organization_id, &department).into_active_model().reset_all();
    department::Entity::update(row).exec(tx.connection()).await.doing("change a department")?;
    tx.emit(organization_id, Event::DepartmentChanged { department_id: department.id });
    Ok(department)
}

/// Counts what still points at a department.
pub async fn uses(
    from: &impl Reads,
    organization_id: OrganizationId,
    id: DepartmentId,
) -> Result<Uses, StoreError> {
    let statement = "SELECT \
         (SELECT COUNT(*) FROM rule WHERE department_id = $1 AND organization_id = $2 AND deleted_at IS NULL) AS rules, \
         (SELECT COUNT(*) FROM incident WHERE department_id = $1 AND organization_id = $2 AND status <> 'CLOSED') \
         AS live_incidents";
    let values = [id.0.into(), organization_id.0.into()];
    let row = sql::one(from.reading(), "count what uses a department", statement, values).await?;
    let Some(row) = row else { return Ok(Uses { rules: 0, live_incidents: 0 }) };
    Ok(Uses {
        rules: sql::get::<i64>(&row, "rules")? as u64,
        live_incidents: sql::get::<i64>(&row, "live_incidents")? as u64,
    })
}

/// Deletes a department: it is listed no more. Its incidents and notifications stay.
pub async fn delete(tx: &Tx, organization_id: OrganizationId, id: DepartmentId) -> Result<(), StoreError> {
    let statement = "UPDATE department SET deleted_at = $1 WHERE id = $2 AND organization_id = $3";
    let values = [tx.now().0.into(), id.0.into(), organization_id.0.into()];
    sql::execute(tx.connection(), "delete a department", statement, values).await?;
    tx.emit(organization_id, Event::DepartmentDeleted { department_id: id });
    Ok(())
}

/// Finds a department that is not deleted. In a transaction it is locked until the end.
pub async fn get(
    from: &impl Reads,
    organization_id: OrganizationId,
    id: DepartmentId,
) -> Result<Option<Department>, StoreError> {
    let query = from.locking(kept(organization_id).filter(department::Column::Id.eq(id.0)));
    let found = query.one(from.reading()).await;
    Ok(found.doing("read a department")?.map(of_row))
}

/// Lists departments that are not deleted, optionally those whose name or description holds a text.
pub async fn list(
    store: &Store,
    organization_id: OrganizationId,
    search: Option<&str>,
    sort: (Sort, Direction),
    page: Page,
) -> Result<Listed<Department>, StoreError> {
    let filtered = kept(organization_id).apply_if(search, |query, text| {
        query.filter(department::Column::SearchText.like(LikeExpr::new(contains_pattern(text)).escape('\\')))
    });
    let column = match sort.0 {
        Sort::Name => department::Column::Name,
        Sort::CreatedAt => department::Column::CreatedAt,
        Sort::UpdatedAt => department::Column::UpdatedAt,
    };
    let order = |query: sea_orm::Select<department::Entity>| {
        query.order_by(column, sort.1.into()).order_by(department::Column::Id, sort.1.into())
    };
    let listed = schema::listed(store.reader(), "list departments", filtered, order, page).await?;
    listed.try_map(|row| Ok(of_row(row)))
}

fn kept(organization_id: OrganizationId) -> sea_orm::Select<department::Entity> {
    department::Entity::find()
        .filter(department::Column::OrganizationId.eq(organization_id.0))
        .filter(department::Column::DeletedAt.is_null())
}

fn row_of(organization_id: OrganizationId, department: &Department) -> department::Model {
    department::Model {
        id: department.id.0,
        organization_id: organization_id.0,
        name: department.name.clone(),
        description: department.description.clone(),
        search_text: folded(&format!("{} {}", department.name, department.description)),
        created_at: department.created_at.0,
        updated_at: department.updated_at.0,
        deleted_at: None,
    }
}

fn of_row(row: department::Model) -> Department {
    Department {
        id: DepartmentId(row.id),
        name: row.name,
        description: row.description,
        created_at: Timestamp(row.created_at),
        updated_at: Timestamp(row.updated_at),
    }
}
