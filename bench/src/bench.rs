//! What every scenario needs: where things are, how large to be, and where results go.

use crate::home::Database;
use crate::machine::{commit, load_average};
use crate::record::{Run, Sample};
use crate::row::Row;
use crate::{disk, record};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracely_store::Clock;

/// How large the scenarios are.
#[derive(Debug, Clone)]
pub struct Scale {
    /// How long a load lasts.
    pub duration: Duration,
    /// Services of most workloads, with four series each.
    pub services: usize,
    /// Rules while points are accepted.
    pub rules: usize,
    /// Rounds of requests that are encoded in advance.
    pub rounds: usize,
    /// Points of a batch.
    pub points_per_request: usize,
    /// Incidents in the lists (A5).
    pub incidents: u64,
    /// Points behind the charts (A6).
    pub points: u64,
    /// Documents in the search cluster (B1, B2).
    pub documents: u64,
    /// Points behind the snapshot (A8).
    pub points_behind: u64,
    /// Hosts of each service in A7; each has a series of its own for each metric type.
    pub hosts: usize,
    /// Services in A7.
    pub services_with_hosts: usize,
    /// Points a second in A7.
    pub steady_rate: f64,
    /// Points a second beside which reactions are measured (A3), and of the soak: half of A1's limit.
    pub half_rate: f64,
    /// How often a question is asked.
    pub questions: usize,
    /// How long a server is left alone before its memory is read.
    pub idle: Duration,
}

impl Scale {
    /// The scale of the budget.
    pub fn full(duration: Duration) -> Self {
        Self {
            duration,
            services: 2_500,
            rules: 1_000,
            rounds: 20,
            points_per_request: 1_000,
            incidents: 1_000_000,
            points: 10_000_000,
            documents: 500_000,
            points_behind: 10_000_000,
            hosts: 25,
            services_with_hosts: 1_000,
            steady_rate: 200_000.0,
            half_rate: 150_000.0,
            questions: 50,
            idle: Duration::from_secs(5),
        }
    }

    /// Just enough to see that everything works.
    pub fn tiny() -> Self {
        Self {
            duration: Duration::from_millis(500),
            services: 20,
            rules: 40,
            rounds: 2,
            points_per_request: 50,
            incidents: 2_000,
            points: 10_000,
            documents: 2_000,
            points_behind: 5_000,
            hosts: 2,
            services_with_hosts: 10,
            steady_rate: 1_000.0,
            half_rate: 1_000.0,
            questions: 2,
            idle: Duration::from_millis(100),
        }
    }
}

/// The measurement as it was asked for.
#[derive(Debug)]
pub struct Bench {
    /// The program to measure.
    pub binary: PathBuf,
    /// Where data directories are made.
    pub directory: PathBuf,
    /// A `PostgreSQL` server in which databases may be made.
    pub postgres: Option<String>,
    /// A search cluster in which indices may be made.
    pub cluster: Option<SocketAddr>,
    /// The databases to measure.
    pub databases: Vec<Database>,
    /// How often each scenario runs.
    pub runs: u32,
    /// How large it is.
    pub scale: Scale,
    /// How many connections send; none means the scenario's own choice.
    pub connections: Option<usize>,
    /// The command that was given, for the report.
    pub command: String,
}

/// The figures of a run while they are gathered.
#[derive(Debug, Default)]
pub struct Figures {
    figures: BTreeMap<&'static str, f64>,
    /// What a soak saw over time.
    pub samples: Vec<Sample>,
}

impl Figures {
    /// Adds a figure by its key in [`Row::figures`].
    pub fn add(&mut self, key: &'static str, value: f64) {
        self.figures.insert(key, value);
    }
}

/// The circumstances of a run, read before it begins.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    fsync_p50_ms: f64,
    load_average: f64,
}

impl Circumstances {
    /// Measures the disk that a directory is on, and looks at what else the machine does.
    ///
    /// What others have left in the system's memory is written before: a build or a copy is, else, half a minute later,
    /// and whoever waits for the disk then waits for that too.
    pub fn of(directory: &Path) -> anyhow::Result<Self> {
        disk::write_what_waits()?;
        Ok(Self { fsync_p50_ms: disk::fsync_p50_ms(directory)?, load_average: load_average() })
    }
}

impl Bench {
    /// Makes a finished run of figures, and prints it as a line of JSON.
    pub fn finish(
        &self,
        row: Row,
        database: Database,
        number: u32,
        circumstances: Circumstances,
        figures: Figures,
    ) -> anyhow::Result<Run> {
        let known: Vec<&str> = row.figures().iter().map(|figure| figure.key).collect();
        let unknown = figures.figures.keys().find(|key| !known.contains(*key));
        anyhow::ensure!(unknown.is_none(), "{row:?} has no figure {unknown:?}");
        let run = Run {
            row,
            database,
            number,
            at: Clock::System.now(),
            commit: commit(),
            command: self.command.clone(),
            fsync_p50_ms: circumstances.fsync_p50_ms,
            load_average: circumstances.load_average,
            figures: figures.figures.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            samples: figures.samples,
        };
        record::print(&run)?;
        Ok(run)
    }
}
