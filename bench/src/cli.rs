//! What can be typed.

use crate::bench::{Bench, Scale};
use crate::home::Database;
use crate::machine::Machine;
use crate::record::Record;
use crate::report;
use crate::row::Row;
use crate::{answer, scenario};
use anyhow::{Context, ensure};
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Measures Tracely against its performance budget
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Subcommand)]
enum Command {
    /// Measure rows A1 to A8, B1 and B2 where there is a search cluster, and the client
    All,
    /// Batches accepted, evaluated and queryable
    A1,
    /// Single points, with and without durability
    A2,
    /// From a point to its incident
    A3,
    /// What rules cost
    A4,
    /// Lists of a million incidents
    A5,
    /// Charts of ten million points
    A6,
    /// Charts of a hundred million points
    A6Large,
    /// Memory, disk, start
    A7,
    /// After a crash
    A8,
    /// Indexing into a search cluster, against a bare loader of the same documents
    B1,
    /// Questions to a search cluster, against the bare queries
    B2,
    /// What the load generator itself costs
    Client,
    /// Half of A1's limit for an hour, with a look every ten seconds
    Soak {
        /// How long, in minutes
        #[arg(long, default_value_t = 60.0)]
        minutes: f64,
    },
    /// Write the report from what is recorded
    Report,
    #[command(hide = true)]
    Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Databases {
    Sqlite,
    Postgres,
    Both,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every scenario")]
struct Options {
    /// Which databases
    #[arg(long, global = true, value_enum, default_value = "both")]
    database: Databases,
    /// How long a load lasts
    #[arg(long, global = true, default_value_t = 60.0)]
    seconds: f64,
    /// How often each scenario runs; the report has the median and the spread
    #[arg(long, global = true, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Connections that send, instead of the scenario's own number
    #[arg(long, global = true)]
    connections: Option<usize>,
    /// Points a second beside which reactions are measured, and of the soak
    #[arg(long, global = true)]
    rate: Option<f64>,
    /// Points behind the charts (A6); ten times as many in the larger one
    #[arg(long, global = true)]
    points: Option<u64>,
    /// Documents in the search cluster (B1, B2)
    #[arg(long, global = true)]
    documents: Option<u64>,
    /// Incidents in the lists (A5)
    #[arg(long, global = true)]
    incidents: Option<u64>,
    /// See that everything works, with little of everything; records nothing
    #[arg(long, global = true)]
    tiny: bool,
    /// Print the lines of JSON, and leave record and report as they are
    #[arg(long, global = true)]
    print_only: bool,
    /// The binary to measure
    #[arg(long, global = true, default_value = "target/release/tracely")]
    binary: PathBuf,
    /// Where data directories are made; on the disk that is to be measured
    #[arg(long, global = true, default_value_os_t = std::env::temp_dir())]
    directory: PathBuf,
    /// A PostgreSQL server in which databases may be made
    #[arg(long, global = true, env = "TRACELY_TEST_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
    /// A search cluster without sign-in, in which indices may be made
    #[arg(long, global = true, env = "TRACELY_TEST_ELASTICSEARCH")]
    cluster: Option<String>,
}

impl Cli {
    /// Does what was typed.
    pub async fn run(self) -> anyhow::Result<()> {
        let rows = match self.command {
            Command::All => {
                let cluster = self.options.cluster.is_some();
                let wanted = |row: &Row| match row {
                    Row::Soak => self.options.tiny,
                    Row::B1 | Row::B2 => cluster,
                    _ => true,
                };
                Row::ALL.into_iter().filter(wanted).collect()
            }
            Command::A1 => vec![Row::A1],
            Command::A2 => vec![Row::A2],
            Command::A3 => vec![Row::A3],
            Command::A4 => vec![Row::A4],
            Command::A5 => vec![Row::A5],
            Command::A6 => vec![Row::A6],
            Command::A6Large => vec![Row::A6Large],
            Command::A7 => vec![Row::A7],
            Command::A8 => vec![Row::A8],
            Command::B1 => vec![Row::B1],
            Command::B2 => vec![Row::B2],
            Command::Client => vec![Row::Client],
            Command::Soak { .. } => vec![Row::Soak],
            Command::Report => return write_report(&Record::read(&here("results.jsonl"))?),
            Command::Answer => return answer::serve().await,
        };
        let bench = self.bench()?;
        for row in rows {
            for database in &bench.databases {
                // The client's cost has nothing to do with a database.
                if row == Row::Client && *database != bench.databases[0] {
                    continue;
                }
                let runs = scenario::run(&bench, row, *database).await?;
                if !self.options.tiny && !self.options.print_only {
                    let mut record = Record::read(&here("results.jsonl"))?;
                    record.replace(Machine::read(), runs);
                    record.write(&here("results.jsonl"))?;
                    write_report(&record)?;
                }
            }
        }
        Ok(())
    }

    fn bench(&self) -> anyhow::Result<Bench> {
        let options = &self.options;
        let seconds = match self.command {
            Command::Soak { minutes } => minutes * 60.0,
            _ => options.seconds,
        };
        let full = Scale::full(Duration::try_from_secs_f64(seconds)?);
        let mut scale = if options.tiny { Scale::tiny() } else { full };
        scale.half_rate = options.rate.unwrap_or(scale.half_rate);
        scale.points = options.points.unwrap_or(scale.points);
        scale.documents = options.documents.unwrap_or(scale.documents);
        scale.incidents = options.incidents.unwrap_or(scale.incidents);
        let databases = match options.database {
            Databases::Sqlite => vec![Database::Sqlite],
            Databases::Postgres => vec![Database::Postgres],
            Databases::Both => vec![Database::Sqlite, Database::Postgres],
        };
        let binary = std::path::absolute(&options.binary)?;
        ensure!(binary.exists(), "{} does not exist; build it, or name it with --binary", binary.display());
        Ok(Bench {
            binary,
            directory: options.directory.clone(),
            postgres: options.postgres.clone(),
            cluster: options.cluster.as_deref().map(address_of).transpose()?,
            databases,
            runs: if options.tiny { 1 } else { options.runs },
            scale,
            connections: options.connections,
            command: command(std::env::args().skip(1)),
        })
    }
}

/// Returns what was typed, without what only this machine knows.
fn command(mut words: impl Iterator<Item = String>) -> String {
    let mut typed = "tracely-bench".to_owned();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--binary" | "--directory" => drop(words.next()),
            word if word.starts_with("--binary=") || word.starts_with("--directory=") => {}
            word => {
                typed.push(' ');
                typed.push_str(word);
            }
        }
    }
    typed
}

/// Returns the address in `http://127.0.0.1:9200`.
fn address_of(url: &str) -> anyhow::Result<SocketAddr> {
    let address = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
    address.parse().with_context(|| format!("--cluster {url}: not an address such as http://127.0.0.1:9200"))
}

fn write_report(record: &Record) -> anyhow::Result<()> {
    report::write(record, &here("REPORT.md"))
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn the_places_of_this_machine_are_not_part_of_the_command() {
        let typed = "a5 --binary /somewhere/tracely --runs 3 --directory=/else --seconds 20";
        assert_eq!(command(typed.split(' ').map(str::to_owned)), "tracely-bench a5 --runs 3 --seconds 20");
    }
}
