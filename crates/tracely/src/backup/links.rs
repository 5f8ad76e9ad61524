//! Second names of segment files, so that a merge or the retention cannot take their content away while a command reads
//! them beside a running server.

use crate::data_dir::segments_in;
use anyhow::{Context, bail};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Who needs segment files to stay. A file `NAME.lock` says that it is under way. The second names are in a directory
/// `NAME` beside the files themselves, since a second name must be on the same disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// A backup is taken.
    Backup,
    /// Points are brought into a search cluster.
    Reindex,
}

impl Reading {
    fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Reindex => "reindex",
        }
    }
}

/// Segment files that stay until this is dropped. There is one of each kind for each data directory at a time.
#[derive(Debug)]
pub struct Links {
    segments: PathBuf,
    directory: PathBuf,
    _lock: File,
}

impl Links {
    /// Claims the right to read a data directory for this purpose, and removes what one that was killed left behind.
    pub fn begin(data_dir: &Path, reading: Reading) -> anyhow::Result<Self> {
        let name = reading.name();
        let file = data_dir.join(format!("{name}.lock"));
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&file);
        let lock = lock.with_context(|| format!("cannot write {}", file.display()))?;
        match lock.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                bail!("another {name} of the data directory {} is under way", data_dir.display())
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", file.display()));
            }
        }
        let segments = segments_in(data_dir);
        let directory = segments.join(name);
        let links = Self { segments, directory, _lock: lock };
        links.clear();
        Ok(links)
    }

    /// Removes what commands that were killed left behind, unless one is under way.
    pub fn sweep(data_dir: &Path) {
        for reading in [Reading::Backup, Reading::Reindex] {
            if segments_in(data_dir).join(reading.name()).exists() {
                drop(Self::begin(data_dir, reading));
            }
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

    /// Returns the directory of the second names.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.join(file)
    }

    /// Lets all files go.
    pub fn clear(&self) {
        // What cannot be removed now is removed by the next one or the next start of the server.
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
    use super::{Links, Reading};
    use std::fs;
    use std::io::Read;

    #[test]
    fn a_kept_file_outlives_its_removal() {
        let dir = tempfile::tempdir().unwrap();
        let segments = dir.path().join("segments");
        fs::create_dir(&segments).unwrap();
        fs::write(segments.join("a.parquet"), "points").unwrap();
        let links = Links::begin(dir.path(), Reading::Backup).unwrap();
        drop(Links::begin(dir.path(), Reading::Reindex).unwrap());
        assert!(Links::begin(dir.path(), Reading::Backup).unwrap_err().to_string().contains("is under way"));
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
