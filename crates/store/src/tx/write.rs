//! Statements that go to the database together.
//!
//! Each statement is a way to the database and back, on which two threads or processes wake each other; on a machine
//! with nothing else to do that takes longer than the statement. What nobody reads before the commit need not go alone.
//!
//! On `PostgreSQL` several statements are the parts of one (`WITH a AS (…), b AS (…) SELECT …`). All of them see what was
//! there before, so none may rest on what another writes; foreign keys are looked at when all are done. On `SQLite` they
//! are one text with the values numbered through, and run one after the other.

use crate::error::StoreError;
use crate::sql;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

/// A statement that changes rows.
#[derive(Debug)]
pub(crate) struct Write {
    attempt: &'static str,
    /// What is named before the statement, in the words of `WITH`; may be empty.
    with: String,
    sql: String,
    values: Vec<Value>,
    /// What it tells of each row that it writes: a whole number.
    told: Option<&'static str>,
    /// The consumer that was elsewhere when no row is written.
    moves: Option<&'static str>,
}

impl Write {
    pub(crate) fn new(
        attempt: &'static str,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Self {
        let values = values.into_iter().collect();
        Self { attempt, with: String::new(), sql: sql.into(), values, told: None, moves: None }
    }

    /// Takes what a builder has made for `PostgreSQL`, whose placeholders both databases know.
    pub(crate) fn built(attempt: &'static str, statement: Statement) -> Self {
        let values = statement.values.map(|values| values.0).unwrap_or_default();
        Self::new(attempt, statement.sql, values)
    }

    /// Names something before the statement; the values of both are numbered together.
    pub(crate) fn with(mut self, named: String) -> Self {
        self.with = named;
        self
    }

    /// Tells a number of each row that is written.
    pub(crate) fn telling(mut self, number: &'static str) -> Self {
        self.told = Some(number);
        self
    }

    /// Fails when no row is written: then a consumer is not where it should be.
    pub(crate) fn moving(self, consumer: &'static str) -> Self {
        Self { moves: Some(consumer), ..self.telling("1") }
    }

    /// Returns how many values it has.
    pub(crate) fn size(&self) -> usize {
        self.values.len()
    }

    /// Writes what is returned of each row, if anything is.
    fn returning(&self, place: usize) -> String {
        self.told.map_or(String::new(), |told| {
            format!(" RETURNING CAST({place} AS BIGINT) AS place, CAST({told} AS BIGINT) AS told")
        })
    }
}

/// Runs statements, and returns what each tells of the rows that it has written.
pub(crate) async fn run(
    connection: &impl ConnectionTrait,
    writes: Vec<Write>,
) -> Result<Vec<Vec<i64>>, StoreError> {
    // What the others belong to comes first.
    let Some(attempt) = writes.first().map(|write| write.attempt) else { return Ok(Vec::new()) };
    let mut told = vec![Vec::new(); writes.len()];
    let moves: Vec<_> = writes.iter().map(|write| write.moves).collect();
    let are_parts = writes.len() > 1 && connection.get_database_backend() == DbBackend::Postgres;
    let text = if are_parts { as_parts(&writes) } else { in_turn(&writes) };
    let values = writes.into_iter().flat_map(|write| write.values);
    for row in sql::all(connection, attempt, text, values).await? {
        let place = sql::count(&row, "place")? as usize;
        if let Some(of_write) = told.get_mut(place) {
            of_write.push(sql::get(&row, "told")?);
        }
    }
    for (consumer, told) in moves.into_iter().zip(&told) {
        if let Some(consumer) = consumer
            && told.is_empty()
        {
            return Err(StoreError::PositionMoved { consumer });
        }
    }
    Ok(told)
}

/// Writes statements one after the other.
fn in_turn(writes: &[Write]) -> String {
    let mut before = 0;
    let one = |(place, write): (usize, &Write)| {
        let with = if write.with.is_empty() { String::new() } else { format!("WITH {} ", write.with) };
        let text = format!("{with}{}{}", write.sql, write.returning(place));
        let text = numbered_from(&text, before);
        before += write.values.len();
        text
    };
    writes.iter().enumerate().map(one).collect::<Vec<_>>().join("; ")
}

/// Writes statements as the parts of one that returns what they tell.
fn as_parts(writes: &[Write]) -> String {
    let (mut parts, mut tells, mut before) = (Vec::new(), Vec::new(), 0);
    for (place, write) in writes.iter().enumerate() {
        if !write.with.is_empty() {
            parts.push(numbered_from(&write.with, before));
        }
        let text = numbered_from(&write.sql, before);
        parts.push(format!("written_{place} AS ({text}{})", write.returning(place)));
        if write.told.is_some() {
            tells.push(format!("SELECT place, told FROM written_{place}"));
        }
        before += write.values.len();
    }
    if tells.is_empty() {
        tells.push("SELECT CAST(0 AS BIGINT) AS place, CAST(0 AS BIGINT) AS told WHERE FALSE".into());
    }
    format!("WITH {} {}", parts.join(", "), tells.join(" UNION ALL "))
}

/// Adds a number to those of all placeholders. No statement has a dollar for anything else.
fn numbered_from(text: &str, before: usize) -> String {
    let mut pieces = text.split('$');
    let mut numbered = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(piece.len());
        let number = piece[..end].parse::<usize>().unwrap_or_default();
        numbered.push('$');
        numbered.push_str(&(number + before).to_string());
        numbered.push_str(&piece[end..]);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::{Write, as_parts, in_turn};

    fn writes() -> Vec<Write> {
        let insert = Write::new("add", "INSERT INTO a VALUES ($1, $2)", [1.into(), 2.into()]);
        let append =
            Write::new("append", "INSERT INTO b SELECT x + $3 FROM f", [3.into(), 4.into(), 5.into()]);
        let append = append.with("f (x) AS (VALUES ($1), ($2))".into()).telling("x");
        vec![insert, append, Write::new("move", "UPDATE c SET d = $1", [6.into()]).moving("evaluator")]
    }

    #[test]
    fn values_are_numbered_through_in_one_text() {
        assert_eq!(
            in_turn(&writes()),
            "INSERT INTO a VALUES ($1, $2); \
             WITH f (x) AS (VALUES ($3), ($4)) INSERT INTO b SELECT x + $5 FROM f \
             RETURNING CAST(1 AS BIGINT) AS place, CAST(x AS BIGINT) AS told; \
             UPDATE c SET d = $6 RETURNING CAST(2 AS BIGINT) AS place, CAST(1 AS BIGINT) AS told"
        );
    }

    #[test]
    fn parts_of_one_statement_are_named_and_their_numbers_returned() {
        assert_eq!(
            as_parts(&writes()),
            "WITH written_0 AS (INSERT INTO a VALUES ($1, $2)), f (x) AS (VALUES ($3), ($4)), \
             written_1 AS (INSERT INTO b SELECT x + $5 FROM f \
             RETURNING CAST(1 AS BIGINT) AS place, CAST(x AS BIGINT) AS told), \
             written_2 AS (UPDATE c SET d = $6 RETURNING CAST(2 AS BIGINT) AS place, CAST(1 AS BIGINT) AS told) \
             SELECT place, told FROM written_1 UNION ALL SELECT place, told FROM written_2"
        );
        assert_eq!(
            as_parts(&writes()[..1]),
            "WITH written_0 AS (INSERT INTO a VALUES ($1, $2)) \
             SELECT CAST(0 AS BIGINT) AS place, CAST(0 AS BIGINT) AS told WHERE FALSE"
        );
    }
}
