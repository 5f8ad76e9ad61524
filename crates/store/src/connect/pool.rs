//! The connections to the database.

use crate::claim::{Claim, connect_error};
use crate::error::{Doing, StoreError};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, Postgres, SqliteConnection};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How many connections to `PostgreSQL` may write at a time, beside those of the tasks.
const WRITERS: u32 = 6;
/// What each connection to `SQLite` keeps of the file, in KiB (negative, as `PRAGMA cache_size` wants it). Caches fill in
/// the course of hours, so together they are part of what the server needs at most. Readers need little of their own:
/// what one does not have comes from the system's cache.
const WRITER_CACHE: &str = "-16384";
const READER_CACHE: &str = "-4096";
/// How many tasks have a connection of their own; see [`super::Task`].
const TASKS: usize = 3;

/// Connections that write, and connections that read.
pub(super) struct Pools<P> {
    pub(super) writer: P,
    pub(super) own: Vec<P>,
    pub(super) reader: P,
}

/// Opens the connections to a file.
pub(super) async fn sqlite(
    path: &Path,
    readers: u32,
    patience: Duration,
) -> Result<Pools<SqlitePool>, StoreError> {
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
    Ok(Pools { writer, own: Vec::new(), reader })
}

/// Opens the connections to a server. Those that write are apart, so that however many read, nobody who writes waits for
/// a connection behind them.
pub(super) async fn postgres(
    options: PgConnectOptions,
    readers: u32,
    patience: Duration,
    claim: &Arc<Claim>,
) -> Result<Pools<PgPool>, StoreError> {
    let some = |connections| postgres_pool(connections, patience, claim);
    let connect = async |pool: PoolOptions<Postgres>| {
        pool.connect_with(options.clone()).await.map_err(connect_error).doing("connect to PostgreSQL")
    };
    let (writer, reader) = (connect(some(WRITERS)).await?, connect(some(readers)).await?);
    // Opened when it is first needed, as a command that only reads never does.
    let own = || some(1).idle_timeout(None).max_lifetime(None).connect_lazy_with(options.clone());
    Ok(Pools { writer, own: std::iter::repeat_with(own).take(TASKS).collect(), reader })
}

/// Says how connections are opened: they ask for the claim when they are new, and are closed when they do not answer after
/// their use.
fn postgres_pool(connections: u32, patience: Duration, claim: &Arc<Claim>) -> PoolOptions<Postgres> {
    let millis = patience.as_millis();
    // The server ends what nobody waits for any more, so that it does not hold locks.
    let bounds = format!(
        "SET statement_timeout = {millis}; SET idle_in_transaction_session_timeout = {millis}; SET lock_timeout = {millis}"
    );
    let (bounds, claim): (Arc<str>, _) = (bounds.into(), Arc::clone(claim));
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
