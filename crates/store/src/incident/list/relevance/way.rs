//! The ways in which the newest matches are found, and the sample that tells which costs least.

use super::super::found::question;
use super::super::part::Part;
use super::super::{ATTEMPT, Asked, IncidentFilter, condition};
use super::{HELD, RANKED, READ_BACK};
use crate::connect::Store;
use crate::error::StoreError;
use crate::search::wanted::{Terms, Wanted};
use crate::sql::{self, Clause};
use sea_orm::{ConnectionTrait, DbBackend};
use tracely_core::id::OrganizationId;

/// How many of the newest texts tell whether words are common.
const SAMPLE: u64 = 1_000;
/// A word that more than one of so many texts has is not asked of the index beside rarer ones: to read where it is takes
/// longer than to look at what the others leave.
const COMMON: u64 = 50;
/// How far apart the classes are in the number that is sorted by: more than there are incidents.
const CLASS: i64 = 1_000_000_000_000_000;

/// The number that is sorted by, and the incident.
pub(super) type Ranked = (i64, uuid::Uuid);

/// How the matches are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// The index proposes them by some of the words, and the incident of each is looked up.
    Index(Terms),
    /// The same, and each is compared with all that the other filters leave, which are few.
    IndexOfHeld(Terms),
    /// The texts are read from this one back.
    Back { from: i64 },
    /// Each incident that the other filters leave is looked at.
    Filter,
    /// The incidents that the other filters leave are looked at from the newest back, to this instant or to the end.
    FilterBack { oldest: Option<i64> },
}

pub(super) struct Search<'a> {
    pub(super) store: &'a Store,
    pub(super) organization_id: OrganizationId,
    pub(super) filter: &'a IncidentFilter,
    pub(super) wanted: &'a Wanted,
}

/// What the newest texts tell.
#[derive(Debug)]
pub(super) struct Sample {
    /// The number of the newest.
    pub(super) newest: i64,
    seen: u64,
    /// How many of them match.
    pub(super) found: u64,
    /// How many of them have each of the terms.
    of_terms: Vec<u64>,
}

impl Sample {
    /// Says whether less than one of so many texts matches.
    pub(super) fn is_rarer_than(&self, many: u64) -> bool {
        self.found * many < self.seen
    }

    /// Returns the terms that are rare, none when all are common.
    pub(super) fn rare_terms(&self) -> Terms {
        let is_rare = |found: &u64| *found * COMMON < self.seen;
        Terms(self.of_terms.iter().map(is_rare).collect())
    }
}

impl Search<'_> {
    pub(super) async fn sample(&self) -> Result<Sample, StoreError> {
        let mut clause = Clause::new("incident_text.organization_id = $1", [self.organization_id.0.into()]);
        let terms = self.wanted.conditions(&mut clause);
        let (mut told, mut counted) = (Vec::new(), Vec::new());
        for (place, term) in terms.iter().enumerate() {
            told.push(format!("CASE WHEN {term} THEN 1 ELSE 0 END AS has_{place}"));
            counted.push(format!("CAST(SUM(has_{place}) AS BIGINT) AS found_{place}"));
        }
        let all: Vec<String> = (0..terms.len()).map(|place| format!("has_{place} = 1")).collect();
        // SQLite would look for each word again wherever its column is named, were it not for the limit.
        let statement = format!(
            "SELECT COALESCE(MAX(document), 0) AS newest, COUNT(*) AS seen, \
             COUNT(CASE WHEN {} THEN 1 END) AS found, {} FROM (SELECT document, {} FROM incident_text \
             WHERE {} ORDER BY document DESC LIMIT {SAMPLE}) AS sample",
            all.join(" AND "),
            counted.join(", "),
            told.join(", "),
            clause.text()
        );
        let row = sql::one(self.store.reader(), ATTEMPT, statement, clause.values()).await?;
        let none = vec![0; terms.len()];
        let Some(row) = row else { return Ok(Sample { newest: 0, seen: 0, found: 0, of_terms: none }) };
        let (seen, mut of_terms) = (sql::count(&row, "seen")?, none);
        for (place, found) in of_terms.iter_mut().enumerate() {
            let counted: Option<i64> = sql::at(&row, place + 3)?;
            *found = counted.unwrap_or(0) as u64;
        }
        Ok(Sample { newest: sql::get(&row, "newest")?, seen, found: sql::count(&row, "found")?, of_terms })
    }

    /// Finds when the last of the newest so many incidents was made that the other filters leave; none when they leave
    /// fewer.
    pub(super) async fn oldest_of(&self, many: u64) -> Result<Option<i64>, StoreError> {
        let clause = self.filtered();
        let statement = format!(
            "SELECT created_at FROM incident WHERE {} ORDER BY created_at DESC LIMIT 1 OFFSET {}",
            clause.text(),
            many - 1
        );
        let row = sql::one(self.store.reader(), ATTEMPT, statement, clause.values()).await?;
        row.map(|row| sql::get(&row, "created_at")).transpose()
    }

    fn is_narrowed(&self) -> bool {
        self.filter.unsearched() != IncidentFilter::default()
    }

    /// Writes the condition of the other filters on incidents.
    fn filtered(&self) -> Clause {
        let mut clause = condition(self.organization_id, self.filter, &Asked::Nothing);
        let states = Part::whole(self.filter);
        clause.and_text(&format!("TRUE{}", states.condition()));
        clause
    }

    pub(super) async fn run(&self, way: Way) -> Result<Vec<Ranked>, StoreError> {
        let backend = self.store.reader().get_database_backend();
        let mut clause = if self.is_narrowed() {
            self.filtered()
        } else {
            Clause::new("incident_text.organization_id = $1", [self.organization_id.0.into()])
        };
        let matches = self.wanted.condition(&mut clause);
        let class = self.wanted.class(&mut clause);
        let relevance = format!("incident_text.document - ({class}) * {CLASS} AS relevance");
        let source = match &way {
            Way::Index(asked) | Way::IndexOfHeld(asked) => {
                let is_held = matches!(way, Way::IndexOfHeld(_));
                let (from, question) = question(self.wanted, asked, &mut clause, backend);
                let proposed = Proposed { from, question, matches, is_held };
                match backend {
                    DbBackend::Postgres => self.of_postgres(&proposed, relevance, &mut clause),
                    _ => self.of_sqlite(proposed, relevance, &mut clause),
                }
            }
            Way::Back { .. } | Way::Filter | Way::FilterBack { .. } => {
                clause.and_text(&matches);
                read(&way, backend, relevance, &mut clause)
            }
        };
        let Source { relevance, from, order } = source;
        let statement = format!(
            "SELECT incident_text.incident_id AS id, {relevance} FROM {from} WHERE {} ORDER BY {order} DESC LIMIT {}",
            clause.text(),
            RANKED + 1
        );
        let rows = sql::all(self.store.reader(), ATTEMPT, statement, clause.values()).await?;
        rows.iter().map(|row| Ok((sql::get(row, "relevance")?, sql::get(row, "id")?))).collect()
    }

    /// Reads what the index of `SQLite` proposes, which tells the newest first.
    fn of_sqlite(&self, proposed: Proposed, relevance: String, clause: &mut Clause) -> Source {
        let Proposed { mut from, question, matches, is_held } = proposed;
        if is_held {
            *clause = Clause::new(&format!("{question} AND {} AND {matches}", held(clause)), clause.values());
        } else {
            clause.and_text(&format!("{question} AND {matches}"));
            if self.is_narrowed() {
                from.push_str(&joined("incident", DbBackend::Sqlite));
            }
        }
        Source { relevance, from, order: "incident_words.rowid" }
    }

    /// Reads what the index of `PostgreSQL` proposes, which tells its rows in any order.
    fn of_postgres(&self, proposed: &Proposed, relevance: String, clause: &mut Clause) -> Source {
        let Proposed { from, question, matches, is_held } = proposed;
        let held = if *is_held { format!(" AND {}", held(clause)) } else { String::new() };
        // Told the order of the whole, it may read all texts from the newest back; OFFSET 0 keeps that apart.
        let mut from = format!(
            "(SELECT organization_id, incident_id, document, head, comments FROM {from} \
             WHERE organization_id = $1 AND {question}{held} AND {matches} OFFSET 0) AS incident_text"
        );
        if *is_held {
            *clause = Clause::new("TRUE", clause.values());
        } else if self.is_narrowed() {
            // Sorted first, so that no more incidents are looked up than it takes.
            from = format!(
                "(SELECT * FROM {from} ORDER BY incident_text.document DESC OFFSET 0) AS incident_text{}",
                joined("incident", DbBackend::Postgres)
            );
        }
        Source { relevance, from, order: "incident_text.document" }
    }
}

/// What the index proposes.
struct Proposed {
    from: String,
    /// The question to the index.
    question: String,
    /// The condition on the words, which takes longer than to compare with what is held, so that comes first.
    matches: String,
    /// Whether it is compared with all that the other filters leave.
    is_held: bool,
}

/// Reads texts, or the incidents that other filters leave.
fn read(way: &Way, backend: DbBackend, relevance: String, clause: &mut Clause) -> Source {
    let mut order = "incident_text.document";
    let mut from = format!("incident{}", joined("incident_text", backend));
    match way {
        Way::Back { from: newest } => {
            clause.and("incident_text.document > ?", newest - READ_BACK);
            from = "incident_text".into();
        }
        Way::FilterBack { oldest } => {
            if let Some(oldest) = oldest {
                clause.and("incident.created_at >= ?", *oldest);
            }
            order = "incident.created_at DESC, incident_text.document";
        }
        Way::Filter | Way::Index(_) | Way::IndexOfHeld(_) => (),
    }
    Source { relevance, from, order }
}

/// Writes that a text is of one of the incidents that meet this condition. They are read into memory once: the limit,
/// which is none, tells `PostgreSQL` that they have room there, and `IS TRUE` that they are not to be joined.
fn held(condition: &Clause) -> String {
    format!(
        "(incident_text.incident_id IN (SELECT id FROM incident WHERE {} LIMIT {})) IS TRUE",
        condition.text(),
        2 * HELD
    )
}

/// Where rows come from.
struct Source {
    /// The column that is sorted by in the end.
    relevance: String,
    from: String,
    /// What the newest has most of.
    order: &'static str,
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
