//! Which tables and columns there are, from the database's own catalog.

use crate::error::StoreError;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The table of the migrator, which no backup has.
pub(super) const MIGRATIONS: &str = "seaql_migrations";

/// A table with the columns that a backup has of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in their order in the table; those that the database computes are left out.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub kind: Kind,
}

/// What is in a column, whatever the database calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A whole number of at most 64 bits; a JSON number.
    Integer,
    /// A floating-point number; a JSON number, or the text `inf`, `-inf` or `NaN`.
    Real,
    /// A truth value; `true` or `false`.
    Boolean,
    /// A text.
    Text,
    /// Bytes; a base64 text with padding.
    Bytes,
    /// A UUID; a text with hyphens.
    Uuid,
}

/// What the catalog says about one column: table, column, type as the database calls it.
pub(super) type CatalogRow = (String, String, String);

/// Lists the columns of all tables of `SQLite`, without those of full-text indexes and what is computed.
pub(super) const SQLITE_COLUMNS: &str = "SELECT t.name, c.name, c.type FROM pragma_table_list t, \
     pragma_table_xinfo(t.name) c WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
     AND c.hidden = 0 ORDER BY t.name, c.cid";
/// Lists which table of `SQLite` refers to which.
pub(super) const SQLITE_REFERENCES: &str = "SELECT t.name, f.\"table\" FROM pragma_table_list t, \
     pragma_foreign_key_list(t.name) f WHERE t.schema = 'main' AND t.type = 'table'";
/// Lists the columns of all tables of `PostgreSQL`, without what is computed.
pub(super) const POSTGRES_COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text, c.udt_name::text \
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) \
     WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' \
     ORDER BY c.table_name, c.ordinal_position";
/// Lists which table of `PostgreSQL` refers to which.
pub(super) const POSTGRES_REFERENCES: &str = "SELECT child.relname::text, parent.relname::text \
     FROM pg_constraint f JOIN pg_class child ON child.oid = f.conrelid JOIN pg_class parent ON parent.oid = f.confrelid \
     WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace";

/// Orders the tables so that each comes after those it refers to; of equal right, by name.
pub(super) fn tables(
    columns: Vec<CatalogRow>,
    references: &[(String, String)],
) -> Result<Vec<Table>, StoreError> {
    let mut waiting: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for (table, name, of_database) in columns {
        if table == MIGRATIONS {
            continue;
        }
        let kind = kind(&of_database).ok_or_else(|| {
            StoreError::corrupt(
                "catalog",
                "type",
                format!("{table}.{name}"),
                format!("a backup has no form for {of_database}"),
            )
        })?;
        waiting.entry(table).or_default().push(Column { name, kind });
    }
    let mut placed = BTreeSet::new();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let is_ready = |table: &String| {
            let mut parents = references.iter().filter(|(child, _)| child == table);
            parents.all(|(_, parent)| parent == table || placed.contains(parent))
        };
        let ready: Vec<String> = waiting.keys().filter(|table| is_ready(table)).cloned().collect();
        if ready.is_empty() {
            let left: Vec<&str> = waiting.keys().map(String::as_str).collect();
            return Err(StoreError::corrupt(
                "catalog",
                "references",
                left.join(", "),
                "they refer to each other",
            ));
        }
        for name in ready {
            let columns = waiting.remove(&name).unwrap_or_default();
            placed.insert(name.clone());
            ordered.push(Table { name, columns });
        }
    }
    Ok(ordered)
}

fn kind(of_database: &str) -> Option<Kind> {
    match of_database.to_ascii_lowercase().as_str() {
        "bigint" | "integer" | "smallint" | "int8" | "int4" | "int2" => Some(Kind::Integer),
        "double precision" | "real" | "float8" | "float4" => Some(Kind::Real),
        "boolean" | "bool" => Some(Kind::Boolean),
        "text" | "varchar" => Some(Kind::Text),
        "blob" | "bytea" => Some(Kind::Bytes),
        "uuid" => Some(Kind::Uuid),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::tables;

    fn columns(tables: &[&str]) -> Vec<super::CatalogRow> {
        tables.iter().map(|table| ((*table).into(), "id".into(), "UUID".into())).collect()
    }

    #[test]
    fn tables_come_after_those_they_refer_to() {
        let references =
            [("a".to_owned(), "c".to_owned()), ("c".into(), "b".into()), ("c".into(), "c".into())];
        let ordered = tables(columns(&["a", "b", "c", "seaql_migrations"]), &references).unwrap();
        let names: Vec<&str> = ordered.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["b", "c", "a"]);
        let circle = [("a".to_owned(), "b".to_owned()), ("b".into(), "a".into())];
        assert!(tables(columns(&["a", "b"]), &circle).is_err());
    }

    #[test]
    fn a_type_without_a_form_is_named() {
        let refused = tables(vec![("a".into(), "shape".into(), "POLYGON".into())], &[]).unwrap_err();
        assert!(refused.to_string().contains("a.shape"), "{refused}");
    }
}
