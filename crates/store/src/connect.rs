//! Opening the database.

use crate::bounded::Bounded;
use crate::claim::{Claim, connect_error};
use crate::clock::{Clock, IdSource};
use crate::error::{Doing, StoreError};
use crate::log::RecentLog;
use crate::observe::{Observer, observed};
use crate::search::known::KnownWords;
use crate::tx::Tx;
use crate::{log, migration, sql, statistics};
use sea_orm::{DatabaseConnection, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, SqliteConnection};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

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
    writer: Bounded<DatabaseConnection>,
    reader: Bounded<DatabaseConnection>,
    target: Target,
    clock: Clock,
    ids: IdSource,
    recent: RecentLog,
    known_words: KnownWords,
    /// The claim on a `PostgreSQL` database; none for `SQLite`.
    claim: Option<Arc<Claim>>,
}

/// How many connections to `PostgreSQL` may write at a time.
const WRITERS: u32 = 6;
/// What each connection to `SQLite` keeps of the file, in KiB (negative, as `PRAGMA cache_size` wants it). Caches fill in
/// the course of hours, so together they are part of what the server needs at most. Readers need little of their own:
/// what one does not have comes from the system's cache.
const WRITER_CACHE: &str = "-16384";
const READER_CACHE: &str = "-4096";
/// How long to wait for the database unless told otherwise; see [`Store::open_within`].
pub const PATIENCE: Duration = Duration::from_secs(10);

impl Store {
    /// Opens the database without touching its schema.
    pub async fn open(options: Options) -> Result<Self, StoreError> {
        Self::open_within(options, PATIENCE).await
    }

    /// Opens the database without touching its schema. Afterwards a statement waits no longer than `patience` for a
    /// connection or a lock, and on `PostgreSQL` not longer for its answer either.
    pub async fn open_within(options: Options, patience: Duration) -> Result<Self, StoreError> {
        Self::open_observed(options, patience, None).await
    }

    /// Opens the database as [`Self::open_within`], and tells the observer each statement after it has run.
    pub async fn open_observed(
        options: Options,
        patience: Duration,
        observer: Option<Observer>,
    ) -> Result<Self, StoreError> {
        let Options { target, clock, ids, readers } = options;
        let (writer, reader, claim) = match &target {
            Target::Sqlite(path) => {
                let of_file = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(patience)
                    .pragma("cache_size", WRITER_CACHE)
                    .pragma("temp_store", "memory")
                    .pragma("journal_size_limit", "67108864")
                    .disable_statement_logging();
                let writer = sqlite_pool(1, patience, of_file.clone()).await?;
                let of_reader = of_file.pragma("cache_size", READER_CACHE).read_only(true);
                let reader = sqlite_pool(readers, patience, of_reader).await?;
                let open = |pool: SqlitePool| Bounded::new(observed(pool.into(), observer.clone()), None);
                (open(writer), open(reader), None)
            }
            Target::Postgres(url) => {
                let of_server = postgres_options(url)?;
                let claim = Claim::new(&of_server, ids.next(clock.now()), patience);
                let pool =
                    |connections| postgres_pool(connections, patience, of_server.clone(), Arc::clone(&claim));
                // Of their own, so that however many read, nobody who writes waits for a connection behind them.
                let (writer, reader) = (pool(WRITERS).await?, pool(readers).await?);
                let bounded =
                    |pool: PgPool| Bounded::new(observed(pool.into(), observer.clone()), Some(patience));
                (bounded(writer), bounded(reader), Some(claim))
            }
        };
        let recent = RecentLog::new(watch::Sender::new(0));
        let known_words = KnownWords::default();
        Ok(Self(Arc::new(Inner { writer, reader, target, clock, ids, recent, known_words, claim })))
    }

    /// Brings the schema up to date and reads where the log ends.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        if self.migrations().await?.iter().any(|migration| !migration.applied) {
            self.migrate_up(None).await?;
        }
        if matches!(self.0.target, Target::Sqlite(_)) {
            statistics::write(self.0.writer.unbounded()).await?;
        }
        if let Some(claim) = &self.0.claim {
            claim.take_number().await?;
        }
        self.refresh_head().await?;
        Ok(())
    }

    /// Undoes the newest `steps` migrations.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        let connection = self.without_bounds().await?;
        let done = migration::down(&connection, steps).await;
        self.done_without_bounds(connection).await;
        done
    }

    /// Applies at most `steps` migrations.
    pub async fn migrate_up(&self, steps: Option<u32>) -> Result<(), StoreError> {
        let connection = self.without_bounds().await?;
        let done = migration::up_by(&connection, steps).await;
        self.done_without_bounds(connection).await;
        done
    }

    /// Lists the migrations that this version knows, in order.
    pub async fn migrations(&self) -> Result<Vec<migration::MigrationState>, StoreError> {
        migration::status(self.0.writer.unbounded()).await
    }

    /// Claims a `PostgreSQL` database for this process until it ends; fails when another process has it.
    /// A `SQLite` file is guarded by the lock on its data directory instead.
    pub async fn claim(&self) -> Result<(), StoreError> {
        match &self.0.claim {
            Some(claim) => claim.make().await,
            None => Ok(()),
        }
    }

    /// Looks after the claim as long as it is held or can be taken again. Returns when another process has taken the
    /// database, or had it in between: then this one must stop. Never returns for `SQLite`.
    pub async fn keep_claim(&self) -> StoreError {
        match &self.0.claim {
            Some(claim) => claim.keep().await,
            None => std::future::pending().await,
        }
    }

    /// Begins a transaction. On `SQLite` it holds the one write lock from the start, so it cannot fail halfway
    /// because somebody else wrote in between.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begun = self.0.writer.within(async |writer| writer.begin_with_options(options).await).await;
        let bound = self.0.writer.bound();
        Ok(Tx::new(self.clone(), Bounded::new(begun.doing("begin a transaction")?, bound)))
    }

    /// Reads where the log ends from the database, for entries that another process wrote.
    pub async fn refresh_head(&self) -> Result<u64, StoreError> {
        let head = log::head(self).await?;
        self.0.recent.advance_head(head);
        Ok(head)
    }

    /// Answers whether the database can be read and, with one small statement, reached for writing. A `PostgreSQL`
    /// server that takes no writes, as a standby, fails.
    pub async fn ping(&self) -> Result<(), StoreError> {
        if self.0.claim.is_some() {
            return self.ping_postgres().await;
        }
        self.0.reader.unbounded().ping().await.doing("reach the database")?;
        self.0.writer.unbounded().ping().await.doing("reach the database for writing")
    }

    async fn ping_postgres(&self) -> Result<(), StoreError> {
        let attempt = "reach the database for writing";
        let statement = "SELECT current_setting('transaction_read_only') AS read_only";
        let row = sql::one(&self.0.writer, attempt, statement, []).await?;
        match row.map(|row| sql::get::<String>(&row, "read_only")).transpose()?.as_deref() {
            Some("off") => Ok(()),
            _ => Err(DbErr::Custom("it takes no writes now".into())).doing(attempt),
        }
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns a watch on the position at which the log ends, as far as this process knows.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.0.recent.watch()
    }

    /// Returns a watch that changes when something else than points was written to the log, or may have been.
    pub fn events(&self) -> watch::Receiver<u64> {
        self.0.recent.watch_events()
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
            if let Err(error) = connection.unbounded().clone().close().await {
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

    pub(crate) fn known_words(&self) -> &KnownWords {
        &self.0.known_words
    }

    pub(crate) fn reader(&self) -> &Bounded<DatabaseConnection> {
        &self.0.reader
    }

    /// Returns a connection for a migration, which takes as long as it takes.
    async fn without_bounds(&self) -> Result<DatabaseConnection, StoreError> {
        let Target::Postgres(url) = &self.0.target else { return Ok(self.0.writer.unbounded().clone()) };
        let one = PoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
        let pool: PgPool = one
            .connect_with(postgres_options(url)?)
            .await
            .map_err(connect_error)
            .doing("connect to PostgreSQL for a migration")?;
        Ok(pool.into())
    }

    /// Closes the connection unless it is that of everybody.
    async fn done_without_bounds(&self, connection: DatabaseConnection) {
        if self.0.claim.is_some()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "a database connection did not close cleanly");
        }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.0.target
    }

    /// Returns the writer's connections, for a statement that is a transaction of its own.
    pub(crate) fn writing(&self) -> &Bounded<DatabaseConnection> {
        &self.0.writer
    }

    /// Returns the writer's connections without bounds, for work that takes as long as it takes.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        self.0.writer.unbounded()
    }
}

/// Opens connections that ask for the claim when they are new, and are closed when they do not answer afterwards.
async fn postgres_pool(
    connections: u32,
    patience: Duration,
    options: PgConnectOptions,
    claim: Arc<Claim>,
) -> Result<PgPool, StoreError> {
    let millis = patience.as_millis();
    // The server ends what nobody waits for any more, so that it does not hold locks.
    let bounds = format!(
        "SET statement_timeout = {millis}; SET idle_in_transaction_session_timeout = {millis}; SET lock_timeout = {millis}"
    );
    let bounds: Arc<str> = bounds.into();
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience)
        .test_before_acquire(false)
        .after_connect(move |connection: &mut PgConnection, _| {
            let (bounds, claim) = (Arc::clone(&bounds), Arc::clone(&claim));
            Box::pin(async move {
                connection.execute(sqlx::AssertSqlSafe(&*bounds)).await?;
                claim.check(connection).await
            })
        })
        .after_release(move |connection: &mut PgConnection, _| {
            Box::pin(async move {
                let answered = tokio::time::timeout(patience, connection.ping()).await;
                answered.map_err(|_| sqlx::Error::PoolTimedOut)?.map(|()| true)
            })
        })
        .connect_with(options)
        .await
        .map_err(connect_error)
        .doing("connect to PostgreSQL")
}

async fn sqlite_pool(
    connections: u32,
    patience: Duration,
    options: SqliteConnectOptions,
) -> Result<SqlitePool, StoreError> {
    PoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(patience)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(async move { Ok(is_outside_transactions(connection)) }))
        .connect_with(options)
        .await
        .map_err(connect_error)
        .doing("open the SQLite file")
}

/// Says whether a connection may be used again.
///
/// When a commit fails because of the disk, SQLite ends the transaction by itself, and the driver goes on counting it.
/// Later transactions would then be savepoints in one that never ends: told to be committed, and lost with the process.
/// So such a connection is closed and the file opened again, which also forgets whatever the failed disk has left in
/// its memory.
fn is_outside_transactions(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}

pub(crate) fn postgres_options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options: PgConnectOptions =
        url.parse().map_err(connect_error).doing("read the PostgreSQL address")?;
    Ok(options.application_name("tracely").disable_statement_logging())
}
