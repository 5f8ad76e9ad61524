//! Saved views: lists as a person keeps them, with filters and order. Nobody else sees them, so no event tells of them.

use crate::connect::Store;
use crate::error::StoreError;
use crate::page::{Listed, Page};
use crate::sql::{self, Clause};
use crate::tx::{Reads, Tx};
use sea_orm::QueryResult;
use tracely_core::id::{OrganizationId, SavedViewId};
use tracely_core::time::Timestamp;

/// A list as a person keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its identifier.
    pub id: SavedViewId,
    /// The page that it is a view of.
    pub page: String,
    /// What the person calls it; unique among their views of the page.
    pub name: String,
    /// The query of the page's address.
    pub query: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

const COLUMNS: &str = "id, page, name, query, created_at, updated_at";

/// Lists a person's views by name, optionally of one page only.
pub async fn list(
    store: &Store,
    organization_id: OrganizationId,
    person: &str,
    page_name: Option<&str>,
    page: Page,
) -> Result<Listed<SavedView>, StoreError> {
    let attempt = "list saved views";
    let mut clause = of(organization_id, person);
    clause.any_of("page", page_name);
    let condition = clause.text().to_owned();
    let count = format!("SELECT COUNT(*) AS total FROM saved_view WHERE {condition}");
    let total = sql::total(store.reader(), attempt, count, clause.values()).await?;
    let page = clause.page(page);
    let statement = format!("SELECT {COLUMNS} FROM saved_view WHERE {condition} ORDER BY name, id {page}");
    let rows = sql::all(store.reader(), attempt, statement, clause.values()).await?;
    Ok(Listed::counted(rows.iter().map(of_row).collect::<Result<_, _>>()?, total))
}

/// Counts a person's views of all pages.
pub async fn count(
    from: &impl Reads,
    organization_id: OrganizationId,
    person: &str,
) -> Result<u64, StoreError> {
    let clause = of(organization_id, person);
    let statement = format!("SELECT COUNT(*) AS total FROM saved_view WHERE {}", clause.text());
    sql::total(from.reading(), "count saved views", statement, clause.values()).await
}

/// Finds a view of a person.
pub async fn get(
    from: &impl Reads,
    organization_id: OrganizationId,
    person: &str,
    id: SavedViewId,
) -> Result<Option<SavedView>, StoreError> {
    let mut clause = of(organization_id, person);
    clause.and("id = ?", id.0);
    let statement = format!("SELECT {COLUMNS} FROM saved_view WHERE {}", clause.text());
    let row = sql::one(from.reading(), "read a saved view", statement, clause.values()).await?;
    row.as_ref().map(of_row).transpose()
}

/// Adds a view; its name must be free.
pub async fn create(
    tx: &Tx,
    organization_id: OrganizationId,
    person: &str,
    page: &str,
    name: &str,
    query: &str,
) -> Result<SavedView, StoreError> {
    let now = tx.now();
    let view = SavedView {
        id: tx.id(),
        page: page.into(),
        name: name.into(),
        query: query.into(),
        created_at: now,
        updated_at: now,
    };
    let statement = format!(
        "INSERT INTO saved_view (organization_id, person, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let values = [
        organization_id.0.into(),
        person.into(),
        view.id.0.into(),
        page.into(),
        name.into(),
        query.into(),
        now.0.into(),
        now.0.into(),
    ];
    sql::execute(tx.connection(), "add a saved view", statement, values).await?;
    Ok(view)
}

/// Stores a view whose name or query was changed. None when it is not there any more.
pub async fn update(
    tx: &Tx,
    organization_id: OrganizationId,
    person: &str,
    view: &SavedView,
) -> Result<Option<SavedView>, StoreError> {
    let statement = "UPDATE saved_view SET name = $1, query = $2, updated_at = $3 \
         WHERE organization_id = $4 AND person = $5 AND id = $6";
    let values = [
        view.name.as_str().into(),
        view.query.as_str().into(),
        tx.now().0.into(),
        organization_id.0.into(),
        person.into(),
        view.id.0.into(),
    ];
    let changed = sql::execute(tx.connection(), "change a saved view", statement, values).await?;
    Ok((changed > 0).then(|| SavedView { updated_at: tx.now(), ..view.clone() }))
}

/// Deletes a view. Says whether it was there.
pub async fn delete(
    tx: &Tx,
    organization_id: OrganizationId,
    person: &str,
    id: SavedViewId,
) -> Result<bool, StoreError> {
    let mut clause = of(organization_id, person);
    clause.and("id = ?", id.0);
    let statement = format!("DELETE FROM saved_view WHERE {}", clause.text());
    Ok(sql::execute(tx.connection(), "delete a saved view", statement, clause.values()).await? > 0)
}

fn of(organization_id: OrganizationId, person: &str) -> Clause {
    Clause::new("organization_id = $1 AND person = $2", [organization_id.0.into(), person.into()])
}

fn of_row(row: &QueryResult) -> Result<SavedView, StoreError> {
    Ok(SavedView {
        id: SavedViewId(sql::get(row, "id")?),
        page: sql::get(row, "page")?,
        name: sql::get(row, "name")?,
        query: sql::get(row, "query")?,
        created_at: Timestamp(sql::get(row, "created_at")?),
        updated_at: Timestamp(sql::get(row, "updated_at")?),
    })
}
