//! Small helpers for statements that are written as SQL. Placeholders are `$1`, `$2`, … in both dialects.

use crate::error::{Doing, StoreError};
use crate::search::folded;
use sea_orm::{ConnectionTrait, QueryResult, Statement, TryGetable, Value};

pub(crate) async fn execute(
    connection: &impl ConnectionTrait,
    attempt: &'static str,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, StoreError> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    Ok(connection.execute_raw(statement).await.doing(attempt)?.rows_affected())
}

pub(crate) async fn one(
    connection: &impl ConnectionTrait,
    attempt: &'static str,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<QueryResult>, StoreError> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    connection.query_one_raw(statement).await.doing(attempt)
}

pub(crate) async fn all(
    connection: &impl ConnectionTrait,
    attempt: &'static str,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, StoreError> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    connection.query_all_raw(statement).await.doing(attempt)
}

/// Reads a column by its name.
pub(crate) fn get<T: TryGetable>(row: &QueryResult, column: &'static str) -> Result<T, StoreError> {
    row.try_get("", column).doing("read a column of a row")
}

/// Takes the next `count` numbers of a counter and returns the last of them. The counter's row stays locked until
/// the transaction ends, so numbers are given in commit order.
pub(crate) async fn take_numbers(
    connection: &impl ConnectionTrait,
    counter: &str,
    count: i64,
) -> Result<i64, StoreError> {
    let statement = "UPDATE counter SET value = value + $1 WHERE name = $2 RETURNING value";
    let row = one(connection, "take the next number", statement, [count.into(), counter.into()]).await?;
    let Some(row) = row else {
        return Err(StoreError::corrupt("counter", "name", counter, "the row is missing"));
    };
    get(&row, "value")
}

/// Writes `($1, $2), ($3, $4)` for `rows` rows of `columns` values.
pub(crate) fn placeholders(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 5);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            if column > 0 {
                text.push_str(", ");
            }
            text.push('$');
            text.push_str(&(row * columns + column + 1).to_string());
        }
        text.push(')');
    }
    text
}

/// Makes a pattern for `LIKE … ESCAPE '\'` that finds a text anywhere, taking its characters literally.
pub(crate) fn contains_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in folded(text).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::{contains_pattern, placeholders};

    #[test]
    fn placeholders_are_numbered_through() {
        assert_eq!(placeholders(2, 3), "($1, $2, $3), ($4, $5, $6)");
    }

    #[test]
    fn wildcards_in_a_search_are_taken_literally() {
        assert_eq!(contains_pattern("50%_A\\"), "%50\\%\\_a\\\\%");
    }
}
