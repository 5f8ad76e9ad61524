//! The data directory, which one process at a time may use.

use anyhow::{Context, bail};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The file that is there while a restore is under way, or after it was cut off.
const UNFINISHED_RESTORE: &str = "restore.unfinished";
/// What becomes of it when everything is in its place, until the database says so too.
const FINISHED_RESTORE: &str = "restore.finished";

/// A data directory that this process has claimed. The claim is a lock of the operating system on the file
/// `tracely.lock`, so it ends with the process, however that ends; the file stays.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory when it is absent, readable for its owner only, and claims it.
    /// Fails when a restore into it was cut off.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let claimed = Self::open_to_restore(path)?;
        if claimed.has_unfinished_restore() {
            bail!(
                "a restore into the data directory {} was not finished; run `tracely restore` again, which begins anew, \
                 or delete the directory",
                path.display()
            );
        }
        Ok(claimed)
    }

    /// Like [`DataDir::open`], also when a restore was cut off.
    pub fn open_to_restore(path: &Path) -> anyhow::Result<Self> {
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

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns where segments are kept.
    pub fn segments(&self) -> PathBuf {
        segments_in(&self.path)
    }

    /// Says whether a restore was begun and not finished.
    pub fn has_unfinished_restore(&self) -> bool {
        self.path.join(UNFINISHED_RESTORE).exists()
    }

    /// Marks the directory, durably, with the number of a restore, so that nobody but a restore opens it.
    pub fn begin_restore(&self, number: u64) -> anyhow::Result<()> {
        let file = self.path.join(UNFINISHED_RESTORE);
        File::create(&file)
            .and_then(|mut file| write!(file, "{number}").and_then(|()| file.sync_all()))
            .and_then(|()| sync(&self.path))
            .with_context(|| format!("cannot write {}", file.display()))?;
        self.forget_restore()
    }

    /// Says, durably, that everything is in its place; what is left is to say so in the database.
    pub fn finish_restore(&self) -> anyhow::Result<()> {
        let file = self.path.join(UNFINISHED_RESTORE);
        std::fs::rename(&file, self.path.join(FINISHED_RESTORE))
            .and_then(|()| sync(&self.path))
            .with_context(|| format!("cannot rename {}", file.display()))
    }

    /// Returns the number of a restore that was finished in this directory and perhaps not in the database; none when
    /// somebody has served both since.
    pub fn finished_restore(&self) -> Option<u64> {
        std::fs::read_to_string(self.path.join(FINISHED_RESTORE)).ok()?.parse().ok()
    }

    /// Forgets that there was a restore, since the database says that it was finished.
    pub fn forget_restore(&self) -> anyhow::Result<()> {
        let file = self.path.join(FINISHED_RESTORE);
        match std::fs::remove_file(&file).and_then(|()| sync(&self.path)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", file.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Returns where the segments of a data directory are kept.
pub fn segments_in(data_dir: &Path) -> PathBuf {
    data_dir.join("segments")
}

/// Makes the names in a directory durable.
pub fn sync(directory: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    Ok(())
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

    #[test]
    fn a_directory_with_half_a_restore_is_for_restores_only() {
        let dir = tempfile::tempdir().unwrap();
        DataDir::open(dir.path()).unwrap().begin_restore(7).unwrap();
        let refused = DataDir::open(dir.path()).unwrap_err().to_string();
        assert!(refused.contains("was not finished"), "{refused}");
        DataDir::open_to_restore(dir.path()).unwrap().finish_restore().unwrap();
        let finished = DataDir::open(dir.path()).unwrap();
        assert_eq!(finished.finished_restore(), Some(7));
        finished.forget_restore().unwrap();
        assert_eq!(finished.finished_restore(), None);
    }
}
