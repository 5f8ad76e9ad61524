//! What can go wrong with the database, told by what was being attempted.

use sea_orm::{DbErr, RuntimeErr, SqlErr};
use sqlx::error::ErrorKind;
use std::fmt::Display;

/// A failed attempt.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("could not {attempt}")]
    Database {
        /// What was being done, as a verb phrase.
        attempt: &'static str,
        /// Why it failed.
        #[source]
        source: DbErr,
    },
    /// A value must be unique and is taken.
    #[error("could not {attempt}: it is already taken")]
    Taken {
        /// What was being done, as a verb phrase.
        attempt: &'static str,
    },
    /// A row holds what this version cannot read.
    #[error("{table}.{column} of row {row} cannot be read: {why}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        row: String,
        /// What is wrong with it.
        why: String,
    },
    /// Another process moved a consumer's position, so the state in memory is no longer true.
    #[error("the position of {consumer} was moved by another process")]
    PositionMoved {
        /// Which consumer.
        consumer: &'static str,
    },
    /// An organization has as many series as it may have.
    #[error("the organization has {limit} series, which is the limit")]
    TooManySeries {
        /// The limit.
        limit: u64,
    },
    /// A list was to be read on from a mark that it has not made.
    #[error("the mark belongs to another list")]
    ForeignMark,
    /// The database is newer than this program.
    #[error("the database was migrated by a newer version of Tracely: {0}")]
    Newer(String),
    /// Another process uses the database.
    #[error(
        "another Tracely process is serving this database; stop it first, or give this one its own database"
    )]
    InUse,
    /// Another process used the database while this one could not.
    #[error("another Tracely process has served this database in the meantime; start this one again")]
    Overtaken,
    /// There is no database, and none may be made.
    #[error("there is no database at {0}")]
    Absent(String),
    /// A backup may only be restored where nothing is.
    #[error("the database is not empty: table {0} has rows; restore into a new one")]
    NotEmpty(String),
    /// A database holds only a part of a backup.
    #[error(
        "a restore into this database was not finished; run `tracely restore` again, which begins anew, or use an empty \
         database"
    )]
    HalfRestored,
    /// A backup holds what this version cannot take.
    #[error("the backup cannot be restored: {0}")]
    ForeignBackup(String),
}

/// What keeps a database from storing anything, as far as it says so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Its disk has no room left.
    Full,
    /// It can be read and not written.
    ReadOnly,
    /// Its disk reports errors.
    Disk,
}

impl StoreError {
    /// Returns what keeps the database from storing anything; none when it was something else, or nobody knows.
    pub fn trouble(&self) -> Option<Trouble> {
        let Self::Database { source, .. } = self else { return None };
        let (DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))
        | DbErr::Conn(RuntimeErr::SqlxError(inner))) = source
        else {
            return None;
        };
        let error = inner.as_database_error()?;
        let code = error.code()?;
        if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
            // The low byte of SQLite's result codes says what kind it is.
            return match code.parse::<u32>().ok()? & 0xFF {
                8 => Some(Trouble::ReadOnly),
                10 | 14 => Some(Trouble::Disk),
                13 => Some(Trouble::Full),
                _ => None,
            };
        }
        match code.as_ref() {
            "53100" => Some(Trouble::Full),
            "25006" => Some(Trouble::ReadOnly),
            "58030" => Some(Trouble::Disk),
            _ => None,
        }
    }

    /// Says whether the same attempt may succeed later without anybody changing its input.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database { source, .. } => !breaks_constraint(source),
            Self::PositionMoved { .. } => true,
            Self::Taken { .. }
            | Self::Corrupt { .. }
            | Self::TooManySeries { .. }
            | Self::ForeignMark
            | Self::Newer(_)
            | Self::InUse
            | Self::Overtaken
            | Self::Absent(_)
            | Self::NotEmpty(_)
            | Self::HalfRestored
            | Self::ForeignBackup(_) => false,
        }
    }

    pub(crate) fn corrupt(
        table: &'static str,
        column: &'static str,
        row: impl Display,
        why: impl Display,
    ) -> Self {
        Self::Corrupt { table, column, row: format!("{row}"), why: format!("{why}") }
    }
}

/// Says whether the statement was refused for what it would store, which no repetition changes.
fn breaks_constraint(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))) = error
    else {
        return false;
    };
    let kind = inner.as_database_error().map(sqlx::error::DatabaseError::kind);
    kind.is_some_and(|kind| !matches!(kind, ErrorKind::Other))
}

/// Names the attempt that failed.
pub(crate) trait Doing<T> {
    fn doing(self, attempt: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, DbErr> {
    fn doing(self, attempt: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| match source.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => StoreError::Taken { attempt },
            _ => StoreError::Database { attempt, source },
        })
    }
}
