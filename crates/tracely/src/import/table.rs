//! Reads points from CSV with a header. Lines that cannot be used are told by their number, and the others are kept.

use super::instant;
use anyhow::{Context, bail};
use csv::ByteRecord;
use std::io::Read;
use tracely_core::time::Timestamp;

/// Which columns to read.
#[derive(Debug, Clone)]
pub struct Columns {
    /// The name of the column with the instants.
    pub time: String,
    /// The name of the column with the values.
    pub value: String,
}

/// A point of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Its instant.
    pub instant: Timestamp,
    /// Its value.
    pub value: f64,
    /// The line it ends on, from 1.
    pub line: u64,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: String,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Table {
    /// The points, in time order; those of the same instant as in the file.
    pub rows: Vec<Row>,
    /// The lines that cannot be used.
    pub bad: Vec<BadLine>,
}

/// Reads a file. Fails when it cannot be read at all or a column is missing.
pub fn read(source: impl Read, columns: &Columns) -> anyhow::Result<Table> {
    // With every line ended by a line feed, and by nothing else, the reader's count tells the line of a record even
    // after blank lines; a carriage return before it is trimmed like other blanks.
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(source.chain(&b"\n"[..]));
    let header = reader.byte_headers().context("cannot read the header")?.clone();
    let time = column(&header, &columns.time)?;
    let value = column(&header, &columns.value)?;
    let mut table = Table::default();
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).context("cannot read on")? {
        let line = reader.position().line() - 1;
        if record.len() == 1 && record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        match point(&record, time, value) {
            Ok((instant, value)) => table.rows.push(Row { instant, value, line }),
            Err(problem) => table.bad.push(BadLine { line, problem }),
        }
    }
    table.rows.sort_by_key(|row| row.instant);
    Ok(table)
}

fn column(header: &ByteRecord, name: &str) -> anyhow::Result<usize> {
    if let Some(place) = header.iter().position(|own| own == name.as_bytes()) {
        return Ok(place);
    }
    let names: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
    if names.iter().all(|name| name.is_empty()) {
        bail!("there is no header; the first line must name the columns");
    }
    bail!("there is no column {name:?}; the columns are: {}", names.join(", "))
}

fn point(record: &ByteRecord, time: usize, value: usize) -> Result<(Timestamp, f64), String> {
    let instant = instant::parse(field(record, time)?)?;
    let text = field(record, value)?;
    let value: f64 =
        text.parse().map_err(|_| format!("{:?} is no number", text.chars().take(40).collect::<String>()))?;
    if !value.is_finite() {
        return Err(format!("{text} is not a finite number"));
    }
    Ok((instant, value))
}

fn field(record: &ByteRecord, place: usize) -> Result<&str, String> {
    let bytes = record
        .get(place)
        .ok_or_else(|| format!("has only {} fields; field {} is needed", record.len(), place + 1))?;
    let text = std::str::from_utf8(bytes).map_err(|_| format!("field {} is not UTF-8", place + 1))?;
    if text.is_empty() {
        return Err(format!("field {} is empty", place + 1));
    }
    Ok(text)
}
