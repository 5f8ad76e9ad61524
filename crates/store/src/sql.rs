//! Small helpers for statements that are written as SQL. Placeholders are `$1`, `$2`, … in both dialects.

use crate::error::{Doing, StoreError};
use crate::page::{COUNTED, Direction, Mark, Page, Slice, Total};
use crate::search::folded;
use crate::tx::write::{self, Write};
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

/// Reads a column by its place, from 0.
pub(crate) fn at<T: TryGetable>(row: &QueryResult, place: usize) -> Result<T, StoreError> {
    row.try_get_by_index(place).doing("read a column of a row")
}

/// Takes the next `count` numbers of a counter and tells the last of them. The counter's row stays locked until the
/// transaction ends, so numbers are given in commit order.
pub(crate) fn taking_numbers(counter: &str, count: i64) -> Write {
    let statement = "UPDATE counter SET value = value + $1 WHERE name = $2";
    Write::new("take the next number", statement, [count.into(), counter.into()]).telling("value")
}

/// Takes the next `count` numbers of a counter and returns the last of them.
pub(crate) async fn take_numbers(
    connection: &impl ConnectionTrait,
    counter: &str,
    count: i64,
) -> Result<i64, StoreError> {
    let told = write::run(connection, vec![taking_numbers(counter, count)]).await?;
    let missing = || StoreError::corrupt("counter", "name", counter, "the row is missing");
    told.concat().first().copied().ok_or_else(missing)
}

/// A condition of a statement while it grows, with the values of its placeholders.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    text: String,
    values: Vec<Value>,
}

impl Clause {
    /// Begins with a condition that names these values, in order.
    pub(crate) fn new(text: &str, values: impl IntoIterator<Item = Value>) -> Self {
        Self { text: text.to_owned(), values: values.into_iter().collect() }
    }

    /// Adds a value and returns its placeholder.
    pub(crate) fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Adds a condition, in which `?` stands for this value.
    pub(crate) fn and(&mut self, condition: &str, value: impl Into<Value>) {
        let place = self.value(value);
        self.and_text(&condition.replace('?', &place));
    }

    /// Adds a condition without a value.
    pub(crate) fn and_text(&mut self, condition: &str) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
    }

    /// Asks for a column to be one of these values; an empty list asks for nothing.
    pub(crate) fn any_of<V: Into<Value>>(&mut self, column: &str, wanted: impl IntoIterator<Item = V>) {
        let places: Vec<String> = wanted.into_iter().map(|one| self.value(one)).collect();
        if !places.is_empty() {
            self.and_text(&format!("{column} IN ({})", places.join(", ")));
        }
    }

    /// Asks for a column of folded text to hold this text.
    pub(crate) fn search(&mut self, column: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.and(&format!("{column} LIKE ? ESCAPE '\\'"), contains_pattern(text));
        }
    }

    /// Returns the condition.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the values of its placeholders.
    pub(crate) fn values(&self) -> Vec<Value> {
        self.values.clone()
    }

    /// Asks for the rows after a mark, in a list that is sorted by these columns.
    pub(crate) fn after(&mut self, columns: &[&str], direction: Direction, mark: Option<&Mark>) {
        let text = self.after_text(columns, direction, mark);
        self.text.push_str(&text);
    }

    /// Adds the values of a mark, and writes which rows are after it, beginning with `AND`.
    pub(crate) fn after_text(
        &mut self,
        columns: &[&str],
        direction: Direction,
        mark: Option<&Mark>,
    ) -> String {
        let Some(Mark(keys)) = mark else { return String::new() };
        let places: Vec<String> = keys.iter().map(|key| self.value(key.clone())).collect();
        format!(" AND ({}) {} ({})", columns.join(", "), direction.after(), places.join(", "))
    }

    /// Adds `LIMIT` and `OFFSET` for the rows of a slice and one more, which tells whether others follow.
    pub(crate) fn slice(&mut self, slice: &Slice) -> String {
        self.page(Page { limit: slice.limit + 1, offset: slice.offset() })
    }

    /// Adds `LIMIT` and `OFFSET` and returns them.
    pub(crate) fn page(&mut self, page: Page) -> String {
        let (limit, offset) = (self.value(page.limit as i64), self.value(page.offset as i64));
        format!("LIMIT {limit} OFFSET {offset}")
    }
}

/// Reads a column that counts.
pub(crate) fn count(row: &QueryResult, column: &'static str) -> Result<u64, StoreError> {
    Ok(get::<i64>(row, column)? as u64)
}

/// Reads the column `total` of the one row of a statement that counts.
pub(crate) async fn total(
    connection: &impl ConnectionTrait,
    attempt: &'static str,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, StoreError> {
    one(connection, attempt, sql, values).await?.map_or(Ok(0), |row| count(&row, "total"))
}

/// Counts the rows of `FROM … WHERE …`, as far as a total is exact; a list that is read on from a mark keeps the
/// total that it told before.
pub(crate) async fn counted(
    connection: &impl ConnectionTrait,
    attempt: &'static str,
    source: &str,
    values: Vec<Value>,
    slice: &Slice,
) -> Result<Total, StoreError> {
    if let Some(total) = slice.known_total() {
        return Ok(total);
    }
    let statement =
        format!("SELECT COUNT(*) AS total FROM (SELECT 1 {source} LIMIT {}) AS counted", COUNTED + 1);
    Ok(Total::counted_to(COUNTED, total(connection, attempt, statement, values).await?))
}

/// Writes `ORDER BY` for columns of one direction.
pub(crate) fn order_by(columns: &[&str], direction: Direction) -> String {
    let columns: Vec<String> =
        columns.iter().map(|column| format!("{column} {}", direction.word())).collect();
    format!("ORDER BY {}", columns.join(", "))
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
