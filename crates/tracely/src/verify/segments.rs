//! The segments: each is read from end to end, and each entry of the log has its points in exactly one segment of each day.

use super::Report;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tracely_analytics::Segment;
use tracely_core::time::DAY;
use tracely_server::segment_of;
use tracely_store::consumer::{self, Consumer};
use tracely_store::log::{Entry, Payload};
use tracely_store::{Store, StoreError, segment};

/// What the check knows of the segments while it reads the log.
pub(super) struct Segments {
    /// The entries after it are in no segment yet.
    indexed: u64,
    /// The entries up to it are not read.
    after: u64,
    all: Vec<Checked>,
    /// Which segments a day has.
    days: BTreeMap<i64, Vec<usize>>,
    differences: BTreeSet<String>,
}

struct Checked {
    segment: Segment,
    /// Points of its day in its entries, as far as the log was read.
    counted: u64,
}

impl Segments {
    /// Reads every segment. The log is read after a position.
    pub(super) async fn read(store: &Store, directory: &Path, after: u64) -> Result<Self, StoreError> {
        let rows = segment::list(store).await?;
        let indexed = consumer::position(store, Consumer::Indexer).await?;
        let mut found =
            Self { indexed, after, all: Vec::new(), days: BTreeMap::new(), differences: BTreeSet::new() };
        for segment in rows.into_iter().map(segment_of) {
            if let Err(error) = tracely_analytics::check(directory, &segment) {
                let source =
                    std::error::Error::source(&error).map_or(String::new(), |why| format!(": {why}"));
                found.differences.insert(format!("{error}{source}"));
            }
            found.days.entry(segment.day).or_default().push(found.all.len());
            found.all.push(Checked { segment, counted: 0 });
        }
        Ok(found)
    }

    /// Looks where the points of an entry are.
    pub(super) fn look(&mut self, entry: &Entry) {
        let Payload::Points { batch, .. } = &entry.payload else { return };
        if entry.position > self.indexed {
            return;
        }
        let mut days: BTreeMap<i64, u64> = BTreeMap::new();
        for instant in &batch.instants {
            *days.entry(instant.div_euclid(DAY)).or_default() += 1;
        }
        for (day, points) in days {
            let of_day = self.days.get(&day).map_or(&[][..], Vec::as_slice);
            // Segments of versions that did not keep where points come from say nothing.
            if of_day.iter().any(|place| self.all[*place].segment.entries.spans().is_empty()) {
                continue;
            }
            let has = |place: &&usize| self.all[**place].segment.entries.contains(entry.position);
            let holders: Vec<usize> = of_day.iter().filter(has).copied().collect();
            match holders.as_slice() {
                [one] => self.all[*one].counted += points,
                others => {
                    let found = others.len();
                    let position = entry.position;
                    self.differences
                        .insert(format!("the points of entry {position} are in {found} segments of a day"));
                }
            }
        }
    }

    /// Compares what was counted and adds everything to the report.
    pub(super) fn finish(self, report: &mut Report) {
        let mut compared = 0;
        let mut differences = self.differences;
        for Checked { segment, counted } in &self.all {
            let Some((first, _)) = segment.entries.spans().first() else { continue };
            if *first <= self.after {
                continue;
            }
            compared += 1;
            if *counted != segment.rows {
                let (file, rows) = (&segment.file, segment.rows);
                differences.insert(format!(
                    "segment {file} has {rows} points, and its entries of the log {counted}"
                ));
            }
        }
        let points: u64 = self.all.iter().map(|checked| checked.segment.rows).sum();
        report.lines.push(format!(
            "segments   {} with {points} points, {compared} compared with the log",
            self.all.len()
        ));
        report.differences.extend(differences);
    }
}
