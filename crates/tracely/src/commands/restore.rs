//! `tracely restore`.

use crate::backup::{Header, check, make_room, restore};
use crate::config::{DatabaseArgs, DatabaseConfig};
use crate::data_dir::DataDir;
use crate::environment::Environment;
use crate::out;
use crate::progress::{Status, is_terminal};
use anyhow::Context;
use clap::Args;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use tokio::task::block_in_place;
use tracely_store::{Clock, IdSource, Options, Store};

/// What the help says.
pub const ABOUT: &str = "\
Put a backup into an empty data directory and an empty database, or only check it.

The whole file is checked before anything is written. A backup of an older version is brought up to date; one of a newer \
version is refused. It may come from SQLite or from PostgreSQL, whichever DATABASE_URL names now, so this is also the \
way from one to the other. Until a restore is finished, `tracely serve` refuses the directory and the database; a \
restore that was cut off is begun anew by running it again.

Examples:
  tracely restore --check /backups/tracely.tar
  tracely restore --data-dir /var/lib/tracely /backups/tracely.tar
  DATABASE_URL=postgres://tracely:secret@localhost:5432/tracely tracely restore /backups/tracely.tar
  ssh backup@elsewhere 'cat tracely.tar' | tracely restore -";

/// The arguments of `tracely restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only read the file and compare all checksums
    #[arg(long)]
    pub check: bool,
    /// Where the data are.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Checks the backup, and restores it unless only that was asked for.
pub async fn run(args: RestoreArgs, environment: &Environment) -> anyhow::Result<()> {
    let config = DatabaseConfig::read(&args.database, |name| environment.get(name))?;
    let name =
        if args.file == Path::new("-") { "standard input".into() } else { args.file.display().to_string() };
    if args.check {
        let header = if args.file == Path::new("-") {
            block_in_place(|| check(io::stdin().lock()))
        } else {
            let file = open(&args.file)?;
            block_in_place(|| check(BufReader::with_capacity(1 << 20, file)))
        };
        say("is whole", &header.with_context(|| name.clone())?, &name);
        return Ok(());
    }
    let data_dir = DataDir::open_to_restore(&config.data_dir)?;
    let mut file = if args.file == Path::new("-") {
        spool(io::stdin().lock(), data_dir.path())?
    } else {
        let file = open(&args.file)?;
        if file.metadata()?.is_file() { file } else { spool(file, data_dir.path())? }
    };
    block_in_place(|| check(BufReader::with_capacity(1 << 20, &mut file))).with_context(|| name.clone())?;
    file.rewind().with_context(|| format!("cannot read {name} again"))?;

    let open = async || {
        let (clock, ids) = (Clock::System, IdSource::system());
        Store::open(Options { target: config.target.clone(), clock, ids, readers: 1 }).await
    };
    let store = open().await?;
    store.claim().await?;
    let store = make_room(&data_dir, store, &config.target, open).await?;
    let mut status = is_terminal().then(Status::new);
    let progress = |what: &str, done: u64| {
        if let Some(status) = &mut status {
            status.show(&format!("{what}: {done}"), Clock::System.now());
        }
    };
    let input = BufReader::with_capacity(1 << 20, file);
    let header = restore(input, &data_dir, &store, progress).await.with_context(|| name.clone())?;
    store.close().await;
    say("was restored", &header, &name);
    Ok(())
}

fn say(what: &str, header: &Header, name: &str) {
    let Header { database, tracely, position, created_at, segments, missing_segments, .. } = header;
    out::note(&format!(
        "{name} {what}: {database} at position {position}, {} segments, taken {created_at} by Tracely {tracely}",
        segments.len()
    ));
    for file in missing_segments {
        out::note(&format!("tracely: segment {file} was missing when the backup was taken"));
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Keeps what cannot be read twice in a file of the data directory that has no name any more, so that it goes with the
/// process.
fn spool(mut input: impl Read, data_dir: &Path) -> anyhow::Result<File> {
    let path = data_dir.join("restore.spool");
    let mut spooled = || {
        let mut file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        fs::remove_file(&path)?;
        io::copy(&mut input, &mut file)?;
        file.rewind()?;
        Ok(file)
    };
    let file: io::Result<File> = block_in_place(&mut spooled);
    file.with_context(|| format!("cannot keep the backup in {} while it is checked", data_dir.display()))
}
