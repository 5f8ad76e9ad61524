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
            if self.is_unknown(of_day) {
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

    /// Says whether it is not known of some of the segments where their points come from: they were written by a
    /// version that did not keep it, or from entries too far apart. The points of an entry may then be in any of them.
    fn is_unknown(&self, segments: &[usize]) -> bool {
        segments.iter().any(|place| self.all[*place].segment.entries.spans().is_empty())
    }

    /// Compares what was counted and adds everything to the report.
    pub(super) fn finish(mut self, report: &mut Report) {
        let mut compared = 0;
        let mut differences = std::mem::take(&mut self.differences);
        for Checked { segment, counted } in &self.all {
            let Some((first, _)) = segment.entries.spans().first() else { continue };
            if *first <= self.after || self.is_unknown(&self.days[&segment.day]) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tracely_analytics::Entries;
    use tracely_core::id::OrganizationId;
    use tracely_core::metric::PointBatch;
    use tracely_core::time::Timestamp;

    /// The segments of two days, by the entries they come from, and how many points each has.
    fn segments(known: &[(i64, &str, u64)]) -> Segments {
        let mut found = Segments {
            indexed: 9,
            after: 0,
            all: Vec::new(),
            days: BTreeMap::new(),
            differences: BTreeSet::new(),
        };
        for (place, (day, entries, rows)) in known.iter().enumerate() {
            let (min_instant, max_instant) = (Timestamp(day * DAY), Timestamp(day * DAY));
            let (entries, file) = (Entries::parse(entries), format!("{place}.parquet"));
            let segment = Segment {
                file,
                day: *day,
                min_instant,
                max_instant,
                min_series: 0,
                max_series: 0,
                rows: *rows,
                bytes: 0,
                entries,
            };
            found.days.entry(*day).or_default().push(place);
            found.all.push(Checked { segment, counted: 0 });
        }
        found
    }

    fn entry(position: u64, days: &[i64]) -> Entry {
        let mut batch = PointBatch::default();
        for day in days {
            batch.push_row(0, day * DAY, 1.0);
        }
        let payload = Payload::Points { backfill: false, batch: Arc::new(batch) };
        let organization_id = OrganizationId(uuid::Uuid::nil());
        Entry { position, organization_id, payload, created_at: Timestamp(0) }
    }

    fn differences(mut segments: Segments, log: &[Entry]) -> Vec<String> {
        for entry in log {
            segments.look(entry);
        }
        let mut report = Report::default();
        segments.finish(&mut report);
        report.differences
    }

    #[test]
    fn each_entry_has_its_points_in_one_segment_of_each_day() {
        let log = [entry(1, &[0, 0, 1]), entry(2, &[1])];
        assert!(differences(segments(&[(0, "1-2", 2), (1, "1-1", 1), (1, "2-2", 1)]), &log).is_empty());
        let differences = differences(segments(&[(0, "1-2", 3), (1, "1-2", 2), (1, "2-2", 1)]), &log);
        assert_eq!(differences.len(), 4, "{differences:#?}");
    }

    #[test]
    fn a_day_of_which_some_points_come_from_nobody_knows_where_is_not_compared() {
        let log = [entry(1, &[0, 0, 1]), entry(2, &[0, 1])];
        assert!(differences(segments(&[(0, "2-2", 1), (0, "", 2), (1, "1-2", 2)]), &log).is_empty());
        let differences = differences(segments(&[(0, "2-2", 1), (0, "", 2), (1, "1-2", 7)]), &log);
        assert_eq!(differences, ["segment 2.parquet has 7 points, and its entries of the log 2"]);
    }
}
