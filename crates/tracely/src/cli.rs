//! What can be typed.

use crate::commands::{
    backup, completions, health, import, migrate, openapi, reindex, restore, seed, verify,
};
use crate::config::ServeArgs;
use clap::{Parser, Subcommand};

/// Watches the health of services: takes their metrics, checks them against rules, opens incidents and tells teams.
#[derive(Debug, Parser)]
#[command(name = "tracely", version, arg_required_else_help = true, after_help = FIRST_STEPS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  tracely serve                            start the server on http://127.0.0.1:8080
  tracely seed --services 8 --points 500   in a second terminal: fill it with demonstration data
  tracely seed --continuous                and keep points coming

`tracely help COMMAND` explains a command with examples.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server: API, rules, incidents and notifications in one process
    #[command(long_about = SERVE)]
    Serve(Box<ServeArgs>),
    /// Bring the database schema up to date, undo changes of it, or show where it stands
    #[command(long_about = migrate::ABOUT)]
    Migrate(migrate::MigrateArgs),
    /// Write everything that is stored into one file, while the server runs
    #[command(long_about = backup::ABOUT)]
    Backup(backup::BackupArgs),
    /// Put a backup into an empty data directory and an empty database, or only check it
    #[command(long_about = restore::ABOUT)]
    Restore(restore::RestoreArgs),
    /// Bring the points of the segments into the search cluster, while the server runs
    #[command(long_about = reindex::ABOUT)]
    Reindex(reindex::ReindexArgs),
    /// Check a stopped installation: take every decision again from the log and compare
    #[command(long_about = verify::ABOUT)]
    Verify(verify::VerifyArgs),
    /// Fill a running server with demonstration data
    #[command(long_about = seed::ABOUT)]
    Seed(seed::SeedArgs),
    /// Send the points of a CSV file to a running server
    #[command(long_about = import::ABOUT)]
    Import(import::ImportArgs),
    /// Ask a running server whether it can work
    #[command(long_about = health::ABOUT)]
    Health(health::HealthArgs),
    /// Print the OpenAPI description of the HTTP API
    #[command(long_about = openapi::ABOUT)]
    Openapi(openapi::OpenapiArgs),
    /// Print the version
    Version,
    /// Print a script that completes commands and options in a shell
    #[command(long_about = completions::ABOUT)]
    Completions(completions::CompletionsArgs),
}

const SERVE: &str = "\
Start the server: API, rules, incidents and notifications in one process.

Every option can also be set by the environment variable named with it, or by a line NAME=value in a file `.env` in \
the working directory. A flag wins over the environment, and the environment wins over the file. Without any of them \
the server listens on http://127.0.0.1:8080 and keeps its data in ./tracely-data. The database schema is brought up \
to date at the start.

Examples:
  tracely serve
  tracely serve --port 9000 --data-dir /var/lib/tracely
  DATABASE_URL=postgres://tracely:secret@localhost:5432/tracely tracely serve
  CORS_ALLOWED_ORIGINS=http://localhost:3000 tracely serve --debug";
