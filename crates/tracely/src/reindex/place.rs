//! How far the segments of a day were brought in, kept in the data directory.
//!
//! It saves time and nothing else: what the cluster has is counted at the end of a day whatever this says.

use crate::data_dir::sync;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

const FILE: &str = "reindex.json";

/// Up to where a day's points are in the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Reached {
    /// Of which indices this is true.
    index: String,
    /// The day, in days since the epoch.
    day: i64,
    /// The points up to and with this series and instant are in the cluster.
    series: u32,
    instant: i64,
}

/// Where that is kept.
#[derive(Debug)]
pub(super) struct Place {
    directory: PathBuf,
    index: String,
    reached: Option<Reached>,
}

impl Place {
    /// Reads how far the last run got with these indices. What cannot be read counts as nothing.
    pub(super) fn read(data_dir: &Path, index: &str) -> Self {
        let read = fs::read(data_dir.join(FILE)).ok();
        let reached = read.and_then(|json| serde_json::from_slice::<Reached>(&json).ok());
        let reached = reached.filter(|reached| reached.index == index);
        Self { directory: data_dir.to_owned(), index: index.to_owned(), reached }
    }

    /// Returns the last series and instant of a day that was brought in; none when it was not begun.
    pub(super) fn of(&self, day: i64) -> Option<(u32, i64)> {
        let reached = self.reached.as_ref().filter(|reached| reached.day == day)?;
        Some((reached.series, reached.instant))
    }

    /// Keeps durably how far a day is.
    pub(super) fn reach(&mut self, day: i64, (series, instant): (u32, i64)) -> std::io::Result<()> {
        let reached = Reached { index: self.index.clone(), day, series, instant };
        let unfinished = self.directory.join(format!("{FILE}.unfinished"));
        let mut file = File::create(&unfinished)?;
        file.write_all(&serde_json::to_vec(&reached)?)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.directory.join(FILE))?;
        sync(&self.directory)?;
        self.reached = Some(reached);
        Ok(())
    }

    /// Forgets everything, since there is nothing left to do.
    pub(super) fn forget(&mut self) {
        self.reached = None;
        // What stays is of a day that is found whole by the next run.
        let _ = fs::remove_file(self.directory.join(FILE));
    }
}

#[cfg(test)]
mod tests {
    use super::{FILE, Place};

    #[test]
    fn a_place_outlives_the_process_and_belongs_to_a_day_and_an_index() {
        let dir = tempfile::tempdir().unwrap();
        let mut place = Place::read(dir.path(), "metrics");
        assert_eq!(place.of(3), None);
        place.reach(3, (7, -5)).unwrap();
        assert_eq!((place.of(3), place.of(4)), (Some((7, -5)), None));
        assert_eq!(Place::read(dir.path(), "metrics").of(3), Some((7, -5)));
        assert_eq!(Place::read(dir.path(), "others").of(3), None);
        std::fs::write(dir.path().join(FILE), "{half").unwrap();
        assert_eq!(Place::read(dir.path(), "metrics").of(3), None);
        place.forget();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
