//! What the two databases spell differently.

/// A kind of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// What makes filling faster, for this connection only.
    pub(super) fn settings(self) -> &'static [&'static str] {
        match self {
            // The journal goes to memory: who fills a database can fill it again.
            Self::Sqlite => {
                &["PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000", "PRAGMA temp_store = MEMORY"]
            }
            // Foreign keys hold by construction; checking five of each row takes longer than writing it.
            Self::Postgres => &[
                "SET session_replication_role = replica",
                "SET maintenance_work_mem = '512MB'",
                "SET work_mem = '256MB'",
                "SET jit = off",
            ],
        }
    }

    /// Asks for the statements that make the indexes, other than those of primary keys.
    pub(super) fn indexes(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
            Self::Postgres => {
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN \
                 (SELECT conname FROM pg_constraint)"
            }
        }
    }

    /// Asks for the names of these indexes.
    pub(super) fn index_names(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
            Self::Postgres => {
                "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN \
                 (SELECT conname FROM pg_constraint)"
            }
        }
    }

    /// Asks for the statements that make the triggers, which keep the full-text index of SQLite row by row.
    pub(super) fn triggers(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT sql FROM sqlite_schema WHERE type = 'trigger'",
            Self::Postgres => "SELECT '' WHERE FALSE",
        }
    }

    /// Asks for the names of these triggers.
    pub(super) fn trigger_names(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
            Self::Postgres => "SELECT '' WHERE FALSE",
        }
    }

    /// What makes the full-text index of the rows that are there, where it is not one of the indexes.
    pub(super) fn rebuild(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &["INSERT INTO incident_words (incident_words) VALUES ('rebuild')"],
            Self::Postgres => &[],
        }
    }

    /// Writes the numbers from 1 to `count` as a table with the column `n`.
    pub(super) fn numbers(self, count: u64) -> String {
        match self {
            Self::Sqlite => format!(
                "(WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count}) \
                 SELECT n FROM number) AS number"
            ),
            Self::Postgres => format!("generate_series(1::BIGINT, {count}::BIGINT) AS number (n)"),
        }
    }

    /// Writes an identifier like those of version 7, with a kind and a number in place of what is random.
    pub(super) fn id(self, kind: u16, millis: &str, number: &str) -> String {
        match self {
            Self::Sqlite => {
                format!("unhex(printf('%012x7%03x8%015x', {millis}, {kind}, {number}))")
            }
            Self::Postgres => format!(
                "(lpad(to_hex(({millis})::BIGINT), 12, '0') || '7' || lpad(to_hex({kind}), 3, '0') || '8' \
                 || lpad(to_hex(({number})::BIGINT), 15, '0'))::UUID"
            ),
        }
    }

    /// Writes the text of a number with leading zeros.
    pub(super) fn padded(self, number: &str, width: u8) -> String {
        match self {
            Self::Sqlite => format!("printf('%0{width}d', {number})"),
            Self::Postgres => format!("lpad(({number})::TEXT, {width}, '0')"),
        }
    }

    /// Writes a text as bytes.
    pub(super) fn bytes(self, text: &str) -> String {
        match self {
            Self::Sqlite => format!("CAST({text} AS BLOB)"),
            Self::Postgres => format!("convert_to({text}, 'UTF8')"),
        }
    }

    /// Writes the text of an identifier.
    pub(super) fn id_text(self, id: &str) -> String {
        match self {
            Self::Sqlite => {
                let parts = [(1, 8), (9, 4), (13, 4), (17, 4), (21, 12)];
                let parts = parts.map(|(from, length)| format!("substr(hex({id}), {from}, {length})"));
                format!("lower({})", parts.join(" || '-' || "))
            }
            Self::Postgres => format!("({id})::TEXT"),
        }
    }
}
