//! The parts that a list of incidents is put together from, each of which an index has in the order of the list.
//!
//! Most lists have one part. Those that are sorted by what points change have one of live and one of closed incidents,
//! which are in indexes of their own. Those that are sorted by the same column that several values are asked of have
//! one for each value: SQLite finds a place in an index by a value or by a mark, not by both.

use super::{IncidentFilter, Sort};
use crate::page::{Direction, Key, Mark};
use crate::sql::Clause;
use tracely_core::incident::Status;

/// Which incidents belong to a part, in words that no other has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    condition: String,
    /// The one value that the first column of the order has in it.
    first: Option<Key>,
}

/// Returns the parts of a list. States are written out, so that both databases see which partial index will do.
pub(super) fn of(filter: &IncidentFilter, sort: Sort) -> Vec<Part> {
    let part = |condition: String| Part { condition, first: None };
    let statuses = wanted(filter);
    let whole = of_statuses(&statuses);
    match sort {
        Sort::ViolationCount | Sort::LastViolationAt => {
            let (live, closed): (Vec<Status>, Vec<Status>) =
                statuses.into_iter().partition(|status| status.is_live());
            let sides = [live, closed].into_iter().filter(|side| !side.is_empty());
            sides.map(|side| part(of_statuses(&side))).collect()
        }
        Sort::Status if statuses.len() < Status::ALL.len() => {
            let one = |status: Status| Part {
                condition: of_statuses(&[status]),
                first: Some(Key::Text(status.as_str().into())),
            };
            statuses.into_iter().map(one).collect()
        }
        Sort::Severity if !filter.severities.is_empty() => {
            let mut ranks: Vec<i64> = filter.severities.iter().map(|one| i64::from(one.rank())).collect();
            ranks.sort_unstable();
            ranks.dedup();
            let one = |rank: i64| Part {
                condition: format!("{whole} AND severity_rank = {rank}"),
                first: Some(Key::Number(rank)),
            };
            ranks.into_iter().map(one).collect()
        }
        Sort::Relevance
        | Sort::CreatedAt
        | Sort::OpenedAt
        | Sort::UpdatedAt
        | Sort::Number
        | Sort::Severity
        | Sort::Status
        | Sort::ServiceName => vec![part(whole)],
    }
}

fn wanted(filter: &IncidentFilter) -> Vec<Status> {
    let is_wanted = |status: &&Status| filter.statuses.is_empty() || filter.statuses.contains(status);
    Status::ALL.iter().filter(is_wanted).copied().collect()
}

/// Writes that the state is one of these, of which there is at least one.
fn of_statuses(statuses: &[Status]) -> String {
    let live = Status::ALL.iter().filter(|status| status.is_live());
    let is_all_live =
        live.clone().count() == statuses.len() && live.clone().all(|one| statuses.contains(one));
    let words: Vec<String> = statuses.iter().map(|status| format!("'{}'", status.as_str())).collect();
    match statuses {
        all if all.len() == Status::ALL.len() => String::new(),
        [Status::Closed] => " AND status = 'CLOSED'".into(),
        _ if is_all_live => " AND status <> 'CLOSED'".into(),
        some if some.contains(&Status::Closed) => format!(" AND status IN ({})", words.join(", ")),
        _ => format!(" AND status <> 'CLOSED' AND status IN ({})", words.join(", ")),
    }
}

impl Part {
    /// Makes the one part that has everything.
    pub(super) fn whole(filter: &IncidentFilter) -> Self {
        Self { condition: of_statuses(&wanted(filter)), first: None }
    }

    /// Returns which incidents belong to it, beginning with `AND` unless all do.
    pub(super) fn condition(&self) -> &str {
        &self.condition
    }

    /// Writes which of its incidents come after a mark; none when the mark is behind all of them.
    pub(super) fn after(
        &self,
        clause: &mut Clause,
        columns: &[&str],
        direction: Direction,
        mark: Option<&Mark>,
    ) -> Option<String> {
        let (Some(Mark(keys)), Some(first)) = (mark, &self.first) else {
            return Some(clause.after_text(columns, direction, mark));
        };
        let place = keys.first().and_then(|key| first.place(key))?;
        let place = match direction {
            Direction::Ascending => place,
            Direction::Descending => place.reverse(),
        };
        match place {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Greater => Some(String::new()),
            std::cmp::Ordering::Equal => {
                let rest = Mark(keys[1..].to_vec());
                Some(clause.after_text(&columns[1..], direction, Some(&rest)))
            }
        }
    }
}
