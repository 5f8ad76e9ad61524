//! `tracely migrate`.

use crate::config::{DatabaseArgs, DatabaseConfig};
use crate::data_dir::DataDir;
use crate::environment::Environment;
use crate::out;
use clap::{Args, Subcommand};
use tracely_store::{Clock, IdSource, Options, Store};

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
pub async fn run(args: MigrateArgs, environment: &Environment) -> anyhow::Result<()> {
    let config = DatabaseConfig::read(&args.database, |name| environment.get(name))?;
    let _lock = DataDir::open(&config.data_dir)?;
    let options =
        Options { target: config.target, clock: Clock::System, ids: IdSource::system(), readers: 1 };
    let store = Store::open(options).await?;
    match args.action {
        Action::Up { steps } => store.migrate_up(steps).await?,
        Action::Down { steps } => {
            store.claim().await?;
            store.migrate_down(steps).await?;
        }
        Action::Status => (),
    }
    for migration in store.migrations().await? {
        let state = if migration.applied { "applied" } else { "pending" };
        out::line(&format!("{state}  {}", migration.name))?;
    }
    store.close().await;
    Ok(())
}
