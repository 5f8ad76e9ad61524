//! Lists in the order of relevance: the incidents that match best first, and of those that match equally well the
//! newest. How well, is one of five classes ([`Wanted::class`]), so the order does not depend on what else there is,
//! and a cursor keeps its place.
//!
//! Of more than [`RANKED`] matches, the newest are ranked, and the list ends with them. They are found in one of three
//! ways, whichever costs least. The index proposes few rows for a rare word. A common one is soon met when one reads the
//! texts from the newest back, where the index would first gather a million rows. And of few incidents that other
//! filters leave, each is looked at.

use super::found::{leaves, question};
use super::part::Part;
use super::{ATTEMPT, Asked, IncidentFilter, Place, condition};
use crate::connect::Store;
use crate::error::StoreError;
use crate::page::{Direction, Key, KeyKind, Listed, Mark, Slice, Total};
use crate::search::wanted::Wanted;
use crate::sql::{self, Clause};
use sea_orm::{ConnectionTrait, DbBackend};
use tracely_core::id::OrganizationId;

/// How many matches are ranked, the newest.
const RANKED: u64 = 1_000;
/// How many of the newest texts tell whether a word is common.
const SAMPLE: u64 = 1_000;
/// How many texts are read from the newest back, before the index is asked after all.
const READ_BACK: i64 = 100_000;
/// Of so many incidents that other filters leave, each is looked at. More than are counted are only known of states.
const LOOKED_AT: u64 = 25_000;
/// How far apart the classes are in the number that is sorted by: more than there are incidents.
const CLASS: i64 = 1_000_000_000_000_000;

/// Lists incidents that match.
pub(super) async fn list(
    store: &Store,
    organization_id: OrganizationId,
    filter: &IncidentFilter,
    wanted: &Wanted,
    direction: Direction,
    slice: &Slice,
) -> Result<Listed<Place>, StoreError> {
    let mark = slice.mark(&[KeyKind::Number])?;
    let mut places = newest(store, organization_id, filter, wanted).await?;
    let total = Total::counted_to(RANKED, places.len() as u64);
    places.truncate(RANKED as usize);
    places.sort_unstable_by_key(|(relevance, _)| match direction {
        Direction::Ascending => *relevance,
        Direction::Descending => -*relevance,
    });
    if let Some(Mark(keys)) = mark
        && let Some(Key::Number(last)) = keys.first()
    {
        places.retain(|(relevance, _)| match direction {
            Direction::Ascending => relevance > last,
            Direction::Descending => relevance < last,
        });
    }
    let page = places.into_iter().skip(slice.offset() as usize).take(slice.limit as usize + 1);
    let page = page.map(|(relevance, id)| Place { id, keys: vec![Key::Number(relevance)] }).collect();
    let total = slice.known_total().unwrap_or(total);
    Ok(Listed::sliced(page, slice, total, |place| Mark(place.keys.clone())))
}

type Ranked = (i64, uuid::Uuid);

/// Finds the newest matches, one more than are ranked.
async fn newest(
    store: &Store,
    organization_id: OrganizationId,
    filter: &IncidentFilter,
    wanted: &Wanted,
) -> Result<Vec<Ranked>, StoreError> {
    let search = Search { store, organization_id, filter, wanted };
    let sample = search.sample().await?;
    // SQLite reads its index from the newest back, too; only for many words it gathers all that they propose first.
    let is_postgres = store.reader().get_database_backend() == DbBackend::Postgres;
    let rare = if is_postgres || wanted.is_wide() { 25 } else { 4 };
    if sample.found * rare < sample.seen {
        return search.run(Way::Index).await;
    }
    if search.is_narrowed() && leaves(store, organization_id, filter, LOOKED_AT).await? {
        return search.run(Way::Filter).await;
    }
    let found = search.run(Way::Back { from: sample.newest }).await?;
    if found.len() as u64 > RANKED || sample.newest <= READ_BACK {
        return Ok(found);
    }
    search.run(Way::Index).await
}

/// How the matches are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The index proposes them.
    Index,
    /// The texts are read from this one back.
    Back { from: i64 },
    /// Each incident that the other filters leave is looked at.
    Filter,
}

struct Search<'a> {
    store: &'a Store,
    organization_id: OrganizationId,
    filter: &'a IncidentFilter,
    wanted: &'a Wanted,
}

/// What the newest texts tell.
#[derive(Debug)]
struct Sample {
    /// The number of the newest.
    newest: i64,
    seen: u64,
    /// How many of them match.
    found: u64,
}

impl Search<'_> {
    fn is_narrowed(&self) -> bool {
        self.filter.unsearched() != IncidentFilter::default()
    }

    async fn sample(&self) -> Result<Sample, StoreError> {
        let mut clause = Clause::new("incident_text.organization_id = $1", [self.organization_id.0.into()]);
        let condition = self.wanted.condition(&mut clause);
        let statement = format!(
            "SELECT COALESCE(MAX(document), 0) AS newest, COUNT(*) AS seen, \
             COUNT(CASE WHEN {condition} THEN 1 END) AS found FROM (SELECT document, head, comments FROM incident_text \
             WHERE {} ORDER BY document DESC LIMIT {SAMPLE}) AS incident_text",
            clause.text()
        );
        let row = sql::one(self.store.reader(), ATTEMPT, statement, clause.values()).await?;
        let Some(row) = row else { return Ok(Sample { newest: 0, seen: 0, found: 0 }) };
        Ok(Sample {
            newest: sql::get(&row, "newest")?,
            seen: sql::count(&row, "seen")?,
            found: sql::count(&row, "found")?,
        })
    }

    async fn run(&self, way: Way) -> Result<Vec<Ranked>, StoreError> {
        let backend = self.store.reader().get_database_backend();
        let mut clause = if self.is_narrowed() {
            let mut clause = condition(self.organization_id, self.filter, &Asked::Nothing);
            let states = Part::whole(self.filter);
            clause.and_text(&format!("TRUE{}", states.condition()));
            clause
        } else {
            Clause::new("incident_text.organization_id = $1", [self.organization_id.0.into()])
        };
        let (from, order) = self.source(way, backend, &mut clause);
        let matches = self.wanted.condition(&mut clause);
        clause.and_text(&matches);
        let class = self.wanted.class(&mut clause);
        let statement = format!(
            "SELECT incident_text.incident_id AS id, incident_text.document - ({class}) * {CLASS} AS relevance \
             FROM {from} WHERE {} ORDER BY {order} DESC LIMIT {}",
            clause.text(),
            RANKED + 1
        );
        let rows = sql::all(self.store.reader(), ATTEMPT, statement, clause.values()).await?;
        rows.iter().map(|row| Ok((sql::get(row, "relevance")?, sql::get(row, "id")?))).collect()
    }

    /// Writes where the rows come from and which number of theirs is the newest, and adds what the way asks for.
    fn source(&self, way: Way, backend: DbBackend, clause: &mut Clause) -> (String, &'static str) {
        let document = "incident_text.document";
        let join = |table: &str| joined(table, backend);
        let with_incident = if self.is_narrowed() { join("incident") } else { String::new() };
        match way {
            Way::Filter => (format!("incident{}", join("incident_text")), document),
            Way::Back { from } => {
                clause.and("incident_text.document > ?", from - READ_BACK);
                (format!("incident_text{with_incident}"), document)
            }
            Way::Index => {
                let (from, question) = question(self.wanted, clause, backend);
                if backend == DbBackend::Postgres {
                    // Told the order too, it may read all texts from the newest back. OFFSET 0 keeps that apart.
                    let rows = format!(
                        "(SELECT * FROM {from} WHERE organization_id = $1 AND {question} OFFSET 0) AS incident_text"
                    );
                    (format!("{rows}{with_incident}"), document)
                } else {
                    clause.and_text(&question);
                    (format!("{from}{with_incident}"), "incident_words.rowid")
                }
            }
        }
    }
}

/// Writes a join that looks each row up for itself, in the order of what comes before it. No planner knows how many
/// texts have some words, so left to choose, one may compare all candidates with all incidents that other filters leave.
fn joined(table: &str, backend: DbBackend) -> String {
    let same = "incident_text.incident_id = incident.id";
    match backend {
        // OFFSET 0 keeps it apart.
        DbBackend::Postgres => {
            format!(" JOIN LATERAL (SELECT * FROM {table} WHERE {same} OFFSET 0) AS {table} ON TRUE")
        }
        // A cross join of SQLite keeps its order.
        _ => format!(" CROSS JOIN {table} ON {same}"),
    }
}
