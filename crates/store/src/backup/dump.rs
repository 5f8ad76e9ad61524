//! Reading a whole database as it is at one position.

use super::catalog::{self, CatalogRow, Column, Kind, MIGRATIONS, Table};
use super::mark;
use super::row::{self, Cell};
use crate::claim::connect_error;
use crate::connect::Target;
use crate::connect::pool::postgres_options;
use crate::error::{Doing, StoreError};
use crate::migration;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row, SqliteConnection};
use std::time::Duration;
use uuid::Uuid;

/// A block is handed out when it has this many bytes; only a single row can make it much longer.
const BLOCK_BYTES: usize = 4 << 20;
/// How long to wait for a lock of the database.
const PATIENCE: Duration = Duration::from_secs(10);
const ATTEMPT: &str = "read the database for a backup";

/// A database as it was when [`Dump::begin`] returned, whatever is written meanwhile.
#[derive(Debug)]
pub struct Dump {
    source: Source,
    tables: Vec<Table>,
    migrations: Vec<String>,
    position: u64,
    segments: Vec<DumpedSegment>,
}

/// A file of points that belongs to the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpedSegment {
    /// Its name in the segment directory.
    pub file: String,
    /// Its size.
    pub bytes: u64,
}

/// Some rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// One JSON object a line.
    pub lines: String,
    /// How many there are.
    pub rows: u64,
}

#[derive(Debug)]
enum Source {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Dump {
    /// Opens the database beside whoever serves it and begins to see one state of it.
    /// Fails when there is no database, when it has no tables, and when a newer version has migrated it.
    pub async fn begin(target: &Target) -> Result<Self, StoreError> {
        let mut source = Source::open(target).await?;
        let columns = source.three(source.catalog().0).await?;
        let pairs = source.two(source.catalog().1).await?;
        let tables = catalog::tables(columns, &pairs)?;
        if tables.is_empty() {
            return Err(StoreError::Absent("that address: it has no tables yet".into()));
        }
        source.begin(&tables).await?;
        let position = source.number("SELECT value FROM counter WHERE name = 'log'").await?;
        let migrations = format!("SELECT version FROM {MIGRATIONS} ORDER BY version");
        let migrations = source.texts(migrations).await?;
        let known = migration::names();
        if let Some(unknown) = migrations.iter().find(|name| !known.contains(name)) {
            return Err(StoreError::Newer(unknown.clone()));
        }
        if source.number(mark::COUNT).await? > 0 {
            return Err(StoreError::HalfRestored);
        }
        let segments = source.segments().await?;
        Ok(Self { source, tables, migrations, position, segments })
    }

    /// Returns the tables, each after those it refers to.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Returns the names of the migrations that were applied, in order.
    pub fn migrations(&self) -> &[String] {
        &self.migrations
    }

    /// Returns the position of the last entry of the log.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the files of points that belong to the state.
    pub fn segments(&self) -> &[DumpedSegment] {
        &self.segments
    }

    /// Begins to read the rows of a table.
    pub fn rows<'a>(&'a mut self, table: &'a Table) -> Rows<'a> {
        let columns: Vec<String> =
            table.columns.iter().map(|column| self.source.expression(column)).collect();
        let statement = AssertSqlSafe(format!("SELECT {} FROM \"{}\"", columns.join(", "), table.name));
        let found = match &mut self.source {
            Source::Sqlite(connection) => Found::Sqlite(sqlx::query(statement).fetch(connection)),
            Source::Postgres(connection) => Found::Postgres(sqlx::query(statement).fetch(connection)),
        };
        Rows { columns: &table.columns, found }
    }

    /// Stops seeing the state, so that the database may forget it.
    pub async fn close(self) -> Result<(), StoreError> {
        match self.source {
            Source::Sqlite(connection) => connection.close().await,
            Source::Postgres(connection) => connection.close().await,
        }
        .map_err(connect_error)
        .doing(ATTEMPT)
    }
}

/// The rows of one table, read bit by bit.
pub struct Rows<'a> {
    columns: &'a [Column],
    found: Found<'a>,
}

enum Found<'a> {
    Sqlite(BoxStream<'a, Result<SqliteRow, sqlx::Error>>),
    Postgres(BoxStream<'a, Result<PgRow, sqlx::Error>>),
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rows")
    }
}

impl Rows<'_> {
    /// Reads the next rows, some four megabytes; none at the end.
    pub async fn next_block(&mut self) -> Result<Option<Block>, StoreError> {
        let mut block = Block { lines: String::new(), rows: 0 };
        while block.lines.len() < BLOCK_BYTES {
            let Some(cells) = self.next().await.map_err(connect_error).doing(ATTEMPT)? else { break };
            row::write(&mut block.lines, self.columns, cells);
            block.rows += 1;
        }
        Ok((block.rows > 0).then_some(block))
    }

    async fn next(&mut self) -> Result<Option<Vec<Cell>>, sqlx::Error> {
        let columns = self.columns.iter().enumerate();
        let cells: Result<Vec<Cell>, sqlx::Error> = match &mut self.found {
            Found::Sqlite(rows) => {
                let Some(row) = rows.next().await.transpose()? else { return Ok(None) };
                columns.map(|(index, column)| of_sqlite(&row, index, column.kind)).collect()
            }
            Found::Postgres(rows) => {
                let Some(row) = rows.next().await.transpose()? else { return Ok(None) };
                columns.map(|(index, column)| of_postgres(&row, index, column.kind)).collect()
            }
        };
        cells.map(Some)
    }
}

fn of_sqlite(row: &SqliteRow, index: usize, kind: Kind) -> Result<Cell, sqlx::Error> {
    Ok(match kind {
        Kind::Integer => row.try_get_unchecked::<Option<i64>, _>(index)?.map(Cell::Integer),
        Kind::Real => row.try_get_unchecked::<Option<f64>, _>(index)?.map(Cell::Real),
        Kind::Boolean => row.try_get_unchecked::<Option<bool>, _>(index)?.map(Cell::Boolean),
        Kind::Text => row.try_get_unchecked::<Option<String>, _>(index)?.map(Cell::Text),
        Kind::Bytes => row.try_get_unchecked::<Option<Vec<u8>>, _>(index)?.map(Cell::Bytes),
        Kind::Uuid => {
            let bytes = row.try_get_unchecked::<Option<Vec<u8>>, _>(index)?;
            let id = bytes.map(|bytes| Uuid::from_slice(&bytes)).transpose();
            id.map_err(|error| sqlx::Error::Decode(error.into()))?.map(Cell::Uuid)
        }
    }
    .unwrap_or(Cell::Null))
}

fn of_postgres(row: &PgRow, index: usize, kind: Kind) -> Result<Cell, sqlx::Error> {
    Ok(match kind {
        Kind::Integer => row.try_get::<Option<i64>, _>(index)?.map(Cell::Integer),
        Kind::Real => row.try_get::<Option<f64>, _>(index)?.map(Cell::Real),
        Kind::Boolean => row.try_get::<Option<bool>, _>(index)?.map(Cell::Boolean),
        // Ids were turned into texts by the statement.
        Kind::Text | Kind::Uuid => row.try_get::<Option<String>, _>(index)?.map(Cell::Text),
        Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(index)?.map(Cell::Bytes),
    }
    .unwrap_or(Cell::Null))
}

impl Source {
    async fn open(target: &Target) -> Result<Self, StoreError> {
        match target {
            Target::Sqlite(path) => {
                if !path.exists() {
                    return Err(StoreError::Absent(path.display().to_string()));
                }
                // It may write only so that it can read what a killed process left in the write-ahead log.
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(false)
                    .busy_timeout(PATIENCE)
                    .disable_statement_logging();
                SqliteConnection::connect_with(&options).await.map(Self::Sqlite)
            }
            Target::Postgres(url) => {
                PgConnection::connect_with(&postgres_options(url)?).await.map(Self::Postgres)
            }
        }
        .map_err(connect_error)
        .doing(ATTEMPT)
    }

    /// Returns the statements that list the columns and the references.
    fn catalog(&self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite(_) => (catalog::SQLITE_COLUMNS, catalog::SQLITE_REFERENCES),
            Self::Postgres(_) => (catalog::POSTGRES_COLUMNS, catalog::POSTGRES_REFERENCES),
        }
    }

    fn expression(&self, column: &Column) -> String {
        let Column { name, kind } = column;
        match (self, kind) {
            (Self::Postgres(_), Kind::Uuid | Kind::Text) => format!("\"{name}\"::text"),
            (Self::Postgres(_), Kind::Integer) => format!("\"{name}\"::int8"),
            (Self::Postgres(_), Kind::Real) => format!("\"{name}\"::float8"),
            (Self::Postgres(_), Kind::Boolean | Kind::Bytes) | (Self::Sqlite(_), _) => format!("\"{name}\""),
        }
    }

    /// Begins a transaction that sees one state from its first read, which follows. On `PostgreSQL` the tables are
    /// locked against changes of the schema before that, as `pg_dump` does.
    async fn begin(&mut self, tables: &[Table]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => sqlx::query("BEGIN").execute(connection).await.map(drop),
            Self::Postgres(connection) => {
                let names: Vec<String> = tables.iter().map(|table| format!("\"{}\"", table.name)).collect();
                let lock = format!("LOCK TABLE {} IN ACCESS SHARE MODE", names.join(", "));
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                match sqlx::query(begin).execute(&mut *connection).await {
                    Ok(_) => sqlx::query(AssertSqlSafe(lock)).execute(connection).await.map(drop),
                    Err(error) => Err(error),
                }
            }
        }
        .map_err(connect_error)
        .doing(ATTEMPT)
    }

    async fn number(&mut self, statement: &'static str) -> Result<u64, StoreError> {
        let number: i64 = match self {
            Self::Sqlite(connection) => sqlx::query_scalar(statement).fetch_one(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(statement).fetch_one(connection).await,
        }
        .map_err(connect_error)
        .doing(ATTEMPT)?;
        Ok(number.max(0) as u64)
    }

    async fn texts(&mut self, statement: String) -> Result<Vec<String>, StoreError> {
        let statement = AssertSqlSafe(statement);
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(statement).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(statement).fetch_all(connection).await,
        }
        .map_err(connect_error)
        .doing(ATTEMPT)
    }

    async fn two(&mut self, statement: &'static str) -> Result<Vec<(String, String)>, StoreError> {
        match self {
            Self::Sqlite(connection) => sqlx::query_as(statement).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_as(statement).fetch_all(connection).await,
        }
        .map_err(connect_error)
        .doing(ATTEMPT)
    }

    async fn three(&mut self, statement: &'static str) -> Result<Vec<CatalogRow>, StoreError> {
        match self {
            Self::Sqlite(connection) => sqlx::query_as(statement).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_as(statement).fetch_all(connection).await,
        }
        .map_err(connect_error)
        .doing(ATTEMPT)
    }

    async fn segments(&mut self) -> Result<Vec<DumpedSegment>, StoreError> {
        let statement = "SELECT file, byte_count FROM segment ORDER BY file";
        let rows: Vec<(String, i64)> = match self {
            Self::Sqlite(connection) => sqlx::query_as(statement).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_as(statement).fetch_all(connection).await,
        }
        .map_err(connect_error)
        .doing(ATTEMPT)?;
        Ok(rows.into_iter().map(|(file, bytes)| DumpedSegment { file, bytes: bytes.max(0) as u64 }).collect())
    }
}
