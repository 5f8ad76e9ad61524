//! A row as a line of JSON, and back.

use super::catalog::{Column, Kind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sea_orm::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use uuid::Uuid;

/// A value as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Text(String),
    Bytes(Vec<u8>),
    Uuid(Uuid),
}

/// Writes a row as a JSON object with a line break.
pub(super) fn write(line: &mut String, columns: &[Column], cells: impl IntoIterator<Item = Cell>) {
    line.push('{');
    for (index, (column, cell)) in columns.iter().zip(cells).enumerate() {
        if index > 0 {
            line.push(',');
        }
        text(line, &column.name);
        line.push(':');
        value(line, cell);
    }
    line.push_str("}\n");
}

fn value(line: &mut String, cell: Cell) {
    match cell {
        Cell::Null => line.push_str("null"),
        Cell::Integer(number) => line.push_str(&number.to_string()),
        // The shortest digits that are read back to the same number.
        Cell::Real(number) if number.is_finite() => {
            write!(line, "{number:?}").expect("a string takes any text");
        }
        Cell::Real(number) => text(line, &number.to_string()),
        Cell::Boolean(yes) => line.push_str(if yes { "true" } else { "false" }),
        Cell::Text(of_row) => text(line, &of_row),
        Cell::Bytes(bytes) => {
            line.push('"');
            BASE64.encode_string(bytes, line);
            line.push('"');
        }
        Cell::Uuid(id) => {
            line.push('"');
            line.push_str(&id.to_string());
            line.push('"');
        }
    }
}

fn text(line: &mut String, of_row: &str) {
    line.push('"');
    for character in of_row.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            control if u32::from(control) < 0x20 => {
                write!(line, "\\u{:04x}", u32::from(control)).expect("a string takes any text");
            }
            other => line.push(other),
        }
    }
    line.push('"');
}

/// Reads the values of a line, in the order of the columns. The error says what is wrong with it.
pub(super) fn read(line: &[u8], columns: &[Column]) -> Result<Vec<Value>, String> {
    let mut fields: BTreeMap<String, &RawValue> =
        serde_json::from_slice(line).map_err(|error| format!("it is not an object: {error}"))?;
    let mut values = Vec::with_capacity(columns.len());
    for column in columns {
        let field = fields.remove(&column.name).ok_or_else(|| format!("it has no column {}", column.name))?;
        let value = read_value(field.get(), column.kind);
        values.push(value.map_err(|why| format!("its column {} is {why}", column.name))?);
    }
    match fields.pop_first() {
        None => Ok(values),
        Some((name, _)) => Err(format!("it has a column {name} that its table does not have")),
    }
}

fn read_value(raw: &str, kind: Kind) -> Result<Value, String> {
    if raw == "null" {
        return Ok(match kind {
            Kind::Integer => Value::BigInt(None),
            Kind::Real => Value::Double(None),
            Kind::Boolean => Value::Bool(None),
            Kind::Text => Value::String(None),
            Kind::Bytes => Value::Bytes(None),
            Kind::Uuid => Value::Uuid(None),
        });
    }
    let quoted = || serde_json::from_str::<String>(raw).map_err(|_| "not a text".to_owned());
    match kind {
        Kind::Integer => raw.parse::<i64>().map(Value::from).map_err(|_| "not a whole number".into()),
        Kind::Real => {
            raw.trim_matches('"').parse::<f64>().map(Value::from).map_err(|_| "not a number".into())
        }
        Kind::Boolean => raw.parse::<bool>().map(Value::from).map_err(|_| "neither true nor false".into()),
        Kind::Text => quoted().map(Value::from),
        Kind::Bytes => BASE64.decode(quoted()?).map(Value::from).map_err(|_| "not base64".into()),
        Kind::Uuid => Uuid::parse_str(&quoted()?).map(Value::from).map_err(|_| "not a UUID".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Column, Kind, Value, read, write};
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use uuid::Uuid;

    fn column(name: &str, kind: Kind) -> Column {
        Column { name: name.into(), kind }
    }

    fn row() -> Vec<Column> {
        vec![
            column("number", Kind::Integer),
            column("value", Kind::Real),
            column("yes", Kind::Boolean),
            column("says", Kind::Text),
            column("payload", Kind::Bytes),
            column("id", Kind::Uuid),
        ]
    }

    proptest! {
        #[test]
        fn a_row_is_read_back_to_the_bit(
            number in any::<i64>(), value in any::<f64>(), yes in any::<bool>(), says in any::<String>(),
            payload in any::<Vec<u8>>(), id in any::<u128>(),
        ) {
            let id = Uuid::from_u128(id);
            let cells = [
                Cell::Integer(number), Cell::Real(value), Cell::Boolean(yes), Cell::Text(says.clone()),
                Cell::Bytes(payload.clone()), Cell::Uuid(id),
            ];
            let mut line = String::new();
            write(&mut line, &row(), cells);
            prop_assert_eq!(line.matches('\n').count(), 1);
            let values = read(line.as_bytes(), &row()).unwrap();
            let Value::Double(Some(same)) = values[1] else { panic!("{values:?}") };
            prop_assert_eq!(same.to_bits(), value.to_bits());
            let others = [number.into(), yes.into(), says.into(), payload.into(), id.into()];
            let read_back: Vec<Value> =
                values.into_iter().enumerate().filter(|(index, _)| *index != 1).map(|(_, value)| value).collect();
            prop_assert_eq!(read_back, others);
        }
    }

    #[test]
    fn nothing_is_nothing() {
        let mut line = String::new();
        write(&mut line, &row(), std::iter::repeat_n(Cell::Null, 6));
        let values = read(line.as_bytes(), &row()).unwrap();
        assert_eq!((&values[0], &values[5]), (&Value::BigInt(None), &Value::Uuid(None)));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let columns = [column("number", Kind::Integer)];
        let refused = |line: &str| read(line.as_bytes(), &columns).unwrap_err();
        assert!(refused("[1]").contains("not an object"));
        assert_eq!(refused("{}"), "it has no column number");
        assert_eq!(refused("{\"number\":1.5}"), "its column number is not a whole number");
        assert!(refused("{\"number\":1,\"wings\":2}").contains("wings"));
    }
}
