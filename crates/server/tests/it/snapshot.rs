//! Snapshots of the rules' state: they hold nobody up, and one that cannot be written changes nothing.

use crate::support::{column, listed, watched};
use tracely_core::rule::engine::Snapshot;
use tracely_store::consumer::Consumer;
use tracely_store::snapshot;
use tracely_testkit::app::TestApp;
use tracely_testkit::patience::is_soon;

const SECOND: i64 = 1_000_000;

/// Returns the positions of the snapshots that are stored.
async fn positions(app: &TestApp) -> Vec<u64> {
    let stored =
        snapshot::all::<Snapshot>(app.app.store(), Consumer::Evaluator).await.expect("they can be read");
    stored.iter().map(|stored| stored.position).collect()
}

async fn failing(app: &TestApp) -> Vec<String> {
    column(&app.get("/api/system").await.data()["failing"], "who")
}

/// Lets the workers look until something is so, which others do beside them.
async fn until(app: &TestApp, mut is_so: impl AsyncFnMut() -> bool) {
    let look = async || {
        while app.step().await {}
        is_so().await
    };
    assert!(is_soon(look).await, "it never becomes so");
}

/// Makes the writing of snapshots fail.
async fn refuse(app: &TestApp) {
    let database = &app.database;
    if database.is_postgres() {
        let function =
            "CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$";
        database.execute(function).await;
        let trigger =
            "CREATE TRIGGER refuse BEFORE INSERT ON snapshot FOR EACH ROW EXECUTE FUNCTION refuse()";
        database.execute(trigger).await;
    } else {
        let trigger =
            "CREATE TRIGGER refuse BEFORE INSERT ON snapshot BEGIN SELECT RAISE(ABORT, 'refused'); END";
        database.execute(trigger).await;
    }
}

async fn refuse_no_longer(app: &TestApp) {
    let is_postgres = app.database.is_postgres();
    app.database
        .execute(if is_postgres { "DROP FUNCTION refuse() CASCADE" } else { "DROP TRIGGER refuse" })
        .await;
}

#[tokio::test]
async fn rules_do_not_wait_for_the_snapshot_to_be_written() {
    let app = TestApp::start().await;
    // On SQLite nobody could write anything while nobody may write a snapshot.
    if !app.database.is_postgres() {
        return;
    }
    let (service, ..) = watched(&app).await;
    app.settle().await;
    let before = positions(&app).await;
    let lock = "LOCK TABLE snapshot IN SHARE ROW EXCLUSIVE MODE".to_owned();
    let mut lock = app.database.elsewhere([lock]).await;

    app.advance(31 * SECOND);
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    while app.step().await {}
    lock.is_waited_for().await;
    // It has the state of an entry that was there by now.
    let taken_at = app.app.store().head().borrow().to_owned();
    // The next one is due, and is not written beside the one that waits.
    app.advance(31 * SECOND);
    app.latency(&service, 10.0, "2024-01-15T10:21:00Z").await;
    while app.step().await {}
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!(incident["recovered_at"], "2024-01-15T10:21:00Z");
    assert_eq!(lock.waiting().await, 1);
    assert_eq!(positions(&app).await, before);

    lock.commit().await;
    let is_the_first = |position: &u64| !before.contains(position) && *position <= taken_at;
    until(&app, async || positions(&app).await.iter().any(is_the_first)).await;
    app.settle().await;
    let app = app.crash_and_restart().await;
    app.latency(&service, 300.0, "2024-01-15T10:22:00Z").await;
    app.settle().await;
    assert_eq!(app.get("/api/incidents/INC-1").await.data()["peak_value"], 300.0);
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_written_is_told_and_tried_again_and_rules_go_on() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.settle().await;
    let before = positions(&app).await;
    refuse(&app).await;
    app.advance(31 * SECOND);
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    until(&app, async || !failing(&app).await.is_empty()).await;
    assert_eq!(failing(&app).await, ["snapshots"]);
    app.latency(&service, 10.0, "2024-01-15T10:21:00Z").await;
    while app.step().await {}
    assert_eq!(listed(&app, "/api/notifications?sort_dir=asc", "kind").await, ["OPENED", "RECOVERED"]);
    assert_eq!((positions(&app).await, failing(&app).await), (before.clone(), vec!["snapshots".to_owned()]));

    refuse_no_longer(&app).await;
    app.advance(6 * SECOND);
    until(&app, async || failing(&app).await.is_empty()).await;
    assert_ne!(positions(&app).await, before);
}

#[tokio::test]
async fn what_else_is_in_memory_is_stored_when_the_snapshot_cannot_be() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.settle().await;
    refuse(&app).await;
    app.advance(31 * SECOND);
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    until(&app, async || !failing(&app).await.is_empty()).await;
    app.latency(&service, 300.0, "2024-01-15T10:21:00Z").await;
    while app.step().await {}
    assert!(!app.store_memory().await);
    let system = app.get("/api/system").await.data();
    let head = system["log"]["head"].to_string();
    assert_eq!(column(&system["consumers"], "position")[..2], [head.clone(), head], "evaluator, dispatcher");
    assert_eq!(app.get("/api/incidents/INC-1").await.data()["violation_count"], 2);
}
