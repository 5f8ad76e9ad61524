//! The command line of Tracely.
//!
//! [`cli`] says what can be typed, [`commands`] holds one module for each command, [`config`] is the configuration
//! of the server. `seed` and `import` talk to a server over its public HTTP API through [`client`], as anyone can.

pub mod backup;
pub mod cli;
pub mod client;
pub mod commands;
pub mod config;
mod data_dir;
pub mod environment;
pub mod import;
mod logging;
pub mod out;
pub mod parse;
pub mod pause;
pub mod progress;
pub mod reindex;
pub mod seed;
pub mod verify;

use anyhow::Context;
use clap::Parser;
use cli::{Cli, Command};
use commands::{
    backup as backup_command, completions, health, import as import_command, migrate, openapi,
    reindex as reindex_command, restore, seed as seed_command, serve, verify as verify_command, version,
};
use config::ConfigError;
use environment::Environment;
use std::process::ExitCode;

/// Runs the command that was typed and returns the exit code: 0 for success, 1 for a failure, 2 for a command line
/// or a configuration that cannot be understood.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")
        .and_then(|runtime| {
            let outcome = runtime.block_on(run(cli.command));
            // A thread that a disk or a resolver of names keeps waiting does not keep the process.
            runtime.shutdown_background();
            outcome
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output has seen enough, as in `tracely openapi | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            out::note(&format!("tracely: {error:#}"));
            if error.downcast_ref::<ConfigError>().is_some() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::run(*args, &Environment::read()?).await,
        Command::Migrate(args) => migrate::run(args, &Environment::read()?).await,
        Command::Backup(args) => backup_command::run(args, &Environment::read()?).await,
        Command::Restore(args) => restore::run(args, &Environment::read()?).await,
        Command::Reindex(args) => reindex_command::run(args, &Environment::read()?).await,
        Command::Verify(args) => verify_command::run(args, &Environment::read()?).await,
        Command::Seed(args) => seed_command::run(args, &Environment::read()?).await,
        Command::Import(args) => import_command::run(args, &Environment::read()?).await,
        Command::Health(args) => health::run(args, &Environment::read()?).await,
        Command::Openapi(args) => openapi::run(&args),
        Command::Version => version::run(),
        Command::Completions(args) => completions::run(&args),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
