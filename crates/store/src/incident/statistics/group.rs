//! What incidents are grouped by.

use crate::connect::Store;
use crate::error::StoreError;
use crate::sql::{self, Clause};
use sea_orm::{QueryResult, Value};
use std::collections::HashMap;
use tracely_core::id::OrganizationId;
use tracely_core::rule::Severity;
use uuid::Uuid;

/// What incidents are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Their severity, as it is now.
    Severity,
    /// The service.
    Service,
    /// The department that they are routed to now.
    Department,
    /// The rule.
    Rule,
}

impl GroupBy {
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Severity => "severity_rank",
            Self::Service => "service_id",
            Self::Department => "department_id",
            Self::Rule => "rule_id",
        }
    }

    pub(super) fn read(self, row: &QueryResult) -> Result<Group, StoreError> {
        if self != Self::Severity {
            return Ok(Group::Id(sql::get(row, "grouped")?));
        }
        let rank: i32 = sql::get(row, "grouped")?;
        let severity = usize::try_from(rank).ok().and_then(|rank| Severity::ALL.get(rank));
        let corrupt = || StoreError::corrupt("incident", "severity_rank", "of a group", rank);
        Ok(Group::Severity(*severity.ok_or_else(corrupt)?))
    }
}

/// What the incidents of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// This severity.
    Severity(Severity),
    /// The service, department or rule with this identifier.
    Id(Uuid),
}

impl Group {
    fn value(self) -> Value {
        match self {
            Self::Severity(severity) => i32::from(severity.rank()).into(),
            Self::Id(id) => id.into(),
        }
    }
}

/// Some groups: only incidents in them are counted.
#[derive(Debug, Clone, Copy)]
pub struct Grouped<'a> {
    /// What makes the groups.
    pub by: GroupBy,
    /// The groups, at least one.
    pub groups: &'a [Group],
}

/// Finds the names of services, departments or rules, of deleted ones too; of severities there are none.
pub async fn names(
    store: &Store,
    organization_id: OrganizationId,
    by: GroupBy,
    groups: &[Group],
) -> Result<HashMap<Uuid, String>, StoreError> {
    let table = match by {
        GroupBy::Severity => return Ok(HashMap::new()),
        GroupBy::Service => "service",
        GroupBy::Department => "department",
        GroupBy::Rule => "rule",
    };
    let ids: Vec<Uuid> = groups
        .iter()
        .filter_map(|group| match group {
            Group::Id(id) => Some(*id),
            Group::Severity(_) => None,
        })
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut clause = Clause::new("organization_id = $1", [organization_id.0.into()]);
    clause.any_of("id", ids);
    let statement = format!("SELECT id, name FROM {table} WHERE {}", clause.text());
    let rows = sql::all(store.reader(), "find the names of groups", statement, clause.values()).await?;
    rows.iter().map(|row| Ok((sql::get(row, "id")?, sql::get(row, "name")?))).collect()
}

/// Asks for the groups, and returns the column that tells them.
pub(super) fn only(clause: &mut Clause, grouped: Option<Grouped<'_>>) -> &'static str {
    let Some(Grouped { by, groups }) = grouped else { return "0" };
    clause.any_of(by.column(), groups.iter().map(|group| group.value()));
    by.column()
}

/// Asks for the groups so that no index of them is looked up: it would be read from end to end.
pub(super) fn only_hidden(clause: &mut Clause, grouped: Option<Grouped<'_>>) {
    if let Some(Grouped { by, groups }) = grouped {
        let column = by.column();
        clause.any_of(&format!("COALESCE({column}, {column})"), groups.iter().map(|group| group.value()));
    }
}

/// Writes the place of an incident's group among the groups, from 0.
pub(super) fn in_order(clause: &mut Clause, grouped: Option<Grouped<'_>>) -> String {
    let Some(Grouped { by, groups }) = grouped else { return "0".into() };
    let values: Vec<String> = groups.iter().map(|group| clause.value(group.value())).collect();
    let cases = values.iter().enumerate().map(|(place, value)| format!("WHEN {value} THEN {place}"));
    let cases: Vec<String> = cases.collect();
    format!("CASE {} {} END", by.column(), cases.join(" "))
}

/// Reads the group of a row; none when nothing is grouped.
pub(super) fn group_of(row: &QueryResult, grouped: Option<Grouped<'_>>) -> Result<Option<Group>, StoreError> {
    grouped.map(|grouped| grouped.by.read(row)).transpose()
}
