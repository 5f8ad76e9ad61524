//! What a person has not read, counted by watermarks.
//!
//! What is above a person's watermark for a department is unread, but for what is marked; what is not above it is
//! read, but for what is marked. So the index of the department is read from the watermark on, and only the marks
//! of the person are looked at one by one.

use crate::connect::Store;
use crate::error::StoreError;
use crate::page::{COUNTED, Total};
use crate::sql::{self, Clause};
use crate::tx::{Reads, Tx};
use tracely_core::event::Event;
use tracely_core::id::{DepartmentId, OrganizationId};
use uuid::Uuid;

/// What a person has not read in a department.
struct Inbox {
    department_id: Uuid,
    /// How much is above the watermark, counted no further than asked for.
    above: u64,
    /// How much of that is marked as read.
    read: u64,
    /// How much below the watermark is marked as unread.
    unread: u64,
}

impl Inbox {
    fn count(&self) -> u64 {
        (self.above + self.unread).saturating_sub(self.read)
    }
}

/// How much is counted in every inbox at first; who reads has little in any.
const FEW: u64 = 100;

/// Counts what a person has not read, optionally in some departments only; exactly as far as
/// [`COUNTED`].
pub async fn unread_count(
    store: &Store,
    organization_id: OrganizationId,
    person: &str,
    department_ids: &[DepartmentId],
) -> Result<Total, StoreError> {
    let mut inboxes = inboxes(store, organization_id, person, department_ids, Some(FEW)).await?;
    add_marks(store, organization_id, person, &mut inboxes).await?;
    let mut total = 0;
    for mut inbox in inboxes {
        if inbox.above > FEW {
            // As many more as are marked have to be found before there are enough.
            let limit = COUNTED + inbox.read;
            let department = [DepartmentId(inbox.department_id)];
            let counted = self::inboxes(store, organization_id, person, &department, Some(limit)).await?;
            inbox.above = counted.iter().map(|inbox| inbox.above).sum();
        }
        total += inbox.count();
        if total > COUNTED {
            return Ok(Total::AtLeast(COUNTED));
        }
    }
    Ok(Total::Exactly(total))
}

/// Marks everything that a person can see now as read, optionally in some departments only.
/// Returns how many were unread.
pub async fn mark_all_read(
    tx: &Tx,
    organization_id: OrganizationId,
    person: &str,
    department_ids: &[DepartmentId],
) -> Result<u64, StoreError> {
    let attempt = "mark all notifications as read";
    let mut marked = 0;
    let mut inboxes = inboxes(tx, organization_id, person, department_ids, None).await?;
    add_marks(tx, organization_id, person, &mut inboxes).await?;
    for inbox in inboxes {
        let count = inbox.count();
        if count == 0 {
            continue;
        }
        marked += count;
        let raise = "INSERT INTO notification_watermark (department_id, person, log_position, marked_at) \
             SELECT $1, $2, MAX(log_position), $3 FROM notification WHERE department_id = $1 \
             ON CONFLICT (department_id, person) DO UPDATE SET \
             log_position = CASE WHEN excluded.log_position > notification_watermark.log_position \
             THEN excluded.log_position ELSE notification_watermark.log_position END, marked_at = excluded.marked_at";
        let values = [inbox.department_id.into(), person.into(), tx.now().0.into()];
        sql::execute(tx.connection(), attempt, raise, values).await?;
        let clear = "DELETE FROM notification_mark WHERE person = $1 AND EXISTS (SELECT 1 FROM notification AS n \
             JOIN notification_watermark AS w ON w.department_id = n.department_id AND w.person = $1 \
             WHERE n.id = notification_mark.notification_id AND n.department_id = $2 \
             AND n.log_position <= w.log_position)";
        let values = [person.into(), inbox.department_id.into()];
        sql::execute(tx.connection(), attempt, clear, values).await?;
    }
    if marked > 0 {
        tx.emit(organization_id, Event::NotificationsMarked { organization_id });
    }
    Ok(marked)
}

/// Finds a position up to which a person has read everything.
pub(super) async fn lowest(
    store: &Store,
    organization_id: OrganizationId,
    person: &str,
    department_ids: &[DepartmentId],
) -> Result<i64, StoreError> {
    let mut clause = of(organization_id, person, department_ids);
    let unread = "SELECT MIN(n.log_position) - 1 FROM notification_mark AS m JOIN notification AS n ON n.id = m.notification_id \
         WHERE m.person = $2 AND m.is_read = FALSE";
    let never = clause.value(-1_i64);
    let statement = format!(
        "SELECT CAST(MIN(COALESCE(w.log_position, {never})) AS BIGINT) AS watermark, ({unread}) AS unread \
         FROM department AS d LEFT JOIN notification_watermark AS w ON w.department_id = d.id AND w.person = $2 \
         WHERE {}",
        clause.text()
    );
    let attempt = "find what was read";
    let Some(row) = sql::one(store.reader(), attempt, statement, clause.values()).await? else {
        return Ok(-1);
    };
    let (watermark, unread): (Option<i64>, Option<i64>) =
        (sql::get(&row, "watermark")?, sql::get(&row, "unread")?);
    let watermark = watermark.unwrap_or(-1);
    Ok(unread.map_or(watermark, |unread| unread.min(watermark)))
}

/// Counts what is in the inboxes of departments, those of deleted ones too; above a watermark to one more than a
/// limit, if there is one.
async fn inboxes(
    from: &impl Reads,
    organization_id: OrganizationId,
    person: &str,
    department_ids: &[DepartmentId],
    limit: Option<u64>,
) -> Result<Vec<Inbox>, StoreError> {
    let attempt = "count unread notifications";
    let clause = of(organization_id, person, department_ids);
    let limit = limit.map(|limit| format!("LIMIT {}", limit + 1)).unwrap_or_default();
    let statement = format!(
        "SELECT d.id, (SELECT COUNT(*) FROM (SELECT 1 FROM notification AS n WHERE n.department_id = d.id \
         AND n.log_position > COALESCE(w.log_position, -1) {limit}) AS above) AS above \
         FROM department AS d LEFT JOIN notification_watermark AS w ON w.department_id = d.id AND w.person = $2 \
         WHERE {}",
        clause.text()
    );
    let mut inboxes = Vec::new();
    for row in sql::all(from.reading(), attempt, statement, clause.values()).await? {
        let (department_id, above) = (sql::get(&row, "id")?, sql::count(&row, "above")?);
        inboxes.push(Inbox { department_id, above, read: 0, unread: 0 });
    }
    Ok(inboxes)
}

/// Adds what a person has marked one by one.
async fn add_marks(
    from: &impl Reads,
    organization_id: OrganizationId,
    person: &str,
    inboxes: &mut [Inbox],
) -> Result<(), StoreError> {
    let statement = "SELECT n.department_id, \
         COUNT(CASE WHEN m.is_read AND n.log_position > COALESCE(w.log_position, -1) THEN 1 END) AS marked_read, \
         COUNT(CASE WHEN NOT m.is_read AND n.log_position <= COALESCE(w.log_position, -1) THEN 1 END) AS marked_unread \
         FROM notification_mark AS m JOIN notification AS n ON n.id = m.notification_id \
         LEFT JOIN notification_watermark AS w ON w.department_id = n.department_id AND w.person = $2 \
         WHERE n.organization_id = $1 AND m.person = $2 GROUP BY n.department_id";
    let values = [organization_id.0.into(), person.into()];
    for row in sql::all(from.reading(), "count marked notifications", statement, values).await? {
        let department: Uuid = sql::get(&row, "department_id")?;
        if let Some(inbox) = inboxes.iter_mut().find(|inbox| inbox.department_id == department) {
            inbox.read = sql::count(&row, "marked_read")?;
            inbox.unread = sql::count(&row, "marked_unread")?;
        }
    }
    Ok(())
}

/// Asks for the departments of an organization (`$1`); `$2` is the person.
fn of(organization_id: OrganizationId, person: &str, department_ids: &[DepartmentId]) -> Clause {
    let mut clause = Clause::new("d.organization_id = $1", [organization_id.0.into(), person.into()]);
    clause.any_of("d.id", department_ids.iter().map(|id| id.0));
    clause
}
