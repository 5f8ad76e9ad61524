//! Restoring a backup that was checked.

use super::Header;
use super::parts::{Content, Part, Parts};
use crate::data_dir::{DataDir, sync};
use anyhow::{Context, bail};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use tokio::task::block_in_place;
use tracely_store::backup::{Load, check_empty, mark};
use tracely_store::{Store, StoreError, Target, installation};

/// Fills a data directory and a database in which [`make_room`] has found or made room, and brings the schema up to date.
///
/// Refuses, with nothing written, a database that holds anything. From then on, until everything is durable, both are
/// marked, and only another restore opens them. The directory's mark changes its name before the database's goes: so
/// whenever this is cut off, either the database says that it is whole, or the directory whose restore it was knows that.
pub async fn restore(
    input: impl Read,
    data_dir: &DataDir,
    store: &Store,
    mut progress: impl FnMut(&str, u64),
) -> anyhow::Result<Header> {
    let segments = data_dir.segments();
    check_empty(store).await?;
    let number = mark::number(store);
    data_dir.begin_restore(number)?;
    // What a restore that was cut off left behind.
    match fs::remove_dir_all(&segments) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir(&segments),
    }
    .with_context(|| format!("cannot make {}", segments.display()))?;

    let mut archive = tar::Archive::new(input);
    let mut parts = Parts::begin(&mut archive)?;
    let mut load = Load::begin(store, &parts.header().migrations, &parts.header().tables).await?;
    load.mark(number).await?;
    let (mut rows, mut files) = (0, 0);
    while let Some(mut part) = parts.next()? {
        match part.content.clone() {
            Content::Rows(table) => {
                let lines = block_in_place(|| zstd::decode_all(&mut part));
                let lines = lines.with_context(|| format!("a part of table {table} cannot be unpacked"))?;
                rows += load.insert(&table, &lines).await?;
                progress(&table, rows);
            }
            Content::Segment(file) => {
                let path = segments.join(file);
                block_in_place(|| write_durably(&path, &mut part))
                    .with_context(|| format!("cannot write {}", path.display()))?;
                files += 1;
                progress("segments", files);
            }
        }
        parts.close(part)?;
    }
    sync(&segments).context("cannot make the names of segments durable")?;
    load.finish().await?;
    store.prepare().await?;
    data_dir.finish_restore()?;
    let tx = store.begin().await?;
    installation::forget(&tx).await?;
    mark::remove(&tx).await?;
    tx.commit().await?;
    data_dir.forget_restore()?;
    Ok(parts.header().clone())
}

/// Refuses a data directory that holds anything but what a restore that was cut off has put there, and takes out of the
/// database what such a restore has put there, and nothing else. Returns the store to go on with.
pub async fn make_room(
    data_dir: &DataDir,
    store: Store,
    target: &Target,
    open: impl AsyncFn() -> Result<Store, StoreError>,
) -> anyhow::Result<Store> {
    let half = mark::unfinished(&store).await?;
    if let Some(finished) = data_dir.finished_restore() {
        if half != Some(finished) {
            bail!(
                "a restore into the data directory {} was finished; start the server, or restore into a new one",
                data_dir.path().display()
            );
        }
        data_dir.begin_restore(finished)?;
    }
    if !data_dir.has_unfinished_restore() && has_files(&data_dir.segments())? {
        bail!("the data directory {} is not empty; restore into a new one", data_dir.path().display());
    }
    let Some(number) = half else { return Ok(store) };
    match target {
        Target::Sqlite(file) => {
            store.close().await;
            remove_database(file)?;
            Ok(open().await?)
        }
        Target::Postgres(_) => {
            mark::empty(&store, number).await?;
            Ok(store)
        }
    }
}

/// Removes a `SQLite` file and what belongs to it.
fn remove_database(path: &Path) -> anyhow::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", Path::new(&name).display()));
            }
            _ => (),
        }
    }
    Ok(())
}

fn has_files(directory: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(directory) {
        Ok(mut files) => Ok(files.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", directory.display())),
    }
}

fn write_durably<R: Read>(path: &Path, part: &mut Part<'_, R>) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    io::copy(part, &mut file)?;
    file.sync_all()
}
