//! The real binary as a process of its own: started, asked over HTTP, killed, started again on the same data.
//!
//! The caller says where the binary is (`env!("CARGO_BIN_EXE_tracely")` in the integration tests of the binary's crate),
//! since only Cargo knows. A process that is dropped is killed as if by `kill -9`; its data stay with the [`Home`].

mod client;
mod server;

pub use client::{Answer, Client};
pub use server::{Server, Starting};

use crate::database::TestDatabase;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use tracely_store::Target;

/// Where a server keeps its data, and how it is started; outlives the process.
#[derive(Debug)]
pub struct Home {
    program: PathBuf,
    directory: TempDir,
    target: Target,
    environment: Vec<(OsString, OsString)>,
    wrapper: Vec<OsString>,
}

impl Home {
    /// Makes a directory and the empty database that `TRACELY_TEST_DATABASE` asks for; the `SQLite` file is where the
    /// server has it without any setting, in the data directory.
    pub async fn new(program: impl Into<PathBuf>) -> Self {
        let TestDatabase { target, dir, .. } = TestDatabase::empty().await;
        match target {
            Target::Sqlite(_) => Self::sqlite(program, dir),
            Target::Postgres(url) => Self::postgres(program, dir, url),
        }
    }

    /// Uses a `SQLite` file in the data directory, whatever `TRACELY_TEST_DATABASE` says.
    pub fn sqlite(program: impl Into<PathBuf>, directory: TempDir) -> Self {
        let target = Target::Sqlite(directory.path().join("data").join("tracely.db"));
        Self::on(program.into(), directory, target)
    }

    /// Uses a database of a `PostgreSQL` server, whatever `TRACELY_TEST_DATABASE` says.
    pub fn postgres(program: impl Into<PathBuf>, directory: TempDir, url: impl Into<String>) -> Self {
        Self::on(program.into(), directory, Target::Postgres(url.into()))
    }

    fn on(program: PathBuf, directory: TempDir, target: Target) -> Self {
        Self { program, directory, target, environment: Vec::new(), wrapper: Vec::new() }
    }

    /// Adds a variable to the environment of every process that is started from now on. Nothing is inherited.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts every process through another program, such as `["prlimit", "--fsize=1000000"]`. The program has to
    /// replace itself with the server, or signals go to the wrong process.
    #[must_use]
    pub fn wrapped(mut self, wrapper: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.wrapper = wrapper.into_iter().map(Into::into).collect();
        self
    }

    /// Leaves the data where they are when this is dropped, for whoever looks why a run failed.
    pub fn keep(&mut self) {
        self.directory.disable_cleanup(true);
    }

    /// Returns the directory that the processes work in; the data directory is in it.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Returns the data directory, which the first process makes.
    pub fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Returns the database.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Says whether the database is `PostgreSQL`.
    pub fn is_postgres(&self) -> bool {
        matches!(self.target, Target::Postgres(_))
    }

    /// Prepares a command of the binary on these data. It watches itself only when the caller says so.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = match self.wrapper.split_first() {
            None => Command::new(&self.program),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(&self.program);
                command
            }
        };
        command.current_dir(self.directory()).env_clear().env("TRACELY_DATA_DIR", self.data_dir());
        command.env("TRACELY_SELF_MONITORING", "off");
        if let Target::Postgres(url) = &self.target {
            command.env("DATABASE_URL", url);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdout(Stdio::piped()).output().expect("the command can be started")
    }

    /// Starts a server on a free port and returns at once.
    pub fn start(&self) -> Starting {
        Starting::spawn(self.command(&["serve", "--port", "0"]))
    }

    /// Starts a server on a free port and waits until it says where it listens; panics when it ends before that.
    pub fn serve(&self) -> Server {
        self.start().listening().unwrap_or_else(|said| panic!("the server ended: {said:#?}"))
    }
}
