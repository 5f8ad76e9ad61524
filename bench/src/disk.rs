//! How long the disk takes to make something durable, which every durable figure rests on.

use crate::load::histogram;
use anyhow::{Context, ensure};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// How often the disk is asked.
const TIMES: usize = 200;

/// Writes 4 KiB and waits until they are durable (`fdatasync`), some times, and returns the median in milliseconds.
pub fn fsync_p50_ms(directory: &Path) -> anyhow::Result<f64> {
    let mut file = tempfile::tempfile_in(directory)?;
    let block = [0x5a; 4_096];
    let mut times = histogram();
    for _ in 0..TIMES {
        let start = Instant::now();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&block)?;
        file.sync_data()?;
        times.saturating_record((start.elapsed().as_micros() as u64).max(1));
    }
    Ok(times.value_at_quantile(0.5) as f64 / 1_000.0)
}

/// Waits until the disk has all that the system has in memory for it.
pub fn write_what_waits() -> anyhow::Result<()> {
    let ended = Command::new("sync").status().context("run sync")?;
    ensure!(ended.success(), "sync: {ended}");
    Ok(())
}

/// Adds up the sizes of all files below a directory, in bytes.
pub fn size_of(directory: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            // A file that is gone meanwhile takes no room.
            Err(_) => 0,
        })
        .sum()
}
