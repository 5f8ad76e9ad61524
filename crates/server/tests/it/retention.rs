//! Retention: what is old goes, and nobody misses it.

use crate::support::{listed, point, total, watched};
use serde_json::json;
use tracely_testkit::app::TestApp;
use tracely_testkit::database::TestDatabase;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

async fn entries(app: &TestApp) -> u64 {
    app.get("/api/system").await.data()["log"]["entries"].as_u64().expect("a number")
}

/// Lets the workers run twice, a minute and more apart, so that the older of two snapshots is recent too.
async fn run_for_a_while(app: &TestApp, service: &str) {
    for _ in 0..3 {
        app.post("/api/metrics", &json!({"service_id": service, "metric_type": "LATENCY_MS", "value": 1}))
            .await
            .data();
        app.settle().await;
        app.advance(2 * MINUTE);
        app.settle().await;
    }
}

#[tokio::test]
async fn an_entry_stays_in_the_log_for_a_day_and_then_goes() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.advance(24 * HOUR - 10 * MINUTE);
    run_for_a_while(&app, &service).await;
    assert_eq!(entries(&app).await, 7, "nothing is a day old");
    app.advance(10 * MINUTE);
    app.settle().await;
    assert_eq!(entries(&app).await, 3, "the first four are");
    assert_eq!(total(&app, "/api/metrics").await, 4, "their points are in segments");
}

#[tokio::test]
async fn an_old_entry_stays_until_all_have_passed_it_and_the_older_snapshot_covers_it() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.settle().await;
    // The one snapshot that there is covers the first three entries.
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    app.advance(3 * DAY);
    app.settle().await;
    assert_eq!(entries(&app).await, 1, "the indexer keeps the point in memory, so its entry may be needed");
    app.advance(2 * MINUTE);
    app.settle().await;
    assert_eq!(entries(&app).await, 1, "the older of the snapshots does not cover the point");
    run_for_a_while(&app, &service).await;
    assert_eq!(entries(&app).await, 3, "now two snapshots are newer");
}

#[tokio::test]
async fn rules_and_incidents_go_on_after_the_log_was_cut_and_the_process_restarted() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    let quiet = app.service("Quiet").await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.patch("/api/incidents/INC-1", &json!({"status": "IN_PROGRESS"})).await.data();
    app.advance(2 * DAY);
    run_for_a_while(&app, &quiet).await;
    assert!(entries(&app).await < 8, "{}", entries(&app).await);

    let app = app.crash_and_restart().await;
    app.latency(&service, 300.0, "2024-01-17T10:20:00Z").await;
    app.latency(&service, 10.0, "2024-01-17T10:21:00Z").await;
    app.settle().await;
    let incidents = app.get("/api/incidents").await.json();
    assert_eq!(incidents["meta"]["total"], 1);
    let incident = &incidents["data"][0];
    assert_eq!((&incident["violation_count"], &incident["status"]), (&json!(2), &json!("IN_PROGRESS")));
    assert_eq!(incident["recovered_at"], "2024-01-17T10:21:00Z");
    let kinds = listed(&app, "/api/notifications?sort_dir=asc", "kind").await;
    assert_eq!(kinds, ["OPENED", "ACKNOWLEDGED", "RECOVERED"]);
}

#[tokio::test]
async fn many_old_entries_go_in_small_steps() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    for number in 0..450 {
        app.latency(&service, f64::from(number % 100), "2024-01-15T10:20:00Z").await;
    }
    app.settle().await;
    assert_eq!(entries(&app).await, 453);
    app.advance(2 * DAY);
    run_for_a_while(&app, &service).await;
    assert_eq!(entries(&app).await, 3);
    assert_eq!(total(&app, "/api/metrics").await, 453);
}

#[tokio::test]
async fn points_older_than_the_retention_go_for_good() {
    let app = TestApp::with(TestDatabase::new().await, |settings| settings.point_retention = 2 * DAY).await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.advance(DAY);
    app.settle().await;
    app.latency(&service, 11.0, "2024-01-16T10:20:00Z").await;
    app.settle().await;
    app.advance(DAY);
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 2, "exactly two days are not yet too old");
    app.advance(2 * HOUR);
    app.settle().await;
    // The first point's segment was written a day after it came.
    assert_eq!(total(&app, "/api/metrics").await, 2);
    app.advance(DAY);
    app.settle().await;
    assert_eq!(listed(&app, "/api/metrics", "value").await, ["11.0"]);
    let analytics = app.get("/api/system").await.data()["analytics"].clone();
    assert_eq!((&analytics["segments"], &analytics["segment_points"]), (&json!(1), &json!(1)));
    let files = std::fs::read_dir(app.database.dir.path().join("segments")).unwrap().count();
    assert_eq!(files, 1);
    let app = app.crash_and_restart().await;
    assert_eq!(listed(&app, "/api/metrics", "value").await, ["11.0"]);
    assert_eq!(total(&app, "/api/metrics/latest").await, 1);
}

#[tokio::test]
async fn history_that_is_imported_today_is_kept_for_the_whole_retention() {
    let app = TestApp::start().await;
    let service = app.service("A").await;
    let points = [point(&service, 1.0, "2020-01-01T00:00:00Z"), point(&service, 2.0, "2021-01-01T00:00:00Z")];
    app.post("/api/metrics/batch", &json!({"points": points})).await.data();
    app.settle().await;
    for _ in 0..3 {
        app.advance(20 * DAY);
        app.settle().await;
        assert_eq!(total(&app, "/api/metrics").await, 2);
    }
    app.advance(60 * DAY);
    app.settle().await;
    app.advance(2 * DAY);
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 0);
}

#[tokio::test]
async fn a_log_without_points_is_trimmed_too() {
    let app = TestApp::start().await;
    for number in 0..3 {
        app.department(&format!("Team {number}")).await;
    }
    app.settle().await;
    let consumers = app.get("/api/system").await.data()["consumers"].clone();
    let positions: Vec<_> = consumers.as_array().unwrap().iter().map(|row| row["position"].clone()).collect();
    assert_eq!(positions, [3, 3, 3]);
}

#[tokio::test]
async fn rules_go_on_when_the_log_was_cut_and_no_snapshot_can_be_read() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    let quiet = app.service("Quiet").await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.advance(2 * DAY);
    run_for_a_while(&app, &quiet).await;
    app.database.execute("DELETE FROM snapshot").await;

    let app = app.crash_and_restart().await;
    app.latency(&service, 300.0, "2024-01-17T10:20:00Z").await;
    app.settle().await;
    let incidents = app.get("/api/incidents").await.json();
    assert_eq!(
        (&incidents["meta"]["total"], &incidents["data"][0]["violation_count"]),
        (&json!(1), &json!(2))
    );
    app.latency(&service, 10.0, "2024-01-17T10:21:00Z").await;
    app.settle().await;
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!(incident["recovered_at"], "2024-01-17T10:21:00Z");
    assert_eq!(total(&app, "/api/notifications?kind=OPENED").await, 1);
}

/// Points of a day ago in a segment, and a retention that has looked once.
async fn with_a_segment() -> (TestApp, String) {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.advance(2 * MINUTE);
    app.settle().await;
    assert_eq!(app.get("/api/system").await.data()["analytics"]["segment_points"], 1);
    (app, service)
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_deletes_nothing_for_a_day_and_can_be_put_right() {
    let (app, service) = with_a_segment().await;
    app.app.store().clock().step(100 * DAY);
    app.advance(2 * MINUTE);
    app.settle().await;
    app.advance(2 * MINUTE);
    app.settle().await;
    let system = app.get("/api/system").await.data();
    assert_eq!(system["failing"][0]["who"], "clock");
    assert_eq!(total(&app, "/api/metrics").await, 1);

    app.app.store().clock().step(-100 * DAY);
    app.advance(2 * MINUTE);
    app.settle().await;
    assert_eq!(app.get("/api/system").await.data()["failing"], json!([]));
    app.latency(&service, 200.0, "2024-01-15T10:30:00Z").await;
    app.settle().await;
    assert_eq!((total(&app, "/api/metrics").await, total(&app, "/api/incidents").await), (2, 1));
    app.advance(100 * DAY);
    app.settle().await;
    app.advance(2 * MINUTE);
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 1, "time has passed indeed; the second was written later");
}

/// A look that takes several ticks, and one that fails, do not go on with what was believed before.
#[tokio::test]
async fn a_clock_that_jumps_ahead_while_a_look_is_under_way_deletes_nothing() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    for number in 0..250 {
        app.latency(&service, f64::from(number % 100), "2024-01-15T10:20:00Z").await;
    }
    app.settle().await;
    app.advance(23 * HOUR);
    run_for_a_while(&app, &service).await;
    app.advance(HOUR);
    app.step().await;
    assert_eq!(entries(&app).await, 56, "a step takes 200 of 256, of which three are not old");
    app.app.store().clock().step(100 * DAY);
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 253, "the segments were not old when the look began");
    app.advance(2 * MINUTE);
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 253);
    assert_eq!(app.get("/api/system").await.data()["failing"][0]["who"], "clock");
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_while_looks_fail_deletes_nothing() {
    let (app, _) = with_a_segment().await;
    app.advance(2 * MINUTE);
    app.database.execute("ALTER TABLE idempotency_key RENAME TO elsewhere").await;
    app.try_to_settle().await.unwrap_err();
    app.app.store().clock().step(100 * DAY);
    app.database.execute("ALTER TABLE elsewhere RENAME TO idempotency_key").await;
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 1);
    assert_eq!(app.get("/api/system").await.data()["failing"][0]["who"], "clock");
}

#[tokio::test]
async fn a_clock_that_stays_ahead_is_believed_after_a_day_also_over_a_restart() {
    let (app, _) = with_a_segment().await;
    app.app.store().clock().step(100 * DAY);
    let app = app.crash_and_restart().await;
    app.settle().await;
    app.advance(DAY - HOUR);
    app.settle().await;
    let app = app.crash_and_restart().await;
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 1, "less than a day has passed");
    app.advance(2 * HOUR);
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 0);
    assert_eq!(app.get("/api/system").await.data()["failing"], json!([]));
}

#[tokio::test]
async fn a_clock_that_is_put_back_stops_nothing() {
    let (app, service) = with_a_segment().await;
    app.app.store().clock().step(-5 * HOUR);
    app.latency(&service, 200.0, "2024-01-15T05:20:00Z").await;
    app.latency(&service, 200.0, "2024-01-15T05:30:00Z").await;
    app.settle().await;
    app.advance(2 * MINUTE);
    app.settle().await;
    let system = app.get("/api/system").await.data();
    assert_eq!(system["analytics"]["segment_points"], 3, "the tail is written every minute all the same");
    assert_eq!(system["failing"], json!([]));
}
