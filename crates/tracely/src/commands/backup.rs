//! `tracely backup`.

use crate::backup::{Taken, output, take};
use crate::config::{DatabaseArgs, DatabaseConfig};
use crate::environment::Environment;
use crate::out;
use crate::progress::{Status, is_terminal};
use anyhow::bail;
use clap::Args;
use output::{Existing, Output};
use std::path::PathBuf;
use tracely_store::Clock;

/// What the help says.
pub const ABOUT: &str = "\
Write everything that is stored into one file, while the server runs.

The file holds the database and the segments as they were at one moment: everything that was acknowledged before the \
command began is in it. It appears under its name when it is whole and on the disk. It can be restored into SQLite and \
into PostgreSQL, whichever it was taken from. The command must run where the data directory is. Whoever can read the \
file can read everything; it is made readable for its owner only.

Examples:
  tracely backup /backups/tracely.tar
  tracely backup --force /backups/latest.tar
  tracely backup - | ssh backup@elsewhere 'cat > tracely.tar'
  tracely restore --check /backups/tracely.tar";

/// The arguments of `tracely backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to write; `-` is standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Replace a file of that name, once the new one is whole
    #[arg(long)]
    pub force: bool,
    /// Where the data are.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Takes the backup.
pub async fn run(args: BackupArgs, environment: &Environment) -> anyhow::Result<()> {
    let config = DatabaseConfig::read(&args.database, |name| environment.get(name))?;
    if !config.data_dir.is_dir() {
        bail!("there is no data directory {}", config.data_dir.display());
    }
    let existing = if args.force { Existing::Replace } else { Existing::Keep };
    let output = Output::open(&args.file, existing)?;
    let mut status = is_terminal().then(Status::new);
    let progress = |what: &str, done: u64| {
        if let Some(status) = &mut status {
            status.show(&format!("{what}: {done}"), Clock::System.now());
        }
    };
    let at = Clock::System.now();
    let (taken, output) = take(&config.target, &config.data_dir, at, output, progress).await?;
    let bytes = output.finish(&args.file, existing)?;
    let Taken { header, rows } = taken;
    for file in &header.missing_segments {
        out::note(&format!("tracely: segment {file} is missing; its points are not in the backup"));
    }
    out::note(&format!(
        "backed up {} at position {}: {rows} rows, {} segments, {bytes} bytes",
        header.database,
        header.position,
        header.segments.len()
    ));
    Ok(())
}
