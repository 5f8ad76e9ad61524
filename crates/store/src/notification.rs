//! Notifications: the inbox of each department.
//!
//! Whether a notification is read is a fact about a person. A person's watermark for a department says that
//! everything up to a position of the log is read, so marking all as read costs one row for each department; a
//! mark on a single notification is stronger than the watermark, and setting the watermark removes older marks.

mod unread;

pub use unread::{mark_all_read, unread_count};

use crate::connect::Store;
use crate::error::StoreError;
use crate::page::{Direction, Key, KeyKind, Listed, Mark, Slice};
use crate::schema::notification;
use crate::search::folded;
use crate::sql::{self, Clause};
use crate::tx::write::Write;
use crate::tx::{Reads, Tx};
use sea_orm::{ActiveModelTrait, DbBackend, EntityTrait, IntoActiveModel, QueryResult, QueryTrait};
use tracely_core::event::Event;
use tracely_core::id::{DepartmentId, IncidentId, NotificationId, OrganizationId};
use tracely_core::incident::Incident;
use tracely_core::routing::{Draft, NotificationKind};
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;
use uuid::Uuid;

/// Rows of one statement, eleven values each.
const ROWS_PER_STATEMENT: usize = 500;

/// An inbox entry of a department, as one person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its identifier.
    pub id: NotificationId,
    /// Whose inbox it is in.
    pub department_id: DepartmentId,
    /// The incident that it is about.
    pub incident_id: IncidentId,
    /// The number of that incident.
    pub incident_number: i64,
    /// What it tells.
    pub kind: NotificationKind,
    /// How bad the incident was then.
    pub severity: Severity,
    /// The sentence to show.
    pub message: String,
    /// The person has read it.
    pub is_read: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Which notifications to list; an empty list or none means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotificationFilter {
    /// Departments.
    pub department_ids: Vec<DepartmentId>,
    /// Incidents.
    pub incident_ids: Vec<IncidentId>,
    /// Kinds.
    pub kinds: Vec<NotificationKind>,
    /// Severities.
    pub severities: Vec<Severity>,
    /// Read ones, or those that are not.
    pub is_read: Option<bool>,
    /// The message holds this text.
    pub search: Option<String>,
}

/// A notification that an entry of the log has caused.
#[derive(Debug)]
pub struct NewNotification<'a> {
    /// The position of the entry.
    pub position: u64,
    /// The incident that it is about.
    pub incident: &'a Incident,
    /// What it tells whom.
    pub draft: Draft,
}

/// Adds notifications, in their order.
pub async fn create(tx: &Tx, causes: &[NewNotification<'_>]) -> Result<(), StoreError> {
    for chunk in causes.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<_> =
            chunk.iter().map(|cause| row_of(tx, cause).into_active_model().reset_all()).collect();
        for (row, NewNotification { incident, draft, .. }) in rows.iter().zip(chunk) {
            let notification_id = NotificationId(*row.id.as_ref());
            let Draft { department_id, kind, .. } = *draft;
            let event = Event::NotificationCreated { notification_id, department_id, kind_of: kind };
            tx.emit(incident.organization_id, event);
        }
        let insert = notification::Entity::insert_many(rows).build(DbBackend::Postgres);
        tx.later(Write::built("add notifications", insert)).await?;
    }
    Ok(())
}

fn row_of(tx: &Tx, cause: &NewNotification<'_>) -> notification::Model {
    let NewNotification { position, incident, draft } = cause;
    notification::Model {
        id: tx.id::<NotificationId>().0,
        organization_id: incident.organization_id.0,
        department_id: draft.department_id.0,
        incident_id: incident.id.0,
        incident_number: incident.number,
        kind: draft.kind.as_str().into(),
        severity: incident.severity.as_str().into(),
        message: draft.message.clone(),
        search_text: folded(&draft.message),
        log_position: *position as i64,
        created_at: tx.now().0,
    }
}

/// What a notification was made of: the entry of the log that caused it, whose inbox it is in, and what it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cause {
    /// The entry.
    pub position: u64,
    /// Whose inbox.
    pub department_id: DepartmentId,
    /// What it tells.
    pub kind: NotificationKind,
}

/// Reads the causes of all notifications that entries after one position, up to another, have caused, in order.
pub async fn causes(store: &Store, after: u64, up_to: u64) -> Result<Vec<Cause>, StoreError> {
    let statement = "SELECT log_position, department_id, kind FROM notification \
         WHERE log_position > $1 AND log_position <= $2 ORDER BY log_position, department_id, kind";
    let values = [(after as i64).into(), (up_to as i64).into()];
    let rows = sql::all(store.reader(), "read the causes of notifications", statement, values).await?;
    rows.iter()
        .map(|row| {
            let position: i64 = sql::get(row, "log_position")?;
            let kind: String = sql::get(row, "kind")?;
            let unknown = || StoreError::corrupt("notification", "kind", position, "unknown kind");
            Ok(Cause {
                position: position as u64,
                department_id: DepartmentId(sql::get::<Uuid>(row, "department_id")?),
                kind: NotificationKind::parse(&kind).ok_or_else(unknown)?,
            })
        })
        .collect()
}

/// Looks up what a person has said about reading a notification `n`.
fn judged_by(person: &str) -> String {
    format!(
        "LEFT JOIN notification_mark AS m ON m.notification_id = n.id AND m.person = {person} \
         LEFT JOIN notification_watermark AS w ON w.department_id = n.department_id AND w.person = {person}"
    )
}

const IS_READ: &str =
    "COALESCE(m.is_read, CASE WHEN n.log_position <= w.log_position THEN TRUE ELSE FALSE END)";
const COLUMNS: &str =
    "n.id, n.department_id, n.incident_id, n.incident_number, n.kind, n.severity, n.message, n.created_at";

/// Finds a notification, as a person sees it.
pub async fn get(
    from: &impl Reads,
    organization_id: OrganizationId,
    person: &str,
    id: NotificationId,
) -> Result<Option<Notification>, StoreError> {
    let judged = judged_by("$1");
    let statement = format!(
        "SELECT {COLUMNS}, {IS_READ} AS is_read FROM notification AS n {judged} \
         WHERE n.organization_id = $2 AND n.id = $3"
    );
    let values = [person.into(), organization_id.0.into(), id.0.into()];
    let row = sql::one(from.reading(), "read a notification", statement, values).await?;
    row.as_ref().map(of_row).transpose()
}

/// What notifications are sorted by.
const ORDER: [&str; 2] = ["n.log_position", "n.id"];

/// Lists notifications as a person sees them, in the order of what they tell.
pub async fn list(
    store: &Store,
    organization_id: OrganizationId,
    person: &str,
    filter: &NotificationFilter,
    direction: Direction,
    slice: &Slice,
) -> Result<Listed<Notification>, StoreError> {
    let attempt = "list notifications";
    let mark = slice.mark(&[KeyKind::Number, KeyKind::Id])?;
    let mut clause = condition(organization_id, filter);
    let mut source = "FROM notification AS n".to_owned();
    if let Some(is_read) = filter.is_read {
        let judged = judged_by(&clause.value(person));
        source = format!("{source} {judged}");
        clause.and_text(&format!("{}{IS_READ}", if is_read { "" } else { "NOT " }));
    }
    if filter.is_read == Some(false) {
        let lowest = unread::lowest(store, organization_id, person, &filter.department_ids).await?;
        clause.and("n.log_position > ?", lowest);
    }
    let only_unread = NotificationFilter {
        department_ids: filter.department_ids.clone(),
        is_read: Some(false),
        ..NotificationFilter::default()
    };
    let total = if slice.known_total().is_none() && *filter == only_unread {
        unread_count(store, organization_id, person, &filter.department_ids).await?
    } else {
        let counted = format!("{source} WHERE {}", clause.text());
        sql::counted(store.reader(), attempt, &counted, clause.values(), slice).await?
    };

    clause.after(&ORDER, direction, mark);
    let condition = clause.text().to_owned();
    let page = clause.slice(slice);
    let (order, judged) = (sql::order_by(&ORDER, direction), judged_by(&clause.value(person)));
    // The page is cut before its rows, and who has read them, are looked up.
    let statement = format!(
        "SELECT {COLUMNS}, n.log_position, {IS_READ} AS is_read \
         FROM (SELECT n.id {source} WHERE {condition} {order} {page}) AS page \
         JOIN notification AS n ON n.id = page.id {judged} {order}"
    );
    let rows = sql::all(store.reader(), attempt, statement, clause.values()).await?;
    let marked = |row: &QueryResult| -> Result<(Notification, Mark), StoreError> {
        let notification = of_row(row)?;
        let keys = vec![Key::Number(sql::get(row, "log_position")?), Key::Id(notification.id.0)];
        Ok((notification, Mark(keys)))
    };
    let rows = rows.iter().map(marked).collect::<Result<Vec<_>, _>>()?;
    Listed::sliced(rows, slice, total, |(_, mark)| mark.clone()).try_map(|(notification, _)| Ok(notification))
}

/// Marks one notification as read or unread for a person.
pub async fn mark(
    tx: &Tx,
    organization_id: OrganizationId,
    person: &str,
    id: NotificationId,
    is_read: bool,
) -> Result<(), StoreError> {
    let statement = "INSERT INTO notification_mark (notification_id, person, is_read, marked_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (notification_id, person) \
         DO UPDATE SET is_read = excluded.is_read, marked_at = excluded.marked_at";
    let values = [id.0.into(), person.into(), is_read.into(), tx.now().0.into()];
    sql::execute(tx.connection(), "mark a notification", statement, values).await?;
    tx.emit(organization_id, Event::NotificationsMarked { organization_id });
    Ok(())
}

/// Writes the condition of a filter, but for who has read what.
fn condition(organization_id: OrganizationId, filter: &NotificationFilter) -> Clause {
    let mut clause = Clause::new("n.organization_id = $1", [organization_id.0.into()]);
    clause.any_of("n.department_id", filter.department_ids.iter().map(|id| id.0));
    clause.any_of("n.incident_id", filter.incident_ids.iter().map(|id| id.0));
    clause.any_of("n.kind", filter.kinds.iter().map(|kind| kind.as_str()));
    clause.any_of("n.severity", filter.severities.iter().map(|one| one.as_str()));
    clause.search("n.search_text", filter.search.as_deref());
    clause
}

fn of_row(row: &QueryResult) -> Result<Notification, StoreError> {
    let id: Uuid = sql::get(row, "id")?;
    let kind: String = sql::get(row, "kind")?;
    let severity: String = sql::get(row, "severity")?;
    let corrupt = |column, text: &str| StoreError::corrupt("notification", column, id, text);
    Ok(Notification {
        id: NotificationId(id),
        department_id: DepartmentId(sql::get::<Uuid>(row, "department_id")?),
        incident_id: IncidentId(sql::get::<Uuid>(row, "incident_id")?),
        incident_number: sql::get(row, "incident_number")?,
        kind: NotificationKind::parse(&kind).ok_or_else(|| corrupt("kind", &kind))?,
        severity: Severity::parse(&severity).ok_or_else(|| corrupt("severity", &severity))?,
        message: sql::get(row, "message")?,
        is_read: sql::get(row, "is_read")?,
        created_at: Timestamp(sql::get(row, "created_at")?),
    })
}
