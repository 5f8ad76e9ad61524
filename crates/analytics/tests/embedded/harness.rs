//! A caller that keeps its list of segments as the server does.

use std::{path::Path, sync::Arc};
use tempfile::TempDir;
use tracely_analytics::{Config, Embedded, Segment, SeriesSet};
use tracely_core::metric::PointBatch;
use tracely_core::{id::SeriesId, time::DAY};

/// A day in January 2024.
pub const START: i64 = 19_737 * DAY;

/// One point: series, instant, value.
pub type Point = (u32, i64, f64);

pub fn columns(points: &[Point]) -> Arc<PointBatch> {
    let mut columns = PointBatch::default();
    for (series, instant, value) in points {
        columns.push_row(*series, *instant, *value);
    }
    Arc::new(columns)
}

pub fn set(series: impl IntoIterator<Item = u32>) -> SeriesSet {
    series.into_iter().map(SeriesId).collect()
}

/// Small limits, so that few points go through every path.
pub fn small_config() -> Config {
    Config {
        row_group_rows: 16,
        run_points: 20,
        merge_fan_in: 3,
        exact_limit: 12,
        threads: 2,
        segment_rows: 150,
        ..Config::default()
    }
}

/// An engine with its caller: the log, and the database's list of segments and position.
pub struct Harness {
    pub directory: TempDir,
    pub engine: Embedded,
    pub config: Config,
    pub log: Vec<Vec<Point>>,
    pub rows: Vec<Segment>,
    pub position: u64,
}

impl Harness {
    pub fn new(config: Config) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = Embedded::open(directory.path(), Vec::new(), 0, config.clone()).unwrap();
        Self { directory, engine, config, log: Vec::new(), rows: Vec::new(), position: 0 }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn absorb(&mut self, points: &[Point]) {
        self.log.push(points.to_vec());
        self.engine.absorb(self.log.len() as u64, columns(points));
    }

    pub fn flush(&mut self) {
        if let Some(flush) = self.engine.prepare_flush().unwrap() {
            self.rows.extend(flush.segments.iter().cloned());
            self.position = flush.position;
            self.engine.adopt(flush);
        }
    }

    pub fn merge(&mut self) -> bool {
        let Some(merge) = self.engine.prepare_merge().unwrap() else { return false };
        self.rows.retain(|row| !merge.replaced.contains(row));
        self.rows.push(merge.merged.clone());
        self.engine.adopt_merge(merge);
        true
    }

    /// Stops without a word and starts again from the database and the log.
    pub fn crash(&mut self) {
        self.engine =
            Embedded::open(self.directory.path(), self.rows.clone(), self.position, self.config.clone())
                .unwrap();
        for (place, points) in self.log.iter().enumerate() {
            self.engine.absorb(place as u64 + 1, columns(points));
        }
    }

    pub fn points(&self) -> Vec<Point> {
        self.log.concat()
    }

    /// Returns the names of all files in the directory, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn listed_files(&self) -> Vec<String> {
        let mut names: Vec<String> = self.rows.iter().map(|row| row.file.clone()).collect();
        names.sort();
        names
    }
}
