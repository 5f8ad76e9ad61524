//! Damaged and missing segments: nothing is answered from them silently.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use tracely_core::time::{HOUR, MINUTE};
use tracely_testkit::app::TestApp;

/// Points of two days, in a segment each, by day.
async fn two_days() -> (TestApp, Vec<PathBuf>) {
    let app = TestApp::start().await;
    let service = app.service("A").await;
    for instant in ["2024-01-13T10:20:00Z", "2024-01-14T10:20:00Z"] {
        app.latency(&service, 200.0, instant).await;
    }
    app.settle().await;
    app.advance(120_000_000);
    app.settle().await;
    let directory = app.database.dir.path().join("segments");
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 2);
    (app, files)
}

async fn chart(app: &TestApp, from: &str, to: &str) -> Value {
    let span = format!("from=2024-01-{from}T00:00:00Z&to=2024-01-{to}T00:00:00Z");
    let mut meta = app.get(&format!("/api/metrics/chart?{span}&bucket=day")).await.json()["meta"].take();
    json!([meta["total"].take(), meta["incomplete"].take()])
}

/// Asks a question about some days and returns what its `meta` says of missing points.
async fn incomplete(app: &TestApp, question: &str, from: &str, to: &str) -> Value {
    let span = format!("from=2024-01-{from}T00:00:00Z&to=2024-01-{to}T00:00:00Z");
    app.get(&format!("/api/{question}?{span}")).await.json()["meta"]["incomplete"].take()
}

const QUESTIONS: [&str; 4] =
    ["analytics/charts", "analytics/rankings", "analytics/distributions", "analytics/availability"];

async fn preview(app: &TestApp, from: &str, to: &str) -> Value {
    let rule = json!({"metric_type": "LATENCY_MS", "operator": ">", "threshold": 150});
    let (from, to) = (format!("2024-01-{from}T00:00:00Z"), format!("2024-01-{to}T00:00:00Z"));
    let body = json!({"rule": rule, "from": from, "to": to});
    app.post("/api/rules/preview", &body).await.data()["incomplete"].take()
}

async fn broken(app: &TestApp) -> usize {
    app.get("/api/system").await.data()["analytics"]["broken"].as_array().unwrap().len()
}

/// Charts and lists say that points are missing, where they are missing and nowhere else.
async fn is_told(app: &TestApp) {
    assert_eq!(chart(app, "13", "15").await, json!([1, true]));
    assert_eq!(chart(app, "14", "15").await, json!([1, null]), "the other day is whole");
    for path in ["/api/metrics", "/api/metrics/latest"] {
        assert_eq!(app.get(path).await.json()["meta"]["incomplete"], true, "{path}");
    }
    for question in QUESTIONS {
        assert_eq!(incomplete(app, question, "13", "15").await, true, "{question}");
        assert_eq!(incomplete(app, question, "14", "15").await, Value::Null, "{question}");
    }
    let compared = "/api/analytics/charts?compare=previous&from=2024-01-14T00:00:00Z&to=2024-01-15T00:00:00Z";
    assert_eq!(app.get(compared).await.json()["meta"]["incomplete"], true, "the day before is shown too");
    assert_eq!(preview(app, "13", "15").await, true);
    assert_eq!(preview(app, "14", "15").await, Value::Null);
    assert_eq!(incomplete(app, "services/overview", "13", "15").await, true);
    assert_eq!(
        incomplete(app, "services/overview", "14", "15").await,
        Value::Null,
        "the newest point is there"
    );
    assert_eq!(broken(app).await, 1);
}

#[tokio::test]
async fn whole_segments_are_not_called_incomplete() {
    let (app, _) = two_days().await;
    assert_eq!(chart(&app, "13", "15").await, json!([2, null]));
    assert_eq!(app.get("/api/metrics").await.json()["meta"]["incomplete"], Value::Null);
    for question in QUESTIONS.into_iter().chain(["services/overview"]) {
        assert_eq!(incomplete(&app, question, "13", "15").await, Value::Null, "{question}");
    }
    assert_eq!(preview(&app, "13", "15").await, Value::Null);
}

#[tokio::test]
async fn a_column_that_was_damaged_while_it_was_open_is_told_by_the_first_question_that_meets_it() {
    let (app, files) = two_days().await;
    let mut content = fs::read(&files[0]).unwrap();
    for byte in &mut content[4..40] {
        *byte ^= 0x55;
    }
    fs::write(&files[0], content).unwrap();
    is_told(&app).await;
    let app = app.crash_and_restart().await;
    is_told(&app).await;
}

/// The newest point is in the segment that cannot be read: what is told as the newest is not.
#[tokio::test]
async fn an_overview_whose_newest_points_are_missing_says_so() {
    let (app, files) = two_days().await;
    fs::remove_file(&files[1]).unwrap();
    assert_eq!(incomplete(&app, "services/overview", "13", "14").await, true);
    assert_eq!(incomplete(&app, "analytics/charts", "13", "14").await, Value::Null);
}

#[tokio::test]
async fn a_segment_that_vanished_while_it_was_open_is_told() {
    let (app, files) = two_days().await;
    fs::remove_file(&files[0]).unwrap();
    is_told(&app).await;
}

#[tokio::test]
async fn a_segment_that_vanished_while_nobody_served_is_told() {
    let (app, files) = two_days().await;
    let content = fs::read(&files[0]).unwrap();
    fs::remove_file(&files[0]).unwrap();
    let app = app.crash_and_restart().await;
    is_told(&app).await;
    // Put back, it is whole again.
    fs::write(&files[0], content).unwrap();
    let app = app.crash_and_restart().await;
    assert_eq!(chart(&app, "13", "15").await, json!([2, null]));
    assert_eq!(broken(&app).await, 0);
}

#[tokio::test]
async fn a_segment_that_cannot_be_read_is_written_again_from_the_log() {
    let (app, files) = two_days().await;
    fs::remove_file(&files[0]).unwrap();
    let mut content = fs::read(&files[1]).unwrap();
    for byte in &mut content[4..40] {
        *byte ^= 0x55;
    }
    fs::write(&files[1], content).unwrap();
    let app = app.crash_and_restart().await;
    assert_eq!(chart(&app, "13", "15").await, json!([0, true]));
    app.settle().await;
    assert_eq!(chart(&app, "13", "15").await, json!([2, null]));
    assert_eq!(broken(&app).await, 0);
    let app = app.crash_and_restart().await;
    assert_eq!(chart(&app, "13", "15").await, json!([2, null]));
    assert_eq!(broken(&app).await, 0);
}

#[tokio::test]
async fn a_segment_of_which_the_log_was_cut_stays_told() {
    let (app, files) = two_days().await;
    let service = app.service("B").await;
    for _ in 0..3 {
        app.advance(12 * HOUR);
        let point = json!({"service_id": service, "metric_type": "LATENCY_MS", "value": 1});
        app.post("/api/metrics", &point).await.data();
        app.settle().await;
        app.advance(2 * MINUTE);
        app.settle().await;
    }
    fs::remove_file(&files[0]).unwrap();
    // The newest entries are in memory too, for as long as the process lives.
    let app = app.crash_and_restart().await;
    is_told(&app).await;
    app.settle().await;
    is_told(&app).await;
}
