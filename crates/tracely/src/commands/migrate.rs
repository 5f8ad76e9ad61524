//! `tracely migrate`.

use crate::config::{DatabaseArgs, DatabaseConfig};
use crate::environment::Environment;
use anyhow::bail;
use clap::{Args, Subcommand};

/// What the help says.
pub const ABOUT: &str = "\
Bring the database schema up to date, undo changes of it, or show where it stands.

`tracely serve` brings the schema up to date by itself; this command is for doing it beforehand, and for going back. \
The database is that of DATABASE_URL, or else the file in TRACELY_DATA_DIR.

Examples:
  tracely migrate status
  tracely migrate up
  tracely migrate down --steps 1
  DATABASE_URL=postgres://tracely:secret@localhost:5432/tracely tracely migrate up";

/// The arguments of `tracely migrate`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
    /// Where the data are.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// What to do with the schema.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Action {
    /// Apply migrations, oldest first
    Up {
        /// How many; all that are missing without it
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        steps: Option<u32>,
    },
    /// Undo migrations, newest first; data that only the newer schema can hold are lost
    Down {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
    },
    /// List the migrations and which of them are applied
    Status,
}

/// Carries the action out.
#[expect(clippy::unused_async, reason = "the store is not wired in yet")]
pub async fn run(args: MigrateArgs, environment: &Environment) -> anyhow::Result<()> {
    let database = DatabaseConfig::read(&args.database, |name| environment.get(name))?;
    bail!("this build cannot migrate {:?} yet: {:?}", database.target, args.action)
}
