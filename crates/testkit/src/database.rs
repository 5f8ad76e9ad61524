//! A database of its own for each test.

use crate::patience::is_soon;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tracely_core::time::Timestamp;
use tracely_store::{Clock, IdSource, Observer, Options, PATIENCE, Store, Target};

/// Where a manual clock stands at the beginning of a test: 2024-01-15T10:30:00Z, the instant of the examples.
pub const START: Timestamp = Timestamp(1_705_314_600_000_000);

/// A fresh database that goes when the test ends.
#[derive(Debug)]
pub struct TestDatabase {
    /// Where it is.
    pub target: Target,
    /// A directory for files of the test.
    pub dir: TempDir,
    /// How often it was opened; the next time gets other ids.
    opened: AtomicU64,
    /// What the application has asked of it.
    statements: Arc<Mutex<BTreeSet<String>>>,
}

/// The name of a migrated database.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
/// A migrated file.
static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

impl TestDatabase {
    /// Makes a database with the current schema.
    pub async fn new() -> Self {
        let dir = TempDir::new().expect("a temporary directory can be made");
        let target = match postgres() {
            None => {
                let path = dir.path().join("tracely.db");
                std::fs::write(&path, FILE.get_or_init(make_file).await).expect("the file can be written");
                Target::Sqlite(path)
            }
            Some(server) => {
                let template = TEMPLATE.get_or_init(|| make_template(&server)).await;
                Target::Postgres(create(&server, Some(template)).await)
            }
        };
        Self { target, dir, opened: AtomicU64::new(7), statements: Arc::default() }
    }

    /// Makes a database without any schema.
    pub async fn empty() -> Self {
        let dir = TempDir::new().expect("a temporary directory can be made");
        let target = match postgres() {
            None => Target::Sqlite(dir.path().join("tracely.db")),
            Some(server) => Target::Postgres(create(&server, None).await),
        };
        Self { target, dir, opened: AtomicU64::new(7), statements: Arc::default() }
    }

    /// Uses a database that is there, and leaves it there.
    pub fn at(target: Target) -> Self {
        let dir = TempDir::new().expect("a temporary directory can be made");
        Self { target, dir, opened: AtomicU64::new(7), statements: Arc::default() }
    }

    /// Opens the database with a manual clock and seeded ids.
    pub async fn store(&self) -> Store {
        let store = self.store_with(Clock::manual(START)).await;
        store.prepare().await.expect("the schema can be made");
        store
    }

    /// Opens the database with this clock and seeded ids, and leaves the schema as it is.
    pub async fn store_with(&self, clock: Clock) -> Store {
        let ids = IdSource::seeded(self.opened.fetch_add(1, Ordering::Relaxed));
        let options = Options { target: self.target.clone(), clock, ids, readers: 4 };
        let statements = Arc::clone(&self.statements);
        let observer: Observer = Arc::new(move |statement| {
            statements.lock().unwrap_or_else(PoisonError::into_inner).insert(statement);
        });
        Store::open_observed(options, PATIENCE, Some(observer)).await.expect("the database can be opened")
    }

    /// Returns the different statements that were run since the last time, with their values.
    pub fn take_statements(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.statements.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs a statement behind the application's back.
    pub async fn execute(&self, statement: &'static str) {
        execute(&self.target, statement).await;
    }

    /// Runs statements behind the application's back, as somebody whose commit waits for [`Elsewhere::commit`].
    pub async fn elsewhere(&self, statements: impl IntoIterator<Item = String>) -> Elsewhere {
        let mut elsewhere = match &self.target {
            Target::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let connection = SqliteConnection::connect_with(&options).await;
                Elsewhere::Sqlite(connection.expect("the file can be opened"))
            }
            Target::Postgres(url) => {
                Elsewhere::Postgres(PgConnection::connect(url).await.expect("the server answers"))
            }
        };
        elsewhere.run("BEGIN".to_owned()).await;
        for statement in statements {
            elsewhere.run(statement).await;
        }
        elsewhere
    }

    /// Writes an entry at the end of the log behind the application's back, whatever it holds.
    pub async fn append_to_log(&self, kind: &str, payload: &[u8]) {
        let number = "UPDATE counter SET value = value + 1, bytes = bytes + 1 WHERE name = 'log'";
        let insert = "INSERT INTO log (position, organization_id, shard, kind, payload, end_offset, created_at) \
             SELECT counter.value, organization.id, 0, $1, $2, counter.bytes, $3 FROM organization, counter WHERE counter.name = 'log'";
        match &self.target {
            Target::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let mut connection =
                    SqliteConnection::connect_with(&options).await.expect("the file can be opened");
                sqlx::query(number).execute(&mut connection).await.expect("the log has a counter");
                let insert = sqlx::query(insert).bind(kind).bind(payload).bind(START.0);
                insert.execute(&mut connection).await.expect("the entry is new");
            }
            Target::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.expect("the server answers");
                sqlx::query(number).execute(&mut connection).await.expect("the log has a counter");
                let insert = sqlx::query(insert).bind(kind).bind(payload).bind(START.0);
                insert.execute(&mut connection).await.expect("the entry is new");
            }
        }
    }

    /// Replaces what an entry of the log holds behind the application's back.
    pub async fn replace_in_log(&self, position: u64, payload: &[u8]) {
        let update = "UPDATE log SET payload = $1 WHERE position = $2";
        let position = i64::try_from(position).expect("a position is no larger");
        match &self.target {
            Target::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let mut connection =
                    SqliteConnection::connect_with(&options).await.expect("the file can be opened");
                let update = sqlx::query(update).bind(payload).bind(position);
                update.execute(&mut connection).await.expect("the entry can be changed");
            }
            Target::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.expect("the server answers");
                let update = sqlx::query(update).bind(payload).bind(position);
                update.execute(&mut connection).await.expect("the entry can be changed");
            }
        }
    }

    /// Says whether it is `PostgreSQL`.
    pub fn is_postgres(&self) -> bool {
        matches!(self.target, Target::Postgres(_))
    }
}

/// A transaction of somebody else.
#[derive(Debug)]
pub enum Elsewhere {
    /// On `SQLite`, where nobody else writes meanwhile.
    Sqlite(SqliteConnection),
    /// On `PostgreSQL`.
    Postgres(PgConnection),
}

impl Elsewhere {
    async fn run(&mut self, statement: String) {
        let statement = sqlx::AssertSqlSafe(statement);
        let done = match self {
            Self::Sqlite(connection) => connection.execute(statement).await.map(drop),
            Self::Postgres(connection) => connection.execute(statement).await.map(drop),
        };
        done.expect("the statement is valid");
    }

    /// Commits.
    pub async fn commit(mut self) {
        self.run("COMMIT".to_owned()).await;
    }

    /// Waits until somebody waits for a lock that this holds; for `PostgreSQL` only.
    pub async fn is_waited_for(&mut self) {
        assert!(is_soon(async || self.waiting().await > 0).await, "nobody waits");
    }

    /// Returns how many wait for a lock that this holds; for `PostgreSQL` only.
    pub async fn waiting(&mut self) -> i64 {
        let Self::Postgres(connection) = self else { panic!("on SQLite nobody can be asked") };
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))";
        sqlx::query_scalar(waiting).fetch_one(connection).await.expect("the server answers")
    }
}

/// Runs a statement on a database behind the back of whoever uses it.
pub async fn execute(target: &Target, statement: &'static str) {
    match target {
        Target::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path);
            let mut connection =
                SqliteConnection::connect_with(&options).await.expect("the file can be opened");
            connection.execute(statement).await.expect("the statement is valid");
        }
        Target::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.expect("the server answers");
            connection.execute(statement).await.expect("the statement is valid");
        }
    }
}

/// Says whether the tests run on `PostgreSQL`.
pub fn on_postgres() -> bool {
    postgres().is_some()
}

/// Returns the address of the server that the tests should use, if they should use one.
#[expect(clippy::disallowed_methods, reason = "the tests are configured by the environment")]
fn postgres() -> Option<String> {
    match std::env::var("TRACELY_TEST_DATABASE").as_deref() {
        Ok("postgres") => {
            Some(std::env::var("TRACELY_TEST_POSTGRES").expect("TRACELY_TEST_POSTGRES names a server"))
        }
        Ok("sqlite") | Err(_) => None,
        Ok(other) => panic!("TRACELY_TEST_DATABASE must be sqlite or postgres, not {other:?}"),
    }
}

/// Migrating is slow; copying a migrated database is not.
async fn make_template(server: &str) -> String {
    let url = create(server, None).await;
    migrate(Target::Postgres(url.clone())).await;
    url.rsplit('/').next().expect("an address ends with the database's name").to_owned()
}

async fn make_file() -> Vec<u8> {
    let dir = TempDir::new().expect("a temporary directory can be made");
    let path = dir.path().join("template.db");
    migrate(Target::Sqlite(path.clone())).await;
    std::fs::read(path).expect("the file can be read")
}

/// Makes the current schema, and leaves nothing open.
async fn migrate(target: Target) {
    let options = Options { target, clock: Clock::manual(START), ids: IdSource::seeded(7), readers: 1 };
    let store = Store::open(options).await.expect("the template can be opened");
    store.prepare().await.expect("the template can be migrated");
    store.close().await;
}

async fn create(server: &str, template: Option<&String>) -> String {
    let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let template = template.map_or_else(|| "template0".to_owned(), Clone::clone);
    let mut connection = PgConnection::connect(server).await.expect("the PostgreSQL server answers");
    let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
    connection.execute(sqlx::AssertSqlSafe(statement)).await.expect("a database can be made");
    let (base, _) = server.rsplit_once('/').expect("an address ends with the database's name");
    format!("{base}/{name}")
}
