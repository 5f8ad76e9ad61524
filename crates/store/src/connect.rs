//! Opening the database.

pub(crate) mod pool;

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
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
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

/// What has a connection of its own to `PostgreSQL` for writing.
///
/// A connection knows the statements that it has run, and their plans. To run one for the first time takes several
/// times as long as to run it again, and a pool hands its connections out in turn and closes those that nobody used for
/// some minutes. So what a page waits for runs on connections that do nothing else and stay open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Points are made durable.
    Points,
    /// What the rules decided is carried out.
    Evaluator,
    /// Notifications are made.
    Dispatcher,
}

/// A database that holds the log and the state. Cheap to clone; all clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    /// What transactions are begun on.
    writer: Bounded<DatabaseConnection>,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The writer of all that has none of its own.
    writer: Bounded<DatabaseConnection>,
    /// A writer for each [`Task`], in their order; none on `SQLite`, where one connection writes.
    own: Vec<Bounded<DatabaseConnection>>,
    reader: Bounded<DatabaseConnection>,
    target: Target,
    clock: Clock,
    ids: IdSource,
    recent: RecentLog,
    known_words: KnownWords,
    /// The claim on a `PostgreSQL` database; none for `SQLite`.
    claim: Option<Arc<Claim>>,
}

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
        let bounded = |pool: DatabaseConnection, bound| Bounded::new(observed(pool, observer.clone()), bound);
        let (writer, own, reader, claim) = match &target {
            Target::Sqlite(path) => {
                let pools = pool::sqlite(path, readers, patience).await?;
                let open = |pool: SqlitePool| bounded(pool.into(), None);
                (open(pools.writer), Vec::new(), open(pools.reader), None)
            }
            Target::Postgres(url) => {
                let of_server = pool::postgres_options(url)?;
                let claim = Claim::new(&of_server, ids.next(clock.now()), patience);
                let pools = pool::postgres(of_server, readers, patience, &claim).await?;
                let open = |pool: PgPool| bounded(pool.into(), Some(patience));
                let own = pools.own.into_iter().map(open).collect();
                (open(pools.writer), own, open(pools.reader), Some(claim))
            }
        };
        let recent = RecentLog::new(watch::Sender::new(0));
        let known_words = KnownWords::default();
        let inner = Inner { writer, own, reader, target, clock, ids, recent, known_words, claim };
        Ok(Self { writer: inner.writer.clone(), inner: Arc::new(inner) })
    }

    /// Returns the same store, which writes on the task's own connection.
    #[must_use]
    pub fn of(&self, task: Task) -> Self {
        let own = self.inner.own.get(task as usize);
        Self { writer: own.unwrap_or(&self.inner.writer).clone(), inner: Arc::clone(&self.inner) }
    }

    /// Brings the schema up to date and reads where the log ends.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        if self.migrations().await?.iter().any(|migration| !migration.applied) {
            self.migrate_up(None).await?;
        }
        if matches!(self.inner.target, Target::Sqlite(_)) {
            statistics::write(self.inner.writer.unbounded()).await?;
        }
        if let Some(claim) = &self.inner.claim {
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
        migration::status(self.inner.writer.unbounded()).await
    }

    /// Claims a `PostgreSQL` database for this process until it ends; fails when another process has it.
    /// A `SQLite` file is guarded by the lock on its data directory instead.
    pub async fn claim(&self) -> Result<(), StoreError> {
        match &self.inner.claim {
            Some(claim) => claim.make().await,
            None => Ok(()),
        }
    }

    /// Looks after the claim as long as it is held or can be taken again. Returns when another process has taken the
    /// database, or had it in between: then this one must stop. Never returns for `SQLite`.
    pub async fn keep_claim(&self) -> StoreError {
        match &self.inner.claim {
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
        let begun = self.writer.within(async |writer| writer.begin_with_options(options).await).await;
        let bound = self.writer.bound();
        Ok(Tx::new(self.clone(), Bounded::new(begun.doing("begin a transaction")?, bound)))
    }

    /// Reads where the log ends from the database, for entries that another process wrote.
    pub async fn refresh_head(&self) -> Result<u64, StoreError> {
        let head = log::head(self).await?;
        self.inner.recent.advance_head(head);
        Ok(head)
    }

    /// Answers whether the database can be read and, with one small statement, reached for writing. A `PostgreSQL`
    /// server that takes no writes, as a standby, fails.
    pub async fn ping(&self) -> Result<(), StoreError> {
        if self.inner.claim.is_some() {
            return self.ping_postgres().await;
        }
        self.inner.reader.unbounded().ping().await.doing("reach the database")?;
        self.inner.writer.unbounded().ping().await.doing("reach the database for writing")
    }

    async fn ping_postgres(&self) -> Result<(), StoreError> {
        let attempt = "reach the database for writing";
        let statement = "SELECT current_setting('transaction_read_only') AS read_only";
        let row = sql::one(&self.inner.writer, attempt, statement, []).await?;
        match row.map(|row| sql::get::<String>(&row, "read_only")).transpose()?.as_deref() {
            Some("off") => Ok(()),
            _ => Err(DbErr::Custom("it takes no writes now".into())).doing(attempt),
        }
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Returns a watch on the position at which the log ends, as far as this process knows.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.inner.recent.watch()
    }

    /// Returns a watch that changes when something else than points was written to the log, or may have been.
    pub fn events(&self) -> watch::Receiver<u64> {
        self.inner.recent.watch_events()
    }

    /// Returns the name of the database's kind, for people.
    pub fn kind(&self) -> &'static str {
        match self.inner.target {
            Target::Sqlite(_) => "SQLite",
            Target::Postgres(_) => "PostgreSQL",
        }
    }

    /// Closes every connection, after what is under way. The writer goes last: the last connection to a SQLite file
    /// moves what is in the write-ahead log into the file, which a reader may not.
    pub async fn close(&self) {
        let writers = self.inner.own.iter().chain([&self.inner.writer]);
        for connection in [&self.inner.reader].into_iter().chain(writers) {
            if let Err(error) = connection.unbounded().clone().close().await {
                tracing::warn!(%error, "a database connection did not close cleanly");
            }
        }
    }

    pub(crate) fn ids(&self) -> &IdSource {
        &self.inner.ids
    }

    pub(crate) fn recent_log(&self) -> &RecentLog {
        &self.inner.recent
    }

    pub(crate) fn known_words(&self) -> &KnownWords {
        &self.inner.known_words
    }

    pub(crate) fn reader(&self) -> &Bounded<DatabaseConnection> {
        &self.inner.reader
    }

    /// Returns a connection for a migration, which takes as long as it takes.
    async fn without_bounds(&self) -> Result<DatabaseConnection, StoreError> {
        let Target::Postgres(url) = &self.inner.target else {
            return Ok(self.inner.writer.unbounded().clone());
        };
        let one = PoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
        let pool: PgPool = one
            .connect_with(pool::postgres_options(url)?)
            .await
            .map_err(connect_error)
            .doing("connect to PostgreSQL for a migration")?;
        Ok(pool.into())
    }

    /// Closes the connection unless it is that of everybody.
    async fn done_without_bounds(&self, connection: DatabaseConnection) {
        if self.inner.claim.is_some()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "a database connection did not close cleanly");
        }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.inner.target
    }

    /// Returns the writer's connections, for a statement that is a transaction of its own.
    pub(crate) fn writing(&self) -> &Bounded<DatabaseConnection> {
        &self.writer
    }

    /// Returns the writer's connections without bounds, for work that takes as long as it takes.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        self.writer.unbounded()
    }
}
