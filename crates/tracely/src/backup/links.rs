//! Second names of segment files, so that a merge or the retention cannot take their content away.

use crate::data_dir::segments_in;
use anyhow::{Context, bail};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file whose lock says that a backup is under way.
const LOCK: &str = "backup.lock";
/// The directory of the second names, beside the files themselves, since a second name must be on the same disk.
const DIRECTORY: &str = "backup";

/// Segment files that stay until this is dropped. There is one for each data directory at a time.
#[derive(Debug)]
pub struct Links {
    segments: PathBuf,
    directory: PathBuf,
    _lock: File,
}

impl Links {
    /// Claims the right to take a backup of a data directory, and removes what one that was killed left behind.
    pub fn begin(data_dir: &Path) -> anyhow::Result<Self> {
        let file = data_dir.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&file);
        let lock = lock.with_context(|| format!("cannot write {}", file.display()))?;
        match lock.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                bail!("another backup of the data directory {} is under way", data_dir.display())
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", file.display()));
            }
        }
        let segments = segments_in(data_dir);
        let directory = segments.join(DIRECTORY);
        let links = Self { segments, directory, _lock: lock };
        links.clear();
        Ok(links)
    }

    /// Removes what a backup that was killed left behind, unless one is under way.
    pub fn sweep(data_dir: &Path) {
        if segments_in(data_dir).join(DIRECTORY).exists() {
            drop(Self::begin(data_dir));
        }
    }

    /// Gives a segment file a second name. Says whether the file was there.
    pub fn keep(&self, file: &str) -> anyhow::Result<bool> {
        let (from, to) = (self.segments.join(file), self.path(file));
        if to.exists() {
            return Ok(true);
        }
        fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot make {}", self.directory.display()))?;
        let kept = match fs::hard_link(&from, &to) {
            // Not every file system has second names; a copy is as good, and takes its place.
            Err(error) if error.kind() != ErrorKind::NotFound => fs::copy(&from, &to).map(drop),
            linked => linked,
        };
        match kept {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot keep {}", from.display())),
        }
    }

    /// Opens a file that was kept.
    pub fn open(&self, file: &str) -> anyhow::Result<File> {
        let path = self.path(file);
        File::open(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.join(file)
    }

    fn clear(&self) {
        // What cannot be removed now is removed by the next backup or the next start of the server.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Links;
    use std::fs;
    use std::io::Read;

    #[test]
    fn a_kept_file_outlives_its_removal() {
        let dir = tempfile::tempdir().unwrap();
        let segments = dir.path().join("segments");
        fs::create_dir(&segments).unwrap();
        fs::write(segments.join("a.parquet"), "points").unwrap();
        let links = Links::begin(dir.path()).unwrap();
        assert!(Links::begin(dir.path()).unwrap_err().to_string().contains("is under way"));
        assert!(links.keep("a.parquet").unwrap());
        assert!(!links.keep("b.parquet").unwrap());
        fs::remove_file(segments.join("a.parquet")).unwrap();
        assert!(links.keep("a.parquet").unwrap(), "it was kept before");
        let mut content = String::new();
        links.open("a.parquet").unwrap().read_to_string(&mut content).unwrap();
        assert_eq!(content, "points");
        drop(links);
        assert_eq!(fs::read_dir(&segments).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_backup_left_is_swept() {
        let dir = tempfile::tempdir().unwrap();
        let left = dir.path().join("segments/backup");
        fs::create_dir_all(&left).unwrap();
        fs::write(left.join("a.parquet"), "points").unwrap();
        Links::sweep(dir.path());
        assert!(!left.exists());
    }
}
