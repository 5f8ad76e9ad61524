//! The data directory, which one process at a time may use.

use anyhow::{Context, bail};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// A data directory that this process has claimed. The claim is a lock of the operating system on the file
/// `tracely.lock`, so it ends with the process, however that ends; the file stays.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory when it is absent, readable for its owner only, and claims it.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        make(path)
            .with_context(|| format!("TRACELY_DATA_DIR: cannot make the directory {}", path.display()))?;
        let file = path.join("tracely.lock");
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&file)
            .with_context(|| format!("TRACELY_DATA_DIR: cannot write {}", file.display()))?;
        match lock.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                lock.read_to_string(&mut holder).ok();
                bail!(
                    "another Tracely process (id {}) uses the data directory {}; stop it first, or choose another \
                     directory with TRACELY_DATA_DIR or --data-dir",
                    if holder.trim().is_empty() { "unknown" } else { holder.trim() },
                    path.display()
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", file.display()));
            }
        }
        lock.set_len(0)?;
        lock.rewind()?;
        writeln!(lock, "{}", std::process::id())?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Returns where segments are kept.
    pub fn segments(&self) -> PathBuf {
        self.path.join("segments")
    }
}

fn make(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::DataDir;

    #[test]
    fn a_directory_is_used_by_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        let first = DataDir::open(&path).unwrap();
        let refused = DataDir::open(&path).unwrap_err().to_string();
        assert!(refused.contains(&format!("(id {})", std::process::id())), "{refused}");
        drop(first);
        DataDir::open(&path).unwrap();
    }
}
