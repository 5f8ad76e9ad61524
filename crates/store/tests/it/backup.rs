//! A database as a backup holds it, read while others write, and loaded into either kind of database.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tracely_core::id::{RuleId, SeriesId};
use tracely_core::incident::Identity;
use tracely_core::metric::{Point, PointBatch};
use tracely_core::rule::engine::Transition;
use tracely_core::rule::{Operator, Rule, Severity};
use tracely_store::backup::{Dump, Load};
use tracely_store::idempotency::{self, Remembered};
use tracely_store::incident::{self, IncidentFilter, Names, Openings, Sort};
use tracely_store::page::{Direction, Page};
use tracely_store::segment::{self, SegmentRow};
use tracely_store::{
    Clock, IdSource, Options, Store, StoreError, Target, department, organization, rule, saved_view, service,
};
use tracely_testkit::database::{START, TestDatabase};

/// The rows of every table, each as its line of JSON, in the order of the text.
type Rows = BTreeMap<String, Vec<String>>;

async fn rows(target: &Target) -> Rows {
    let mut dump = Dump::begin(target).await.unwrap();
    let rows = rows_of(&mut dump).await;
    dump.close().await.unwrap();
    rows
}

async fn rows_of(dump: &mut Dump) -> Rows {
    let mut all = Rows::new();
    for table in dump.tables().to_vec() {
        let lines = all.entry(table.name.clone()).or_default();
        let mut rows = dump.rows(&table);
        while let Some(block) = rows.next_block().await.unwrap() {
            assert_eq!(block.lines.lines().count() as u64, block.rows);
            lines.extend(block.lines.lines().map(str::to_owned));
        }
        lines.sort_unstable();
    }
    all
}

/// Reads everything of one database into another and returns the other.
async fn copy(from: &Target, to: &Store) -> Result<(), StoreError> {
    let mut dump = Dump::begin(from).await?;
    let tables = dump.tables().to_vec();
    let mut load = Load::begin(to, dump.migrations(), &tables).await?;
    for table in &tables {
        let mut rows = dump.rows(table);
        while let Some(block) = rows.next_block().await? {
            assert_eq!(load.insert(&table.name, block.lines.as_bytes()).await?, block.rows);
        }
    }
    load.finish().await?;
    dump.close().await
}

async fn sqlite(directory: &Path) -> Store {
    let target = Target::Sqlite(directory.join("other.db"));
    let options = Options { target, clock: Clock::manual(START), ids: IdSource::seeded(1), readers: 1 };
    Store::open(options).await.unwrap()
}

async fn write_points(store: &Store, count: u32) {
    let tx = store.begin().await.unwrap();
    let mut batch = PointBatch::default();
    for number in 0..count {
        batch.push(Point { series: SeriesId(1), instant: START, value: f64::from(number) / 3.0 });
    }
    tx.append_points(organization::DEFAULT, false, batch);
    tx.commit().await.unwrap();
}

/// Writes something of every kind of column: texts that need care, absent values, bytes, numbers with many digits.
async fn fill(store: &Store) {
    let tx = store.begin().await.unwrap();
    let odd = "Müşteri \"A\"\n\\ \t\u{1} 🌍";
    let department = department::create(&tx, organization::DEFAULT, "Ops", odd).await.unwrap();
    let service = service::create(&tx, organization::DEFAULT, "tv", "TV+", odd).await.unwrap();
    let rule = Rule {
        id: tx.id::<RuleId>(),
        organization_id: organization::DEFAULT,
        name: "High".into(),
        description: String::new(),
        metric_type: "LATENCY_MS".into(),
        operator: Operator::Greater,
        threshold: 0.1 + 0.2,
        severity: Severity::High,
        department_id: department.id,
        enabled: true,
        service_ids: Vec::new(),
        labels: Vec::new(),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let rule = rule::create(&tx, rule).await.unwrap();
    let identity = Identity { rule_id: rule.id, service_id: service.id, group_key: String::new() };
    let point = Point { series: SeriesId(1), instant: START, value: 1e300 };
    let services = HashMap::from([(service.id, service.name.clone())]);
    let names = Names { services: &services, metric_types: &HashMap::new() };
    let opening = Transition::Opened { identity, rule: Arc::new(rule), point };
    assert_eq!(
        incident::carry_out(&tx, organization::DEFAULT, &[&opening], names, Openings::Believed)
            .await
            .unwrap()
            .len(),
        1
    );
    saved_view::create(&tx, organization::DEFAULT, "me", "rules", "Mine", "a=b").await.unwrap();
    let remembered = Remembered { fingerprint: vec![0, 255, 10], answer: "{}".into() };
    idempotency::remember(&tx, organization::DEFAULT, "key", &remembered).await.unwrap();
    let segment = SegmentRow {
        file: "2024-01-15-00000000000000000001-0.parquet".into(),
        day: 19_737,
        min_instant: START,
        max_instant: START,
        min_series: 1,
        max_series: 1,
        rows: 3,
        bytes: 123,
        entries: "1-5".into(),
    };
    segment::add(&tx, &[segment]).await.unwrap();
    tx.commit().await.unwrap();
    write_points(store, 2_000).await;
}

#[tokio::test]
async fn every_row_is_the_same_in_either_kind_of_database() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    fill(&store).await;
    let original = rows(&database.target).await;
    for table in ["log", "incident", "timeline_event", "idempotency_key", "segment", "saved_view"] {
        assert!(!original[table].is_empty(), "{table}");
    }

    // There and back again, over SQLite; both ways cross kinds when the tests run on PostgreSQL.
    let directory = tempfile::tempdir().unwrap();
    let other = sqlite(directory.path()).await;
    copy(&database.target, &other).await.unwrap();
    for search in ["tv", "latency hgih"] {
        let filter = IncidentFilter { search: Some(search.into()), ..IncidentFilter::default() };
        let order = (Sort::Relevance, Direction::Descending);
        let page = Page { limit: 10, offset: 0 };
        let found =
            incident::list(&other, organization::DEFAULT, &filter, order, &page.into()).await.unwrap();
        assert_eq!(found.rows.len(), 1, "{search} is found in what was restored");
    }
    let over_there = rows(&Target::Sqlite(directory.path().join("other.db"))).await;
    assert_eq!(over_there, original);
    let third = TestDatabase::empty().await;
    let back = third.store_with(Clock::manual(START)).await;
    copy(&Target::Sqlite(directory.path().join("other.db")), &back).await.unwrap();
    assert_eq!(rows(&third.target).await, original);

    // It works on: numbers go on where they were.
    back.refresh_head().await.unwrap();
    write_points(&back, 1).await;
    assert_eq!(*back.head().borrow(), original["log"].len() as u64 + 1);
}

#[tokio::test]
async fn a_dump_sees_one_state_while_others_write() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    fill(&store).await;
    let before = rows(&database.target).await;

    let mut dump = Dump::begin(&database.target).await.unwrap();
    for _ in 0..50 {
        write_points(&store, 10).await;
    }
    let tx = store.begin().await.unwrap();
    segment::remove(&tx, &["2024-01-15-00000000000000000001-0.parquet".to_owned()]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(rows_of(&mut dump).await, before);
    assert_eq!(dump.position(), before["log"].len() as u64);
    assert_eq!(dump.segments().len(), 1);
    dump.close().await.unwrap();
    assert_ne!(rows(&database.target).await, before);
}

#[tokio::test]
async fn a_dump_comes_in_blocks() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    for _ in 0..24 {
        let tx = store.begin().await.unwrap();
        let description = "x".repeat(500_000);
        service::create(&tx, organization::DEFAULT, &tx.id::<RuleId>().0.to_string(), "S", &description)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let mut dump = Dump::begin(&database.target).await.unwrap();
    let services = dump.tables().iter().find(|table| table.name == "service").unwrap().clone();
    let mut rows = dump.rows(&services);
    let mut blocks = Vec::new();
    while let Some(block) = rows.next_block().await.unwrap() {
        blocks.push(block);
    }
    assert_eq!(blocks.iter().map(|block| block.rows).sum::<u64>(), 24);
    assert!(blocks.len() >= 3 && blocks.iter().all(|block| block.lines.len() < 6 << 20));
}

#[tokio::test]
async fn only_an_empty_database_is_filled() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    fill(&store).await;
    let directory = tempfile::tempdir().unwrap();
    let from = sqlite(directory.path()).await;
    from.prepare().await.unwrap();
    let refused = copy(&Target::Sqlite(directory.path().join("other.db")), &store).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotEmpty(_)), "{refused}");

    // One with tables in which nothing has happened is empty.
    let migrated = TestDatabase::new().await;
    let store = migrated.store().await;
    copy(&database.target, &store).await.unwrap();
    assert_eq!(rows(&migrated.target).await, rows(&database.target).await);
}

/// Between two blocks segments are copied, which takes as long as it takes.
#[tokio::test]
async fn a_load_waits_for_segments_longer_than_anything_else_for_the_database() {
    let from = TestDatabase::new().await;
    fill(&from.store().await).await;
    let mut dump = Dump::begin(&from.target).await.unwrap();
    let tables = dump.tables().to_vec();
    let database = TestDatabase::new().await;
    let (clock, ids) = (Clock::manual(START), IdSource::seeded(1));
    let options = Options { target: database.target.clone(), clock, ids, readers: 1 };
    let store = Store::open_within(options, Duration::from_secs(1)).await.unwrap();
    let mut load = Load::begin(&store, dump.migrations(), &tables).await.unwrap();
    if database.is_postgres() {
        // The server, whose patience is over after a second, says when more has passed.
        database.execute("SELECT pg_sleep(1.5)").await;
    }
    for table in &tables {
        let mut rows = dump.rows(table);
        while let Some(block) = rows.next_block().await.unwrap() {
            load.insert(&table.name, block.lines.as_bytes()).await.unwrap();
        }
    }
    load.finish().await.unwrap();
    assert_eq!(rows(&database.target).await, rows(&from.target).await);
}

#[tokio::test]
async fn an_older_database_is_filled_as_it_was_and_then_migrated() {
    let old = TestDatabase::empty().await;
    let store = old.store_with(Clock::manual(START)).await;
    store.migrate_up(None).await.unwrap();
    write_points(&store, 5).await;
    store.migrate_down(store.migrations().await.unwrap().len() as u32 - 1).await.unwrap();
    let target = TestDatabase::new().await;
    let restored = target.store().await;
    copy(&old.target, &restored).await.unwrap();
    assert_eq!(rows(&target.target).await, rows(&old.target).await);
    assert_eq!(restored.migrations().await.unwrap().iter().filter(|one| one.applied).count(), 1);
    restored.prepare().await.unwrap();
    assert_eq!(*restored.head().borrow(), 1);
}

#[tokio::test]
async fn what_is_no_row_of_a_table_is_refused_and_named() {
    let from = TestDatabase::new().await;
    from.store().await;
    let dump = Dump::begin(&from.target).await.unwrap();
    let target = TestDatabase::new().await;
    let store = target.store().await;
    let mut tables = dump.tables().to_vec();
    let mut load = Load::begin(&store, dump.migrations(), &tables).await.unwrap();
    let refused = load.insert("service", b"{\"id\":\"x\"}\n").await.unwrap_err().to_string();
    assert!(refused.contains("line 1 of a block of table service"), "{refused}");
    let refused = load.insert("wings", b"{}\n").await.unwrap_err().to_string();
    assert!(refused.contains("there is no table wings"), "{refused}");
    drop(load);
    tables.retain(|table| table.name != "comment");
    let refused = Load::begin(&store, dump.migrations(), &tables).await.unwrap_err().to_string();
    assert!(refused.contains("comment"), "{refused}");
    let nowhere = Dump::begin(&Target::Sqlite(from.dir.path().join("nowhere.db"))).await.unwrap_err();
    assert!(matches!(nowhere, StoreError::Absent(_)), "{nowhere}");
    assert!(!from.dir.path().join("nowhere.db").exists());
}
