//! The database as a backup holds it: every row of every table as it was at one position of the log, in a form that
//! does not depend on the kind of database.
//!
//! **One state.** [`Dump`] reads in one transaction that sees one state: a read transaction of `SQLite`'s write-ahead
//! log, `REPEATABLE READ` on `PostgreSQL`. It writes nothing, and nobody waits for it. Since the points of the log that
//! are in no segment yet are in the same state as the list of segments and the indexer's position, the files that
//! [`Dump::segments`] names complete it.
//!
//! **Any table.** The tables and their columns are read from the database's own catalog and written in an order in
//! which rows come after those they refer to, so a migration that adds a table needs no change here. Names of
//! migrations travel with the rows; the table in which they are kept does not.
//!
//! **One form.** A row is a JSON object on a line. Ids are texts, bytes are base64, numbers are written so that they
//! are read back to the bit. So a backup of `SQLite` can be loaded into `PostgreSQL` and the other way round.

mod catalog;
mod dump;
mod load;
pub mod mark;
mod row;

pub use catalog::{Column, Kind, Table};
pub use dump::{Block, Dump, DumpedSegment, Rows};
pub use load::{Load, check_empty};

use crate::error::StoreError;
use crate::migration;

/// Checks that this version knows the migrations of a backup, and returns how many it has.
pub fn check_migrations(applied: &[String]) -> Result<u32, StoreError> {
    let known = migration::names();
    if let Some(unknown) = applied.iter().find(|name| !known.contains(name)) {
        return Err(StoreError::ForeignBackup(format!(
            "it was made by a newer version of Tracely, whose migration {unknown} this one does not know"
        )));
    }
    if applied.is_empty() || !known.starts_with(applied) {
        return Err(StoreError::ForeignBackup(format!(
            "its migrations are not those that lead to this version: {}",
            applied.join(", ")
        )));
    }
    Ok(applied.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::check_migrations;
    use crate::migration;

    #[test]
    fn migrations_of_a_backup_begin_those_that_are_known() {
        let known = migration::names();
        assert_eq!(check_migrations(&known).unwrap() as usize, known.len());
        assert_eq!(check_migrations(&known[..2]).unwrap(), 2);
        assert!(check_migrations(&[]).is_err());
        assert!(check_migrations(&known[1..]).is_err());
        let newer = [known, vec!["m9999_flying".to_owned()]].concat();
        let refused = check_migrations(&newer).unwrap_err().to_string();
        assert!(refused.contains("m9999_flying"), "{refused}");
    }
}
