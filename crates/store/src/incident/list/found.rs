//! What is looked for, as a condition on incidents in any order.
//!
//! When few incidents match, the index has them. When more match than are counted, one soon meets some in the order of
//! any other index, or among the few that meet the other filters, and looks at the words of each.

use super::{ATTEMPT, IncidentFilter, total};
use crate::connect::Store;
use crate::error::StoreError;
use crate::page::{COUNTED, Page, Total};
use crate::search::vocabulary;
use crate::search::wanted::{Terms, Wanted};
use crate::sql::{self, Clause};
use sea_orm::{ConnectionTrait, DbBackend};
use tracely_core::id::OrganizationId;

/// How a statement asks for what is looked for.
#[derive(Debug)]
pub(super) enum Asked {
    /// Nothing is.
    Nothing,
    /// Of each row that meets the other conditions.
    Rows(Wanted),
    /// Of the index.
    Index(Wanted, DbBackend),
}

/// Reads what is looked for, with typing mistakes put right; none when nothing can match, because it has no word or one that no incident has.
pub(super) async fn wanted(
    store: &Store,
    organization_id: OrganizationId,
    text: &str,
) -> Result<Option<Wanted>, StoreError> {
    let Some(mut wanted) = Wanted::parse(text) else { return Ok(None) };
    Ok(vocabulary::look_up(store, organization_id, &mut wanted).await?.then_some(wanted))
}

/// Decides how to ask. Also returns the total when it is known by then.
pub(super) async fn ask(
    store: &Store,
    organization_id: OrganizationId,
    filter: &IncidentFilter,
    wanted: Option<Wanted>,
) -> Result<(Asked, Option<Total>), StoreError> {
    let Some(wanted) = wanted else { return Ok((Asked::Nothing, None)) };
    let backend = store.reader().get_database_backend();
    let mut clause = Clause::new("incident_text.organization_id = $1", [organization_id.0.into()]);
    let (from, question) = question(&wanted, &Terms::default(), &mut clause, backend);
    let condition = wanted.condition(&mut clause);
    let statement = format!(
        "SELECT COUNT(*) AS total FROM (SELECT 1 FROM {from} WHERE {} AND {question} AND {condition} LIMIT {}) AS counted",
        clause.text(),
        COUNTED + 1
    );
    let matching = sql::total(store.reader(), ATTEMPT, statement, clause.values()).await?;
    let total = Total::counted_to(COUNTED, matching);
    let is_narrowed = filter.unsearched() != IncidentFilter::default();
    Ok(match total {
        Total::Exactly(_) => (Asked::Index(wanted, backend), (!is_narrowed).then_some(total)),
        Total::AtLeast(_) => (Asked::Rows(wanted), (!is_narrowed).then_some(total)),
    })
}

/// Counts what the other filters leave, as far as lists are counted.
pub(super) async fn left(
    store: &Store,
    organization_id: OrganizationId,
    filter: &IncidentFilter,
) -> Result<Total, StoreError> {
    let first = Page { limit: 1, offset: 0 }.into();
    total::of(store, organization_id, &filter.unsearched(), &Asked::Nothing, &first).await
}

/// Writes where the index proposes rows of `incident_text`, and the question to it, which asks for these terms.
pub(super) fn question(
    wanted: &Wanted,
    asked: &Terms,
    clause: &mut Clause,
    backend: DbBackend,
) -> (String, String) {
    if backend == DbBackend::Postgres {
        let query = clause.value(wanted.tsquery(asked));
        return (
            "incident_text".into(),
            format!(
                "array_to_tsvector(string_to_array(btrim(incident_text.head || ltrim(incident_text.comments)), ' ')) \
                 @@ CAST({query} AS tsquery)"
            ),
        );
    }
    let query = clause.value(wanted.fts5(asked));
    // A cross join keeps its order.
    let from = "incident_words CROSS JOIN incident_text ON incident_text.document = incident_words.rowid";
    (from.into(), format!("incident_words MATCH {query}"))
}

impl Asked {
    /// Adds the condition on `incident`.
    pub(super) fn add_to(&self, clause: &mut Clause) {
        match self {
            Self::Nothing => (),
            Self::Rows(wanted) => {
                let condition = wanted.condition(clause);
                // A subquery of one value is asked for each row, never turned around.
                clause.and_text(&format!(
                    "(SELECT CASE WHEN {condition} THEN 1 ELSE 0 END FROM incident_text \
                     WHERE incident_text.incident_id = incident.id) = 1"
                ));
            }
            Self::Index(wanted, backend) => {
                let (from, question) = question(wanted, &Terms::default(), clause, *backend);
                let condition = wanted.condition(clause);
                clause.and_text(&format!(
                    "id IN (SELECT incident_text.incident_id FROM {from} WHERE incident_text.organization_id = $1 \
                     AND {question} AND {condition})"
                ));
            }
        }
    }
}
