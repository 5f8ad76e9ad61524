//! Opening the database.

use crate::clock::{Clock, IdSource};
use crate::error::{Doing, StoreError};
use crate::log::RecentLog;
use crate::tx::Tx;
use crate::{log, migration};
use sea_orm::{
    DatabaseConnection, DbErr, RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// Which database.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A file, made when absent.
    Sqlite(PathBuf),
    /// A `postgres://` address. Never printed: it may hold a password.
    Postgres(String),
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

/// How to open a store.
#[derive(Debug)]
pub struct Options {
    /// Which database.
    pub target: Target,
    /// Where instants come from.
    pub clock: Clock,
    /// Where ids come from.
    pub ids: IdSource,
    /// How many connections may read at a time.
    pub readers: u32,
}

/// A database that holds the log and the state. Cheap to clone; all clones are the same store.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    target: Target,
    clock: Clock,
    ids: IdSource,
    recent: RecentLog,
    /// Held while this process serves a `PostgreSQL` database; its session owns the advisory lock.
    claim: Mutex<Option<PgConnection>>,
}

/// Identifies the advisory lock of a serving process: "tracely" in ASCII.
const SERVING_LOCK: i64 = 0x0074_7261_6365_6c79;
/// How long a statement may wait for a connection or a lock before it fails.
const PATIENCE: Duration = Duration::from_secs(10);

impl Store {
    /// Opens the database without touching its schema.
    pub async fn open(options: Options) -> Result<Self, StoreError> {
        let Options { target, clock, ids, readers } = options;
        let (writer, reader) = match &target {
            Target::Sqlite(path) => {
                let of_file = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(PATIENCE)
                    .pragma("cache_size", "-16384")
                    .pragma("temp_store", "memory")
                    .pragma("journal_size_limit", "67108864")
                    .disable_statement_logging();
                let writer = sqlite_pool(1, of_file.clone()).await?;
                let reader = sqlite_pool(readers, of_file.read_only(true)).await?;
                (writer.into(), reader.into())
            }
            Target::Postgres(url) => {
                let of_server = postgres_options(url)?;
                let pool: PgPool = PoolOptions::new()
                    .max_connections(readers + 4)
                    .acquire_timeout(PATIENCE)
                    .test_before_acquire(false)
                    .connect_with(of_server)
                    .await
                    .map_err(connect_error)
                    .doing("connect to PostgreSQL")?;
                let connection = DatabaseConnection::from(pool);
                (connection.clone(), connection)
            }
        };
        let recent = RecentLog::new(watch::Sender::new(0));
        Ok(Self(Arc::new(Inner { writer, reader, target, clock, ids, recent, claim: Mutex::new(None) })))
    }

    /// Brings the schema up to date and reads where the log ends.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        migration::up(&self.0.writer).await?;
        self.refresh_head().await?;
        Ok(())
    }

    /// Undoes the newest `steps` migrations.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        migration::down(&self.0.writer, steps).await
    }

    /// Applies at most `steps` migrations.
    pub async fn migrate_up(&self, steps: Option<u32>) -> Result<(), StoreError> {
        migration::up_by(&self.0.writer, steps).await
    }

    /// Lists the migrations that this version knows, in order.
    pub async fn migrations(&self) -> Result<Vec<migration::MigrationState>, StoreError> {
        migration::status(&self.0.writer).await
    }

    /// Claims a `PostgreSQL` database for this process until it ends; fails when another process has it.
    /// The claim is an advisory lock of a session, so it ends with the process, however that ends.
    /// A `SQLite` file is guarded by the lock on its data directory instead.
    pub async fn claim(&self) -> Result<(), StoreError> {
        let Target::Postgres(url) = &self.0.target else { return Ok(()) };
        let attempt = "claim the database for this process";
        let mut session = PgConnection::connect_with(&postgres_options(url)?)
            .await
            .map_err(connect_error)
            .doing(attempt)?;
        // The server may take a moment to notice that a killed process has gone.
        for wait in [50, 100, 200, 400, 800, 0] {
            let claimed: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                .bind(SERVING_LOCK)
                .fetch_one(&mut session)
                .await
                .map_err(connect_error)
                .doing(attempt)?;
            if claimed {
                *self.0.claim.lock().await = Some(session);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        Err(StoreError::InUse)
    }

    /// Begins a transaction. On `SQLite` it holds the one write lock from the start, so it cannot fail halfway
    /// because somebody else wrote in between.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = self.0.writer.begin_with_options(options).await.doing("begin a transaction")?;
        Ok(Tx::new(self.clone(), inner))
    }

    /// Reads where the log ends from the database, for entries that another process wrote.
    pub async fn refresh_head(&self) -> Result<u64, StoreError> {
        let head = log::head(self).await?;
        self.0.recent.advance_head(head);
        Ok(head)
    }

    /// Answers whether the database can be read and, with one small statement, reached for writing.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.0.reader.ping().await.doing("reach the database")?;
        self.0.writer.ping().await.doing("reach the database for writing")
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns a watch on the position at which the log ends, as far as this process knows.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.0.recent.watch()
    }

    /// Returns the name of the database's kind, for people.
    pub fn kind(&self) -> &'static str {
        match self.0.target {
            Target::Sqlite(_) => "SQLite",
            Target::Postgres(_) => "PostgreSQL",
        }
    }

    /// Closes every connection, after what is under way. The writer goes last: the last connection to a SQLite file
    /// moves what is in the write-ahead log into the file, which a reader may not.
    pub async fn close(&self) {
        for connection in [&self.0.reader, &self.0.writer] {
            if let Err(error) = connection.clone().close().await {
                tracing::warn!(%error, "a database connection did not close cleanly");
            }
        }
    }

    pub(crate) fn ids(&self) -> &IdSource {
        &self.0.ids
    }

    pub(crate) fn recent_log(&self) -> &RecentLog {
        &self.0.recent
    }

    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.0.reader
    }
}

async fn sqlite_pool(connections: u32, options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
    PoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map_err(connect_error)
        .doing("open the SQLite file")
}

fn postgres_options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options: PgConnectOptions =
        url.parse().map_err(connect_error).doing("read the PostgreSQL address")?;
    Ok(options.application_name("tracely").disable_statement_logging())
}

fn connect_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}
