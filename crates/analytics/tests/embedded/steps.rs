//! Flush, merge and retention leave and lose nothing at any step, for readers and over crashes.

use crate::harness::{Harness, Point, START, columns, set, small_config};
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use tracely_analytics::{
    AnalyticsError, ChartQuestion, Config, Embedded, PointsOrder, PointsQuestion, SeriesSet,
};
use tracely_core::time::{DAY, HOUR, SECOND, Timestamp};

fn count(engine: &Embedded, series: &SeriesSet) -> Result<u64, AnalyticsError> {
    let (from, to) = (Timestamp(START - DAY), Timestamp(START + 9 * DAY));
    let question = ChartQuestion { series: series.clone(), from, to, width: DAY, offset: 0 };
    let charted = engine.chart(&question)?.iter().map(|bucket| bucket.count).sum();
    let question = PointsQuestion {
        series: series.clone(),
        from: None,
        to: None,
        min_value: None,
        max_value: None,
        order: PointsOrder::Instant,
        descending: true,
        offset: 0,
        limit: 5,
    };
    // A second question may see a later state, but never fewer points.
    assert!(engine.points(&question)?.total >= charted);
    Ok(charted)
}

fn some_points(count: i64) -> Vec<Point> {
    (0..count).map(|place| ((place % 3) as u32, START + place * HOUR, place as f64)).collect()
}

#[test]
fn prepared_flush_is_invisible_and_gone_after_a_crash() {
    let mut harness = Harness::new(small_config());
    harness.absorb(&some_points(50));
    let flush = harness.engine.prepare_flush().unwrap().unwrap();
    assert_eq!(flush.segments.len(), 3);
    assert_eq!(count(&harness.engine, &set(0..3)).unwrap(), 50);
    assert_eq!(harness.files().len(), 3);
    drop(flush);

    harness.crash();

    assert_eq!(harness.files().len(), 0);
    assert_eq!(harness.engine.tail_points(), 50);
    assert_eq!(count(&harness.engine, &set(0..3)).unwrap(), 50);
}

#[test]
fn committed_flush_counts_after_a_crash_before_it_was_adopted() {
    let mut harness = Harness::new(small_config());
    harness.absorb(&some_points(50));
    let flush = harness.engine.prepare_flush().unwrap().unwrap();
    harness.rows = flush.segments.clone();
    harness.position = flush.position;
    drop(flush);

    harness.crash();

    assert_eq!(harness.engine.tail_points(), 0);
    assert_eq!(harness.engine.position(), 1);
    assert_eq!(count(&harness.engine, &set(0..3)).unwrap(), 50);
}

#[test]
fn points_absorbed_during_a_flush_stay_in_the_tail() {
    let mut harness = Harness::new(small_config());
    harness.absorb(&some_points(10));
    let flush = harness.engine.prepare_flush().unwrap().unwrap();
    assert!(matches!(harness.engine.prepare_flush(), Err(AnalyticsError::FlushUnderWay)));
    harness.absorb(&some_points(4));
    assert_eq!(flush.position, 1);
    harness.engine.adopt(flush);

    assert_eq!(harness.engine.tail_points(), 4);
    assert_eq!(harness.engine.position(), 2);
    assert_eq!(count(&harness.engine, &set(0..3)).unwrap(), 14);
}

#[test]
fn abandoned_flush_leaves_no_file_and_can_be_tried_again() {
    let mut harness = Harness::new(small_config());
    harness.absorb(&some_points(10));
    let flush = harness.engine.prepare_flush().unwrap().unwrap();
    harness.engine.abandon(flush);
    assert_eq!(harness.files().len(), 0);
    harness.flush();
    assert_eq!(harness.engine.tail_points(), 0);
    assert_eq!(count(&harness.engine, &set(0..3)).unwrap(), 10);
}

#[test]
fn repeated_entries_are_ignored_and_positions_skip_forward_only() {
    let harness = Harness::new(small_config());
    harness.engine.absorb(5, columns(&some_points(3)));
    harness.engine.absorb(5, columns(&some_points(3)));
    harness.engine.absorb(4, columns(&some_points(3)));
    harness.engine.skip_to(9);
    harness.engine.skip_to(2);
    harness.engine.absorb(9, columns(&some_points(3)));
    assert_eq!((harness.engine.position(), harness.engine.tail_points()), (9, 3));
    assert_eq!(harness.engine.prepare_flush().unwrap().unwrap().position, 9);
}

#[test]
fn merge_is_invisible_until_adopted_and_gone_after_a_crash() {
    let mut harness = Harness::new(small_config());
    for _ in 0..4 {
        harness.absorb(&some_points(20));
        harness.flush();
    }
    let merge = harness.engine.prepare_merge().unwrap().unwrap();
    assert!(matches!(harness.engine.prepare_merge(), Err(AnalyticsError::MergeUnderWay)));
    assert_eq!((merge.replaced.len(), merge.merged.rows), (4, 80));
    assert_eq!(harness.files().len(), 5);
    assert_eq!(count(&harness.engine, &set(0..3)).unwrap(), 80);
    drop(merge);
    harness.crash();
    assert_eq!(harness.files().len(), 4);

    assert!(harness.merge());
    assert_eq!(harness.files(), harness.listed_files());
    assert_eq!(harness.files().len(), 1);
    assert_eq!(count(&harness.engine, &set(0..3)).unwrap(), 80);
    assert!(!harness.merge());
}

#[test]
fn expired_segments_disappear() {
    let mut harness = Harness::new(small_config());
    harness.absorb(&some_points(72));
    harness.flush();
    let expired = harness.engine.expired(Timestamp(START + 2 * DAY));
    assert_eq!(expired.iter().map(|segment| segment.day).collect::<Vec<_>>(), [START / DAY, START / DAY + 1]);
    harness.engine.drop_segments(&expired);
    assert_eq!(count(&harness.engine, &set(0..3)).unwrap(), 24);
    assert_eq!(harness.files().len(), 1);
}

#[test]
fn readers_see_every_point_once_during_flushes_and_merges() {
    let mut harness = Harness::new(Config { merge_fan_in: 2, run_points: 500, ..Config::default() });
    let engine =
        Embedded::open(&harness.path().join("shared"), Vec::new(), 0, harness.config.clone()).unwrap();
    harness.engine = engine;
    let stop = AtomicBool::new(false);
    let absorbed = std::sync::atomic::AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let before = absorbed.load(Ordering::SeqCst);
                    let seen = count(&harness.engine, &set([1])).unwrap();
                    // An entry may be visible before it is counted here.
                    let after = absorbed.load(Ordering::SeqCst) + 100;
                    assert!((before..=after).contains(&seen), "{seen} is not between {before} and {after}");
                    let latest = harness.engine.latest(&set([1])).unwrap();
                    assert_eq!(latest.len(), usize::from(before > 0).max(latest.len()));
                }
            });
        }
        for sequence in 1..=300_i64 {
            let points: Vec<Point> =
                (0..100).map(|place| (1, START + (sequence * 100 + place) * SECOND, 0.5)).collect();
            harness.engine.absorb(sequence as u64, columns(&points));
            absorbed.fetch_add(100, Ordering::SeqCst);
            if sequence % 7 == 0 {
                let flush = harness.engine.prepare_flush().unwrap().unwrap();
                harness.engine.adopt(flush);
            }
            if sequence % 11 == 0
                && let Some(merge) = harness.engine.prepare_merge().unwrap()
            {
                harness.engine.adopt_merge(merge);
            }
        }
        stop.store(true, Ordering::SeqCst);
    });
    assert_eq!(count(&harness.engine, &set([1])).unwrap(), 30_000);
}

#[test]
fn a_damaged_segment_is_reported_and_the_others_answer() {
    let mut harness = Harness::new(small_config());
    harness.absorb(&some_points(96));
    harness.flush();
    let [absent, short, footer, good] = [0, 1, 2, 3].map(|place| harness.rows[place].file.clone());
    fs::remove_file(harness.path().join(&absent)).unwrap();
    let bytes = fs::read(harness.path().join(&short)).unwrap();
    fs::write(harness.path().join(&short), &bytes[..bytes.len() - 1]).unwrap();
    let mut bytes = fs::read(harness.path().join(&footer)).unwrap();
    let end = bytes.len();
    bytes[end - 20..end - 8].fill(0xFF);
    fs::write(harness.path().join(&footer), &bytes).unwrap();

    harness.crash();

    let broken = harness.engine.broken();
    let messages: Vec<String> = broken.iter().map(|broken| broken.error.to_string()).collect();
    assert_eq!(messages[0], format!("cannot read segment {absent}"));
    assert!(messages[1].starts_with(&format!("segment {short} has ")), "{messages:?}");
    assert!(messages[2].contains(&footer), "{messages:?}");
    assert_eq!(harness.engine.segments().len(), 1);
    assert_eq!(harness.engine.segments()[0].file, good);
    assert_eq!(count(&harness.engine, &set(0..3)).unwrap(), 24);

    let expired = harness.engine.expired(Timestamp(START + 3 * DAY));
    assert_eq!(expired.len(), 3);
    harness.engine.drop_segments(&expired);
    assert!(harness.engine.broken().is_empty());
    assert_eq!(harness.files(), [good]);
}

#[test]
fn a_flipped_bit_in_any_column_is_an_error_never_a_wrong_answer() {
    let mut harness = Harness::new(small_config());
    harness.absorb(&some_points(24));
    harness.flush();
    let path = harness.path().join(&harness.rows[0].file);
    let whole = fs::read(&path).unwrap();
    let mut found = 0;
    for place in 4..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        harness.crash();
        let listed = harness.engine.broken().is_empty();
        let answer = count(&harness.engine, &set(0..3));
        match answer {
            Err(AnalyticsError::Damaged { .. } | AnalyticsError::Decode { .. }) => found += 1,
            Err(other) => panic!("byte {place}: {other}"),
            Ok(count) if !listed => assert_eq!(count, 0),
            // Some bytes of the footer mean nothing to a reader.
            Ok(count) => assert_eq!(count, 24, "byte {place}"),
        }
    }
    assert!(found > 100);
}

#[test]
fn impossible_questions_are_refused() {
    let harness = Harness::new(small_config());
    let question = |width, to| ChartQuestion {
        series: set([1]),
        from: Timestamp(0),
        to: Timestamp(to),
        width,
        offset: 0,
    };
    assert!(matches!(harness.engine.chart(&question(0, 1)), Err(AnalyticsError::BucketWidth)));
    let many = harness.engine.chart(&question(1, i64::MAX));
    assert!(matches!(many, Err(AnalyticsError::TooManyBuckets { limit: 50_000 })));
    assert_eq!(harness.engine.chart(&question(i64::MAX, i64::MAX)).unwrap(), []);
    assert_eq!(harness.engine.chart(&question(1, 0)).unwrap(), []);
}
