//! Filling an empty database with the rows of a backup.

use super::catalog::{self, Column, Kind, Table};
use super::{check_migrations, mark, row};
use crate::connect::{Store, Target};
use crate::error::{Doing, StoreError};
use crate::sql;
use sea_orm::{DatabaseTransaction, DbBackend, TransactionTrait, Value};
use std::collections::BTreeMap;

/// Rows of one INSERT at most, and values: far below the limits of both databases.
const ROWS_PER_INSERT: usize = 500;
const VALUES_PER_INSERT: usize = 8_000;
/// Bytes of one INSERT, from which on no row is added.
const BYTES_PER_INSERT: usize = 4 << 20;
/// On `SQLite`, commit when this much was inserted: what is not committed is in memory and in the write-ahead log.
const BYTES_PER_COMMIT: usize = 64 << 20;
const ATTEMPT: &str = "restore a row";
/// Tables in which the migrations themselves put rows.
const SEEDED: [&str; 4] = ["consumer", "counter", "metric_type", "organization"];

/// A database while it is filled.
///
/// On `PostgreSQL` everything is one transaction, so that a restore that is cut off in it leaves an empty database. On
/// `SQLite` it is committed in steps. [`Load::mark`] keeps others away until the caller has done the rest.
#[derive(Debug)]
pub struct Load {
    store: Store,
    /// There is one, except while it is committed and the next begins.
    tx: Option<DatabaseTransaction>,
    tables: BTreeMap<String, Vec<Column>>,
    uncommitted: usize,
}

impl Load {
    /// Makes the tables as they were when the backup was made, and empties those that are born with rows.
    /// Fails, with nothing changed but empty tables made, when the database holds anything, or when the tables of the
    /// backup are not those of its migrations.
    pub async fn begin(store: &Store, migrations: &[String], tables: &[Table]) -> Result<Self, StoreError> {
        let steps = check_migrations(migrations)?;
        check_empty(store).await?;
        let applied = store.migrations().await?.iter().filter(|migration| migration.applied).count() as u32;
        if applied > steps {
            store.migrate_down(applied - steps).await?;
        } else if applied < steps {
            store.migrate_up(Some(steps - applied)).await?;
        }
        let here = tables_of(store).await?;
        compare(&here, tables)?;
        let tx = begin(store).await?;
        for table in here.iter().rev() {
            sql::execute(&tx, "empty a table", format!("DELETE FROM \"{}\"", table.name), []).await?;
        }
        let tables = here.into_iter().map(|table| (table.name, table.columns)).collect();
        Ok(Self { store: store.clone(), tx: Some(tx), tables, uncommitted: 0 })
    }

    /// Marks the database as one that is being restored, with the number of the restore. The caller takes the mark away
    /// when everything else is in place.
    pub async fn mark(&self, number: u64) -> Result<(), StoreError> {
        mark::set(self.open_tx(), number).await
    }

    /// Inserts the rows of a block, one JSON object a line, and returns how many.
    pub async fn insert(&mut self, table: &str, lines: &[u8]) -> Result<u64, StoreError> {
        let foreign = |line: usize, why: &str| {
            StoreError::ForeignBackup(format!("line {line} of a block of table {table}: {why}"))
        };
        let Some(columns) = self.tables.get(table).cloned() else {
            return Err(StoreError::ForeignBackup(format!("there is no table {table}")));
        };
        let most = (VALUES_PER_INSERT / columns.len().max(1)).clamp(1, ROWS_PER_INSERT);
        let (mut values, mut rows, mut bytes, mut total) = (Vec::new(), 0, 0, 0);
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        for (number, line) in lines.enumerate() {
            values.extend(row::read(line, &columns).map_err(|why| foreign(number + 1, &why))?);
            rows += 1;
            total += 1;
            bytes += line.len();
            if rows == most || bytes >= BYTES_PER_INSERT {
                self.insert_rows(table, &columns, rows, std::mem::take(&mut values)).await?;
                self.uncommitted += bytes;
                (rows, bytes) = (0, 0);
            }
        }
        if rows > 0 {
            self.insert_rows(table, &columns, rows, values).await?;
            self.uncommitted += bytes;
        }
        self.commit_some().await?;
        Ok(total)
    }

    /// Makes the rows durable.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        self.commit().await
    }

    async fn insert_rows(
        &self,
        table: &str,
        columns: &[Column],
        rows: usize,
        values: Vec<Value>,
    ) -> Result<(), StoreError> {
        let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let places = sql::placeholders(rows, columns.len());
        let insert = format!("INSERT INTO \"{table}\" ({}) VALUES {places}", names.join(", "));
        sql::execute(self.open_tx(), ATTEMPT, insert, values).await?;
        Ok(())
    }

    fn open_tx(&self) -> &DatabaseTransaction {
        self.tx.as_ref().expect("a transaction is open between calls")
    }

    async fn commit_some(&mut self) -> Result<(), StoreError> {
        let in_steps = matches!(self.store.target(), Target::Sqlite(_));
        if in_steps && self.uncommitted >= BYTES_PER_COMMIT {
            // There is one connection that writes, so the old transaction ends before the next begins.
            self.commit().await?;
            self.tx = Some(begin(&self.store).await?);
            self.uncommitted = 0;
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        let Some(tx) = self.tx.take() else { return Ok(()) };
        tx.commit().await.doing("commit what was restored")
    }
}

/// Begins a transaction that may take as long as it takes, and wait for files between its statements.
pub(super) async fn begin(store: &Store) -> Result<DatabaseTransaction, StoreError> {
    let tx = store.writer().begin().await.doing(ATTEMPT)?;
    if matches!(store.target(), Target::Postgres(_)) {
        for setting in ["idle_in_transaction_session_timeout", "statement_timeout"] {
            sql::execute(&tx, ATTEMPT, format!("SET LOCAL {setting} = 0"), []).await?;
        }
    }
    Ok(tx)
}

/// Refuses a database in which anything was ever stored; tables without what people or points made are nothing.
pub async fn check_empty(store: &Store) -> Result<(), StoreError> {
    for Table { name, .. } in tables_of(store).await? {
        let condition = match name.as_str() {
            "counter" => "WHERE name IN ('log', 'series') AND value > 0",
            "metric_type" => "WHERE NOT built_in",
            seeded if SEEDED.contains(&seeded) => continue,
            _ => "",
        };
        let look = format!("SELECT 1 AS found FROM \"{name}\" {condition} LIMIT 1");
        if sql::one(store.reader(), "look whether a table is empty", look, []).await?.is_some() {
            return Err(StoreError::NotEmpty(name));
        }
    }
    Ok(())
}

pub(super) async fn tables_of(store: &Store) -> Result<Vec<Table>, StoreError> {
    let (columns, references) = match store.reader().unbounded().get_database_backend() {
        DbBackend::Postgres => (catalog::POSTGRES_COLUMNS, catalog::POSTGRES_REFERENCES),
        _ => (catalog::SQLITE_COLUMNS, catalog::SQLITE_REFERENCES),
    };
    let attempt = "list the tables";
    let text = |row: &sea_orm::QueryResult, index| row.try_get_by_index::<String>(index).doing(attempt);
    let columns = sql::all(store.reader(), attempt, columns, []).await?;
    let columns = columns.iter().map(|row| Ok((text(row, 0)?, text(row, 1)?, text(row, 2)?)));
    let references = sql::all(store.reader(), attempt, references, []).await?;
    let references = references.iter().map(|row| Ok((text(row, 0)?, text(row, 1)?)));
    catalog::tables(
        columns.collect::<Result<_, StoreError>>()?,
        &references.collect::<Result<Vec<_>, StoreError>>()?,
    )
}

/// Compares the tables that the migrations made with those of the backup; the order of columns does not matter.
fn compare(here: &[Table], there: &[Table]) -> Result<(), StoreError> {
    let sorted = |tables: &[Table]| -> BTreeMap<String, BTreeMap<String, Kind>> {
        let columns =
            |table: &Table| table.columns.iter().map(|column| (column.name.clone(), column.kind)).collect();
        tables.iter().map(|table| (table.name.clone(), columns(table))).collect()
    };
    let (here, there) = (sorted(here), sorted(there));
    if here == there {
        return Ok(());
    }
    let differs = |name: &&String| here.get(*name) != there.get(*name);
    let names: Vec<&str> = here.keys().chain(there.keys()).filter(differs).map(String::as_str).collect();
    let names = names.join(", ");
    Err(StoreError::ForeignBackup(format!("these tables are not those of its migrations: {names}")))
}
