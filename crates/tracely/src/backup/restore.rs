//! Restoring a backup that was checked.

use super::Header;
use super::parts::{Content, Part, Parts};
use crate::data_dir::{DataDir, sync};
use anyhow::{Context, bail};
use std::fs::{self, File};
use std::io::{self, Read};
use tokio::task::block_in_place;
use tracely_store::backup::{Load, check_empty};
use tracely_store::{Store, installation};

/// Fills an empty data directory and an empty database, and brings the schema up to date.
///
/// Refuses, with nothing written, a directory or a database that holds anything. From then on, until everything is
/// durable, the directory is marked, and only another restore opens it.
pub async fn restore(
    input: impl Read,
    data_dir: &DataDir,
    store: &Store,
    mut progress: impl FnMut(&str, u64),
) -> anyhow::Result<Header> {
    let segments = data_dir.segments();
    if !data_dir.has_unfinished_restore() && has_files(&segments)? {
        bail!("the data directory {} is not empty; restore into a new one", data_dir.path().display());
    }
    check_empty(store).await?;
    data_dir.begin_restore()?;
    // What a restore that was cut off left behind.
    match fs::remove_dir_all(&segments) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir(&segments),
    }
    .with_context(|| format!("cannot make {}", segments.display()))?;

    let mut archive = tar::Archive::new(input);
    let mut parts = Parts::begin(&mut archive)?;
    let mut load = Load::begin(store, &parts.header().migrations, &parts.header().tables).await?;
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
    let tx = store.begin().await?;
    installation::forget(&tx).await?;
    tx.commit().await?;
    data_dir.finish_restore()?;
    Ok(parts.header().clone())
}

fn has_files(directory: &std::path::Path) -> anyhow::Result<bool> {
    match fs::read_dir(directory) {
        Ok(mut files) => Ok(files.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", directory.display())),
    }
}

fn write_durably<R: Read>(path: &std::path::Path, part: &mut Part<'_, R>) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    io::copy(part, &mut file)?;
    file.sync_all()
}
