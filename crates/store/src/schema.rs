//! Entities of the ORM, one for each table that is listed, filtered or sorted. They never leave this crate.

pub(crate) mod comment;
pub(crate) mod department;
pub(crate) mod incident;
pub(crate) mod metric_type;
pub(crate) mod notification;
pub(crate) mod rule;
pub(crate) mod service;
pub(crate) mod timeline_event;

use crate::error::{Doing, StoreError};
use crate::page::{Listed, Page};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QuerySelect, Select};

/// Reads one page of a filtered and sorted list, and how long the whole list is.
pub(crate) async fn listed<E, M>(
    connection: &impl ConnectionTrait,
    attempt: &'static str,
    filtered: Select<E>,
    sort: impl FnOnce(Select<E>) -> Select<E>,
    page: Page,
) -> Result<Listed<M>, StoreError>
where
    E: EntityTrait<Model = M>,
    M: FromQueryResult + Sized + Send + Sync,
{
    let total = filtered.clone().count(connection).await.doing(attempt)?;
    if total <= page.offset {
        return Ok(Listed::counted(Vec::new(), total));
    }
    let rows = sort(filtered).limit(page.limit).offset(page.offset).all(connection).await.doing(attempt)?;
    Ok(Listed::counted(rows, total))
}
