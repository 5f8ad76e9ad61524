//! Lists of incidents.
//!
//! A page is read in two steps: first the identifiers in order, from an index that holds all that is asked for, then
//! their rows. Leaving out the rows of a thousand pages so costs no row that is not shown.
//!
//! Violation counts change with every point, so they are in small indexes of live incidents and in large ones of
//! closed ones, which no point touches (ADR 18); a list that is sorted by them merges both.
//!
//! A search is one more condition in any order but that of relevance ([`found`]), which ranks the newest matches
//! ([`relevance`]).

mod found;
mod part;
mod relevance;
mod total;

use super::of_row;
use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::page::{COUNTED, Direction, Key, KeyKind, Listed, Mark, Page, Slice, Total};
use crate::schema::incident;
use crate::search::folded;
use crate::sql::{self, Clause};
use found::Asked;
use part::Part;
use sea_orm::{ColumnTrait, QueryFilter, QueryResult};
use std::collections::HashMap;
use tracely_core::id::{DepartmentId, OrganizationId, RuleId, ServiceId};
use tracely_core::incident::{Incident, Status};
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;
use uuid::Uuid;

/// Which incidents to list; an empty list or none means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// States.
    pub statuses: Vec<Status>,
    /// Severities.
    pub severities: Vec<Severity>,
    /// Services.
    pub service_ids: Vec<ServiceId>,
    /// Rules.
    pub rule_ids: Vec<RuleId>,
    /// Departments.
    pub department_ids: Vec<DepartmentId>,
    /// Keys of metric types.
    pub metric_types: Vec<String>,
    /// Assignees; the empty text means nobody.
    pub assignees: Vec<String>,
    /// Opened at this instant (of the point) or later.
    pub from: Option<Timestamp>,
    /// Opened before this instant (of the point).
    pub to: Option<Timestamp>,
    /// What to look for in number, title, the names of rule and service, and comments; see [`crate::search`].
    pub search: Option<String>,
}

impl IncidentFilter {
    /// Returns it without what is looked for.
    fn unsearched(&self) -> Self {
        Self { search: None, ..self.clone() }
    }

    /// Says whether nothing but the state matters.
    fn has_only_statuses(&self) -> bool {
        *self == Self { statuses: self.statuses.clone(), ..Self::default() }
    }
}

/// What a list of incidents may be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By how well it matches what is looked for, the best and of equal ones the newest first when descending; by number
    /// when nothing is looked for.
    Relevance,
    /// By the instant it was made.
    CreatedAt,
    /// By the instant of the point that opened it.
    OpenedAt,
    /// By the instant it was last changed.
    UpdatedAt,
    /// By number.
    Number,
    /// By severity, least first when ascending.
    Severity,
    /// By state: closed, in progress, open when ascending.
    Status,
    /// By how many points violated the rule.
    ViolationCount,
    /// By the instant of the newest violation.
    LastViolationAt,
    /// By the service's name when it opened.
    ServiceName,
}

const ATTEMPT: &str = "list incidents";
/// Up to so many incidents are found first and then sorted. More are read in the order of an index, of which so many
/// soon meet the filter.
const FEW: u64 = COUNTED;

/// Lists incidents.
pub async fn list(
    store: &Store,
    organization_id: OrganizationId,
    filter: &IncidentFilter,
    sort: (Sort, Direction),
    slice: &Slice,
) -> Result<Listed<Incident>, StoreError> {
    let wanted = match &filter.search {
        None => None,
        Some(text) => match found::wanted(store, organization_id, text).await? {
            Some(wanted) => Some(wanted),
            None => return Ok(Listed::counted(Vec::new(), 0)),
        },
    };
    if let (Some(wanted), Sort::Relevance) = (&wanted, sort.0) {
        let listed = relevance::list(store, organization_id, filter, wanted, sort.1, slice).await?;
        return rows_of(store, organization_id, listed).await;
    }
    let keys = sort.0.keys();
    let columns: Vec<&str> = keys.iter().map(|(column, _)| *column).collect();
    let kinds: Vec<KeyKind> = keys.iter().map(|(_, kind)| *kind).collect();
    let mark = slice.mark(&kinds)?;

    let (asked, known) = found::ask(store, organization_id, filter, wanted).await?;
    let total = match known.filter(|_| slice.known_total().is_none()) {
        Some(known) => known,
        None => total::of(store, organization_id, filter, &asked, slice).await?,
    };
    let is_few = match total {
        Total::Exactly(total) => total <= FEW && !filter.has_only_statuses(),
        Total::AtLeast(_) => false,
    };
    let (mut clause, parts, by) = if is_few {
        (condition(organization_id, filter, &asked), vec![Part::whole(filter)], unindexed(keys))
    } else {
        let by = columns.iter().map(ToString::to_string).collect();
        (in_span(organization_id, filter, &asked, sort, mark), part::of(filter, sort.0), by)
    };
    let by: Vec<&str> = by.iter().map(String::as_str).collect();
    let statement = in_order(&mut clause, &parts, &columns, (&by, sort.1), (slice, mark));
    let rows = match statement {
        Some(statement) => sql::all(store.reader(), ATTEMPT, statement, clause.values()).await?,
        None => Vec::new(),
    };
    let places = rows.iter().map(|row| place_of(row, keys)).collect::<Result<Vec<_>, _>>()?;
    let listed = Listed::sliced(places, slice, total, |place| Mark(place.keys.clone()));
    rows_of(store, organization_id, listed).await
}

/// Writes the condition of a filter that very many incidents meet.
fn in_span(
    organization_id: OrganizationId,
    filter: &IncidentFilter,
    asked: &Asked,
    sort: (Sort, Direction),
    mark: Option<&Mark>,
) -> Clause {
    let mut rest = filter.clone();
    let (mut from, mut to) = (rest.from.take(), rest.to.take());
    // What is looked up in an index of the filter would all have to be sorted by what no such index has.
    let by_violations = matches!(sort.0, Sort::ViolationCount | Sort::LastViolationAt);
    let columns = if by_violations { Columns::Hidden } else { Columns::Plain };
    let mut clause = condition_of(columns, organization_id, &rest, asked);
    if sort.0 != Sort::OpenedAt {
        // Looked up in the index of the instants, they would all have to be sorted.
        span(&mut clause, "opened_at + 0", from, to);
        return clause;
    }
    if mark.is_some() {
        // A mark makes one of the bounds needless; told both, SQLite would begin at the wrong one.
        match sort.1 {
            Direction::Ascending => from = None,
            Direction::Descending => to = None,
        }
    }
    span(&mut clause, "opened_at", from, to);
    clause
}

/// Writes the columns of an order so that no index has it: what is asked for is found by the filter and then sorted.
fn unindexed(keys: &[(&'static str, KeyKind)]) -> Vec<String> {
    let mut columns: Vec<String> = keys.iter().map(|(column, _)| (*column).to_owned()).collect();
    columns[0] = match keys[0] {
        (column, KeyKind::Text) => format!("{column} || ''"),
        (column, KeyKind::Number | KeyKind::Id) => format!("{column} + 0"),
    };
    columns
}

/// Writes the statement that finds the identifiers of a page, in order; none when nothing is after the mark.
fn in_order(
    clause: &mut Clause,
    parts: &[Part],
    columns: &[&str],
    (by, direction): (&[&str], Direction),
    (slice, mark): (&Slice, Option<&Mark>),
) -> Option<String> {
    let condition = clause.text().to_owned();
    let id = if columns.contains(&"id") { "" } else { ", id" };
    let mut selects = Vec::new();
    for part in parts {
        let Some(after) = part.after(clause, by, direction, mark) else { continue };
        selects.push(format!(
            "SELECT {}{id} FROM incident WHERE {condition}{}{after} {}",
            columns.join(", "),
            part.condition(),
            sql::order_by(by, direction)
        ));
    }
    match selects.as_slice() {
        [] => None,
        [select] => Some(format!("{select} {}", clause.slice(slice))),
        several => {
            // Each part ends where the page may end, so that each is read in the order of its index.
            let reach = clause.value((slice.offset() + slice.limit + 1) as i64);
            let parts: Vec<String> =
                several.iter().map(|one| format!("SELECT * FROM ({one} LIMIT {reach}) AS part")).collect();
            let order = sql::order_by(columns, direction);
            Some(format!("{} {order} {}", parts.join(" UNION ALL "), clause.slice(slice)))
        }
    }
}

/// Looks up the rows of a page.
async fn rows_of(
    store: &Store,
    organization_id: OrganizationId,
    listed: Listed<Place>,
) -> Result<Listed<Incident>, StoreError> {
    let ids = listed.rows.iter().map(|place| place.id);
    let rows = super::of(organization_id).filter(incident::Column::Id.is_in(ids)).all(store.reader()).await;
    let mut rows: HashMap<Uuid, incident::Model> =
        rows.doing(ATTEMPT)?.into_iter().map(|row| (row.id, row)).collect();
    let (total, next) = (listed.total, listed.next);
    let found = listed.rows.iter().filter_map(|place| rows.remove(&place.id));
    Ok(Listed { rows: found.map(of_row).collect::<Result<_, _>>()?, total, next })
}

/// Where an incident stands in a list.
struct Place {
    id: Uuid,
    keys: Vec<Key>,
}

fn place_of(row: &QueryResult, keys: &[(&'static str, KeyKind)]) -> Result<Place, StoreError> {
    let mut found = Vec::with_capacity(keys.len());
    for (column, kind) in keys {
        found.push(match (kind, *column) {
            // The one number that is not as wide as the others.
            (KeyKind::Number, "severity_rank") => Key::Number(sql::get::<i32>(row, column)?.into()),
            (KeyKind::Number, _) => Key::Number(sql::get(row, column)?),
            (KeyKind::Text, _) => Key::Text(sql::get(row, column)?),
            (KeyKind::Id, _) => Key::Id(sql::get(row, column)?),
        });
    }
    Ok(Place { id: sql::get(row, "id")?, keys: found })
}

impl Sort {
    /// Returns the columns to sort by; no two incidents have the same values in all of them.
    fn keys(self) -> &'static [(&'static str, KeyKind)] {
        use KeyKind::{Id, Number, Text};
        match self {
            Self::CreatedAt => &[("created_at", Number), ("id", Id)],
            Self::OpenedAt => &[("opened_at", Number), ("id", Id)],
            Self::UpdatedAt => &[("updated_at", Number), ("id", Id)],
            Self::Number | Self::Relevance => &[("number", Number)],
            Self::Severity => &[("severity_rank", Number), ("created_at", Number), ("id", Id)],
            Self::Status => &[("status", Text), ("created_at", Number), ("id", Id)],
            Self::ViolationCount => &[("violation_count", Number), ("id", Id)],
            Self::LastViolationAt => &[("last_violation_at", Number), ("id", Id)],
            Self::ServiceName => &[("service_name", Text), ("created_at", Number), ("id", Id)],
        }
    }
}

/// Lists everybody who works or worked on an incident, by name, optionally those whose name holds a text.
pub async fn assignees(
    store: &Store,
    organization_id: OrganizationId,
    search: Option<&str>,
    page: Page,
) -> Result<Listed<String>, StoreError> {
    // From each name to the next: no database does that by itself for DISTINCT.
    let statement = "WITH RECURSIVE person (name) AS (\
         SELECT MIN(assignee) FROM incident WHERE organization_id = $1 AND assignee IS NOT NULL \
         UNION ALL SELECT (SELECT MIN(assignee) FROM incident WHERE organization_id = $1 AND assignee > person.name) \
         FROM person WHERE person.name IS NOT NULL) \
         SELECT name FROM person WHERE name IS NOT NULL";
    let rows = sql::all(store.reader(), "list assignees", statement, [organization_id.0.into()]).await?;
    let names = rows.iter().map(|row| sql::get::<String>(row, "name")).collect::<Result<Vec<_>, _>>()?;
    // They are few, and no database folds the Turkish i.
    let mut found: Vec<(String, String)> = names.into_iter().map(|name| (folded(&name), name)).collect();
    if let Some(text) = search.map(folded) {
        found.retain(|(name, _)| name.contains(&text));
    }
    found.sort_unstable();
    let total = found.len() as u64;
    let names = found.into_iter().map(|(_, name)| name);
    let rows = names.skip(page.offset as usize).take(page.limit as usize).collect();
    Ok(Listed::counted(rows, total))
}

/// How columns are written in a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Columns {
    /// As they are.
    Plain,
    /// So that no index is looked up by them.
    Hidden,
}

impl Columns {
    fn name(self, column: &str) -> String {
        match self {
            Self::Plain => column.to_owned(),
            Self::Hidden => format!("COALESCE({column}, {column})"),
        }
    }
}

/// Writes the condition of a filter, but for the states.
fn condition(organization_id: OrganizationId, filter: &IncidentFilter, asked: &Asked) -> Clause {
    condition_of(Columns::Plain, organization_id, filter, asked)
}

fn condition_of(
    columns: Columns,
    organization_id: OrganizationId,
    filter: &IncidentFilter,
    asked: &Asked,
) -> Clause {
    let mut clause = Clause::new("incident.organization_id = $1", [organization_id.0.into()]);
    if !filter.severities.is_empty() {
        let ranks: Vec<String> = filter.severities.iter().map(|one| one.rank().to_string()).collect();
        // Of live incidents there is a small index, which is better than the large one of severities.
        let is_live = !filter.statuses.is_empty() && filter.statuses.iter().all(|status| status.is_live());
        let is_hidden = is_live || columns == Columns::Hidden;
        let column = if is_hidden { "severity_rank + 0" } else { "severity_rank" };
        clause.and_text(&format!("{column} IN ({})", ranks.join(", ")));
    }
    clause.any_of(&columns.name("service_id"), filter.service_ids.iter().map(|id| id.0));
    clause.any_of(&columns.name("rule_id"), filter.rule_ids.iter().map(|id| id.0));
    clause.any_of(&columns.name("department_id"), filter.department_ids.iter().map(|id| id.0));
    clause.any_of(&columns.name("metric_type"), filter.metric_types.iter().map(String::as_str));
    assigned(&mut clause, &columns.name("assignee"), &filter.assignees);
    span(&mut clause, "opened_at", filter.from, filter.to);
    asked.add_to(&mut clause);
    clause
}

fn span(clause: &mut Clause, column: &str, from: Option<Timestamp>, to: Option<Timestamp>) {
    for (comparison, bound) in [(">=", from), ("<", to)] {
        if let Some(bound) = bound {
            clause.and(&format!("{column} {comparison} ?"), bound.0);
        }
    }
}

fn assigned(clause: &mut Clause, column: &str, assignees: &[String]) {
    let named: Vec<&str> = assignees.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    if named.len() == assignees.len() {
        clause.any_of(column, named);
        return;
    }
    let mut any = vec![format!("{column} IS NULL")];
    for name in named {
        any.push(format!("{column} = {}", clause.value(name)));
    }
    clause.and_text(&format!("({})", any.join(" OR ")));
}
