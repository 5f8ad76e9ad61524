//! Telling each statement to somebody who watches, as a text that can be run again.

use sea_orm::{DatabaseConnection, DbBackend, Statement, Value};
use std::sync::Arc;

/// Hears of each statement after it has run, with its values written into it. Called while its task waits.
pub type Observer = Arc<dyn Fn(String) + Send + Sync>;

/// Makes a connection tell its statements to an observer, if there is one.
pub(crate) fn observed(mut connection: DatabaseConnection, observer: Option<Observer>) -> DatabaseConnection {
    if let Some(observer) = observer {
        connection.set_metric_callback(move |info| observer(written_out(info.statement)));
    }
    connection
}

/// Writes the values of a statement in the place of `$1` or `?`. None of our statements has these in a text.
fn written_out(statement: &Statement) -> String {
    let values: Vec<String> = statement
        .values
        .iter()
        .flat_map(|values| &values.0)
        .map(|value| literal(statement.db_backend, value))
        .collect();
    let mut written = String::with_capacity(statement.sql.len());
    let mut unnumbered = values.iter();
    let mut rest = statement.sql.as_str();
    while let Some(place) = rest.find(['$', '?']) {
        written.push_str(&rest[..place]);
        let digits = rest[place + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[place + 1..=place + digits].parse::<usize>().ok();
        let value = match number {
            Some(number) => values.get(number - 1),
            None => unnumbered.next(),
        };
        written.push_str(value.map_or("NULL", String::as_str));
        rest = &rest[place + 1 + digits..];
    }
    written.push_str(rest);
    written
}

fn literal(backend: DbBackend, value: &Value) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    match (value, backend) {
        (Value::Uuid(Some(id)), DbBackend::Sqlite) => format!("x'{}'", hex(id.as_bytes())),
        (Value::Uuid(Some(id)), _) => format!("'{id}'::UUID"),
        (Value::Bytes(Some(bytes)), DbBackend::Sqlite) => format!("x'{}'", hex(bytes)),
        (Value::Bytes(Some(bytes)), _) => format!("'\\x{}'::BYTEA", hex(bytes)),
        // The type that the driver gives it.
        (Value::BigInt(Some(number)), DbBackend::Postgres) => format!("{number}::BIGINT"),
        (Value::String(Some(text)), DbBackend::Postgres) => format!("'{}'::TEXT", text.replace('\'', "''")),
        (Value::String(Some(text)), _) => format!("'{}'", text.replace('\'', "''")),
        (value, _) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::written_out;
    use sea_orm::{DbBackend, Statement};
    use uuid::Uuid;

    #[test]
    fn values_are_written_where_their_places_are() {
        let values = [7_i64.into(), "it's".into(), Uuid::from_u128(1).into()];
        let numbered = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT $3, $1 WHERE $2 = $1",
            values.clone(),
        );
        let id = "00000000-0000-0000-0000-000000000001";
        assert_eq!(
            written_out(&numbered),
            format!("SELECT '{id}'::UUID, 7::BIGINT WHERE 'it''s'::TEXT = 7::BIGINT")
        );
        let unnumbered = Statement::from_sql_and_values(DbBackend::Sqlite, "SELECT ?, ? || ?", values);
        assert_eq!(written_out(&unnumbered), "SELECT 7, 'it''s' || x'00000000000000000000000000000001'");
    }
}
