//! How much work a statement makes for the database: counted, not timed, so the same each time.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tracely_store::Target;

/// How many steps of its virtual machine SQLite goes between two looks at the counter.
const STEPS: u64 = 100;

/// Runs statements again, undoes what they did, and counts.
#[derive(Debug)]
pub struct Meter(Connected);

#[derive(Debug)]
enum Connected {
    Sqlite { connection: SqliteConnection, steps: Arc<AtomicU64> },
    Postgres(PgConnection),
}

impl Meter {
    /// Connects to a database.
    pub async fn new(target: &Target) -> Self {
        Self(match target {
            Target::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let connection = SqliteConnection::connect_with(&options).await;
                let mut connection = connection.expect("the file can be opened");
                let steps = Arc::new(AtomicU64::new(0));
                let counter = Arc::clone(&steps);
                let mut handle = connection.lock_handle().await.expect("the connection is free");
                handle.set_progress_handler(STEPS as i32, move || {
                    counter.fetch_add(STEPS, Ordering::Relaxed);
                    true
                });
                drop(handle);
                Connected::Sqlite { connection, steps }
            }
            Target::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.expect("the server answers");
                for setting in ["SET max_parallel_workers_per_gather = 0", "SET jit = off"] {
                    connection.execute(setting).await.expect("the setting exists");
                }
                Connected::Postgres(connection)
            }
        })
    }

    /// Counts the work of a statement: on `SQLite` the steps of its virtual machine, a handful for each row that is
    /// looked at; on `PostgreSQL` the rows that the nodes of its plan have looked at. Also returns the plan.
    pub async fn measure(&mut self, statement: &str) -> (u64, String) {
        match &mut self.0 {
            Connected::Sqlite { connection, steps } => {
                let mut plan: Vec<String> = Vec::new();
                for one in several(statement) {
                    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {one}"));
                    let rows = connection.fetch_all(explain).await.expect("the statement is valid");
                    plan.extend(rows.iter().map(|row| row.get::<String, _>("detail")));
                }
                connection.execute("BEGIN").await.expect("nothing is under way");
                steps.store(0, Ordering::Relaxed);
                let run = connection.fetch_all(AssertSqlSafe(statement)).await.map(|_| ());
                let work = steps.load(Ordering::Relaxed);
                connection.execute("ROLLBACK").await.expect("a transaction is under way");
                // What inserts a row again may find it there.
                if let Err(error) = run {
                    let is_taken = error
                        .as_database_error()
                        .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
                    assert!(is_taken, "{error}: {statement}");
                }
                (work, plan.join("\n"))
            }
            Connected::Postgres(connection) => {
                connection.execute("BEGIN").await.expect("nothing is under way");
                let explain = AssertSqlSafe(format!("EXPLAIN (ANALYZE, TIMING OFF) {statement}"));
                let rows = connection.fetch_all(explain).await;
                connection.execute("ROLLBACK").await.expect("a transaction is under way");
                match rows {
                    Ok(rows) => {
                        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
                        (rows_seen(&plan), plan.join("\n"))
                    }
                    Err(error) => {
                        let is_taken = error
                            .as_database_error()
                            .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
                        assert!(is_taken, "{error}: {statement}");
                        (0, String::new())
                    }
                }
            }
        }
    }
}

/// Takes apart what goes to `SQLite` as one text.
fn several(text: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let parts = text.split(|letter| {
        is_quoted ^= letter == '\'';
        letter == ';' && !is_quoted
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Adds up the rows of each node of a plan, those that it has removed too, times how often it ran.
fn rows_seen(plan: &[String]) -> u64 {
    let after = |line: &str, word: &str| -> Option<u64> {
        let digits = &line[line.find(word)? + word.len()..];
        let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().ok()
    };
    let (mut seen, mut loops) = (0, 1);
    for line in plan {
        if let Some(rows) = after(line, "actual rows=") {
            loops = after(line, "loops=").unwrap_or(1);
            seen += rows * loops;
        } else if line.contains("Rows Removed by") {
            seen += after(line, ": ").unwrap_or(0) * loops;
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::{rows_seen, several};

    #[test]
    fn several_statements_of_one_text_are_parted_between_them() {
        assert_eq!(several("SELECT 'a; b''; c'; SELECT 2 ; "), ["SELECT 'a; b''; c'", "SELECT 2"]);
    }

    #[test]
    fn every_row_that_a_plan_looked_at_counts() {
        let plan = "Limit  (cost=0.43..8.45 rows=1 width=16) (actual rows=2 loops=1)\n\
            \x20 ->  Nested Loop  (cost=0..9 rows=1 width=8) (actual rows=3 loops=2)\n\
            \x20       Rows Removed by Filter: 10\n\
            Planning Time: 0.1 ms";
        let plan: Vec<String> = plan.lines().map(Into::into).collect();
        assert_eq!(rows_seen(&plan), 2 + 6 + 20);
    }
}
