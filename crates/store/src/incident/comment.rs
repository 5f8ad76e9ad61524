//! Comments under an incident.

use super::{text, timeline};
use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::page::{Direction, Listed, Page};
use crate::schema::{self, comment};
use crate::tx::{Reads, Tx};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use tracely_core::event::Event;
use tracely_core::id::{CommentId, IncidentId, OrganizationId};
use tracely_core::incident::{Actor, Incident, TimelineEntry, TimelineKind};
use tracely_core::time::Timestamp;

/// What a person wrote under an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its identifier.
    pub id: CommentId,
    /// The incident.
    pub incident_id: IncidentId,
    /// Who wrote it.
    pub author: String,
    /// What was written, as Markdown.
    pub body: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// Adds a comment.
pub async fn create(tx: &Tx, incident: &Incident, actor: Actor, body: &str) -> Result<Comment, StoreError> {
    let comment = Comment {
        id: tx.id(),
        incident_id: incident.id,
        author: actor.name().into(),
        body: body.into(),
        created_at: tx.now(),
    };
    let entry = TimelineEntry::new(TimelineKind::CommentAdded, None, Some(&comment.id.to_string()));
    let sequence = timeline::add(tx, incident, &entry, &actor).await?;
    let row = comment::Model {
        id: comment.id.0,
        organization_id: incident.organization_id.0,
        incident_id: incident.id.0,
        author: comment.author.clone(),
        body: comment.body.clone(),
        sequence,
        created_at: comment.created_at.0,
    };
    comment::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await
        .doing("add a comment")?;
    text::comment_added(tx, incident, body).await?;
    let incident = Box::new(incident.clone());
    tx.emit(incident.organization_id, Event::CommentAdded { incident, comment_id: comment.id, actor });
    Ok(comment)
}

/// Removes a comment; the timeline keeps that it was there.
pub async fn delete(tx: &Tx, incident: &Incident, id: CommentId, actor: Actor) -> Result<(), StoreError> {
    let of_organization = comment::Column::OrganizationId.eq(incident.organization_id.0);
    let removed = comment::Entity::delete_by_id(id.0).filter(of_organization).exec(tx.connection()).await;
    removed.doing("remove a comment")?;
    text::comment_removed(tx, incident).await?;
    let entry = TimelineEntry::new(TimelineKind::CommentDeleted, Some(&id.to_string()), None);
    timeline::add(tx, incident, &entry, &actor).await?;
    let incident = Box::new(incident.clone());
    tx.emit(incident.organization_id, Event::CommentDeleted { incident, comment_id: id, actor });
    Ok(())
}

/// Finds a comment of an incident.
pub async fn get(
    from: &impl Reads,
    organization_id: OrganizationId,
    incident_id: IncidentId,
    id: CommentId,
) -> Result<Option<Comment>, StoreError> {
    let found =
        of(organization_id, incident_id).filter(comment::Column::Id.eq(id.0)).one(from.reading()).await;
    Ok(found.doing("read a comment")?.map(of_row))
}

/// Lists the comments of an incident.
pub async fn list(
    store: &Store,
    organization_id: OrganizationId,
    incident_id: IncidentId,
    direction: Direction,
    page: Page,
) -> Result<Listed<Comment>, StoreError> {
    let order =
        |query: sea_orm::Select<comment::Entity>| query.order_by(comment::Column::Sequence, direction.into());
    let filtered = of(organization_id, incident_id);
    let listed = schema::listed(store.reader(), "list comments", filtered, order, page).await?;
    listed.try_map(|row| Ok(of_row(row)))
}

fn of(organization_id: OrganizationId, incident_id: IncidentId) -> sea_orm::Select<comment::Entity> {
    comment::Entity::find()
        .filter(comment::Column::OrganizationId.eq(organization_id.0))
        .filter(comment::Column::IncidentId.eq(incident_id.0))
}

fn of_row(row: comment::Model) -> Comment {
    Comment {
        id: CommentId(row.id),
        incident_id: IncidentId(row.incident_id),
        author: row.author,
        body: row.body,
        created_at: Timestamp(row.created_at),
    }
}
