//! What was measured, as lines of JSON: printed while measuring, and kept in `bench/results.jsonl`, from which the
//! report is made. A row and database that is measured again replaces what was there of it.

use crate::home::Database;
use crate::machine::Machine;
use crate::row::Row;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use tracely_core::time::Timestamp;

/// One run of one scenario on one database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The row of the budget.
    pub row: Row,
    /// The database.
    pub database: Database,
    /// Its place among the runs of the same measurement, from 1.
    pub number: u32,
    /// When it ended.
    pub at: Timestamp,
    /// What was measured.
    pub commit: String,
    /// What was typed.
    pub command: String,
    /// The median time of the disk to make 4 KiB durable, before the run.
    pub fsync_p50_ms: f64,
    /// The load average of the last minute, before the run.
    pub load_average: f64,
    /// What came out, by key.
    pub figures: BTreeMap<String, f64>,
    /// What a soak saw over time, oldest first; empty for other rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
}

/// What a soak saw in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The end of the stretch, in minutes from the beginning.
    pub minute: f64,
    /// The most memory of the server.
    pub rss_mb: f64,
    /// The size of the data directory at its end.
    pub disk_mb: f64,
    /// The most entries that a worker was behind.
    pub lag: f64,
    /// The median latency of requests.
    pub p50_ms: f64,
    /// Its 99th percentile.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

/// Everything that the report is made of.
#[derive(Debug, Default)]
pub struct Record {
    /// The machine of the newest measurement.
    pub machine: Option<Machine>,
    /// The runs, ordered by row, database and number.
    pub runs: Vec<Run>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Machine { machine: Machine },
    Run(Box<Run>),
}

impl Record {
    /// Reads a record; one that does not exist is empty.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let mut record = Self::default();
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(record),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
        };
        for line in text.lines() {
            match serde_json::from_str(line).with_context(|| format!("{}: {line}", file.display()))? {
                Line::Machine { machine } => record.machine = Some(machine),
                Line::Run(run) => record.runs.push(*run),
            }
        }
        Ok(record)
    }

    /// Replaces what is known of the rows and databases of these runs.
    pub fn replace(&mut self, machine: Machine, runs: Vec<Run>) {
        self.machine = Some(machine);
        self.runs.retain(|old| !runs.iter().any(|new| (new.row, new.database) == (old.row, old.database)));
        self.runs.extend(runs);
        self.runs.sort_by_key(|run| (run.row, run.database, run.number));
    }

    /// Writes the record.
    pub fn write(&self, file: &Path) -> anyhow::Result<()> {
        let machine = self.machine.iter().map(|machine| Line::Machine { machine: machine.clone() });
        let runs = self.runs.iter().map(|run| Line::Run(Box::new(run.clone())));
        let lines: Vec<String> =
            machine.chain(runs).map(|line| serde_json::to_string(&line)).collect::<Result<_, _>>()?;
        std::fs::write(file, lines.join("\n") + "\n")
            .with_context(|| format!("cannot write {}", file.display()))
    }
}

/// Prints a run as a line of JSON.
pub fn print(run: &Run) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, run)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(row: Row, number: u32, value: f64) -> Run {
        Run {
            row,
            database: Database::Sqlite,
            number,
            at: Timestamp(1),
            commit: "abc".into(),
            command: "bench".into(),
            fsync_p50_ms: 0.4,
            load_average: 1.0,
            figures: [("x".to_owned(), value)].into(),
            samples: Vec::new(),
        }
    }

    #[test]
    fn a_row_that_is_measured_again_replaces_only_itself() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("results.jsonl");
        let mut record = Record::read(&file).unwrap();
        record
            .replace(Machine::read(), vec![run(Row::A2, 1, 1.0), run(Row::A1, 1, 2.0), run(Row::A1, 2, 3.0)]);
        record.write(&file).unwrap();
        let mut record = Record::read(&file).unwrap();
        record.replace(Machine::read(), vec![run(Row::A1, 1, 4.0)]);
        record.write(&file).unwrap();
        let record = Record::read(&file).unwrap();
        assert_eq!(record.runs, vec![run(Row::A1, 1, 4.0), run(Row::A2, 1, 1.0)]);
        assert_eq!(record.machine, Some(Machine::read()));
    }
}
