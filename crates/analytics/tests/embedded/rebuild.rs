//! Segments that cannot be read are written again from the log.

use crate::harness::{Harness, Point, START, columns, set, small_config};
use std::fs;
use tracely_analytics::{Embedded, PointsOrder, PointsQuestion, Rebuilt, Segment, check};
use tracely_core::time::{DAY, MINUTE};

/// Points of an entry: four in the first day, two in the second.
fn some_points(entry: i64) -> Vec<Point> {
    let first = (0..4).map(|place| (place, START + (entry * 7 + i64::from(place)) * MINUTE));
    let second = (0..2).map(|place| (place, START + DAY + entry * MINUTE));
    first
        .chain(second)
        .map(|(series, instant)| (series, instant, (entry * 10) as f64 + f64::from(series)))
        .collect()
}

/// Entries 1 to 12, flushed two at a time; those of a day in the middle are merged.
fn filled() -> Harness {
    let mut harness = Harness::new(small_config());
    for entry in 1..=12 {
        harness.absorb(&some_points(entry));
        if entry % 2 == 0 {
            harness.flush();
        }
        if entry == 8 {
            while harness.merge() {}
        }
    }
    harness
}

fn listed(engine: &Embedded) -> Vec<String> {
    let question = PointsQuestion {
        series: set(0..4),
        from: None,
        to: None,
        min_value: None,
        max_value: None,
        order: PointsOrder::Instant,
        descending: false,
        offset: 0,
        limit: 1_000,
    };
    engine.points(&question).unwrap().rows.iter().map(|row| format!("{row:?}")).collect()
}

/// Does what the server does, with a log that may have lost entries.
fn rebuilt(harness: &Harness, broken: &Segment, log: &[Vec<Point>]) -> Option<Rebuilt> {
    let mut rebuilding = harness.engine.rebuild(broken);
    for (first, last) in broken.entries.spans() {
        for position in *first..=*last {
            rebuilding.add(position, &columns(&log[position as usize - 1])).unwrap();
        }
    }
    rebuilding.finish().unwrap()
}

#[test]
fn every_segment_can_be_written_again_and_again() {
    let whole = listed(&filled().engine);
    for place in 0..filled().rows.len() {
        let mut harness = filled();
        let file = harness.rows[place].file.clone();
        // What was written again is broken once more, and is also merged before the comparison.
        let mut damaged = vec![file];
        for _ in 0..2 {
            for file in &damaged {
                fs::remove_file(harness.path().join(file)).unwrap();
            }
            harness.crash();
            assert!(listed(&harness.engine).len() < whole.len());
            damaged.clear();
            for broken in harness.engine.broken() {
                let rebuilt = rebuilt(&harness, &broken.segment, &harness.log).unwrap();
                harness.rows.retain(|row| *row != broken.segment);
                harness.rows.extend(rebuilt.segments());
                damaged.extend(rebuilt.segments().into_iter().map(|segment| segment.file));
                harness.engine.adopt_rebuild(rebuilt);
            }
            assert!(harness.engine.broken().is_empty());
            assert_eq!(listed(&harness.engine), whole, "segment {place}");
            assert_eq!(harness.files(), harness.listed_files());
        }
        while harness.merge() {}
        harness.crash();
        assert_eq!(listed(&harness.engine), whole, "segment {place}, after merges and a crash");
    }
}

#[test]
fn a_check_reads_everything() {
    let harness = filled();
    for row in &harness.rows {
        check(harness.path(), row).unwrap();
        let path = harness.path().join(&row.file);
        let whole = fs::read(&path).unwrap();
        let (_, end) = whole.split_at(whole.len() - 8);
        let footer = u32::from_le_bytes(end[..4].try_into().unwrap()) as usize;
        for place in (4..whole.len() - 8 - footer).step_by(7) {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            fs::write(&path, damaged).unwrap();
            assert!(check(harness.path(), row).is_err(), "byte {place} of {}", row.file);
        }
        fs::write(&path, whole).unwrap();
    }
    let more = Segment { rows: harness.rows[0].rows + 1, ..harness.rows[0].clone() };
    assert!(check(harness.path(), &more).is_err());
}

#[test]
fn a_log_with_other_points_is_refused_and_leaves_no_file() {
    let mut harness = filled();
    fs::remove_file(harness.path().join(&harness.rows[0].file)).unwrap();
    harness.crash();
    let files = harness.files();
    let broken = harness.engine.broken();
    let mut log = harness.log.clone();
    for entry in &mut log {
        entry.pop();
        entry.remove(0);
    }
    assert!(rebuilt(&harness, &broken[0].segment, &log).is_none());
    assert_eq!(harness.files(), files);
    let rebuilt = rebuilt(&harness, &broken[0].segment, &harness.log).unwrap();
    harness.engine.abandon_rebuild(rebuilt);
    assert_eq!(harness.files(), files, "one that is never committed leaves none either");
}
