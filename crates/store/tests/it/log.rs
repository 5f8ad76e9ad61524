//! The order of the log, and consumers that follow it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracely_core::event::Event;
use tracely_core::id::{SeriesId, ServiceId};
use tracely_core::metric::{Point, PointBatch};
use tracely_core::time::Timestamp;
use tracely_store::consumer::{self, Consumer};
use tracely_store::log::{self, Payload};
use tracely_store::{Clock, Store, StoreError, organization};
use tracely_testkit::database::{START, TestDatabase};
use tracely_testkit::work::Meter;
use uuid::Uuid;

fn event(number: u128) -> Event {
    Event::ServiceChanged { service_id: ServiceId(Uuid::from_u128(number)) }
}

async fn write(store: &Store, number: u128) {
    let tx = store.begin().await.unwrap();
    tx.emit(organization::DEFAULT, event(number));
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn entries_are_read_in_order_from_memory_and_from_the_database() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let mut batch = PointBatch::default();
    batch.push(Point { series: SeriesId(3), instant: Timestamp(5), value: 1.5 });
    let tx = store.begin().await.unwrap();
    tx.emit(organization::DEFAULT, event(1));
    tx.append_points(organization::DEFAULT, true, batch);
    assert_eq!(tx.commit().await.unwrap(), Some(2));
    write(&store, 2).await;

    let from_memory = log::after(&store, 0).await.unwrap();
    let other = database.store().await;
    let from_database = log::after(&other, 0).await.unwrap();
    assert_eq!(from_memory, from_database);
    assert_eq!(from_memory.iter().map(|entry| entry.position).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(matches!(from_memory[1].payload, Payload::Points { backfill: true, .. }));

    let (events, seen) = log::events_after(&other, 0).await.unwrap();
    assert_eq!((events.len(), seen), (2, 3));
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_no_trace() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let tx = store.begin().await.unwrap();
    tx.emit(organization::DEFAULT, event(1));
    drop(tx);
    assert_eq!(store.refresh_head().await.unwrap(), 0);
    write(&store, 2).await;
    assert_eq!(log::after(&store, 0).await.unwrap().len(), 1);
}

/// Writers commit at their own pace while a follower reads; the follower must meet every position, in order, each
/// once. Without the counter's lock this fails on `PostgreSQL`: a later position becomes visible first.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_follower_never_skips_an_entry_of_concurrent_writers() {
    const WRITERS: u128 = 8;
    const EACH: u128 = 40;
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let follower_store = database.store().await;
    let done = Arc::new(AtomicBool::new(false));

    let follower = tokio::spawn({
        let done = Arc::clone(&done);
        async move {
            let mut met = Vec::new();
            loop {
                let last_round = done.load(Ordering::SeqCst);
                follower_store.refresh_head().await.unwrap();
                loop {
                    let position = met.last().copied().unwrap_or(0);
                    let entries = log::after(&follower_store, position).await.unwrap();
                    if entries.is_empty() {
                        break;
                    }
                    met.extend(entries.iter().map(|entry| entry.position));
                }
                if last_round {
                    return met;
                }
                tokio::task::yield_now().await;
            }
        }
    });
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    write(&store, writer * EACH + number).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    let expected: Vec<u64> = (1..=(WRITERS * EACH) as u64).collect();
    assert_eq!(follower.await.unwrap(), expected);
}

#[tokio::test]
async fn a_position_moves_only_from_where_it_is() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let tx = store.begin().await.unwrap();
    consumer::advance(&tx, Consumer::Evaluator, 0, 5).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(consumer::position(&store, Consumer::Evaluator).await.unwrap(), 5);

    let tx = store.begin().await.unwrap();
    tx.emit(organization::DEFAULT, event(1));
    consumer::advance(&tx, Consumer::Evaluator, 0, 7).await.unwrap();
    let refused = tx.commit().await.unwrap_err();
    assert!(matches!(refused, StoreError::PositionMoved { consumer: "evaluator" }));
    assert_eq!(log::extent(&store).await.unwrap().entries, 0, "nothing of the transaction stays");
    assert_eq!(consumer::position(&store, Consumer::Evaluator).await.unwrap(), 5);
}

#[tokio::test]
async fn everything_that_a_consumer_has_parked_is_found_however_much_others_have() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let tx = store.begin().await.unwrap();
    for position in 1..=150 {
        consumer::park(&tx, Consumer::Evaluator, organization::DEFAULT, position, "why").await.unwrap();
    }
    for position in [9, 3] {
        consumer::park(&tx, Consumer::Elastic, organization::DEFAULT, position, "refused").await.unwrap();
    }
    tx.commit().await.unwrap();
    let newest = consumer::parked(&store, organization::DEFAULT).await.unwrap();
    assert_eq!((newest.len(), newest[99].position), (100, 51));
    let found = consumer::all_parked_by(&store, organization::DEFAULT, Consumer::Elastic).await.unwrap();
    assert_eq!(found.iter().map(|entry| entry.position).collect::<Vec<_>>(), [3, 9]);
    assert_eq!((found[0].consumer.as_str(), found[0].error.as_str()), ("elastic", "refused"));
}

#[tokio::test]
async fn trimming_takes_the_oldest_entries_that_everybody_has_passed() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    for number in 0..5 {
        write(&store, number).await;
    }
    store.clock().advance(1_000);
    let now = store.clock().now();
    for deleted in [2, 1, 0] {
        assert_eq!(log::trim(&store, now..now.plus(1), u64::MAX, 3, 2).await.unwrap(), deleted);
    }
    assert_eq!(log::extent(&store).await.unwrap(), log::Extent { entries: 2, first: 4 });
}

#[tokio::test]
async fn a_log_that_is_too_large_loses_its_oldest_entries() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    for number in 0..5 {
        write(&store, number).await;
    }
    let one = serde_json::to_vec(&event(0)).unwrap().len() as u64;
    let never = || Timestamp(0)..Timestamp(i64::MAX);
    assert_eq!(log::trim(&store, never(), 5 * one, 5, 10).await.unwrap(), 0);
    assert_eq!(
        log::trim(&store, never(), 2 * one, 2, 10).await.unwrap(),
        2,
        "only what everybody has passed"
    );
    assert_eq!(log::trim(&store, never(), 2 * one, 5, 10).await.unwrap(), 1);
    assert_eq!(log::extent(&store).await.unwrap(), log::Extent { entries: 2, first: 4 });
}

/// A clock that was ahead for a while is no reason to keep what follows until it has come so far again.
#[tokio::test]
async fn entries_of_a_clock_that_was_ahead_are_as_old_as_those_after_them() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let year = 365 * 24 * 3_600_000_000;
    store.clock().advance(year);
    for number in 0..3 {
        write(&store, number).await;
    }
    store.clock().advance(-year);
    for number in 3..12 {
        write(&store, number).await;
    }
    store.clock().advance(1_000);
    let young = store.clock().now()..store.clock().now().plus(year / 2);
    write(&store, 12).await;
    let mut left = vec![13 - log::trim(&store, young.clone(), u64::MAX, 13, 2).await.unwrap()];
    while log::trim(&store, young.clone(), u64::MAX, 13, 2).await.unwrap() > 0 {
        left.push(log::extent(&store).await.unwrap().entries);
    }
    assert_eq!(left, [11, 9, 7, 5, 3, 1]);
}

/// Writes an entry at each of these instants, in seconds, and trims in steps of two when the clock says 100 and what is
/// older than 50 is old. Returns the position of the oldest entry that is left.
async fn first_left(instants: &[i64]) -> u64 {
    const SECOND: i64 = 1_000_000;
    let database = TestDatabase::new().await;
    let store = database.store().await;
    for (number, instant) in instants.iter().enumerate() {
        store.clock().step(START.0 + instant * SECOND - store.clock().now().0);
        write(&store, number as u128).await;
    }
    let young = START.plus(50 * SECOND)..START.plus(101 * SECOND);
    while log::trim(&store, young.clone(), u64::MAX, instants.len() as u64, 2).await.unwrap() > 0 {}
    log::extent(&store).await.unwrap().first
}

/// What was written while the clock was behind takes nothing with it that may be young.
#[tokio::test]
async fn entries_of_a_clock_that_was_behind_cut_no_younger_ones_before_them() {
    assert_eq!(first_left(&[10, 20, 90, 91, 92, 30, 31, 95]).await, 3);
    assert_eq!(first_left(&[90, 10, 11, 12, 13, 95]).await, 1);
    assert_eq!(first_left(&[10, 90, 11, 12, 13, 14, 15, 16, 95]).await, 2);
}

/// Both happened: what was ahead is as old as what follows it, as far as nothing in between may be young.
#[tokio::test]
async fn a_clock_that_was_ahead_and_behind_keeps_what_may_be_young() {
    assert_eq!(first_left(&[900, 10, 901, 20, 90, 30, 95]).await, 5);
    assert_eq!(first_left(&[900, 901, 90, 10, 95]).await, 1);
}

/// Commands open a store beside a server, or when none runs, and do not follow the log.
#[tokio::test]
async fn a_store_that_was_only_opened_knows_the_extent_of_the_log() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    for number in 0..5 {
        write(&store, number).await;
    }
    let opened = database.store_with(Clock::manual(START)).await;
    assert_eq!(log::extent(&opened).await.unwrap(), log::Extent { entries: 5, first: 1 });
    let always = Timestamp(i64::MAX)..Timestamp(i64::MAX);
    assert_eq!(log::trim(&opened, always, u64::MAX, 3, 10).await.unwrap(), 3);
    assert_eq!(log::extent(&opened).await.unwrap(), log::Extent { entries: 2, first: 4 });
}

/// The retention looks every minute. With a log of gigabytes it must not read them all.
#[tokio::test]
async fn looking_for_old_entries_reads_a_few_of_many() {
    const ENTRIES: u64 = 20_000;
    let database = TestDatabase::new().await;
    let store = database.store().await;
    for _ in 0..ENTRIES / 1_000 {
        let tx = store.begin().await.unwrap();
        (0..1_000).for_each(|number| tx.emit(organization::DEFAULT, event(number)));
        tx.commit().await.unwrap();
    }
    let mut meter = Meter::new(&database.target).await;
    let written = store.clock().now();
    store.clock().advance(1_000);
    for (old, deleted) in [(written, 0), (store.clock().now(), 10)] {
        database.take_statements();
        assert_eq!(log::trim(&store, old..old.plus(1_000), u64::MAX, ENTRIES, 10).await.unwrap(), deleted);
        for statement in database.take_statements() {
            let (work, plan) = meter.measure(&statement).await;
            assert!(work < 2_000, "{work}: {statement}\n{plan}");
        }
    }
}

#[tokio::test]
async fn one_process_serves_a_postgres_database() {
    let database = TestDatabase::new().await;
    if !database.is_postgres() {
        return;
    }
    let first = database.store().await;
    first.claim().await.unwrap();
    let second = database.store().await;
    assert!(matches!(second.claim().await, Err(StoreError::InUse)));
}
