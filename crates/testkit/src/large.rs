//! A database with as much in it as years of use leave: a million incidents with their history, in minutes.
//!
//! The rows are made by the database itself, set by set, behind the application's back. They are the same each time,
//! refer to each other as the application's own rows do, and keep what the schema promises: at most one live
//! incident of a rule and a service, timelines without gaps, counters that stand where the rows end.

mod dialect;
mod rows;

use dialect::Dialect;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};
use tracely_core::time::{DAY, Timestamp};
use tracely_store::Target;

/// How much to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Incidents, spread evenly over the year before `end`.
    pub incidents: u64,
    /// One of so many incidents is live, and all of the newest hundredth.
    pub live_stride: u64,
    /// Services.
    pub services: u64,
    /// Rules.
    pub rules: u64,
    /// Departments.
    pub departments: u64,
    /// Series.
    pub series: u64,
    /// The instant at which the newest incident was made.
    pub end: Timestamp,
}

impl Size {
    /// A million incidents of 10 000 services, the size that the budget speaks of.
    pub const fn million(end: Timestamp) -> Self {
        Self {
            incidents: 1_000_000,
            live_stride: 97,
            services: 10_000,
            rules: 200,
            departments: 50,
            series: 100_000,
            end,
        }
    }

    /// Enough rows that a plan which reads a whole table costs more than one that does not, in a second or two.
    pub const fn small(end: Timestamp) -> Self {
        Self {
            incidents: 20_000,
            live_stride: 97,
            services: 1_000,
            rules: 200,
            departments: 50,
            series: 4_000,
            end,
        }
    }

    /// How long it is from one incident to the next, in microseconds.
    fn step(self) -> i64 {
        365 * DAY / self.incidents as i64
    }
}

enum Connected {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Fills a database that has the current schema and no rows of its own.
pub async fn fill(target: &Target, size: Size) {
    let mut connected = Connected::open(target).await;
    let dialect = match &connected {
        Connected::Sqlite(_) => Dialect::Sqlite,
        Connected::Postgres(_) => Dialect::Postgres,
    };
    for setting in dialect.settings() {
        connected.run(setting).await;
    }
    connected.run("BEGIN").await;
    // An index is made ten times as fast of rows that are there as with each of them.
    let indexes = connected.texts(dialect.indexes()).await;
    for name in connected.texts(dialect.index_names()).await {
        connected.run(&format!("DROP INDEX {name}")).await;
    }
    let triggers = connected.texts(dialect.triggers()).await;
    for name in connected.texts(dialect.trigger_names()).await {
        connected.run(&format!("DROP TRIGGER {name}")).await;
    }
    for statement in rows::statements(dialect, size) {
        connected.run(&statement).await;
    }
    for statement in indexes.iter().map(String::as_str).chain(dialect.rebuild().iter().copied()) {
        connected.run(statement).await;
    }
    for trigger in triggers {
        connected.run(&trigger).await;
    }
    connected.run("COMMIT").await;
    // The application looks by itself on SQLite; elsewhere autovacuum would, sooner or later.
    if dialect == Dialect::Postgres {
        connected.run("VACUUM (ANALYZE)").await;
    }
    connected.close().await;
}

impl Connected {
    async fn open(target: &Target) -> Self {
        match target {
            Target::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
                let connection = SqliteConnection::connect_with(&options).await;
                Self::Sqlite(connection.expect("the file can be opened"))
            }
            Target::Postgres(url) => {
                Self::Postgres(PgConnection::connect(url).await.expect("the server answers"))
            }
        }
    }

    async fn run(&mut self, statement: &str) {
        let result = match self {
            Self::Sqlite(connection) => connection.execute(AssertSqlSafe(statement)).await.map(|_| ()),
            Self::Postgres(connection) => connection.execute(AssertSqlSafe(statement)).await.map(|_| ()),
        };
        if let Err(error) = result {
            panic!("{error}: {statement}");
        }
    }

    async fn texts(&mut self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query);
        match self {
            Self::Sqlite(connection) => {
                let rows = connection.fetch_all(query).await.expect("the query is valid");
                rows.iter().map(|row| row.get(0)).collect()
            }
            Self::Postgres(connection) => {
                let rows = connection.fetch_all(query).await.expect("the query is valid");
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    async fn close(self) {
        let closed = match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        };
        closed.expect("the connection closes");
    }
}
