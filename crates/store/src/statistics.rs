//! What `SQLite` is told of its tables.
//!
//! Its planner knows nothing of a table that was never analyzed, and takes everything of an organization for ten rows;
//! so it reads a million of them rather than use the index that has the two that are asked for. To analyze a large file
//! takes as long as to read it, holds up every write, and gives plans that differ from one installation to the next.
//! So every file is told the same: what `ANALYZE` found on a million incidents of 10 000 services. On small tables any
//! plan will do.
//!
//! For each index: how many rows it has, then how many of them, on average, are alike in the first column, in the first
//! two, and so on.

use crate::error::{Doing, StoreError};
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};

/// Of each index of each table that may grow large: its table, its name, and its numbers.
const STATISTICS: [(&str, &str, &str); 52] = [
    ("comment", "comment_incident", "505052 1 1"),
    ("comment", "sqlite_autoindex_comment_1", "505052 1"),
    ("idempotency_key", "idempotency_key_created", "86400 1"),
    ("idempotency_key", "sqlite_autoindex_idempotency_key_1", "86400 86400 1"),
    ("incident", "incident_acknowledged", "693773 693773 1 1 1 1 1 1"),
    ("incident", "incident_assignee", "693773 693773 3469 1 1 1 1"),
    ("incident", "incident_closed", "979794 979794 1 1 1 1 1 1"),
    ("incident", "incident_closed_last_violation", "979794 979794 1 1 1 1 1 1 1 1 1"),
    ("incident", "incident_closed_triggered", "979794 4899 1 1"),
    ("incident", "incident_closed_violations", "979794 979794 1136 1 1 1 1 1 1 1 1"),
    ("incident", "incident_created", "1000000 1000000 1 1 1 1 1 1 1 1"),
    ("incident", "incident_department", "1000000 1000000 20000 1 1 1 1"),
    ("incident", "incident_live", "20206 102 1 1"),
    ("incident", "incident_live_created", "20206 20206 1 1 1 1 1 1 1 1 1 1 1"),
    ("incident", "incident_live_last_violation", "20206 20206 1 1"),
    ("incident", "incident_live_service", "20206 20206 3 2 2 1"),
    ("incident", "incident_live_triggered", "20206 102 1 1"),
    ("incident", "incident_live_violations", "20206 20206 28 1"),
    ("incident", "incident_number", "1000000 1000000 1"),
    ("incident", "incident_opened", "1000000 1000000 1 1 1 1 1 1"),
    ("incident", "incident_rule", "1000000 1000000 5000 1 1 1 1"),
    ("incident", "incident_service", "1000000 1000000 101 1 1 1 1"),
    ("incident", "incident_service_name", "1000000 1000000 101 1 1"),
    ("incident", "incident_severity", "1000000 1000000 250000 1 1"),
    ("incident", "incident_status", "1000000 1000000 333334 1 1"),
    ("incident", "incident_updated", "1000000 1000000 1 1"),
    ("incident", "sqlite_autoindex_incident_1", "1000000 1"),
    ("incident_text", "incident_text_incident", "1000000 1"),
    ("log", "sqlite_autoindex_log_1", "1000000 1"),
    ("notification", "notification_cause", "1557297 1 1 1"),
    ("notification", "notification_department", "1557297 31146 1 1 1 1 1"),
    ("notification", "notification_incident", "1557297 1557297 2 1 1"),
    ("notification", "notification_position", "1557297 1557297 1 1 1 1 1"),
    ("notification", "sqlite_autoindex_notification_1", "1557297 1"),
    ("notification_mark", "notification_mark_person", "4000 4000 1 1"),
    ("notification_mark", "sqlite_autoindex_notification_mark_1", "4000 1 1"),
    ("rule", "rule_created", "10000 10000 1 1"),
    ("rule", "rule_department", "10000 200"),
    ("rule", "rule_name", "10000 10000 1 1"),
    ("rule", "sqlite_autoindex_rule_1", "10000 1"),
    ("search_word", "search_word_backwards", "100000 100000 1"),
    ("search_word", "sqlite_autoindex_search_word_1", "100000 100000 1 1"),
    ("series", "series_identity", "100000 10 3 1"),
    ("series", "series_metric_type", "100000 100000 25000"),
    ("series", "sqlite_autoindex_series_1", "100000 1"),
    ("service", "service_created", "10000 10000 1 1"),
    ("service", "service_key", "10000 10000 1"),
    ("service", "service_name", "10000 10000 1 1"),
    ("service", "sqlite_autoindex_service_1", "10000 1"),
    ("timeline_event", "sqlite_autoindex_timeline_event_1", "4500000 1"),
    ("timeline_event", "timeline_event_created", "4500000 4500000 1 1 1"),
    ("timeline_event", "timeline_event_incident", "4500000 5 1"),
];

/// Tells a `SQLite` file what to think of its tables.
pub(crate) async fn write(connection: &DatabaseConnection) -> Result<(), StoreError> {
    let attempt = "write what the planner is to know";
    let rows: Vec<String> = STATISTICS
        .iter()
        .map(|(table, index, numbers)| format!("('{table}', '{index}', '{numbers}')"))
        .collect();
    let insert = format!("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES {}", rows.join(", "));
    let tx = connection.begin().await.doing(attempt)?;
    // The first makes the table, the last reads it.
    for statement in ["ANALYZE sqlite_schema", "DELETE FROM sqlite_stat1", &insert, "ANALYZE sqlite_schema"] {
        tx.execute_unprepared(statement).await.doing(attempt)?;
    }
    tx.commit().await.doing(attempt)
}

#[cfg(test)]
mod tests {
    use super::STATISTICS;
    use crate::clock::{Clock, IdSource};
    use crate::connect::{Options, Store, Target};
    use crate::sql;
    use std::collections::BTreeSet;
    use tracely_core::time::Timestamp;

    #[tokio::test]
    async fn every_index_of_a_large_table_has_statistics() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::Sqlite(dir.path().join("tracely.db"));
        let clock = Clock::manual(Timestamp(1_705_314_600_000_000));
        let store =
            Store::open(Options { target, clock, ids: IdSource::seeded(7), readers: 1 }).await.unwrap();
        store.prepare().await.unwrap();
        let tables: BTreeSet<&str> = STATISTICS.iter().map(|(table, _, _)| *table).collect();
        let query = "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index'";
        let rows = sql::all(store.reader(), "list indexes", query, []).await.unwrap();
        let mut named = BTreeSet::new();
        for row in rows {
            let (table, name): (String, String) =
                (sql::get(&row, "tbl_name").unwrap(), sql::get(&row, "name").unwrap());
            if tables.contains(table.as_str()) {
                named.insert(name);
            }
        }
        let known: BTreeSet<String> = STATISTICS.iter().map(|(_, name, _)| (*name).to_owned()).collect();
        assert_eq!(named, known, "each index of these tables needs its numbers, and each number its index");
        let rows =
            sql::all(store.reader(), "count", "SELECT COUNT(*) AS n FROM sqlite_stat1", []).await.unwrap();
        assert_eq!(sql::get::<i64>(&rows[0], "n").unwrap(), STATISTICS.len() as i64);
    }
}
