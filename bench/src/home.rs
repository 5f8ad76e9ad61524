//! Where a measured server keeps its data: a fresh directory, and a fresh database of its own.

use crate::bench::Bench;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tracely_store::Target;
use tracely_testkit::process::{Home as ServerHome, Server};

/// Which database holds the log and the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Database {
    /// A file in the data directory.
    Sqlite,
    /// A database of the server that `TRACELY_TEST_POSTGRES` names.
    Postgres,
}

impl Database {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// Whether what was acknowledged would survive the loss of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As the product is.
    Durable,
    /// The same server with waiting for the disk taken away: SQLite's file lies in memory (`/dev/shm`), and
    /// PostgreSQL answers a commit before the disk has it (`synchronous_commit = off`).
    None,
}

/// A directory and a database that outlive the processes that use them.
#[derive(Debug)]
pub struct Home {
    home: ServerHome,
    /// Removes the database with this name.
    drop: Option<(String, String)>,
}

/// A running server.
#[derive(Debug)]
pub struct Running {
    server: Server,
    /// Where it listens.
    pub address: SocketAddr,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Home {
    /// Makes a directory and an empty database.
    pub async fn fresh(bench: &Bench, database: Database, durability: Durability) -> anyhow::Result<Self> {
        let within = match (database, durability) {
            (Database::Sqlite, Durability::None) => Path::new("/dev/shm"),
            (Database::Sqlite | Database::Postgres, Durability::Durable | Durability::None) => {
                &bench.directory
            }
        };
        let directory = TempDir::with_prefix_in("tracely-bench-", within)
            .with_context(|| format!("cannot make a directory in {}", within.display()))?;
        let (home, drop) = match database {
            Database::Sqlite => (ServerHome::sqlite(&bench.binary, directory), None),
            Database::Postgres => {
                let server = bench.postgres.as_deref().context(
                    "no PostgreSQL server: run this under `TRACELY_POSTGRES_DURABLE=1 scripts/with-postgres`, \
                     set TRACELY_TEST_POSTGRES, or measure with --database sqlite",
                )?;
                let name = format!("bench_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
                let mut connection =
                    PgConnection::connect(server).await.context("PostgreSQL does not answer")?;
                connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
                if durability == Durability::None {
                    let set = format!("ALTER DATABASE {name} SET synchronous_commit = off");
                    connection.execute(AssertSqlSafe(set)).await?;
                }
                let (base, _) = server.rsplit_once('/').context("the address names no database")?;
                let url = format!("{base}/{name}");
                (ServerHome::postgres(&bench.binary, directory, url), Some((server.to_owned(), name)))
            }
        };
        Ok(Self { home: home.with("TRACELY_SELF_MONITORING", "on"), drop })
    }

    /// Adds a variable to the environment of the servers that are started from now on.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.home = self.home.with(name, value);
        self
    }

    /// Starts a server on the data and waits until it listens.
    pub fn serve(&self) -> anyhow::Result<Running> {
        let server = self.home.start().listening();
        let server = server.map_err(|said| anyhow::anyhow!("the server ended: {}", said.join("\n")))?;
        let address = server.url().strip_prefix("http://").context("the server's address")?.parse()?;
        Ok(Running { server, address })
    }

    /// Makes the schema, and no rows.
    pub fn migrate(&self) -> anyhow::Result<()> {
        std::fs::create_dir_all(self.data_dir())?;
        let output = self.home.run(&["migrate", "up"]);
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "the schema could not be made: {said}");
        Ok(())
    }

    /// Runs a statement behind the server's back. The server should be stopped.
    pub async fn execute(&self, statement: &'static str) -> anyhow::Result<u64> {
        let done = match self.home.target() {
            Target::Sqlite(file) => {
                let options = SqliteConnectOptions::new().filename(file);
                let mut connection = SqliteConnection::connect_with(&options).await?;
                let done = connection.execute(statement).await?.rows_affected();
                connection.close().await?;
                done
            }
            Target::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await?;
                let done = connection.execute(statement).await?.rows_affected();
                connection.close().await?;
                done
            }
        };
        Ok(done)
    }

    /// Returns the database.
    pub fn target(&self) -> &Target {
        self.home.target()
    }

    /// Returns the data directory, which the first server makes.
    pub fn data_dir(&self) -> PathBuf {
        self.home.data_dir()
    }

    /// Returns the directory that the data directory is in.
    pub fn directory(&self) -> &Path {
        self.home.directory()
    }

    /// Removes the database and the directory.
    pub async fn remove(self) -> anyhow::Result<()> {
        if let Some((server, name)) = &self.drop {
            let mut connection = PgConnection::connect(server).await?;
            connection.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await?;
        }
        Ok(())
    }
}

impl Running {
    /// Returns the id of the process.
    pub fn id(&self) -> u32 {
        self.server.id()
    }

    /// Ends it as `kill -9` does.
    pub fn kill(self) {
        self.server.kill();
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(self) -> anyhow::Result<()> {
        let code = self.server.stop();
        anyhow::ensure!(code == Some(0), "the server ended with {code:?}");
        Ok(())
    }
}
